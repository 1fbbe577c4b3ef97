"""Each fault of a search by itself: the answer is the truth, or a typed error says what is missing and how to go on.

Faults of lists (changelog, comments, work, links, dictionaries): test_faults_of_lists. Of keys: test_faults_of_keys.
"""

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.tracker.mixtures.draw import FOREIGN
from tests.tracker.mixtures.play import Mixture, Verdict, play, shared_world, threads_left
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

# Faults that pass: the request is sent again.
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
# Faults of a page of a search: the search is read again, or the error says so.
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


def in_dev() -> int:
    """How many issues match DEV."""
    return sum(issue.values["queue"] == "DEV" for issue in shared_world().issues.values())


def outcome(question: Question, *faults: Fault, **options: object) -> Verdict:
    """The verdict on one question to a service with pages of 40 issues."""
    return play(Mixture(question, faults, **{"behaviour": PAGES, **options}))


def outcomes(questions: dict[str, Question], fault: Fault, path: str, *skips: int) -> dict[str, Verdict]:
    """The verdicts on each question with the fault after each of `skips` requests, in parallel."""
    shared_world()
    cases = {f"{name}, {skip}": (question, skip) for name, question in questions.items() for skip in skips}
    with ThreadPoolExecutor(len(cases)) as pool:
        verdicts = pool.map(lambda case: outcome(case[0], replace(fault, path=path, skip=case[1])), cases.values())
        return dict(zip(cases, verdicts, strict=True))


def assert_right(verdicts: dict[str, Verdict]) -> None:
    """Nothing is wrong with any verdict, and no thread goes on."""
    assert {name: verdict.wrong for name, verdict in verdicts.items() if verdict.wrong} == {}
    assert threads_left() == []


def assert_answered(verdicts: dict[str, Verdict]) -> None:
    """Nothing is wrong with any verdict, and every question was answered."""
    assert_right(verdicts)
    assert {name: repr(verdict.error) for name, verdict in verdicts.items() if verdict.error} == {}


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_loses_no_issue(name):
    """A fault that passes, of the first page or a later one, does not change the answer."""
    assert_answered(outcomes(SEARCHES, PASSING[name], "issues/_search", 0, 1))


@pytest.mark.parametrize("name", OF_PAGES)
def test_a_flawed_page_loses_no_issue(name):
    """A flawed page is read again, or the error says so and has the rows fetched before it."""
    assert_right(outcomes(SEARCHES, OF_PAGES[name], "issues/_search", 0, 1, 2))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_an_expired_scroll_loses_no_issue_whatever_its_status(status):
    """Whatever status says that a scroll expired, in ranges, with an order or a limit: no row is lost."""
    # With a limit the first page is one by number.
    for skip, names in ((1, ("query", "filter", "order")), (2, ("query", "filter", "order", "limit"))):
        questions = {name: SEARCHES[name] for name in names}
        assert_answered(outcomes(questions, Fault("status", status=status), "issues/_search", skip))


# Records of another search.


@pytest.mark.parametrize("limit", [1, 10, None])
def test_a_foreign_record_in_place_of_the_first_page_is_no_row(limit):
    """A page of one valid record that does not match is not in the result."""
    question = Question("issues", DEV, limit=limit)
    assert_right({"query": outcome(question, Fault("shape", "issues/_search", body=FOREIGN))})


def test_a_foreign_record_in_place_of_any_page_is_no_row():
    """A record that does not match, in place of the first three pages of any search, is not in the result."""
    questions = {name: question for name, question in SEARCHES.items() if name != "queue"}
    assert_right(outcomes(questions, Fault("shape", body=FOREIGN), "issues/_search", 0, 1, 2))


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_foreign_record_in_place_of_one_row_is_no_row(skip):
    """If the third page has one row, of 81, a record that does not match makes the right number, but is no row."""
    fault = Fault("shape", "issues/_search", skip=skip, body=FOREIGN)
    assert_right({"queue": outcome(SEARCHES["queue"], fault)})


# A limit above one page.


@pytest.mark.parametrize("skip", [1, 2, 3])
def test_a_row_that_a_page_before_the_limit_lacks_is_not_left_out(skip):
    """If one of the pages up to the limit has a row less than requested, the first issues come all the same."""
    pages = Behaviour(max_per_page=100, max_per_scroll=100, over_max="cap")
    lost = Fault("lose_rows", "issues/_search", skip=skip, by=1)
    verdict = outcome(Question("issues", EVERYTHING, 280, ascending=True), lost, behaviour=pages)
    assert (verdict.wrong, verdict.error, verdict.struck) == ([], None, 1)


# Totals.


