"""The six ways to say which issues, turned into one question; pure."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, SupportsIndex
from zoneinfo import ZoneInfo

from tracker_magic.errors import BadOption
from tracker_magic.query import is_keys, keys_in, literal, queues_in, raw

ORDERS_LIKE = str | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Question:
    """Exactly one of `query`, `filter`, `keys` and `filter_id`; `queues` are those it names (keys or names)."""

    query: str | None = None
    filter: Mapping[str, Any] | None = None
    keys: tuple[str, ...] | None = None
    filter_id: str | None = None
    queues: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What `attrs` and messages show of it."""
        if self.keys is not None:
            shown = ", ".join(self.keys[:20])
            return f"Key: {shown}" + (f", … ({len(self.keys)} keys)" if len(self.keys) > 20 else "")  # noqa: PLR2004
        return self.query if self.query is not None else str(self.filter or f"filter {self.filter_id}")


def ask(
    query: str | None = None,
    *,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
    queue: Any = None,
    keys: Any = None,
    filter_id: str | int | None = None,
    sprint: Any = None,
    order: ORDERS_LIKE = None,
) -> Question:
    """The question that these arguments ask. Raises BadOption for two criteria, none, or an empty one."""
    given = {
        name: value
        for name, value in (
            ("query", query), ("filter", filter), ("queue", queue), ("keys", keys), ("filter_id", filter_id),
            ("sprint", sprint),
        )
        if value is not None
    }  # fmt: skip
    if len(given) != 1:
        said = f"two criteria were given ({', '.join(given)})" if given else "no criterion was given"
        raise BadOption(said, hint="Give exactly one of query, filter, queue, keys, filter_id and sprint.")
    orders = ordering(order)
    ((name, value),) = given.items()
    return _QUESTIONS[name](value, orders)


def ordering(order: ORDERS_LIKE) -> tuple[str, ...]:
    """`order` as a tuple of field keys, `-` first for descending."""
    orders = (order,) if isinstance(order, str) else tuple(order or ())
    if any(not isinstance(each, str) or not each.strip("+-") for each in orders):
        raise BadOption('an order is a field\'s key, such as "updatedAt" or "-updatedAt"')
    return orders


def _from_query(query: Any, order: tuple[str, ...]) -> Question:
    if not isinstance(query, str):
        raise BadOption(f"a query is a text, not {type(query).__name__}", hint="Keys go into keys=[…].")
    if not query.strip():
        raise BadOption("the query is empty, and would select everything", hint="Try: Queue: DEV")
    if is_keys(query):
        return _from_keys(keys_in(query), order)
    return Question(query=query.strip(), queues=tuple(queues_in(query)), order=order)


def _from_filter(given: Any, order: tuple[str, ...]) -> Question:
    if not isinstance(given, Mapping) or not given:
        raise BadOption("a filter is a dict of field keys and values, and not empty")
    if empty := [name for name, value in given.items() if _is_empty(value)]:
        raise BadOption(f"the filter's list for {empty[0]!r} is empty, and would select everything")
    queues = given.get("queue", ())
    named = [queues] if isinstance(queues, str) or not isinstance(queues, Iterable) else list(queues)
    named += [key.split(".", 1)[0] for key in given if "." in key]
    return Question(filter=dict(given), queues=tuple(dict.fromkeys(map(str, named))), order=order)


def _from_queue(queue: Any, order: tuple[str, ...]) -> Question:
    if hasattr(queue, "columns"):
        queue = queue["key"] if "key" in queue.columns else ()
    queues = [queue] if isinstance(queue, str) else list(queue) if isinstance(queue, Iterable) else [queue]
    if not queues or not all(isinstance(each, str) and each.strip() for each in queues):
        raise BadOption("a queue is its key as text, or a list of those", hint='Write queue="DEV".')
    return Question(query=f"Queue: {literal(queues)}", queues=tuple(queues), order=order)


def _from_keys(keys: Any, order: tuple[str, ...]) -> Question:
    found = tuple(dict.fromkeys(key_list(keys)))
    if not found:
        raise BadOption("the list of keys is empty")
    queues = dict.fromkeys(key.rsplit("-", 1)[0] for key in found)
    return Question(keys=found, queues=tuple(queues), order=order)


def _from_filter_id(number: Any, order: tuple[str, ...]) -> Question:
    text = str(number).strip()
    if not text.isascii() or not text.isdigit():
        raise BadOption(f"{text!r} is no filter id", hint="It is the number in the address of the filter's page.")
    return Question(filter_id=text, order=order)


def _from_sprint(sprint: Any, order: tuple[str, ...]) -> Question:
    """Is or was in it: what is there now, and what a change took out."""
    if hasattr(sprint, "keys") and "id" in sprint:  # rows of `sprints()`, or one of them
        sprint = sprint["id"]
    sprints = list(sprint) if isinstance(sprint, Iterable) and not isinstance(sprint, str) else [sprint]
    if wrong := [each for each in sprints if not isinstance(each, (str, SupportsIndex)) or isinstance(each, bool)]:
        raise BadOption(f"a sprint is an id, a name, or rows of sprints(), not {type(wrong[0]).__name__}")
    # An id stands bare, a name in quotes.
    members = [raw(str(each)) if str(each).isdigit() else str(each) for each in sprints]
    if not members:
        raise BadOption("the list of sprints is empty")
    was = " OR ".join(f"Sprint: changed(from: {literal(each)})" for each in members)
    return Question(query=f"Sprint: {literal(members)} OR {was}", order=order)


def _is_empty(value: Any) -> bool:
    return isinstance(value, Sized) and not isinstance(value, (str, Mapping)) and len(value) == 0


_QUESTIONS = {
    "query": _from_query,
    "filter": _from_filter,
    "queue": _from_queue,
    "keys": _from_keys,
    "filter_id": _from_filter_id,
    "sprint": _from_sprint,
}


def key_list(keys: Any) -> list[str]:
    """Keys from a text, a list, a Series, an Index or a frame with `key`. Raises BadOption for what is no key."""
    if isinstance(keys, str):
        if not is_keys(keys) and keys.strip():
            raise BadOption(f"{keys!r} holds something else than keys", hint="Keys look like DEV-1, OPS-2.")
        return keys_in(keys)
    if hasattr(keys, "columns"):
        if "key" not in keys.columns:
            raise BadOption("this frame has no column `key`", hint="Frames of this package have it first.")
        keys = keys["key"]
    if not isinstance(keys, Iterable):
        raise BadOption(f"keys are a list or a text, not {type(keys).__name__}")
    found = [str(key).strip() for key in keys]
    if wrong := [key for key in found if not is_keys(key) or len(keys_in(key)) != 1]:
        raise BadOption(f"no issue key: {', '.join(map(repr, wrong[:5]))}", hint="Keys look like DEV-1.")
    return found


def plain(value: Any, tz: str) -> Any:
    """A filter's value as JSON: datetimes in UTC (naive ones are in `tz`), dates, lists of any kind."""
    if isinstance(value, Mapping):
        return {str(name): plain(each, tz) for name, each in value.items()}
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(tz))
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Iterable):
        return [plain(each, tz) for each in value]
    return value.item() if hasattr(value, "item") else str(value)
