"""Sprints and burn-up."""

import pandas as pd
import pytest

from tests.flow.tickets import Ticket, frames, moment, moves
from tracker_magic import flow
from tracker_magic.errors import BadOption, WrongFrame

SPRINTS = pd.DataFrame({
    "id": ["1", "2", "3"],
    "name": ["Sprint 1", "Sprint 2", "Sprint 3"],
    "startDateTime": pd.to_datetime([moment(0), moment(14), moment(56)]).as_unit("us"),
    "endDateTime": pd.to_datetime([moment(14), moment(28), moment(70)]).as_unit("us"),
})  # fmt: skip


def planned(
    number: int, sprints: list[tuple[float, list[str], list[str]]], *steps: tuple[float, str], **values
) -> Ticket:
    """A ticket whose sprints and statuses change: (day, sprints before, sprints after)."""
    changes = [(at, [("sprint", before, after)]) for at, before, after in sprints] + moves(*steps)
    changes.sort(key=lambda change: change[0])
    status = steps[-1][1] if steps else "open"
    return Ticket(f"DEV-{number}", -5, status, changes, values={"sprint": sprints[-1][2], **values})


@pytest.fixture
def work() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tickets with every outcome in the first sprint."""
    return frames([
        planned(1, [(-1, [], ["1"])], (1, "inProgress"), (5, "closed")),
        planned(2, [(-1, [], ["1"])], (6, "cancelled")),
        planned(3, [(-1, [], ["1"]), (14.01, ["1"], ["2"])], (3, "inProgress")),
        planned(4, [(-1, [], ["1"]), (14.02, ["1"], [])]),
        planned(5, [(-1, [], ["1"]), (7, ["1"], [])], (20, "closed")),
        planned(6, [(3, [], ["1"])], (-2, "closed")),
        planned(7, [(0.05, [], ["1"])], (13.99, "closed")),
        planned(8, [(57, [], ["3"])]),
    ])  # fmt: skip


def test_outcomes_of_a_sprint(work):
    """Each issue of a sprint has one outcome, as it was at the sprint's end, and they add up."""
    found = flow.sprint_report(*work, SPRINTS)
    first = found[found["sprint"] == "Sprint 1"].set_index("key")
    assert first["outcome"].to_dict() == {
        "DEV-1": "done", "DEV-2": "cancelled", "DEV-3": "carried", "DEV-4": "returned", "DEV-5": "removed",
        "DEV-6": "finished_before", "DEV-7": "done",
    }  # fmt: skip
    assert first["committed"].tolist() == [True, True, True, True, True, False, False]
    assert first["removed"].notna().tolist() == [False] * 4 + [True] + [False] * 2
    assert first["status.key"].tolist() == ["closed", "cancelled", "inProgress", "open", "open", "closed", "closed"]
    assert first["complete"].all()
    assert found[found["sprint"] == "Sprint 3"][["outcome", "complete"]].fillna("").to_numpy().tolist() == [["", False]]


def test_grace_after_the_start(work):
    """What is added within the grace after the start is still committed; what is removed later stays committed."""
    found = flow.sprint_report(*work, SPRINTS, grace="2h")
    assert found[found["sprint"] == "Sprint 1"].set_index("key").loc["DEV-7", "committed"]
    with pytest.raises(BadOption, match="grace"):
        flow.sprint_report(*work, SPRINTS, grace="soon")
    with pytest.raises(WrongFrame, match="no frame of sprints"):
        flow.sprint_report(*work, work[0])


def test_values_as_of_the_day():
    """A number field is that of the start, or of the day when the issue was added, and that of the end."""
    ticket = planned(1, [(2, [], ["1"])], storyPoints=8.0)
    ticket.changes = [*ticket.changes, (5, [("storyPoints", 3.0, 5.0)]), (30, [("storyPoints", 5.0, 8.0)])]
    found = flow.sprint_report(*frames([ticket]), SPRINTS, value="storyPoints")
    assert found[["value_start", "value_end"]].to_numpy().tolist() == [[3.0, 5.0]]
    with pytest.raises(BadOption, match="holds no numbers"):
        flow.sprint_report(*frames([ticket]), SPRINTS, value="originalEstimation")


def test_burnup_of_a_sprint(work):
    """The scope is what is in the sprint on the day, done what of it is finished; what came and went is counted."""
    found = flow.burnup(*work, scope="1 shown", since="2026-01-01", until="2026-01-15").set_index("period")
    assert found["scope"].tolist() == [6, 6, 6, 7, 7, 7, 7, 6, 6, 6, 6, 6, 6, 6]
    assert found["done"].tolist() == [0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 4]
    assert (found["remaining"] == found["scope"] - found["done"]).all()
    assert found["removed"].to_dict()[pd.Timestamp("2026-01-08")] == 1
    assert found["added"].sum() == 2
    assert found["ideal"].iloc[-1] == 0
    assert found.attrs["definition"].startswith("Issues in ")
    with pytest.raises(BadOption, match=r"no issue was ever in sprint 'Sprint 9'.*\(\"fixVersions\", \"2.5\"\)"):
        flow.burnup(*work, scope="Sprint 9")
    version, log = frames([Ticket("DEV-1", values={"fixVersions": ["v1"]})])
    assert flow.burnup(version, log, scope=("fixVersions", "v1"))["scope"].iloc[-1] == 1


def test_a_burnup_names_its_scope(work):
    """The definition has the name of the sprint or version; if no issue ever had any, the error says so."""
    assert (
        flow.burnup(*work, scope="1").attrs["definition"].startswith("Issues in sprint 1 shown, and what of it is done")
    )
    assert flow.burnup(*work).attrs["definition"].startswith("Issues in scope, and what of it is done")
    issues, log = frames([Ticket("DEV-1")])
    with pytest.raises(BadOption, match="None of these issues ever had a value of fixVersions"):
        flow.burnup(issues, log, scope=("fixVersions", "2.5"))


def test_the_worlds_sprints_add_up(made_up):
    """In the demo's world the six outcomes of complete sprints add up to what was committed and added."""
    (issues, log), sprints, columns = made_up
    found = flow.sprint_report(issues, log, sprints, value="storyPoints")
    whole = found[found["complete"]]
    assert len(whole) > 100
    assert whole["outcome"].notna().all()
    assert not found.duplicated(["sprint.id", "key"]).any()
    assert set(flow.time_in_status(issues, log, stages=columns)["stage"].dropna()) <= set(columns["name"])