@pytest.mark.parametrize("limit", [120, 250, 333])
def test_a_total_that_equals_the_rows_of_a_page_is_not_the_end(limit):
    """If pages are silently cut at 100 and X-Total-Count says 100, `limit` issues, of 300, come all the same."""
    cut = Behaviour(max_per_page=100, page_window=100, max_per_scroll=100, over_max="cap")
    verdict = outcome(Question("issues", EVERYTHING, limit, ascending=True), behaviour=cut)
    assert (verdict.wrong, verdict.error) == ([], None)
    assert len(verdict.answer) == min(limit, 300)
    assert verdict.answer.attrs["tracker"]["truncated"] == (limit < 300)


@pytest.mark.parametrize("ascending", [None, True])
@pytest.mark.parametrize("limit", [None, 333])
def test_a_total_that_equals_the_rows_of_a_scroll_is_not_the_end(limit, ascending):
    """If a scroll ends early after as many rows as its total says, all 300 issues are returned, or are on the error."""
    cut = Behaviour(max_per_page=100, page_window=100, max_per_scroll=100, scroll_window=100, over_max="cap")
    fault = Fault("end_early", "issues/_search", skip=0 if limit is None else 1)  # the first page is one by number
    verdict = outcome(Question("issues", EVERYTHING, limit, ascending), fault, behaviour=cut)
    assert (verdict.wrong, verdict.struck) == ([], 1)
    rows = verdict.answer
    if isinstance(verdict.error, errors.Incomplete):  # count and total differ for good
        rows = verdict.error.partial
    assert len(rows) == 300


@pytest.mark.parametrize("by", [-5, 5])
@pytest.mark.parametrize("path", ["issues/_count", "issues/_"])
def test_a_count_that_stays_wrong_is_reported_with_both_numbers(path, by):
    """If rows and count differ for good, nobody knows which is right: the error has both numbers."""
    verdict = outcome(SEARCHES["order"], Fault("miscount", path, times=1000, by=by))
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert (verdict.error.fetched, verdict.error.total) == (in_dev(), in_dev() + by)


@pytest.mark.parametrize("body", [True, -5])
def test_a_count_is_a_number_of_issues(body):
    """JSON that is no number of issues is requested again."""
    assert_right({"count": outcome(Question("count", DEV), Fault("shape", "issues/_count", body=body))})


# Faults that last.


def lasting(kind: str, **details: object) -> Fault:
    """A fault of every request of a search except the first."""
    return Fault(kind, "issues/_search", times=10_000, skip=1, **details)


LASTING = {
    "503": lasting("status", status=503),
    "429 for an hour": lasting("status", status=429, headers={"Retry-After": "3600"}),
    "html": lasting("html", status=200),
    "drop": lasting("drop"),
    "empty": lasting("empty"),
    "other shape": lasting("shape"),
}


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_fault_ends_in_an_error_with_the_rows_before_it(name):
    """If a fault lasts, the call ends at its time limit at the latest, with the rows of the first page."""
    verdict = outcome(SEARCHES["query"], LASTING[name], timeout_s=0.6)
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert len(verdict.error.partial) == verdict.error.fetched == 40


@pytest.mark.parametrize("status", [401, 403, 404, 409, 423])
@pytest.mark.parametrize("name", ["query", "filter", "order"])
def test_a_lasting_refusal_keeps_the_rows_and_its_own_hint(name, status):
    """If everything is refused after three requests, the error has the rows fetched so far, and the refusal's hint."""
    verdict = outcome(SEARCHES[name], Fault("status", "issues/_search", times=10_000, skip=3, status=status))
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert len(verdict.error.partial) == verdict.error.fetched >= (120 if name == "order" else 40)
    cause = verdict.error.__cause__
    assert isinstance(cause, errors.TrackerError)
    assert cause.hint in str(verdict.error)
    assert status != 401 or "%tracker login" in str(verdict.error)


@pytest.mark.parametrize("kind", ["expire_scroll", "end_early"])
def test_rows_of_scrolls_that_keep_breaking_off_are_on_the_error(kind):
    """If every ordered scroll breaks off, Incomplete has the rows fetched so far, both numbers and a hint."""
    verdict = outcome(SEARCHES["order"], lasting(kind))
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.Incomplete)
    assert (verdict.error.fetched, verdict.error.total) == (len(verdict.error.partial), in_dev())
    assert verdict.error.fetched >= 40
    assert "partial" in verdict.error.hint


def test_a_scroll_that_repeats_its_pages_ends():
    """If each page is the one before it, the client gives up after a few requests."""
    verdict = outcome(SEARCHES["query"], Fault("repeat", "issues/_search", times=100, skip=1))
    assert verdict.requests < 50


