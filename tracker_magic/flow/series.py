"""Series: what arrived, what was finished and what was in progress, period by period; and service levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
import pandas as pd

from tracker_magic.errors import BadOption
from tracker_magic.flow.basis import (
    NAT,
    PERCENTILES,
    TEXT,
    Basis,
    Now,
    as_utc,
    check_frame,
    column,
    describe,
    elapsed_days,
    make_basis,
    names_list,
    select_issues,
    with_companions,
)
from tracker_magic.flow.bias import warn_of_bias, warn_of_few
from tracker_magic.flow.board import board_spans
from tracker_magic.flow.definition import moment_text
from tracker_magic.flow.items import finish_of_issues
from tracker_magic.flow.periods import Period, make_periods, period_frame, stock
from tracker_magic.flow.policy import Policy, PolicyFields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Durations, Moments
    from tracker_magic.flow.stretches import Codes

By = str | Sequence[str]

_SLE_WINDOW: Final = np.timedelta64(90, "D")


def throughput(
    items: pd.DataFrame,
    *,
    period: Period = "week",
    value: str | None = None,
    by: By = (),
    since: Now = None,
    until: Now = None,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return how many items were finished in each period, up to now; a period without any has 0.

    `since` and `until` bound `finished`, half-open. `value`: a number column to add up as well (missing counts as 0).

    Columns: `period` (naive `datetime64[us]`, its first day), the columns of `by` with companions, `count` (`int64`),
    `value` (`float64`, if asked for), `complete` (`bool`, False: the running period, or one that a bound cuts).
    Raises WrongFrame, BadOption. Warns FlowWarning of a biased or truncated frame.
    """
    basis = make_basis("throughput", (items,), policy, now, **f)
    read = read_items(basis, items, by)
    periods = make_periods(basis, period, since, until, read.finished)
    position = periods.position_of(read.finished)
    counted = position >= 0
    result = period_frame(periods, read.groups)
    cell = position[counted] * len(read.groups) + read.group[counted]
    result["count"] = np.bincount(cell, minlength=len(result)).astype(np.int64)
    if value is not None:
        numbers = _numbers(read.frame, value)[counted]
        result["value"] = np.bincount(cell, weights=numbers, minlength=len(result))
    result["complete"] = np.repeat(periods.complete, len(read.groups))
    text = f"Items by the period ({basis.tz}) of their finish; {len(cell):,} in the window."
    return describe(result, basis, text, n=len(cell), items=read.frame[counted])


def _numbers(frame: pd.DataFrame, name: str) -> "Durations":
    """Return a number column, a missing number as 0. Raises BadOption for a column that holds no numbers."""
    values = column(frame, name)
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise BadOption(f"{name} holds no numbers", hint='Take a number field, such as value="storyPoints".')
    return values.to_numpy(dtype=np.float64, na_value=0.0)


