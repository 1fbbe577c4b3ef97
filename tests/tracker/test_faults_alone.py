"""Each fault of a search by itself: the answer is the truth, or a typed error says what is missing, and how to go on.

Faults of lists (history, comments, work, links, dictionaries): test_faults_of_lists.
"""

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.tracker.mixtures.draw import ALIEN
from tests.tracker.mixtures.play import Mixture, Verdict, play, still_world, threads_left
from tests.tracker.mixtures.questions import Criterion, Question, criterion
from tracker_magic import errors
from tracker_magic.demo.behaviour import Behaviour, Fault

PAGES = Behaviour(max_per_page=40, max_per_scroll=40, over_max="cap")
KEYS = Criterion("keys", tuple(f"DEV-{number}" for number in range(90, 10, -1)))
DEV = criterion("query", ["DEV"])
EVERYTHING = criterion("query", ["DEV", "OPS", "DESIGN"])
FIELDS = ("summary", "priority", "createdAt")
SEARCHES = {
    "query": Question("issues", DEV, fields=FIELDS),
    "filter": Question("issues", criterion("filter", ["DEV"], ["normal", "critical"]), fields=FIELDS),
    "queue": Question("issues", criterion("queue", ["OPS"]), fields=FIELDS),
    "keys": Question("issues", KEYS),
    "limit": Question("issues", DEV, limit=70, fields=FIELDS),
    "order": Question("issues", DEV, ascending=False, fields=FIELDS),
}

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
    return play(Mixture(question, faults, **given))


def map_in_order(questions: dict[str, Question], fault: Fault, path: str, *skips: int) -> dict[str, Verdict]:
    """The same fault under each question and after each of `skips`, in a service of its own: waits overlap."""
    still_world()
    cases = {f"{name}, {skip}": (asked, skip) for name, asked in questions.items() for skip in skips}
    with ThreadPoolExecutor(len(cases)) as pool:
        verdicts = pool.map(lambda case: outcome(case[0], replace(fault, path=path, skip=case[1])), cases.values())
        return dict(zip(cases, verdicts, strict=True))


def assert_right(verdicts: dict[str, Verdict]) -> None:
    """Nothing is wrong with any, and nothing of ours runs on."""
    assert {name: verdict.wrong for name, verdict in verdicts.items() if verdict.wrong} == {}
    assert threads_left() == []


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_no_issue(name):
    """On the first page or on one in the middle: every way to ask gives the truth."""
    verdicts = map_in_order(SEARCHES, PASSING[name], "issues/_search", 0, 1)
    assert_right(verdicts)
    assert {name: repr(verdict.error) for name, verdict in verdicts.items() if verdict.error} == {}


@pytest.mark.parametrize("name", OF_PAGES)
def test_a_flawed_page_costs_no_issue(name):
    """Pages come anew, or an error tells; what came before is kept with it."""
    assert_right(map_in_order(SEARCHES, OF_PAGES[name], "issues/_search", 0, 1, 2))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_however_an_expired_scroll_is_refused_it_is_read_anew(status):
    """Ranges or one scroll, with an order or a limit: no row is lost, whatever says that the scroll is gone."""
    for skip, names in ((1, ("query", "filter", "order")), (2, ("query", "filter", "order", "limit"))):
        scrolled = {name: SEARCHES[name] for name in names}  # with a limit the first page is one by number
        verdicts = map_in_order(scrolled, Fault("status", status=status), "issues/_search", skip)
        assert_right(verdicts)
        assert {name: repr(verdict.error) for name, verdict in verdicts.items() if verdict.error} == {}


@pytest.mark.parametrize("limit", [1, 10, None])
def test_a_record_of_elsewhere_is_no_row(limit):
    """A page of one valid record that nobody asked for, where the first page should be: it is not in the result."""
    asked = Question("issues", DEV, limit=limit)
    assert_right({"query": outcome(asked, Fault("shape", "issues/_search", body=ALIEN))})


def test_a_record_of_elsewhere_on_any_page_is_no_row():
    """In place of the first, second or third page of every way to ask."""
    long = {name: asked for name, asked in SEARCHES.items() if name != "queue"}
    assert_right(map_in_order(long, Fault("shape", body=ALIEN), "issues/_search", 0, 1, 2))


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_record_of_elsewhere_in_place_of_one_row(skip):
    """81 issues: the third page has one row, and the number that came is right with the alien too."""
    fault = Fault("shape", "issues/_search", skip=skip, body=ALIEN)
    assert_right({"queue": outcome(SEARCHES["queue"], fault)})


