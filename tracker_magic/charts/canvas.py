"""The paper of a chart: title above, axes in the middle, the definition below; and the marks that can be found."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tracker_magic.charts.chart import DPI, Chart, Mark, without_font_warnings
from tracker_magic.charts.frame import Floats, issue_link, web_address
from tracker_magic.charts.style import THEMES, Look, Theme, shorten, wrap
from tracker_magic.errors import BadOption
from tracker_magic.printable import printable

MOST_MARKS: Final = 300
MANY: Final = 2000  # points from which an SVG holds them as pixels
TITLE_SIZE: Final = 12.5
TEXT_SIZE: Final = 9.0
SMALL_SIZE: Final = 8.0
_LETTERS_OF_AN_INCH: Final = (18.0, 16.0, 14.0, 12.0, 10.0)  # as many as fit: letters differ in width
# What stands below the end of an axis of dates: nothing, the year, the month, for days the date.
_OFFSETS: Final = ("", "%Y", "%b %Y", "%d %b %Y", "%d %b %Y", "%d %b %Y")
_LINE_IN: Final = 0.145
_LETTER_IN: Final = 0.066  # of a small text
_AXES_SHARE: Final = 0.8  # of the width of the picture, before the axes are laid out
_MARGINS_IN: Final = 1.7  # beside a legend; an inch holds one of its texts
# P95, or the longest, over the median: from there on a linear axis shows only the longest items.
_SKEWED: Final = 15
_FAR: Final = 60
_FEW: Final = 20
_LABEL_HEIGHT: Final = 0.052  # of that of the axes


class Canvas:
    """A chart that is being drawn."""

    def __init__(
        self,
        frame: pd.DataFrame,
        title: str,
        look: Look,
        *,
        height: int = 400,
        rows: Sequence[float] = (1,),
    ) -> None:
        """`rows` are the relative heights of axes that share the horizontal one."""
        if unknown := set(look) - set(Look.__annotations__):
            known = ", ".join(Look.__annotations__)
            raise BadOption(f"a chart has no option {min(unknown)!r}", hint=f"Every chart takes {known}.")
        theme = look.get("theme", "light")
        if theme not in THEMES:
            raise BadOption(f"theme cannot be {theme!r}", hint='It is "light" or "dark".')
        self.theme: Theme = THEMES[theme]
        given = look.get("title")
        self.title = printable(title if given is None else given)
        self._definition = printable(str(frame.attrs.get("definition") or ""))
        self._address = web_address(frame, look.get("url"))
        self._size = (look.get("width", 760) / DPI, (look.get("height") or height) / DPI)
        self._marks: list[Mark] = []
        self._figure = Figure(self._size, DPI, facecolor=self.theme.paper, layout="constrained")
        grid = {"height_ratios": list(rows)}
        drawn = self._figure.subplots(len(rows), 1, sharex=True, squeeze=False, gridspec_kw=grid)
        self.all_axes: list[Axes] = list(drawn[:, 0])
        self.axes: Axes = self.all_axes[0]
        for axes in self.all_axes:
            self._style(axes)

    def mark(self, x: float, y: float, text: str, key: object) -> None:
        """Let the mouse find the point of an issue; the most telling marks come first."""
        self.mark_box((x, y, x, y), text, key)

    def mark_box(self, corners: tuple[float, float, float, float], text: str, key: object = None) -> None:
        """Let the mouse find a rectangle (x, y, x, y)."""
        if len(self._marks) < MOST_MARKS:
            self._marks.append(Mark(self.axes, corners, printable(text), issue_link(self._address, key)))

    def finish(self, caption: str = "") -> Chart:
        """Return the chart, with the caption under its title and the definition under the picture."""
        width, height = self._size
        caption = printable(caption)
        lines = self._wrapped(self._definition, SMALL_SIZE)
        captions = self._wrapped(caption, TEXT_SIZE)
        figure, theme = self._figure, self.theme
        left = 0.12 / width
        title = shorten(self.title, int(8 * width)) if self.title else ""
        figure.text(left, 1 - 0.1 / height, title, size=TITLE_SIZE, weight="bold", color=theme.ink, va="top")
        above = 0.36 if title else 0.06
        for row, line in enumerate(captions):
            y = 1 - (above + row * _LINE_IN) / height
            figure.text(left, y, line, size=TEXT_SIZE, color=theme.muted, va="top")
        for row, line in enumerate(reversed(lines)):
            y = (0.08 + row * _LINE_IN) / height
            figure.text(left, y, line, size=SMALL_SIZE, color=theme.muted, va="bottom")
        top = above + 0.06 + _LINE_IN * len(captions)
        bottom = 0.12 + _LINE_IN * len(lines)
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.set(rect=(0.004, bottom / height, 0.992, 1 - (top + bottom) / height))  # type: ignore[call-arg]
        description = "\n".join(part for part in (self.title, caption, self._definition) if part)
        return Chart(figure, self._marks, description)

    def _wrapped(self, text: str, size: float) -> list[str]:
        """The lines of a text, as long as the picture is wide."""
        room = (self._size[0] - 0.24) * DPI
        lines: list[str] = []
        for letters in _LETTERS_OF_AN_INCH:
            lines = wrap(text, int(self._size[0] * letters))
            drawn = [Text(0, 0, line, size=size, figure=self._figure, parse_math=False) for line in lines]
            with without_font_warnings():
                widest = max((each.get_window_extent().width for each in drawn), default=0)
            if widest <= room:
                break
        return lines

    def show_nothing(self, text: str) -> Chart:
        """Return the chart, which says in the middle that there is nothing to draw."""
        axes = self.axes
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=self.theme.muted, size=11)
        for each in self.all_axes:
            each.set_xticks([])
            each.set_yticks([])
        return self.finish()

    def legend(self, *, columns: int = 6, **given: Any) -> None:
        """Explain the colours above the axes."""
        self.axes.legend(
            **given,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=min(columns, max(1, int(self._size[0] - _MARGINS_IN))),
            frameon=False,
            fontsize=SMALL_SIZE,
            labelcolor=self.theme.ink,
            borderaxespad=0.2,
            handlelength=1.3,
            columnspacing=1.2,
            borderpad=0.2,
        )

    def label_right(self, heights: Sequence[float], texts: Sequence[str], colours: Sequence[str]) -> None:
        """Write labels beside the right edge at these heights, moved so that none covers another."""
        axes = self.axes
        places = axes.transScale.transform([(1, height) for height in heights])[:, 1]
        low, high = axes.transScale.transform([(1, edge) for edge in axes.get_ylim()])[:, 1]
        for place, text, colour in zip(_spread((places - low) / (high - low)), texts, colours, strict=True):
            axes.text(
                1.01, place, text, transform=axes.transAxes, size=SMALL_SIZE, color=colour, va="center", clip_on=False
            )

    def shares(self, x: Floats, y: Floats) -> Floats:
        """Return where points are, as shares of the width and height of the axes."""
        axes = self.axes
        places = axes.transScale.transform(np.column_stack([x, y]))
        edges = np.column_stack([axes.get_xlim(), axes.get_ylim()])
        low, high = axes.transScale.transform(edges)
        shares: Floats = (places - low) / (high - low)
        return shares

    def width_of(self, text: str) -> float:
        """Return about how wide a small text is, as a share of the width of the axes."""
        return _LETTER_IN * len(text) / (_AXES_SHARE * self._size[0])

    def line_across(self, y: float, colour: str, style: str = "--", width: float = 1.1) -> None:
        """Draw a line across the whole picture."""
        self.axes.axhline(y, color=colour, linestyle=style, linewidth=width, zorder=3)

    def date_axis(self) -> None:
        """Label the horizontal axis with dates."""
        axis = self.all_axes[-1].xaxis
        locator = mdates.AutoDateLocator(tz="UTC", minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
        locator.intervald[mdates.HOURLY] = [24]  # nothing here is finer than a day
        axis.set_major_locator(locator)
        formatter = mdates.ConciseDateFormatter(locator, tz="UTC", offset_formats=_OFFSETS)  # type: ignore[no-untyped-call]
        axis.set_major_formatter(formatter)
        axis.get_offset_text().set(color=self.theme.muted, size=SMALL_SIZE)

    def numbers_below(self, *, whole: bool = False, logarithmic: bool = False) -> None:
        """Label the horizontal axis with numbers."""
        if logarithmic:
            self.axes.set_xscale("log")
        else:
            self.axes.xaxis.set_major_locator(MaxNLocator(8, integer=whole))
        self.axes.xaxis.set_major_formatter(FuncFormatter(_tick))

    def whole_numbers(self, axes: Axes | None = None) -> None:
        """Label the vertical axis with whole numbers from zero."""
        chosen = axes or self.axes
        chosen.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        chosen.yaxis.set_major_formatter(FuncFormatter(_tick))
        chosen.set_ylim(0, max(chosen.get_ylim()[1], 1))

    def duration_axis(self, label: str, *, logarithmic: bool) -> None:
        """Scale and label the vertical axis for durations."""
        if logarithmic:
            self.axes.set_yscale("log")
            label += ", logarithmic scale"
        self.axes.yaxis.set_major_formatter(FuncFormatter(_tick))
        self.axes.set_ylabel(label)

    def _style(self, axes: Axes) -> None:
        theme = self.theme
        axes.set_facecolor(theme.paper)
        axes.tick_params(colors=theme.muted, labelsize=SMALL_SIZE, labelcolor=theme.ink, length=3)
        axes.xaxis.label.set(color=theme.muted, size=TEXT_SIZE)
        axes.yaxis.label.set(color=theme.muted, size=TEXT_SIZE)
        axes.yaxis.set_major_formatter(FuncFormatter(_tick))
        axes.set_axisbelow(True)
        axes.grid(visible=True, axis="y", color=theme.grid, linewidth=0.7, linestyle="-")
        axes.grid(visible=False, axis="x")
        for side, spine in axes.spines.items():
            spine.set_visible(side in {"left", "bottom"})
            spine.set_color(theme.grid)


def is_skewed(values: Floats) -> bool:
    """Whether a few durations are so long that a linear axis would show nothing else."""
    if len(values) < _FEW:
        return False
    median, high = np.percentile(values, (50, 95))
    median = max(median, 0.01)
    return bool(high > _SKEWED * median or values.max() > _FAR * median)


def date_limits(axes: Axes, *values: Iterable[float]) -> None:
    """Let the horizontal axis hold these dates, also if there is only one."""
    known = np.array([value for part in values for value in part if np.isfinite(value)])
    if len(known):
        low, high = known.min(), known.max()
        room = max((high - low) * 0.02, 0.5 if high > low else 3.0)
        axes.set_xlim(low - room, high + room)


def _tick(value: float, _: object) -> str:
    """The number at this place of an axis, whole: neighbours may differ in their last digits only."""
    return f"{round(value, 10) + 0.0:,.10g}"  # without the rest of a sum, and without a minus before zero


def _spread(places: Floats) -> list[float]:
    """Places of labels, moved where two would touch: up, or down at the upper edge."""
    order = np.argsort(places, kind="stable")
    moved = np.array(places, dtype=float)
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + _LABEL_HEIGHT)
    edge = 1.0
    for index in reversed(order):
        moved[index] = min(moved[index], edge)
        edge = moved[index] - _LABEL_HEIGHT
    return [float(place) for place in moved]
