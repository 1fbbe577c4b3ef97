"""History: changelog entries in, one row per field change out; an entry without fields is one row."""

import json
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from tracker_magic.columns import FRAMES
from tracker_magic.frames.assembly import assembled
from tracker_magic.frames.extract import Cells, Context, displayed, scalar_text
from tracker_magic.frames.moments import checked_zone
from tracker_magic.frames.schema import Schema

Row = tuple[Any, ...]

_COLUMNS: Final = FRAMES["changelog"]
_NO_CHANGES: Final[tuple[dict[str, Any], ...]] = ({},)
_CREATED: Final = "IssueCreated"
_CHUNK: Final = 1_000


def build_changelog(
    entries: Iterable[tuple[str, dict[str, Any]]],
    tz: str = "UTC",
    *,
    schema: Schema | None = None,
) -> pd.DataFrame:
    """Give the frame of these entries, each with the present key of its issue; `tz` is the zone of `at`.

    Rows go by issue in the order in which issues first appear, then as the entries come, the entry of creation first
    whatever its time. With a schema a local field is named QUEUE.KEY. Entries may come as a stream: none is kept.
    """
    zone = checked_zone(tz)
    reader = _Reader(schema or Schema.from_records([], {}), Context())
    cells: list[Cells] = [[] for _ in _COLUMNS]
    issues: dict[str, int] = {}
    places: list[int] = []
    rows: list[Row] = []
    for key, entry in entries:
        before = len(rows)
        reader.read(key, entry, rows)
        place = 2 * issues.setdefault(key, len(issues)) + (entry.get("type") != _CREATED)
        places += [place] * (len(rows) - before)
        if len(rows) >= _CHUNK:
            _move(rows, cells)
    _move(rows, cells)
    return assembled(_COLUMNS, _sorted(cells, places), zone)


class _Reader:
    """Reads entries; knows the fields' names and shares equal texts."""

    def __init__(self, schema: Schema, context: Context) -> None:
        self._schema = schema
        self._context = context
        self._shared = context.shared
        self._fields: dict[str, tuple[str | None, bool]] = {}

    def read(self, key: str, entry: dict[str, Any], rows: list[Row]) -> None:
        """Append the rows of one entry, each in the order of the columns."""
        get = entry.get
        own, at, kind, transport = scalar_text(get("id")), get("updatedAt"), get("type"), get("transport")
        by, by_id = self._texts(get("updatedBy"))
        for change in get("fields") or _NO_CHANGES:
            name, many = self._field(change.get("field"))
            before, after = change.get("from"), change.get("to")
            if many or type(before) is list or type(after) is list:
                values = self._members(before, after)
            else:
                (shown, stable), (shown_after, stable_after) = self._texts(before), self._texts(after)
                values = (shown, shown_after, stable, stable_after, None, None)
            rows.append((key, own, at, by, by_id, kind, name, *values, transport))

    def _members(self, before: Any, after: Any) -> Row:
        """Give from, to, from.key, to.key, added, removed of a many-valued field."""
        shown, stable, was = self._side(before)
        shown_after, stable_after, is_ = self._side(after)
        came, went = [text for text in is_ if text not in was], [text for text in was if text not in is_]
        return (shown, shown_after, stable, stable_after, came, went)

    def _side(self, value: Any) -> tuple[str | None, str | None, list[str]]:
        """Give of one side the text people see, the stable text, and the members' keys or ids."""
        if value is None:
            return None, None, []
        given = value if type(value) is list else [value]
        pairs = [self._texts(member) for member in given if member is not None]
        members = [str(stable) for _, stable in pairs]
        return ", ".join(str(shown) for shown, _ in pairs), ", ".join(members), members

    def _field(self, field: Any) -> tuple[str | None, bool]:
        """Give a field's name in frames, and whether it has many values."""
        key = field.get("id") if type(field) is dict else field
        if type(key) is not str:
            return scalar_text(key), False
        named = self._fields.get(key)
        if named is None:
            known = self._schema.field(key)
            named = self._fields[key] = (known.name, known.of.many) if known else (key, False)
        return named

    def _texts(self, value: Any) -> tuple[str | None, str | None]:
        """Give the text people see and the stable text: key, else id, else the value as JSON writes it."""
        if value is None or type(value) is str:
            return value, value
        if type(value) is not dict:
            # 3 and 3.0 are one number, so that a change from one to the other is none.
            text = _json(int(value) if type(value) is float and value.is_integer() else value)
            return text, text
        display, own = value.get("display"), value.get("key") or value.get("id")
        if type(display) is str and type(own) is str:
            return self._shared[display], self._shared[own]
        if "primary" in value or "secondary" in value:
            shown, stable, _ = self._side(_projects(value))
            return shown, stable
        text = displayed(value, self._context)
        return text if type(text) is str else _json(value), _json(value) if own is None else str(own)


def _projects(value: dict[str, Any]) -> list[Any]:
    """Give the projects of v3's `{primary, secondary}`, the primary one first."""
    primary = value.get("primary")
    return [*([] if primary is None else [primary]), *(value.get("secondary") or [])]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _move(rows: list[Row], cells: list[Cells]) -> None:
    for column, moved in zip(cells, zip(*rows, strict=True), strict=False):
        column.extend(moved)
    rows.clear()


def _sorted(cells: list[Cells], places: list[int]) -> list[Cells]:
    order = np.argsort(np.array(places, dtype=np.int64), kind="stable")
    if (order == np.arange(len(order))).all():
        return cells
    return [[column[row] for row in order] for column in cells]
