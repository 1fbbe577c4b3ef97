"""Lists of the organisation: queues, fields, statuses, people, boards, sprints, versions, projects."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.api import Operation
from tracker_magic.api.execution import Clock
from tracker_magic.columns import FRAMES
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.model import User

# Requested once per Tracker and language.
DICTIONARIES = (
    "queues", "fields", "statuses", "types", "priorities", "resolutions", "link_types", "users", "groups", "boards",
    "components",
)  # fmt: skip
# Methods without arguments.
WHOLE = (*DICTIONARIES, "projects", "portfolios", "goals")


@pytest.mark.parametrize("name", WHOLE)
def test_every_list_has_fixed_columns(tracker, name):
    """The columns of a list are those of the table, and an id is text."""
    frame = getattr(tracker, name)()
    assert list(frame.columns) == [column.name for column in FRAMES[name]]
    assert len(frame)
    assert frame["id"].map(type).eq(str).all()
    assert frame.attrs["tracker"]["rows"] == len(frame)


@pytest.mark.parametrize("name", DICTIONARIES)
def test_a_dictionary_is_asked_once_for_each_language(tracker, demo, name):
    """A second call sends no request; a call with another `lang` asks in that language, once."""
    tracker.me
    demo.journal.clear()
    first, second = getattr(tracker, name)(), getattr(tracker, name)()
    pd.testing.assert_frame_equal(first, second)
    assert {request.headers.get("Accept-Language") for request in demo.journal} == {None}
    requests = len(demo.journal)
    assert requests == len({str(request) for request in demo.journal})
    getattr(tracker, name)(lang="en")
    getattr(tracker, name)(lang="en")
    in_every_language = sum("localized" in str(request) for request in demo.journal)  # one for both calls
    assert len(demo.journal) == 2 * requests - in_every_language
    assert {request.headers.get("Accept-Language") for request in demo.journal[requests:]} == {"en"}


def test_frames_of_a_dictionary_are_independent(tracker):
    """Each call gives a new frame, so that changing one does not change the next."""
    first = tracker.statuses()
    first["name"] = "changed"
    assert "changed" not in set(tracker.statuses()["name"])


def test_a_name_that_a_known_dictionary_lacks_is_looked_up_once_more(tracker, demo):
    """A board renamed after the boards were fetched is found by its new name; an unknown one costs one request."""
    tracker.boards()
    board = next(iter(demo.world.boards.values()))
    old_name = board.name
    with demo.lock:
        board.name = "Renamed"
    try:
        assert list(tracker.columns("Renamed")["name"]) == [name for _, name, _ in board.columns]
    finally:
        with demo.lock:
            board.name = old_name
    demo.journal.clear()
    with pytest.raises(errors.BadOption, match=r"no board `Unknown`"):
        tracker.columns("Unknown")
    assert [request.path for request in demo.journal] == ["/v3/boards/_paginate"]


def test_a_user_who_joined_after_the_users_were_fetched_is_found(tracker, demo):
    """The worklog of a new login is fetched, although the users are known."""
    tracker.users()
    with demo.lock:
        demo.world.users["77"] = User("77", "newcomer", "New", "Comer")
    try:
        assert tracker.worklog(created_by="newcomer").empty
    finally:
        with demo.lock:
            del demo.world.users["77"]


def test_a_known_dictionary_keeps_the_time_when_it_was_fetched(tracker):
    """`fetched_at` is when the list was requested, not when a frame was built from it."""

    class EarlierClock(Clock):
        def now(self) -> datetime:
            return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    tracker.connection.dictionaries.get(Operation(clock=EarlierClock()), "statuses")
    assert tracker.statuses().attrs["tracker"]["fetched_at"] == "2026-01-02T03:04:05+00:00"


def test_known_sends_no_request(tracker, demo):
    """`connection.dictionaries.known` gives what was fetched already, in every language and of every queue."""
    dictionaries = tracker.connection.dictionaries
    assert dictionaries.known("statuses") == []
    assert not demo.journal
    fetched = [len(tracker.statuses()), len(tracker.statuses(lang="en"))]
    versions = tracker.versions("DEV")
    requests = len(demo.journal)
    assert len(dictionaries.known("statuses")) == sum(fetched)
    assert [record["name"] for record in dictionaries.known("versions")] == list(versions["name"])
    assert dictionaries.known("local_fields") == []
    assert len(demo.journal) == requests


def test_a_dictionary_that_failed_is_asked_again(tracker, demo):
    """A failed request leaves nothing behind: the next call asks again."""
    demo.behaviour.faults.append(Fault("status", "/statuses", status=404))
    with pytest.raises(errors.NotFound):
        tracker.statuses()
    assert set(tracker.statuses()["key"]) == set(demo.world.statuses)


def test_threads_that_need_one_dictionary_ask_once(tracker, demo):
    """Of several threads that need a dictionary at the same time one asks, and the others wait for its answer."""
    tracker.me
    demo.journal.clear()
    demo.behaviour.latency_ms = 100
    barrier = threading.Barrier(6)

    def statuses(_):
        barrier.wait()
        return list(tracker.statuses()["key"])

    with ThreadPoolExecutor(6) as pool:
        assert len({tuple(keys) for keys in pool.map(statuses, range(6))}) == 1
    assert [request.path for request in demo.journal] == ["/v3/statuses"]


def test_dictionaries_of_frames_are_asked_once(tracker, demo):
    """Schema and logins, which frames of issues need, are asked once: a second search costs one request."""
    tracker.issues("Queue: DEV", fields=["+assignee.login"])
    demo.journal.clear()
    tracker.issues("Queue: DEV", fields=["+assignee.login"], limit=5)
    assert [request.path for request in demo.journal] == ["/v3/issues/_search"]


def test_hidden_queues_are_not_listed(tracker, demo):
    """`queues` lists the queues that the login may see."""
    assert set(tracker.queues()["key"]) == {queue.key for queue in demo.world.queues.values() if not queue.hidden}


@pytest.fixture
def many_queues(demo):
    """The keys of all queues that the login may see: more than fit on two pages."""
    model = next(queue for queue in demo.world.queues.values() if not queue.hidden)
    before = dict(demo.world.queues)
    with demo.lock:
        for number in range(250):
            demo.world.queues[f"NEW{number}"] = replace(model, id=str(9000 + number), key=f"NEW{number}")
    yield [queue.key for queue in demo.world.queues.values() if not queue.hidden]
    with demo.lock:
        demo.world.queues.clear()
        demo.world.queues.update(before)


@pytest.mark.parametrize("skip", [1, 2])
def test_a_queue_that_is_deleted_meanwhile_hides_no_other(tracker, demo, many_queues, skip):
    """If a queue is deleted between two pages, which moves others to the page before, the list is read again."""
    deletion = Fault("hook", "/queues", skip=skip, hook=lambda: demo.world.queues.pop(many_queues[0]))
    demo.behaviour.faults.append(deletion)
    assert list(tracker.queues()["key"]) == many_queues[1:]


def test_queues_that_never_stay_the_same_are_an_error(tracker, demo, many_queues):
    """If the list changes in every reading, it is an error with both totals, and no frame with a queue missing."""
    deletion = Fault("hook", "/queues", times=100, hook=lambda: demo.world.queues.pop(many_queues.pop()))
    demo.behaviour.faults.append(deletion)
    with pytest.raises(errors.UnexpectedReply, match=r"changed from \d+ to \d+ records"):
        tracker.queues()


@pytest.mark.parametrize("name", ["statuses", "boards"])
def test_a_list_with_fewer_records_than_reported_is_read_again(tracker, demo, name):
    """If any list reports more records than it has, it is read again, and then it is an error with both numbers."""
    path, body = {"statuses": "/statuses", "boards": "/_paginate"}[name], [{"id": 1, "name": "x"}]
    demo.behaviour.faults.append(Fault("shape", path, body=body, headers={"X-Total-Count": "2"}))
    assert len(getattr(tracker, name)()) == len(getattr(demo.world, name))
    demo.behaviour.faults.append(Fault("shape", path, body=body, headers={"X-Total-Count": "2"}, times=9))
    with pytest.raises(errors.UnexpectedReply, match="only 1 of 2 records"):
        getattr(tracker, name)(lang="en")


def test_all_users_are_listed(tracker, demo):
    """Users come page by page until there are no more; the id is the uid."""
    extra = {
        str(uid): User(str(uid), f"u{uid}", "A", str(uid))
        for uid in range(2_000_000_000_000_000, 2_000_000_000_000_250)
    }
    with demo.lock:
        demo.world.users.update(extra)
    try:
        users = tracker.users()
        assert set(users["id"]) == set(demo.world.users)
        assert users["id"].is_unique
    finally:
        for uid in extra:
            del demo.world.users[uid]


def test_a_board_is_given_by_id_or_name(tracker, demo):
    """Sprints and columns take the id or name of a board; one without sprints, or without that name, is refused."""
    boards = tracker.boards()
    board = next(board for board in demo.world.boards.values() if board.has_sprints)
    assert list(tracker.sprints(board.id)["id"]) == list(tracker.sprints(board.name)["id"])
    assert list(tracker.columns(board.name)["name"]) == [name for _, name, _ in board.columns]
    assert len(boards) == len(demo.world.boards)
    without = next(board for board in demo.world.boards.values() if not board.has_sprints)
    with pytest.raises(errors.BadQuery):
        tracker.sprints(without.id)
    with pytest.raises(errors.BadOption, match="no board"):
        tracker.sprints("no such board")


def test_fields_of_a_queue_include_its_local_ones(tracker, demo):
    """`fields` of a queue are the organisation's and its local ones; an unknown queue is an error."""
    local = [field for field in demo.world.local_fields.values() if field.queue == "DEV"]
    assert len(tracker.fields("DEV")) == len(tracker.fields()) + len(local)
    with pytest.raises(errors.NotFound, match="NOSUCH"):
        tracker.fields("NOSUCH")


