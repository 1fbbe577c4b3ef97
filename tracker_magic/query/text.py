"""Queries as text: their keys, their queues, their sorting."""

import re
from collections.abc import Sequence
from typing import Final

from tracker_magic.errors import BadOption
from tracker_magic.query.conditions import Condition, conditions_in
from tracker_magic.query.field_names import FIELD_NAMES
from tracker_magic.query.literals import name_text

KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
_KEYS: Final = re.compile(rf"\s*{KEY.pattern}(?:[\s,]+{KEY.pattern})*[\s,]*", re.ASCII)


def is_keys(text: str) -> bool:
    """Whether `text` is made only of issue keys, separated by blanks or commas."""
    return _KEYS.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """Whether `text` is one issue key, with blanks or commas around it or not."""
    return is_keys(text) and len(keys_in(text)) == 1


def keys_in(text: str) -> list[str]:
    """The issue keys of such a text, in order."""
    return KEY.findall(text)


def has_sort(query: str) -> bool:
    """Whether the query sorts its issues itself (`"Sort By": …`)."""
    return any(condition.is_sort for condition in conditions_in(query))


def add_sort(query: str, order: Sequence[str]) -> str:
    """The query with `order` (names of fields, `-` first for descending; keys, too) as its `"Sort By"`.

    Raises BadOption if the query sorts already.
    """
    if not order:
        return query
    if has_sort(query):
        raise BadOption('the query sorts already ("Sort By")', hint="Leave out either `order` or the query's own.")
    clauses = []
    for field in order:
        key = field.lstrip("+-")
        clauses.append(f"{name_text(FIELD_NAMES.get(key, key))} {'DESC' if field.startswith('-') else 'ASC'}")
    return f'{query} "Sort By": {", ".join(clauses)}'.strip()


def queues_in(query: str) -> list[str]:
    """The queues that a query names by `Queue:`, by a local field's prefix or by keys; keys or names, as written."""
    queues: list[str] = []
    for condition in conditions_in(query):
        name = condition.name.text
        if name.lower() == "queue":
            queues += _plain_values(condition)
        elif name.lower() == "key":
            queues += [key.rpartition("-")[0] for key in filter(KEY.fullmatch, _plain_values(condition))]
        elif "." in name and query[condition.name.start] != '"':
            queues.append(name.partition(".")[0])
    return list(dict.fromkeys(queues))


def _plain_values(condition: Condition) -> list[str]:
    """The values that are not negated, compared or worked out by a function."""
    return [value.text for value in condition.values if not value.operator and not value.text.endswith("()")]
