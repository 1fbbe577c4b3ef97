"""Each fault by itself: the answer is the truth, or a typed error says what is missing and how to go on."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.tracker.mixtures.play import OPEN_CONNECTION, Mixture, Verdict, play, still_world, threads_left
from tests.tracker.mixtures.questions import Criterion, Question, criterion
from tracker_magic.demo.behaviour import Behaviour, Fault

PAGES = Behaviour(max_per_page=40, max_per_scroll=40, over_max="cap")
KEYS = Criterion("keys", tuple(f"DEV-{number}" for number in range(90, 10, -1)))
DEV = criterion("query", ["DEV"])
SEARCHES = {
    "query": Question("issues", DEV),
    "filter": Question("issues", criterion("filter", ["DEV"], ["normal", "critical"])),
    "queue": Question("issues", criterion("queue", ["OPS"])),
    "keys": Question("issues", KEYS),
    "limit": Question("issues", DEV, limit=70),
    "order": Question("issues", DEV, ascending=False),
}
FEW = Criterion("keys", ("DEV-11", "DEV-7", "OPS-3", "DESIGN-2"))
LISTS = {name: Question(name, FEW) for name in ("changelog", "comments", "worklog", "links")}

# Faults that pass: what was asked for comes all the same.
PASSING = {
    "drop": Fault("drop"),
    "reset": Fault("reset"),
    "429": Fault("status", status=429),
    "429 at once": Fault("status", status=429, headers={"Retry-After": "0"}),
    "429 short": Fault("status", status=429, headers={"Retry-After": "0.3"}),
    "429 a date": Fault("status", status=429, headers={"Retry-After": "Thu, 01 Jan 2026 00:00:00 GMT"}),
    "500": Fault("status", status=500),
    "503 twice": Fault("status", status=503, times=2),
    "html 200": Fault("html", status=200),
    "html 502": Fault("html", status=502),
    "empty": Fault("empty"),
    "cut": Fault("cut"),
    "slow": Fault("slow", seconds=0.05),
}
# Faults of a page of a search: read anew, or told.
OF_PAGES = {
    "expired scroll": Fault("expire_scroll"),
    "expired scroll, 400": Fault("status", status=400),
    "page again": Fault("repeat"),
    "row on two pages": Fault("duplicate"),
    "scroll that ends early": Fault("end_early"),
    "other shape": Fault("shape", body={"issues": []}),
    "list of other things": Fault("shape", body=[17]),
    "total too small": Fault("miscount", by=-5),
    "total too large": Fault("miscount", by=5),
}


def outcome(question: Question, *faults: Fault, **how: object) -> Verdict:
    """The verdict over one question, where pages are of 40 issues."""
    given = {"behaviour": PAGES, **how}
    return play(Mixture(question, faults, **given), overlooked=[OPEN_CONNECTION])


def side_by_side(questions: dict[str, Question], fault: Fault, path: str, skip: int) -> dict[str, Verdict]:
    """The same fault under each question, each in a service of its own: waits overlap."""
    still_world()
    struck = [replace(fault, path=path, skip=skip) for _ in questions]
    with ThreadPoolExecutor(len(questions)) as pool:
        verdicts = pool.map(outcome, questions.values(), struck)
        return dict(zip(questions, verdicts, strict=True))


def assert_right(verdicts: dict[str, Verdict]) -> None:
    """Nothing is wrong with any, and nothing of ours runs on."""
    assert {name: verdict.wrong for name, verdict in verdicts.items() if verdict.wrong} == {}
    assert threads_left() == []


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_no_issue(name, skip):
    """On the first page or on one in the middle: every way to ask gives the truth."""
    verdicts = side_by_side(SEARCHES, PASSING[name], "issues/_search", skip)
    assert_right(verdicts)
    assert {name: repr(verdict.error) for name, verdict in verdicts.items() if verdict.error} == {}


@pytest.mark.parametrize("skip", [1, 2])
@pytest.mark.parametrize("name", OF_PAGES)
def test_a_flawed_page_costs_no_issue(name, skip):
    """Pages come anew, or an error tells; what came before is kept with it."""
    assert_right(side_by_side(SEARCHES, OF_PAGES[name], "issues/_search", skip))


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_no_row_of_a_list(name):
    """History, comments, work, links: whole."""
    verdicts = side_by_side(LISTS, PASSING[name], "/issues/", 2)
    assert_right(verdicts)
    assert {name: repr(verdict.error) for name, verdict in verdicts.items() if verdict.error} == {}
