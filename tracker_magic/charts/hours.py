"""Work logged: hours of each person (or other group) by period, as a heat map."""

from collections.abc import Sequence
from typing import Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb

from tracker_magic.charts.canvas import SMALL_SIZE, Canvas
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import Floats, check_columns, group_columns, group_names
from tracker_magic.charts.style import Look, listed, number_text, shorten

_MOST_ROWS: Final = 30
_MOST_NUMBERS: Final = 16  # columns in which a number fits into a cell
_MOST_TICKS: Final = 16


def worktime(result: pd.DataFrame, **look: Unpack[Look]) -> Chart:
    """Draw the hours of `flow.worktime`: a heat map by group and period, or bars if the frame has no periods.

    Raises WrongFrame.
    """
    frame = check_columns(result, ("hours",), "charts.worktime(flow.worktime(…))")
    by = group_columns(frame, ("period", "hours", "entries", "issues"))
    names = group_names(frame, by) if by else pd.Series(["all"] * len(frame), frame.index)
    totals = frame["hours"].groupby(names).sum().sort_values(ascending=False, kind="stable")
    large = list(totals.index[:_MOST_ROWS])
    rest = len(totals) - len(large)
    named = names.where(names.isin(large), f"{rest} others")
    rows = [*large, f"{rest} others"] if rest else large
    canvas = Canvas(frame, "Hours logged", look, height=150 + 26 * max(len(rows), 3))
    if not len(frame):
        return canvas.show_nothing("No hours logged")
    axes = canvas.axes
    axes.grid(visible=False)
    axes.set_yticks(range(len(rows)), [shorten(row, 24) for row in rows])
    if "period" in frame.columns:
        table = frame.assign(row=named).pivot_table("hours", "row", "period", "sum", fill_value=0.0).reindex(rows)
        _draw_cells(canvas, table)
    else:
        _draw_bars(canvas, frame["hours"].groupby(named).sum().reindex(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    total = f"{number_text(round(float(frame['hours'].sum()), 1))} hours"
    return canvas.finish(listed([total, "working hours: a day has 8"]))


def _draw_cells(canvas: Canvas, table: pd.DataFrame) -> None:
    axes, hours = canvas.axes, table.to_numpy(dtype=float)
    colours = _colours(canvas)
    most = max(float(hours[:_MOST_ROWS].max()), 0.1)  # without the row of all others
    count = hours.shape[1]
    axes.pcolormesh(
        np.arange(count + 1) - 0.5,
        np.arange(len(table) + 1) - 0.5,
        hours,
        cmap=colours,
        vmin=0,
        vmax=most,
        edgecolors=canvas.theme.paper,
        linewidth=1 if count <= 60 else 0,  # noqa: PLR2004 - lines would hide narrow cells
    )
    if count <= _MOST_NUMBERS:
        _write_numbers(canvas, hours, most, colours)
    step = max(1, -(-count // _MOST_TICKS))
    axes.set_xticks(range(0, count, step), [f"{day:%d.%m}\n{day:%Y}" for day in table.columns[::step]])
    axes.set_xlabel("first day of the period; the stronger the colour, the more hours")
    for row, column in sorted(np.ndindex(*hours.shape), key=lambda cell: -hours[cell]):
        if hours[row, column]:
            day = f"{table.columns[column]:%Y-%m-%d}"
            text = listed(
                [str(table.index[row]), f"from {day}", f"{number_text(round(float(hours[row, column]), 1))} hours"]
            )
            canvas.mark_box((column - 0.5, row - 0.5, column + 0.5, row + 0.5), text)


def _colours(canvas: Canvas) -> LinearSegmentedColormap:
    theme = canvas.theme
    return LinearSegmentedColormap.from_list("hours", [theme.bands[0], theme.series[4], theme.series[0]])


def _write_numbers(canvas: Canvas, hours: Floats, most: float, colours: Colormap) -> None:
    theme = canvas.theme
    for (row, column), value in np.ndenumerate(hours):
        if value:
            cell = _brightness(colours(float(value) / most))
            colour = max(theme.ink, theme.paper, key=lambda each: abs(_brightness(to_rgb(each)) - cell))
            canvas.axes.text(
                column,
                row,
                number_text(round(float(value), 1)),
                ha="center",
                va="center",
                size=SMALL_SIZE,
                color=colour,
            )


def _brightness(colour: Sequence[float]) -> float:
    """How bright a colour looks, 0…1."""
    red, green, blue = colour[:3]
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _draw_bars(canvas: Canvas, hours: "pd.Series[float]") -> None:
    axes, theme = canvas.axes, canvas.theme
    axes.barh(range(len(hours)), hours, 0.7, color=theme.series[0])
    axes.set_xlim(0, 1.15 * max(float(hours.max()), 0.1))
    axes.set_xlabel("hours")
    for row, (name, value) in enumerate(hours.items()):
        text = number_text(round(float(value), 1))
        axes.annotate(
            text, (value, row), (4, 0), textcoords="offset points", va="center", size=SMALL_SIZE, color=theme.ink
        )
        canvas.mark_box((0, row - 0.35, float(value), row + 0.35), listed([str(name), f"{text} hours"]))
