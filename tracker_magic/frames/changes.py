"""Changes of fields, many at once: the field's name, what people see before and after, stable texts, and members."""

import json
from collections.abc import Sequence
from typing import Any, Final

from tracker_magic.frames.extract import SharedTexts, display_text, scalar_text
from tracker_magic.frames.schema import Schema

CHANGE_COLUMNS: Final = ("field", "from", "to", "from.key", "to.key", "added", "removed")

_LOCAL: Final = "--"  # in the id of a local field, before its key
_NOTHING: Final = (None, None)

Row = tuple[Any, ...]


class ChangeReader:
    """Reads changes; the schema names the fields, and equal texts are kept once.

    `unnamed_fields` are the ids of local fields that were met and that the schema lacks.
    """

    def __init__(self, schema: Schema) -> None:
        self.unnamed_fields: set[str] = set()
        self._schema = schema
        self._texts = SharedTexts()
        self._fields: dict[str, tuple[str, bool]] = {}  # by id the name in frames, and whether it has many values

    def change(self, change: dict[str, Any]) -> Row:
        """Return the cells of CHANGE_COLUMNS for one change."""
        field: Any = change.get("field")
        before, after = change.get("from"), change.get("to")
        name: str | None
        try:
            name, is_many = self._fields[field["id"]]
        except (KeyError, TypeError):  # it was not met before, or is no object
            name, is_many = self._field(field)
        if is_many or type(before) is list or type(after) is list:
            return name, *self._change_of_members(before, after)
        display, stable = _NOTHING if before is None else self.texts(before)
        display_after, stable_after = _NOTHING if after is None else self.texts(after)
        return name, display, display_after, stable, stable_after, None, None

    def _change_of_members(self, before: Any, after: Any) -> Row:
        """Return from, to, from.key, to.key, added and removed of a many-valued field."""
        display, stable, members = self._members(before)
        display_after, stable_after, members_after = self._members(after)
        added = tuple([member for member in members_after if member not in members])
        removed = tuple([member for member in members if member not in members_after])
        return display, display_after, stable, stable_after, added, removed

    def _members(self, value: Any) -> tuple[str | None, str | None, Sequence[str]]:
        """Return of a value's members the texts people see and the keys or ids, both joined, and the keys alone."""
        if value is None:
            return None, None, ()
        members = value if type(value) is list else [value]
        texts = [self.texts(member) for member in members if member is not None]
        keys = [str(key) for _, key in texts]
        return ", ".join([str(display) for display, _ in texts]), ", ".join(keys), keys

    def _field(self, field: Any) -> tuple[str | None, bool]:
        """Return a field's name in frames, and whether it has many values."""
        key = field.get("id") if type(field) is dict else field
        if type(key) is not str:
            return scalar_text(key), False
        if key not in self._fields:
            known = self._schema.field(key)
            self._fields[key] = (known.name, known.type.many) if known else (key, False)
            if known is None and _LOCAL in key:
                self.unnamed_fields.add(key)
        return self._fields[key]

    def texts(self, value: Any) -> tuple[str | None, str | None]:
        """Return of a value the text people see, and the stable text: key, else id, else the value as JSON."""
        if value is None:
            return None, None
        try:
            return self._texts[value["display"]], self._texts[value.get("key") or value["id"]]
        except (KeyError, TypeError):  # no reference of the documented shape
            return self._undocumented(value)

    def _undocumented(self, value: Any) -> tuple[str | None, str | None]:
        if type(value) is not dict:
            text = _plain_text(value)
            return text, text
        if "primary" in value or "secondary" in value:
            display, key, _ = self._members(_projects(value))
            return display, key
        text, key = display_text(value), value.get("key") or value.get("id")
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
