"""Colours that colour-blind readers can tell apart, on light and on dark paper; and how numbers are written."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypedDict

from tracker_magic.printable import printable

ThemeName = Literal["light", "dark"]

_HOUR: Final = 1 / 24
_SMALLEST_SHARE: Final = 0.005


class Look(TypedDict, total=False):
    """Options of every chart.

    `title`: in place of the usual one ("": none). `width`, `height`: pixels on the screen. `theme`: "light" or "dark"
    paper. `url`: the address of the tracker's web interface, to which points link (None: as the frame's attrs say).
    """

    title: str | None
    width: int
    height: int | None
    theme: ThemeName
    url: str | None


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture. `series` are Okabe and Ito's, `bands` are one hue from pale to strong."""

    paper: str
    ink: str
    muted: str
    grid: str
    series: tuple[str, ...]
    warning: str
    bands: tuple[str, ...]


THEMES: Final[Mapping[ThemeName, Theme]] = {
    "light": Theme(
        paper="#ffffff",
        ink="#1f2328",
        muted="#57606a",
        grid="#dfe3e8",
        series=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d1f", "#999999"),
        warning="#c44e00",
        bands=("#eef3f7", "#fdf0d2", "#fbdb9d", "#f3b766", "#e2904a"),
    ),
    "dark": Theme(
        paper="#15181c",
        ink="#e6edf3",
        muted="#a9b3be",
        grid="#343b44",
        series=("#56b4e9", "#e69f00", "#2bb38c", "#cc79a7", "#4a8fd0", "#c9a94b", "#999999"),
        warning="#ff7f3f",
        bands=("#1d242b", "#352d1e", "#4e3e1c", "#6d4f1b", "#8f5d1c"),
    ),
}


def css_variables(theme: Theme) -> dict[str, str]:
    """Return the colours of a theme, by the names of CSS variables."""
    colours: dict[str, str] = {}
    for name, value in asdict(theme).items():
        many = value if isinstance(value, tuple) else (value,)
        colours |= {f"--chart-{name}-{number}": colour for number, colour in enumerate(many)}
    return colours


def number_text(value: float) -> str:
    """A number with as many digits as a reader needs: 1,204 · 14.2 · 0.04."""
    if abs(value) >= 100 or float(value).is_integer():  # noqa: PLR2004 - digits after the point tell nothing there
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def days_text(days: float) -> str:
    """A duration in days, below one day in hours, below one hour in minutes."""
    if 0 < days < _HOUR:
        return count_text(max(round(1440 * days), 1), "minute")
    if 0 < days < 1:
        return count_text(round(24 * days, 1), "hour")
    return count_text(round(days, 1), "day")


def share_text(share: float) -> str:
    """A share of 1 in per cent; one that would round to nothing or to everything is neither."""
    if 0 < share < _SMALLEST_SHARE:
        return "< 1 %"
    return "> 99 %" if 1 - _SMALLEST_SHARE < share < 1 else f"{100 * share:.0f} %"


def count_text(count: float, noun: str) -> str:
    """A number with its noun: 1 item, 20 items."""
    return f"{number_text(count)} {noun}{'' if count == 1 else 's'}"


def shorten(text: Any, width: int = 28) -> str:
    """The text on one line, cut to `width` characters; a missing one is a dash."""
    line = " ".join(printable(str(text)).split()) if isinstance(text, str) or text == text else ""  # noqa: PLR0124 - NaN
    line = line or "–"
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def wrap(text: str, width: int) -> list[str]:
    """The lines of a text, at most `width` characters each."""
    return [line for part in text.splitlines() for line in textwrap.wrap(part, width)]


def listed(parts: Sequence[str]) -> str:
    """Parts of a caption on one line."""
    return " · ".join(part for part in parts if part)
