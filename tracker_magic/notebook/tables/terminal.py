"""A view as plain text, as wide as the terminal."""

import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final
from unicodedata import combining, east_asian_width

from tracker_magic.notebook.tables.view import Look, View, ViewColumn

_GAP: Final = "  "
_NARROWEST: Final = 7
_SHARES: Final[Mapping[Look, int]] = {"text": 1, "wide": 2}  # of the room that there is; the others are never narrowed


def text(view: View) -> str:
    """Return the table, or for a single issue its names beside their values, and the note below."""
    width = shutil.get_terminal_size().columns
    if view.is_single_issue:
        lines, note = _fields(view.columns, width), view.note
    else:
        fitted = _fitted(view.columns, width)
        left_out = len(view.columns) - len(fitted)
        lines = _table(fitted)
        note = view.note + (f" · {left_out} more in a wider terminal" if left_out else "")
    return "\n".join([*lines, *textwrap.wrap(note.replace("`", ""), max(width, _NARROWEST))])


def _table(columns: Sequence[tuple[ViewColumn, int]]) -> list[str]:
    """Return the lines of a table of columns with their widths."""
    padded = [
        [_padded(each, size, is_right=column.look == "number") for each in _texts(column)] for column, size in columns
    ]
    return [_GAP.join(row).rstrip() for row in zip(*padded, strict=True)]


def _fitted(columns: Sequence[ViewColumn], available: int) -> list[tuple[ViewColumn, int]]:
    """Return the columns that fit, with their widths.

    The widest is narrowed first; then the last are left out, those that were requested or added only in the end.
    """
    fitted = [(column, max(map(_width, _texts(column)))) for column in columns]
    while len(fitted) > 1 and sum(size for _, size in fitted) + len(_GAP) * (len(fitted) - 1) > available:
        excess = [_excess(column, size) for column, size in fitted]
        if any(excess):
            widest = excess.index(max(excess))
            fitted[widest] = (fitted[widest][0], fitted[widest][1] - 1)
        else:
            del fitted[_least_important([column for column, _ in fitted])]
    return fitted


def _least_important(columns: Sequence[ViewColumn]) -> int:
    """Return the index of the column to leave out: the last one that was not requested or added, else the last."""
    return max((index for index, column in enumerate(columns) if index and not column.is_added), default=-1)


def _excess(column: ViewColumn, size: int) -> float:
    """Return how much wider than others of its look a column is, 0 if it cannot be narrowed."""
    share = _SHARES.get(column.look, 0)
    return size / share if size > _NARROWEST * share > 0 else 0


def _texts(column: ViewColumn) -> list[str]:
    return [column.name, *(cell.text for cell in column.cells)]


def _padded(text: str, size: int, *, is_right: bool) -> str:
    if _width(text) > size:
        text = _beginning(text, size - 1) + "…"
    blanks = " " * (size - _width(text))
    return blanks + text if is_right else text + blanks


def _beginning(text: str, size: int) -> str:
    while _width(text) > size:
        text = text[:-1]
    return text


def _width(text: str) -> int:
    """Return the number of terminal cells that a text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def _fields(columns: Sequence[ViewColumn], width: int) -> list[str]:
    names = max((_width(column.name) for column in columns), default=0)
    room = max(width - names - len(_GAP), 2 * _NARROWEST)
    lines = []
    for column in columns:
        wrapped = [part for line in column.cells[0].text.splitlines() for part in textwrap.wrap(line, room) or [""]]
        for number, part in enumerate(wrapped):
            lines.append(f"{'' if number else column.name:<{names}}{_GAP}{part}".rstrip())
    return lines
