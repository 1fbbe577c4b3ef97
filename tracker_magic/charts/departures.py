"""Throughput, and arrivals against departures: bars by period, the running period hatched."""

from dataclasses import dataclass, replace
from typing import Final, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker_magic.charts.canvas import Canvas, date_limits
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import Floats, check_columns, dates, group_columns, group_names
from tracker_magic.charts.style import Look, count_text, listed, number_text, shorten

_MOST_GROUPS: Final = 6
_OTHERS: Final = "all others"
_FEW_POINTS: Final = 40  # between which a line has room for dots
_WEEK: Final = 7.0


@dataclass(frozen=True, slots=True)
class Periods:
    """The first day of each period, its length in days, and whether it is over."""

    starts: Floats
    widths: Floats
    complete: NDArray[np.bool_]

    @property
    def ends(self) -> Floats:
        """The day after each period."""
        return self.starts + self.widths


def throughput(result: pd.DataFrame, *, value: bool = False, **look: Unpack[Look]) -> Chart:
    """Draw what was finished in each period as bars; groups (`by`) are stacked, the running period is hatched.

    `value`: draw the added-up numbers in place of counts. A frame of `flow.arrivals` is drawn as `arrivals` does.
    Raises WrongFrame.
    """
    if isinstance(result, pd.DataFrame) and "arrived" in result.columns:
        return arrivals(result, **look)
    column = "value" if value else "count"
    frame = check_columns(result, ("period", column, "complete"), "charts.throughput(flow.throughput(…))")
    canvas = Canvas(frame, "Throughput", look, height=360)
    if not len(frame):
        return canvas.show_nothing("No periods")
    table = _by_group(frame, column)
    periods = read_periods(frame)
    bottom = np.zeros(len(table))
    for number, name in enumerate(table.columns):
        heights = table[name].to_numpy(dtype=float)
        _draw_bars(canvas, periods, heights, number, label=shorten(name), bottom=bottom)
        bottom = bottom + heights
    unit = "added-up value" if value else "finished items"
    canvas.axes.set_ylabel(unit)
    _label_axes(canvas, periods)
    if len(table.columns) > 1:
        canvas.legend()
        table.insert(0, "all", bottom)
    else:
        table = table.set_axis([unit], axis=1)
    _mark_periods(canvas, table, periods)
    return canvas.finish(_draw_mean(canvas, bottom, periods, unit))


def arrivals(result: pd.DataFrame, **look: Unpack[Look]) -> Chart:
    """Draw what arrived and what was finished in each period side by side, and below what is unfinished at its end.

    Raises WrongFrame if it is not the frame of `flow.arrivals`.
    """
    columns = ("period", "arrived", "finished", "wip", "complete")
    frame = check_columns(result, columns, "charts.arrivals(flow.arrivals(…))")
    canvas = Canvas(frame, "Arrivals and departures", look, height=440, rows=(2, 1))
    if not len(frame):
        return canvas.show_nothing("No periods")
    table = frame.groupby("period")[["arrived", "finished", "wip"]].sum()
    periods = read_periods(frame)
    half = replace(periods, widths=periods.widths / 2)
    second = replace(half, starts=periods.starts + 0.9 * half.widths)
    _draw_bars(canvas, half, table["arrived"].to_numpy(dtype=float), 1, label="arrived")
    _draw_bars(canvas, second, table["finished"].to_numpy(dtype=float), 0, label="finished")
    canvas.legend()
    canvas.axes.set_ylabel("issues")
    below = canvas.all_axes[1]
    marker = "o" if len(table) < _FEW_POINTS else None
    below.plot(periods.ends, table["wip"], color=canvas.theme.ink, linewidth=1.5, marker=marker, ms=3)
    below.set_ylabel("unfinished\nat the end")
    canvas.whole_numbers(below)
    _label_axes(canvas, periods)
    _mark_periods(canvas, table.rename(columns={"wip": "unfinished at the end"}), periods)
    rows = table[periods.complete]
    total = f"{count_text(int(rows['arrived'].sum()), 'issue')} arrived, {number_text(int(rows['finished'].sum()))}"
    change = int(rows["arrived"].sum() - rows["finished"].sum())
    caption = listed([f"{total} were finished in complete periods", f"unfinished ones changed by {change:+,}"])
    return canvas.finish(caption)