@pytest.mark.parametrize("limit", [120, 250, 333])
def test_a_total_that_tells_what_came_is_no_end(limit):
    """300 issues; pages are cut at 100 in silence, and X-Total-Count says 100: as many as `limit` come all the same."""
    told = Behaviour(max_per_page=100, page_window=100, max_per_scroll=100, over_max="cap")
    verdict = outcome(Question("issues", EVERYTHING, limit, ascending=True), behaviour=told)
    assert (verdict.wrong, verdict.error) == ([], None)
    assert len(verdict.answer) == min(limit, 300)
    assert verdict.answer.attrs["tracker"]["truncated"] == (limit < 300)


@pytest.mark.parametrize("ascending", [None, True])
@pytest.mark.parametrize("limit", [None, 333])
def test_a_scroll_that_tells_what_came_is_no_end(limit, ascending):
    """The first page ends early and X-Total-Count says 100, which is what came: all 300 come, or an error has them."""
    told = Behaviour(max_per_page=100, page_window=100, max_per_scroll=100, scroll_window=100, over_max="cap")
    fault = Fault("end_early", "issues/_search", skip=0 if limit is None else 1)  # the first page is one by number
    verdict = outcome(Question("issues", EVERYTHING, limit, ascending), fault, behaviour=told)
    assert (verdict.wrong, verdict.struck) == ([], 1)
    rows = verdict.answer
    if isinstance(verdict.error, errors.Incomplete):  # count and total keep apart for good: the service has to be told
        rows = verdict.error.partial
    assert len(rows) == 300


@pytest.mark.parametrize("status", [401, 403, 404, 409, 423])
@pytest.mark.parametrize("name", ["query", "filter", "order"])
def test_a_lasting_refusal_keeps_what_came_and_says_how_to_go_on(name, status):
    """After three requests everything is refused: the rows that came stay, with the refusal's own advice."""
    verdict = outcome(SEARCHES[name], Fault("status", "issues/_search", times=10_000, skip=3, status=status))
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert len(verdict.error.partial) == verdict.error.fetched >= (120 if name == "order" else 40)
    cause = verdict.error.__cause__
    assert isinstance(cause, errors.TrackerError)
    assert cause.hint in str(verdict.error)
    assert status != 401 or "%tracker login" in str(verdict.error)


def endless(kind: str, **rest: object) -> Fault:
    """A fault that strikes every request of a search but the first."""
    return Fault(kind, "issues/_search", times=10_000, skip=1, **rest)


@pytest.mark.parametrize("fault", [endless("expire_scroll"), endless("end_early")], ids=["expired", "ended"])
def test_what_came_stays_on_the_error(fault):
    """When scrolls that are in order keep breaking off, Incomplete has the rows that came, both numbers and advice."""
    verdict = outcome(SEARCHES["order"], fault)
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert (verdict.error.fetched, verdict.error.total) == (len(verdict.error.partial), 194)
    assert verdict.error.fetched >= 40
    assert "partial" in verdict.error.hint


LASTING = {
    "503": endless("status", status=503),
    "429 for an hour": endless("status", status=429, headers={"Retry-After": "3600"}),
    "html": endless("html", status=200),
    "drop": endless("drop"),
    "empty": endless("empty"),
    "other shape": endless("shape"),
}


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_fault_ends_in_a_typed_error(name):
    """As soon as the time is over, or sooner, with nothing left open."""
    verdict = outcome(SEARCHES["query"], LASTING[name], timeout_s=0.6)
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.TrackerError)


@pytest.mark.parametrize("name", LASTING)
def test_what_came_before_a_lasting_fault_stays(name):
    """The first page came; what is raised is Incomplete, with its rows."""
    verdict = outcome(SEARCHES["query"], LASTING[name], timeout_s=0.6)
    assert isinstance(verdict.error, errors.Incomplete)
    assert len(verdict.error.partial) == verdict.error.fetched == 40


