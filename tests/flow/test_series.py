"""Series, service levels and Little's law."""

import pandas as pd
import pytest

from tests.flow.tickets import Ticket, frames, moves
from tracker_magic import charts, flow
from tracker_magic.errors import BadOption, FlowWarning


def finished(number: int, created: float, at: float | None, **values) -> Ticket:
    """A ticket that was started a day after its creation, and finished or not."""
    steps = [(created + 1, "inProgress"), *([] if at is None else [(at, "closed")])]
    status = "inProgress" if at is None else "closed"
    return Ticket(f"DEV-{number}", created, status, moves(*steps), resolved=at, values=values)


@pytest.fixture
def work() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Five tickets of two types; two are open."""
    return frames([
        finished(1, 0, 5, type="bug", tags=["a", "b"], storyPoints=3.0),
        finished(2, 0, 5.5, type="task", tags=["a"], storyPoints=5.0),
        finished(3, 2, 30, type="task"),
        finished(4, 3, None, type="bug"),
        finished(5, 40, None, type="task", tags=["b"]),
    ])  # fmt: skip


def test_throughput_counts_to_now(work):
    """Every period up to now has a row, those without a finish 0; the running one is not complete."""
    issues, log = work
    found = flow.throughput(flow.cycle_time(issues, log), period="month")
    assert found["period"].dt.strftime("%Y-%m").tolist() == ["2026-01", "2026-02", "2026-03"]
    assert found["count"].tolist() == [3, 0, 0]
    assert found["complete"].tolist() == [True, True, False]
    assert str(found["period"].dtype) == "datetime64[us]"


@pytest.mark.parametrize("value", ["summary", "createdAt", "tags"])
def test_only_numbers_are_added_up(work, value):
    """A column that holds no numbers is refused as `value`."""
    with pytest.raises(BadOption, match="holds no numbers"):
        flow.throughput(work[0], value=value)


def test_velocity_by_sprint(work):
    """Sprints are periods as well, and a number column adds up."""
    issues, _ = work
    starts, ends = pd.to_datetime(["2026-01-15", "2026-01-01"]), pd.to_datetime(["2026-01-31", "2026-01-14"])
    sprints = pd.DataFrame({"startDate": starts, "endDate": ends})
    found = flow.throughput(issues, period=sprints, value="storyPoints")
    assert found["period"].dt.day.tolist() == [1, 15]
    assert found["count"].tolist() == [2, 1]
    assert found["value"].tolist() == [8.0, 0.0]


def test_groups_keep_missing_values(work):
    """Groups come with companions, a missing value is one of them, and lists are exploded and counted so."""
    issues, log = work
    found = flow.throughput(issues, period="year", by="tags")
    assert found[["tags", "count"]].fillna("none").to_numpy().tolist() == [["a", 2], ["b", 1], ["none", 1]]
    assert found.attrs["flow"]["left_out"] == {"counted again under another member": 1}
    by_type = flow.arrivals(flow.cycle_time(issues, log), period="year", by="type")
    assert list(by_type.columns[:3]) == ["period", "type", "type.key"]
    assert by_type["wip"].tolist() == [1, 1]
    with pytest.raises(BadOption, match='keep=\\["priority"'):
        flow.throughput(flow.cycle_time(issues, log), by="priority")


def test_resolutions_that_never_count():
    """Issues of a resolution in `without`, and of other types, are left out everywhere, and counted."""
    duplicate, fixed = finished(1, 0, 5, resolution="duplicate"), finished(2, 0, 6, resolution="fixed")
    issues, log = frames([duplicate, fixed, finished(3, 0, 7, type="bug")])
    policy = flow.Policy(without="duplicate", types="task")
    items = flow.cycle_time(issues, log, policy=policy)
    assert items["key"].tolist() == ["DEV-2"]
    assert items.attrs["flow"]["left_out"] == {"another type": 1, "its resolution": 1}
    assert flow.throughput(issues, policy=policy)["count"].sum() == 1


def test_wip_and_mean_age(work):
    """Work in progress is what had started and not finished at the end of the day, with its mean age."""
    issues, log = work
    found = flow.wip(flow.cycle_time(issues, log), until="2026-01-05")
    assert found["wip"].tolist() == [2, 2, 3]
    # Two started on 2 January, one on 4 January, each at midnight.
    assert found["mean_age"].tolist() == pytest.approx([1, 2, (3 + 3 + 1) / 3])


def test_definitions_say_what_issues_without_items_count(work):
    """Of issues all open ones count, from their creation; of items those that have started; the text says which."""
    issues, log = work
    items = flow.cycle_time(issues, log)
    assert "Items that were created and items" in flow.arrivals(issues).attrs["definition"]
    assert "those open at its end" in flow.arrivals(issues).attrs["definition"]
    assert "Items that started and items" in flow.arrivals(items).attrs["definition"]
    for arguments, words in (
        ((issues,), "open, started or not, at the end"),
        ((issues, log), "open, started or not, at the end"),
        ((items,), "in progress at the end"),
        ((items, log), "in progress at the end"),
    ):
        found = flow.wip(*arguments)
        assert words in found.attrs["definition"]
        assert ("Process behaviour: open issues" in charts.behaviour(found).texts) is (arguments[0] is issues)
    with pytest.warns(FlowWarning, match="3 items"):
        level = flow.service_level(issues).attrs["definition"]
    assert "the days from creation to finish of items finished from 20" in level
    assert ".000" not in level


def test_service_level(work):
    """Percentiles use linear interpolation; the share within the expectation stands beside them; few items warn."""
    issues, log = work
    with pytest.warns(FlowWarning, match="3 items"):
        found = flow.service_level(flow.cycle_time(issues, log), sle=(85, 14))
    assert found[["n", "mean", "p50", "p85", "within"]].round(3).to_numpy().tolist() == [[3, 11.833, 4.5, 20.25, 0.667]]
    with pytest.warns(FlowWarning, match=r"1 item \("):
        by_month = flow.service_level(issues, period="month", by="type", percentiles=(50,))
    assert by_month["n"].tolist() == [1, 2, 0, 0, 0, 0]


def test_littles_law_of_steady_work():
    """Where as much arrives as departs, and ages do not grow, average cycle time is WIP / throughput."""
    issues, log = frames([finished(number, number, number + 6) for number in range(50)])
    items = flow.cycle_time(issues, log)
    found = flow.littles_law(items, since="2026-01-11", until="2026-02-10").set_index("check")
    assert found["holds"].all()
    assert found.loc["cycle_time", "value"] == pytest.approx(5)
    growing = flow.littles_law(items.assign(finished=items["finished"].where(items.index < 20)), since="2026-01-11")
    assert not growing.set_index("check").loc["wip", "holds"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Queue: DEV Created: > 2026-01-01", "Created: > 2026-01-01"),
        ('"Resolved": 2026-01-01..2026-02-01', "Resolved"),
        (None, None),
    ],
)
def test_a_biased_question_is_named(work, query, words):
    """A frame whose query restricts Created or Resolved so that the metric is biased gets a warning with the clause."""
    issues, _ = work
    issues.attrs["tracker"]["query"] = query
    if words is None:
        flow.wip(issues)
    else:
        with pytest.warns(FlowWarning, match=words):
            flow.wip(issues)
    issues.attrs["tracker"] |= {"query": None, "filter": {"createdAt": {"from": "2026-01-01"}}, "truncated": True}
    with pytest.warns(FlowWarning, match="truncated|createdAt"):
        flow.throughput(issues)


def test_a_warning_points_at_the_line_of_the_caller(work):
    """A warning of any function of flow names the file in which the function was called."""
    issues, log = work
    truncated = issues.copy()
    truncated.attrs = {"tracker": {**issues.attrs["tracker"], "truncated": True}}
    for function in (flow.throughput, flow.wip, flow.service_level, flow.littles_law):
        with pytest.warns(FlowWarning) as caught:
            function(truncated)
        assert {each.filename for each in caught} == {__file__}, function
    for function in (flow.cycle_time, flow.wip_age, flow.cumulative_flow, flow.time_in_status):
        with pytest.warns(FlowWarning) as caught:
            function(truncated, log)
        assert {each.filename for each in caught} == {__file__}, function


def test_stages_of_a_board(work):
    """Stages are groups of statuses in order; the last row of cumulative flow is the board of now."""
    issues, log = work
    columns = pd.DataFrame({"name": ["Queue", "Work"], "statuses.key": [["open", "reopened"], ["inProgress"]]})
    found = flow.cumulative_flow(issues, log, stages=columns)
    assert found.tail(2)[["stage", "cumulative", "inside"]].to_numpy().tolist() == [["Queue", 2, 0], ["Work", 2, 2]]
    assert found.attrs["flow"]["left_out"] == {"in a status of no stage now": 3}
    times = flow.time_in_status(issues, log, stages={"Queue": "open", "Work": "inProgress"})
    assert times["stage"].tolist()[:2] == ["Queue", "Work"]
