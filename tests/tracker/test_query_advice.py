"""What an error says about a name or a value that the service refuses."""

from functools import partial

import pytest

from tracker_magic import errors
from tracker_magic.columns import SYSTEM_FIELDS
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.model import User
from tracker_magic.query import FIELD_NAMES, name_text


def refusal(call) -> errors.BadQuery:
    """The error of a call."""
    with pytest.raises(errors.BadQuery) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    "key", [key for key in SYSTEM_FIELDS if key.casefold() not in map(str.casefold, FIELD_NAMES.values())]
)
@pytest.mark.parametrize("query", ["Queue: DEV {}: x", 'Queue: DEV "Sort By": {} DESC'])
def test_the_key_of_a_system_field_is_answered_with_its_name_in_queries(tracker, demo, key, query):
    """A field's key in place of a parameter is an error that says how a query calls it, without a further request."""
    demo.journal.clear()
    error = refusal(partial(tracker.count, query.format(key)))
    assert key in error.message
    expected = f"is called {name_text(FIELD_NAMES[key])}." if key in FIELD_NAMES else f"cannot ask about `{key}`"
    assert expected in error.hint
    assert [request.path for request in demo.journal] == ["/v3/issues/_count"]


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ("Statuss: open", "Did you mean Status?"),
        ("Очередь: DEV", "`Очередь` is called Queue."),
        ("Очеред: DEV", "Did you mean Queue?"),
        ("Создано: 2026-01-01", "`Создано` is called Created."),
        ("Кем изменена: me()", "Did you mean Modifier?"),
        ("Reporter: me()", "`Reporter` is called Author."),
        ('"Story Point": > 3', 'Did you mean "Story Points"?'),
        ("Story Points: > 3", 'Write "Story Points" in quotes.'),
        ("Queue: DEV Sort By: Updated", 'Write "Sort By" in quotes.'),
        ('Queue: DEV "Sort By": Key, Updatd DESC', "Did you mean Updated?"),
        ('"QA enginer": me()', 'Did you mean "QA engineer"?'),
        ("Тестировшик: me()", "Did you mean Тестировщик?"),
        ("DEV.taem: x", "Did you mean DEV.team?"),
        ("DEV.Каманда: x", "Did you mean DEV.team?"),
        ("DVE.team: x", "Did you mean DEV.team?"),
        ('Queue: DEV "DEV.team": x', "Write DEV.team without quotes."),
        ('"DEV.Команда": x', "Write DEV.team without quotes."),
        ('Queue: DEV "Sort By": "DEV.riskScore"', "Write DEV.riskScore without quotes."),
        ("Assignee: kotv@", "Did you mean kotova@?"),
        ("Status: changed(by: Котва)", "Анна Котова"),
        ('Queue: DEV "Sort By": DEV.riskScor', "Did you mean DEV.riskScore?"),
        ("Status: opne", "Did you mean Open"),
        ("Status: Закрит", "Did you mean Закрыт?"),
        ("Status: in progress Queue: DEV", 'Write "In progress" in quotes.'),
        ("Status: changed(to: clsed)", "Did you mean Closed?"),
        ("Type: bugg", "Did you mean Bug?"),
        ("Priority: urgent", "There are Trivial, Minor, Normal, Critical, Blocker."),
        ("Queue: DEVV", "Did you mean DEV?"),
        ("Resolution: unresolved", "Did you mean unresolved()?"),
        ("Assignee: me", "Did you mean me()?"),
        ("Sprint: nosuchsprint", "%tracker sprints BOARD lists them."),
        ("DEV.team: Витринa", "Did you mean Витрина?"),
    ],
)  # fmt: skip
def test_the_nearest_name_or_value_is_shown(make, lang, query, advice):
    """Whatever the language of the call, a name or value in Russian or English is answered with the nearest one."""
    assert advice in refusal(partial(make(lang=lang).count, query)).hint


def test_a_name_of_several_local_fields_is_answered_with_all(tracker):
    """A displayed name without its queue names the local fields that have it."""
    tracker.fields("DEV")
    assert "`Команда` is called DEV.team" in refusal(lambda: tracker.count("Команда: x")).hint


@pytest.mark.parametrize("query", ["Assignee: Котва", "Status: changed(by: Котва)", "Queue: DEV Author: котов"])
def test_people_are_found_among_the_known_ones(tracker, demo, query):
    """A misspelt person is answered with the nearest of the users that were fetched before, without a request."""
    tracker.users()
    demo.journal.clear()
    assert "Анна Котова" in refusal(partial(tracker.count, query)).hint
    assert len(demo.journal) == 1


