"""A sprint: what remains day by day, or what became of each of its issues."""

from typing import Final, Literal, Unpack

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from tracker_magic.charts.canvas import SMALL_SIZE, Canvas, date_limits
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.departures import read_periods
from tracker_magic.charts.frame import Floats, check_columns, column_or, names_in
from tracker_magic.charts.style import Look, Theme, count_text, listed, number_text, share_text, shorten
from tracker_magic.errors import BadOption

Kind = Literal["burndown", "burnup"]

_OPEN: Final = "open"
_OUTCOMES: Final = ("done", "finished_before", "cancelled", "carried", "returned", "removed", _OPEN)
_TEXTS: Final = {
    "done": "done",
    "finished_before": "finished before it began",
    "cancelled": "cancelled",
    "carried": "carried over",
    "returned": "not finished, in no sprint",
    "removed": "removed",
    _OPEN: "not finished yet",
}
_MOST_SPRINTS: Final = 12
_MOST_CHANGES: Final = 20


def sprint(result: pd.DataFrame, *, kind: Kind = "burndown", **look: Unpack[Look]) -> Chart:
    """Draw a frame of `flow.burnup` as "burndown" or "burnup", or the outcome of each issue of `flow.sprint_report`.

    Raises WrongFrame, BadOption.
    """
    if kind not in {"burndown", "burnup"}:
        raise BadOption(f"kind cannot be {kind!r}", hint='It is "burndown" or "burnup".')
    if isinstance(result, pd.DataFrame) and "outcome" in result.columns:
        call = "charts.sprint(flow.sprint_report(…))"
        return _outcomes(check_columns(result, ("sprint", "key", "committed"), call), look)
    columns = ("period", "scope", "done", "remaining", "added", "removed", "ideal")
    frame = check_columns(result, columns, "charts.sprint(flow.burnup(…)) or charts.sprint(flow.sprint_report(…))")
    canvas = Canvas(frame, "Burn-down" if kind == "burndown" else "Burn-up", look)
    if not len(frame):
        return canvas.show_nothing("No days")
    periods = read_periods(frame)
    starts, ends = periods.starts, periods.ends  # a row is the state at the end of its period
    _draw_lines(canvas, frame, ends, kind)
    _draw_changes(canvas, frame, ends, kind)
    _mark_days(canvas, frame, starts, ends)
    canvas.legend()
    canvas.whole_numbers()
    drawn = frame[["remaining", "ideal"] if kind == "burndown" else ["scope", "done"]]
    canvas.axes.set_ylim(0, 1.15 * max(float(drawn.to_numpy(dtype=float).max()), 1))
    canvas.axes.set_ylabel("remaining work" if kind == "burndown" else "work")
    canvas.date_axis()
    date_limits(canvas.axes, [starts[0]], ends)
    return canvas.finish(_burn_caption(frame))


def _draw_lines(canvas: Canvas, frame: pd.DataFrame, x: Floats, kind: Kind) -> None:
    axes, theme = canvas.axes, canvas.theme
    marker = "o" if len(x) == 1 else None
    ideal = frame["ideal"].to_numpy(dtype=float)
    done, scope = (frame[name].to_numpy(dtype=float) for name in ("done", "scope"))
    if kind == "burndown":
        remaining = frame["remaining"].to_numpy(dtype=float)
        axes.plot(x, remaining, color=theme.series[0], lw=2, drawstyle="steps-post", label="remaining", marker=marker)
        axes.plot(x, ideal, color=theme.muted, lw=1.2, ls="--", label="steady progress")
    else:
        axes.plot(x, scope, color=theme.series[1], lw=2, drawstyle="steps-post", label="scope", marker=marker)
        axes.plot(x, done, color=theme.series[0], lw=2, drawstyle="steps-post", label="done", marker=marker)
        even = scope[-1] * (1 - ideal / ideal[0]) if ideal[0] else np.full(len(x), np.nan)
        axes.plot(x, even, color=theme.muted, lw=1.2, ls="--", label="steady progress")
        axes.fill_between(x, done, color=theme.series[0], alpha=0.15, step="post", lw=0)


def _draw_changes(canvas: Canvas, frame: pd.DataFrame, x: Floats, kind: Kind) -> None:
    """Mark the days on which work came into the scope or left it; the first day is the start."""
    axes, theme = canvas.axes, canvas.theme
    height = frame["remaining" if kind == "burndown" else "scope"].to_numpy(dtype=float)
    for name, marker, sign, colour in (("added", "^", "+", theme.warning), ("removed", "v", "−", theme.series[2])):
        amounts = frame[name].to_numpy(dtype=float)
        days = np.flatnonzero(amounts)
        days = days[days > 0] if name == "added" else days
        if not 0 < len(days) <= _MOST_CHANGES:  # more would hide the line, which shows them, too
            continue
        axes.scatter(
            x[days],
            height[days],
            marker=marker,
            s=42,
            color=colour,
            zorder=5,
            label=f"{name} to the scope" if name == "added" else "removed from the scope",
        )
        for day in days:
            text = f"{sign}{number_text(amounts[day])}"
            axes.annotate(
                text,
                (x[day], height[day]),
                (0, 7),
                textcoords="offset points",
                size=SMALL_SIZE,
                color=theme.ink,
                ha="center",
                bbox={"facecolor": theme.paper, "edgecolor": "none", "pad": 0.5},  # the line stays out of the number
            )


