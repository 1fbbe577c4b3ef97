"""Building blocks of compiled searches: tests of issues and of stored values, and sorters."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from tracker_magic.demo.language.operands import Context, unsuitable_operand
from tracker_magic.demo.language.parameters import Parameter
from tracker_magic.demo.language.syntax_tree import FunctionCall, Value
from tracker_magic.demo.language.value_types import SortKey, ValueTest
from tracker_magic.demo.model import Issue, World

Predicate = Callable[[Issue], bool]
Sorter = Callable[[list[Issue]], list[Issue]]
MAX_CHAIN = 8
"""Longest chain of nested predicates; longer ones would get slow and deep."""


def always(issue: Issue) -> bool:
    """Accept every issue."""
    del issue
    return True


def all_of(parts: Sequence[Predicate]) -> Predicate:
    """Combine predicates: all of them must hold."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) > MAX_CHAIN:
        return lambda issue: all(part(issue) for part in parts)
    first, rest = parts[0], all_of(parts[1:])  # a chain of calls is twice as fast as all() over a generator
    return lambda issue: first(issue) and rest(issue)


def any_of(parts: Sequence[Predicate]) -> Predicate:
    """Combine predicates: at least one of them must hold."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) > MAX_CHAIN:
        return lambda issue: any(part(issue) for part in parts)
    first, rest = parts[0], any_of(parts[1:])
    return lambda issue: first(issue) or rest(issue)


def negated(predicate: Predicate) -> Predicate:
    """Negate a predicate."""
    return lambda issue: not predicate(issue)


def tests_parameter(world: World, parameter: Parameter, test: ValueTest) -> Predicate:
    """Build a predicate from a test of what a parameter reads from the issue."""
    return lambda issue: test(parameter.read(world, issue))


def value_test(context: Context, parameter: Parameter, value: Value) -> ValueTest:
    """Build the test of a stored value, a list or None by a written value; callers negate it for `!`."""
    operand = value.operand
    if isinstance(operand, FunctionCall) and operand.name in {"empty", "notempty", "unresolved"}:
        if operand.arguments or (operand.name == "unresolved" and parameter.field != "resolution"):
            raise unsuitable_operand(operand)
        return is_set if operand.name == "notempty" else is_unset
    return any_item(parameter.type.match(context, value))


def is_unset(stored: Any) -> bool:
    """Whether the value is None or empty."""
    return stored is None or (isinstance(stored, str | list | tuple) and not stored)


def is_set(stored: Any) -> bool:
    """Whether the value is neither None nor empty."""
    return not is_unset(stored)


def any_item(test: ValueTest) -> ValueTest:
    """Extend the test of one value to lists, where any item may match, and to None, which never matches."""

    def test_any(stored: Any) -> bool:
        if stored is None:
            return False
        if isinstance(stored, list | tuple):
            return any(test(item) for item in stored)
        return test(stored)

    return test_any


def sort_by(world: World, order: Iterable[tuple[Parameter, bool]]) -> Sorter:
    """Build a sorter by parameters, each ascending or descending; issues without a value come last either way."""
    terms = list(order)

    def sort(issues: list[Issue]) -> list[Issue]:
        for parameter, descending in reversed(terms):  # sorting is stable: the first parameter has to come last
            sort_key = _list_sort_key(parameter.type.sort_key(world))
            values = [(parameter.read(world, issue), issue) for issue in issues]
            keyed: list[tuple[Any, Issue]] = [(sort_key(value), issue) for value, issue in values if is_set(value)]
            keyed.sort(key=itemgetter(0), reverse=descending)
            issues = [issue for _, issue in keyed] + [issue for value, issue in values if is_unset(value)]
        return issues

    return sort


def _list_sort_key(sort_key: SortKey) -> SortKey:
    """Extend the sort key of one value to lists."""
    return lambda stored: [sort_key(item) for item in stored] if isinstance(stored, list | tuple) else sort_key(stored)
