"""What to write instead of a name or value that the service refused in a query or a filter."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from tracker_magic.api import Operation, Records
from tracker_magic.errors import BadOption, BadQuery, TrackerError
from tracker_magic.names import folded, nearest
from tracker_magic.query.conditions import Condition, Term, conditions_in
from tracker_magic.query.literals import name_text
from tracker_magic.query.parameters import (
    FUNCTIONS,
    VALUE_LISTS,
    Parameter,
    known_parameters,
    texts_of,
    value_names,
)
from tracker_magic.tracker.connection import Connection
from tracker_magic.tracker.lookup import QUEUE

# Lists that one request gives, or few; the others count if they were fetched before.
_SHORT_LISTS: Final = frozenset(
    {"queues", "statuses", "types", "priorities", "resolutions", "components", "boards", "groups"}
)
_ARGUMENTS: Final = {"sprints": " BOARD", "versions": " QUEUE"}  # of the commands that list them
_PAGES_OF_USERS: Final = 10  # which are requested for the nearest person, of a list that may be very long
_MOST_SHOWN: Final = 10  # values, if none is similar


@contextmanager
def advice_on_query(
    connection: Connection, operation: Operation, criteria: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Say what to write instead in the error for a query or a filter that the service refuses in this block.

    For that, lists that were not fetched yet are requested.
    """
    try:
        yield
    except BadQuery as refusal:
        error: BadQuery = operation.run(_with_advice, refusal, _Adviser(connection, operation), criteria or {})
        raise error from refusal.__cause__


def _with_advice(refusal: BadQuery, adviser: "_Adviser", criteria: Mapping[str, Any]) -> BadQuery:
    try:
        sentences = adviser.about_filter(refusal.messages, criteria) or adviser.about_query(refusal)
    except TrackerError:  # less important than the refusal
        sentences = []
    return refusal.rephrased(refusal.message, " ".join([*filter(None, sentences), refusal.hint]))


class _Adviser:
    """Finds the nearest names and values in the lists of the organisation."""

    def __init__(self, connection: Connection, operation: Operation) -> None:
        self._connection = connection
        self._operation = operation

    def about_query(self, error: BadQuery) -> list[str]:
        """A sentence for the mistake at the position that the service names, else for every unknown name."""
        conditions = conditions_in(error.query)
        refused = _refused_value(conditions, error.position)
        if refused is not None:
            name, value = refused
            called = [each for each in self._parameters([name]) if each.is_called(name)]
            return [self._about_value(each, value.text, error.query[value.start :]) for each in called[:1]]
        before = {word.text: error.query[: word.end] for word in _refused_names(conditions, error.position)}
        parameters = self._parameters(list(before))
        return [self._about_name(parameters, name, before[name]) for name in before]

    def about_filter(self, messages: Sequence[str], criteria: Mapping[str, Any]) -> list[str]:
        """A sentence for each value of the fields that the service names, as it does for a filter."""
        parameters = [each for each in self._parameters(list(criteria)) if f"{each.key}: " in _beginnings(messages)]
        return [
            self._about_value(parameter, value)
            for name, values in criteria.items()
            for parameter in parameters
            if parameter.is_known_as(name)
            for value in ([values] if isinstance(values, str) else values if isinstance(values, Iterable) else ())
            if isinstance(value, str)
        ]

    def _about_name(self, parameters: Sequence[Parameter], typed: str, before: str) -> str:
        """What to write instead of a name; nothing if queries have it. `before`: the query up to its end."""
        if called := [each for each in parameters if each.is_called(typed)]:
            return _about_quotes(called[0], typed, before)
        texts = _texts_of_names(parameters)
        if whole := _in_words(texts, lambda name: folded(before).endswith(name)):
            return _about_words(texts[whole])
        if known := [each for each in parameters if each.is_known_as(typed)]:
            return _name_in_queries(known, typed)
        return _did_you_mean(self._with_nearest_queues(typed) or [texts[name] for name in nearest(typed, texts)])

    def _about_value(self, parameter: Parameter, typed: str, rest: str = "") -> str:
        """What to write instead of a value, and the command that lists all. `rest`: the query from its beginning."""
        list_name = "users" if parameter.type == "user" else VALUE_LISTS.get(parameter.type, "")
        records = self._records(list_name)
        names = [*parameter.options, *(name for record in records for name in value_names(record, parameter.type))]
        if whole := _in_words(names, lambda name: folded(rest).startswith(name)):
            return f"Write {name_text(whole)} in quotes."
        texts = _texts_of_values(parameter, names)
        advice = _did_you_mean(texts[name] for name in nearest(typed, texts))
        if not advice and 0 < len(records) <= _MOST_SHOWN:
            advice = f"There are {', '.join(_shown(record, parameter.type, typed) for record in records)}."
        see = f"%tracker {list_name}{_ARGUMENTS.get(list_name, '')} lists them." if list_name else ""
        return f"{advice} {see}".strip()

    def _parameters(self, names: Sequence[str]) -> list[Parameter]:
        """The parameters known so far; if they do not explain all names, those that the service has now."""
        dictionaries, operation = self._connection.dictionaries, self._operation
        fields, local = list(dictionaries.known("fields")), list(dictionaries.known("local_fields"))
        parameters = known_parameters(fields, local)
        unclear = [name for name in names if not any(each.is_known_as(name) for each in parameters)]
        if not unclear:
            return parameters
        fields += dictionaries.in_every_language(operation, "fields")
        for queue in dict.fromkeys(filter(None, map(self._queue, unclear))):
            local += dictionaries.in_every_language(operation, "local_fields", queue=queue)
        return known_parameters(fields, local)

    def _queue(self, name: str) -> str | None:
        """The queue of a local field's name."""
        queue, dot, _ = name.partition(".")
        try:
            return self._connection.find(self._operation, QUEUE, queue).id if dot else None
        except BadOption:
            return None

    def _with_nearest_queues(self, name: str) -> list[str]:
        """The name of a local field with queues that exist, if its own does not."""
        queue, dot, key = name.partition(".")
        if not dot or self._queue(name) is not None:
            return []
        records = self._connection.dictionaries.get(self._operation, "queues")
        return [f"{near}.{key}" for near in nearest(queue, (str(record.get("key")) for record in records))]

    def _records(self, list_name: str) -> Records:
        dictionaries = self._connection.dictionaries
        if list_name in _SHORT_LISTS:
            return dictionaries.in_every_language(self._operation, list_name)
        if list_name == "users":
            return dictionaries.beginning(self._operation, list_name, _PAGES_OF_USERS)
        return dictionaries.known(list_name)


