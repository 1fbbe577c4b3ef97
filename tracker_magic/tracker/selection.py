"""Reads which issues a caller means: criteria, sources of keys, orders, names and moments. Pure functions."""

import operator
import re
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from typing import Any, Final, SupportsIndex
from zoneinfo import ZoneInfo

import pandas as pd

from tracker_magic.api import Criteria
from tracker_magic.api.criteria import api_time
from tracker_magic.columns import SYSTEM_FIELDS
from tracker_magic.errors import BadOption
from tracker_magic.frames import Schema
from tracker_magic.printable import quoted
from tracker_magic.query import (
    FIELD_NAMES,
    add_sort,
    is_frame,
    is_key,
    is_keys,
    is_missing,
    keys_in,
    literal,
    python_value,
    queues_in,
    raw,
)

Names = str | Sequence[str] | None

KEYS_PER_SEARCH: Final = 499  # a total that is no multiple of 50, so that no page of this size can have been cut
BUILT_IN: Final = Schema.from_records([], {})
SHOWN_KEYS: Final = 20
_LARGEST_LIMIT: Final = 10**15
_END_OF_DAY: Final = time(23, 59, 59, 999_000, fold=1)  # fold: if clocks go back just then, the later one
_FRAMES: Final = (pd.DataFrame, pd.Series, pd.Index)


@dataclass(frozen=True, slots=True)
class IssueSelector:
    """Selects issues by one of `query`, `filter`, `keys`, `filter_id`; `queues` are the keys or names of its queues."""

    query: str | None = None
    filter: Mapping[str, Any] | None = None
    keys: tuple[str, ...] | None = None
    filter_id: str | None = None
    queues: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The form shown in `attrs` and messages."""
        if self.keys is not None:
            shown = ", ".join(self.keys[:SHOWN_KEYS])
            return f"Key: {shown}" + (f", … ({len(self.keys)} keys)" if len(self.keys) > SHOWN_KEYS else "")
        return self.query if self.query is not None else str(self.filter or f"filter {self.filter_id}")

    @property
    def fields(self) -> list[str]:
        """The names of fields in its filter and its order."""
        return [*(self.filter or {}), *(each.lstrip("+-") for each in self.order)]

    @property
    def needs_schema(self) -> bool:
        """Whether it uses fields that only the service's schema describes."""
        return not are_built_in(self.fields)


def select_issues(
    query: str | None = None,
    *,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
    queue: Any = None,
    keys: Any = None,
    filter_id: str | int | None = None,
    sprint: Any = None,
    order: Names = None,
) -> IssueSelector:
    """Read the criteria of `Tracker.issues`. Raises BadOption for two criteria, none, or an empty one."""
    criteria = {
        "query": query, "filter": filter, "queue": queue, "keys": keys, "filter_id": filter_id, "sprint": sprint,
    }  # fmt: skip
    names = [name for name, value in criteria.items() if value is not None]
    if len(names) != 1:
        problem = f"two criteria were given ({', '.join(names)})" if names else "no criterion was given"
        raise BadOption(problem, hint="Give exactly one of query, filter, queue, keys, filter_id and sprint.")
    return _READERS[names[0]](criteria[names[0]], read_order(order))


def read_source(source: Any) -> IssueSelector:
    """Read the `source` of a method for lists of issues.

    A string made only of keys, any other string as a query, a list, Series or Index of keys, or a frame with `key`. A
    frame or column without rows means no issues. Raises BadOption for a local copy, or for a source without keys.
    """
    if isinstance(source, str) and source.strip().startswith("@"):
        raise BadOption(f"there is no local copy {source.strip()}", hint="Give keys, a query or a frame with `key`.")
    if isinstance(source, str) and not is_keys(source):
        return select_issues(source)
    keys = read_keys(source)
    return IssueSelector(keys=()) if not keys and isinstance(source, _FRAMES) else select_issues(keys=keys)


def read_keys(keys: Any) -> list[str]:
    """Read keys from a string, a list, a Series, an Index, a frame with `key` or a row of one, else BadOption.

    Their case does not matter: they are returned in upper case.
    """
    if isinstance(keys, str):
        return _keys_in_text(keys)
    members = list(_members(keys))
    if missing := sum(map(is_missing, members)):
        raise BadOption(f"{missing} of {len(members)} keys are missing", hint="Leave them out: dropna().")
    texts = [str(key).strip() for key in members]
    if wrong := [repr(text) for text in texts if not is_key(_in_upper_case(text))]:
        raise BadOption(f"not an issue key: {', '.join(wrong[:5])}", hint="Keys look like DEV-1.")
    return [_in_upper_case(text) for text in texts]


