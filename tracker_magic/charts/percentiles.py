"""Service levels: percentiles of cycle time by period or group, and the share that met the expectation."""

import re
from typing import Final, Unpack

import numpy as np
import pandas as pd

from tracker_magic.charts.canvas import SMALL_SIZE, Canvas, date_limits
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.departures import read_periods
from tracker_magic.charts.frame import check_columns, flow_facts, group_columns, group_names, sle_of
from tracker_magic.charts.style import Look, count_text, days_text, listed, share_text, shorten

_FEW: Final = 20
_MOST_ROWS: Final = 40
_USUAL: Final = "p85"


def service_level(result: pd.DataFrame, *, sle: tuple[float, float] | None = None, **look: Unpack[Look]) -> Chart:
    """Draw percentiles of `flow.service_level`: as lines by period, or as a bar for each group.

    Below it is how many items each period has; hollow points rest on fewer than 20. `sle`: (per cent, days) (None:
    that of the policy). Raises WrongFrame.
    """
    frame = check_columns(result, ("n",), "charts.service_level(flow.service_level(…))")
    names = [str(each) for each in frame.columns if re.fullmatch(r"p\d+(\.\d+)?", str(each))]
    check_columns(frame, () if names else ("p85",), "charts.service_level(flow.service_level(…))")
    expectation = sle_of(frame, sle)
    by = group_columns(frame, ("period", "n", "mean", "within", *names))
    if "period" in frame.columns and not by:
        return _by_period(frame, names, expectation, look)
    return _by_group(frame, names, by, expectation, look)


def _by_period(frame: pd.DataFrame, names: list[str], sle: tuple[float, float] | None, look: Look) -> Chart:
    canvas = Canvas(frame, "Service level", look, height=440, rows=(2.4, 1))
    if not len(frame):
        return canvas.show_nothing("No finished items")
    axes, theme, below = canvas.axes, canvas.theme, canvas.all_axes[1]
    periods = read_periods(frame)
    starts, widths = periods.starts, periods.widths
    middle, counts = starts + widths / 2, frame["n"].to_numpy(dtype=float)
    for number, name in enumerate(reversed(names)):
        heights = frame[name].to_numpy(dtype=float)
        colour = theme.series[number % len(theme.series)]
        axes.plot(
            middle, heights, color=colour, linewidth=2.2 if name == _USUAL else 1.3, label=f"{name[1:]} %", zorder=3
        )
        for chosen, fill in ((counts >= _FEW, colour), (counts < _FEW, theme.paper)):
            axes.scatter(middle[chosen], heights[chosen], s=26, color=fill, edgecolors=colour, zorder=4)
    if sle:
        canvas.line_across(sle[1], theme.warning)
        canvas.label_right([sle[1]], [f"SLE {sle[0]:.0f} %:\n{days_text(sle[1])}"], [theme.warning])
    below.bar(starts, counts, 0.88 * widths, align="edge", color=theme.series[6])
    below.set_ylabel("items")
    axes.set_ylabel(_label(frame))
    axes.set_ylim(bottom=0)
    canvas.whole_numbers(below)
    canvas.legend()
    for row in range(len(frame) - 1, -1, -1):
        canvas.mark_box((starts[row], 0, starts[row] + widths[row], axes.get_ylim()[1]), _facts(frame, row, names))
    canvas.date_axis()
    date_limits(axes, [starts[0]], starts + widths)
    return canvas.finish(_caption(frame))


def _by_group(
    frame: pd.DataFrame, names: list[str], by: list[str], sle: tuple[float, float] | None, look: Look
) -> Chart:
    columns = [name for name in ("period", *by) if name in frame.columns]
    shown = frame.sort_values("n", ascending=False, kind="stable").head(_MOST_ROWS)
    labels = list(group_names(shown, columns)) if columns else ["all items"] * len(shown)
    canvas = Canvas(frame, "Service level", look, height=160 + 30 * max(len(shown), 2))
    if not len(shown):
        return canvas.show_nothing("No finished items")
    axes, theme = canvas.axes, canvas.theme
    places = np.arange(len(shown))
    values = shown[names].to_numpy(dtype=float)
    axes.hlines(places, values.min(axis=1), values.max(axis=1), color=theme.grid, linewidth=6)
    for number, name in enumerate(reversed(names)):
        colour = theme.series[number % len(theme.series)]
        axes.scatter(shown[name], places, s=44, color=colour, label=f"{name[1:]} %", zorder=4)
    if sle:
        axes.axvline(sle[1], color=theme.warning, linestyle="--", linewidth=1.2)
        text = f" SLE {sle[0]:.0f} %: {days_text(sle[1])}"
        axes.text(sle[1], 1, text, transform=axes.get_xaxis_transform(), size=SMALL_SIZE, color=theme.warning, va="top")
    axes.set_yticks(places, [f"{shorten(label)} ({count:,})" for label, count in zip(labels, shown["n"], strict=True)])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, 1.05 * float(np.nanmax([*values.ravel(), sle[1] if sle else 0.1])))
    axes.set_xlabel(_label(frame))
    canvas.numbers_below()
    canvas.legend()
    for row, label in enumerate(labels):
        text = listed([label, _facts(shown, row, names)])
        canvas.mark_box((0, row - 0.4, axes.get_xlim()[1], row + 0.4), text)
    return canvas.finish(_caption(frame))


def _label(frame: pd.DataFrame) -> str:
    return f"days from {'creation' if flow_facts(frame).get('from_creation') else 'start'} to finish"


def _facts(frame: pd.DataFrame, row: int, names: list[str]) -> str:
    values = frame.iloc[row]
    period = f"from {values['period']:%Y-%m-%d}" if "period" in frame.columns else ""
    shares = [f"{name[1:]} %: {days_text(float(values[name]))}" for name in names if pd.notna(values[name])]
    within = values.get("within")
    met = f"{share_text(float(within))} met the SLE" if within is not None and pd.notna(within) else ""
    return listed([period, count_text(int(values["n"]), "item"), *shares, met])


def _caption(frame: pd.DataFrame) -> str:
    few = int((frame["n"] < _FEW).sum())
    parts = [count_text(int(frame["n"].sum()), "item")]
    if "within" in frame.columns and frame["n"].sum():
        share = float((frame["within"].fillna(0) * frame["n"]).sum() / frame["n"].sum())
        parts.append(f"{share_text(share)} of all met the SLE")
    if few:
        parts.append(f"{few} of {len(frame)} rest on fewer than {_FEW} items")
    return listed(parts)