def _beginnings(messages: Sequence[str]) -> set[str]:
    """The names that the service's messages begin with: `field: text`."""
    return {message[: message.index(": ") + 2] for message in messages if ": " in message}


def _refused_value(conditions: Sequence[Condition], position: int | None) -> tuple[str, Term] | None:
    """The value at the position of the mistake, with the name of its parameter; names in an order are no values."""
    values = [
        (name, word)
        for each in conditions
        for name, words in ((each.name.text, [*each.values, *each.changes]), ("Author", each.changed_by))
        for word in (() if each.is_sort else words)
    ]
    return next(((name, word) for name, word in values if word.covers(position)), None)


def _refused_names(conditions: Sequence[Condition], position: int | None) -> list[Term]:
    """The name at the position of the mistake, else all names."""
    names = [word for each in conditions for word in (each.values if each.is_sort else [each.name])]
    return [word for word in names if word.covers(position)] or names


def _in_words(names: Iterable[str], is_there: Callable[[str], bool]) -> str | None:
    """The name of several words that stands there without quotes."""
    return next((name for name in names if " " in name and is_there(folded(name))), None)


def _about_quotes(parameter: Parameter, typed: str, before: str) -> str:
    """What to write instead of a local field whose queue stands inside the quotes (`"DEV.team"`), too."""
    is_quoted_whole = before.endswith('"') and folded(before[:-1]).endswith(f'"{folded(typed)}')
    return f"Write {parameter.text} without quotes." if parameter.queue and is_quoted_whole else ""


def _about_words(text: str) -> str:
    """What to write instead of several words without quotes: the name that they are, or lead to."""
    return f"Write {text} in quotes." if text.endswith('"') else _did_you_mean([text])


def _name_in_queries(known: Sequence[Parameter], typed: str) -> str:
    """What queries call a field that was named by its key or as people see it."""
    if called := " or ".join(each.text for each in known if each.query):
        return f"In a query, `{typed}` is called {called}."
    return f"A query cannot ask about `{known[0].key}`: leave it out and select the rows of the frame."


def _texts_of_names(parameters: Sequence[Parameter]) -> dict[str, str]:
    """What to type for each name of a parameter."""
    texts = {name: each.text_of(name) for each in reversed(parameters) if each.query for name in each.names}
    return {**texts, "Sort By": name_text("Sort By")}


def _texts_of_values(parameter: Parameter, names: Iterable[str]) -> dict[str, str]:
    """What to type for each name of a value; of a person, a part of the name is enough."""
    texts = {each: each for each in (*FUNCTIONS.get(parameter.type, ()), "empty()", "notEmpty()")}
    texts |= {name: name_text(name) for name in names}
    parts = {word: text for name, text in texts.items() for word in name.split()} if parameter.type == "user" else {}
    return parts | texts


def _shown(record: Mapping[str, Any], type_: str, typed: str) -> str:
    """The name of a value, in the alphabet of what was typed if it has one there."""
    names = value_names(record, type_) or texts_of(str(record.get("id")))
    return name_text(next((name for name in names if name.isascii() == typed.isascii()), names[0]))


def _did_you_mean(texts: Iterable[str]) -> str:
    joined = " or ".join(dict.fromkeys(texts))
    return f"Did you mean {joined}?" if joined else ""
