"""The organisation's fields, and which columns a frame of issues gets: it follows from the arguments, not the rows."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, Self

from tracker_magic.columns import (
    DEFAULT_FIELDS,
    EXPANDED_FIELDS,
    SYSTEM_FIELDS,
    Column,
    ColumnKind,
    FieldType,
    field_columns,
)
from tracker_magic.errors import BadOption
from tracker_magic.names import folded, nearest
from tracker_magic.query.field_names import FIELD_NAMES, FIELD_WORDS
from tracker_magic.query.parameters import texts_of

FieldNames = str | Sequence[str] | None

FIELDS_HINT: Final = "%tracker fields (t.fields()) lists all fields."

_LOCAL_ID: Final = re.compile(r"[0-9a-f]{24}--.+")
_LOCAL_NAME: Final = re.compile(r"\+?(?P<queue>[A-Z][A-Z0-9_]*)\.\w")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of issues: its name in frames, its key in records, what it holds, its queue if it is a local one.

    `labels` are the names that people see, in one language or several.
    """

    name: str
    key: str
    type: FieldType
    queue: str | None = None
    labels: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its column and the companions that come with it."""
        return field_columns(self.name, (self.key,), self.type)

    @property
    def login_column(self) -> Column:
        """The column `NAME.login` of a user field, filled from the list of users; it comes only when asked for."""
        kind: ColumnKind = "list" if self.type.many else "text"
        return Column(f"{self.name}.login", kind, f"Login of `{self.name}`.", (self.key,), "login")


@dataclass(frozen=True, slots=True)
class ColumnSelection:
    """The planned columns of a frame of issues.

    `api_fields` is the value of `?fields=` (None: all fields); `needs_users` is true if a login was asked for;
    with `everything` a column is appended for each key that no field describes, sorted by name.
    """

    columns: tuple[Column, ...]
    api_fields: tuple[str, ...] | None
    needs_users: bool
    everything: bool = False


class Schema:
    """All fields known: the built-in table, then the fields that the service describes, then the local ones."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        # Not cached properties: in Python 3.11 these take a lock, which a fork could leave locked.
        self._fields_by_key = {field.key: field for field in fields}
        self._columns_by_name = _columns_by_name(fields)

    @classmethod
    def from_records(cls, fields: Sequence[dict[str, Any]], local: Mapping[str, Sequence[dict[str, Any]]]) -> Self:
        """Read `GET /fields` and, by queue key, `GET /queues/KEY/localFields`; the built-in table wins over both.

        Further records of a field only add its names in other languages.
        """
        known = _read_global_fields(fields)
        local_records = [(_queue_key(record["queue"]), record) for record in fields if "queue" in record]
        local_records += [(queue, record) for queue, records in local.items() for record in records]
        return cls((*known.values(), *_read_local_fields(local_records)))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that `select` takes, except displayed names and full ids of local fields."""
        return tuple(name for name in self._columns_by_name if not _is_local_id(name))

    def find(self, name: object) -> str | None:
        """The name in frames of what people call `name`, None if it is unknown.

        They may write it in any case, or as the query language or the service's pages name the field. Raises BadOption
        if these show several fields under this name.
        """
        if not isinstance(name, str) or name in self._columns_by_name:
            return name if isinstance(name, str) else None
        for spellings in self._spellings():
            names = list(dict.fromkeys(field for text, field in spellings if folded(text) == folded(name)))
            if len(names) > 1:
                problem = f"{len(names)} fields are called {name!r}: {', '.join(names)}"
                raise BadOption(problem, hint="Name one of these.", reason="ambiguous_name")
            if names:
                return names[0]
        return None

    def knows(self, name: str) -> bool:
        """Whether `select` takes the name."""
        return self.find(name) is not None or _is_local_id(name)

    def _spellings(self) -> Iterator[list[tuple[str, str]]]:
        """What may be typed, with the name that it stands for; of equal texts the earlier list counts."""
        yield [(name, name) for name in self.names]
        yield [(query, key) for key, query in FIELD_NAMES.items()]
        yield [(label, field.name) for field in self.fields for label in field.labels]
        yield [(f"{field.queue}.{label}", field.name) for field in self.fields for label in field.labels if field.queue]
        yield [(word, key) for key, words in FIELD_WORDS.items() for word in words]

    def field(self, key: str) -> Field | None:
        """Return the field with this key in records (`status`, `6054…--team`), None if it is unknown."""
        return self._fields_by_key.get(key)

    def select(self, fields: FieldNames = None, queues: Sequence[str] = ()) -> ColumnSelection:
        """Plan the columns for these fields and these queues' local fields; BadOption names every unknown field.

        None means the default columns and the local fields, "all" every field; names with `+` are added to the default;
        other names give exactly these columns, `key` first.
        """
        if fields == "all":
            return self._select_all(queues)
        if fields is None:
            return _selection(self._default_columns(queues))
        names = [name.strip() for name in fields.split(",")] if isinstance(fields, str) else list(fields)
        has_plus = [isinstance(name, str) and name.startswith("+") for name in names]
        if not any(has_plus):
            return _selection([*self._columns_by_name["key"], *self._named_columns(names)])
        if not all(has_plus):
            raise BadOption(
                "some field names begin with + and some do not", hint="Write + before all of them, or before none."
            )
        added = self._named_columns([name.removeprefix("+") for name in names])
        return _selection(_inserted(self._default_columns(queues), added))

    def _default_columns(self, queues: Sequence[str]) -> list[Column]:
        fields = [*(self._fields_by_key[key] for key in DEFAULT_FIELDS), *self._local_fields(queues)]
        return [column for field in fields for column in field.columns]

    def _select_all(self, queues: Sequence[str]) -> ColumnSelection:
        queues = queues or list(dict.fromkeys(field.queue for field in self.fields if field.queue))
        fields = [*(field for field in self.fields if field.queue is None), *self._local_fields(queues)]
        return _selection([column for field in fields for column in field.columns], everything=True)

    def _local_fields(self, queues: Sequence[str]) -> list[Field]:
        return [field for queue in queues for field in self.fields if field.queue == queue]

    def _named_columns(self, names: Sequence[str]) -> list[Column]:
        self.check(names)
        found = [(name, self.find(name)) for name in names]
        unnamed = FieldType("object", many=False, meaning="As received.")
        columns = [
            self._columns_by_name[known] if known is not None else Field(name, name, unnamed).columns
            for name, known in found
        ]
        return list(chain.from_iterable(columns))

    def check(self, names: Iterable[str], others: Sequence[str] = ()) -> None:
        """Raise BadOption that names every unknown field and the nearest names; `others` may be suggested, too."""
        unknown = [name for name in names if not self.knows(name)]
        nearest_names = (", ".join(self._nearest(str(name), others)) for name in unknown)
        problems = [
            f"there is no field {name!r}" + (f" (the nearest: {similar})" if similar else "")
            for name, similar in zip(unknown, nearest_names, strict=True)
        ]
        if problems:
            raise BadOption("; ".join(problems), hint=FIELDS_HINT, reason="unknown_name")

    def _nearest(self, name: str, others: Sequence[str]) -> list[str]:
        """The names that are similar to an unknown one: of frames, of queries, displayed ones, and `others`."""
        local = [known for known in self.names if known.casefold().endswith(f".{name.casefold()}")]
        known_names = [text for spellings in self._spellings() for text, _ in spellings]
        return list(dict.fromkeys([*local, *nearest(name, [*known_names, *others])]))[:3]


def _columns_by_name(schema_fields: tuple[Field, ...]) -> Mapping[str, tuple[Column, ...]]:
    """Every name and the columns it stands for; a field's own name wins over a companion of the same name."""
    companions: dict[str, tuple[Column, ...]] = {}
    fields: dict[str, tuple[Column, ...]] = {}
    for field in (*schema_fields, *(Field(name, name, each) for name, each in EXPANDED_FIELDS.items())):
        first, *others = columns = field.columns
        if field.type.name == "user":
            others.append(field.login_column)
        fields |= {first.name: columns, field.key: columns}
        companions |= {column.name: (column,) for column in others}
    return companions | fields


