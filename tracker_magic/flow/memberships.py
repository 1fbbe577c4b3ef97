"""The history of a many-valued field: for each issue and member the stretches during which it was among the values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tracker_magic.columns import SYSTEM_FIELDS
from tracker_magic.flow.basis import NAT, Basis, as_utc, column
from tracker_magic.flow.stretches import FieldRows, field_rows, ordered_rows, value_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Moments
    from tracker_magic.flow.stretches import Codes, Flags


@dataclass(frozen=True, slots=True)
class Memberships:
    """Stretches by issue, in the order in which they began; `left` is NaT while a member is among the values."""

    issue: "Codes"
    member: "Codes"
    entered: "Moments"
    left: "Moments"
    keys: "NDArray[Any]"
    labels: "NDArray[Any]"

    def at(self, moment: np.datetime64) -> "Flags":
        """Return which stretches contain the moment."""
        return (self.entered <= moment) & (np.isnat(self.left) | (moment < self.left))


def is_many_valued(issues: pd.DataFrame, log: pd.DataFrame, field: str) -> bool:
    """Return whether a field has many values: by the table of fields, else as the frames show it."""
    if field in SYSTEM_FIELDS:
        return SYSTEM_FIELDS[field].many
    if field in issues.columns and any(isinstance(value, list) for value in issues[field]):
        return True
    rows = log.loc[log["field"] == field]
    return "added" in rows.columns and any(isinstance(value, list) for value in rows["added"])


def read_memberships(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, field: str) -> Memberships:
    """Return the memberships of a field; initial values and changes count as for single-valued fields."""
    created = as_utc(issues["createdAt"])
    rows = field_rows(issues, log, field)
    moments = np.maximum(rows.moment, created[rows.issue])
    codes, _ = pd.factorize(np.concatenate([rows.before, rows.after]))
    before, after = np.split(codes.astype(np.intp), 2)
    order = ordered_rows(rows, moments, before, after)
    key_name, label_name = value_columns(issues, field)
    present = [_members(value) for value in column(issues, key_name)]
    changes: list[list[_Change]] = [[] for _ in present]
    gone, come = (_lists(log, name, rows) for name in ("removed", "added"))
    for row in order.tolist():
        before_all, creation = _split(rows.before[row]), bool(rows.is_creation[row])
        removed = before_all if gone[row] is None else gone[row]
        added = _split(rows.after[row]) if come[row] is None else come[row]
        changes[rows.issue[row]].append(_Change(moments[row], creation, before_all, removed, added))
    found: list[tuple[int, str, Any, Any]] = []
    for position in np.flatnonzero(created <= basis.now).tolist():
        stretches = _stretches_of(created[position], changes[position], present[position], basis.now)
        found.extend((position, *stretch) for stretch in stretches)
    names = _labels(issues, key_name, label_name, [(rows.before, rows.before_label), (rows.after, rows.after_label)])
    return _as_arrays(found, names)


def _lists(log: pd.DataFrame, name: str, rows: FieldRows) -> list[Any]:
    """Return the members that a column of lists has for these rows of the log, None if it has no list."""
    cells = log[name].to_numpy(dtype=object)[rows.index] if name in log.columns else [None] * len(rows.index)
    return [_members(cell) if isinstance(cell, list | np.ndarray) else None for cell in cells]


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of the values of one issue; `before` are all the values that it replaced."""

    moment: np.datetime64
    is_creation: bool
    before: Sequence[str]
    removed: Sequence[str]
    added: Sequence[str]


def _stretches_of(
    created: np.datetime64, changes: Sequence[_Change], present: Sequence[str], now: np.datetime64
) -> list[tuple[str, np.datetime64, np.datetime64]]:
    """Return member, begin and end (NaT: open) of each stretch of one issue."""
    since = dict.fromkeys(_initial(changes, present), created)
    stretches: list[tuple[str, np.datetime64, np.datetime64]] = []
    for change in changes:
        if change.is_creation or change.moment > now:
            continue
        gone = [member for member in change.removed if member in since and member not in change.added]
        stretches += [(member, since.pop(member), change.moment) for member in gone]
        since = dict.fromkeys(change.added, change.moment) | since
    stretches += [(member, begin, NAT) for member, begin in since.items()]
    return sorted(stretches, key=lambda stretch: (stretch[1], stretch[0]))


def _initial(changes: Sequence[_Change], present: Sequence[str]) -> Sequence[str]:
    """Return the values at the creation: of its entry, else those that the first change replaced, else today's."""
    if not changes:
        return present
    return changes[0].added if changes[0].is_creation else changes[0].before


def _as_arrays(found: Sequence[tuple[int, str, Any, Any]], names: dict[str, str]) -> Memberships:
    issue, members, entered, left = zip(*found, strict=True) if found else ((), (), (), ())
    codes, keys = pd.factorize(np.array(members, dtype=object))
    return Memberships(
        np.array(issue, dtype=np.intp),
        codes.astype(np.intp),
        np.array(entered, dtype="datetime64[us]"),
        np.array(left, dtype="datetime64[us]"),
        keys,
        np.array([names.get(key, key) for key in keys], dtype=object),
    )


def _labels(
    issues: pd.DataFrame, key_name: str, label_name: str | None, pairs: "Iterable[tuple[NDArray[Any], NDArray[Any]]]"
) -> dict[str, str]:
    """Return the display of each member: today's, else the one of the log."""
    names: dict[str, str] = {}
    for keys, displays in pairs:
        for key, display in dict.fromkeys(zip(keys, displays, strict=True)):
            members, shown = _split(key), _split(display)
            if len(shown) == len(members):
                names |= dict(zip(members, shown, strict=True))
    if label_name is not None and label_name in issues.columns:
        for key, display in zip(issues[key_name], issues[label_name], strict=True):
            names |= dict(zip(_members(key), _members(display), strict=False))
    return names


def _members(value: Any) -> list[str]:
    """Return the members of a cell; a frame read from Parquet has arrays in place of lists."""
    if isinstance(value, list | tuple | np.ndarray):
        return [str(member) for member in value]
    return [] if value is None or pd.isna(value) else [str(value)]


def _split(text: Any) -> list[str]:
    """Return the members of a text of the log, which joins them by commas."""
    return [part for part in text.split(", ") if part] if isinstance(text, str) else []
