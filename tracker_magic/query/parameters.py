"""The parameters of the query language: the documented ones, and the fields of an organisation.

https://yandex.ru/support/tracker/ru/user/query-filter
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from tracker_magic.columns import SYSTEM_FIELDS
from tracker_magic.names import folded
from tracker_magic.query.field_names import FIELD_NAMES, FIELD_WORDS, OTHER_NAMES
from tracker_magic.query.literals import name_text

Record = Mapping[str, Any]

# Type of a field → the list that has its values.
VALUE_LISTS: Final = {
    "queue": "queues",
    "status": "statuses",
    "issuetype": "types",
    "priority": "priorities",
    "resolution": "resolutions",
    "component": "components",
    "sprint": "sprints",
    "version": "versions",
    "project": "projects",
    "board": "boards",
    "group": "groups",
}
_PERIODS: Final = ("now()", "today()", "week()", "month()", "quarter()", "year()")
# Type of a field → functions that may stand for a value, besides `empty()` and `notEmpty()`.
FUNCTIONS: Final = {
    "user": ("me()", "group(value: "),
    "datetime": _PERIODS,
    "date": _PERIODS,
    "resolution": ("unresolved()",),
}
_WITH_KEY: Final = frozenset({"status", "issuetype", "priority", "resolution"})  # known by name and by key


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, or a field that queries have no name for: its key in frames, its name in queries, its type.

    `labels` are what people call it besides, such as its displayed names; `options` are its values, and `queue` is that
    of a local field.
    """

    key: str
    query: str
    type: str
    labels: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    queue: str = ""

    @property
    def text(self) -> str:
        """What to type in a query."""
        return self.query if self.queue else name_text(self.query)

    @property
    def texts(self) -> list[str]:
        """Everything that can be typed in a query; displayed names of system fields are not documented there."""
        prefix = f"{self.queue}." if self.queue else ""
        labels = () if self.key in SYSTEM_FIELDS else (f"{prefix}{name_text(label)}" for label in self.labels)
        by_folded = {folded(text): text for text in (*labels, self.text) if text}
        return sorted(by_folded.values(), key=lambda text: text != self.text)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people may call it; displayed names of a local field with its queue, too."""
        local = (f"{self.queue}.{label}" for label in self.labels) if self.queue else ()
        return tuple(filter(None, (self.query, self.key, *self.labels, *local)))

    def text_of(self, name: str) -> str:
        """What to type in a query by somebody who calls it so: a custom field has a name in each language."""
        return name_text(name) if self.is_called(name) and not self.queue else self.text

    def is_called(self, name: str) -> bool:
        """Whether a query may call it so; of the displayed names, those of the organisation's own fields."""
        others = () if self.key in SYSTEM_FIELDS or self.queue else self.labels
        local = self.names if self.queue and folded(name).startswith(folded(f"{self.queue}.")) else ()
        return folded(name) in map(folded, filter(None, (self.query, *others, *local)))

    def is_known_as(self, name: str) -> bool:
        """Whether it is that by its key or a displayed name."""
        return folded(name) in map(folded, self.names)


def known_parameters(fields: Iterable[Record] = (), local_fields: Iterable[Record] = ()) -> list[Parameter]:
    """The fields of the system and of the organisation, then the parameters that are no fields.

    There may be several records of a field, each with its name in another language.
    """
    parameters = {
        key: Parameter(key, FIELD_NAMES.get(key, ""), each.name, FIELD_WORDS.get(key, ()))
        for key, each in SYSTEM_FIELDS.items()
    }
    for record in chain(fields, local_fields):
        new = parameter_of(record)
        known = parameters.get(new.key, new)
        labels = tuple(dict.fromkeys((*known.labels, *new.labels)))
        parameters[new.key] = Parameter(known.key, known.query, known.type, labels, known.options, known.queue)
    return [*parameters.values(), *(Parameter("", name, type_) for name, type_ in OTHER_NAMES.items())]


def parameter_of(record: Record) -> Parameter:
    """The parameter of a field: a system field has the documented name, a local one QUEUE.KEY, others a displayed one.

    `query` is empty for a system field without a documented name.
    """
    queue = record.get("queue")
    queue_key = str(queue.get("key")) if isinstance(queue, Mapping) else ""
    key, labels = str(record.get("id")), texts_of(record.get("name"))
    if queue_key:
        key = query = f"{queue_key}.{record.get('key') or key.rpartition('--')[2]}"
    else:
        query = FIELD_NAMES.get(key, "") if key in SYSTEM_FIELDS else next(iter(labels), key)
    return Parameter(key, query, _type(record), labels, _options(record), queue_key)


def texts_of(name: Any) -> tuple[str, ...]:
    """The texts of a name, which may come in several languages."""
    texts = name.values() if isinstance(name, Mapping) else [name]
    return tuple(text for text in texts if isinstance(text, str))


def value_names(record: Record, type_: str) -> tuple[str, ...]:
    """How a query names an item of a list: a queue by its key, others by name, some by both, a user by login, too."""
    key = (str(record.get("key")),)
    if type_ == "queue":
        return key
    if type_ == "user":
        return (*texts_of(record.get("display")), f"{record.get('login')}@")
    names = texts_of(record.get("name") or record.get("display") or record.get("summary"))
    return (*names, *key) if type_ in _WITH_KEY else names


def _type(record: Record) -> str:
    schema = record.get("schema")
    schema = schema if isinstance(schema, Mapping) else {}
    return str(schema.get("items") if schema.get("type") == "array" else schema.get("type"))


def _options(record: Record) -> tuple[str, ...]:
    provider = record.get("optionsProvider")
    given = provider.get("values") if isinstance(provider, Mapping) else None
    # Each queue may have its own.
    lists: Sequence[Any] = list(given.values()) if isinstance(given, Mapping) else [given]
    options = chain.from_iterable(each for each in lists if isinstance(each, list))
    return tuple(dict.fromkeys(map(str, options)))
