"""The cases that spoil a history, one by one: what each function makes of them."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.flow.tickets import NOW, STATUSES, Ticket, frames, moment, moves, stamp
from tracker_magic import flow
from tracker_magic.errors import FlowWarning, NoHistory, UnknownStatus, WrongFrame


def problems(issues: pd.DataFrame, log: pd.DataFrame) -> list[tuple]:
    """Key and problem of each finding."""
    found = flow.data_quality(issues, log)
    return list(zip(found["key"].fillna(""), found["problem"], strict=True))


def statuses(issues: pd.DataFrame, log: pd.DataFrame, **options) -> list[str]:
    """The statuses of the intervals, in order."""
    return flow.intervals(issues, log, **options)["status.key"].tolist()


def test_a_reopened_issue():
    """Of a re-opened issue the last finish counts, or the first, or the time that it was open until the last."""
    steps = moves((1, "inProgress"), (3, "closed"), (10, "reopened"), (11, "inProgress"), (12, "closed"))
    issues, log = frames([Ticket("DEV-1", status="closed", changes=steps, resolved=12)])
    found = {rule: flow.lead_time(issues, log, reopen=rule) for rule in ("last", "first", "sum")}
    assert {rule: items["days"].item() for rule, items in found.items()} == {"last": 12, "first": 3, "sum": 5}
    assert found["last"]["finishes"].item() == 2
    cycles = [
        flow.cycle_time(issues, log, **each)["days"].item() for each in ({}, {"reopen": "sum"}, {"back": "restart"})
    ]
    assert cycles == [11, 4, 1]


def test_an_issue_that_is_open_again_is_not_finished():
    """An issue that was finished and is open now has no finish, except as a first one."""
    steps = moves((1, "inProgress"), (3, "closed"), (10, "reopened"))
    issues, log = frames([Ticket("DEV-1", status="reopened", changes=steps)])
    assert flow.cycle_time(issues, log)["finished"].isna().all()
    assert flow.cycle_time(issues, log, reopen="first")["days"].item() == 2


def test_a_moved_queue():
    """An issue that moved keeps its history under its present key, and the move is listed."""
    changes = [(1, [("queue", "OPS", "DEV")]), *moves((2, "inProgress"))]
    issues, log = frames([Ticket("DEV-1", status="inProgress", changes=changes)])
    assert ("DEV-1", "moved_queue") in problems(issues, log)
    assert flow.snapshot(issues, log, moment(0.5))["queue"].tolist() == ["OPS"]
    assert flow.snapshot(issues, log, moment(1.5))["queue"].tolist() == ["DEV"]


def test_a_renamed_status_has_one_key():
    """A status that was renamed is one status, under today's name."""
    issues, log = frames([Ticket("DEV-1", status="open", changes=moves((1, "inProgress"), (2, "open")))])
    log["to"] = log["to"].replace("open shown", "old name")
    found = flow.time_in_status(issues, log)
    assert found["status.key"].tolist() == ["open", "inProgress"]
    assert found["status"].tolist() == ["open shown", "inProgress shown"]
    # Of a status that no issue is in now, the name of the latest change, in whatever order the log is.
    steps = moves((1, "review"), (2, "open"), (3, "review"), (4, "open"))
    issues, log = frames([Ticket("DEV-1", status="open", changes=steps)])
    log.loc[(log["to.key"] == "review") & (log["at"] < moment(2)), "to"] = "old name"
    assert set(flow.intervals(issues, log.iloc[::-1])["status"]) == {"open shown", "review shown"}


def test_a_status_without_a_type_is_in_progress():
    """A status without a type counts as in progress, and is listed."""
    issues, log = frames([Ticket("DEV-1", status="rc", changes=moves((1, "rc")))])
    with pytest.warns(FlowWarning, match="0 items"):
        assert flow.wip_age(issues, log)["key"].tolist() == ["DEV-1"]
    assert ("", "status_without_type") in problems(issues, log)
    assert flow.intervals(issues, log)["statusType"].isna().tolist() == [False, True]


