"""The organisation's fields, and which columns a question gets: it follows from the arguments, never from the rows."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final, Self

from tracker_magic.columns import (
    DEFAULT_FIELDS,
    EXPANDED_FIELDS,
    SYSTEM_FIELDS,
    Column,
    FieldType,
    field_columns,
    login_column,
)
from tracker_magic.errors import BadOption

CommandContext = str | Sequence[str] | None

_LOCAL_ID: Final = re.compile(r"[0-9a-f]{24}--.+")
_LOCAL_NAME: Final = re.compile(r"\+?(?P<queue>[A-Z][A-Z0-9_]*)\.\w")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of issues: its name in frames, its key in records, what it holds, its queue if it is a local one."""

    name: str
    key: str
    of: FieldType
    queue: str | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its column and the companions that come with it."""
        return field_columns(self.name, (self.key,), self.of)


@dataclass(frozen=True, slots=True)
class Selection:
    """The planned columns of a frame of issues.

    `api_fields` is what travels in `?fields=` (None: everything); `needs_users` tells that a login was asked for;
    `everything` that columns for keys nobody describes are appended, sorted by name.
    """

    columns: tuple[Column, ...]
    api_fields: tuple[str, ...] | None
    needs_users: bool
    everything: bool = False


@dataclass(frozen=True)
class Schema:
    """All fields known: the built-in table, then what the service says of its fields and of local ones."""

    fields: tuple[Field, ...]

    @classmethod
    def from_records(cls, fields: Sequence[dict[str, Any]], local: Mapping[str, Sequence[dict[str, Any]]]) -> Self:
        """Read `GET /fields` and, by queue key, `GET /queues/KEY/localFields`; the built-in table wins over both."""
        found = {name: Field(name, name, of) for name, of in SYSTEM_FIELDS.items()}
        for record in fields:
            if "id" in record and "queue" not in record:
                key = record["id"]
                name = _short(record) if _is_local_id(key) else key
                found.setdefault(name, Field(name, key, _type_of(record)))
        of_queues = [(_key_of(record["queue"]), record) for record in fields if "id" in record and "queue" in record]
        of_queues += [(queue, record) for queue, records in local.items() for record in records]
        return cls((*found.values(), *_local_fields(of_queues)))

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that `select` takes, full ids of local fields aside: fields, companions, logins."""
        return tuple(name for name in self._by_name if not _is_local_id(name))

    def field(self, key: str) -> Field | None:
        """Give the field with this key in records (`status`, `6054…--team`), None if nobody describes it."""
        return self._by_key.get(key)

    def select(self, fields: CommandContext = None, queues: Sequence[str] = ()) -> Selection:
        """Plan the columns for these fields and the named queues' local fields; BadOption names every unknown field.

        None is the default list and the local fields, "all" every field; names with `+` come on top of the default,
        other names give exactly these columns, `key` first.
        """
        if fields is None:
            return _selection(self._default(queues))
        if fields == "all":
            return self._all(queues)
        asked = [name.strip() for name in fields.split(",")] if isinstance(fields, str) else list(fields)
        plus = [isinstance(name, str) and name.startswith("+") for name in asked]
        if any(plus) and not all(plus):
            raise BadOption(
                "some field names begin with + and some do not.", hint="Write + before all of them, or none."
            )
        columns = self._named([name.removeprefix("+") if isinstance(name, str) else name for name in asked])
        if any(plus):
            return _selection(_joined(self._default(queues), columns))
        return _selection((*self._by_name["key"], *columns))

    def _default(self, queues: Sequence[str]) -> tuple[Column, ...]:
        fields = (*(self._by_key[key] for key in DEFAULT_FIELDS), *self._local(queues))
        return tuple(column for field in fields for column in field.columns)

    def _all(self, queues: Sequence[str]) -> Selection:
        described = [field for field in self.fields if field.queue is None]
        queues = queues or list(dict.fromkeys(field.queue for field in self.fields if field.queue))
        columns = [column for field in (*described, *self._local(queues)) for column in field.columns]
        return Selection(_once(columns), None, needs_users=False, everything=True)

    def _local(self, queues: Sequence[str]) -> Iterator[Field]:
        return (field for queue in queues for field in self.fields if field.queue == queue)

    def _named(self, names: Sequence[str]) -> list[Column]:
        unknown = [
            name for name in names if not (_is_local_id(name) or (isinstance(name, str) and name in self._by_name))
        ]
        if unknown:
            told = "; ".join(self._unknown(name) for name in unknown)
            raise BadOption(f"{told}.", hint="%tracker fields (t.fields()) lists all fields.")
        return [column for name in names for column in self._by_name.get(name) or _undescribed(name).columns]

    def _unknown(self, name: object) -> str:
        folded = {known.casefold(): known for known in reversed(self.names)}
        asked = str(name).casefold()
        ending = [known for known in self.names if known.casefold().endswith(f".{asked}")]
        near = [*ending, *(folded[match] for match in get_close_matches(asked, folded, n=3))]
        nearest = f" (the nearest: {', '.join(list(dict.fromkeys(near))[:3])})" if near else ""
        return f"there is no field {name!r}{nearest}"

    @cached_property
    def _by_key(self) -> Mapping[str, Field]:
        return {field.key: field for field in self.fields}

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Column, ...]]:
        """Every name and the columns it stands for; a field's own name wins over a companion of the same name."""
        companions: dict[str, tuple[Column, ...]] = {}
        named: dict[str, tuple[Column, ...]] = {}
        for field in (*self.fields, *(Field(name, name, of) for name, of in EXPANDED_FIELDS.items())):
            first, *others = columns = field.columns
            if field.of.type == "user":
                others.append(login_column(field.name, (field.key,), field.of))
            named |= {first.name: columns, field.key: columns}
            companions |= {column.name: (column,) for column in others}
        return companions | named


