"""Sprints: what was committed, what was added, and how it ended; and the burn-up of any scope, all by history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
import pandas as pd

from tracker_magic.columns import SYSTEM_FIELDS
from tracker_magic.errors import BadOption, WrongFrame
from tracker_magic.flow.basis import NAT, TEXT, Basis, Now, check_history, describe, select_issues, texts
from tracker_magic.flow.items import status_history
from tracker_magic.flow.memberships import Memberships, read_memberships
from tracker_magic.flow.periods import sprint_bounds
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.statuses import finish_mask
from tracker_magic.flow.stretches import Stretches, basis_with_history, checked_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Whoever closes a sprint moves its issues a little before or after its end.
_AROUND_END: Final = np.timedelta64(1, "h")


def sprint_report(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    sprints: pd.DataFrame,
    *,
    value: str | None = None,
    grace: str = "0h",
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return one row for each sprint and issue that was in it at any time between its start and its end (or now).

    An issue is `committed` if it was in the sprint at its start, or `grace` later; else it was added. One that left
    within an hour of the end was there at the end. Outcomes: "removed" (not there at the end), "finished_before" (it
    was finished before the start, or before it was added), "done", "cancelled" (by the type of its status at the end),
    "carried" (unfinished, in a later sprint), "returned" (unfinished, in none). They add up to the rows of a complete
    sprint; in a running one unfinished issues have no outcome yet.

    Columns: `sprint`, `sprint.id`, `key`, `committed` (`bool`), `added`, `removed` (`datetime64[us, tz]`; NaT: not
    removed), `value_start`, `value_end` (`float64`, of the number field `value` at the start or when it was added, and
    at the end or when it was removed; 1 without it), `outcome`, `status`, `status.key` (at the end), `complete`
    (`bool`).
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    basis = basis_with_history("sprint_report", (issues, log), policy, now, **f)
    sprints = _check_sprints(sprints)
    chosen = select_issues(basis, issues)
    check_history(log, ["sprint"])
    history, types = status_history(basis, chosen, log)
    members = read_memberships(basis, chosen, log, "sprint")
    starts, ends = sprint_bounds(basis, sprints)
    ids, finished = sprints["id"].astype(str), finish_mask(types, basis.policy, history.keys)
    report = _Report(members, history, finished, _read_grace(grace), dict(zip(ids, starts, strict=True)))
    rows: list[_Row] = []
    for sprint_id, name, start, end in zip(ids, sprints["name"], starts, ends, strict=True):
        if start < min(end, basis.now):
            rows += report.rows(_Sprint(sprint_id, str(name), start, min(end, basis.now), bool(end <= basis.now)))
    result = _report_frame(basis, chosen, rows)
    _add_values(result, rows, value_history(basis, chosen, log, value))
    result["outcome"] = pd.array(_outcomes(rows, types.texts(history.keys)), dtype=TEXT)
    status = np.array([row.status for row in rows], dtype=np.intp)
    result["status"], result["status.key"] = texts(history.labels, status), texts(history.keys, status)
    result["complete"] = np.array([row.sprint.is_complete for row in rows], dtype=bool)
    text = "Issues that were in each sprint between its start and its end, as they were then; committed: at its start."
    return describe(result, basis, text, n=len(result))


def _check_sprints(sprints: object) -> pd.DataFrame:
    if isinstance(sprints, pd.DataFrame) and {"id", "name"} <= set(sprints.columns):
        return sprints
    raise WrongFrame("sprints is no frame of sprints", hint="Write flow.sprint_report(issues, log, t.sprints(board)).")


def _outcomes(rows: "Sequence[_Row]", types: "NDArray[Any]") -> list[str | None]:
    """Return the outcomes, with the finished ones divided by the type of their status."""
    finished = ["cancelled" if types[row.status] == "cancelled" else "done" for row in rows]
    return [name if row.outcome == "finished" else row.outcome for row, name in zip(rows, finished, strict=True)]


@dataclass(frozen=True, slots=True)
class _Sprint:
    """One sprint; `until` is its end, or now while it runs."""

    id: str
    name: str
    start: np.datetime64
    until: np.datetime64
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """An issue in a sprint; `outcome` is "finished" for done or cancelled."""

    sprint: _Sprint
    issue: int
    committed: bool
    added: np.datetime64
    removed: np.datetime64
    status: int
    outcome: str | None


@dataclass(frozen=True, slots=True)
class _Report:
    """What the rows of all sprints are made from; `starts` by id of a sprint."""

    members: Memberships
    history: Stretches
    finished: "NDArray[np.bool_]"
    grace: np.timedelta64
    starts: Mapping[str, np.datetime64]

    def rows(self, sprint: _Sprint) -> list[_Row]:
        """Return the rows of one sprint, by issue."""
        members = self.members
        chosen = np.isin(members.member, np.flatnonzero(members.keys == sprint.id))
        chosen &= (members.entered < sprint.until) & (np.isnat(members.left) | (members.left > sprint.start))
        by_issue: dict[int, list[int]] = {}
        for position in np.flatnonzero(chosen).tolist():
            by_issue.setdefault(int(members.issue[position]), []).append(position)
        return [self._row(sprint, issue, positions) for issue, positions in sorted(by_issue.items())]

    def _row(self, sprint: _Sprint, issue: int, positions: Sequence[int]) -> _Row:
        added, left = self.members.entered[positions[0]], self.members.left[positions[-1]]
        is_removed = bool(left < (sprint.until - _AROUND_END if sprint.is_complete else sprint.until))
        stretch = self.history.position_at(issue, sprint.until)
        status = int(self.history.value[stretch])
        if is_removed:
            outcome: str | None = "removed"
        elif self.finished[status]:
            before = self._finished_since(stretch) <= max(sprint.start, added)
            outcome = "finished_before" if before else "finished"
        elif sprint.is_complete:
            outcome = "carried" if self._is_carried(issue, sprint) else "returned"
        else:
            outcome = None
        committed = bool(added <= sprint.start + self.grace)
        return _Row(sprint, issue, committed, added, left if is_removed else NAT, status, outcome)

    def _finished_since(self, stretch: int) -> np.datetime64:
        """Return when the finished statuses began that last until this stretch."""
        history = self.history
        while not history.is_first[stretch] and self.finished[history.value[stretch - 1]]:
            stretch -= 1
        return np.datetime64(history.entered[stretch], "us")

    def _is_carried(self, issue: int, sprint: _Sprint) -> bool:
        """Return whether an issue was in a later sprint at the end of this one or after it."""
        members = self.members
        around_end = sprint.until - _AROUND_END
        for position in np.flatnonzero(members.issue == issue).tolist():
            other = members.keys[members.member[position]]
            goes_on = np.isnat(members.left[position]) or members.left[position] > around_end
            begins = self.starts.get(other, NAT)
            is_later = members.entered[position] >= around_end if np.isnat(begins) else begins > sprint.start
            if other != sprint.id and goes_on and is_later:
                return True
        return False


def _report_frame(basis: Basis, issues: pd.DataFrame, rows: Sequence[_Row]) -> pd.DataFrame:
    """Return the first columns of the report."""
    result = pd.DataFrame({"sprint": pd.array([row.sprint.name for row in rows], dtype=TEXT)})
    result["sprint.id"] = pd.array([row.sprint.id for row in rows], dtype=TEXT)
    result["key"] = issues["key"].array[np.array([row.issue for row in rows], dtype=np.intp)]
    result["committed"] = np.array([row.committed for row in rows], dtype=bool)
    result["added"] = basis.zoned(np.array([row.added for row in rows], dtype="datetime64[us]"))
    result["removed"] = basis.zoned(np.array([row.removed for row in rows], dtype="datetime64[us]"))
    return result


def _add_values(result: pd.DataFrame, rows: Sequence[_Row], values: "ValueHistory | None") -> None:
    """Add the value of each issue when it came into the sprint, and when it left it or the sprint ended."""
    begun = [max(row.sprint.start, row.added) for row in rows]
    ended = [row.sprint.until if np.isnat(row.removed) else row.removed for row in rows]
    for name, moments in (("value_start", begun), ("value_end", ended)):
        pairs = [(row.issue, moment) for row, moment in zip(rows, moments, strict=True)]
        result[name] = np.ones(len(rows)) if values is None else values.at(pairs)


@dataclass(frozen=True, slots=True)
class ValueHistory:
    """The history of a number field; a missing number is NaN."""

    history: Stretches
    numbers: "NDArray[np.float64]"

    def at(self, pairs: Sequence[tuple[int, np.datetime64]]) -> "NDArray[np.float64]":
        """Return the number of an issue at a moment, for each pair of them."""
        positions = [self.history.position_at(issue, moment) for issue, moment in pairs]
        return self.numbers[self.history.value[np.array(positions, dtype=np.intp)]]


def value_history(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, value: str | None) -> ValueHistory | None:
    """Return the history of the number field, None without one. Raises BadOption for a field that holds no numbers."""
    if value is None:
        return None
    if value in SYSTEM_FIELDS and SYSTEM_FIELDS[value].name not in {"float", "integer"}:
        raise BadOption(f"{value} holds no numbers", hint='Take a number field, such as value="storyPoints".')
    history = checked_history(basis, issues, log, value)
    numbers = pd.to_numeric(pd.Series(history.keys, dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    return ValueHistory(history, np.append(numbers, [np.nan]))


def _read_grace(grace: str) -> np.timedelta64:
    try:
        return np.timedelta64(int(pd.Timedelta(grace) / pd.Timedelta(microseconds=1)), "us")
    except ValueError:
        problem = BadOption(f"grace cannot be {grace!r}", hint='Write "2h" or "1d".')
    raise problem
