"""What a column is, and which columns a field of a given type gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["text", "datetime", "date", "integer", "float", "boolean", "hours", "list", "object"]
# Of the value: itself, its text in one language, itself as an id. Of a reference: what people see (its name, or beside
# the name), its key (beside the name, or as the name), its id, the person's login. The last two are worked out.
Part = Literal[
    "value", "words", "own_id", "display", "title", "key", "named_by_key", "id", "login", "relation", "options"
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
        "object": "object (as it came)",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `kind` decides the dtype, `path` leads to the value in the record, `part` is what is taken of it."""

    name: str
    kind: Kind
    meaning: str
    path: tuple[str, ...]
    part: Part = "value"

    @property
    def dtype(self) -> str:
        """The dtype as people write it; TZ stands for the frame's zone."""
        return DTYPES[self.kind]


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field of issues holds: the schema's type, one value or many, and its meaning."""

    type: str
    many: bool
    meaning: str


_PLAIN: Final[Mapping[str, Kind]] = {
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


def field_columns(name: str, path: tuple[str, ...], of: FieldType) -> tuple[Column, ...]:
    """Give the column of a field and, directly after it, its companions."""
    if of.type == "project" and not of.many:
        ref, lists = FieldType("entity", many=False, meaning=of.meaning), "The other projects."
        rest = FieldType("entity", many=True, meaning=lists)
        return (
            *field_columns(name, (*path, "primary"), ref),
            *field_columns(f"{name}.secondary", (*path, "secondary"), rest),
        )
    if of.type not in REFERENCES:
        part: Part = "own_id" if of.type == "id" else "value"
        return (Column(name, "list" if of.many else _PLAIN.get(of.type, "object"), of.meaning, path, part),)
    kind: Kind = "list" if of.many else "text"
    if of.type in _ISSUE_LIKE:
        shown = Column(f"{name}.display", kind, f"What people see for `{name}`.", path, "title")
        return (Column(name, kind, of.meaning, path, "named_by_key"), shown)
    by_key = of.type in _WITH_KEY
    meaning = f"Key of `{name}`, the same in every language." if by_key else f"Id of `{name}`."
    other = Column(f"{name}.{'key' if by_key else 'id'}", kind, meaning, path, "key" if by_key else "id")
    return (Column(name, kind, of.meaning, path, "display"), other)


def login_column(name: str, path: tuple[str, ...], of: FieldType) -> Column:
    """Give the column `NAME.login` of a user field; it is filled from the list of users."""
    return Column(f"{name}.login", "list" if of.many else "text", f"Login of `{name}`.", path, "login")
