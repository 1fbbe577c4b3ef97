"""Intervals of fields, time in status, and the state of issues at any moment: all from history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from tracker_magic.errors import BadOption
from tracker_magic.flow.basis import (
    KEEP,
    KEEP_OF_SNAPSHOT,
    NAT,
    Basis,
    Now,
    as_utc,
    companion,
    describe,
    keep_columns,
    key_frame,
    make_basis,
    names_list,
    select_issues,
    texts,
)
from tracker_magic.flow.definition import count_text, moment_text
from tracker_magic.flow.memberships import Memberships, is_many_valued, read_memberships
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.statuses import StatusTypes, finish_mask, read_types, stage_codes
from tracker_magic.flow.stretches import Stretches, basis_with_history, check_pair, checked_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Moments
    from tracker_magic.flow.stretches import Codes, Flags

Fields = str | Sequence[str]
SNAPSHOT_FIELDS = ("status", "assignee", "priority", "resolution", "queue")


def intervals(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    fields: Fields = "status",
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return one row for each stretch in which all `fields` keep their value, by issue and time.

    The value of a stretch is the `to` of the change that began it; before the first change it is the `to` of the
    creation entry, else the `from` of that change, else (no change at all) the present value. A change before the
    creation counts at the creation. The days of a single-valued field add up to `now − createdAt`. A many-valued field
    stands alone: one row per member, and rows may overlap.

    Columns: `key`; for each field its name and companion (`status.key`, `assignee.id`), text; `statusType` after a
    status (missing if nobody knows it); `entered`, `left` (`datetime64[us, tz]`, `left` is NaT while it lasts), `open`
    (`bool`), `days` (`float64`, up to now while it lasts), `visit` (`int64`, 1 for the first time with this value).
    Raises WrongFrame, NoHistory, BadOption (a many-valued field among several, a field that issues lack).
    """
    issues, log = check_pair(issues, log, "intervals")
    basis = make_basis("intervals", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues)
    pieces = read_pieces(basis, chosen, log, fields)
    types = read_types(basis.policy, chosen, log)
    result = key_frame(chosen, pieces.issue)
    _add_values(result, chosen, pieces, types)
    result["entered"] = basis.zoned(pieces.entered)
    result["left"] = basis.zoned(np.where(pieces.is_open, NAT, pieces.left))
    result["open"] = pieces.is_open
    result["days"] = basis.days(pieces.entered, pieces.left)
    result["visit"] = pieces.visits()
    names = " and ".join(names_list(fields))
    definition = f"{count_text(basis)} between changes of {names}; after the last change, up to now."
    return describe(result, basis, definition, n=len(result))


