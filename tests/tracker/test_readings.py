"""A question with an order or a limit is read as one snapshot: rows of two readings never stand together."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.tracker.mixtures.play import fresh_world, tracker_of
from tracker_magic import Tracker, errors
from tracker_magic.api.search import Collected, incomplete
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import Issue, World
from tracker_magic.demo.server import Demo

SEARCH, COUNT = "issues/_search", "issues/_count"
ASKED = {"queue": ["DEV"], "priority": ["normal", "critical"]}
HERE, AWAY = "normal", "minor"
PAGE = 20

Step = Callable[[Demo | None], None]


def members(world: World) -> list[Issue]:
    """Those that belong, in the order of creation."""
    found = [
        each
        for key, each in world.issues.items()
        if key.startswith("DEV-") and each.values["priority"] in ASKED["priority"]
    ]
    return sorted(found, key=lambda each: each.values["createdAt"])


def keys(issues: list[Issue]) -> list[str]:
    """Their keys."""
    return [each.key for each in issues]


def forget(demo: Demo) -> None:
    """The scroll expires."""
    demo.service.scrolls.forget()


def turn(issues: list[Issue], priority: str) -> Step:
    """These issues come or go."""

    def step(_: Demo | None) -> None:
        for each in issues:
            each.values["priority"] = priority

    return step


def stop(_: Demo | None) -> None:
    """The person presses stop."""
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def scripted(world: World, path: str, steps: dict[int, list[Step]], *more: Fault, **how: object) -> Iterator[Tracker]:
    """A Tracker at a service of this world where `steps` happen before requests of a path, by number from 0."""
    requests = iter(range(10_000))
    behaviour = Behaviour(max_per_page=PAGE, max_per_scroll=PAGE, over_max="cap", **how)

    def hook() -> None:
        with demo.lock:
            for step in steps.get(next(requests), []):
                step(demo)

    with Demo(world, Access(world), behaviour=behaviour) as demo:
        demo.behaviour.faults.append(Fault("hook", path, times=10_000, hook=hook))
        demo.behaviour.faults += more
        with tracker_of(demo) as tracker:
            yield tracker
        assert demo.open_scrolls == 0


@pytest.mark.parametrize("order", ["createdAt", "-createdAt"])
def test_the_longest_of_readings_that_broke_off_is_kept(order):
    """Three pages, one, two: the rows of the first reading in its order, though ten of them have left since."""
    world = fresh_world()
    there = members(world)
    steps = {3: [forget], 4: [turn(there[:10], AWAY)], 5: [forget], 8: [forget]}
    with scripted(world, SEARCH, steps) as tracker, pytest.raises(errors.Incomplete, match="60 of 143") as caught:
        tracker.issues(filter=ASKED, order=order)
    expected = keys(there if order == "createdAt" else there[::-1])[:60]
    partial, error = caught.value.partial, caught.value
    assert partial["key"].tolist() == expected
    assert (error.fetched, error.total) == (60, len(there))
    told = partial.attrs["tracker"]
    assert (told["rows"], told["total"], told["truncated"]) == (60, len(there), True)


def test_of_two_readings_that_came_as_far_the_later_one_is_kept():
    """With a limit a page by number goes before; two readings of two pages, one of one."""
    world = fresh_world()
    there = members(world)
    steps = {3: [forget], 4: [turn(there[:10], AWAY)], 6: [forget], 8: [forget]}
    with scripted(world, SEARCH, steps) as tracker, pytest.raises(errors.Incomplete, match="40 of 45") as caught:
        tracker.issues(filter=ASKED, order="createdAt", limit=45)
    assert caught.value.partial["key"].tolist() == keys(there[10:50])
    assert (caught.value.fetched, caught.value.total) == (40, 45)


def test_the_last_reading_is_the_result_though_it_is_shorter():
    """Four pages, then a crowd leaves: three pages are all, and nobody who left is among them."""
    world = fresh_world()
    there = members(world)
    steps = {4: [forget, turn(there[:90], AWAY)]}
    with scripted(world, SEARCH, steps) as tracker:
        frame = tracker.issues(filter=ASKED, order="createdAt")
    assert frame["key"].tolist() == keys(there[90:])
    assert frame.attrs["tracker"]["total"] == len(frame) < 80


def test_cells_are_those_of_the_reading_that_gave_the_order():
    """An issue changes between two readings: its row is the later one's, as is its place."""
    world = fresh_world()
    there = sorted(members(world), key=lambda each: each.values["updatedAt"])
    late = there[-1].values["updatedAt"]

    def touch(_: Demo | None) -> None:
        there[0].values["updatedAt"] = late.replace(year=late.year + 1)

    with scripted(world, SEARCH, {1: [forget], 2: [touch]}) as tracker:
        frame = tracker.issues(filter=ASKED, order="updatedAt", fields="updatedAt")
    assert frame["updatedAt"].is_monotonic_increasing
    assert frame["key"].iloc[-1] == there[0].key
    assert sorted(frame["key"]) == sorted(keys(there))


