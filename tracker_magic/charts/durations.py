"""Cycle and lead times: each finished item by the day of its finish, or how many took how long."""

from collections.abc import Sequence
from typing import Final, Literal, Unpack

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap

from tracker_magic.charts.canvas import MANY, MOST_MARKS, SMALL_SIZE, Canvas, date_limits, is_skewed
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import Floats, check_columns, column_or, dates, flow_facts, sle_of
from tracker_magic.charts.style import Look, count_text, days_text, listed, number_text, share_text, shorten
from tracker_magic.errors import BadOption

_PERCENTILES: Final = (50, 70, 85, 95)
_TITLES: Final = {"lead_time": "Lead time", "cycle_time": "Cycle time"}
_FROM_CREATION: Final = "lead_time"
_SHORTEST: Final = 0.01  # days: about a quarter of an hour; a logarithmic axis has no zero
_FEW: Final = 20
_DENSE: Final = 10_000  # items from which single points are a smear
_BINS: Final = 40


def cycle_time(
    result: pd.DataFrame,
    *,
    kind: Literal["scatter", "histogram"] = "scatter",
    percentiles: Sequence[float] = _PERCENTILES,
    sle: tuple[float, float] | None = None,
    log: bool | None = None,
    **look: Unpack[Look],
) -> Chart:
    """Draw the finished items of `flow.cycle_time` or `flow.lead_time` with lines at percentiles and at the SLE.

    `kind`: "scatter" (by the day of the finish) or "histogram". `sle`: (per cent, days) (None: that of the policy).
    `log`: a logarithmic axis of durations (None: if it is needed). Raises WrongFrame, BadOption.
    """
    frame = check_columns(result, ("key", "finished", "days"), "charts.cycle_time(flow.cycle_time(…))")
    if kind not in {"scatter", "histogram"}:
        raise BadOption(f"kind cannot be {kind!r}", hint='It is "scatter" or "histogram".')
    title = _TITLES.get(str(flow_facts(frame).get("metric")), "Cycle time")
    items = frame[frame["finished"].notna() & frame["days"].notna()]
    canvas = Canvas(items, f"{title} of finished items", look)
    days = items["days"].to_numpy(dtype=float)
    if not len(items):
        return canvas.show_nothing(
            "No finished item was ever started" if frame["finished"].notna().any() else "No finished items"
        )
    lines = [(float(each), float(np.percentile(days, each))) for each in percentiles]
    expectation = sle_of(frame, sle)
    if kind == "scatter":
        _draw_points(canvas, items, days, lines, log=log)
        _label_lines(canvas, lines, expectation)
    else:
        _draw_histogram(canvas, days, lines, expectation, label=_label(items), log=log)
    caption = _caption(days, lines, expectation, dense=kind == "scatter" and len(days) > _DENSE)
    never = int(frame["finished"].notna().sum()) - len(items)
    return canvas.finish(listed([caption, f"without {number_text(never)} that never started" if never else ""]))


def _draw_points(
    canvas: Canvas, items: pd.DataFrame, days: Floats, lines: Sequence[tuple[float, float]], *, log: bool | None
) -> None:
    axes = canvas.axes
    logarithmic = is_skewed(days) if log is None else log
    drawn = np.maximum(days, _SHORTEST) if logarithmic else days
    x = dates(items["finished"])
    if len(days) > _DENSE:
        _draw_density(canvas, x, drawn, logarithmic=logarithmic)
    else:
        _draw_single(canvas, x, drawn, limit=dict(lines).get(85.0, np.inf))
    longest = np.argsort(-days, kind="stable")[:MOST_MARKS]
    few = items.iloc[longest]
    started = few["started"] if "started" in few.columns else few["finished"]
    rows = zip(few["key"], x[longest], days[longest], drawn[longest], column_or(few, "summary"), started, strict=True)
    for key, at, took, height, summary, start in rows:
        begun = f"started {start:%Y-%m-%d}" if "started" in few.columns and pd.notna(start) else ""
        short = shorten(summary, 60) if isinstance(summary, str) else ""
        canvas.mark(at, height, listed([str(key), days_text(took), begun, short]), key)
    canvas.duration_axis(_label(items), logarithmic=logarithmic)
    axes.set_xlabel("finished on")
    canvas.date_axis()
    date_limits(axes, x)
    if not logarithmic:
        axes.set_ylim(0, max(1.06 * float(days.max()), 0.1))


def _label(items: pd.DataFrame) -> str:
    from_creation = flow_facts(items).get("metric") == _FROM_CREATION
    return "days from creation to finish" if from_creation else "days from start to finish"


def _draw_single(canvas: Canvas, x: Floats, days: Floats, limit: float) -> None:
    """Draw one point for each item, those beyond the limit in another colour."""
    theme = canvas.theme
    alpha = float(np.clip(18 / np.sqrt(len(days)), 0.3, 0.85))
    size = float(np.clip(900 / np.sqrt(len(days)), 7, 34))
    for chosen, colour in ((days <= limit, theme.series[0]), (days > limit, theme.warning)):
        if chosen.any():
            canvas.axes.scatter(
                x[chosen],
                days[chosen],
                s=size,
                color=colour,
                alpha=alpha,
                linewidths=0,
                zorder=4,
                rasterized=len(days) > MANY,
            )