def _in_upper_case(text: str) -> str:
    return text.upper() if text.isascii() else text  # `ß` would become `SS`, another queue


def _members(keys: Any) -> Iterable[Any]:
    """The keys in a frame, a row, or a list of keys. Raises BadOption for anything else."""
    if hasattr(keys, "keys") and "key" in keys:
        return [keys["key"]] if isinstance(keys["key"], str) else keys["key"]
    if is_frame(keys):
        raise BadOption("this frame has no column `key`", hint="Frames of this package have it first.")
    if not isinstance(keys, Iterable) or isinstance(keys, Mapping):
        raise BadOption(f"keys must be a list or a string, not {type(keys).__name__}", hint="Keys look like DEV-1.")
    return keys


def _keys_in_text(text: str) -> list[str]:
    text = _in_upper_case(text)
    if not is_keys(text) and text.strip():
        raise BadOption(f"{quoted(text)} contains something other than keys", hint="Keys look like DEV-1, OPS-2.")
    return keys_in(text)


def read_order(order: Names) -> tuple[str, ...]:
    """Read field keys, with `-` in front for descending, from a string or a list."""
    orders = tuple(order.split(",")) if isinstance(order, str) else tuple(order or ())
    if any(not isinstance(each, str) or not each.strip(" +-") for each in orders):
        raise BadOption('an order must be the key of a field, such as "updatedAt" or "-updatedAt"')
    return tuple(each.strip() for each in orders)


def read_names(names: Names, what: str = "field names") -> list[str]:
    """Read names from a comma-separated string or a list of strings. Raises BadOption for anything else."""
    if names is not None and not (isinstance(names, Iterable) and all(isinstance(name, str) for name in names)):
        raise BadOption(f"{what} must be strings, not {names!r}")
    return [name.strip() for name in (names.split(",") if isinstance(names, str) else names or ())]


def read_limit(limit: Any) -> int | None:
    """Read a number of rows, at least 1, or None. Raises BadOption for anything else."""
    if limit is None:
        return None
    try:
        number = operator.index(limit)
    except TypeError:
        number = 0
    if not 1 <= number < _LARGEST_LIMIT or isinstance(limit, bool):
        what = f"{limit!r}" if number < _LARGEST_LIMIT else "an enormous one"  # Python prints only some thousand digits
        raise BadOption(f"a limit must be a positive whole number, not {what}", hint="Leave it out for all issues.")
    return number


def read_moment(value: Any, zone: str) -> pd.Timestamp | None:
    """Read a day or moment: ISO text, a date or a datetime, by default in `zone`. None stays None.

    If a clock change skips midnight, it is the moment after the gap; if midnight occurs twice, it is the first.
    """
    if value is None:
        return None
    day = _parse_day(value) if isinstance(value, str) else python_value(value)
    if not isinstance(day, date) or pd.isna(day):
        hint = "Write 2026-01-31 or 2026-01-31 18:00, or give a date."
        raise BadOption(f"{quoted(value)} is not a day or moment", hint=hint)
    stamp = pd.Timestamp(day).as_unit("us")  # nanoseconds would end in 2262
    if not MINYEAR < stamp.year < MAXYEAR:
        return stamp.replace(tzinfo=UTC)  # hours do not matter there, and another zone might leave the calendar
    if stamp.tzinfo is not None:
        return stamp.tz_convert(zone)
    return stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def _parse_day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def are_built_in(names: Sequence[str]) -> bool:
    """Whether the built-in table describes all these fields, so that the service's schema is not needed."""
    return all(BUILT_IN.find(name.strip().lstrip("+-")) for name in names)


# From each criterion to a selector.


def _from_query(query: Any, order: tuple[str, ...]) -> IssueSelector:
    if not isinstance(query, str):
        raise BadOption(f"a query must be a string, not {type(query).__name__}", hint="Keys go into keys=[…].")
    if not query.strip():
        raise BadOption("the query is empty and would select everything", hint="Try: Queue: DEV")
    if is_keys(query):
        return _from_keys(keys_in(query), order)
    return IssueSelector(query=query.strip(), queues=tuple(queues_in(query)), order=order)


