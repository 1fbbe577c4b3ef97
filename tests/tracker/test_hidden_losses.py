"""Rows that a coincidence could hide the loss of: an accidental order, a total that ends, half a record."""

import sys
import threading
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.tracker.mixtures.play import Mixture, fresh_world, play
from tests.tracker.mixtures.questions import Question, criterion
from tests.tracker.test_snapshots import (
    COUNT,
    CRITERIA,
    MATCHING,
    OTHER,
    PAGE,
    SEARCH,
    expire_scrolls,
    keys,
    matching_issues,
    scripted,
    set_priority,
)
from tracker_magic import errors
from tracker_magic.api import Operation
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.model import World

LAST_PAGE = 10
DEV = criterion("query", ["DEV"])


def test_rows_that_come_by_creation_by_accident_are_no_position():
    """If the first page of two comes by creation by accident, a lost second page is not continued from there.

    Without an order the service gives the highest number first. Page 2 is lost with three old issues on it, and three
    issues of page 1 leave.
    """
    world = fresh_world()
    issues = sorted(matching_issues(world), key=lambda issue: -int(issue.key.partition("-")[2]))
    set_priority(issues[PAGE + LAST_PAGE :], OTHER)(None)
    issues = issues[: PAGE + LAST_PAGE]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number, issue in enumerate(issues):
        issue.values["createdAt"] = start + timedelta(days=number if number < len(issues) - 3 else -number)
    leaving = issues[10:13]
    with scripted(world, SEARCH, {1: [expire_scrolls, set_priority(leaving, OTHER)]}) as tracker:
        frame = tracker.issues(filter=CRITERIA, fields="createdAt")
    assert sorted(frame["key"]) == sorted(set(keys(issues)) - set(keys(leaving)))
    assert frame["key"].is_unique


@pytest.mark.parametrize("total", [10_000, 10_001, 12_000])
@pytest.mark.parametrize("order", [None, "createdAt"])
def test_fewer_rows_than_a_scroll_reports_are_never_complete(order, total):
    """A reported 10,000 may stand for more, but never for less; a count that equals the rows does not change that."""
    world = fresh_world()
    too_many = Fault("miscount", SEARCH, times=10_000, by=total - len(matching_issues(world)))
    with (
        scripted(world, COUNT, {}, too_many) as tracker,
        pytest.raises(errors.Incomplete, match=f"of {total:,}") as caught,
    ):
        tracker.issues(filter=CRITERIA, order=order)
    assert caught.value.partial["key"].is_unique


def test_a_row_that_is_lost_while_another_issue_leaves_is_noticed():
    """If a scroll breaks off one row early and one issue leaves, the agreement of rows and count proves nothing."""

    def leave(world: World, _: Random) -> None:
        last = next(reversed([issue for key, issue in world.issues.items() if key.startswith("DEV-")]))
        last.values["priority"] = "low"

    high = criterion("filter", ["DEV"], ["normal", "critical", "minor", "trivial", "blocker"])
    behaviour = Behaviour(max_per_page=40, max_per_scroll=193, over_max="cap")
    faults = (Fault("end_early", SEARCH),)
    question = Question("issues", high, fields=("createdAt",))
    verdict = play(Mixture(question, faults, ((Fault("hook", COUNT), leave),), behaviour))
    assert (verdict.wrong, verdict.struck) == ([], 1)


def test_a_growing_result_is_read_three_times():
    """If the total is always one more than the rows while issues come, page and scroll are each read three times."""
    world = fresh_world()
    issues = matching_issues(world)
    set_priority(issues[PAGE - 10 :], OTHER)(None)
    coming = iter(issues[PAGE - 10 :])
    fault = Fault("miscount", SEARCH, times=10_000, by=1, hook=lambda: set_priority([next(coming)], MATCHING)(None))
    with scripted(world, COUNT, {}, fault) as tracker, pytest.raises(errors.Incomplete, match="returned") as caught:
        tracker.issues(filter=CRITERIA)
    assert 10_000 - fault.times <= 10
    assert len(caught.value.partial) == caught.value.fetched > PAGE - 10


HALF_RECORDS = {
    "no key": [{"id": "x", "createdAt": None}],
    "half a surrogate pair in a key": [
        {"id": "x", "key": "DEV-\ud83d", "summary": "x", "createdAt": "2026-01-01T00:00:00.000+0000"}
    ],
    "a number for a key": [{"id": "x", "key": 5, "summary": "x", "createdAt": "2026-01-01T00:00:00.000+0000"}],
    "a number for a moment": [{"id": "x", "key": "DEV-1", "summary": "x", "createdAt": 5}],
    "an id alone": [{"id": "x"}],
}
QUESTIONS = {
    "query": Question("issues", DEV),
    "fields": Question("issues", DEV, fields=("createdAt",)),
    "order": Question("issues", DEV, ascending=True, fields=("createdAt",)),
    "limit": Question("issues", DEV, limit=1, fields=("createdAt",)),
    "links": Question("links", criterion("query", ["DESIGN"])),
}
# A search for links requests no moment.
CASES = [
    (question, record)
    for question in QUESTIONS
    for record in HALF_RECORDS
    if (question, record) != ("links", "a number for a moment")
]


@pytest.mark.parametrize(("question", "record"), CASES)
def test_half_a_record_is_no_row(question, record):
    """A record that lacks what every issue has is requested again, even if the reported total agrees with it."""
    fault = Fault("shape", SEARCH, body=HALF_RECORDS[record], headers={"X-Total-Count": "1"})
    verdict = play(Mixture(QUESTIONS[question], (fault,)))
    assert (verdict.wrong, verdict.error, verdict.struck) == ([], None, 1)


def test_a_long_pause_that_the_service_asks_for_ends_the_search():
    """If a later page gets a Retry-After of years, nothing more is sent; the rows stay."""
    refusal = Fault("status", SEARCH, skip=2, status=429, headers={"Retry-After": "1" + "0" * 9})
    fifty = Behaviour(max_per_page=50, max_per_scroll=50, over_max="cap")
    verdict = play(Mixture(Question("issues", criterion("filter", ["DEV"])), (refusal,), behaviour=fifty))
    assert (verdict.wrong, verdict.struck) == ([], 1)
    assert isinstance(verdict.error, errors.Incomplete)
    assert isinstance(verdict.error.__cause__, errors.RateLimited)
    assert len(verdict.error.partial) >= 50


def test_scrolls_can_be_released_while_a_thread_begins_others(tracker):
    """Releasing scrolls works while a thread that outlives its call adds and removes others."""
    operation, done = Operation(), threading.Event()

    def go_on():
        while not done.is_set():
            for number in range(2000):
                operation.note_scroll(str(number), "")
            operation.forget_scrolls(map(str, range(2000)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for _ in range(50):
            tracker.connection.client.release_scrolls(operation)
    finally:
        sys.setswitchinterval(interval)
        done.set()
        thread.join()
    assert len(operation.take_scrolls()) <= 2000
    assert operation.take_scrolls() == {}
