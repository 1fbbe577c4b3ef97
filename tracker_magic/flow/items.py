"""Items: when work on each issue started and finished, and how many days it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from tracker_magic.errors import NoHistory
from tracker_magic.flow.basis import (
    KEEP,
    NAT,
    Basis,
    Now,
    as_utc,
    check_frame,
    column,
    describe,
    keep_columns,
    key_frame,
    make_basis,
    select_issues,
)
from tracker_magic.flow.bias import warn_of_bias
from tracker_magic.flow.definition import count_text, cycle_text, finish_text
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.statuses import StatusTypes, check_policy, finish_mask, read_types, start_mask
from tracker_magic.flow.stretches import Stretches, basis_with_history, checked_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Durations, Moments
    from tracker_magic.flow.stretches import Codes, Flags


def lead_time(
    issues: pd.DataFrame,
    log: pd.DataFrame | None = None,
    *,
    keep: Sequence[str] = KEEP,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return the time from creation to the finish of each issue, one row each, in the order given.

    `days = finished − createdAt`, less the time closed with `reopen="sum"`. Without `log`, `finished` is `resolvedAt`
    (of an issue finished without it, when its status began), and `reopen` must be "last". With it, a finish is an entry
    into a finished status from outside; the last one counts while the issue is still in such a status at the end.

    Columns: `key`, `started` and `finished` (`datetime64[us, tz]`; NaT: not finished), `days` (`float64`), `finishes`
    (`Int64`, how often it was finished; NA without log), and `keep` with companions.
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    call = "flow.lead_time(issues, log)"
    frames = (check_frame(issues, "issues", call), None if log is None else check_frame(log, "log", call))
    basis = make_basis("lead_time", frames, policy, now, **f)
    warn_of_bias(basis, frames)
    chosen = select_issues(basis, issues, finished_work=True)
    created = as_utc(chosen["createdAt"])
    if log is None:
        if basis.policy.reopen != "last":
            raise NoHistory(f'reopen="{basis.policy.reopen}" needs the history', hint="Pass the changelog as well.")
        finished = finish_of_issues(basis, chosen)
        count_unfinished(basis, np.isnat(finished))
        days, finishes = basis.span_days(created, finished), None
    else:
        history, types = status_history(basis, chosen, log)
        finish = finish_mask(types, basis.policy, history.keys)
        bounds = find_bounds(basis.policy, history, finish, history.is_first)
        count_unfinished(basis, bounds.finish < 0, history, finish)
        finished, finishes = history.entered_at(bounds.finish), bounds.finishes
        days = basis.span_days(created, finished) - _subtracted(
            basis, history, bounds, finish & (basis.policy.reopen == "sum")
        )
    result = _frame(basis, chosen, (created, finished, days, finishes), keep)
    start = "from the creation" if basis.policy.reopen != "sum" else "outside finished statuses, from the creation"
    return _described(
        result, basis, f"{count_text(basis)} {start} {finish_text(basis.policy, has_log=log is not None)}."
    )


def cycle_time(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    keep: Sequence[str] = KEEP,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return the time from the start to the finish of each issue, one row each, in the order given.

    `days = finished − started`, less the time in statuses of `exclude`, and with `reopen="sum"` less the time closed.
    Start and finish are those of the policy. A finished issue that never started has no `started` and no `days`
    (`never_started="zero"`: it starts as it finishes and takes 0 days); how many there are is in
    `attrs["flow"]["left_out"]`. The definition also says what Tracker's own widget would show.

    Columns: as those of `lead_time`.
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    basis = basis_with_history("cycle_time", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues, finished_work=True)
    history, types = status_history(basis, chosen, log)
    bounds, days = cycle_bounds(basis, basis.policy, history, types)
    started, finished = history.entered_at(bounds.start), history.entered_at(bounds.finish)
    count_unfinished(basis, bounds.finish < 0, history, finish_mask(types, basis.policy, history.keys))
    never = ~np.isnat(finished) & np.isnat(started)
    if basis.policy.never_started == "zero":
        started, days = np.where(never, finished, started), np.where(never, 0.0, days)
    elif never.any():
        basis.left_out["never started"] += int(never.sum())
    result = _frame(basis, chosen, (started, finished, days, bounds.finishes), keep)
    widget = cycle_bounds(basis, Policy.tracker(), history, types)[1]
    return _described(result, basis, cycle_text(basis, widget[~np.isnan(widget)]))


@dataclass(frozen=True, slots=True)
class Bounds:
    """For each issue the positions of the stretches with which it starts and finishes (-1: not), and its finishes."""

    start: "Codes"
    finish: "Codes"
    finishes: "NDArray[np.int64]"


def find_bounds(policy: Policy, history: Stretches, finished: "NDArray[np.bool_]", starts: "Flags") -> Bounds:
    """Return where each issue starts and finishes; `finished` is the mask of statuses, `starts` that of stretches."""
    finishes = finished[history.value] & ~finished[history.before] & ~history.is_first
    if policy.reopen == "first":
        finish = history.first_of(finishes)
    else:
        finish = history.last_of(finishes)
        is_there = np.zeros(history.count, dtype=bool)
        is_there[history.issue[history.is_last]] = finished[history.value[history.is_last]]
        finish = np.where(is_there, finish, -1)
    position = np.arange(len(history.issue))
    limit = np.where(finish < 0, len(position), finish)[history.issue]
    counts = np.bincount(history.issue[finishes], minlength=history.count)
    return Bounds(history.first_of(starts & (position <= limit)), finish, counts)


def cycle_bounds(basis: Basis, policy: Policy, history: Stretches, types: StatusTypes) -> "tuple[Bounds, Durations]":
    """Return where each issue starts and finishes by this policy, and its days (NaN: not finished, never started)."""
    finished = finish_mask(types, policy, history.keys)
    entered, left = start_mask(types, policy, history.keys)
    starts = entered[history.value] & left[history.before]
    bounds = find_bounds(policy, history, finished, starts)
    if policy.back == "restart":
        is_new = types.mask(history.keys, ("type:new",))[history.value]
        position = np.arange(len(starts))
        limit = np.where(bounds.finish < 0, len(position), bounds.finish)[history.issue]
        back = history.last_of(is_new & (position < limit))[history.issue]
        bounds = find_bounds(policy, history, finished, starts & (position > back))
    excluded = types.mask(history.keys, policy.exclude)
    days = basis.span_days(history.entered_at(bounds.start), history.entered_at(bounds.finish))
    return bounds, days - _subtracted(basis, history, bounds, excluded | (finished & (policy.reopen == "sum")))


def _subtracted(basis: Basis, history: Stretches, bounds: Bounds, out: "NDArray[np.bool_]") -> "Durations":
    """Return the days of each issue between its start and its finish in statuses that do not count."""
    position = np.arange(len(history.issue))
    start, finish = bounds.start[history.issue], bounds.finish[history.issue]
    chosen = np.flatnonzero((start >= 0) & (start <= position) & (position < finish) & out[history.value])
    days = basis.span_days(history.entered[chosen], history.left[chosen], removed=True)
    return np.bincount(history.issue[chosen], weights=days, minlength=history.count).astype(np.float64)


def finish_of_issues(basis: Basis, issues: pd.DataFrame) -> "Moments":
    """Return when issues were finished, without their history: `resolvedAt`; NaT, also after now, if they are not.

    Of an issue that is finished without it, its status began then, unless it was created in that status: as in the
    history, a creation is no finish.
    """
    finished = as_utc(column(issues, "resolvedAt"))
    if {"statusType.key", "statusStartTime"} <= set(issues.columns):
        is_finished = issues["statusType.key"].isin(["done", "cancelled"]).to_numpy(dtype=bool)
        began = as_utc(issues["statusStartTime"])
        without = is_finished & np.isnat(finished) & (began > as_utc(issues["createdAt"]))
        if without.any():
            basis.left_out["no resolvedAt (statusStartTime taken)"] += int(without.sum())
        finished = np.where(without, began, finished)
    return np.where(finished <= basis.now, finished, NAT)


def count_unfinished(
    basis: Basis, unfinished: "Flags", history: Stretches | None = None, finished: "NDArray[np.bool_] | None" = None
) -> None:
    """Count what has no finish as left out: by their history (`finished`: the mask of statuses) some are finished."""
    is_there = np.zeros(len(unfinished), dtype=bool)
    if history is not None and finished is not None:
        last = history.is_last
        is_there[history.issue[last]] = finished[history.value[last]]
    for reason, flags in (("not finished", ~is_there), ("created in a finished status", is_there)):
        if count := int((unfinished & flags).sum()):
            basis.left_out[reason] += count


def status_history(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame) -> tuple[Stretches, StatusTypes]:
    """Return the stretches of the status and the types. Raises UnknownStatus for a status key that does not exist."""
    history, types = checked_history(basis, issues, log), read_types(basis.policy, issues, log)
    check_policy(types, basis.policy, history.keys)
    return history, types


def _frame(
    basis: Basis,
    issues: pd.DataFrame,
    columns: "tuple[Moments, Moments, Durations, NDArray[np.int64] | None]",
    keep: Sequence[str],
) -> pd.DataFrame:
    """Return the frame of items, with the columns to keep."""
    started, finished, days, finishes = columns
    result = key_frame(issues)
    result["started"], result["finished"] = basis.zoned(started), basis.zoned(finished)
    result["days"] = days
    counts = pd.array(np.zeros(len(result), dtype=np.int64) if finishes is None else finishes, dtype="Int64")
    if finishes is None:
        counts[:] = pd.NA
    result["finishes"] = counts
    keep_columns(result, issues, keep)
    return result


def _described(result: pd.DataFrame, basis: Basis, definition: str) -> pd.DataFrame:
    counted = result[result["days"].notna()]
    if basis.policy.count == "working" and (calendar := basis.calendar) is not None and len(counted):
        share = calendar.share_outside(as_utc(counted["started"]), as_utc(counted["finished"]))
        definition += f" {100 * share:.0f} % of the time from start to finish is outside working time."
    return describe(result, basis, definition, n=len(counted), items=counted)
