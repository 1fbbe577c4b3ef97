"""Cumulative flow: how many issues have come into each stage, one band a stage."""

from typing import Final, Unpack

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from tracker_magic.charts.canvas import Canvas, date_limits
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import check_columns, dates
from tracker_magic.charts.style import Look, listed, number_text, shorten

_MOST_OF_THE_HEIGHT: Final = 0.5  # finished before the first day; more would press the bands together


def cumulative_flow(result: pd.DataFrame, **look: Unpack[Look]) -> Chart:
    """Draw one band for each stage, the last stage at the bottom; the height of a band is what is in the stage.

    What was in the last stage on the first day is left out if it would be most of the picture; the axis says so.
    Raises WrongFrame if it is not the frame of `flow.cumulative_flow`.
    """
    columns = ("period", "stage", "position", "inside")
    frame = check_columns(result, columns, "charts.cumulative_flow(flow.cumulative_flow(…))")
    canvas = Canvas(frame, "Cumulative flow", look, height=420)
    if not len(frame):
        return canvas.show_nothing("No issues")
    stages = list(frame.groupby("stage")["position"].first().sort_values().index)
    inside = frame.pivot_table("inside", "period", "stage", "sum", fill_value=0)[stages]
    left_out = _left_out(inside)
    heights = inside.to_numpy(dtype=float, copy=True)
    heights[:, -1] -= left_out
    x = dates(pd.DatetimeIndex(inside.index))
    colours = _colours(len(stages), 0.18 if look.get("theme", "light") == "light" else 0.4)
    canvas.axes.stackplot(
        x, *heights[:, ::-1].T, colors=colours[::-1], labels=stages[::-1], linewidth=0.4, edgecolor=canvas.theme.paper
    )
    if len(x) == 1:  # an area of one day has no width
        canvas.axes.bar(
            [x[0]] * len(stages), heights[0, ::-1], 1, np.cumsum([0, *heights[0, :0:-1]]), color=colours[::-1]
        )
    canvas.axes.set_ylabel(
        f"issues, less {number_text(left_out)} of {shorten(stages[-1], 20)}" if left_out else "issues"
    )
    _label_bands(canvas, inside, heights)
    _mark_periods(canvas, inside, x, float(heights.sum(axis=1).max()))
    canvas.whole_numbers()
    canvas.date_axis()
    if len(x) > 1:
        canvas.axes.set_xlim(x[0], x[-1])
    else:
        date_limits(canvas.axes, x)
    return canvas.finish(_caption(inside, left_out, stages[-1]))


def _left_out(inside: pd.DataFrame) -> int:
    last = inside.iloc[:, -1].to_numpy(dtype=np.int64)
    most = int(inside.to_numpy(dtype=np.int64).sum(axis=1).max())
    return int(last[0]) if last[0] > _MOST_OF_THE_HEIGHT * most and last.min() >= last[0] else 0


def _colours(count: int, darkest: float) -> list[str]:
    """Colours from yellow (the first stage) to dark blue (the last): in order also for colour-blind readers."""
    cividis = mpl.colormaps["cividis"]
    return [to_hex(cividis(share)) for share in np.linspace(0.95, darkest, count)]


def _label_bands(canvas: Canvas, inside: pd.DataFrame, heights: "np.ndarray") -> None:
    canvas.axes.set_ylim(0, max(1.03 * float(heights.sum(axis=1).max()), 1))
    last = heights[-1]
    tops = np.cumsum(last[::-1])[::-1]
    texts = [f"{shorten(stage, 22)}: {number_text(count)}" for stage, count in inside.iloc[-1].items()]
    canvas.label_right(list(tops - last / 2), texts, [canvas.theme.ink] * len(texts))


def _mark_periods(canvas: Canvas, inside: pd.DataFrame, x: "np.ndarray", top: float) -> None:
    step = max(1, -(-len(x) // 120))
    for row in range(len(x) - 1, -1, -step):
        counts = [f"{shorten(stage, 20)} {number_text(count)}" for stage, count in inside.iloc[row].items()]
        canvas.mark_box(
            (x[max(row - step, 0)], 0, x[row], max(top, 1)), listed([f"{inside.index[row]:%Y-%m-%d}", *counts])
        )


def _caption(inside: pd.DataFrame, left_out: int, last: str) -> str:
    first, now = inside.iloc[0], inside.iloc[-1]
    done = int(now.iloc[-1] - first.iloc[-1])
    parts = [f"since {inside.index[0]:%Y-%m-%d} {shorten(last, 20)} grew by {number_text(done)}"]
    open_now, open_then = int(now.iloc[:-1].sum()), int(first.iloc[:-1].sum())
    ends = f"{number_text(open_then)} on the first day, {number_text(open_now)} on the last"
    parts.append(f"in the stages before: {ends}")
    if left_out:
        parts.append(f"the axis leaves out the {number_text(left_out)} of the first day")
    return listed(parts)
