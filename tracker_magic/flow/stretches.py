"""The history of a field as arrays: for each issue the stretches between its changes, in UTC.

Everything that needs history starts here; `intervals` gives the same as a frame.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Unpack

import numpy as np
import pandas as pd

from tracker_magic.flow.basis import NAT, Basis, Now, as_utc, check_frame, check_history, column, companion, make_basis
from tracker_magic.flow.bias import warn_of_bias, warn_of_lost_changes
from tracker_magic.flow.policy import Policy, PolicyFields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Moments

    Codes = NDArray[np.intp]
    Flags = NDArray[np.bool_]

CREATION: Final = "IssueCreated"
_SURELY_LATER: Final = np.timedelta64(1, "D")
_COLUMNS: Final = ("key", "id", "at", "type", "from", "to", "from.key", "to.key")


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of a single-valued field, ordered by issue and time; one begins at every change, whatever it says.

    `issue`: the position of the issue among `count`; `value` and `before` are positions in `keys`, -1 is missing;
    `before` is the change's own `from`, else the value before it, and -1 at the creation. The last stretch of an issue
    ends now.
    """

    count: int
    issue: "Codes"
    value: "Codes"
    before: "Codes"
    entered: "Moments"
    left: "Moments"
    is_first: "Flags"
    is_last: "Flags"
    keys: "NDArray[Any]"
    labels: "NDArray[Any]"

    def first_of(self, flags: "Flags") -> "Codes":
        """Return for each issue the position of its first stretch with the flag, -1 if it has none."""
        found = np.full(self.count, -1, dtype=np.intp)
        positions = np.flatnonzero(flags)[::-1]
        found[self.issue[positions]] = positions  # of several the last assignment stays
        return found

    def last_of(self, flags: "Flags") -> "Codes":
        """Return for each issue the position of its last stretch with the flag, -1 if it has none."""
        found = np.full(self.count, -1, dtype=np.intp)
        positions = np.flatnonzero(flags)
        found[self.issue[positions]] = positions
        return found

    def position_at(self, issue: int, moment: np.datetime64) -> int:
        """Return the position of an issue's stretch that contains a moment; the first one before its creation."""
        start, end = np.searchsorted(self.issue, [issue, issue + 1])
        later = int(np.searchsorted(self.entered[start:end], moment, side="right"))
        return int(start) + max(later - 1, 0)

    def entered_at(self, positions: "Codes") -> "Moments":
        """Return when the stretches at these positions began, NaT for -1."""
        return np.append(self.entered, [NAT])[positions]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of a field, by issue and time: positions of issues, values as codes, and what stands before them."""

    issue: "Codes"
    before: "Codes"
    after: "Codes"
    moment: "Moments"
    initial: "Codes"
    keys: "NDArray[Any]"
    labels: "NDArray[Any]"


def read_stretches(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, field: str = "status") -> Stretches:
    """Return the stretches of a field; issues created after now, or without `createdAt`, have none.

    The value at the creation is the `to` of the creation entry, else the `from` of the first change, else the present
    one; a change before the creation counts at the creation, and one after now is left out and counted.
    """
    created = as_utc(issues["createdAt"])
    changes = read_changes(issues, log, field, created)
    exists = created <= basis.now
    taken = (changes.moment <= basis.now) & exists[changes.issue]
    if late := int((changes.moment > basis.now).sum()):
        basis.left_out["changes after now"] += late
    first = np.flatnonzero(exists)
    owners = changes.issue[taken]
    total = len(first) + len(owners)
    # Where the first stretch of each issue stands, and then the others: both parts are sorted by issue.
    at_first = np.arange(len(first)) + np.searchsorted(owners, first)
    is_first = np.zeros(total, dtype=bool)
    is_first[at_first] = True
    issue, entered = np.empty(total, dtype=np.intp), np.empty(total, dtype="datetime64[us]")
    value, before = np.empty(total, dtype=np.intp), np.full(total, -1, dtype=np.intp)
    issue[is_first], issue[~is_first] = first, owners
    entered[is_first], entered[~is_first] = created[first], changes.moment[taken]
    value[is_first], value[~is_first] = changes.initial[first], changes.after[taken]
    before[~is_first] = changes.before[taken]
    previous = np.roll(value, 1)
    before = np.where((before < 0) & ~is_first, previous, before)
    is_last = np.roll(is_first, -1)
    left = np.where(is_last, basis.now, np.roll(entered, -1))
    return Stretches(len(issues), issue, value, before, entered, left, is_first, is_last, changes.keys, changes.labels)


def read_changes(issues: pd.DataFrame, log: pd.DataFrame, field: str, created: "Moments") -> Changes:
    """Return the changes of a single-valued field, without the creation entries, which give the initial values."""
    rows = field_rows(issues, log, field)
    moments = np.maximum(rows.moment, created[rows.issue])
    key_name, label_name = value_columns(issues, field)
    present = as_texts(column(issues, key_name))
    codes, keys = pd.factorize(np.concatenate([rows.before, rows.after, present]))
    before, after, initial = np.split(codes.astype(np.intp), [len(moments), 2 * len(moments)])
    labels = keys.copy()
    if label_name is not None and label_name in issues.columns:
        names = np.concatenate([rows.before_label, rows.after_label, as_texts(issues[label_name])])
        # Of several names the last assigned stays: today's, else the one of the latest change.
        by_time = np.argsort(np.concatenate([rows.moment, rows.moment, np.full(len(issues), NAT)]), kind="stable")
        known = by_time[(~pd.isna(names) & (codes >= 0))[by_time]]
        labels[codes[known]] = names[known]
    order = ordered_rows(rows, moments, before, after)
    issue, before, after, is_creation = rows.issue[order], before[order], after[order], rows.is_creation[order]
    changed = np.flatnonzero(~is_creation)[::-1]
    initial[issue[changed]] = before[changed]  # of the first change
    initial[issue[is_creation]] = after[is_creation]
    chosen = ~is_creation
    return Changes(issue[chosen], before[chosen], after[chosen], moments[order][chosen], initial, keys, labels)


@dataclass(frozen=True, slots=True)
class FieldRows:
    """The rows of the log for one field and the given issues, as arrays; `issue` is the position of the issue."""

    issue: "Codes"
    moment: "Moments"
    is_creation: "Flags"
    entry: "NDArray[Any]"
    before: "NDArray[Any]"
    after: "NDArray[Any]"
    before_label: "NDArray[Any]"
    after_label: "NDArray[Any]"
    index: "Codes"


def field_rows(issues: pd.DataFrame, log: pd.DataFrame, field: str) -> FieldRows:
    """Return the rows of one field; those of other issues are not among them."""
    index = np.flatnonzero((log["field"] == field).to_numpy(dtype=bool, na_value=False))
    rows = log[[name for name in _COLUMNS if name in log.columns]].iloc[index]
    issue = pd.Index(issues["key"]).get_indexer(pd.Index(rows["key"]))
    known = issue >= 0
    rows, index = (rows, index) if known.all() else (rows.iloc[known], index[known])

    def text(name: str, otherwise: str) -> "NDArray[Any]":
        return as_texts(rows[name if name in rows.columns else otherwise])

    entry = as_texts(rows["id"]) if "id" in rows.columns else np.full(len(rows), "", dtype=object)
    return FieldRows(
        issue[known].astype(np.intp),
        as_utc(rows["at"]),
        (rows["type"] == CREATION).to_numpy(dtype=bool, na_value=False),
        entry,
        text("from.key", "from.key"),
        text("to.key", "to.key"),
        text("from", "from.key"),
        text("to", "to.key"),
        index,
    )


def check_pair(issues: object, log: object, call: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a frame of issues and a changelog. Raises WrongFrame for others, also if they are swapped."""
    full = f"flow.{call}(issues, log)"
    return check_frame(issues, "issues", full), check_frame(log, "log", full)