def read_periods(frame: pd.DataFrame) -> Periods:
    """Return the periods of a frame, each once; the last is as long as those before."""
    known = frame.groupby("period")["complete"].all() if "complete" in frame.columns else None
    days = pd.DatetimeIndex(frame["period"].unique() if known is None else known.index)
    complete = np.ones(len(days), dtype=bool) if known is None else known.to_numpy(dtype=bool)
    starts = dates(days)
    lengths = np.diff(starts)
    last = float(np.median(lengths)) if len(lengths) else _WEEK
    return Periods(starts, np.append(lengths, last), complete)


def _draw_bars(
    canvas: Canvas, periods: Periods, heights: Floats, number: int, *, label: str, bottom: Floats | None = None
) -> None:
    """Draw bars from each start on in the colour of this number; those of incomplete periods are hatched."""
    base = np.zeros(len(heights)) if bottom is None else bottom
    colour = canvas.theme.series[number % len(canvas.theme.series)]
    solid = {"color": colour}
    hatched = {"facecolor": "none", "edgecolor": colour, "hatch": "////", "linewidth": 0.8}
    for chosen, style in ((periods.complete, solid), (~periods.complete, hatched)):
        if chosen.any():
            starts, widths = periods.starts[chosen], 0.88 * periods.widths[chosen]
            canvas.axes.bar(starts, heights[chosen], widths, base[chosen], align="edge", zorder=2, label=label, **style)
            label = ""  # once in the legend


def _by_group(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The values of each group by period, the largest group first and the small ones as one."""
    by = group_columns(frame, ("period", "count", "value", "complete"))
    if not by:
        return frame.groupby("period")[[column]].sum()
    names = group_names(frame, by)
    order = frame[column].groupby(names).sum().sort_values(ascending=False, kind="stable").index
    large = list(order[:_MOST_GROUPS])
    named = names.where(names.isin(large), _OTHERS)
    table = frame.assign(group=named).pivot_table(column, "period", "group", "sum", fill_value=0)
    return table[[name for name in [*large, _OTHERS] if name in table.columns]]


def _mark_periods(canvas: Canvas, table: pd.DataFrame, periods: Periods) -> None:
    top = canvas.axes.get_ylim()[1]
    for row in range(len(table) - 1, -1, -1):
        counts = [f"{shorten(name, 24)} {number_text(value)}" for name, value in table.iloc[row].items()]
        running = "" if periods.complete[row] else "this period is not complete"
        text = listed([f"from {table.index[row]:%Y-%m-%d}", *counts, running])
        canvas.mark_box((periods.starts[row], 0, periods.ends[row], top), text)


def _draw_mean(canvas: Canvas, totals: Floats, periods: Periods, unit: str) -> str:
    """Draw the mean of the complete periods, and return the caption."""
    complete = periods.complete
    hatched = "" if complete.all() else "hatched: the period is not complete"
    if not complete.any():
        return hatched
    mean = float(totals[complete].mean())
    canvas.line_across(mean, canvas.theme.ink)
    canvas.label_right([mean], [f"mean {number_text(round(mean, 1))}"], [canvas.theme.ink])
    number = count_text(int(complete.sum()), "complete period")
    return listed([f"{number_text(float(totals[complete].sum()))} {unit} in {number}", hatched])


def _label_axes(canvas: Canvas, periods: Periods) -> None:
    canvas.whole_numbers()
    canvas.date_axis()
    date_limits(canvas.axes, periods.starts[:1], periods.ends)
