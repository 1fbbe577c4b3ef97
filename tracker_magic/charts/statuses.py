"""Time in status: where the issues spend their time, as sorted bars."""

from collections.abc import Sequence
from typing import Final, Literal, Unpack

import numpy as np
import pandas as pd

from tracker_magic.charts.canvas import SMALL_SIZE, Canvas
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.frame import check_columns, column_or, flow_facts, names_in
from tracker_magic.charts.style import Look, count_text, days_text, listed, number_text, share_text, shorten

_MOST_BARS: Final = 20
_NAMED: Final = 3


def time_in_status(
    result: pd.DataFrame,
    *,
    measure: Literal["total", "mean"] = "total",
    without: Sequence[str] = (),
    finished: bool = False,
    **look: Unpack[Look],
) -> Chart:
    """Draw the days that issues spent in each status (or stage), the longest first; those still there are hatched.

    `measure`: "total" days of all issues, or the "mean" of those that were there. `without`: statuses to leave out, by
    name or key. `finished`: also draw finished statuses, in which an issue stays for ever. Raises WrongFrame for a
    frame of another kind.
    """
    frame = check_columns(result, ("key", "days", "open"), "charts.time_in_status(flow.time_in_status(…))")
    name = "stage" if "stage" in frame.columns else "status"
    frame = check_columns(frame, (name,), "charts.time_in_status(flow.time_in_status(…))")
    hidden = set(without) | set(() if finished else flow_facts(frame).get("finished") or ())
    frame, others = _without(frame, name, hidden)
    table = _table(frame, name, measure)
    shown = table.head(_MOST_BARS)
    canvas = Canvas(result, f"Time in {name}", look, height=150 + 30 * max(len(shown), 3))
    if not len(shown):
        return canvas.show_nothing("No time in any status")
    _draw_bars(canvas, frame, shown, name, measure)
    return canvas.finish(listed([count_text(frame["key"].nunique(), "issue"), _caption(table, shown, measure), others]))


def _without(frame: pd.DataFrame, name: str, hidden: set[str]) -> tuple[pd.DataFrame, str]:
    """The rows that are not hidden, and a text that names the statuses that are."""
    rows = zip(frame[name], column_or(frame, f"{name}.key"), strict=True)
    left_out = np.array([not hidden.isdisjoint(each) for each in rows], dtype=bool)
    names = ", ".join(shorten(each) for each in dict.fromkeys(frame.loc[left_out, name]))
    return frame[~left_out], f"without {names}" if names else ""


def _caption(table: pd.DataFrame, shown: pd.DataFrame, measure: str) -> str:
    first, longest = shorten(shown.index[0]), float(shown["days"].iloc[0])
    total = float(table["days"].sum()) or 1.0
    share = f"{first} takes {share_text(longest / total)} of the time"
    if measure == "mean":
        share = f"longest: {first}, {days_text(longest)} per issue"
    more = len(table) - len(shown)
    return listed([share, f"{count_text(more, 'shorter bar')} left out" if more else ""])


def _table(frame: pd.DataFrame, name: str, measure: str) -> pd.DataFrame:
    names = names_in(frame[name])
    is_open = frame["open"].to_numpy(dtype=bool)
    days = frame["days"].to_numpy(dtype=float)
    parts = pd.DataFrame({"name": names, "ended": np.where(is_open, 0, days), "running": np.where(is_open, days, 0)})
    table = parts.groupby("name").sum()
    table["issues"] = frame["key"].groupby(names).nunique()
    table["there"] = pd.Series(is_open, frame.index).groupby(names).sum()
    table["median"] = frame["days"].groupby(names).median()
    if measure == "mean":
        table[["ended", "running"]] = table[["ended", "running"]].div(table["issues"], axis=0)
    table["days"] = table["ended"] + table["running"]
    return table.sort_values("days", ascending=False, kind="stable")


def _draw_bars(canvas: Canvas, frame: pd.DataFrame, shown: pd.DataFrame, name: str, measure: str) -> None:
    axes, theme = canvas.axes, canvas.theme
    places = np.arange(len(shown))
    ended, running = (shown[column].to_numpy(dtype=float) for column in ("ended", "running"))
    axes.barh(places, ended, 0.7, color=theme.series[0], label="have left")
    axes.barh(
        places, running, 0.7, ended, facecolor="none", edgecolor=theme.series[0], hatch="////", label="still there"
    )
    axes.set_yticks(places, [shorten(each) for each in shown.index])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=theme.grid, linewidth=0.7)
    total = float(shown["days"].sum()) or 1.0
    longest = float((ended + running).max()) or 1.0
    axes.set_xlim(0, 1.32 * longest)
    inside = names_in(frame[name])
    for place, (status, row) in enumerate(shown.iterrows()):
        share = share_text(float(row["days"]) / total) if measure == "total" else ""
        text = listed([days_text(float(row["days"])), share, f"median {days_text(row['median'])}"])
        axes.text(row["days"] + 0.01 * longest, place, text, va="center", size=SMALL_SIZE, color=theme.ink)
        slowest = frame[inside == status].nlargest(_NAMED, "days")
        named = ", ".join(f"{key} {days_text(days)}" for key, days in zip(slowest["key"], slowest["days"], strict=True))
        facts = [str(status), text, count_text(int(row["issues"]), "issue"), f"{number_text(row['there'])} there now"]
        canvas.mark_box((0, place - 0.35, float(row["days"]), place + 0.35), listed([*facts, f"longest: {named}"]))
    axes.set_xlabel("days, all issues together" if measure == "total" else "mean days per issue")
    canvas.numbers_below()
    canvas.legend()