def basis_with_history(
    metric: str,
    frames: tuple[pd.DataFrame, pd.DataFrame],
    policy: Policy | None,
    now: Now,
    **overrides: Unpack[PolicyFields],
) -> Basis:
    """Return the basis of a metric of issues and their changelog; warns if these frames distort it."""
    check_pair(*frames, metric)
    basis = make_basis(metric, frames, policy, now, **overrides)
    warn_of_bias(basis, frames)
    return basis


def checked_history(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, field: str = "status") -> Stretches:
    """Return the stretches of a field. Raises NoHistory if the log cannot answer for it.

    Warns FlowWarning if it has lost changes of the status.
    """
    check_history(log, [field])
    history = read_stretches(basis, issues, log, field)
    if field == "status":
        warn_of_lost_changes(basis, int(has_lost_changes(basis, issues, log, history).sum()), len(issues))
    return history


def has_lost_changes(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, history: Stretches) -> "Flags":
    """Return for each issue whether its status has no change in the log, though it began long after the creation.

    That is how an import leaves issues. An issue without any row is not meant: its history was not needed.
    """
    unchanged = np.zeros(len(issues), dtype=bool)
    unchanged[history.issue[history.is_first & history.is_last]] = True
    if "statusStartTime" not in issues.columns:
        return np.zeros(len(issues), dtype=bool)
    began = as_utc(issues["statusStartTime"])
    is_late = (began > as_utc(issues["createdAt"]) + _SURELY_LATER) & (began <= basis.now)
    return unchanged & is_late & issues["key"].isin(log["key"]).to_numpy(dtype=bool)