def named_queues(fields: CommandContext) -> tuple[str, ...]:
    """Give the queues whose local fields these names mean (`DEV.team`), so that their schema can be asked first."""
    names = fields.split(",") if isinstance(fields, str) else fields or ()
    forms = (_LOCAL_NAME.match(name.strip()) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(form["queue"] for form in forms if form))


def _selection(columns: Iterable[Column]) -> Selection:
    planned = _once(columns)
    travelling = tuple(dict.fromkeys(column.path[0] for column in planned))
    return Selection(planned, travelling, needs_users=any(column.part == "login" for column in planned))


def _once(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple({column.name: column for column in columns}.values())


def _joined(planned: Sequence[Column], added: Sequence[Column]) -> list[Column]:
    """Give the planned columns and the added ones, a companion after the columns of its field."""
    joined = list(planned)
    for column in added:
        places = [place for place, known in enumerate(joined) if known.path[0] == column.path[0]]
        joined.insert(places[-1] + 1 if places else len(joined), column)
    return joined


def _local_fields(records: Iterable[tuple[str, dict[str, Any]]]) -> list[Field]:
    """Name local fields QUEUE.KEY; two different fields of one name keep their full ids."""
    unique = {record["id"]: (queue, record) for queue, record in records if "id" in record}
    named = [(f"{queue}.{_short(record)}", queue, record) for queue, record in unique.values()]
    times = Counter(name for name, _, _ in named)
    return [
        Field(name if times[name] == 1 else record["id"], record["id"], _type_of(record), queue)
        for name, queue, record in named
    ]


def _short(record: Mapping[str, Any]) -> str:
    return str(record.get("key") or record["id"].rpartition("--")[2])


def _type_of(record: Mapping[str, Any]) -> FieldType:
    schema = record.get("schema") or {}
    many = schema.get("type") == "array"
    name = record.get("name")
    meaning = name if isinstance(name, str) else str(record["id"])
    return FieldType(str(schema.get("items" if many else "type") or "object"), many, meaning)


def _key_of(queue: Any) -> str:
    return str(queue.get("key") or queue.get("id")) if isinstance(queue, dict) else str(queue)


def _is_local_id(name: object) -> bool:
    return isinstance(name, str) and _LOCAL_ID.fullmatch(name) is not None


def _undescribed(name: str) -> Field:
    return Field(name, name, FieldType("object", many=False, meaning="As it came."))
