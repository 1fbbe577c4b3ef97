"""What values a parameter takes: for each kind, how a written value tests a native one, and how natives are ordered."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC as ZONE
from datetime import datetime, time
from typing import Any

from tracker_magic.demo.language.text import QueryError
from tracker_magic.demo.language.tree import Call, Operand, Plain, Range, Value
from tracker_magic.demo.language.values import Context, fold, people, seconds, span, start_of, unfit, unknown
from tracker_magic.demo.language.words import has_words, is_exactly
from tracker_magic.demo.model import Entry, World

Test = Callable[[Any], bool]
Tester = Callable[[Context, Value], Test]
Ranker = Callable[[World], Callable[[Any], Any]]
Finder = Callable[[Context, str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`test` gives the test of one native value (never None); `!` is taken off before. `rank` orders natives."""

    test: Tester
    rank: Ranker


def plain(value: Value) -> Plain:
    """The plain text of a value without operator; QueryError where it is something else."""
    operand = value.operand
    if value.op not in {"", "!"} or isinstance(operand, Range) or not isinstance(operand, Plain):
        raise wrong_op(value) if value.op not in {"", "!"} else unfit(start_of(operand))
    return operand


def wrong_op(value: Value) -> QueryError:
    """The error for an operator that its parameter does not take."""
    return unknown("неподходящий оператор", "operator does not fit:", value.op, value.position)


@dataclass(frozen=True, slots=True)
class Among:
    """The test of belonging to some natives; of several such tests one can be made."""

    natives: frozenset[Any]

    def __call__(self, native: Any) -> bool:
        """Whether it is one of them."""
        return native in self.natives


def members(ru: str, en: str, find: Finder) -> Tester:
    """A test by belonging: `find` gives the natives that a text names; none: QueryError `ru`/`en`."""

    def test(context: Context, value: Value) -> Test:
        named = plain(value)
        wanted = frozenset(find(context, named.text))
        if not wanted:
            raise unknown(ru, en, named.text, named.position)
        return Among(wanted)

    return test


def entries(ru: str, en: str, known: Callable[[World], Mapping[str, Entry]]) -> Kind:
    """A dictionary: key, Russian or English name; ordered as the service orders it."""

    def find(context: Context, text: str) -> Iterable[str]:
        wanted = fold(text)
        return (
            entry.key
            for entry in known(context.world).values()
            if wanted in {fold(entry.key), fold(entry.ru), fold(entry.en)}
        )

    def rank(world: World) -> Callable[[Any], Any]:
        places = {key: (entry.order, place) for place, (key, entry) in enumerate(known(world).items())}
        return lambda key: places.get(key, (0, -1))

    return Kind(members(ru, en, find), rank)


def named(ru: str, en: str, known: Callable[[World], Mapping[str, Any]], *, by_id: bool = False) -> Kind:
    """Things with a name of their own: found by name, and by id where the language says so."""

    def find(context: Context, text: str) -> Iterable[str]:
        wanted = fold(text)
        for name, thing in known(context.world).items():
            if fold(title(thing)) == wanted or (by_id and name == text):
                yield name

    def rank(world: World) -> Callable[[Any], Any]:
        things = known(world)
        return lambda name: fold(title(things[name])) if name in things else ""

    return Kind(members(ru, en, find), rank)


def title(thing: Any) -> str:
    """What a thing is called: a project is called by its summary."""
    return str(thing.name if hasattr(thing, "name") else thing.fields.get("summary", ""))


def _queues(context: Context, text: str) -> Iterable[str]:
    wanted = fold(text)
    for key, queue in context.world.queues.items():
        if key not in context.hidden and wanted in {fold(key), fold(queue.name)}:
            yield key


def _issues(context: Context, text: str) -> Iterable[str]:
    issue = context.world.issues.get(text.upper())
    return [issue.id] if issue is not None else ["no such issue"]


def _users(context: Context, value: Value) -> Test:
    if value.op not in {"", "!"}:
        raise wrong_op(value)
    if isinstance(value.operand, Range):
        raise unfit(value.operand.low)
    return people(context, value.operand).__contains__


def _myself(context: Context, value: Value) -> Test:
    if not isinstance(value.operand, Call) or value.operand.name != "me":
        raise unfit(start_of(value.operand))
    return _users(context, value)


def _words(_: Context, value: Value) -> Test:
    operand = value.operand
    if isinstance(operand, Range) or not isinstance(operand, Plain):
        raise unfit(start_of(operand))
    if value.op == "#":
        return is_exactly(operand.text)
    if value.op not in {"", "!"}:
        raise wrong_op(value)
    return has_words(operand.text)


def _summary(context: Context, value: Value) -> Test:
    if value.op != "~":
        return _words(context, value)
    if isinstance(value.operand, Range) or not isinstance(value.operand, Plain):
        raise unfit(start_of(value.operand))
    exactly = is_exactly(value.operand.text)
    return lambda text: not exactly(text)


def _same_text(_: Context, value: Value) -> Test:
    wanted = fold(plain(value).text)
    return lambda text: fold(str(text)) == wanted