def test_people_are_requested_once_and_not_all_of_them(tracker, demo):
    """After the first refusal of a person, some pages of users are requested, however many there are."""
    more = {str(9000 + number): User(str(9000 + number), f"nobody{number}", "x", "x") for number in range(1500)}
    with demo.lock:
        demo.world.users.update(more)
    try:
        demo.journal.clear()
        for query in ("Assignee: kotv@", "Author: zzzz@", "Assignee: Котва"):
            refusal(partial(tracker.count, query))
    finally:
        with demo.lock:
            for uid in more:
                del demo.world.users[uid]
    assert len([request for request in demo.journal if request.path.startswith("/v3/users")]) == 10


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.issues("Statuss: open"),
        lambda t: t.issues("Statuss: open", limit=1, fields="key"),
        lambda t: t.count("Statuss: open"),
        lambda t: t.explain("Statuss: open"),
        lambda t: t.changelog("Statuss: open"),
        lambda t: t.comments("Statuss: open"),
        lambda t: t.worklog("Statuss: open"),
    ],
)
def test_every_method_that_takes_a_query_gives_the_advice(tracker, call):
    """Searching, counting and lists of issues name the nearest parameter."""
    assert "Did you mean Status?" in refusal(partial(call, tracker)).hint


def test_the_names_are_requested_only_after_a_refusal_and_once(tracker, demo):
    """No request precedes a search; after a refusal the fields are requested in every language, once per Tracker."""
    demo.journal.clear()
    for query in ("Statuss: open", "Prioritiy: x", "Заказчк: x"):
        refusal(partial(tracker.count, query))
    assert [request.path.removeprefix("/v3") for request in demo.journal] == [
        *("/issues/_count", "/fields", "/issues/_count", "/issues/_count"),
    ]


def test_a_refusal_is_more_important_than_the_advice(tracker, demo):
    """If the names cannot be requested, the refusal comes without them."""
    demo.service.behaviour.faults.append(Fault("status", path="/fields", status=403))
    error = refusal(lambda: tracker.count("Statuss: open"))
    assert "Statuss" in error.message
    assert "Did you mean" not in error.hint


def test_without_a_position_every_unknown_name_is_named(tracker, demo):
    """If the service does not say where the mistake is, all names that it does not know are answered."""
    demo.service.behaviour.faults.append(Fault("status", path="/_count", status=400))
    error = refusal(lambda: tracker.count('createdAt: x Statuss: y Queue: z "QA engineer": me()'))
    assert error.position is None
    assert "`createdAt` is called Created. Did you mean Status?" in error.hint
    assert error.hint.count("Did you mean") == 1


def test_a_valid_name_gets_no_advice(tracker):
    """A parameter that exists, but does not suit its place, is not answered with other names."""
    assert "Did you mean" not in refusal(lambda: tracker.count('Queue: DEV "Sort By": Related')).hint


@pytest.mark.parametrize(
    ("criteria", "advice"),
    [
        ({"status": "opne"}, "Did you mean Open"),
        ({"queue": ["DEV", "OPSS"]}, "Did you mean OPS?"),
        ({"priority": "urgent"}, "There are Trivial"),
        ({"Статус": "opne", "Assignee": None}, "Did you mean Open"),
    ],
)
def test_the_values_of_a_filter_are_answered_too(tracker, criteria, advice):
    """A filter's value that the service refuses is answered with the nearest one."""
    assert advice in refusal(lambda: tracker.count(filter=criteria)).hint


@pytest.mark.parametrize("arguments", [{}, {"fields": "key"}])
@pytest.mark.parametrize("queue", ["DEVV", "devv", ["OPS", "DEVV"]])
def test_issues_of_an_unknown_queue_are_an_error_with_the_nearest(tracker, queue, arguments):
    """`queue=` with a misspelt key is an error that names the nearest one, whichever columns are asked for."""
    with pytest.raises((errors.BadQuery, errors.NotFound), match="Did you mean DEV"):
        tracker.issues(queue=queue, **arguments)
    with pytest.raises(errors.BadQuery, match="Did you mean DEV"):
        tracker.count(queue=queue)


@pytest.mark.parametrize("sprint", ["nosuchsprint", 999_999])
def test_an_unknown_sprint_is_an_error(tracker, sprint):
    """`sprint=` with a name or id that no sprint has is an error, with the nearest of the sprints that were listed."""
    with pytest.raises(errors.BadQuery, match="sprints BOARD"):
        tracker.issues(sprint=sprint)
    name = str(tracker.sprints(1)["name"].iloc[0])
    with pytest.raises(errors.BadQuery) as caught:
        tracker.issues(sprint=f"{name}x")
    assert name in caught.value.hint
