"""Tree of a query → a test of issues and their order, as compiled closures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from tracker_magic.demo.issue_lists import Change, Event
from tracker_magic.demo.language.kinds import KINDS, Among, Kind, Test, plain
from tracker_magic.demo.language.parameters import Get, Parameter, find_parameter
from tracker_magic.demo.language.parse import parse
from tracker_magic.demo.language.tree import Both, Call, Condition, Name, Node, Plain, Query, Text, Value
from tracker_magic.demo.language.values import Context, fold, unfit, unknown
from tracker_magic.demo.model import Filter, Issue

Predicate = Callable[[Issue], bool]
MAX_FILTER_DEPTH = 10
MOST_CHAINED = 8  # longer chains would nest too deep
CHANGED_ARGUMENTS = {"from", "to", "by", "date"}


def compile_query(context: Context, text: str) -> tuple[Predicate, Callable[[list[Issue]], list[Issue]] | None]:
    """The test and the sorter (None: no order asked) of a query; QueryError tells what is wrong and where."""
    query = parse(text)
    return compile_node(context, query.where), sorter(context, query)


def compile_node(context: Context, node: Node | None) -> Predicate:
    """The test of a tree; None lets everything through."""
    if node is None:
        return lambda _: True
    if isinstance(node, Condition):
        return _condition(context, node)
    if isinstance(node, Text):
        return _anywhere(context, node.value)
    parts = [compile_node(context, part) for part in node.parts]
    return every(parts) if isinstance(node, Both) else _some(parts)


def every(parts: Sequence[Predicate]) -> Predicate:
    """All of them hold."""
    if len(parts) == 1:
        return parts[0]
    if len(parts) > MOST_CHAINED:
        return lambda issue: all(part(issue) for part in parts)
    first, rest = parts[0], every(parts[1:])  # a chain of calls is twice as fast as all() over a generator
    return lambda issue: first(issue) and rest(issue)


def _some(parts: Sequence[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    if len(parts) > MOST_CHAINED:
        return lambda issue: any(part(issue) for part in parts)
    first, rest = parts[0], _some(parts[1:])
    return lambda issue: first(issue) or rest(issue)


def _anywhere(context: Context, value: Value) -> Predicate:
    test = KINDS["text"].test(context, value)

    def found(issue: Issue) -> bool:
        return (
            test(issue.values.get("summary", ""))
            or test(issue.values.get("description", ""))
            or any(test(comment.text) for comment in issue.comments)
        )

    return (lambda issue: not found(issue)) if value.op == "!" else found


def _condition(context: Context, condition: Condition) -> Predicate:
    """Any of the values; those behind `!` must all be absent."""
    if condition.name.queue is None and fold(condition.name.text) == "filter":
        one = _saved
    else:
        parameter = find_parameter(context, condition.name)
        if listed := _listed(context, parameter, condition.values):
            return listed

        def one(context: Context, value: Value) -> Predicate:
            return _of_value(context, parameter, value)

    wanted = [one(context, value) for value in condition.values if value.op != "!"]
    unwanted = [one(context, value) for value in condition.values if value.op == "!"]
    parts = [_some(wanted)] if wanted else []
    return every([*parts, *(_opposite(test) for test in unwanted)])


def _listed(context: Context, parameter: Parameter, values: Sequence[Value]) -> Predicate | None:
    """One look-up for many names, such as a list of keys; None where it is no such list."""
    if len(values) <= MOST_CHAINED or not all(isinstance(each.operand, Plain) and not each.op for each in values):
        return None
    tests = [parameter.kind.test(context, each) for each in values]
    named = [test.natives for test in tests if isinstance(test, Among)]
    if len(named) < len(tests):
        return None
    return reading(context, parameter.get, over_members(Among(frozenset().union(*named))))


def _opposite(test: Predicate) -> Predicate:
    return lambda issue: not test(issue)


def _of_value(context: Context, parameter: Parameter, value: Value) -> Predicate:
    operand = value.operand
    if isinstance(operand, Call) and operand.name == "changed":
        if value.op not in {"", "!"}:
            raise unfit(operand)
        return _changed(context, parameter, operand)
    return reading(context, parameter.get, native_test(context, parameter, value))


def reading(context: Context, get: Get, test: Test) -> Predicate:
    """A test of issues out of a test of what `get` reads."""
    world = context.world
    return lambda issue: test(get(world, issue))


def native_test(context: Context, parameter: Parameter, value: Value) -> Test:
    """The test of a native value, a list of them, or None; a leading `!` is not heeded here."""
    operand = value.operand
    if isinstance(operand, Call) and operand.name in {"empty", "notempty", "unresolved"}:
        if operand.arguments or (operand.name == "unresolved" and parameter.field != "resolution"):
            raise unfit(operand)
        return is_set if operand.name == "notempty" else is_unset
    return over_members(parameter.kind.test(context, value))


def is_unset(native: Any) -> bool:
    """Whether nothing stands there."""
    return native is None or (isinstance(native, str | list | tuple) and not native)


def is_set(native: Any) -> bool:
    """Whether something stands there."""
    return not is_unset(native)


def over_members(test: Test) -> Test:
    """A test of one native → of one, a list (any member), None (never)."""

    def whole(native: Any) -> bool:
        if native is None:
            return False
        if isinstance(native, list | tuple):
            return any(test(member) for member in native)
        return test(native)

    return whole


def _changed(context: Context, parameter: Parameter, call: Call) -> Predicate:
    if parameter.field is None or not set(call.arguments) <= CHANGED_ARGUMENTS:
        raise unfit(call)
    old = _argument(context, parameter, call, "from")
    new = _argument(context, parameter, call, "to")
    by = _argument(context, Parameter(KINDS["user"], parameter.get), call, "by")
    at = _argument(context, Parameter(KINDS["datetime"], parameter.get), call, "date")
    field = parameter.field

    def fits(event: Event, change: Change) -> bool:
        if change.field != field or event.type == "IssueCreated":
            return False
        gone, come = _difference(change.old, change.new)
        return old(gone) and new(come) and by(event.by) and at(event.at)

    return lambda issue: any(fits(event, change) for event in issue.events for change in event.changes)


def _not(test: Test) -> Test:
    return lambda native: not test(native)


def _difference(old: Any, new: Any) -> tuple[Any, Any]:
    """What left and what came; of lists only the members that did."""
    if not isinstance(old, list | tuple) and not isinstance(new, list | tuple):
        return old, new
    before, after = list(old or ()), list(new or ())
    return [x for x in before if x not in after], [x for x in after if x not in before]


def _argument(context: Context, parameter: Parameter, call: Call, name: str) -> Test:
    if name not in call.arguments:
        return lambda _: True
    tests = []
    for value in call.arguments[name]:
        test = native_test(context, parameter, value)
        tests.append(_not(test) if value.op == "!" else test)
    return lambda native: any(test(native) for test in tests)


def _saved(context: Context, value: Value) -> Predicate:
    """A saved filter, by id or by the name of one's own."""
    named = plain(value)
    found = [saved for saved in context.world.filters.values() if _is_called(saved, named.text, context.caller)]
    if not found or context.saved is None or context.depth >= MAX_FILTER_DEPTH:
        raise unknown("неизвестный фильтр", "unknown filter", named.text, named.position)
    return context.saved(replace(context, depth=context.depth + 1), found[0])