@pytest.mark.parametrize("name", ["query", "limit", "order", "filter"])
def test_smaller_pages_are_learned(name):
    """A service that refuses perPage and perScroll above 100 is asked for 100."""
    hundred = Behaviour(max_per_page=100, max_per_scroll=100, over_max="refuse")
    verdict = outcome(replace(SEARCHES[name], limit=SEARCHES[name].limit and 150), behaviour=hundred)
    assert (verdict.wrong, verdict.error) == ([], None)


@pytest.mark.parametrize("limit", [None, 10, 150])
def test_a_query_that_is_no_query_is_refused_at_once(make, demo, limit):
    """422 is about what was asked, never about how large a page may be: it is not asked again."""
    demo.behaviour.faults += [Fault("status", "issues/_search", status=422)]
    with pytest.raises(errors.BadQuery):
        make().issues("Queue: DEV", fields="summary", limit=limit)
    assert [seen.path for seen in demo.journal].count("/v3/issues/_search") == 1


@pytest.mark.parametrize("skip", [0, 1])
def test_the_scroll_of_a_page_that_cannot_be_read_is_given_back(make, demo, skip):
    """The page is of no use, its scroll is open at the service all the same; `demo` holds that none is left."""
    demo.service.behaviour = Behaviour(max_per_scroll=100, over_max="cap")
    demo.behaviour.faults += [Fault("garble", "issues/_search", skip=skip)]
    tracker = make()
    assert len(tracker.issues("Queue: DEV", fields="summary")) == tracker.count("Queue: DEV")


@pytest.mark.parametrize("name", SEARCHES)
def test_fewer_rows_than_asked_for_are_not_the_end(name):
    """A service that lowers perPage and perScroll in silence."""
    verdict = outcome(SEARCHES[name], behaviour=PAGES)
    assert (verdict.wrong, verdict.error) == ([], None)


@pytest.mark.parametrize("skip", [0, 1])
def test_an_empty_page_in_the_middle(skip):
    """A scroll whose id still comes is not over: the truth, and nothing is left open."""
    assert_right({"query": outcome(SEARCHES["query"], Fault("empty_page", "issues/_search", skip=skip))})


def test_an_empty_page_by_number():
    """In page mode the totals tell that it is not the end."""
    verdict = outcome(SEARCHES["limit"], Fault("empty_page", "issues/_search"))
    assert (verdict.wrong, verdict.error) == ([], None)


def test_a_scroll_that_leads_in_a_circle_is_left():
    """Each page is the one before; after a few of them the client gives up or begins anew, and says so in the end."""
    verdict = outcome(SEARCHES["query"], Fault("repeat", "issues/_search", times=100, skip=1))
    assert verdict.requests < 50


@pytest.mark.parametrize("body", [[], [{"id": 1}]], ids=["an empty list", "other things with an id"])
def test_a_list_without_a_total_is_no_answer(body):
    """Valid JSON in place of the first page: `_count` says what should have come."""
    assert_right({"query": outcome(SEARCHES["query"], Fault("shape", "issues/_search", body=body))})


def test_an_empty_list_in_place_of_a_page():
    """Valid JSON in place of the second page: read anew, and the first scroll is given back."""
    assert_right({"query": outcome(SEARCHES["query"], Fault("shape", "issues/_search", skip=1, body=[]))})


@pytest.mark.parametrize("body", [True, -5])
def test_a_count_is_a_number_of_issues(body):
    """JSON that is no count is an UnexpectedReply, and is asked for again."""
    assert_right({"count": outcome(Question("count", DEV), Fault("shape", "issues/_count", body=body))})


@pytest.mark.parametrize("by", [-5, 5])
@pytest.mark.parametrize("path", ["issues/_count", "issues/_"])
def test_a_count_that_stays_wrong_is_told_with_both_numbers(path, by):
    """Rows and count keep apart: nobody can say which is right."""
    verdict = outcome(SEARCHES["query"], Fault("miscount", path, times=1000, by=by))
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert (verdict.error.fetched, verdict.error.total) == (194, 194 + by)


def test_closed_is_closed():
    """After a broken connection too, `close()` ends all the others at once, without the collector's help."""
    gc.disable()
    try:
        verdict = play(Mixture(SEARCHES["query"], (Fault("drop", "issues/_search", skip=1),), behaviour=PAGES))
    finally:
        gc.enable()
    assert verdict.wrong == []
