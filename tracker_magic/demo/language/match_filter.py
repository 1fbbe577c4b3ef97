"""The `filter` object and `order` of a search: field keys and values → a test and an order."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from tracker_magic.demo.language.kinds import KINDS, Test, at_midnight
from tracker_magic.demo.language.match import (
    Predicate,
    every,
    in_order,
    is_set,
    is_unset,
    native_test,
    over_members,
    reading,
)
from tracker_magic.demo.language.parameters import PARAMETERS, Parameter, computed, of_field, stored
from tracker_magic.demo.language.parse import parse_value
from tracker_magic.demo.language.text import QueryError
from tracker_magic.demo.language.tree import Plain, Range, Value
from tracker_magic.demo.language.values import Context
from tracker_magic.demo.model import Entry, Issue, Queue, World

SHORT_NAMES = {"created": "createdAt", "updated": "updatedAt", "resolved": "resolvedAt"}
FUNCTIONS = {"empty()": is_unset, "notEmpty()": is_set}


class FilterError(Exception):
    """A filter that cannot be understood: the field's key and what is wrong with it in Russian and English."""

    def __init__(self, field: str, ru: str, en: str) -> None:
        super().__init__(field, en)
        self.field, self.ru, self.en = field, ru, en


def compile_filter(context: Context, wanted: Mapping[str, Any]) -> Predicate:
    """The test of a filter: every key must hold; FilterError for an unknown key or value."""
    return every([_of_key(context, key, value) for key, value in wanted.items()] or [lambda _: True])


def compile_order(context: Context, order: str | Sequence[str]) -> Callable[[list[Issue]], list[Issue]]:
    """The sorter of `[+/-]<field key>`, one or several."""
    keys = [order] if isinstance(order, str) else list(order)
    return in_order(context, [(_parameter(context, key.lstrip("+-")), key.startswith("-")) for key in keys if key])


def _of_key(context: Context, key: str, value: Any) -> Predicate:
    parameter = _parameter(context, key)
    values = list(value) if isinstance(value, list | tuple) else [value]
    tests = [_test(context, key, parameter, one) for one in values]
    return reading(context, parameter.get, lambda native: any(test(native) for test in tests))


def _parameter(context: Context, key: str) -> Parameter:
    name = SHORT_NAMES.get(key, key)
    if name in {"key", "queue", "lastCommentUpdatedAt"}:
        return PARAMETERS[{"lastCommentUpdatedAt": "last comment"}.get(name, name)]
    if name == "statusType":
        return computed("string", _status_type)
    definition = context.world.fields.get(name) or context.world.local_fields.get(name)
    if definition is None or (definition.queue in context.hidden):
        raise FilterError(key, "неизвестное поле", "unknown field")
    if name == "summary":
        return stored("summary", "summary")
    if name == "tags":
        return stored("tags", "string")
    return of_field(definition)


def _status_type(world: World, issue: Issue) -> str | None:
    status = world.statuses.get(issue.values.get("status", ""))
    return status.type if status is not None else None


def _test(context: Context, key: str, parameter: Parameter, value: Any) -> Test:
    if isinstance(value, Mapping) and {"from", "to"} & set(value):
        return over_members(_between(key, value))
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("key", "id", "uid", "login", "display", "name") if name in value), None)
    if isinstance(value, str) and value in FUNCTIONS:
        return FUNCTIONS[value]
    if value is None:
        raise FilterError(key, "нет значения", "no value")
    if isinstance(value, bool):
        return lambda native: bool(native) is value
    return _written(context, key, parameter, str(value))


def _written(context: Context, key: str, parameter: Parameter, text: str) -> Test:
    """A value by id where there is one of that id, else as the query language reads it."""
    ids = _by_id(context, parameter, text)
    if ids:
        return over_members(ids.__contains__)
    try:
        return native_test(context, parameter, _as_value(text))
    except QueryError as error:
        raise FilterError(key, error.ru, error.en) from None


def _as_value(text: str) -> Value:
    """A function (and arithmetic) where the text is one, else the text itself."""
    if "()" in text:
        with suppress(QueryError):
            value = parse_value(text)
            if not value.op and not isinstance(value.operand, Plain | Range):
                return value
    return Value("", Plain(text, 1, quoted=True), 1)


def _by_id(context: Context, parameter: Parameter, text: str) -> frozenset[str]:
    world = context.world
    known: dict[int, Mapping[str, Any]] = {
        id(KINDS["status"]): world.statuses,
        id(KINDS["issuetype"]): world.types,
        id(KINDS["priority"]): world.priorities,
        id(KINDS["resolution"]): world.resolutions,
        id(KINDS["queue"]): world.queues,
        id(KINDS["component"]): world.components,
        id(KINDS["version"]): world.versions,
        id(KINDS["sprint"]): world.sprints,
        id(KINDS["board"]): world.boards,
        id(KINDS["user"]): world.users,
        id(KINDS["project"]): world.entities,
        id(KINDS["issue"]): world.issues,
    }
    things = known.get(id(parameter.kind), {})
    if parameter.kind is KINDS["issue"]:
        issue = world.find(text)
        return frozenset({issue.id}) if issue is not None else frozenset()
    return frozenset(
        name for name, thing in things.items() if _has_id(name, thing, text) and name not in context.hidden
    )


def _has_id(name: str, thing: Any, text: str) -> bool:
    if isinstance(thing, Entry | Queue):
        return text == thing.id
    others = (getattr(thing, "short_id", name), getattr(thing, "login", name))
    return text == name or text in map(str, others)


def _between(key: str, limits: Mapping[str, Any]) -> Test:
    low, high = (_limit(key, limits.get(name), last=name == "to") for name in ("from", "to"))

    def test(native: Any) -> bool:
        it = at_midnight(native) if isinstance(native, date) else native
        return bool((low is None or it >= low) and (high is None or it <= high))

    return test


def _limit(key: str, value: Any, *, last: bool) -> Any:
    """A bound as natives compare; a bare date as the upper one holds until its end."""
    if value is None or isinstance(value, int | float):
        return value
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise FilterError(key, f'непонятная дата "{value}"', f'not a date: "{value}"') from None
    if last and len(str(value)) == len("2017-01-01"):
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
