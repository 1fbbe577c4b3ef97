"""Fetch work records: of issues, or everybody's; cut to the days of the work."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pandas as pd

from tracker_magic.api import Operation, PartialResult, Records
from tracker_magic.api.worklog import fetch_worklog
from tracker_magic.errors import BadQuery, Incomplete, NotFound, Refused, TrackerError
from tracker_magic.frames import build_list, value_warning
from tracker_magic.tracker.connection import Connection
from tracker_magic.tracker.incomplete import how_to_go_on
from tracker_magic.tracker.issue_list_fetch import ROW_NAMES, IssueListFetch, Record, id_in
from tracker_magic.tracker.lookup import USER, Item
from tracker_magic.tracker.selection import IssueSelector
from tracker_magic.tracker.sinks import sorted_by_key

# The service finds work records by creation time: a day's work may be recorded this much later.
RECORDED_LATER: Final = timedelta(days=31)
_LOGIN_OR_UID: Final = re.compile(r"[\w.@-]+", re.ASCII)
_FIRST_YEAR: Final = 1970  # no record was created before it, and no service must understand such a day


class WorkDays:
    """A half-open range of days of work, and the range of creation times that holds its records."""

    def __init__(self, first: pd.Timestamp | None, last: pd.Timestamp | None) -> None:
        self.first = first
        self.last = last
        self.created_from = first - RECORDED_LATER if first is not None and first.year > _FIRST_YEAR else None

    @property
    def are_reversed(self) -> bool:
        """Whether the range ends before it begins, or where it begins, and so has no moment."""
        return self.first is not None and self.last is not None and self.first >= self.last

    def cut(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows whose work began in the range."""
        inside = pd.Series(data=True, index=frame.index)
        if self.first is not None:
            inside &= ~(frame["start"] < self.first)  # keeps rows whose start does not fit its column
        if self.last is not None:
            inside &= ~(frame["start"] >= self.last)
        return frame[inside].reset_index(drop=True)

    def facts(self) -> dict[str, Any]:
        """Both ranges as plain JSON."""
        started = [moment.isoformat() if moment is not None else None for moment in (self.first, self.last)]
        created_from = self.created_from.isoformat() if self.created_from is not None else None
        return {"ranges": {"started": started, "created": [created_from, None]}}


class WorklogFetch(IssueListFetch):
    """Fetches the work records of issues, by one user or by all."""

    def __init__(
        self,
        connection: Connection,
        operation: Operation,
        selector: IssueSelector,
        created_by: str | None,
        days: WorkDays,
    ) -> None:
        super().__init__(connection, operation, "worklog", selector)
        self._created_by = created_by
        self._days = days
        self._user: Item | None = None

    def prepare(self) -> dict[str, Any]:
        """Find the user."""
        if self._created_by:
            self._user = self.connection.find(self.operation, USER, self._created_by)
        return {}

    def frame(self) -> pd.DataFrame:
        """The frame of the records of these days and this user."""
        own = (row for row in self.rows() if self._user is None or id_in(row[1].get("createdBy")) == self._user.id)
        return self._days.cut(build_list("worklog", own, self.operation.tz))

    def facts(self) -> dict[str, Any]:
        """The user's login, and the ranges of days."""
        return {"created_by": self._user.unique if self._user else None, **self._days.facts()}


class EverybodysWorklogFetch:
    """Fetches the work records of all users, or of one, from all issues."""

    def __init__(self, connection: Connection, operation: Operation, created_by: str | None, days: WorkDays) -> None:
        self._connection = connection
        self._operation = operation
        self._created_by = created_by
        self._days = days
        self._records: Records | None = None

    def run(self) -> pd.DataFrame:
        """The frame of the records. Raises Incomplete with the rows fetched so far."""
        connection, operation = self._connection, self._operation
        connection.me(operation)
        records = self._records = []
        try:
            for page in self._pages():
                records += page
                operation.report(ROW_NAMES["worklog"], len(records), None)
        except TrackerError as error:
            if not records:
                raise
            raise Incomplete(
                f"only {len(records):,} work records were fetched: {error.message}",
                hint=how_to_go_on(error, "t.worklog()", []),
                partial=self._frame(truncated=True),
                fetched=len(records),
            ) from error
        frame = self._frame(created_by=self._created_by, **self._days.facts())
        operation.warn(value_warning(frame))
        operation.report(ROW_NAMES["worklog"], len(frame), len(frame), finished=True)
        return frame

    def _pages(self) -> Iterator[Records]:
        """The pages of records; what may be a login is only looked up if it has none, or is refused."""
        person, is_empty = self._created_by, True
        refusal: Refused | None = None
        if person is None or _LOGIN_OR_UID.fullmatch(person):
            try:
                for page in self._pages_of(person):
                    is_empty = is_empty and not page
                    yield page
            except (BadQuery, NotFound) as error:
                refusal = error
        if person is not None and is_empty:
            user = self._connection.find(self._operation, USER, person)
            self._created_by = user.unique
            if person not in {user.id, user.unique}:
                refusal = None
                yield from self._pages_of(user.unique)
        if refusal is not None:
            raise refusal

    def _pages_of(self, login: str | None) -> Iterator[Records]:
        return fetch_worklog(self._connection.client, self._operation, login, self._days.created_from)

    def partial(self) -> PartialResult | None:
        """The records fetched so far."""
        if self._records is None:
            return None
        message = f"stopped at {len(self._records):,} work records"
        return PartialResult(message, self._frame(truncated=True))

    def _frame(self, **facts: Any) -> pd.DataFrame:
        rows = ((_issue_key(record), record) for record in self._records or [])
        frame = sorted_by_key(self._days.cut(build_list("worklog", rows, self._operation.tz)))
        return self._connection.describe(frame, self._operation, units={"duration": "h"}, **facts)


def _issue_key(record: Record) -> str:
    issue = record.get("issue")
    return str(issue.get("key", "")) if isinstance(issue, dict) else ""