def _draw_density(canvas: Canvas, x: Floats, days: Floats, *, logarithmic: bool) -> None:
    """Draw how many items there are where, and the longest as points."""
    theme = canvas.theme
    colours = LinearSegmentedColormap.from_list("items", [theme.bands[0], theme.series[4], theme.series[0]])
    scale: Literal["log", "linear"] = "log" if logarithmic else "linear"
    canvas.axes.hexbin(
        x, days, gridsize=(70, 28), bins="log", mincnt=1, yscale=scale, cmap=colours, linewidths=0.2, zorder=2
    )
    longest = np.argsort(-days, kind="stable")[:MOST_MARKS]
    canvas.axes.scatter(x[longest], days[longest], s=9, color=theme.warning, linewidths=0, zorder=4)


def _label_lines(canvas: Canvas, lines: Sequence[tuple[float, float]], sle: tuple[float, float] | None) -> None:
    theme = canvas.theme
    heights, texts, colours = [], [], []
    for share, height in lines:
        canvas.line_across(height, theme.ink if share == 85 else theme.muted, width=1.3 if share == 85 else 0.9)  # noqa: PLR2004
        heights.append(height)
        texts.append(f"{number_text(share)} %: {days_text(height)}")
        colours.append(theme.ink)
    if sle:
        canvas.line_across(sle[1], theme.warning, "-", 1.4)
        heights.append(sle[1])
        texts.append(f"SLE {number_text(sle[0])} %: {days_text(sle[1])}")
        colours.append(theme.warning)
        low, high = canvas.axes.get_ylim()
        canvas.axes.set_ylim(low, max(high, 1.1 * sle[1]))
    low = canvas.axes.get_ylim()[0]
    canvas.label_right([max(each, low, _SHORTEST) for each in heights], texts, colours)


def _draw_histogram(
    canvas: Canvas,
    days: Floats,
    lines: Sequence[tuple[float, float]],
    sle: tuple[float, float] | None,
    *,
    label: str,
    log: bool | None,
) -> None:
    axes, theme = canvas.axes, canvas.theme
    logarithmic = is_skewed(days) if log is None else log
    edges = _edges(days, logarithmic=logarithmic)
    counts, edges = np.histogram(np.maximum(days, edges[0]), edges)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=theme.series[0], edgecolor=theme.paper)
    for count, left, right in zip(counts, edges, edges[1:], strict=False):
        text = f"{count_text(int(count), 'item')} took {days_text(left)} to {days_text(right)}"
        canvas.mark_box((left, 0, right, float(counts.max())), text)
    canvas.numbers_below(logarithmic=logarithmic)
    axes.set_xlabel(f"{label}{', logarithmic scale' if logarithmic else ''}")
    axes.set_ylabel("items")
    canvas.whole_numbers()
    axes.set_ylim(0, 1.35 * float(counts.max()))
    marked = [(f"{number_text(share)} %", at, theme.ink) for share, at in lines]
    if sle:
        marked.append((f"SLE {number_text(sle[0])} %", sle[1], theme.warning))
    for row, (name, at, colour) in enumerate(marked):
        axes.axvline(at, color=colour, linestyle="--", linewidth=1)
        place = 0.985 - 0.06 * (row % 5)
        text = f"{name}: {days_text(at)}"
        paper = {"facecolor": theme.paper, "edgecolor": "none", "pad": 0.5}
        axes.text(
            at, place, text, transform=axes.get_xaxis_transform(), size=SMALL_SIZE, color=colour, va="top", bbox=paper
        )


def _edges(days: Floats, *, logarithmic: bool) -> Floats:
    high = max(float(days.max()), 0.1)
    if logarithmic:
        low = max(float(days.min()), _SHORTEST)
        return np.geomspace(low, max(high, 2 * low), _BINS + 1)
    bins = int(np.clip(np.ceil(2 * np.cbrt(len(days))), 5, _BINS))
    return np.linspace(0, high, bins + 1)


def _caption(
    days: Floats, lines: Sequence[tuple[float, float]], sle: tuple[float, float] | None, *, dense: bool
) -> str:
    parts = [count_text(len(days), "item")]
    if lines:
        share, height = max(lines, key=lambda line: (line[0] == 85, line[0]))  # noqa: PLR2004 - the usual promise
        parts.append(f"{number_text(share)} % took at most {days_text(height)}")
    if sle:
        parts.append(f"{share_text(float((days <= sle[1]).mean()))} met the SLE of {days_text(sle[1])}")
    if dense:
        parts.append(f"darker: more items; the longest {MOST_MARKS} are points")
    if len(days) < _FEW:
        parts.append(f"percentiles of fewer than {_FEW} items say little")
    return listed(parts)