def _from_filter(criteria: Any, order: tuple[str, ...]) -> IssueSelector:
    if not isinstance(criteria, Mapping) or not criteria:
        raise BadOption("a filter must be a dict of field keys and values that is not empty")
    if empty := [name for name, value in criteria.items() if _is_empty(value)]:
        raise BadOption(f"the filter's list for {empty[0]!r} is empty and would select everything")
    return IssueSelector(filter=dict(criteria), queues=_queues_of_filter(criteria), order=order)


def _queues_of_filter(criteria: Mapping[str, Any]) -> tuple[str, ...]:
    queue = criteria.get("queue")
    named = list(queue) if isinstance(queue, Iterable) and not isinstance(queue, str) else [queue]
    named += [key.split(".", 1)[0] for key in criteria if "." in key]
    return tuple(dict.fromkeys(str(name) for name in named if not is_missing(name)))


def _from_queue(queue: Any, order: tuple[str, ...]) -> IssueSelector:
    if is_frame(queue):
        queue = queue["key"] if "key" in queue.columns else ()
    queues = [queue] if isinstance(queue, str) else list(queue) if isinstance(queue, Iterable) else [queue]
    if not queues or not all(isinstance(each, str) and each.strip() for each in queues):
        raise BadOption("a queue must be given by its key, or several as a list of keys", hint='Write queue="DEV".')
    return IssueSelector(query=f"Queue: {literal(queues)}", queues=tuple(queues), order=order)


def _from_keys(keys: Any, order: tuple[str, ...]) -> IssueSelector:
    unique = tuple(dict.fromkeys(read_keys(keys)))
    if not unique:
        raise BadOption("the list of keys is empty")
    queues = dict.fromkeys(key.rsplit("-", 1)[0] for key in unique)
    return IssueSelector(keys=unique, queues=tuple(queues), order=order)


def _from_filter_id(number: Any, order: tuple[str, ...]) -> IssueSelector:
    text = str(number).strip()
    if not text.isascii() or not text.isdigit():
        hint = "It is the number in the address of the filter's page."
        raise BadOption(f"{quoted(text)} is not a filter id", hint=hint)
    return IssueSelector(filter_id=text, order=order)


def _from_sprint(sprint: Any, order: tuple[str, ...]) -> IssueSelector:
    """Select what is in the sprint now, and what a change removed from it."""
    if hasattr(sprint, "keys") and "id" in sprint:  # rows of `sprints()`, or one of them
        sprint = sprint["id"]
    sprints = list(sprint) if isinstance(sprint, Iterable) and not isinstance(sprint, str) else [sprint]
    if not sprints:
        raise BadOption("the list of sprints is empty")
    members = [_sprint_literal(each) for each in sprints]
    was_in = " OR ".join(f"Sprint: changed(from: {literal(each)})" for each in members)
    return IssueSelector(query=f"Sprint: {literal(members)} OR {was_in}", order=order)


def _sprint_literal(sprint: Any) -> Any:
    """An id is written bare, a name in quotes."""
    if not isinstance(sprint, (str, SupportsIndex)) or isinstance(sprint, bool):
        raise BadOption(f"a sprint must be an id, a name, or rows of sprints(), not {type(sprint).__name__}")
    return raw(str(sprint)) if str(sprint).isdigit() else str(sprint)


def _is_empty(value: Any) -> bool:
    return isinstance(value, Sized) and not isinstance(value, (str, Mapping)) and len(value) == 0


_READERS: Final = {
    "query": _from_query,
    "filter": _from_filter,
    "queue": _from_queue,
    "keys": _from_keys,
    "filter_id": _from_filter_id,
    "sprint": _from_sprint,
}


# From a selector to the criteria of searches.


def to_criteria(selector: IssueSelector, schema: Schema, tz: str) -> list[Criteria]:
    """The criteria of one search, or of several for a long list of keys. Raises BadOption for an impossible order.

    The order of keys must be one `with_query_order`.
    """
    if selector.keys is not None:
        return _criteria_of_keys(selector.keys, selector.order)
    if selector.filter is not None:
        return [_criteria_of_filter(selector.filter, selector.order, schema, tz)]
    order = _query_order(selector.order, schema) if selector.order else ()
    return [Criteria(query=add_sort(selector.query or "", order))]


def with_query_order(selector: IssueSelector, schema: Schema) -> IssueSelector:
    """The selector, with its order by names of the query language. Raises BadOption for an impossible order."""
    return replace(selector, order=_query_order(selector.order, schema))


