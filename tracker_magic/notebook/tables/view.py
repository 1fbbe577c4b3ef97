"""What is displayed of a frame: its first rows, some of its columns, every value as a short text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import islice
from typing import Any, Final, Literal
from urllib.parse import quote

import numpy as np
import pandas as pd

from tracker_magic.notebook.tables.choice import added_columns, displayed_columns, is_of_issues
from tracker_magic.printable import printable, web_origin
from tracker_magic.query import is_key

Look = Literal["text", "wide", "line", "number"]  # `wide` texts get the most room, a `line` is never broken

_ROWS: Final = 20
# Characters of a value, and of all values of a display together, so that no text makes a notebook swell.
_LONGEST: Final = 20_000
_CHARACTERS: Final = 100_000
_MEMBERS: Final = 1_000  # of a list
_LENGTHS: Final[Mapping[Look, int]] = {"text": 60, "wide": 120, "line": 60, "number": 60}
_WIDE: Final = frozenset({"summary", "text", "description", "comment", "other.summary"})
_ISSUE_KEYS: Final = frozenset({"key", "other", "parent", "epic"})
_BY_KEY: Final = "Key: "


@dataclass(frozen=True, slots=True)
class Cell:
    """A value: its text as displayed, the whole text if it was shortened, the address of the issue if it is a key."""

    text: str
    whole: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A displayed column; `is_added` if it was requested by name or added in Python."""

    name: str
    look: Look
    cells: tuple[Cell, ...]
    is_added: bool


@dataclass(frozen=True, slots=True)
class View:
    """The displayed columns and a line about the rest; a single issue is displayed as names beside values."""

    columns: tuple[ViewColumn, ...]
    note: str
    is_single_issue: bool


def view(frame: pd.DataFrame) -> View | None:
    """Return what is displayed of a frame of this package, None for any other frame."""
    if not _has_rows_of_result(frame):
        return None
    facts = frame.attrs["tracker"]
    is_single = _is_single_issue(frame, facts)
    rows = frame.head(_ROWS)
    rows.attrs = {}  # pandas copies them with every column
    if is_single:
        rows = rows.dropna(axis="columns")
    names = displayed_columns(list(rows.columns), facts, all_fields=is_single)
    added = added_columns(list(rows.columns), facts)
    columns = []
    for name, texts in _limited({name: _texts(rows[name]) for name in names}).items():
        if any(texts) or not is_single:
            look = _look(rows[name])
            cells = _cells(name, texts, facts, most=None if is_single else _LENGTHS[look])
            columns.append(ViewColumn(_heading(name, facts), look, cells, name in added))
    zones = {str(dtype.tz) for dtype in rows[names].dtypes if isinstance(dtype, pd.DatetimeTZDtype)}
    return View(tuple(columns), _note(frame, len(columns), zones, facts), is_single)


def _cells(name: str, texts: Iterable[str], facts: Mapping[str, Any], *, most: int | None) -> tuple[Cell, ...]:
    """Return the cells of a column, each with at most so many characters of its text."""
    cells = tuple(Cell(printable(text)) for text in texts) if most is None else _short_cells(texts, most)
    return _linked(cells, facts) if name in _ISSUE_KEYS else cells


def _has_rows_of_result(frame: pd.DataFrame) -> bool:
    """Whether these are rows of a result; `describe()`, `isna()`, `T` and others have its `attrs`, too."""
    names, index = frame.columns, frame.index
    if not isinstance(frame.attrs.get("tracker"), dict):
        return False
    if index.nlevels > 1 or index.name is not None or index.dtype.kind != "i":
        return False
    if not names.is_unique or not all(isinstance(name, str) for name in names):
        return False
    identifier = "key" if "key" in names else "id"
    return identifier in names and frame[identifier].dtype.kind == "O"


def _is_single_issue(frame: pd.DataFrame, facts: Mapping[str, Any]) -> bool:
    """Whether the result is one issue that was requested by its key."""
    return is_of_issues(facts) and len(frame) == 1 and is_key(str(facts.get("query")).removeprefix(_BY_KEY))


def _note(frame: pd.DataFrame, displayed: int, zones: Iterable[str], facts: Mapping[str, Any]) -> str:
    """Return the line about rows, columns and time zone; code in it stands in backquotes."""
    rows, columns = len(frame), len(frame.columns)
    parts = [f"{_ROWS} of {rows:,} rows" if rows > _ROWS else f"{rows} row{'' if rows == 1 else 's'}"]
    if displayed < columns:
        has_more = is_of_issues(facts) and facts["columns"] != ["all"]
        parts.append(f"{displayed} of {columns} columns: `df.columns`{', `--columns all`' if has_more else ''}")
    parts += [f"times in {zone}" for zone in sorted(zones)]
    return " · ".join(parts)


def _heading(name: str, facts: Mapping[str, Any]) -> str:
    unit = facts.get("units", {}).get(name)
    return printable(_cut(f"{name} ({unit})" if unit else name, _LENGTHS["line"]))


def _texts(values: "pd.Series[Any]") -> list[str]:
    pairs = zip(values.tolist(), values.isna().tolist(), strict=True)
    return ["" if is_missing else _text(value) for value, is_missing in pairs]


def _limited(texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the texts of every column, all of them cut if they are too long together."""
    lengths = [len(text) for column in texts.values() for text in column]
    if sum(lengths) <= _CHARACTERS:
        return texts
    limit = _CHARACTERS // len(lengths)
    return {name: [_cut(text, limit) for text in column] for name, column in texts.items()}


def _short_cells(texts: Iterable[str], length: int) -> tuple[Cell, ...]:
    lines = [(printable(" ".join(text.split())), text) for text in texts]
    return tuple(
        Cell(line) if len(line) <= length else Cell(f"{line[: length - 1].rstrip()}…", whole=printable(text))
        for line, text in lines
    )


def _linked(cells: Iterable[Cell], facts: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return the cells of keys with the addresses of the issues in the tracker that the frame comes from."""
    origin = web_origin(facts.get("url"))
    if origin is None:
        return tuple(cells)
    return tuple(replace(cell, url=f"{origin}/{quote(cell.text)}") if is_key(cell.text) else cell for cell in cells)


def _look(values: "pd.Series[Any]") -> Look:
    if values.dtype.kind in "iuf":
        return "number"
    if values.dtype.kind == "M" or values.name in _ISSUE_KEYS:
        return "line"
    return "wide" if values.name in _WIDE else "text"


def _text(value: Any) -> str:
    """Return a value as text, cut if it is very long."""
    match value:
        case datetime() if value.tzinfo is None and value.time() == time():
            return f"{value:%Y-%m-%d}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case float():
            return f"{value:.3g}" if abs(value) < 1 else f"{round(value, 2):.15g}"
        case list() | np.ndarray():
            members = [_text(member) for member in islice(value, _MEMBERS) if member is not None]
            return _cut(", ".join(members), _LONGEST)
        case _:
            return _cut(str(value), _LONGEST)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
