"""Each fault of a list by itself: history, comments, work, links, dictionaries; moved issues, logins, the 10,000."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.tracker.mixtures.play import NOW, Mixture, Verdict, fresh_world, play, threads_left
from tests.tracker.mixtures.questions import Criterion, Question, criterion
from tests.tracker.test_faults_alone import PAGES, PASSING, map_in_order
from tracker_magic import errors
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.issue_lists import Change, Comment, Event
from tracker_magic.demo.model import Issue, User, World
from tracker_magic.secret import Secret

FEW = Criterion("keys", ("DEV-11", "DEV-7", "OPS-3", "DESIGN-2"))
LISTS = {name: Question(name, FEW) for name in ("changelog", "comments", "worklog", "links")}
PAGED = ("changelog", "comments", "worklog")
LONG = 250


def long_world() -> World:
    """DEV-7 has more of everything than fits on a page of the client's."""
    world = fresh_world()
    issue = world.issues["DEV-7"]
    at = [NOW + timedelta(minutes=number) for number in range(LONG)]
    issue.comments = [Comment(700_000 + number, each, world.me, str(number)) for number, each in enumerate(at)]
    issue.events = [
        Event(f"7033f98{number:017x}", each, world.me, "IssueUpdated", (Change("summary", "x", "y"),))
        for number, each in enumerate(at)
    ]
    work = next(issue.worklog[0] for issue in world.issues.values() if issue.worklog)
    issue.worklog = [replace(work, id=800_000 + number) for number in range(1100)]
    return world


def outcome(question: Question, *faults: Fault, world: World | None = None, **how: object) -> Verdict:
    """The verdict over one question."""
    return play(Mixture(question, faults, **{"behaviour": PAGES, **how}), world)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_costs_no_row(name):
    """Every list is whole."""
    verdicts = map_in_order(LISTS, PASSING[name], "/issues/", 2)
    assert {name: verdict.wrong for name, verdict in verdicts.items() if verdict.wrong} == {}
    assert {name: repr(verdict.error) for name, verdict in verdicts.items() if verdict.error} == {}
    assert threads_left() == []


@pytest.mark.parametrize("name", PAGED)
def test_a_list_of_many_pages_is_whole(name):
    """Link addresses carry no scheme; nothing else is wrong."""
    verdict = outcome(Question(name, FEW), world=long_world(), behaviour=Behaviour(link_scheme=False))
    assert (verdict.wrong, verdict.error) == ([], None)


@pytest.mark.parametrize(
    ("name", "kind", "skip"),
    [
        ("comments", "repeat", 0),
        ("changelog", "repeat", 0),
        ("worklog", "repeat", 0),
        ("comments", "repeat", 1),
        ("changelog", "repeat", 1),
        ("worklog", "repeat", 1),
        ("comments", "duplicate", 0),
        ("changelog", "duplicate", 0),
        ("worklog", "duplicate", 0),
        ("comments", "duplicate", 1),
        ("changelog", "duplicate", 1),
        ("worklog", "duplicate", 1),
        ("comments", "empty_page", 0),
        ("changelog", "empty_page", 0),
        ("comments", "empty_page", 1),
        ("changelog", "empty_page", 1),
    ],
)
def test_a_flawed_page_of_a_list(name, kind, skip):
    """A page, or a row, that comes again; an empty page: the truth, or an error that says so."""
    verdict = outcome(Question(name, FEW), Fault(kind, f"DEV-7/{name}", skip=skip), world=long_world())
    assert verdict.wrong == []


@pytest.mark.parametrize("kind", ["repeat", "duplicate", "empty_page"])
@pytest.mark.parametrize("name", PAGED)
def test_a_list_whose_pages_stay_flawed(name, kind):
    """Every page from the first or second on: the truth, or Incomplete after a few more requests."""
    for skip in (0, 1):
        verdict = outcome(Question(name, FEW), Fault(kind, f"DEV-7/{name}", times=1000, skip=skip), world=long_world())
        assert verdict.wrong == []
        assert verdict.error is None or isinstance(verdict.error, errors.Incomplete)
        assert verdict.requests < 20


@pytest.mark.parametrize("name", LISTS)
def test_another_shape_is_told(name):
    """Valid JSON that is no list of records: the lists before it stay, with a word how to go on."""
    verdict = outcome(LISTS[name], Fault("shape", f"/{name}", skip=2))
    assert verdict.wrong == []


@pytest.mark.parametrize("kind", ["status", "drop", "cut", "html"])
@pytest.mark.parametrize("name", LISTS)
def test_a_lasting_fault_leaves_what_came(name, kind):
    """Incomplete has the lists of the issues that answered, and their number."""
    verdict = outcome(LISTS[name], Fault(kind, f"/{name}", times=1000, skip=3), timeout_s=0.5)
    assert verdict.wrong == []
    assert isinstance(verdict.error, errors.TrackerError)
    if isinstance(verdict.error, errors.Incomplete):
        assert verdict.error.total == 4


def test_a_wait_that_is_too_long_leaves_what_came():
    """429 with a Retry-After beyond the time limit: Incomplete, with the lists that came."""
    fault = Fault("status", "DESIGN-2/comments", times=1000, status=429, headers={"Retry-After": "3600"})
    assert isinstance(outcome(LISTS["comments"], fault, timeout_s=2).error, errors.Incomplete)


def test_a_source_that_is_incomplete_keeps_its_partial():
    """`comments("Queue: DEV")`, and the search of its issues breaks off: partial is a frame, if an empty one."""
    fault = Fault("end_early", "issues/_search", times=1000, skip=1)
    assert outcome(Question("comments", criterion("query", ["DEV"])), fault).wrong == []


