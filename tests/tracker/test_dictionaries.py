"""What the organisation is made of."""

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.columns import FRAMES
from tracker_magic.demo.model import User

WHOLE = (
    "queues", "fields", "statuses", "types", "priorities", "resolutions", "link_types", "users", "groups", "boards",
    "components", "projects", "portfolios", "goals",
)  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_every_dictionary_has_its_fixed_columns(tracker, name):
    """Columns are those of the table, and an id is text."""
    frame = getattr(tracker, name)()
    assert list(frame.columns) == [column.name for column in FRAMES[name]]
    assert len(frame)
    assert frame["id"].map(type).eq(str).all()
    assert frame.attrs["tracker"]["rows"] == len(frame)


def test_queues_are_those_one_may_see(tracker, demo):
    """A hidden queue is not listed; ids join."""
    assert set(tracker.queues()["key"]) == {queue.key for queue in demo.world.queues.values() if not queue.hidden}


def test_everybody_is_listed_beyond_a_page(tracker, demo):
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


def test_a_boards_sprints_and_columns_by_id_or_name(tracker, demo):
    """A name leads to the id; a board without sprints is refused with the service's words."""
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


def test_fields_of_a_queue_come_with_its_local_ones(tracker, demo):
    """Local fields follow the organisation's; an unknown queue is an error."""
    local = [field for field in demo.world.local_fields.values() if field.queue == "DEV"]
    assert len(tracker.fields("DEV")) == len(tracker.fields()) + len(local)
    with pytest.raises(errors.NotFound, match="NOSUCH"):
        tracker.fields("NOSUCH")


def test_versions_of_a_queue(tracker, demo):
    """Every version of the queue, none of another."""
    versions = {version.id for version in demo.world.versions.values() if version.queue == "DEV"}
    assert set(tracker.versions("DEV")["id"]) == versions


def test_statuses_tell_their_type_where_there_is_one(tracker, demo):
    """A custom status may have none."""
    frame = tracker.statuses().set_index("key")
    for key, status in demo.world.statuses.items():
        told = frame.loc[key, "type"]
        assert told == status.type or (status.type is None and pd.isna(told))


def test_schema_and_logins_are_asked_once(tracker, demo):
    """Dictionaries that frames need are kept; a second question costs one request."""
    tracker.issues("Queue: DEV", fields=["+assignee.login"])
    demo.journal.clear()
    tracker.issues("Queue: DEV", fields=["+assignee.login"], limit=5)
    assert [seen.path for seen in demo.journal] == ["/v3/issues/_search"]
