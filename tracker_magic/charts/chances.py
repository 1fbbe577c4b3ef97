"""Forecasts: by when, or how many, with what chance, and how often such answers came true before."""

from typing import Final, Unpack

import numpy as np
import pandas as pd

from tracker_magic.charts.canvas import SMALL_SIZE, Canvas, date_limits
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import check_columns, dates, flow_facts, now_of
from tracker_magic.charts.style import Look, count_text, listed, number_text, share_text

_USUAL: Final = 85
_WINDOWS: Final = 12


def forecast(result: pd.DataFrame, **look: Unpack[Look]) -> Chart:
    """Draw the answers of `flow.forecast_when` or `flow.forecast_how_many`, one bar for each chance, with `held`.

    Raises WrongFrame.
    """
    when = isinstance(result, pd.DataFrame) and "date" in result.columns
    call = "charts.forecast(flow.forecast_when(…)) or charts.forecast(flow.forecast_how_many(…))"
    frame = check_columns(result, ("chance", "days" if when else "count", "held"), call).sort_values("chance")
    title = "When will it be done?" if when else "How many will be done?"
    canvas = Canvas(frame, title, look, height=170 + 40 * max(len(frame), 1))
    if not len(frame):
        return canvas.show_nothing("No forecast")
    lengths = _draw_dates(canvas, frame) if when else _draw_counts(canvas, frame)
    axes, theme = canvas.axes, canvas.theme
    places = np.arange(len(frame))
    axes.set_yticks(places, [f"{chance} %" for chance in frame["chance"]])
    axes.set_ylabel("chance")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=theme.grid, linewidth=0.7)
    for place, text, (left, right), held in zip(places, _answers(frame), lengths, frame["held"], strict=True):
        axes.annotate(
            listed([text, _record(held)]),
            (right, place),
            (6, 0),
            textcoords="offset points",
            va="center",
            size=SMALL_SIZE,
            color=theme.ink,
        )
        canvas.mark_box((left, place - 0.3, right, place + 0.3), listed([text, _record(held)]))
    return canvas.finish(_caption(frame, when=when))


def _draw_dates(canvas: Canvas, frame: pd.DataFrame) -> list[tuple[float, float]]:
    ends = dates(frame["date"])
    now = now_of(frame)
    start = dates(pd.DatetimeIndex([now]))[0] if now is not None else float((ends - frame["days"].to_numpy()).min())
    axes = canvas.axes
    axes.barh(range(len(frame)), ends - start, 0.6, start, color=_colours(canvas, frame))
    canvas.date_axis()
    date_limits(axes, [start], ends)
    axes.set_xlim(start, start + 1.95 * max(float((ends - start).max()), 1))
    axes.set_xlabel("done by the end of")
    return [(start, end) for end in ends]


def _draw_counts(canvas: Canvas, frame: pd.DataFrame) -> list[tuple[float, float]]:
    counts = frame["count"].to_numpy(dtype=float)
    canvas.axes.barh(range(len(frame)), counts, 0.6, color=_colours(canvas, frame))
    canvas.axes.set_xlim(0, 1.95 * max(float(counts.max()), 1))
    canvas.axes.set_xlabel("at least this many items")
    canvas.numbers_below(whole=True)
    return [(0.0, count) for count in counts]


def _colours(canvas: Canvas, frame: pd.DataFrame) -> list[str]:
    """The usual promise stands out."""
    theme = canvas.theme
    return [theme.series[0] if chance == _USUAL else theme.series[4] for chance in frame["chance"]]


def _answers(frame: pd.DataFrame) -> list[str]:
    if "date" not in frame.columns:
        return [f"at least {count_text(int(count), 'item')}" for count in frame["count"]]
    rows = zip(frame["date"], frame["days"], strict=True)
    return [f"by {date:%Y-%m-%d} ({count_text(int(days), 'day')})" for date, days in rows]


def _record(held: float) -> str:
    return (
        "no record: the history is too short" if np.isnan(held) else f"came true in {share_text(held)} of past windows"
    )


def _caption(frame: pd.DataFrame, *, when: bool) -> str:
    usual = frame.iloc[(frame["chance"] - _USUAL).abs().argmin()]
    answer = f"{usual['date']:%Y-%m-%d}" if when else f"at least {number_text(float(usual['count']))}"
    parts = [f"with a chance of {int(usual['chance'])} %: {answer}"]
    if np.isfinite(usual["held"]):
        windows = flow_facts(frame).get("windows")
        number = count_text(windows, "past window") if windows else f"up to {_WINDOWS} past windows"
        parts.append(f"such answers came true in {share_text(usual['held'])} of {number}")
        if usual["held"] < usual["chance"] / 100 - 0.1:
            parts.append("less often than promised: take a higher chance")
    return listed(parts)
