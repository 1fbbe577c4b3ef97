"""What a column is, and which columns a field of issues gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

ColumnKind = Literal["text", "datetime", "date", "integer", "float", "boolean", "hours", "list", "object"]
# What a column takes of the value at its path. Of a reference, its own column takes what names it, the `display` or the
# `key`; a companion takes another member, or nothing where the reference has none. `login` is looked up by id;
# `relation` (of a link) and `options` (of a field) are worked out.
ColumnPart = Literal[
    "value",
    "localized_text",
    "id_text",
    "display",
    "key",
    "companion_display",
    "companion_key",
    "companion_id",
    "login",
    "relation",
    "options",
]

DTYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "str",
        "datetime": "datetime64[us, TZ]",
        "date": "datetime64[us]",
        "integer": "Int64",
        "float": "float64",
        "boolean": "boolean",
        "hours": "float64 (working hours)",
        "list": "object (lists)",
        "object": "object (as received)",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `kind` decides the dtype, `path` leads to the value in a record, `part` is what is taken of it."""

    name: str
    kind: ColumnKind
    meaning: str
    path: tuple[str, ...]
    part: ColumnPart = "value"

    @property
    def dtype(self) -> str:
        """The dtype, for people to read; TZ stands for the zone of the frame."""
        return DTYPES[self.kind]


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field of issues holds: its type's name in the schema, one value or many, and its meaning."""

    name: str
    many: bool
    meaning: str


_PLAIN: Final[Mapping[str, ColumnKind]] = {
    "id": "text",
    "string": "text",
    "text": "text",
    "integer": "integer",
    "float": "float",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "timetracking": "hours",
}
_WITH_KEY: Final = frozenset({"status", "priority", "resolution", "issuetype", "statusType"})
_WITH_ID: Final = frozenset(
    {"user", "sprint", "component", "version", "maillist", "group", "board", "field", "portfolio", "goal", "entity"}
)
_ISSUE_LIKE: Final = frozenset({"issue", "queue"})
REFERENCES: Final = _WITH_KEY | _WITH_ID | _ISSUE_LIKE | {"project"}


def field_columns(name: str, path: tuple[str, ...], field_type: FieldType) -> tuple[Column, ...]:
    """Return the column of a field and, directly after it, its companions."""
    if field_type.name == "project" and not field_type.many:
        primary = FieldType("entity", many=False, meaning=field_type.meaning)
        secondary = FieldType("entity", many=True, meaning="The other projects.")
        return (
            *field_columns(name, (*path, "primary"), primary),
            *field_columns(f"{name}.secondary", (*path, "secondary"), secondary),
        )
    if field_type.name not in REFERENCES:
        part: ColumnPart = "id_text" if field_type.name == "id" else "value"
        plain_kind = "list" if field_type.many else _PLAIN.get(field_type.name, "object")
        return (Column(name, plain_kind, field_type.meaning, path, part),)
    kind: ColumnKind = "list" if field_type.many else "text"
    if field_type.name in _ISSUE_LIKE:
        display = Column(f"{name}.display", kind, f"What people see for `{name}`.", path, "companion_display")
        return (Column(name, kind, field_type.meaning, path, "key"), display)
    if field_type.name in _WITH_KEY:
        meaning = f"Key of `{name}`, the same in every language."
        companion = Column(f"{name}.key", kind, meaning, path, "companion_key")
    else:
        companion = Column(f"{name}.id", kind, f"Id of `{name}`.", path, "companion_id")
    return (Column(name, kind, field_type.meaning, path, "display"), companion)