def _criteria_of_keys(keys: Sequence[str], order: Sequence[str]) -> list[Criteria]:
    if order and len(keys) > KEYS_PER_SEARCH:
        raise BadOption(
            f"more than {KEYS_PER_SEARCH} keys cannot be ordered",
            hint="Sort the frame: df.sort_values(…).",
        )
    chunks = (keys[start : start + KEYS_PER_SEARCH] for start in range(0, len(keys), KEYS_PER_SEARCH))
    return [Criteria(query=add_sort(f"Key: {literal(chunk)}", order)) for chunk in chunks]


def _criteria_of_filter(criteria: Mapping[str, object], order: Sequence[str], schema: Schema, tz: str) -> Criteria:
    keys = {field.name: field.key for field in schema.fields}
    kinds = _kinds_in_filters(schema)
    schema.select([name for name in criteria if name not in kinds])  # raises for an unknown field
    named = [(name if name in kinds else schema.find(name) or name, value) for name, value in criteria.items()]
    values = {keys.get(name, name): _as_json(value, kinds.get(name, ""), tz) for name, value in named}
    return Criteria(filter=values, order=_filter_order(order, keys, schema))


def _kinds_in_filters(schema: Schema) -> dict[str, str]:
    """The types of fields by name; filters know `createdAt` as `created`, too."""
    kinds = {field.name: field.type.name for field in schema.fields}
    return kinds | {name.removesuffix("At"): kind for name, kind in kinds.items() if name.endswith("At")}


def _filter_order(order: Sequence[str], keys: Mapping[str, str], schema: Schema) -> tuple[str, ...]:
    """The order by keys of fields."""
    return tuple(f"{sign or '+'}{keys.get(name, name)}" for sign, name in _sort_terms(order, schema))


def _query_order(order: Sequence[str], schema: Schema) -> tuple[str, ...]:
    """The order by names of queries: that of a local field is QUEUE.KEY, that of a custom one its displayed name."""
    names = {field.name: field.name if field.queue else field.type.meaning for field in schema.fields}
    names = {name: text for name, text in names.items() if name not in SYSTEM_FIELDS} | FIELD_NAMES
    terms = _sort_terms(order, schema)
    if unnamed := [name for _, name in terms if name not in names]:
        raise BadOption(f"the query language cannot order by {unnamed[0]!r}", hint="Sort the frame instead.")
    return tuple(f"{sign}{names[name]}" for sign, name in terms)


def _sort_terms(order: Sequence[str], schema: Schema) -> list[tuple[str, str]]:
    """The sign and the field of each term. Raises BadOption for an unknown field."""
    terms = [("-" if each.startswith("-") else "", each.lstrip("+-").strip()) for each in order]
    schema.select([name for _, name in terms])
    return [(sign, schema.find(name) or name) for sign, name in terms]


def _as_json(value: Any, kind: str, tz: str) -> Any:
    """A filter's value as JSON; missing ones become `empty()`, times what a field of this `kind` (date, datetime) has.

    In a `datetime` field everything is a range: a day is one in `tz`, since bare dates are read in a zone that is not
    documented, and a moment is one of the millisecond that a field shows.
    """
    value = python_value(value)
    if isinstance(value, Mapping):
        return _mapping_as_json(value, kind, tz)
    if is_missing(value):
        return "empty()"
    if isinstance(value, date):
        return _time_as_json(value, kind, ZoneInfo(tz))
    if isinstance(value, (str, int, float)):
        return value
    return [_as_json(each, kind, tz) for each in value] if isinstance(value, Iterable) else str(value)


def _mapping_as_json(value: Mapping[str, Any], kind: str, tz: str) -> dict[str, Any]:
    """A reference or a range; None is an open end. Raises BadOption for other missing values, or if nothing is left."""
    members = {str(name): _as_json(each, kind, tz) for name, each in value.items() if each is not None}
    if not members or "empty()" in members.values():
        raise BadOption(f"{dict(value)} has a missing value", hint="Leave it out, or write None for an open end.")
    # From a day: from its beginning. To a day: to its end.
    return {name: each[name] if isinstance(each, dict) and name in each else each for name, each in members.items()}


def _time_as_json(value: date, kind: str, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=zone)
        moment = api_time(aware)
        if kind == "date":
            return aware.astimezone(zone).date().isoformat()
        return {"from": moment, "to": moment} if kind == "datetime" else moment
    if kind != "datetime":
        return value.isoformat()
    first, last = datetime.combine(value, time(), zone), datetime.combine(value, _END_OF_DAY, zone)
    return {"from": api_time(first), "to": api_time(last)}