def test_a_status_that_nobody_is_in():
    """A status that only the history knows has its type from the attrs, else from `statuses`, else it is unknown."""
    steps = moves((1, "review"), (2, "closed"))
    issues, log = frames([Ticket("DEV-1", status="closed", changes=steps, resolved=2)])
    assert flow.cycle_time(issues, log)["days"].item() == 1
    issues.attrs, log.attrs = {}, {}
    with pytest.raises(UnknownStatus, match="statuses="):
        flow.cycle_time(issues, log)
    listed = pd.DataFrame({"key": list(STATUSES), "type": list(STATUSES.values())})
    for given in (STATUSES, listed):
        assert flow.cycle_time(issues, log, statuses=given)["days"].item() == 1
    assert ("", "unknown_status") in problems(issues, log)


def test_several_changes_in_one_minute():
    """Changes of one moment are taken in the order of their entries; each is a visit."""
    steps = moves((1, "inProgress"), (1, "onHold"), (1, "review"), (2, "closed"))
    issues, log = frames([Ticket("DEV-1", status="closed", changes=steps, resolved=2)])
    assert statuses(issues, log.iloc[::-1]) == ["open", "inProgress", "onHold", "review", "closed"]
    assert flow.cycle_time(issues, log)["days"].item() == 1


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_an_entry_with_several_fields_in_any_order(order):
    """The order of the fields in an entry does not matter, not even of a field that it names twice."""
    fields = [("status", "open", "review"), ("resolution", None, "fixed"), ("status", "review", "closed")]
    changes = [(1, [fields[position] for position in order])]
    issues, log = frames(
        [Ticket("DEV-1", status="closed", changes=changes, resolved=1, values={"resolution": "fixed"})]
    )
    assert statuses(issues, log) == ["open", "review", "closed"]
    assert flow.cycle_time(issues, log)["days"].item() == 0


def test_a_change_from_nothing():
    """A change without `from` follows from the status before it; without any, the issue had no status until then."""
    known = Ticket("DEV-1", status="closed", changes=[(3, [("status", None, "closed")])], resolved=3)
    unknown = Ticket("DEV-2", status="closed", creation=(), changes=[(3, [("status", None, "closed")])], resolved=3)
    issues, log = frames([known, unknown])
    assert flow.lead_time(issues, log)["days"].tolist() == [3, 3]
    assert flow.intervals(issues, log)["status.key"].fillna("").tolist() == ["open", "closed", "", "closed"]
    assert flow.cycle_time(issues, log)["started"].isna().all()


def test_an_issue_without_a_changelog():
    """An issue without any row has had its present values since its creation, and is listed."""
    other = Ticket("DEV-2")
    issues, log = frames([Ticket("DEV-1", status="inProgress", creation=None), other])
    found = flow.intervals(issues, log)
    assert found["status.key"].tolist() == ["inProgress", "open"]
    assert found["entered"].tolist() == issues["createdAt"].tolist()
    assert ("DEV-1", "no_history") in problems(issues, log)


def test_a_change_before_the_creation():
    """A change before the creation counts at the creation, and the creation entry stands first."""
    ticket = Ticket("DEV-1", created=5, status="closed", changes=moves((2, "inProgress"), (7, "closed")), resolved=7)
    issues, log = frames([ticket])
    assert flow.intervals(issues, log)["days"].tolist()[:2] == [0, 2]
    assert flow.cycle_time(issues, log)["days"].item() == 2
    assert ("DEV-1", "change_before_creation") in problems(issues, log)


def test_a_ticket_that_was_born_closed():
    """A creation is no finish, with history or without; a later move inside the finished statuses is none either."""
    created = (("status", None, "closed"),)
    born = Ticket("DEV-1", status="closed", creation=created)
    moved = Ticket("DEV-2", status="resolved", creation=created, changes=moves((4, "resolved"), start="closed"))
    issues, log = frames([born, moved])
    assert flow.lead_time(issues, log)["finished"].isna().all()
    assert flow.lead_time(issues)["finished"].isna().tolist() == [True, False]
    assert {("DEV-1", "born_finished"), ("DEV-2", "born_finished")} <= set(problems(issues, log))