def _mark_days(canvas: Canvas, frame: pd.DataFrame, starts: Floats, ends: Floats) -> None:
    top = canvas.axes.get_ylim()[1]
    for row in range(len(frame) - 1, -1, -1):
        day = frame.iloc[row]
        numbers = [f"{name} {number_text(float(day[name]))}" for name in ("scope", "done", "remaining")]
        changes = [f"{name} {number_text(float(day[name]))}" for name in ("added", "removed") if day[name]]
        canvas.mark_box((starts[row], 0, ends[row], top), listed([f"{day['period']:%Y-%m-%d}", *numbers, *changes]))


def _burn_caption(frame: pd.DataFrame) -> str:
    last = frame.iloc[-1]
    added, removed = float(frame["added"].iloc[1:].sum()), float(frame["removed"].sum())
    return listed(
        [
            f"scope {number_text(float(last['scope']))}",
            f"done {number_text(float(last['done']))}",
            f"remaining {number_text(float(last['remaining']))}",
            f"added after the first day {number_text(added)}" if added else "nothing added after the first day",
            f"removed {number_text(removed)}" if removed else "",
        ]
    )


def _outcomes(frame: pd.DataFrame, look: Look) -> Chart:
    """One row of boxes for each sprint, one box for each issue, coloured by what became of it."""
    names = list(dict.fromkeys(names_in(frame["sprint"])))[-_MOST_SPRINTS:]
    canvas = Canvas(frame, "What became of the sprint's issues", look, height=150 + 46 * max(len(names), 1))
    if not len(frame):
        return canvas.show_nothing("No issues")
    frame = frame.assign(outcome=frame["outcome"].fillna(_OPEN))  # of a running sprint
    axes, theme = canvas.axes, canvas.theme
    colours = _outcome_colours(theme)
    for row, name in enumerate(reversed(names)):
        issues = frame[names_in(frame["sprint"]) == name]
        order = issues["outcome"].map({outcome: number for number, outcome in enumerate(_OUTCOMES)}).fillna(9)
        issues = issues.assign(order=order, late=~issues["committed"].astype(bool)).sort_values(
            ["order", "late"], kind="stable"
        )
        _draw_row(canvas, issues, row, colours)
    axes.set_yticks(range(len(names)), [shorten(name, 24) for name in reversed(names)])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, max(int(names_in(frame["sprint"]).value_counts().max()), 1))
    axes.grid(visible=False)
    axes.set_xlabel("issues")
    canvas.numbers_below(whole=True)
    seen = [outcome for outcome in _OUTCOMES if (frame["outcome"] == outcome).any()]
    patches = [Patch(facecolor=colours[outcome]) for outcome in seen]
    labels = [_TEXTS[outcome] for outcome in seen]
    if (~frame["committed"].astype(bool)).any():
        patches.append(Patch(facecolor=theme.paper, edgecolor=theme.ink, hatch="////"))
        labels.append("added after the start")
    canvas.legend(handles=patches, labels=labels, columns=4)
    return canvas.finish(_outcome_caption(frame))


def _outcome_colours(theme: Theme) -> dict[str, str]:
    return dict(zip(_OUTCOMES, (theme.series[number] for number in (0, 2, 6, 1, 3, 4, 5)), strict=True))


def _draw_row(canvas: Canvas, issues: pd.DataFrame, row: int, colours: dict[str, str]) -> None:
    axes, theme = canvas.axes, canvas.theme
    late = issues["late"].to_numpy(dtype=bool)
    fills = [colours.get(outcome, theme.muted) for outcome in issues["outcome"]]
    places = np.arange(len(issues))
    line = 0.8 if len(issues) < 150 else 0  # noqa: PLR2004 - lines would hide narrow boxes
    axes.barh([row] * len(issues), 1, 0.62, places, align="center", color=fills, edgecolor=theme.paper, linewidth=line)
    axes.barh(
        [row] * int(late.sum()),
        1,
        0.62,
        places[late],
        facecolor="none",
        edgecolor=theme.paper,
        hatch="////",
        linewidth=0,
    )
    left_edge = places + 0.5
    statuses = column_or(issues, "status", "")
    for at, key, outcome, added, status in zip(
        left_edge, issues["key"], issues["outcome"], late, statuses, strict=True
    ):
        text = [str(key), _TEXTS.get(outcome, str(outcome)), "added after the start" if added else "", shorten(status)]
        canvas.mark_box((at - 0.5, row - 0.31, at + 0.5, row + 0.31), listed(text), key)


def _outcome_caption(frame: pd.DataFrame) -> str:
    committed = frame[frame["committed"].astype(bool)]
    done = int((committed["outcome"] == "done").sum())
    share = f" ({share_text(done / len(committed))})" if len(committed) else ""
    late = len(frame) - len(committed)
    return listed(
        [
            f"{number_text(done)} of {count_text(len(committed), 'committed issue')} done{share}",
            f"{number_text(late)} added after the start" if late else "",
            "one box is one issue",
        ]
    )