@pytest.mark.parametrize("limit", [None, 10, 150])
def test_a_refused_query_is_sent_once(make, demo, limit):
    """422 is about the query, never about the size of a page, so the request is not sent again."""
    demo.behaviour.faults += [Fault("status", "issues/_search", status=422)]
    with pytest.raises(errors.BadQuery):
        make().issues("Queue: DEV", fields="summary", limit=limit)
    assert [request.path for request in demo.journal].count("/v3/issues/_search") == 1


# Page sizes, empty pages, empty lists.


@pytest.mark.parametrize("name", ["query", "limit", "order", "filter"])
def test_smaller_pages_are_requested_after_a_refusal(name):
    """A service that refuses pages of more than 100 is asked for pages of 100."""
    hundred = Behaviour(max_per_page=100, max_per_scroll=100, over_max="refuse")
    question = SEARCHES[name]
    verdict = outcome(replace(question, limit=question.limit and 150), behaviour=hundred)
    assert (verdict.wrong, verdict.error) == ([], None)


@pytest.mark.parametrize("name", SEARCHES)
def test_a_page_that_is_silently_cut_is_not_the_end(name):
    """If the service silently gives fewer rows than requested, the other rows come too."""
    verdict = outcome(SEARCHES[name], behaviour=PAGES)
    assert (verdict.wrong, verdict.error) == ([], None)


@pytest.mark.parametrize("skip", [0, 1])
def test_an_empty_page_of_a_scroll_is_not_the_end(skip):
    """A scroll goes on after an empty page as long as the service gives its id, and is released."""
    assert_right({"query": outcome(SEARCHES["query"], Fault("empty_page", "issues/_search", skip=skip))})


def test_an_empty_page_by_number_is_not_the_end():
    """After an empty page by number the total shows that rows are missing."""
    verdict = outcome(SEARCHES["limit"], Fault("empty_page", "issues/_search"))
    assert (verdict.wrong, verdict.error) == ([], None)


@pytest.mark.parametrize("body", [[], [{"id": 1}]], ids=["an empty list", "other things with an id"])
def test_a_list_in_place_of_the_first_page_is_checked_by_a_count(body):
    """If a list without a total comes in place of the first page, `_count` shows what should have come."""
    assert_right({"query": outcome(SEARCHES["query"], Fault("shape", "issues/_search", body=body))})


def test_an_empty_list_in_place_of_a_later_page_is_not_the_end():
    """If an empty list comes in place of the second page, the search is read again, and the first scroll released."""
    assert_right({"query": outcome(SEARCHES["query"], Fault("shape", "issues/_search", skip=1, body=[]))})


@pytest.mark.parametrize("limit", [None, 150])
def test_a_page_that_is_damaged_in_the_middle_is_requested_again(make, demo, limit):
    """The first page, of a scroll or by number, is requested again although its beginning and end can be read."""
    whole = make().issues("Queue: DEV", limit=limit)
    fault = Fault("damage", "issues/_search")
    demo.behaviour.faults += [fault]
    assert make().issues("Queue: DEV", limit=limit).equals(whole)
    assert fault.times == 0


# What is left open.


@pytest.mark.parametrize("kind", ["garble", "cut"])
@pytest.mark.parametrize("skip", [0, 1])
def test_the_scroll_of_an_unreadable_page_is_released(make, demo, skip, kind):
    """A page that cannot be read, or is cut, opens a scroll all the same, which is released; `demo` checks that."""
    demo.service.behaviour = Behaviour(max_per_scroll=100, over_max="cap")
    demo.behaviour.faults += [Fault(kind, "issues/_search", skip=skip)]
    tracker = make()
    assert len(tracker.issues("Queue: DEV", fields="summary")) == tracker.count("Queue: DEV")


def test_the_scroll_of_a_page_that_takes_too_long_is_released(make, demo):
    """If the time limit passes while the first page arrives, its scroll is released; `demo` checks that."""
    demo.service.behaviour = Behaviour(max_per_scroll=100, over_max="cap")
    demo.behaviour.faults += [Fault("drip", "issues/_search", seconds=0.01)]
    with pytest.raises(errors.TimedOut):
        make().issues("Queue: DEV", fields="summary", order="summary", timeout=0.5)
    assert demo.journal[-1].path.endswith("_clear")


def test_close_ends_all_connections_without_the_garbage_collector():
    """After a broken connection `close` ends the others at once, even if the garbage collector is off."""
    gc.disable()
    try:
        verdict = outcome(SEARCHES["query"], Fault("drop", "issues/_search", skip=1))
    finally:
        gc.enable()
    assert verdict.wrong == []