def move(world: World) -> None:
    """DEV-7 goes to OPS."""
    issue = world.issues.pop("DEV-7")
    issue.key, issue.values["queue"] = "OPS-999", "OPS"
    issue.aliases.append("DEV-7")
    world.add(issue)


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("name", LISTS)
def test_an_issue_that_moves_after_it_was_found(name, status):
    """Between the search and its own list: it is found under its new key."""
    when = Fault("hook", f"/{name}")
    asked = Question(name, criterion("query", ["DEV"], types=["story", "epic"]))
    behaviour = replace(PAGES, moved_status=status)
    verdict = play(Mixture(asked, (), ((when, move),), behaviour))
    assert (verdict.wrong, verdict.error) == ([], None)


def test_an_issue_that_moves_between_two_pages():
    """The rest of a long list comes from where it is now."""
    when = Fault("hook", "DEV-7/comments", skip=1)
    verdict = play(Mixture(LISTS["comments"], (), ((when, move),), PAGES), long_world())
    assert (verdict.wrong, verdict.error) == ([], None)


def test_a_circle_of_redirects_is_told_at_once():
    """Trying again does not help: it is no broken answer."""
    fault = Fault("redirect", "DEV-7/comments", times=1000, location="/v3/issues/DEV-7/comments")
    assert outcome(LISTS["comments"], fault, timeout_s=1).requests <= 10


@pytest.mark.parametrize(
    "kind",
    [
        *("repeat", "duplicate", "empty_page", "drop", "cut", "html", "empty"),
    ],
)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_flawed_page_of_people(make, demo, kind, skip):
    """All users, each once, or an error."""
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
def test_a_dictionary_is_whole(make, demo, fault):
    """A fault that passes costs no status, and what comes of it is no row."""
    demo.behaviour.faults.append(replace(fault, path="/statuses"))
    assert set(make().statuses()["key"]) == set(demo.world.statuses)


@pytest.mark.parametrize("body", [{}, [17], "text", None])
def test_a_dictionary_of_another_shape_is_told(make, demo, body):
    """Valid JSON that is no list of records is asked for again, and told where it stays so."""
    demo.behaviour.faults.append(Fault("shape", "/statuses", body=body))
    tracker = make()
    assert set(tracker.statuses()["key"]) == set(demo.world.statuses)
    demo.behaviour.faults.append(Fault("shape", "/statuses", times=1000, body=body))
    with pytest.raises((errors.UnexpectedReply, errors.TimedOut)):  # the limit may strike between two tries
        tracker.statuses(timeout=0.5)


@pytest.mark.parametrize(
    "fault", [Fault("empty_page"), Fault("repeat"), Fault("duplicate")], ids=lambda each: each.kind
)
def test_flawed_pages_of_entities(make, demo, fault):
    """All projects, each once: where fewer came than the service says, they are read once more."""
    demo.behaviour.faults.append(replace(fault, path="entities/project"))
    ids = list(make().projects()["id"])
    assert len(ids) == len(set(ids)) == sum(each.kind == "project" for each in demo.world.entities.values())


@pytest.mark.parametrize("path", ["issues/_search", "/comments"])
def test_a_token_that_ends_in_the_middle_is_renewed_once(make, demo, path):
    """401 in the middle of a scroll or of lists: a new token, and nothing is lost."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 100, "cap"
    first = demo.access.issue(demo.world.me)
    demo.behaviour.faults.append(Fault("hook", path, skip=2, hook=lambda: demo.access.expire(first)))
    renewed = []

    class Renewal(TokenProvider):
        is_renewable = True

        def renew(self, token):
            renewed.append(token)
            return Token(Secret(demo.access.token))

    login = Login(Token(Secret(first)), "a test", Renewal())
    tracker = make(token="absent", org_id="absent", login=(login, Organisation(demo.access.org_id, "360")))
    keys = {issue.key for issue in demo.world.issues.values() if issue.key.startswith("OPS-")}
    if path == "/comments":
        keys = {key for key in sorted(keys)[:30] if demo.world.issues[key].comments}
        frame = tracker.comments(sorted(keys))
    else:
        frame = tracker.issues("Queue: OPS", fields="key")
    assert set(frame["key"]) == keys
    assert len(renewed) == 1


def test_a_token_that_cannot_be_renewed_is_told(make, demo):
    """In the middle of a scroll, which was opened with it: the rows that came stay, NotLoggedIn is the cause."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 100, "cap"
    demo.behaviour.faults.append(Fault("status", "issues/_search", times=100, skip=2, status=401))
    with pytest.raises(errors.Incomplete, match="does not accept the token") as caught:
        make().issues("Queue: OPS", fields="key")
    assert isinstance(caught.value.__cause__, errors.NotLoggedIn)
    assert len(caught.value.partial) == caught.value.fetched >= 100


def test_the_total_that_ends_at_ten_thousand(make, demo):
    """X-Total-Count is capped in page mode and in scrolls; `_count` and the rows are not."""
    model = demo.world.find("DESIGN-1")
    many = [Issue(f"{number:024x}", f"DESIGN-{90_000 + number}", dict(model.values)) for number in range(10_050)]
    before = sum(key.startswith("DESIGN-") for key in demo.world.issues)
    demo.behaviour.scroll_window = 10_000
    for issue in many:
        demo.world.issues[issue.key] = issue
        demo.world.keys[issue.id] = issue.key
    try:
        tracker = make()
        first, whole = (tracker.issues("Queue: DESIGN", fields="key", limit=limit) for limit in (100, None))
    finally:
        for issue in many:
            del demo.world.issues[issue.key], demo.world.keys[issue.id]
    assert first.attrs["tracker"]["total"] == len(whole) == before + 10_050
    assert first.attrs["tracker"]["truncated"]
    assert whole["key"].is_unique
