"""Rows that are lost behind a coincidence: an order by chance, a number that ends, a record that is half an issue."""

import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.tracker.mixtures.play import Mixture, fresh_world, play
from tests.tracker.mixtures.questions import Question, criterion
from tests.tracker.test_readings import ASKED, AWAY, COUNT, HERE, PAGE, SEARCH, forget, keys, members, scripted, turn
from tracker_magic import errors
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.execution import Operation
from tracker_magic.api.search import Search
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.model import World

LAST_PAGE = 10
DEV = criterion("query", ["DEV"])


def test_an_order_by_chance_is_no_place_to_go_on_from():
    """Page 1 of 2 comes by creation, page 2 is lost with three old issues on it, and three of page 1 leave.

    Without an order the service gives the highest number first.
    """
    world = fresh_world()
    there = sorted(members(world), key=lambda each: -int(each.key.partition("-")[2]))
    turn(there[PAGE + LAST_PAGE :], AWAY)(None)
    there = there[: PAGE + LAST_PAGE]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for place, each in enumerate(there):
        each.values["createdAt"] = start + timedelta(days=place if place < len(there) - 3 else -place)
    gone = there[10:13]
    with scripted(world, SEARCH, {1: [forget, turn(gone, AWAY)]}) as tracker:
        frame = tracker.issues(filter=ASKED, fields="createdAt")
    assert sorted(frame["key"]) == sorted(set(keys(there)) - set(keys(gone)))
    assert frame["key"].is_unique


@pytest.mark.parametrize("told", [10_000, 10_001, 12_000])
@pytest.mark.parametrize("order", [None, "createdAt"])
def test_fewer_rows_than_a_scroll_tells_are_never_whole(order, told):
    """10,000 may stand for more, never for less; a count that agrees with the rows explains nothing."""
    world = fresh_world()
    there = members(world)
    more = Fault("miscount", SEARCH, times=10_000, by=told - len(there))
    with (
        scripted(world, COUNT, {}, more) as tracker,
        pytest.raises(errors.Incomplete, match=f"of {told:,}|of a scroll of {told:,}") as caught,
    ):
        tracker.issues(filter=ASKED, order=order)
    assert caught.value.partial["key"].is_unique


def test_a_row_is_lost_while_another_leaves():
    """A scroll breaks off one row before its end, and one issue leaves: that the numbers agree is an accident."""

    def leave(world: World) -> None:
        last = next(reversed([issue for key, issue in world.issues.items() if key.startswith("DEV-")]))
        last.values["priority"] = "low"

    among = criterion("filter", ["DEV"], ["normal", "critical", "minor", "trivial", "blocker"])
    behaviour = Behaviour(max_per_page=40, max_per_scroll=193, over_max="cap")
    faults = (Fault("end_early", "issues/_search"),)
    asked = Question("issues", among, fields=("createdAt",))
    verdict = play(Mixture(asked, faults, ((Fault("hook", COUNT), leave),), behaviour))
    assert (verdict.wrong, verdict.struck) == ([], 1)


def test_a_world_that_grows_is_read_three_times():
    """A scroll always tells one issue that it does not give, and one more is created before each page."""
    world = fresh_world()
    there = members(world)
    turn(there[PAGE - 10 :], AWAY)(None)
    rest = iter(there[PAGE - 10 :])
    fault = Fault("miscount", SEARCH, times=10_000, by=1, hook=lambda: turn([next(rest)], HERE)(None))
    with scripted(world, COUNT, {}, fault) as tracker, pytest.raises(errors.Incomplete, match="gave") as caught:
        tracker.issues(filter=ASKED)
    assert 10_000 - fault.times <= 4
    assert len(caught.value.partial) == caught.value.fetched > PAGE - 10


HALF = {
    "no key": [{"id": "x", "createdAt": None}],
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


# Links ask for no moment.
CASES = [(asked, body) for asked in QUESTIONS for body in HALF if (asked, body) != ("links", "a number for a moment")]


@pytest.mark.parametrize(("asked", "body"), CASES)
def test_half_an_issue_is_no_row(asked, body):
    """A record without what every issue has is none, though the page's own number agrees with it."""
    fault = Fault("shape", SEARCH, body=HALF[body], headers={"X-Total-Count": "1"})
    verdict = play(Mixture(QUESTIONS[asked], (fault,)))
    assert (verdict.wrong, verdict.error, verdict.struck) == ([], None, 1)


def test_a_service_that_wants_to_be_left_alone_is_obeyed_at_once():
    """The first to meet it asks where to cut: nothing more is asked, what came stays."""
    refusal = Fault("status", SEARCH, status=429, headers={"Retry-After": "1" + "0" * 9}, body_has="+createdAt")
    fifty = Behaviour(max_per_page=50, max_per_scroll=50, over_max="cap")
    verdict = play(Mixture(Question("issues", criterion("filter", ["DEV"])), (refusal,), behaviour=fifty))
    assert (verdict.wrong, verdict.struck) == ([], 1)
    assert isinstance(verdict.error, errors.Incomplete)
    assert isinstance(verdict.error.__cause__, errors.RateLimited)
    assert len(verdict.error.partial) >= 50


def test_giving_back_does_not_mind_a_thread_that_reads_on(tracker):
    """A thread that outlived its call notes one page after another meanwhile."""
    search, done = Search(tracker._client, Operation(), Criteria(query="Queue: DEV")), threading.Event()
    scroll = search.scroll(search.criteria, len)

    def read_on():
        while not done.is_set():
            for number in range(2000):
                scroll.tokens[f"{number}"] = ""
            scroll.tokens.clear()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    reader = threading.Thread(target=read_on)
    reader.start()
    try:
        for _ in range(50):
            search._left.append(scroll)
            search.release()
    finally:
        sys.setswitchinterval(before)
        done.set()
        reader.join()
    assert search._left == []
