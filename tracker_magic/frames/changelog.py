"""The frame of a changelog: one row for each change of a field or list; an entry without changes is one row."""

import json
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd

from tracker_magic.columns import FRAMES
from tracker_magic.frames.assembly import build_frame
from tracker_magic.frames.extract import Cells, SharedTexts, display_text, scalar_text
from tracker_magic.frames.list_changes import CHANGED_LISTS, list_changes
from tracker_magic.frames.parse import validate_zone
from tracker_magic.frames.schema import Schema

Row = tuple[Any, ...]

_COLUMNS: Final = FRAMES["changelog"]
_NO_CHANGE: Final[Row] = (None,) * 7  # field, from, to, from.key, to.key, added, removed
_LISTS: Final = frozenset(CHANGED_LISTS)
_CREATION: Final = "IssueCreated"
_CHUNK: Final = 1_000


def build_changelog(
    entries: Iterable[tuple[str, dict[str, Any]]],
    tz: str = "UTC",
    *,
    schema: Schema | None = None,
) -> pd.DataFrame:
    """Build the frame of these entries, each with the present key of its issue; `tz` is the zone of `at`.

    Rows are grouped by issue, in the order in which the issues first appear, and keep the order of the entries, except
    that the creation entry comes first whatever its time. With a schema a local field is named QUEUE.KEY. Entries may
    come from an iterator: none is kept.
    """
    zone = validate_zone(tz)
    reader = _EntryReader(schema or Schema.from_records([], {}))
    cells: list[Cells] = [[] for _ in _COLUMNS]
    issue_numbers: dict[str, int] = {}
    sort_keys: list[int] = []
    rows: list[Row] = []
    for key, entry in entries:
        entry_rows = reader.rows(key, entry)
        issue_number = issue_numbers.setdefault(key, len(issue_numbers))
        sort_keys += [2 * issue_number + (entry.get("type") != _CREATION)] * len(entry_rows)
        rows += entry_rows
        if len(rows) >= _CHUNK:
            _move(rows, cells)
    _move(rows, cells)
    return build_frame(_COLUMNS, _sorted(cells, sort_keys), zone)


class _EntryReader:
    """Reads entries; knows the fields' names and keeps equal texts once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._texts = SharedTexts()
        self._fields: dict[str, tuple[str | None, bool]] = {}

    def rows(self, key: str, entry: dict[str, Any]) -> list[Row]:
        """Return the rows of one entry, each in the order of the columns."""
        get = entry.get
        entry_id, at, kind, transport = scalar_text(get("id")), get("updatedAt"), get("type"), get("transport")
        author, author_id = self._display_and_key(get("updatedBy"))
        changes: list[Row] = [self._change(change) for change in get("fields") or ()]
        if not _LISTS.isdisjoint(entry):
            changes += list_changes(entry)
        return [(key, entry_id, at, author, author_id, kind, *change, transport) for change in changes or (_NO_CHANGE,)]

    def _change(self, change: dict[str, Any]) -> Row:
        """Return field, from, to, from.key, to.key, added and removed of one changed field."""
        name, is_many = self._field(change.get("field"))
        before, after = change.get("from"), change.get("to")
        if is_many or type(before) is list or type(after) is list:
            return (name, *self._change_of_members(before, after))
        display, stable = self._display_and_key(before)
        display_after, stable_after = self._display_and_key(after)
        return (name, display, display_after, stable, stable_after, None, None)

    def _change_of_members(self, before: Any, after: Any) -> Row:
        """Return from, to, from.key, to.key, added and removed of a many-valued field."""
        display, stable, members = self._members(before)
        display_after, stable_after, members_after = self._members(after)
        added = [member for member in members_after if member not in members]
        removed = [member for member in members if member not in members_after]
        return (display, display_after, stable, stable_after, added, removed)

    def _members(self, value: Any) -> tuple[str | None, str | None, list[str]]:
        """Return of a value's members the texts people see and the keys or ids, both joined, and the keys alone."""
        if value is None:
            return None, None, []
        members = value if type(value) is list else [value]
        pairs = [self._display_and_key(member) for member in members if member is not None]
        keys = [str(key) for _, key in pairs]
        return ", ".join(str(display) for display, _ in pairs), ", ".join(keys), keys

    def _field(self, field: Any) -> tuple[str | None, bool]:
        """Return a field's name in frames, and whether it has many values."""
        key = field.get("id") if type(field) is dict else field
        if type(key) is not str:
            return scalar_text(key), False
        name_and_many = self._fields.get(key)
        if name_and_many is None:
            known = self._schema.field(key)
            name_and_many = self._fields[key] = (known.name, known.type.many) if known else (key, False)
        return name_and_many

    def _display_and_key(self, value: Any) -> tuple[str | None, str | None]:
        """Return the text people see and the stable text: key, else id, else the value as JSON writes it."""
        if type(value) is not dict:
            text = _plain_text(value)
            return text, text
        display, key = value.get("display"), value.get("key") or value.get("id")
        if type(display) is str and type(key) is str:
            return self._texts[display], self._texts[key]
        if "primary" in value or "secondary" in value:
            display, key, _ = self._members(_projects(value))
            return display, key
        text = display_text(value)
        return text if type(text) is str else _json(value), _json(value) if key is None else str(key)


def _projects(value: dict[str, Any]) -> list[Any]:
    """Return the projects of v3's `{primary, secondary}`, the primary one first."""
    primary = value.get("primary")
    return [*([] if primary is None else [primary]), *(value.get("secondary") or [])]


def _plain_text(value: Any) -> str | None:
    """Return the text of a value that is no object; 3 and 3.0 are one number, so that a change of them shows none."""
    if value is None or type(value) is str:
        return value
    return _json(int(value) if type(value) is float and value.is_integer() else value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _move(rows: list[Row], cells: list[Cells]) -> None:
    """Move the cells of the rows into the columns, which take less memory."""
    for column, values in zip(cells, zip(*rows, strict=True), strict=False):
        column.extend(values)
    rows.clear()


def _sorted(cells: list[Cells], sort_keys: list[int]) -> list[Cells]:
    positions = np.argsort(np.array(sort_keys, dtype=np.int64), kind="stable")
    if (positions == np.arange(len(positions))).all():
        return cells
    return [[column[position] for position in positions] for column in cells]