def test_versions_are_those_of_the_queue(tracker, demo):
    """`versions` gives every version of the queue, and none of another."""
    versions = {version.id for version in demo.world.versions.values() if version.queue == "DEV"}
    assert set(tracker.versions("DEV")["id"]) == versions


def test_a_custom_status_may_have_no_type(tracker, demo):
    """Statuses have their type; it is missing where a custom status has none."""
    frame = tracker.statuses().set_index("key")
    for key, status in demo.world.statuses.items():
        value = frame.loc[key, "type"]
        assert value == status.type or (status.type is None and pd.isna(value))


@pytest.mark.parametrize(
    ("lang", "other", "expected"),
    [(None, ["QA engineer", "Тестировщик"], "Тестировщик"), ("en", ["Тестировщик"], '"QA engineer"')],
)
def test_fields_say_what_to_type_in_a_query(make, lang, other, expected):
    """`query` is what to type, `query.other` what else a query accepts; every text is accepted by the service."""
    tracker = make(lang=lang)
    frame = tracker.fields("DEV").set_index("key")
    assert frame.loc["createdAt", "query"] == "Created"
    assert frame.loc["qaEngineer", "query"] == expected
    assert set(frame.loc["qaEngineer", "query.other"]) <= {f'"{name}"' if " " in name else name for name in other}
    assert frame.loc["team", "query"] == "DEV.team"
    assert frame["query"].isna()["statusStartTime"]
    texts = [*frame["query"].dropna(), *(text for texts in frame["query.other"].dropna() for text in texts)]
    assert all(tracker.count(f"Queue: DEV {text}: empty()") >= 0 for text in texts)
