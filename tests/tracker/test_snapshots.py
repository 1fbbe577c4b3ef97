"""A search with an order or a limit is read as one snapshot: rows of two readings never stand in one result."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.tracker.mixtures.play import fresh_world, tracker_of
from tracker_magic import Tracker, errors
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.server import Demo

SEARCH, COUNT = "issues/_search", "issues/_count"
CRITERIA = {"queue": ["DEV"], "priority": ["normal", "critical"]}
MATCHING, OTHER = "normal", "minor"
PAGE = 20

Step = Callable[[Demo | None], None]


def matching_issues(world: World) -> list[Issue]:
    """The issues that match the criteria, in the order of creation."""
    issues = [
        issue
        for key, issue in world.issues.items()
        if key.startswith("DEV-") and issue.values["priority"] in CRITERIA["priority"]
    ]
    return sorted(issues, key=lambda issue: issue.values["createdAt"])


def keys(issues: list[Issue]) -> list[str]:
    """Their keys."""
    return [issue.key for issue in issues]


def expire_scrolls(demo: Demo) -> None:
    """Let all scrolls expire."""
    demo.service.scrolls.forget()


def set_priority(issues: list[Issue], priority: str) -> Step:
    """A step that gives these issues a priority, so that they come into the result or leave it."""

    def step(_: Demo | None) -> None:
        for issue in issues:
            issue.values["priority"] = priority

    return step


def interrupt(_: Demo | None) -> None:
    """Interrupt the call."""
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def scripted(
    world: World, path: str, steps: dict[int, list[Step]], *faults: Fault, **behaviour: object
) -> Iterator[Tracker]:
    """A Tracker at a service where `steps` are taken before the requests for `path` with these numbers, from 0."""
    numbers = iter(range(10_000))
    pages = Behaviour(max_per_page=PAGE, max_per_scroll=PAGE, over_max="cap", **behaviour)

    def hook() -> None:
        with demo.lock:
            for step in steps.get(next(numbers), []):
                step(demo)

    with Demo(world, Access(world), behaviour=pages) as demo:
        demo.behaviour.faults.append(Fault("hook", path, times=10_000, hook=hook))
        demo.behaviour.faults += faults
        with tracker_of(demo) as tracker:
            yield tracker
        assert demo.open_scrolls == 0


@pytest.mark.parametrize("order", ["createdAt", "-createdAt"])
def test_the_longest_of_broken_readings_is_kept(order):
    """Of readings of three pages, one and two the first is kept, in its order, though ten of its issues have left."""
    world = fresh_world()
    issues = matching_issues(world)
    steps = {3: [expire_scrolls], 4: [set_priority(issues[:10], OTHER)], 5: [expire_scrolls], 8: [expire_scrolls]}
    message = f"60 of {len(issues)}"
    with scripted(world, SEARCH, steps) as tracker, pytest.raises(errors.Incomplete, match=message) as caught:
        tracker.issues(filter=CRITERIA, order=order)
    expected = keys(issues if order == "createdAt" else issues[::-1])[:60]
    error, partial = caught.value, caught.value.partial
    assert partial["key"].tolist() == expected
    assert (error.fetched, error.total) == (60, len(issues))
    facts = partial.attrs["tracker"]
    assert (facts["rows"], facts["total"], facts["truncated"]) == (60, len(issues), True)


def test_of_two_equally_long_readings_the_later_one_is_kept():
    """With a limit, after a page by number, two readings of two pages come before one of one: the second is kept."""
    world = fresh_world()
    issues = matching_issues(world)
    steps = {3: [expire_scrolls], 4: [set_priority(issues[:10], OTHER)], 6: [expire_scrolls], 8: [expire_scrolls]}
    with scripted(world, SEARCH, steps) as tracker, pytest.raises(errors.Incomplete, match="40 of 45") as caught:
        tracker.issues(filter=CRITERIA, order="createdAt", limit=45)
    assert caught.value.partial["key"].tolist() == keys(issues[10:50])
    assert (caught.value.fetched, caught.value.total) == (40, 45)


def test_the_last_reading_is_the_result_even_if_it_is_shorter():
    """If many issues leave after a broken reading, the shorter complete reading is the result, without those issues."""
    world = fresh_world()
    issues = matching_issues(world)
    steps = {4: [expire_scrolls, set_priority(issues[:90], OTHER)]}
    with scripted(world, SEARCH, steps) as tracker:
        frame = tracker.issues(filter=CRITERIA, order="createdAt")
    assert frame["key"].tolist() == keys(issues[90:])
    assert frame.attrs["tracker"]["total"] == len(frame) < 80


def test_a_row_is_of_the_reading_that_gave_the_order():
    """An issue that changes between two readings has the values and the position of the later one."""
    world = fresh_world()
    issues = sorted(matching_issues(world), key=lambda issue: issue.values["updatedAt"])
    latest = issues[-1].values["updatedAt"]

    def touch(_: Demo | None) -> None:
        issues[0].values["updatedAt"] = latest.replace(year=latest.year + 1)

    with scripted(world, SEARCH, {1: [expire_scrolls], 2: [touch]}) as tracker:
        frame = tracker.issues(filter=CRITERIA, order="updatedAt", fields="updatedAt")
    assert frame["updatedAt"].is_monotonic_increasing
    assert frame["key"].iloc[-1] == issues[0].key
    assert sorted(frame["key"]) == sorted(keys(issues))


def test_wrong_values_of_a_broken_reading_are_not_counted():
    """The warning about values that do not fit counts those of the frame, not those of a reading that broke off."""
    world = fresh_world()
    issues = matching_issues(world)
    issues[0].values["storyPoints"] = "many"
    steps = {2: [expire_scrolls]}
    with scripted(world, SEARCH, steps) as tracker, pytest.warns(errors.ValueWarning, match=r"\(1\)"):
        frame = tracker.issues(filter=CRITERIA, order="createdAt", fields="storyPoints")
    assert frame["storyPoints.raw"].notna().sum() == 1


@pytest.mark.presses
@pytest.mark.parametrize(("request_number", "rows"), [(5, 60), (8, 80)])
def test_an_interrupt_in_a_later_reading_keeps_the_longest_one(request_number, rows):
    """An interrupt in the second reading keeps the longer one of the two, in its order, and says how long it is."""
    world = fresh_world()
    issues = matching_issues(world)
    steps = {3: [expire_scrolls, set_priority(issues[:3], OTHER)], request_number: [interrupt]}
    with scripted(world, SEARCH, steps, latency_ms=100) as tracker, pytest.raises(errors.Cancelled) as caught:
        tracker.issues(filter=CRITERIA, order="createdAt")
    first = 0 if rows == 60 else 3
    partial = caught.value.partial
    assert len(partial) in {rows, rows + PAGE}  # the page under way may still be taken
    assert partial["key"].tolist() == keys(issues)[first : first + len(partial)]
    assert partial.attrs["tracker"]["truncated"]
    assert f"stopped at {len(partial)} issues" in str(caught.value)


@pytest.mark.presses
def test_an_interrupt_keeps_the_order_of_the_keys():
    """An interrupt keeps the issues that were found in the order of the keys; attrs name the key that is missing."""
    requested = [*keys(matching_issues(fresh_world()))[10:0:-1], "DEV-999999"]
    steps = {0: [interrupt]}
    with (
        scripted(fresh_world(), requested[-1], steps, latency_ms=100) as tracker,
        pytest.raises(errors.Cancelled) as caught,
    ):
        tracker.issues(keys=requested)
    partial = caught.value.partial
    assert partial["key"].tolist() == requested[:-1]
    facts = partial.attrs["tracker"]
    assert (facts["missing"], facts["total"], facts["truncated"]) == (requested[-1:], len(requested), True)


def test_a_result_that_changes_all_the_time_is_reported():
    """If an issue matches whenever a page is read, and never when issues are counted, the error has both numbers."""
    world = fresh_world()
    issues = matching_issues(world)
    come, leave = set_priority(issues[-1:], MATCHING), set_priority(issues[-1:], OTHER)
    on_count = Fault("hook", COUNT, times=100, hook=lambda: leave(None))
    steps = {number: [come] for number in range(100)}
    with (
        scripted(world, SEARCH, steps, on_count) as tracker,
        pytest.raises(errors.Incomplete, match="come and go all the time") as caught,
    ):
        tracker.issues(filter=CRITERIA, order="createdAt")
    error = caught.value
    assert (
        f"{len(issues)} issues were fetched, more than the {len(issues) - 1} that the service counts" in error.message
    )
    assert "Without an order" in error.hint
    assert error.partial["key"].tolist() == keys(issues)
    assert (error.fetched, error.total) == (len(issues), len(issues) - 1)


@pytest.mark.parametrize("order", [None, "createdAt"])
@pytest.mark.parametrize("window", [10, PAGE, 30])
def test_a_total_below_the_rows_is_ignored(order, window):
    """If X-Total-Count ends at a number below the rows that come, `_count` says how many there are; nothing is lost."""
    world = fresh_world()
    with scripted(world, SEARCH, {}, scroll_window=window) as tracker:
        frame = tracker.issues(filter=CRITERIA, order=order)
    issues = matching_issues(world)
    assert set(frame["key"]) == set(keys(issues))
    # Pages, which overlap, count, myself, fields: read once.
    assert frame.attrs["tracker"]["requests"] <= 1.3 * len(issues) // PAGE + 6
