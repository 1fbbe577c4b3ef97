"""Process behaviour charts (XmR): which values of a series are news, and which are the noise of the process."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker_magic.charts.canvas import MANY, MOST_MARKS, Canvas, date_limits
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.departures import read_periods
from tracker_magic.charts.frame import Floats, check_columns, column_or, dates
from tracker_magic.charts.style import Look, count_text, listed, number_text
from tracker_magic.errors import BadOption, NotEnoughData

Baseline = int | tuple[Any, Any]

_LIMIT: Final = 2.66  # of the mean moving range: Wheeler's constants for single values and for ranges
_RANGE_LIMIT: Final = 3.268
_RUN: Final = 8
_FEWEST: Final = 2
_FEW: Final = 10
_VALUES: Final = ("count", "wip", "arrived", "days", "hours", "efficiency", "mean")
_SUMS: Final = ("count", "value", "wip", "arrived", "finished", "net", "hours", "entries", "issues")
_NAMES: Final = {
    "count": "finished items",
    "wip": "work in progress",
    "arrived": "arrived",
    "days": "days",
    "hours": "hours",
}


@dataclass(frozen=True, slots=True)
class Series:
    """Values in the order of their moments; how each is called, and its issue."""

    x: Floats
    y: Floats
    names: Sequence[str]
    keys: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """The natural limits of a process, computed from its baseline."""

    mean: float
    low: float
    high: float
    mean_range: float
    range_high: float


def behaviour(
    result: pd.DataFrame,
    *,
    value: str | None = None,
    baseline: Baseline | None = None,
    **look: Unpack[Look],
) -> Chart:
    """Draw a series as an XmR chart: the values with natural limits, and below how far each is from the one before.

    `result`: any frame with `period` (its incomplete periods are left out), or items, in the order of their finish.
    `value`: its number column (None: count, wip, arrived, days …). `baseline`: from what the limits are computed, the
    first N values or (since, until), half-open (None: all values). Marked are values outside the limits, and eight or
    more in a row on one side of the mean. Raises WrongFrame, BadOption, NotEnoughData (a baseline of one value).
    """
    frame = check_columns(result, (), "charts.behaviour(flow.throughput(…))")
    column = value or next((name for name in _VALUES if name in frame.columns), "count")
    moment = "period" if "period" in frame.columns else "finished"
    frame = check_columns(frame, (moment, column), 'charts.behaviour(flow.throughput(…), value="count")')
    points, left_out = _points(frame, moment, column)
    name = _name(frame, column)
    canvas = Canvas(frame, f"Process behaviour: {name}", look, height=460, rows=(2.2, 1))
    if len(points) < _FEWEST:
        return canvas.show_nothing("Fewer than two values: limits need at least two" if len(points) else "No values")
    values = points[column].to_numpy(dtype=float)
    x, days = _places(frame, points, moment, column)
    series = Series(x, values, days, column_or(points, "key"))
    chosen = _in_baseline(points[moment], baseline)
    limits = natural_limits(values, chosen)
    signals = find_signals(values, limits)
    _draw_values(canvas, series, limits, signals)
    _draw_ranges(canvas, x, values, limits)
    _shade_baseline(canvas, x, chosen)
    canvas.axes.set_ylabel(name)
    canvas.date_axis()
    date_limits(canvas.axes, x)
    return canvas.finish(_caption(limits, signals, chosen, left_out))


def natural_limits(values: Floats, baseline: NDArray[np.bool_]) -> Limits:
    """Return mean ± 2.66 mean moving ranges of the baseline. Raises NotEnoughData for fewer than two values."""
    known = values[baseline]
    if len(known) < _FEWEST:
        raise NotEnoughData(
            f"the baseline has {count_text(len(known), 'value')}; limits need at least two",
            hint="Take a longer baseline=, or a shorter period= in flow.",
        )
    mean, mean_range = float(known.mean()), float(np.abs(np.diff(known)).mean())
    low = mean - _LIMIT * mean_range
    # Counts and durations are never negative.
    return Limits(
        mean,
        max(low, 0.0) if values.min() >= 0 else low,
        mean + _LIMIT * mean_range,
        mean_range,
        _RANGE_LIMIT * mean_range,
    )


def find_signals(values: Floats, limits: Limits) -> NDArray[np.bool_]:
    """Return which values are outside the limits, or in a run of eight or more on one side of the mean."""
    signals = (values > limits.high) | (values < limits.low)
    side = np.sign(values - limits.mean)
    ends = np.flatnonzero(np.diff(side, append=np.nan))
    start = 0
    for end in ends + 1:
        if end - start >= _RUN and side[start] != 0:
            signals[start:end] = True
        start = int(end)
    return signals


def _points(frame: pd.DataFrame, moment: str, column: str) -> tuple[pd.DataFrame, int]:
    known = frame[frame[moment].notna() & frame[column].notna()]
    if moment == "period" and column not in _SUMS and known["period"].duplicated().any():
        raise BadOption(f"a period has several rows of {column}", hint="Take one group of them, or no by= in flow.")
    if moment == "period":
        complete = known[known["complete"].astype(bool)] if "complete" in known.columns else known
        summed = complete.groupby("period", as_index=False)[[column]].sum()
        return summed, known["period"].nunique() - len(summed)
    return known.sort_values(moment, kind="stable"), 0


def _places(frame: pd.DataFrame, points: pd.DataFrame, moment: str, column: str) -> tuple[Floats, list[str]]:
    """Return where values are drawn, and what that is called; a stock is that of the end of its period."""
    x, before = dates(points[moment]), "from " if moment == "period" else ""
    if moment == "period" and column == "wip":
        periods = read_periods(frame)  # all of them: the next one begins where one ends
        x, before = periods.ends[np.isin(periods.starts, x)], "at the end of the period from "
    return x, [f"{before}{each:%Y-%m-%d}" for each in points[moment]]


def _in_baseline(moments: "pd.Series[Any]", baseline: Baseline | None) -> NDArray[np.bool_]:
    if baseline is None:
        return np.ones(len(moments), dtype=bool)
    if isinstance(baseline, int):
        return np.arange(len(moments)) < baseline
    try:
        since, until = (None if edge is None else pd.Timestamp(edge) for edge in baseline)
    except (TypeError, ValueError):
        raise BadOption(
            f"baseline cannot be {baseline!r}", hint='For example 20, or ("2026-01-01", "2026-07-01").'
        ) from None
    days = dates(moments)
    inside = np.ones(len(days), dtype=bool)
    for edge, is_start in ((since, True), (until, False)):
        if edge is not None:
            at = dates(pd.DatetimeIndex([edge]))[0]
            inside &= days >= at if is_start else days < at
    return inside


def _draw_values(canvas: Canvas, series: Series, limits: Limits, signals: NDArray[np.bool_]) -> None:
    axes, theme, x, values = canvas.axes, canvas.theme, series.x, series.y
    many = len(values) > MANY
    if not many:
        axes.plot(x, values, color=theme.series[0], linewidth=1, alpha=0.6, zorder=3)
    size = float(np.clip(900 / np.sqrt(len(values)), 5, 26))
    for chosen, colour, marker in ((~signals, theme.series[0], "o"), (signals, theme.warning, "D")):
        if chosen.any():
            axes.scatter(
                x[chosen], values[chosen], s=size, color=colour, marker=marker, zorder=4, linewidths=0, rasterized=many
            )
    canvas.line_across(limits.mean, theme.ink, "-")
    for limit in (limits.low, limits.high):
        canvas.line_across(limit, theme.warning)
    room = 0.08 * (max(float(values.max()), limits.high) - min(float(values.min()), limits.low) or 1)
    axes.set_ylim(min(float(values.min()), limits.low) - room, max(float(values.max()), limits.high) + room)
    texts = [f"{name} {number_text(round(height, 1))}" for name, height in _named(limits)]
    canvas.label_right([height for _, height in _named(limits)], texts, [theme.muted, theme.ink, theme.muted])
    _mark_values(canvas, series, limits, signals)


def _mark_values(canvas: Canvas, series: Series, limits: Limits, signals: NDArray[np.bool_]) -> None:
    """Let the mouse find the values, signals and those far from the mean first."""
    far = np.abs(series.y - limits.mean)
    for row in np.lexsort((-far, ~signals))[:MOST_MARKS]:
        note = "outside the limits, or part of a run" if signals[row] else ""
        key, number = series.keys[row], number_text(round(series.y[row], 2))
        canvas.mark(series.x[row], series.y[row], listed([key or "", series.names[row], number, note]), key)


def _named(limits: Limits) -> Sequence[tuple[str, float]]:
    return (("lower limit", limits.low), ("mean", limits.mean), ("upper limit", limits.high))


def _draw_ranges(canvas: Canvas, x: Floats, values: Floats, limits: Limits) -> None:
    axes, theme = canvas.all_axes[1], canvas.theme
    ranges = np.abs(np.diff(values))
    axes.plot(x[1:], ranges, color=theme.muted, linewidth=1, rasterized=len(x) > MANY)
    axes.axhline(limits.mean_range, color=theme.ink, linewidth=1)
    axes.axhline(limits.range_high, color=theme.warning, linewidth=1, linestyle="--")
    axes.set_ylabel("change from\nthe previous one")
    axes.set_ylim(bottom=0)


def _shade_baseline(canvas: Canvas, x: Floats, chosen: NDArray[np.bool_]) -> None:
    if not chosen.all():
        inside = x[chosen]
        canvas.axes.axvspan(inside[0], inside[-1], color=canvas.theme.series[4], alpha=0.13, linewidth=0, zorder=0)


def _caption(limits: Limits, signals: NDArray[np.bool_], chosen: NDArray[np.bool_], left_out: int) -> str:
    base = "all values" if chosen.all() else f"the shaded {count_text(int(chosen.sum()), 'value')}"
    few = f"fewer than {_FEW} say little" if chosen.sum() < _FEW else ""
    news = (
        count_text(int(signals.sum()), "value")
        + " marked: outside the limits, or 8 or more in a row on one side of the mean"
    )
    parts = [
        f"natural limits {number_text(round(limits.low, 1))} to {number_text(round(limits.high, 1))} from {base}",
        news if signals.any() else "nothing but noise: no value is outside, and no run of 8 on one side",
        few,
        f"{count_text(left_out, 'incomplete period')} left out" if left_out else "",
    ]
    return listed(parts)


def _name(frame: pd.DataFrame, column: str) -> str:
    """Return what the values are called; without items, `wip` also counts issues that nobody has started."""
    if column == "wip" and frame.attrs.get("flow", {}).get("from_creation"):
        return "open issues"
    return _NAMES.get(column, column)