def test_values_that_do_not_fit_are_told_once():
    """What a reading that broke off brought is no part of the frame, nor of its warning."""
    world = fresh_world()
    there = members(world)
    there[0].values["storyPoints"] = "many"
    with scripted(world, SEARCH, {2: [forget]}) as tracker, pytest.warns(errors.ValueWarning, match=r"\(1\)"):
        frame = tracker.issues(filter=ASKED, order="createdAt", fields="storyPoints")
    assert frame["storyPoints.raw"].notna().sum() == 1


@pytest.mark.presses
@pytest.mark.parametrize(("at", "rows"), [(5, 60), (8, 80)])
def test_stop_in_a_later_reading_keeps_the_longest_one(at, rows):
    """One page of the second reading, then four: the rows of one reading in their order, and what they are of."""
    world = fresh_world()
    there = members(world)
    steps = {3: [forget, turn(there[:3], AWAY)], at: [stop]}
    with scripted(world, SEARCH, steps, latency_ms=100) as tracker, pytest.raises(errors.Cancelled) as caught:
        tracker.issues(filter=ASKED, order="createdAt")
    first = 0 if rows == 60 else 3
    came = caught.value.partial
    assert len(came) in {rows, rows + PAGE}  # the page under way may still come
    assert came["key"].tolist() == keys(there)[first : first + len(came)]
    assert came.attrs["tracker"]["truncated"]
    assert f"stopped at {len(came)} issues" in str(caught.value)


@pytest.mark.presses
def test_stop_keeps_what_came_in_the_order_of_the_keys():
    """The keys that were searched, as given; attrs name the one that was being asked for."""
    asked = [*keys(members(fresh_world()))[10:0:-1], "DEV-999999"]
    told = pytest.raises(errors.Cancelled)
    with scripted(fresh_world(), asked[-1], {0: [stop]}, latency_ms=100) as tracker, told as caught:
        tracker.issues(keys=asked)
    came = caught.value.partial
    assert came["key"].tolist() == asked[:-1]
    told = came.attrs["tracker"]
    assert (told["missing"], told["total"], told["truncated"]) == (asked[-1:], len(asked), True)


def test_a_world_that_never_rests_is_told_so():
    """One issue is there whenever a page is asked for, and away whenever issues are counted: three readings."""
    world = fresh_world()
    there = members(world)
    here, away = turn(there[-1:], HERE), turn(there[-1:], AWAY)
    counted = Fault("hook", COUNT, times=100, hook=lambda: away(None))
    steps = {number: [here] for number in range(100)}
    told = pytest.raises(errors.Incomplete, match="come and go all the time")
    with scripted(world, SEARCH, steps, counted) as tracker, told as caught:
        tracker.issues(filter=ASKED, order="createdAt")
    error = caught.value
    assert f"{len(there)} issues came, more than the {len(there) - 1} that the service counts" in error.message
    assert "Without an order" in error.hint
    assert error.partial["key"].tolist() == keys(there)
    assert (error.fetched, error.total) == (len(there), len(there) - 1)


@pytest.mark.parametrize("order", [None, "createdAt"])
@pytest.mark.parametrize("window", [10, PAGE, 30])
def test_a_total_below_what_came_is_no_number(order, window):
    """X-Total-Count ends at a window of the service's own; the rows do not, and `_count` tells how many there are."""
    world = fresh_world()
    with scripted(world, SEARCH, {}, scroll_window=window) as tracker:
        frame = tracker.issues(filter=ASKED, order=order)
    there = members(world)
    assert set(frame["key"]) == set(keys(there))
    assert frame.attrs["tracker"]["requests"] <= len(there) // PAGE + 6  # pages, count, myself, fields: read once


@pytest.mark.parametrize(
    ("total", "limit", "said", "told"),
    [
        (None, None, "2 issues came: why", None),
        (5, None, "2 of 5 issues came: why", 5),
        (5, 3, "2 of 3 issues came: why", 3),
        (2, None, "as many issues came as the service counts (2), but not beyond doubt: why", 2),
        (1, None, "2 issues came, more than the 1 that the service counts: why", 1),
    ],
)
def test_numbers_of_what_came_make_sense(total, limit, said, told):
    """Never so many of fewer; the total is what was asked for."""
    rows = Collected()
    rows.found.anew()
    rows.found.take([[{"id": "1"}, {"id": "2"}], [{"id": "1"}]])
    rows.found.total = total
    error = incomplete(rows.found, errors.UnexpectedReply("why"), limit=limit)
    assert (error.message, error.fetched, error.total) == (said, 2, told)
    assert "partial" in error.hint


def test_records_are_those_of_the_reading_to_use():
    """The longest as long as none is the result, then that one; nothing before any has begun."""
    rows = Collected()
    assert (rows.records, rows.found.fetched) == ([], 0)
    sizes = []
    for names in (["1", "2", "3"], ["4"], ["5", "6", "7"], ["8"]):
        rows.found.anew()
        rows.found.take([[{"id": name} for name in names]])
        sizes.append([each["id"] for each in rows.records])
    assert sizes == [["1", "2", "3"], ["1", "2", "3"], ["5", "6", "7"], ["5", "6", "7"]]
    rows.found.choose()
    assert (rows.records, rows.found.fetched) == ([{"id": "8"}], 1)