def value_columns(issues: pd.DataFrame, field: str) -> tuple[str, str | None]:
    """Return the column of issues that holds a field's key, and the one that holds its display, if it has both."""
    beside = companion(issues, field)
    if beside is None:
        return field, None
    return (field, beside) if beside.endswith(".display") else (beside, field)


def as_texts(values: "pd.Series[Any]") -> "NDArray[Any]":
    """Return values as the log writes them: texts, a whole number without a point; None is missing."""
    array = values.to_numpy(dtype=object, na_value=np.nan)
    if isinstance(values.dtype, pd.StringDtype):
        return array
    return np.array([_text(value) for value in array], dtype=object)


def _text(value: Any) -> Any:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return np.nan
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def ordered_rows(rows: FieldRows, moments: "Moments", before: "Codes", after: "Codes") -> "Codes":
    """Return the order of the rows by issue and time, the creation first, without duplicates.

    Rows of one moment are ordered by the id of their entry, and those of one entry so that each follows from the one
    before it. So the order of the log does not matter.
    """
    order = np.lexsort((moments, ~rows.is_creation, rows.issue))
    issue, creation, moment = rows.issue[order], rows.is_creation[order], moments[order]
    tied = (issue[1:] == issue[:-1]) & (creation[1:] == creation[:-1]) & (moment[1:] == moment[:-1])
    if not tied.any():
        return order
    keep = np.ones(len(order), dtype=bool)
    for start, end in _runs(tied):
        current = after[order[start - 1]] if start and issue[start - 1] == issue[start] else None
        group = _untied(order[start:end], rows.entry, before, after, current)
        order[start : start + len(group)] = group
        keep[start + len(group) : end] = False
    return order[keep]


def _runs(tied: "Flags") -> Iterator[tuple[int, int]]:
    """Yield the bounds of each run of rows that are tied to the one before them."""
    flags = np.concatenate([[False], tied, [False]]).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(flags) == 1), np.flatnonzero(np.diff(flags) == -1)
    yield from zip(starts.tolist(), (ends + 1).tolist(), strict=True)


def _untied(rows: "Codes", entry: "NDArray[Any]", before: "Codes", after: "Codes", current: int | None) -> list[int]:
    """Return the rows of one moment, each once, in an order in which they follow from each other."""
    distinct = {_Change(str(entry[row]), before[row], after[row]): row for row in reversed(rows.tolist())}
    ordered = []
    waiting = sorted(distinct)
    while waiting:
        chosen = _next(waiting, current)
        waiting.remove(chosen)
        ordered.append(int(distinct[chosen]))
        current = chosen.after
    return ordered


class _Change(NamedTuple):
    """A row of the log for a field: the id of its entry, and codes of values."""

    entry: str
    before: int
    after: int


def _next(waiting: list[_Change], current: int | None) -> _Change:
    """Return, of the first entry, the change that follows from the current value, and that another one follows."""
    entry = [change for change in waiting if change.entry == waiting[0].entry]
    following = [change for change in entry if change.before == current] or entry
    followed = {change.before for change in entry}
    return next((change for change in following if change.after in followed), following[0])
