"""Compiles a query into a test of issues and a sorter."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tracker_magic.demo.issue_lists import Change, Event
from tracker_magic.demo.language.field_types import FIELD_TYPES
from tracker_magic.demo.language.filter_compiler import compile_filter
from tracker_magic.demo.language.operands import Context, fold, unknown_name, unsuitable_operand
from tracker_magic.demo.language.parameters import Parameter, StoredParameter, find_parameter
from tracker_magic.demo.language.predicates import (
    MAX_CHAIN,
    Predicate,
    Sorter,
    all_of,
    always,
    any_item,
    any_of,
    negated,
    sort_by,
    tests_parameter,
    value_test,
)
from tracker_magic.demo.language.query_parser import parse_query
from tracker_magic.demo.language.syntax_tree import (
    And,
    Condition,
    FunctionCall,
    LiteralValue,
    Node,
    ParameterName,
    Query,
    TextSearch,
    Value,
)
from tracker_magic.demo.language.value_types import OneOf, ValueTest, require_literal
from tracker_magic.demo.model import Filter, Issue

MAX_FILTER_DEPTH = 10
CHANGED_ARGUMENTS = {"from", "to", "by", "date"}


def compile_query(context: Context, text: str) -> tuple[Predicate, Sorter | None]:
    """Compile a query into its test and its sorter (None if it has no order); QueryError if it is invalid."""
    query = parse_query(text)
    test = always if query.where is None else _compile_node(context, query.where)
    return test, _compile_order(context, query)


def compile_saved_filter(context: Context, saved: Filter) -> Predicate:
    """Compile a saved filter, which is a query or a filter object; its order is ignored."""
    if saved.query is not None:
        return compile_query(context, saved.query)[0]
    return compile_filter(context, saved.filter or {})


def _compile_node(context: Context, node: Node) -> Predicate:
    if isinstance(node, Condition):
        return _compile_condition(context, node)
    if isinstance(node, TextSearch):
        return _compile_text_search(context, node.value)
    parts = [_compile_node(context, part) for part in node.parts]
    return all_of(parts) if isinstance(node, And) else any_of(parts)


def _compile_text_search(context: Context, value: Value) -> Predicate:
    test = FIELD_TYPES["text"].match(context, value)

    def matches(issue: Issue) -> bool:
        return (
            test(issue.values.get("summary", ""))
            or test(issue.values.get("description", ""))
            or any(test(comment.text) for comment in issue.comments)
        )

    return negated(matches) if value.operator == "!" else matches


def _compile_condition(context: Context, condition: Condition) -> Predicate:
    """Any value may match, and none of those with `!`."""
    parameter = None
    if condition.name.queue is not None or fold(condition.name.text) != "filter":
        parameter = find_parameter(context, condition.name)
        lookup = _compile_long_list(context, parameter, condition.values)
        if lookup is not None:
            return lookup
    wanted = [_compile_value(context, parameter, value) for value in condition.values if value.operator != "!"]
    unwanted = [_compile_value(context, parameter, value) for value in condition.values if value.operator == "!"]
    return all_of([*([any_of(wanted)] if wanted else []), *map(negated, unwanted)])


def _compile_long_list(context: Context, parameter: Parameter, values: Sequence[Value]) -> Predicate | None:
    """Compile a long list of names, such as keys, into a single look-up; return None for anything else."""
    simple = all(isinstance(value.operand, LiteralValue) and not value.operator for value in values)
    if len(values) <= MAX_CHAIN or not simple:
        return None
    tests = [parameter.type.match(context, value) for value in values]
    known = [test.values for test in tests if isinstance(test, OneOf)]
    if len(known) < len(tests):
        return None
    return tests_parameter(context.world, parameter, any_item(OneOf(frozenset().union(*known))))


def _compile_value(context: Context, parameter: Parameter | None, value: Value) -> Predicate:
    """Compile one value of a condition, without its `!`; without a parameter it names a saved filter."""
    if parameter is None:
        return _compile_filter_name(context, value)
    operand = value.operand
    if isinstance(operand, FunctionCall) and operand.name == "changed":
        if value.operator not in {"", "!"}:
            raise unsuitable_operand(operand)
        return _compile_changed(context, parameter, operand)
    return tests_parameter(context.world, parameter, value_test(context, parameter, value))


def _compile_changed(context: Context, parameter: Parameter, call: FunctionCall) -> Predicate:
    """Compile `changed(from: … to: … by: … date: …)`, a test of the issue's changelog; the creation is no change."""
    if parameter.field is None or not set(call.arguments) <= CHANGED_ARGUMENTS:
        raise unsuitable_operand(call)
    old_matches = _compile_argument(context, parameter, call, "from")
    new_matches = _compile_argument(context, parameter, call, "to")
    author_matches = _compile_argument(context, StoredParameter(FIELD_TYPES["user"]), call, "by")
    date_matches = _compile_argument(context, StoredParameter(FIELD_TYPES["datetime"]), call, "date")
    field = parameter.field

    def matches(event: Event, change: Change) -> bool:
        if change.field != field or event.type == "IssueCreated":
            return False
        removed, added = _difference(change.old, change.new)
        return old_matches(removed) and new_matches(added) and author_matches(event.by) and date_matches(event.at)

    return lambda issue: any(matches(event, change) for event in issue.events for change in event.changes)


def _difference(old: Any, new: Any) -> tuple[Any, Any]:
    """Return the values before and after a change; of lists, only the items that were removed and added."""
    if not isinstance(old, list | tuple) and not isinstance(new, list | tuple):
        return old, new
    before, after = list(old or ()), list(new or ())
    return [item for item in before if item not in after], [item for item in after if item not in before]


def _compile_argument(context: Context, parameter: Parameter, call: FunctionCall, name: str) -> ValueTest:
    if name not in call.arguments:
        return lambda _: True
    tests = [_argument_test(context, parameter, value) for value in call.arguments[name]]
    return lambda stored: any(test(stored) for test in tests)


def _argument_test(context: Context, parameter: Parameter, value: Value) -> ValueTest:
    test = value_test(context, parameter, value)
    return (lambda stored: not test(stored)) if value.operator == "!" else test


def _compile_filter_name(context: Context, value: Value) -> Predicate:
    """Compile `Filter: …`, which names a saved filter by id, or one of the caller's own by name."""
    literal = require_literal(value)
    saved = [
        each
        for each in context.world.filters.values()
        if str(each.id) == literal.text or (each.owner == context.caller and fold(each.name) == fold(literal.text))
    ]
    if not saved or context.filter_depth >= MAX_FILTER_DEPTH:
        raise unknown_name("неизвестный фильтр", "unknown filter", literal.text, literal.position)
    return compile_saved_filter(replace(context, filter_depth=context.filter_depth + 1), saved[0])


def _compile_order(context: Context, query: Query) -> Sorter | None:
    if not query.order:
        return None
    terms = [(_sortable_parameter(context, term.name), term.descending) for term in query.order]
    return sort_by(context.world, terms)


def _sortable_parameter(context: Context, name: ParameterName) -> Parameter:
    parameter = find_parameter(context, name)
    if parameter.field is None and fold(name.text) not in {"key", "last comment"}:
        raise unknown_name("сортировать нельзя по параметру", "cannot sort by", name.full, name.position)
    return parameter
