"""Each fault of a list by itself: changelog, comments, work, links, dictionaries; moved issues, expired tokens."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from tests.tracker.mixtures.play import NOW, Mixture, Verdict, fresh_world, play
from tests.tracker.mixtures.questions import Criterion, Question, criterion
from tests.tracker.test_faults_of_searches import PAGES, PASSING, assert_answered, outcomes
from tracker_magic import errors
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.issue_lists import Change, Comment, Event
from tracker_magic.demo.model import Issue, User, World
from tracker_magic.secret import Secret

FEW = Criterion("keys", ("DEV-11", "DEV-7", "OPS-3", "DESIGN-2"))
LISTS = {name: Question(name, FEW) for name in ("changelog", "comments", "worklog", "links")}
PAGED = ("changelog", "comments", "worklog")


def world_with_long_lists() -> World:
    """A world where DEV-7 has more of everything than fits on a page."""
    world = fresh_world()
    issue = world.issues["DEV-7"]
    times = [NOW + timedelta(minutes=number) for number in range(250)]
    issue.comments = [Comment(700_000 + number, at, world.me, str(number)) for number, at in enumerate(times)]
    issue.events = [
        Event(f"7033f98{number:017x}", at, world.me, "IssueUpdated", (Change("summary", "x", "y"),))
        for number, at in enumerate(times)
    ]
    work = next(issue.worklog[0] for issue in world.issues.values() if issue.worklog)
    issue.worklog = [replace(work, id=800_000 + number) for number in range(1100)]
    return world


def outcome(question: Question, *faults: Fault, world: World | None = None, **options: object) -> Verdict:
    """The verdict on one question."""
    return play(Mixture(question, faults, **{"behaviour": PAGES, **options}), world)


# Lists of issues.


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_loses_no_row(name):
    """A fault that passes does not change any list."""
    assert_answered(outcomes(LISTS, PASSING[name], "/issues/", 2))


@pytest.mark.parametrize("name", PAGED)
def test_a_list_of_many_pages_is_complete(name):
    """A list of many pages is complete, also if the addresses of its links have no scheme."""
    verdict = outcome(Question(name, FEW), world=world_with_long_lists(), behaviour=Behaviour(link_scheme=False))
    assert (verdict.wrong, verdict.error) == ([], None)


# A worklog has no way on after an empty page.
FLAWS = [
    (name, kind, skip)
    for name in PAGED
    for kind in ("repeat", "duplicate", "empty_page")
    for skip in (0, 1)
    if (name, kind) != ("worklog", "empty_page")
]


@pytest.mark.parametrize(("name", "kind", "skip"), FLAWS)
def test_a_flawed_page_of_a_list_loses_no_row(name, kind, skip):
    """If a page or a row comes again, or a page is empty, the list is complete or the error says that it is not."""
    fault = Fault(kind, f"DEV-7/{name}", skip=skip)
    assert outcome(Question(name, FEW), fault, world=world_with_long_lists()).wrong == []


@pytest.mark.parametrize("kind", ["repeat", "duplicate", "empty_page"])
@pytest.mark.parametrize("name", PAGED)
def test_a_list_whose_pages_stay_flawed_ends(name, kind):
    """If all pages are flawed, the list is complete, or Incomplete after a few more requests."""
    for skip in (0, 1):
        fault = Fault(kind, f"DEV-7/{name}", times=1000, skip=skip)
        verdict = outcome(Question(name, FEW), fault, world=world_with_long_lists())
        assert verdict.wrong == []
        assert verdict.error is None or isinstance(verdict.error, errors.Incomplete)
        assert verdict.requests < 20


@pytest.mark.parametrize("name", LISTS)
def test_json_that_is_no_list_loses_no_row(name):
    """JSON that is no list of records is requested again, or the error has the lists before it and a hint."""
    assert outcome(LISTS[name], Fault("shape", f"/{name}", skip=2)).wrong == []


@pytest.mark.parametrize("kind", ["status", "drop", "cut", "html"])
@pytest.mark.parametrize("name", LISTS)
def test_a_lasting_fault_keeps_the_lists_before_it(name, kind):
    """If a fault lasts, Incomplete has the lists of the issues that answered, and the number of all."""
    verdict = outcome(LISTS[name], Fault(kind, f"/{name}", times=1000, skip=3), timeout_s=0.5)
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.TrackerError)
    if isinstance(verdict.error, errors.Incomplete):
        assert verdict.error.total == 4


def test_a_pause_beyond_the_time_limit_keeps_the_lists_before_it():
    """After a 429 with a pause beyond the time limit, Incomplete has the lists fetched so far."""
    fault = Fault("status", "DESIGN-2/comments", times=1000, status=429, headers={"Retry-After": "3600"})
    assert isinstance(outcome(LISTS["comments"], fault, timeout_s=2).error, errors.Incomplete)


def test_an_incomplete_search_for_issues_gives_an_empty_frame():
    """If the search for the issues of a list breaks off, the partial result is a frame without rows."""
    fault = Fault("end_early", "issues/_search", times=1000, skip=1)
    assert outcome(Question("comments", criterion("query", ["DEV"])), fault).wrong == []


# Issues that move.


def move_dev_7(world: World, _: Random) -> None:
    """Move DEV-7 to OPS."""
    issue = world.issues.pop("DEV-7")
    issue.key, issue.values["queue"] = "OPS-999", "OPS"
    issue.aliases.append("DEV-7")
    world.add(issue)


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("name", LISTS)
def test_an_issue_may_move_after_it_was_found(name, status):
    """If an issue moves between the search and the request for its list, the list has its new key."""
    question = Question(name, criterion("query", ["DEV"], types=["story", "epic"]))
    change = (Fault("hook", f"/{name}"), move_dev_7)
    verdict = play(Mixture(question, (), (change,), replace(PAGES, moved_status=status)))
    assert (verdict.wrong, verdict.error) == ([], None)


def test_an_issue_may_move_between_two_pages():
    """If an issue moves between two pages of its list, the rest comes from its new key."""
    change = (Fault("hook", "DEV-7/comments", skip=1), move_dev_7)
    verdict = play(Mixture(LISTS["comments"], (), (change,), PAGES), world_with_long_lists())
    assert (verdict.wrong, verdict.error) == ([], None)


def test_a_circle_of_redirects_is_an_error_at_once():
    """A circle of redirects is not retried."""
    fault = Fault("redirect", "DEV-7/comments", times=1000, location="/v3/issues/DEV-7/comments")
    assert outcome(LISTS["comments"], fault, timeout_s=1).requests <= 10


# Dictionaries.


@pytest.mark.parametrize("kind", ["repeat", "duplicate", "empty_page", "drop", "cut", "html", "empty"])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_flawed_page_of_users_loses_nobody(make, demo, kind, skip):
    """If a page of users is flawed, all users come, each once, or the call fails."""
    added = {str(uid): User(str(uid), f"extra{uid}", "Extra", str(uid)) for uid in range(2_000_000, 2_000_230)}
    demo.world.users.update(added)
    demo.behaviour.faults.append(Fault(kind, "users/_relative", skip=skip, status=502))
    try:
        ids = list(make().users()["id"])
    except errors.UnexpectedReply:
        ids = sorted(demo.world.users)
    finally:
        expected = sorted(demo.world.users)
        for uid in added:
            del demo.world.users[uid]
    assert sorted(ids) == expected


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_passing_fault_loses_no_status(make, demo, fault):
    """A fault that passes does not change a dictionary."""
    demo.behaviour.faults.append(replace(fault, path="/statuses"))
    assert set(make().statuses()["key"]) == set(demo.world.statuses)


@pytest.mark.parametrize("body", [{}, [17], "text", None])
def test_json_that_is_no_dictionary_is_requested_again(make, demo, body):
    """JSON that is no list of records is requested again; if it stays so, the error is typed."""
    demo.behaviour.faults.append(Fault("shape", "/statuses", body=body))
    assert set(make().statuses()["key"]) == set(demo.world.statuses)
    demo.behaviour.faults.append(Fault("shape", "/statuses", times=1000, body=body))
    with pytest.raises((errors.UnexpectedReply, errors.TimedOut)):  # the time limit may come between two attempts
        make().statuses(timeout=0.5)


@pytest.mark.parametrize("kind", ["empty_page", "repeat", "duplicate"])
def test_flawed_pages_of_entities_are_read_again(make, demo, kind):
    """If fewer projects come than the service reports, they are read again: all come, each once."""
    demo.behaviour.faults.append(Fault(kind, "entities/project"))
    ids = list(make().projects()["id"])
    assert len(ids) == len(set(ids)) == sum(each.kind == "project" for each in demo.world.entities.values())


# Tokens and totals.


@pytest.mark.parametrize("path", ["issues/_search", "/comments"])
def test_a_token_that_expires_during_a_call_is_renewed_once(make, demo, path):
    """If the token expires between two pages or lists, it is renewed once, and nothing is lost."""
    demo.behaviour.max_per_page, demo.behaviour.over_max = 100, "cap"
    first = demo.access.issue(demo.world.me)
    demo.behaviour.faults.append(Fault("hook", path, skip=2, hook=lambda: demo.access.expire(first)))
    renewed = []

    class Renewal(TokenProvider):
        is_renewable = True

        def renew(self, token):
            renewed.append(token)
            return Token(Secret(demo.access.token))

    login = Login(Token(Secret(first)), "a test", Renewal())
    tracker = make(login=(login, Organisation(demo.access.org_id, "360")))
    keys = {issue.key for issue in demo.world.issues.values() if issue.key.startswith("OPS-")}
    if path == "/comments":
        keys = {key for key in sorted(keys)[:30] if demo.world.issues[key].comments}
        frame = tracker.comments(sorted(keys))
    else:
        frame = tracker.issues("Queue: OPS", fields="key")
    assert set(frame["key"]) == keys
    assert len(renewed) == 1


def test_a_token_that_cannot_be_renewed_is_the_cause(make, demo):
    """If the token is refused at a later page and cannot be renewed, the rows stay, and NotLoggedIn is the cause."""
    demo.behaviour.max_per_page, demo.behaviour.over_max = 100, "cap"
    demo.behaviour.faults.append(Fault("status", "issues/_search", times=100, skip=2, status=401))
    with pytest.raises(errors.Incomplete, match="does not accept the token") as caught:
        make().issues("Queue: OPS", fields="key")
    assert isinstance(caught.value.__cause__, errors.NotLoggedIn)
    assert len(caught.value.partial) == caught.value.fetched >= 100


def test_more_than_ten_thousand_issues_come_beyond_the_reported_total(make, demo):
    """X-Total-Count ends at 10,000, for pages and scrolls; the rows and the total of the frame do not."""
    model = demo.world.find("DESIGN-1")
    issues = [Issue(f"{number:024x}", f"DESIGN-{90_000 + number}", dict(model.values)) for number in range(10_050)]
    before = sum(key.startswith("DESIGN-") for key in demo.world.issues)
    demo.behaviour.scroll_window = 10_000
    for issue in issues:
        demo.world.issues[issue.key] = issue
        demo.world.keys[issue.id] = issue.key
    try:
        tracker = make()
        first, whole = (tracker.issues("Queue: DESIGN", fields="key", limit=limit) for limit in (100, None))
    finally:
        for issue in issues:
            del demo.world.issues[issue.key], demo.world.keys[issue.id]
    assert first.attrs["tracker"]["total"] == len(whole) == before + 10_050
    assert first.attrs["tracker"]["truncated"]
    assert whole["key"].is_unique
