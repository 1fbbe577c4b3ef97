"""Ageing work in progress: how old the open issues of each board column are, against those that have left it."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Unpack

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from tracker_magic.charts.canvas import MANY, MOST_MARKS, SMALL_SIZE, Canvas, is_skewed
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import check_columns, column_or, names_in, policy_of, sle_of
from tracker_magic.charts.style import Look, count_text, days_text, listed, share_text, shorten
from tracker_magic.errors import BadOption

_WIDTH_OF_A_COLUMN: Final = 0.92
_MOST_LABELS: Final = 10
_MOST_LEVEL: Final = 7  # columns whose names fit beside each other
# Shares of the height and width of the axes: a label nearer to a point, or to another label, would touch it.
_NEAR_POINT: Final = 0.032
_NEAR_LABEL: Final = 0.045
_GAP: Final = 0.01
_GOLDEN: Final = 0.618  # spreads points over a column without chance


def wip_age(
    result: pd.DataFrame,
    *,
    order: Sequence[str] | None = None,
    sle: tuple[float, float] | None = None,
    log: bool | None = None,
    **look: Unpack[Look],
) -> Chart:
    """Draw the age of each issue in progress in its column, over bands of the age at which others left that column.

    `order`: the columns from left to right (None: the stages of the policy, else by the age at which half have left).
    `sle`: (per cent, days), a line (None: that of the policy). `log`: a logarithmic axis (None: if it is needed).
    Raises WrongFrame if it is not the frame of `flow.wip_age`.
    """
    frame = check_columns(result, ("key", "status", "age", "in_status", "rank"), "charts.wip_age(flow.wip_age(…))")
    canvas = Canvas(frame, "Age of work in progress", look, height=440)
    if not len(frame):
        return canvas.show_nothing("No work in progress")
    name = "stage" if "stage" in frame.columns else "status"
    columns = _ordered(frame, name, order)
    percentiles = sorted(int(each[1:]) for each in frame.columns if re.fullmatch(r"p\d+", str(each)))
    frame = frame.sort_values("age", ascending=False, kind="stable")
    ages = frame["age"].to_numpy(dtype=float)
    logarithmic = is_skewed(ages) if log is None else log
    canvas.duration_axis("age in days since the start", logarithmic=logarithmic)
    expectation = sle_of(frame, sle)
    _limit(canvas, frame, percentiles, expectation, logarithmic=logarithmic)
    has_bands = _draw_bands(canvas, frame, name, columns, percentiles)
    _draw_issues(canvas, frame, name, columns)
    if expectation:
        canvas.line_across(expectation[1], canvas.theme.warning)
        text = f"SLE: {expectation[0]:.0f} % in\n{days_text(expectation[1])}"
        canvas.label_right([expectation[1]], [text], [canvas.theme.warning])
    return canvas.finish(_caption(frame, expectation, has_bands=has_bands))


def _ordered(frame: pd.DataFrame, name: str, order: Sequence[str] | None) -> list[str]:
    names = names_in(frame[name])
    present = list(names.unique())
    if order is not None:
        if missing := [each for each in present if each not in order]:
            raise BadOption(f"order lacks the column {missing[0]!r}", hint=f"The frame has {', '.join(present)}.")
        return list(order)
    if stages := list(policy_of(frame).get("stages") or []):
        return sorted(present, key=lambda each: stages.index(each) if each in stages else len(stages))
    medians = frame["p50"].groupby(names).first().fillna(np.inf)
    return sorted(present, key=lambda each: float(medians[each]))


def _limit(
    canvas: Canvas,
    frame: pd.DataFrame,
    percentiles: Sequence[int],
    sle: tuple[float, float] | None,
    *,
    logarithmic: bool,
) -> None:
    oldest = float(frame["age"].max())
    highest = float(np.nanmax([frame[f"p{each}"].max() for each in percentiles] + [0]))
    top = 1.08 * max(oldest, min(highest, 1.6 * oldest), sle[1] if sle else 0, 0.1)
    bottom = max(min(float(frame["age"].min()) / 2, 1.0), 0.01) if logarithmic else 0.0
    canvas.axes.set_ylim(bottom, top * 1.5 if logarithmic else top)


def _draw_bands(
    canvas: Canvas, frame: pd.DataFrame, name: str, columns: Sequence[str], percentiles: Sequence[int]
) -> bool:
    """Draw the bands of each column that finished issues have left, and return whether there is one."""
    bands = canvas.theme.bands
    edges = _band_edges(frame, name, columns, percentiles, canvas.axes.get_ylim())
    for position, ages in edges.items():
        for band, (bottom, top) in enumerate(pairwise(ages)):
            colour = bands[min(band, len(bands) - 1)]
            canvas.axes.bar(position, top - bottom, _WIDTH_OF_A_COLUMN, bottom, color=colour, zorder=1)
    if not edges:
        return False
    texts = [f"younger than {share} %" for share in percentiles] + [
        f"older than {share} %" for share in percentiles[-1:]
    ]
    patches = [Patch(facecolor=colour, edgecolor=canvas.theme.grid) for colour in bands]
    canvas.legend(handles=patches[: len(texts)], labels=texts)
    return True


def _band_edges(
    frame: pd.DataFrame,
    name: str,
    columns: Sequence[str],
    percentiles: Sequence[int],
    limits: tuple[float, float],
) -> dict[int, list[float]]:
    """Return the ages between the bands of each column that has them, by its position."""
    references = frame.groupby(names_in(frame[name])).first()
    edges = {}
    for position, column in enumerate(columns):
        if column not in references.index:
            continue
        ages = references.loc[column, [f"p{each}" for each in percentiles]].to_numpy(dtype=float)
        if len(ages) and not np.isnan(ages).any():
            edges[position] = [limits[0], *np.clip(ages, *limits), limits[1]]
    return edges


def _draw_issues(canvas: Canvas, frame: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    axes, theme = canvas.axes, canvas.theme
    position = {column: number for number, column in enumerate(columns)}
    inside = names_in(frame[name])
    number = inside.groupby(inside).cumcount().to_numpy()
    count = inside.map(inside.value_counts()).to_numpy()
    shift = np.where(count > 1, ((number * _GOLDEN) % 1 - 0.5) * 0.7, 0.0)
    x = inside.map(position).to_numpy(dtype=float) + shift
    ages = frame["age"].to_numpy(dtype=float)
    size = float(np.clip(500 / np.sqrt(len(ages)), 8, 34))
    axes.scatter(
        x,
        ages,
        s=size,
        color=theme.series[0],
        edgecolors=theme.paper,
        linewidths=size / 50,
        zorder=4,
        rasterized=len(x) > MANY,
    )
    summaries = column_or(frame, "summary")
    ranks = frame["rank"].to_numpy(dtype=float)
    rows = zip(frame["key"], x, ages, frame["in_status"], ranks, inside, summaries, strict=True)
    for key, at, age, there, rank, column, summary in rows:
        older = f"older than {share_text(rank)} of those that left" if np.isfinite(rank) else ""
        short = shorten(summary, 60) if isinstance(summary, str) else ""
        text = [f"{key}", f"{days_text(age)} old", f"{days_text(there)} in {column}", older, short]
        canvas.mark(at, age, listed(text), key)
    counts = inside.value_counts()
    labels = [f"{shorten(column, 18)}\n{count_text(int(counts.get(column, 0)), 'issue')}" for column in columns]
    rotated = len(columns) > _MOST_LEVEL
    axes.set_xticks(range(len(columns)), labels, rotation=35 if rotated else 0, ha="right" if rotated else "center")
    axes.set_xlim(-0.5, len(columns) - 0.5)
    _label_oldest(canvas, list(frame["key"]), x, ages)


def _label_oldest(canvas: Canvas, keys: Sequence[object], x: "np.ndarray", ages: "np.ndarray") -> None:
    """Write the keys of the oldest issues beside their points, where they cover neither a point nor another key."""
    points = canvas.shares(x, ages)
    taken: list[tuple[float, float, float]] = []  # left, right, middle of the height
    rows = zip(keys[:MOST_MARKS], x, ages, points, strict=False)
    for key, at, age, (across, up) in rows:
        text = shorten(key, 14)
        width = canvas.width_of(text)
        for left, side in ((across + _GAP, 1), (across - _GAP - width, -1)):
            place = (left, left + width, up)
            if len(taken) < _MOST_LABELS and _is_free(place, points, taken):
                taken.append(place)
                canvas.axes.annotate(
                    text,
                    (at, age),
                    (5 * side, 0),
                    textcoords="offset points",
                    size=SMALL_SIZE,
                    color=canvas.theme.ink,
                    va="center",
                    ha="left" if side > 0 else "right",
                    zorder=5,
                )
                break


def _is_free(
    place: tuple[float, float, float], points: "np.ndarray", taken: Sequence[tuple[float, float, float]]
) -> bool:
    """Whether a label at this place, in shares of the axes, is inside them and covers nothing."""
    left, right, up = place
    near = np.abs(points[:, 1] - up) < _NEAR_POINT
    covers = near & (points[:, 0] > left - _GAP / 2) & (points[:, 0] < right + _GAP / 2)
    crosses = any(left < end and begin < right and abs(up - other) < _NEAR_LABEL for begin, end, other in taken)
    return left > 0 and right < 1 and not covers.any() and not crosses


def _caption(frame: pd.DataFrame, sle: tuple[float, float] | None, *, has_bands: bool) -> str:
    oldest = frame.iloc[0]
    parts = [
        f"{count_text(len(frame), 'issue')} in progress",
        f"the oldest is {oldest['key']}, {days_text(float(oldest['age']))}",
    ]
    if sle:
        parts.append(f"{int((frame['age'] > sle[1]).sum())} older than the SLE")
    parts.append(
        "colours compare with the age at which finished issues left the column"
        if has_bands
        else "no finished issues to compare with"
    )
    return listed(parts)