def arrivals(
    items: pd.DataFrame,
    *,
    period: Period = "week",
    by: By = (),
    since: Now = None,
    until: Now = None,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return how many items started and how many of the started ones finished in each period, and the WIP at its end.

    `since` and `until` bound both moments, half-open. `net = arrived − finished` is the change of `wip`; of items made
    from issues `started` is `createdAt`.

    Columns: `period` (naive `datetime64[us]`), the columns of `by` with companions, `arrived`, `finished`, `net`, `wip`
    (`int64`), `complete` (`bool`).
    Raises WrongFrame, BadOption. Warns FlowWarning of a biased or truncated frame.
    """
    basis = make_basis("arrivals", (items,), policy, now, **f)
    read = read_items(basis, items, by)
    left = read.left
    periods = make_periods(basis, period, since, until, np.concatenate([read.started, left]))
    result, groups = period_frame(periods, read.groups), len(read.groups)
    for name, moments in (("arrived", read.started), ("finished", left)):
        position = periods.position_of(moments)
        counted = position >= 0
        cell = position[counted] * groups + read.group[counted]
        result[name] = np.bincount(cell, minlength=len(result)).astype(np.int64)
    result["net"] = result["arrived"] - result["finished"]
    result["wip"] = stock(periods.ends, (read.started, left), read.group, groups).ravel().astype(np.int64)
    result["complete"] = np.repeat(periods.complete, groups)
    came, there = ("were created", "open") if read.from_creation else ("started", "in progress")
    text = f"Items that {came} and items that finished in each period ({basis.tz}), and those {there} at its end."
    return describe(result, basis, text, n=int(result["arrived"].sum()), items=read.frame)


def wip(
    items: pd.DataFrame,
    log: pd.DataFrame | None = None,
    *,
    period: Period = "day",
    by: By = (),
    since: Now = None,
    until: Now = None,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return how many items were in progress at the end of each period (the running one: now), and their mean age.

    Without `log` an item is in progress while `started ≤ t < finished`, so one that was finished and opened again
    counts also while it was closed. With `log` it counts as the board was: started, and in a status that is not
    finished, nor (unless items start at their creation) of the type new.

    Columns: `period` (naive `datetime64[us]`), the columns of `by` with companions, `wip` (`int64`), `mean_age`
    (`float64` days since the start, NaN if there is nothing), `complete` (`bool`). `attrs["flow"]["from_creation"]`
    says whether items start at their creation, so that all open ones count.
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    basis = make_basis("wip", (items, log), policy, now, **f)
    read = read_items(basis, items, by)
    periods = make_periods(basis, period, since, until, read.started)
    result, groups = period_frame(periods, read.groups), len(read.groups)
    owner, begun, ended = np.arange(len(read.frame)), read.started, read.left
    if log is not None:
        check_frame(log, "log", "flow.wip(items, log)")
        owner, begun, ended = board_spans(basis, read.frame, read.started, log)
    counts = stock(periods.ends, (begun, ended), read.group[owner], groups)
    result["wip"] = np.rint(counts).ravel().astype(np.int64)
    # Ages are summed relative to one origin, which loses no precision.
    origin = basis.now
    since_origin = elapsed_days(np.full(len(owner), origin), read.started[owner])
    sums = stock(periods.ends, (begun, ended), read.group[owner], groups, since_origin)
    ends = elapsed_days(np.full(len(periods), origin), periods.ends)[:, np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        result["mean_age"] = np.where(counts > 0, ends - sums / counts, np.nan).ravel()
    result["complete"] = np.repeat(periods.complete, groups)
    there, start = ("open, started or not,", "creation") if read.from_creation else ("in progress", "start")
    how = "by their history" if log is not None else f"from {start} to finish, also while closed before a re-opening"
    text = f"Items {there} at the end of each period ({basis.tz}), {how}."
    return describe(result, basis, text, n=len(read.frame), from_creation=read.from_creation)


def littles_law(
    items: pd.DataFrame,
    *,
    since: Now = None,
    until: Now = None,
    tolerance: float = 0.1,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Check whether average cycle time = average WIP / average throughput, and the assumptions behind it.

    In the window [since, until) (None: from the first start, up to now), with days of 24 hours: `cycle_time` is the
    mean of items that finished, expected is mean WIP / finished per day; `arrivals` are expected to be as many as the
    departures; `wip` and `mean_age` at the end are expected to be those at the beginning; `finished` is the share of
    the items in progress at the beginning that finished, expected 1. A check holds within the share `tolerance`.

    Columns: `check` (text), `value`, `expected` (`float64`), `holds` (`bool`).
    Raises WrongFrame, BadOption. Warns FlowWarning of a biased or truncated frame.
    """
    basis = make_basis("littles_law", (items,), policy, now, **f)
    read = read_items(basis, items, ())
    begun, ended = read.started, read.left
    known = begun[~np.isnat(begun)]
    end = basis.now if until is None else min(basis.moment(until), basis.now)
    start = basis.moment(since) if since is not None else known.min() if len(known) else end
    length = elapsed_days(np.array([start]), np.array([end]))[0]
    arrived, departed = ((start <= each) & (each < end) for each in (begun, ended))
    closed = np.where(np.isnat(ended), end, np.minimum(ended, end))
    inside = np.maximum(elapsed_days(np.maximum(begun, start), closed), 0.0)
    mean_wip = np.nansum(inside) / length if length > 0 else np.nan
    at_bounds = [(begun < each) & ~(ended < each) for each in (start, end)]
    ages = [
        _mean(elapsed_days(begun[flags], np.full(int(flags.sum()), each)))
        for flags, each in zip(at_bounds, (start, end), strict=True)
    ]
    departures = int(departed.sum())
    rate = departures / length if length > 0 else np.nan
    checks = {
        "cycle_time": (_mean(elapsed_days(begun[departed], ended[departed])), mean_wip / rate if rate else np.nan),
        "arrivals": (float(arrived.sum()), float(departures)),
        "wip": (float(at_bounds[1].sum()), float(at_bounds[0].sum())),
        "mean_age": (ages[1], ages[0]),
        "finished": (_mean((ended[at_bounds[0]] < end).astype(np.float64)), 1.0),
    }
    value, expected = np.array(list(checks.values())).T
    result = pd.DataFrame({"check": pd.array(list(checks), dtype=TEXT), "value": value, "expected": expected})
    result["holds"] = np.abs(value - expected) <= tolerance * np.abs(expected)
    text = f"Little's law over {length:.0f} days, within {100 * tolerance:.0f} %."
    return describe(result, basis, text, n=departures)


def service_level(
    items: pd.DataFrame,
    *,
    percentiles: Sequence[float] = PERCENTILES,
    by: By = (),
    period: Period | None = None,
    since: Now = None,
    until: Now = None,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return percentiles (by linear interpolation) of the days of items that finished in [since, until).

    `since` is 90 days before now if it is None; both bound `finished`. One row per group, and per period of the finish
    if there is one. Of items made from issues the days are those from `createdAt`.

    Columns: `period` (naive `datetime64[us]`, if asked for), the columns of `by` with companions, `n` (`int64`),
    `mean`, `p50`, … (`float64` days), `within` (`float64`, the share with days ≤ the limit of the policy's `sle`).
    `attrs["flow"]["from_creation"]` says whether the days are those from the creation.
    Raises WrongFrame, BadOption. Warns FlowWarning of fewer than 20 items, of a biased or truncated frame.
    """
    basis = make_basis("service_level", (items,), policy, now, **f)
    read = read_items(basis, items, by)
    end = basis.now if until is None else basis.moment(until)
    start = basis.now - _SLE_WINDOW if since is None else basis.moment(since)
    flags = (start <= read.finished) & (read.finished < end) & ~np.isnan(read.days)
    finished, days, group = read.finished[flags], read.days[flags], read.group[flags]
    if period is None:
        result, cell = read.groups.reset_index(drop=True), group
    else:
        # `since` chooses the items; it does not cut the periods.
        periods = make_periods(basis, period, None, until, finished)
        result = period_frame(periods, read.groups)
        cell = periods.position_of(finished) * len(read.groups) + group
    parts = [days[cell == number] for number in range(len(result))]
    _add_levels(result, parts, percentiles, basis.policy.sle)
    if counts := [len(part) for part in parts if len(part)]:
        warn_of_few(basis, min(counts), "the smallest group")
    window = f"finished from {moment_text(start)} to {moment_text(end)}"
    measured = "the days from creation to finish" if read.from_creation else "the days"
    text = f"Percentiles by linear interpolation of {measured} of items {window}."
    return describe(result, basis, text, n=len(days), from_creation=read.from_creation)


def _add_levels(
    result: pd.DataFrame, parts: "list[Durations]", percentiles: Sequence[float], sle: tuple[float, float] | None
) -> None:
    """Add the number, the mean, the percentiles and the share within the service level of each part."""
    result["n"] = np.array([len(part) for part in parts], dtype=np.int64)
    result["mean"] = np.array([_mean(part) for part in parts], dtype=np.float64)
    for percentile in percentiles:
        shares = [np.percentile(part, percentile) if len(part) else np.nan for part in parts]
        result[f"p{percentile:g}"] = np.array(shares, dtype=np.float64)
    if sle is not None:
        result["within"] = np.array([_mean(part <= sle[1]) for part in parts], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Items:
    """Items as arrays; `group` is the position of each in `groups`. Items made from issues start at `createdAt`."""

    frame: pd.DataFrame
    started: "Moments"
    finished: "Moments"
    days: "Durations"
    group: "Codes"
    groups: pd.DataFrame
    from_creation: bool

    @property
    def left(self) -> "Moments":
        """When an item that had started was in progress no longer; NaT if it did not start, or still is."""
        return np.where(np.isnat(self.started), NAT, np.maximum(self.started, self.finished))


def read_items(basis: Basis, items: pd.DataFrame, by: By) -> Items:
    """Return the items that count, of a frame of items or of issues, by groups; lists in `by` are exploded."""
    if not isinstance(items, pd.DataFrame) or not {"key", "createdAt"} <= set(items.columns):
        check_frame(items, "items", f"flow.{basis.metric}(items), with flow.cycle_time(issues, log) or issues as items")
    warn_of_bias(basis, (items,))
    frame = _existing(basis, select_issues(basis, items, finished_work=True)).reset_index(drop=True)
    names = with_companions(frame, names_list(by)) if len(by) else []
    frame = _exploded(basis, frame, [name for name in names if _has_lists(column(frame, name))])
    from_creation = "started" not in frame.columns
    if not from_creation:
        started, finished = (as_utc(frame[name]) for name in ("started", "finished"))
        days = frame["days"].to_numpy(dtype=np.float64)
    else:
        started, finished = as_utc(frame["createdAt"]), finish_of_issues(basis, frame)
        days = basis.span_days(started, finished)
    started, finished = (np.where(each <= basis.now, each, NAT) for each in (started, finished))
    group, groups = _grouped(frame, names)
    return Items(frame, started, finished, days, group, groups, from_creation)


def _existing(basis: Basis, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame without the issues that were created after now."""
    if "started" in frame.columns:
        return frame
    early = as_utc(frame["createdAt"]) > basis.now
    if early.any():
        basis.left_out["created after now"] += int(early.sum())
    return frame.loc[~early]


def _grouped(frame: pd.DataFrame, names: list[str]) -> "tuple[Codes, pd.DataFrame]":
    """Return the group of each row, and the groups, sorted; a missing value is a group of its own."""
    if not names:
        return np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=[0])
    grouped = frame.groupby(names, dropna=False, sort=True)
    group = grouped.ngroup().to_numpy(dtype=np.intp).astype(np.intp)
    first = np.empty(grouped.ngroups, dtype=np.intp)
    first[group[::-1]] = np.arange(len(frame))[::-1]
    groups = frame[names].iloc[first].reset_index(drop=True)
    groups.attrs = {}
    return group, groups


def _has_lists(values: "pd.Series[Any]") -> bool:
    return values.dtype == object and any(isinstance(value, list) for value in values)


def _exploded(basis: Basis, frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    if not names:
        return frame
    exploded = frame.explode(names, ignore_index=True)
    if len(exploded) > len(frame):
        basis.left_out["counted again under another member"] += len(exploded) - len(frame)
    return exploded


def _mean(values: "NDArray[Any]") -> float:
    return float(values.mean()) if len(values) else float("nan")