def time_in_status(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    fields: Fields = "status",
    keep: Sequence[str] = KEEP,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return the time that each issue spent in each status (or stage of the policy, or values of `fields`).

    `days = Σ (left − entered)` over its visits, the running one up to now. One row per issue and status, by issue and
    first entry.

    Columns: `key`; the values and companions of `fields` (with stages `stage` in place of `status`); `days`
    (`float64`), `visits` (`int64`), `first_entered`, `last_left` (`datetime64[us, tz]`, NaT while it lasts), `open`
    (`bool`), and `keep` with companions. `attrs["flow"]["finished"]` names the finished statuses or stages.
    Raises WrongFrame, NoHistory, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    basis = basis_with_history("time_in_status", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues)
    pieces, types = read_pieces(basis, chosen, log, fields), read_types(basis.policy, chosen, log)
    finished = _finished_values(basis, pieces, types)
    if basis.policy.stages is not None:
        pieces = _by_stage(basis, pieces, types)
    group, first = pieces.groups()
    count = len(first)
    last = np.empty(count, dtype=np.intp)
    last[group] = np.arange(len(group))
    result = key_frame(chosen, pieces.issue[first])
    _add_values(result, chosen, pieces.at(first), None)
    days = np.bincount(group, weights=basis.days(pieces.entered, pieces.left), minlength=count)
    result["days"] = days.astype(np.float64)
    result["visits"] = np.bincount(group, minlength=count).astype(np.int64)
    result["first_entered"] = basis.zoned(pieces.entered[first])
    result["last_left"] = basis.zoned(np.where(pieces.is_open[last], NAT, pieces.left[last]))
    result["open"] = pieces.is_open[last]
    keep_columns(result, chosen, keep, pieces.issue[first])
    where = "stage" if basis.policy.stages is not None else " and ".join(names_list(fields))
    definition = f"{count_text(basis)} in each {where}, over all its visits; one that has not ended counts up to now."
    result = describe(result, basis, definition, n=len(result))
    result.attrs["flow"]["finished"] = finished
    return result


def snapshot(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    at: Any,
    *,
    fields: Fields = SNAPSHOT_FIELDS,
    keep: Sequence[str] = KEEP_OF_SNAPSHOT,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return the issues as they were at a moment, or at each of a list of moments: those that existed, one row each.

    Columns: `at` (`datetime64[us, tz]`), `key`; for each field its name and companion as of `at` (text; lists for
    many-valued fields); `statusType` after a status; `age` (`float64`, days since `createdAt`), and `keep` with
    companions, as of now.
    Raises WrongFrame, NoHistory, BadOption (a moment after now, a field that issues lack).
    """
    issues, log = check_pair(issues, log, "snapshot")
    basis = make_basis("snapshot", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues)
    moments = _read_moments(basis, at)
    created, types = as_utc(chosen["createdAt"]), read_types(basis.policy, chosen, log)
    histories = {name: _history(basis, chosen, log, name) for name in names_list(fields)}
    parts = [np.flatnonzero(created <= moment) for moment in moments]
    existed = np.concatenate([*parts, np.array([], dtype=np.intp)])
    instants = np.repeat(np.array(moments, dtype="datetime64[us]"), [len(part) for part in parts])
    result = pd.DataFrame({"at": basis.zoned(instants)})
    result["key"] = chosen["key"].array[existed]
    for name, history in histories.items():
        values = [_values_at(history, moment, part) for moment, part in zip(moments, parts, strict=True)]
        _add_field(result, chosen, name, _Joined(history.keys, history.labels, values), types)
    result["age"] = basis.days(created[existed], instants)
    keep_columns(result, chosen, keep, existed)
    return describe(result, basis, "The issues as they were at each moment, by their history.", n=len(result))


def _read_moments(basis: Basis, at: Any) -> list[np.datetime64]:
    """Return one or several moments. Raises BadOption for one after now."""
    moments = [basis.moment(each) for each in (at if pd.api.types.is_list_like(at) else [at])]
    if moments and max(moments) > basis.now:
        hint = "A snapshot shows a moment that was."
        raise BadOption(f"{moment_text(max(moments))} is after now ({moment_text(basis.now)})", hint=hint)
    return moments


@dataclass(frozen=True, slots=True)
class Pieces:
    """Stretches of one or several fields together, by issue and time; `codes` has a value per field and stretch."""

    issue: "Codes"
    entered: "Moments"
    left: "Moments"
    is_open: "Flags"
    names: tuple[str, ...]
    codes: "tuple[Codes, ...]"
    keys: "tuple[NDArray[Any], ...]"
    labels: "tuple[NDArray[Any], ...]"

    def at(self, positions: "Codes") -> "Pieces":
        """Return the pieces at these positions."""
        return replace(
            self,
            issue=self.issue[positions],
            entered=self.entered[positions],
            left=self.left[positions],
            is_open=self.is_open[positions],
            codes=tuple(each[positions] for each in self.codes),
        )

    def merged(self) -> "Pieces":
        """Return the pieces with neighbours of the same issue and values joined."""
        same = np.append([False], self.issue[1:] == self.issue[:-1]) if len(self.issue) else np.array([], dtype=bool)
        for codes in self.codes:
            same &= codes == np.roll(codes, 1)
        first = np.flatnonzero(~same)
        last = np.append(first[1:] - 1, [len(same) - 1]) if len(first) else first
        return replace(self.at(first), left=self.left[last], is_open=self.is_open[last])

    def groups(self) -> "tuple[Codes, Codes]":
        """Return for each piece the number of its issue and values, by first appearance, and where each appears."""
        combined = self.issue.astype(np.int64)
        for codes, keys in zip(self.codes, self.keys, strict=True):
            combined = pd.factorize(combined * (len(keys) + 1) + codes + 1)[0]
        numbers, distinct = pd.factorize(combined)
        first = np.empty(len(distinct), dtype=np.intp)
        first[numbers[::-1]] = np.arange(len(numbers))[::-1]
        return numbers.astype(np.intp), first

    def visits(self) -> "NDArray[np.int64]":
        """Return for each piece how often its issue has had these values, itself included."""
        numbers, _ = self.groups()
        return (pd.Series(numbers).groupby(numbers).cumcount() + 1).to_numpy(dtype=np.int64).astype(np.int64)


def read_pieces(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, fields: Fields) -> Pieces:
    """Return the stretches in which all fields keep their value, or those of the members of a many-valued field."""
    names = tuple(names_list(fields))
    many = [name for name in names if is_many_valued(issues, log, name)]
    if many and len(names) > 1:
        raise BadOption(f"{many[0]} has many values and stands alone", hint=f'Write fields="{many[0]}".')
    histories = [_history(basis, issues, log, name) for name in names]
    if isinstance(histories[0], Memberships):
        return _pieces_of_members(basis, names, histories[0])
    return _pieces_of_values(basis, names, [each for each in histories if isinstance(each, Stretches)]).merged()


def _pieces_of_members(basis: Basis, names: tuple[str, ...], members: Memberships) -> Pieces:
    left = np.where(np.isnat(members.left), basis.now, members.left)
    values = ((members.member,), (members.keys,), (members.labels,))
    return Pieces(members.issue, members.entered, left, np.isnat(members.left), names, *values)


def _pieces_of_values(basis: Basis, names: tuple[str, ...], histories: Sequence[Stretches]) -> Pieces:
    keys, labels = tuple(each.keys for each in histories), tuple(each.labels for each in histories)
    if len(histories) == 1:
        one = histories[0]
        return Pieces(one.issue, one.entered, one.left, one.is_last, names, (one.value,), keys, labels)
    issue, entered, positions = common_stretches(histories)
    codes = tuple(each.value[position] for each, position in zip(histories, positions, strict=True))
    is_last = np.append(issue[1:] != issue[:-1], [True])[: len(issue)]
    left = np.where(is_last, basis.now, np.roll(entered, -1))
    return Pieces(issue, entered, left, is_last, names, codes, keys, labels)


def common_stretches(histories: Sequence[Stretches]) -> "tuple[Codes, Moments, list[Codes]]":
    """Return the stretches between the changes of any of the fields, and where each field's own one stands."""
    issue = np.concatenate([each.issue for each in histories])
    entered = np.concatenate([each.entered for each in histories])
    owner = np.repeat(np.arange(len(histories)), [len(each.issue) for each in histories])
    own = np.concatenate([np.arange(len(each.issue)) for each in histories])
    order = np.lexsort((own, entered, issue))  # at one moment only what came last remains
    issue, entered, owner, own = issue[order], entered[order], owner[order], own[order]
    ends = np.append((issue[1:] != issue[:-1]) | (entered[1:] != entered[:-1]), [True])[: len(issue)]
    latest = [np.maximum.accumulate(np.where(owner == number, own, -1)) for number in range(len(histories))]
    return issue[ends], entered[ends], [positions[ends] for positions in latest]


def _history(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, field: str) -> Stretches | Memberships:
    if is_many_valued(issues, log, field):
        return read_memberships(basis, issues, log, field)
    return checked_history(basis, issues, log, field)


def _finished_values(basis: Basis, pieces: Pieces, types: StatusTypes) -> list[str]:
    """Return the status keys, or the stages, in which all items are finished."""
    if "status" not in pieces.names:
        return []
    keys = pieces.keys[pieces.names.index("status")]
    finished = finish_mask(types, basis.policy, keys)[: len(keys)]
    if basis.policy.stages is None:
        return sorted(str(key) for key in keys[finished])
    names, stages = stage_codes(types, basis.policy, keys)
    open_stages, all_stages = (set(stages[: len(keys)][chosen].tolist()) for chosen in (~finished, slice(None)))
    return [name for code, name in enumerate(names) if code in all_stages - open_stages]


def _by_stage(basis: Basis, pieces: Pieces, types: StatusTypes) -> Pieces:
    """Return the pieces with the stage in place of the status."""
    if "status" not in pieces.names:
        raise BadOption("stages need the status", hint='Add "status" to fields=.')
    position = pieces.names.index("status")
    names, stages = stage_codes(types, basis.policy, pieces.keys[position])
    texts_of_stages = np.array(names, dtype=object)

    def with_stage(values: tuple[Any, ...], stage: Any) -> tuple[Any, ...]:
        return (*values[:position], stage, *values[position + 1 :])

    return replace(
        pieces,
        names=with_stage(pieces.names, "stage"),
        codes=with_stage(pieces.codes, stages[pieces.codes[position]]),
        keys=with_stage(pieces.keys, texts_of_stages),
        labels=with_stage(pieces.labels, texts_of_stages),
    ).merged()


@dataclass(frozen=True, slots=True)
class _Joined:
    """The values of one field on some rows: codes, or for a many-valued field lists of codes, part by part."""

    keys: "NDArray[Any]"
    labels: "NDArray[Any]"
    parts: Sequence[Any]

    def column(self, values: "NDArray[Any]") -> Any:
        """Return the column of these values: texts, or lists of them (None if there are none)."""
        if any(isinstance(part, list) for part in self.parts):
            lists = [values[codes].tolist() if len(codes) else None for part in self.parts for codes in part]
            return pd.Series(np.fromiter(lists, dtype=object, count=len(lists)), dtype=object)
        return texts(values, np.concatenate([*self.parts, np.array([], dtype=np.intp)]).astype(np.intp))


def _values_at(history: Stretches | Memberships, moment: np.datetime64, existed: "Codes") -> Any:
    """Return the codes of the issues that existed, as they were at the moment."""
    if isinstance(history, Stretches):
        return np.append(history.value, [-1])[history.last_of(history.entered <= moment)[existed]]
    members: dict[int, list[int]] = {}
    for position in np.flatnonzero(history.at(moment)).tolist():
        members.setdefault(int(history.issue[position]), []).append(int(history.member[position]))
    return [members.get(issue, []) for issue in existed.tolist()]


def _add_values(result: pd.DataFrame, issues: pd.DataFrame, pieces: Pieces, types: StatusTypes | None) -> None:
    for name, codes, keys, labels in zip(pieces.names, pieces.codes, pieces.keys, pieces.labels, strict=True):
        _add_field(result, issues, name, _Joined(keys, labels, [codes]), types)


def _add_field(
    result: pd.DataFrame, issues: pd.DataFrame, name: str, values: _Joined, types: StatusTypes | None
) -> None:
    """Add the columns of a field: its own, its companion, and after a status its type."""
    beside = companion(issues, name) if name != "stage" else None
    first, second = (values.keys, values.labels) if f"{name}.display" == beside else (values.labels, values.keys)
    result[name] = values.column(first)
    if beside is not None:
        result[beside] = values.column(second)
    if name == "status" and types is not None:
        result["statusType"] = values.column(types.texts(values.keys))
