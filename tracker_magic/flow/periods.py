"""Periods: days, weeks, months, quarters, years or sprints as a grid, cut in the zone of days."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracker_magic.choices import CalendarPeriod
from tracker_magic.errors import BadOption
from tracker_magic.flow.basis import NAT, Basis, Now, as_utc
from tracker_magic.flow.calendar import local_midnights, local_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Moments
    from tracker_magic.flow.stretches import Codes, Flags

Period = CalendarPeriod | pd.DataFrame

_FREQUENCIES: Final = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods in order: `first_days` are naive, `starts` and `ends` in UTC and half-open; a running one ends now."""

    first_days: "Moments"
    starts: "Moments"
    ends: "Moments"
    complete: "Flags"

    def __len__(self) -> int:
        return len(self.starts)

    def position_of(self, moments: "Moments") -> "Codes":
        """Return for each moment the position of its period, -1 outside all."""
        known = ~np.isnat(moments)
        position = np.full(len(moments), -1, dtype=np.intp)
        if len(self):
            position[known] = np.searchsorted(self.starts, moments[known], side="right") - 1
        return np.where((position >= 0) & (moments < np.append(self.ends, [NAT])[position]), position, -1)


def make_periods(basis: Basis, period: Period, since: Now, until: Now, moments: "Moments") -> Periods:
    """Return the periods between `since` (else the first of these moments) and `until` (else now).

    A period that `since`, `until` or now cuts is not complete.
    """
    end = basis.now if until is None else min(basis.moment(until), basis.now)
    known = moments[~np.isnat(moments) & (moments < end)]
    start = basis.moment(since) if since is not None else known.min() if len(known) else end
    if isinstance(period, pd.DataFrame):
        days, starts, ends = _sprint_bounds(basis, period)
        chosen = (ends > start) & (starts < end)
        days, starts, ends = days[chosen], starts[chosen], ends[chosen]
        return Periods(days, starts, np.minimum(ends, end), ends <= end)
    days = first_days(basis, period, start, end)
    starts, ends = local_midnights(days[:-1], basis.tz), local_midnights(days[1:], basis.tz)
    begun = np.maximum(starts, start) if since is not None else starts
    return Periods(days[:-1], begun, np.minimum(ends, end), (ends <= end) & (begun == starts))


def first_days(basis: Basis, period: str, start: np.datetime64, end: np.datetime64) -> "Moments":
    """Return the first days of the periods that hold [start, end), and of the one after them, without a zone."""
    if period not in _FREQUENCIES:
        raise BadOption(
            f"period cannot be {period!r}", hint=f"It is one of {', '.join(_FREQUENCIES)}, or a frame of sprints."
        )
    if end <= start:
        return np.array([NAT])  # no period: there is none between one bound and the next
    bounds = local_times(np.array([start, end - np.timedelta64(1, "us")]), basis.tz)
    first, last = (pd.Period(pd.Timestamp(bound), freq=_FREQUENCIES[period]) for bound in bounds)
    grid = pd.period_range(first, last + 1, freq=_FREQUENCIES[period])
    return grid.to_timestamp(how="start").to_numpy(dtype="datetime64[us]")


def sprint_bounds(basis: Basis, sprints: pd.DataFrame) -> "tuple[Moments, Moments]":
    """Return when each sprint starts and ends, in UTC: by its moments, else by its days, the last one included."""
    bounds = []
    for moment, day, extra in (("startDateTime", "startDate", 0), ("endDateTime", "endDate", 1)):
        if moment not in sprints.columns and day not in sprints.columns:
            raise BadOption(f"the frame of sprints has neither {moment} nor {day}", hint="Pass t.sprints(board).")
        found = as_utc(sprints[moment]) if moment in sprints.columns else np.full(len(sprints), NAT)
        if day in sprints.columns:
            days: NDArray[Any] = sprints[day].to_numpy(dtype="datetime64[us]") + np.timedelta64(extra, "D")
            found = np.where(np.isnat(found), local_midnights(days, basis.tz), found)
        bounds.append(found)
    return bounds[0], bounds[1]


def _sprint_bounds(basis: Basis, sprints: pd.DataFrame) -> "tuple[Moments, Moments, Moments]":
    starts, ends = sprint_bounds(basis, sprints)
    known = ~(np.isnat(starts) | np.isnat(ends))
    starts, ends = starts[known], ends[known]
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], ends[order]
    days = local_times(starts, basis.tz).astype("datetime64[D]").astype("datetime64[us]")
    return days, starts, ends


def period_frame(periods: Periods, groups: pd.DataFrame) -> pd.DataFrame:
    """Return the columns `period` and those of the groups: each period with every group."""
    result = pd.DataFrame({"period": np.repeat(periods.first_days, len(groups))})
    tiled = np.tile(np.arange(len(groups)), len(periods))
    for name in groups.columns:
        result[name] = groups[name].array[tiled]
    return result


def stock(
    instants: "Moments", spans: "tuple[Moments, Moments]", group: "Codes", groups: int, weights: Any = None
) -> "NDArray[np.float64]":
    """Return how many spans (begins, ends; NaT: not yet) run at each instant, one column per group.

    A span runs at an instant if it began before it and had not ended before it. With weights it is their sum.
    """
    begun, ended = spans
    shape = (len(instants) + 1, groups)
    change = np.zeros(shape)
    known = ~np.isnat(begun)
    value = np.ones(len(begun)) if weights is None else weights
    for moments, sign in ((begun, 1.0), (ended, -1.0)):
        chosen = known & ~np.isnat(moments)
        # The first instant after the moment.
        row = np.searchsorted(instants, moments[chosen], side="right")
        flat = row * groups + group[chosen]
        change += sign * np.bincount(flat, weights=value[chosen], minlength=change.size).reshape(shape)
    return np.cumsum(change, axis=0)[:-1]