@pytest.fixture
def imported():
    """An issue whose changes came with no history, one that never moved, and one that has its history."""
    created = (("status", None, "closed"),)
    lost = Ticket(
        "DEV-1", status="closed", creation=created, resolved=20, values={"statusStartTime": stamp(moment(20))}
    )
    whole = Ticket("DEV-3", status="closed", changes=moves((1, "inProgress"), (3, "closed")), resolved=3)
    return frames([lost, Ticket("DEV-2"), whole])


@pytest.mark.parametrize(
    "metric", ["lead_time", "cycle_time", "wip", "wip_age", "cumulative_flow", "flow_efficiency", "time_in_status",
               "intervals", "burnup"],
)  # fmt: skip
def test_a_history_without_the_changes_of_an_issue_is_warned_of(imported, metric):
    """After an import the history may know only the present status: whatever is computed from it says so."""
    issues, log = imported
    with pytest.warns(FlowWarning) as caught:
        getattr(flow, metric)(issues, log)
    assert any(
        f"{metric}: the history lacks the changes of the status of 1 of 3 issues" in str(each) for each in caught
    )


def test_what_an_import_lost_is_counted_and_listed(imported):
    """A finished issue without a finish in its history is not called unfinished; data_quality lists it."""
    issues, log = imported
    for function in (flow.lead_time, flow.cycle_time, flow.flow_efficiency):
        with pytest.warns(FlowWarning, match="import"):
            left_out = function(issues, log).attrs["flow"]["left_out"]
        assert left_out == {"not finished": 1, "created in a finished status": 1}
    assert ("DEV-1", "no_history") in problems(issues, log)
    assert not {("DEV-2", "no_history"), ("DEV-3", "no_history")} & set(problems(issues, log))


def test_an_issue_whose_history_was_not_needed_has_lost_nothing(imported):
    """An issue without any row in the log was not asked for, and raises no warning."""
    issues, log = imported
    flow.wip(issues, log[log["key"] != "DEV-1"])


def test_never_started_items_have_no_efficiency_and_are_counted():
    """Flow efficiency says how many finished issues it leaves out."""
    issues, log = frames([Ticket("DEV-1", status="closed", changes=moves((3, "closed")), resolved=3)])
    assert flow.flow_efficiency(issues, log).attrs["flow"]["left_out"] == {"never started": 1}


def test_data_quality_says_whether_it_knows_the_history():
    """Findings without a log do not pass for those of a whole history."""
    issues, log = frames([Ticket("DEV-1")])
    assert "1 issues by themselves, without their history" in flow.data_quality(issues).attrs["definition"]
    assert "1 issues and their history" in flow.data_quality(issues, log).attrs["definition"]


def test_finished_without_resolved_at():
    """An issue that is finished without resolvedAt finished when its status began, and is counted and listed."""
    issues, log = frames([Ticket("DEV-1", status="closed", changes=moves((3, "closed")))])
    assert flow.lead_time(issues)["days"].item() == flow.lead_time(issues, log)["days"].item() == 3
    result = flow.throughput(issues)
    assert result["count"].sum() == 1
    assert result.attrs["flow"]["left_out"] == {"no resolvedAt (statusStartTime taken)": 1}
    assert ("DEV-1", "finished_without_resolution") in problems(issues, log)


def test_a_value_that_no_row_shows():
    """A value without a row of its own is that of the first change's `from`, or the present one."""
    changes = [(2, [("priority", "minor", "critical")])]
    values = {"priority": "critical", "assignee": "7"}
    issues, log = frames([Ticket("DEV-1", changes=changes, values=values)])
    found = flow.snapshot(issues, log, [moment(1), moment(3)], fields=["priority", "assignee"])
    assert found["priority.key"].tolist() == ["minor", "critical"]
    assert found["assignee.id"].tolist() == ["7", "7"]
    silent, log = frames([Ticket("DEV-1", creation=(), changes=moves((2, "inProgress")), status="inProgress")])
    assert ("DEV-1", "value_without_creation_row") in problems(silent, log)