def _is_called(saved: Filter, text: str, caller: str) -> bool:
    return str(saved.id) == text or (saved.owner == caller and fold(saved.name) == fold(text))


def sorter(context: Context, query: Query) -> Callable[[list[Issue]], list[Issue]] | None:
    """What puts issues into the order asked; None where none was."""
    if not query.order:
        return None
    return in_order(context, [(_sortable(context, name), down) for name, down in query.order])


def _sortable(context: Context, name: Name) -> Parameter:
    parameter = find_parameter(context, name)
    if parameter.field is None and fold(name.text) not in {"key", "last comment"}:
        raise unknown("сортировать нельзя по параметру", "cannot sort by", name.full, name.position)
    return parameter


def in_order(context: Context, order: Iterable[tuple[Parameter, bool]]) -> Callable[[list[Issue]], list[Issue]]:
    """A sorter by several parameters, the first weighing most; unset ones stand last either way."""
    steps = list(order)

    def sort(issues: list[Issue]) -> list[Issue]:
        for parameter, down in reversed(steps):  # sorts are stable: the weightiest comes last
            rank, world, get = _rank(parameter.kind, context), context.world, parameter.get
            natives = [(get(world, issue), issue) for issue in issues]
            there: list[tuple[Any, Issue]] = [(rank(native), issue) for native, issue in natives if is_set(native)]
            there.sort(key=itemgetter(0), reverse=down)
            issues = [issue for _, issue in there] + [issue for native, issue in natives if is_unset(native)]
        return issues

    return sort


def _rank(kind: Kind, context: Context) -> Callable[[Any], Any]:
    rank = kind.rank(context.world)
    return lambda native: [rank(one) for one in native] if isinstance(native, list | tuple) else rank(native)
