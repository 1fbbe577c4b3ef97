"""Work time."""

import pandas as pd
import pytest

from tests.flow.tickets import Ticket, frames
from tracker_magic import flow
from tracker_magic.errors import BadOption, WrongFrame


def test_work_time():
    """Logged hours add up by person and month, or by a column of the issues, in a zone."""
    worklog = pd.DataFrame({
        "key": ["DEV-1", "DEV-1", "DEV-2"],
        "start": pd.to_datetime(["2026-01-31T22:00Z", "2026-01-05T08:00Z", "2026-02-03T08:00Z"]).as_unit("us"),
        "duration": [2.0, 3.5, 1.0],
        "createdBy": ["Ann", "Ann", None],
        "createdBy.id": ["1", "1", None],
    })  # fmt: skip
    found = flow.worktime(worklog)
    assert found[["hours", "entries", "issues"]].to_numpy().tolist() == [[5.5, 2, 1], [1, 1, 1]]
    by_month = flow.worktime(worklog, period="month", tz="Europe/Moscow", by="createdBy")
    assert by_month["hours"].tolist() == [3.5, 2.0, 1.0]
    issues, _ = frames([Ticket("DEV-1", values={"type": "bug"}), Ticket("DEV-2")])
    assert flow.worktime(worklog, issues, by="type")["hours"].tolist() == [5.5, 1.0]
    assert flow.worktime(worklog, since="2026-02-01", tz="UTC")["hours"].tolist() == [1.0]
    with pytest.raises(BadOption, match="no column"):
        flow.worktime(worklog, by="queue")
    with pytest.raises(WrongFrame, match="no frame of work records"):
        flow.worktime(issues)
