"""Compiles the `filter` object and the `order` of a search: field keys with values, instead of a query."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from tracker_magic.demo.language.field_types import FIELD_TYPES
from tracker_magic.demo.language.operands import Context
from tracker_magic.demo.language.ordered_types import start_of_day
from tracker_magic.demo.language.parameters import (
    PARAMETERS,
    ComputedParameter,
    Parameter,
    StoredParameter,
    field_parameter,
)
from tracker_magic.demo.language.predicates import (
    Predicate,
    Sorter,
    all_of,
    always,
    any_item,
    is_set,
    is_unset,
    sort_by,
    tests_parameter,
    value_test,
)
from tracker_magic.demo.language.query_parser import parse_value
from tracker_magic.demo.language.syntax_tree import DateShift, FunctionCall, LiteralValue, Value
from tracker_magic.demo.language.tokens import QueryError
from tracker_magic.demo.language.value_types import ValueTest

SHORT_NAMES = {"created": "createdAt", "updated": "updatedAt", "resolved": "resolvedAt"}
QUERY_NAMES = {"key": "key", "queue": "queue", "lastCommentUpdatedAt": "last comment"}
"""Fields that are not stored in the issue's values, and the parameter of the query language that reads them."""
FUNCTIONS = {"empty()": is_unset, "notEmpty()": is_set}
REFERENCE_KEYS = ("key", "id", "uid", "login", "display", "name")


class FilterError(Exception):
    """An invalid filter: the key of the field, and what is wrong in Russian and English."""

    def __init__(self, field: str, ru: str, en: str) -> None:
        super().__init__(field, en)
        self.field, self.ru, self.en = field, ru, en


def compile_filter(context: Context, conditions: Mapping[str, Any]) -> Predicate:
    """Compile a filter, all of whose conditions must hold; FilterError for an unknown key or value."""
    tests = [_compile_condition(context, key, value) for key, value in conditions.items()]
    return all_of(tests) if tests else always


def compile_order(context: Context, order: str | Sequence[str]) -> Sorter:
    """Compile `[+/-]<field key>`, or several of them, into a sorter."""
    keys = [order] if isinstance(order, str) else list(order)
    terms = [(_find_parameter(context, key.lstrip("+-")), key.startswith("-")) for key in keys if key]
    return sort_by(context.world, terms)


def _compile_condition(context: Context, key: str, value: Any) -> Predicate:
    parameter = _find_parameter(context, key)
    values = value if isinstance(value, list | tuple) else [value]
    tests = [_compile_value(context, key, parameter, each) for each in values]
    return tests_parameter(context.world, parameter, lambda stored: any(test(stored) for test in tests))


def _find_parameter(context: Context, key: str) -> Parameter:
    name = SHORT_NAMES.get(key, key)
    if name in QUERY_NAMES:
        return PARAMETERS[QUERY_NAMES[name]]
    if name == "statusType":
        return ComputedParameter(FIELD_TYPES["string"], "Status type")
    definition = context.world.fields.get(name) or context.world.local_fields.get(name)
    if definition is None or definition.queue in context.hidden:
        raise FilterError(key, "неизвестное поле", "unknown field")
    if name == "summary":
        return StoredParameter(FIELD_TYPES["summary"], field="summary")
    if name == "tags":
        return StoredParameter(FIELD_TYPES["string"], field="tags")
    return field_parameter(definition)


def _compile_value(context: Context, key: str, parameter: Parameter, value: Any) -> ValueTest:
    if isinstance(value, Mapping) and {"from", "to"} & set(value):
        return any_item(_compile_range(key, value))
    if isinstance(value, Mapping):
        value = next((value[name] for name in REFERENCE_KEYS if name in value), None)
    if isinstance(value, str) and value in FUNCTIONS:
        return FUNCTIONS[value]
    if value is None:
        raise FilterError(key, "нет значения", "no value")
    if isinstance(value, bool):
        return lambda stored: bool(stored) is value
    return _compile_text(context, key, parameter, str(value))


def _compile_text(context: Context, key: str, parameter: Parameter, text: str) -> ValueTest:
    """Compile a value that is an id, if anything has this id, and otherwise a value of the query language."""
    ids = parameter.type.values_with_id(context, text)
    if ids:
        return any_item(ids.__contains__)
    try:
        return value_test(context, parameter, _as_query_value(text))
    except QueryError as error:
        raise FilterError(key, error.ru, error.en) from None


def _as_query_value(text: str) -> Value:
    """Parse a function, with or without date arithmetic; anything else is a literal."""
    if "()" in text:
        with suppress(QueryError):
            value = parse_value(text)
            if not value.operator and isinstance(value.operand, FunctionCall | DateShift):
                return value
    return Value("", LiteralValue(text, 1, quoted=True), 1)


def _compile_range(key: str, limits: Mapping[str, Any]) -> ValueTest:
    low = _parse_limit(key, limits.get("from"))
    high = _parse_limit(key, limits.get("to"), is_upper=True)

    def is_between(stored: Any) -> bool:
        value = start_of_day(stored) if isinstance(stored, date) else stored
        return bool((low is None or value >= low) and (high is None or value <= high))

    return is_between


def _parse_limit(key: str, value: Any, *, is_upper: bool = False) -> Any:
    """Parse a limit of a range; a date without a time includes the whole day as an upper limit."""
    if value is None or isinstance(value, int | float):
        return value
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise FilterError(key, f'непонятная дата "{value}"', f'not a date: "{value}"') from None
    if is_upper and len(str(value)) == len("2017-01-01"):
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