def option(options: Iterable[str | int]) -> Kind:
    """A drop-down list: only its own values, letter case aside."""
    known = list(options)

    def find(_: Context, text: str) -> Iterable[Any]:
        return [value for value in known if fold(str(value)) == fold(text)]

    places = {value: place for place, value in enumerate(known)}
    test = members("неизвестное значение", "unknown value", find)
    return Kind(test, lambda _: lambda value: places.get(value, -1))


def _ordered(read: Callable[[Context, Operand], tuple[Any, Any, bool]], prepare: Callable[[Any], Any]) -> Tester:
    """A test by size: `read` gives low and high of an operand and whether high itself belongs to it."""

    def test(context: Context, value: Value) -> Test:
        if isinstance(value.operand, Range):
            low = read(context, value.operand.low)[0]
            _, high, closed = read(context, value.operand.high)
            return within(low, high, closed=closed)
        low, high, closed = read(context, value.operand)
        tests: dict[str, Callable[[], Test]] = {
            "": lambda: within(low, high, closed=closed),
            "!": lambda: within(low, high, closed=closed),
            ">": lambda: lambda it: (it := prepare(it)) > high or (not closed and it == high),
            ">=": lambda: lambda it: prepare(it) >= low,
            "<": lambda: lambda it: prepare(it) < low,
            "<=": lambda: lambda it: (it := prepare(it)) < high or (closed and it == high),
        }
        if value.op not in tests:
            raise wrong_op(value)
        return tests[value.op]()

    def within(low: Any, high: Any, *, closed: bool) -> Test:
        if closed:
            return lambda it: low <= prepare(it) <= high
        return lambda it: low <= prepare(it) < high

    return test


def _time(context: Context, operand: Operand) -> tuple[datetime, datetime, bool]:
    return (*span(context, operand), False)


def _number(_: Context, operand: Operand) -> tuple[float, float, bool]:
    if not isinstance(operand, Plain):
        raise unfit(operand)
    try:
        number = float(operand.text.replace(",", "."))
    except ValueError:
        raise unknown("не число:", "not a number:", operand.text, operand.position) from None
    return number, number, True


def _length(_: Context, operand: Operand) -> tuple[float, float, bool]:
    found = seconds(operand.text, working=True) if isinstance(operand, Plain) else None
    if found is None:
        raise unfit(operand)
    return found, found, True


def at_midnight(day: Any) -> datetime:
    """When a day begins; a datetime stays."""
    return day if isinstance(day, datetime) else datetime.combine(day, time(), ZONE)


def _as_number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def by_key(key: str) -> tuple[str, int]:
    """A key as keys are ordered: `DEV-2` before `DEV-10`."""
    queue, _, number = key.rpartition("-")
    return queue, int(number) if number.isdigit() else 0


def _issue_rank(world: World) -> Callable[[Any], Any]:
    return lambda name: by_key(world.keys.get(name, name))


def _user_rank(world: World) -> Callable[[Any], Any]:
    return lambda uid: fold(world.users[uid].display) if uid in world.users else uid


def _itself(_: World) -> Callable[[Any], Any]:
    return lambda value: value


def _as_text(_: World) -> Callable[[Any], Any]:
    return lambda value: fold(str(value))


KINDS: dict[str, Kind] = {
    "status": entries("неизвестный статус", "unknown status", lambda world: world.statuses),
    "issuetype": entries("неизвестный тип", "unknown type", lambda world: world.types),
    "priority": entries("неизвестный приоритет", "unknown priority", lambda world: world.priorities),
    "resolution": entries("неизвестная резолюция", "unknown resolution", lambda world: world.resolutions),
    "queue": Kind(members("неизвестная очередь", "unknown queue", _queues), _itself),
    "component": named("неизвестный компонент", "unknown component", lambda world: world.components),
    "version": named("неизвестная версия", "unknown version", lambda world: world.versions),
    "sprint": named("неизвестный спринт", "unknown sprint", lambda world: world.sprints, by_id=True),
    "board": named("неизвестная доска", "unknown board", lambda world: world.boards, by_id=True),
    "project": named("неизвестный проект", "unknown project", lambda world: world.entities),
    "issue": Kind(members("неизвестная задача", "unknown issue", _issues), _issue_rank),
    "user": Kind(_users, _user_rank),
    "myself": Kind(_myself, _user_rank),
    "text": Kind(_words, _as_text),
    "summary": Kind(_summary, _as_text),
    "string": Kind(_same_text, _as_text),
    "datetime": Kind(_ordered(_time, lambda at: at), _itself),
    "date": Kind(_ordered(_time, at_midnight), lambda _: at_midnight),
    "number": Kind(_ordered(_number, _as_number), lambda _: _as_number),
    "timetracking": Kind(_ordered(_length, _as_number), lambda _: _as_number),
}

OF_FIELD = {
    "integer": "number",
    "float": "number",
    "money": "number",
    "type": "issuetype",
    "datetime": "datetime",
}
"""Field types that are called otherwise as kinds; `date` is a kind of its own name."""