def queues_of_fields(fields: FieldNames) -> tuple[str, ...]:
    """Return the queues whose local fields these names mean (`DEV.team`), so that their schema can be fetched first."""
    names = fields.split(",") if isinstance(fields, str) else fields or ()
    matches = (_LOCAL_NAME.match(name.strip()) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(match["queue"] for match in matches if match))


def _selection(columns: Sequence[Column], *, everything: bool = False) -> ColumnSelection:
    """Return the selection of these columns, each once."""
    distinct = tuple({column.name: column for column in columns}.values())
    api_fields = None if everything else tuple(dict.fromkeys(column.path[0] for column in distinct))
    return ColumnSelection(distinct, api_fields, any(column.part == "login" for column in distinct), everything)


def _inserted(columns: Sequence[Column], added: Sequence[Column]) -> list[Column]:
    """Return the columns and the added ones, a companion after the columns of its field."""
    result = list(columns)
    for column in added:
        same_field = [index for index, known in enumerate(result) if known.path[0] == column.path[0]]
        result.insert(same_field[-1] + 1 if same_field else len(result), column)
    return result


def _read_global_fields(records: Iterable[dict[str, Any]]) -> dict[str, Field]:
    """The system fields and the organisation's by name; of a field that was described before, only names are added."""
    known = {name: Field(name, name, field_type) for name, field_type in SYSTEM_FIELDS.items()}
    for record in records:
        if "id" in record and "queue" not in record:
            key = record["id"]
            name = _short_key(record) if _is_local_id(key) else key
            known[name] = _labelled(known.get(name, Field(name, key, _field_type(record))), record)
    return known


def _read_local_fields(records: Iterable[tuple[str, dict[str, Any]]]) -> list[Field]:
    """Name local fields QUEUE.KEY; two different fields of one name keep their full ids."""
    by_id: dict[str, Field] = {}
    for queue, record in records:
        if "id" in record:
            field = Field(f"{queue}.{_short_key(record)}", record["id"], _field_type(record), queue)
            by_id[field.key] = _labelled(by_id.get(field.key, field), record)
    occurrences = Counter(field.name for field in by_id.values())
    return [field if occurrences[field.name] == 1 else replace(field, name=field.key) for field in by_id.values()]


def _labelled(field: Field, record: Mapping[str, Any]) -> Field:
    """The field with the names that this record of it shows."""
    labels = texts_of(record.get("name"))
    return replace(field, labels=tuple(dict.fromkeys((*field.labels, *labels)))) if labels else field


def _short_key(record: Mapping[str, Any]) -> str:
    return str(record.get("key") or record["id"].rpartition("--")[2])


def _field_type(record: Mapping[str, Any]) -> FieldType:
    schema = record.get("schema") or {}
    is_many = schema.get("type") == "array"
    name = record.get("name")
    meaning = name if isinstance(name, str) else str(record["id"])
    return FieldType(str(schema.get("items" if is_many else "type") or "object"), is_many, meaning)


def _queue_key(queue: Any) -> str:
    return str(queue.get("key") or queue.get("id")) if isinstance(queue, dict) else str(queue)


def _is_local_id(name: object) -> bool:
    return isinstance(name, str) and _LOCAL_ID.fullmatch(name) is not None