def test_a_move_back_to_a_new_status():
    """After a move back to a new status the clock runs on, or starts again; meanwhile it is not in progress."""
    steps = moves((1, "inProgress"), (3, "open"), (8, "inProgress"), (10, "closed"))
    issues, log = frames([Ticket("DEV-1", status="closed", changes=steps, resolved=10)])
    assert flow.cycle_time(issues, log)["days"].item() == 9
    assert flow.cycle_time(issues, log, back="restart")["days"].item() == 2
    items = flow.cycle_time(issues, log)
    assert flow.wip(items, log, until="2026-01-13")["wip"].tolist() == [1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0]
    back = flow.wip_age(issues, log, at=moment(5))
    assert len(back) == 0
    assert back.attrs["flow"]["left_out"] == {"started, but in a new status again": 1}


def test_a_broken_chain_is_judged_by_its_own_from():
    """Whether a finish comes from outside is read from the change's own `from`."""
    changes = [*moves((1, "closed")), (5, [("status", "reopened", "closed")])]
    issues, log = frames([Ticket("DEV-1", status="closed", changes=changes, resolved=5)])
    assert flow.lead_time(issues, log)["days"].item() == 5
    assert statuses(issues, log) == ["open", "closed"]
    assert ("DEV-1", "broken_chain") in problems(issues, log)


def test_rows_after_now_are_left_out():
    """Rows of the log after now are left out and counted."""
    issues, log = frames([Ticket("DEV-1", status="closed", changes=moves((1, "inProgress"), (70, "closed")))])
    result = flow.cycle_time(issues, log)
    assert result["finished"].isna().all()
    assert result.attrs["flow"]["left_out"] == {"changes after now": 1, "not finished": 1}
    assert ("DEV-1", "future_change") in problems(issues, log)


def test_the_last_change_may_differ_from_the_issue():
    """A last change that differs from the present status is listed; the history is not repaired."""
    issues, log = frames([Ticket("DEV-1", status="open", changes=moves((1, "inProgress")))])
    assert problems(issues, log) == [("DEV-1", "last_change_differs")]
    assert flow.snapshot(issues, log, NOW)["status.key"].tolist() == ["inProgress"]


def test_swapped_frames_are_recognised():
    """Frames in the wrong order, or of another kind, raise WrongFrame with the right call."""
    issues, log = frames([Ticket("DEV-1")])
    with pytest.raises(WrongFrame, match=r"issues is a changelog.*flow.intervals\(issues, log\)"):
        flow.intervals(log, issues)
    with pytest.raises(WrongFrame, match="log is a frame of issues"):
        flow.cycle_time(issues, issues)
    with pytest.raises(WrongFrame, match="items must be a DataFrame, not list"):
        flow.throughput([1])


def test_a_log_that_was_narrowed():
    """A log that was fetched without a field, or without the creation entries, cannot answer: NoHistory."""
    issues, log = frames([Ticket("DEV-1", changes=moves((1, "inProgress")), status="inProgress")])
    log.attrs["tracker"]["fields"] = ["status"]
    assert len(flow.intervals(issues, log)) == 2
    with pytest.raises(NoHistory, match="without assignee"):
        flow.intervals(issues, log, fields=["status", "assignee"])
    log.attrs["tracker"] |= {"fields": [], "types": ["IssueWorkflow"]}
    with pytest.raises(NoHistory, match="only entries of type IssueWorkflow"):
        flow.intervals(issues, log)
    del log.attrs["tracker"]["types"]
    with pytest.raises(NoHistory, match="no creation entries"):
        flow.intervals(issues, log[log["type"] != "IssueCreated"])


def test_a_future_creation_does_not_exist_yet():
    """An issue that was created after now has no history, and does not count as unfinished."""
    issues, log = frames([Ticket("DEV-1"), Ticket("DEV-2", created=20)])
    past = datetime(2026, 1, 10, tzinfo=UTC)
    assert flow.intervals(issues, log, now=past)["key"].tolist() == ["DEV-1"]
    assert flow.wip(issues, now=past)["wip"].iloc[-1] == 1
