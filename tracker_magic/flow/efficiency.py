"""Flow efficiency: how much of an item's time between start and finish was work, and how much waiting."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from tracker_magic.flow.basis import (
    KEEP,
    Basis,
    Now,
    check_history,
    describe,
    keep_columns,
    key_frame,
    names_list,
    select_issues,
)
from tracker_magic.flow.items import Bounds, count_unfinished, cycle_bounds, status_history
from tracker_magic.flow.memberships import read_memberships
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.spans import Spans
from tracker_magic.flow.statuses import StatusTypes, finish_mask
from tracker_magic.flow.stretches import Stretches, basis_with_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Durations


_KINDS = ("active", "waiting", "unknown", "closed")


def flow_efficiency(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    active: Iterable[str] | None = None,
    waiting: Iterable[str] | None = None,
    blocked_tags: Iterable[str] = (),
    keep: Sequence[str] = KEEP,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return how the time between start and finish of each issue divides, one row each, in the order given.

    Statuses in `active` and `waiting` (keys, or `type:T`) are that; of the others those of the type inProgress are
    active, of new and paused waiting, and without a type unknown. While an issue has one of `blocked_tags`, its active
    and unknown time counts as waiting. `efficiency = active / (active + waiting)`. The definition gives the total of
    all finished issues, `Σ active / Σ (active + waiting)`, which is not the mean of the column.

    Columns: `key`, `started`, `finished` (`datetime64[us, tz]`), `days` (those of `cycle_time`), `active`, `waiting`,
    `blocked` (a part of waiting), `unknown`, `closed` (between a finish and a re-opening; in neither sum) (`float64`
    days), `efficiency` (`float64`, 0…1), and `keep` with companions. Unfinished issues have no durations (NaN).
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    basis = basis_with_history("flow_efficiency", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues, finished_work=True)
    history, types = status_history(basis, chosen, log)
    bounds, days = cycle_bounds(basis, basis.policy, history, types)
    _count_left_out(basis, history, types, bounds)
    position = np.arange(len(history.issue))
    start, finish = bounds.start[history.issue], bounds.finish[history.issue]
    inside = np.flatnonzero((start >= 0) & (start <= position) & (position < finish))
    parts = Spans(history.issue[inside], history.entered[inside], history.left[inside])
    kind = _kinds(basis, types, history.keys, (active, waiting))[history.value[inside]]
    tags = names_list(blocked_tags)
    blocked = _blocked(basis, chosen, log, tags) if tags else None
    result = key_frame(chosen)
    result["started"] = basis.zoned(history.entered_at(bounds.start))
    result["finished"] = basis.zoned(history.entered_at(bounds.finish))
    result["days"] = days
    for name, values in _columns(basis, history.count, parts, kind, blocked).items():
        result[name] = np.where(np.isnan(days), np.nan, values)
    result["efficiency"] = result["active"] / (result["active"] + result["waiting"])
    keep_columns(result, chosen, keep)
    active_sum, waiting_sum = result["active"].sum(), result["waiting"].sum()
    total = f"{100 * active_sum / (active_sum + waiting_sum):.1f} %" if active_sum + waiting_sum > 0 else "unknown"
    text = f"Active time / (active + waiting) between start and finish; of all issues together {total}."
    return describe(result, basis, text, n=int(result["efficiency"].notna().sum()), items=result[~np.isnan(days)])


def _count_left_out(basis: Basis, history: Stretches, types: StatusTypes, bounds: Bounds) -> None:
    count_unfinished(basis, bounds.finish < 0, history, finish_mask(types, basis.policy, history.keys))
    if never := int(((bounds.finish >= 0) & (bounds.start < 0)).sum()):
        basis.left_out["never started"] += never


def _columns(
    basis: Basis, count: int, parts: Spans, kind: "NDArray[np.intp]", blocked: Spans | None
) -> "dict[str, Durations]":
    """Return the days of each kind; blocked time counts as waiting, unless the item was closed."""
    by_kind = [parts.at(np.flatnonzero(kind == number)) for number in range(len(_KINDS))]
    active, waiting, unknown, closed = (each.sums(basis, count) for each in by_kind)
    active_blocked, waiting_blocked, unknown_blocked = (
        np.zeros(count) if blocked is None else each.overlap(blocked).sums(basis, count) for each in by_kind[:3]
    )
    return {
        "active": active - active_blocked,
        "waiting": waiting + active_blocked + unknown_blocked,
        "blocked": active_blocked + waiting_blocked + unknown_blocked,
        "unknown": unknown - unknown_blocked,
        "closed": closed,
    }


def _kinds(
    basis: Basis, types: StatusTypes, keys: "NDArray[Any]", named: Sequence[Iterable[str] | None]
) -> "NDArray[np.intp]":
    """Return for each status key, and at the end for a missing status, its position in _KINDS."""
    kinds = np.full(len(keys) + 1, _KINDS.index("unknown"), dtype=np.intp)
    by_type = (("type:inProgress",), ("type:new", "type:paused"))
    for number, group in enumerate(by_type):
        kinds[types.mask(keys, group)] = number
    untyped = [not types.types.get(key) for key in keys]
    kinds[:-1][untyped] = _KINDS.index("unknown")
    for number, statuses in enumerate(named):
        if statuses is not None:
            types.check(statuses := names_list(statuses), keys)
            kinds[types.mask(keys, statuses)] = number
    kinds[finish_mask(types, basis.policy, keys)] = _KINDS.index("closed")
    return kinds


def _blocked(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, tags: Sequence[str]) -> Spans:
    """Return when issues had any of the tags, without overlaps."""
    check_history(log, ["tags"])
    history = read_memberships(basis, issues, log, "tags")
    chosen = np.isin(history.keys.astype(str), tags)[history.member]
    ended = np.where(np.isnat(history.left), basis.now, history.left)
    spans: list[list[Any]] = []
    for issue, begun, end in sorted(zip(history.issue[chosen], history.entered[chosen], ended[chosen], strict=True)):
        if spans and spans[-1][0] == issue and begun <= spans[-1][2]:
            spans[-1][2] = max(spans[-1][2], end)
        else:
            spans.append([issue, begun, end])
    columns = zip(*spans, strict=True) if spans else ((), (), ())
    issue_of, begun_at, ended_at = columns
    moments = (np.array(each, dtype="datetime64[us]") for each in (begun_at, ended_at))
    return Spans(np.array(issue_of, dtype=np.intp), *moments)
