"""Intervals and snapshots of fields that are not the status."""

import pytest

from tests.flow.tickets import Ticket, frames, moment, moves
from tracker_magic import flow
from tracker_magic.errors import BadOption


def test_intervals_of_a_many_valued_field():
    """A many-valued field stands alone, with one row per member; rows may overlap."""
    changes = [(2, [("tags", ["a"], ["a", "b"])]), (4, [("tags", ["a", "b"], ["b"])])]
    issues, log = frames([Ticket("DEV-1", changes=changes, values={"tags": ["b"]})])
    found = flow.intervals(issues, log, fields="tags")
    assert found["tags"].tolist() == ["a", "b"]
    assert found["days"].tolist()[0] == 4
    assert found["open"].tolist() == [False, True]
    assert flow.snapshot(issues, log, moment(3), fields="tags")["tags"].tolist() == [["a", "b"]]
    with pytest.raises(BadOption, match="stands alone"):
        flow.intervals(issues, log, fields=["status", "tags"])


def test_two_fields_together():
    """Intervals of two fields begin at the changes of either; time in status by assignee adds up."""
    changes = [*moves((1, "inProgress")), (3, [("assignee", "7", "8")]), (5, [("status", "inProgress", "closed")])]
    issues, log = frames([Ticket("DEV-1", status="closed", changes=changes, values={"assignee": "8"})])
    found = flow.time_in_status(issues, log, fields=["status", "assignee"])
    assert found[["status.key", "assignee.id", "days"]].to_numpy().tolist()[:3] == [
        ["open", "7", 1.0], ["inProgress", "7", 2.0], ["inProgress", "8", 2.0],
    ]  # fmt: skip


def test_a_snapshot_of_several_moments():
    """A snapshot has a row per moment and issue that existed then, with its age; a moment after now is refused."""
    issues, log = frames([Ticket("DEV-1"), Ticket("DEV-2", created=3, status="closed", changes=moves((6, "closed")))])
    found = flow.snapshot(issues, log, ["2026-01-03", "2026-01-08"], fields="status")
    columns = ["key", "status.key", "statusType", "age"]
    assert found[columns].to_numpy().tolist() == [
        ["DEV-1", "open", "new", 2.0], ["DEV-1", "open", "new", 7.0], ["DEV-2", "closed", "done", 4.0],
    ]  # fmt: skip
    with pytest.raises(BadOption, match="is after now"):
        flow.snapshot(issues, log, "2027-01-01")
    with pytest.raises(BadOption, match="no moment"):
        flow.snapshot(issues, log, "soon")


def test_results_name_the_web_address_and_the_finished_statuses():
    """Results have the address of the frames, and times in status the statuses or stages that are finished."""
    issues, log = frames([Ticket("DEV-1", status="closed", changes=moves((1, "inProgress"), (3, "closed")))])
    issues.attrs["tracker"]["url"] = "https://tracker.example/issues?_q=x"
    items = flow.cycle_time(issues, log)
    for result in (items, flow.throughput(items), flow.time_in_status(issues, log)):
        assert result.attrs["flow"]["url"] == "https://tracker.example"
    stages = {"To do": ["open", "inProgress"], "Done": ["closed"], "Mixed": []}
    assert flow.time_in_status(issues, log).attrs["flow"]["finished"] == ["closed"]
    assert flow.time_in_status(issues, log, stages=stages).attrs["flow"]["finished"] == ["Done"]
    assert flow.time_in_status(issues, log, fields="assignee").attrs["flow"]["finished"] == []
