"""A question and the schema become what the service is asked; pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from tracker_magic.api import Criteria
from tracker_magic.errors import BadOption
from tracker_magic.frames import Schema
from tracker_magic.query import FIELD_NAMES, add_sort, literal
from tracker_magic.tracker.selection import Question, plain

KEYS_A_QUERY: Final = 500
BUILT_IN: Final = Schema.from_records([], {})
_KNOWN: Final = frozenset(BUILT_IN.names)


def is_known(names: Sequence[str]) -> bool:
    """Whether the built-in table describes all these fields, so that the service need not be asked."""
    return all(name.strip().lstrip("+-") in _KNOWN for name in names)


def names_beyond(question: Question) -> bool:
    """Whether the question uses fields that only the service's schema knows."""
    return not is_known([*(question.filter or {}), *question.order])


def to_criteria(question: Question, schema: Schema, tz: str) -> list[Criteria]:
    """One search, or several for a long list of keys. Raises BadOption for an order that cannot be asked for."""
    if question.keys is not None:
        return _of_keys(question)
    if question.filter is not None:
        return [_of_filter(question.filter, question.order, schema, tz)]
    return [Criteria(query=add_sort(question.query or "", question.order, _query_names(question.order, schema)))]


def _of_keys(question: Question) -> list[Criteria]:
    keys = question.keys or ()
    if question.order and len(keys) > KEYS_A_QUERY:
        raise BadOption(
            f"more than {KEYS_A_QUERY} keys come as given, without an order", hint="Sort the frame: df.sort_values(…)."
        )
    queries = (f"Key: {literal(keys[start : start + KEYS_A_QUERY])}" for start in range(0, len(keys), KEYS_A_QUERY))
    return [Criteria(query=add_sort(query, question.order, {})) for query in queries]


def _of_filter(given: Mapping[str, object], order: Sequence[str], schema: Schema, tz: str) -> Criteria:
    keys = {field.name: field.key for field in schema.fields}
    values = {keys.get(name, name): plain(value, tz) for name, value in given.items()}
    signed = (("-" if each.startswith("-") else "+", each.lstrip("+-")) for each in order)
    return Criteria(filter=values, order=tuple(f"{sign}{keys.get(name, name)}" for sign, name in signed))


def _query_names(order: Sequence[str], schema: Schema) -> dict[str, str]:
    """Names for the fields the language has no word for: a local field's QUEUE.KEY, a global one's own name."""
    names = {
        field.name: field.name if field.queue else field.type.meaning
        for field in schema.fields
        if field.name not in _KNOWN
    }
    for each in order:
        name = each.lstrip("+-")
        if name not in FIELD_NAMES and name not in names:
            raise BadOption(f"the query language has no name to order by {name!r}", hint="Sort the frame instead.")
    return names
