"""Values of the query language: dates and their arithmetic, intervals, numbers, people."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker_magic.demo.language.text import QueryError
from tracker_magic.demo.language.tree import Call, Operand, Plain, Range, Shift
from tracker_magic.demo.model import Filter, Issue, User, World

DATE_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y")
TIME_FORMS = ("", " %H:%M", " %H:%M:%S")
WIDTHS = {"": timedelta(days=1), " %H:%M": timedelta(minutes=1), " %H:%M:%S": timedelta(seconds=1)}
_INTERVAL = re.compile(r"(?:\s*\d+\s*[wdhms])+\s*", re.IGNORECASE)
_PART = re.compile(r"(\d+)\s*([wdhms])", re.IGNORECASE)
_CALENDAR = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_WORKING = {"w": 40 * 3600, "d": 8 * 3600, "h": 3600, "m": 60, "s": 1}

Span = tuple[datetime, datetime]
"""From the first moment (included) to the last (excluded): a day, a minute, a month."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when, of which world; `saved` gives a saved filter's test, `depth` counts filters that name filters."""

    world: World
    caller: str
    now: datetime
    hidden: frozenset[str] = frozenset()
    depth: int = 0
    saved: "Callable[[Context, Filter], Callable[[Issue], bool]] | None" = None


def unknown(what_ru: str, what_en: str, text: str, position: int) -> QueryError:
    """The error that names something nobody knows."""
    return QueryError(f'{what_ru} "{text}"', f'{what_en} "{text}"', position)


def unfit(operand: Operand) -> QueryError:
    """The error for a value or function that its parameter does not take."""
    if isinstance(operand, Shift):
        return unfit(operand.base)
    if isinstance(operand, Call):
        return unknown("неподходящая функция", "function does not fit:", f"{operand.name}()", operand.position)
    return unknown("неподходящее значение", "value does not fit:", operand.text, operand.position)


def start_of(operand: Operand | Range) -> Operand:
    """The operand, or where a range begins."""
    return operand.low if isinstance(operand, Range) else operand


def seconds(text: str, *, working: bool) -> int | None:
    """Seconds of `1w 2d 3h 4m 5s`: calendar ones, or working ones (5 days, 8 hours); None for another text."""
    if not _INTERVAL.fullmatch(text):
        return None
    unit_seconds = _WORKING if working else _CALENDAR
    return sum(int(count) * unit_seconds[unit.lower()] for count, unit in _PART.findall(text))


def span(context: Context, operand: Operand) -> Span:
    """The stretch of time that an operand names."""
    if isinstance(operand, Shift):
        moved = seconds(operand.interval.text, working=False)
        if moved is None:
            raise unfit(operand.interval)
        low, high = span(context, operand.base)
        delta = timedelta(seconds=operand.sign * moved)
        return _moved(low, delta, operand), _moved(high, delta, operand)
    if isinstance(operand, Call):
        if operand.name not in SPANS or operand.arguments:
            raise unfit(operand)
        return SPANS[operand.name](context.now)
    found = date_span(operand.text)
    if found is None:
        raise unknown("непонятная дата", "not a date:", operand.text, operand.position)
    return found


def _moved(at: datetime, delta: timedelta, operand: Shift) -> datetime:
    try:
        return at + delta
    except OverflowError:
        raise unfit(operand.interval) from None


def date_span(text: str) -> Span | None:
    """A date in one of the four forms, or with a time to the minute or second; None for another text."""
    for time_form in TIME_FORMS:
        for date_form in DATE_FORMS:
            try:
                low = datetime.strptime(text.strip(), date_form + time_form).replace(tzinfo=UTC)
                return low, low + WIDTHS[time_form]
            except (ValueError, OverflowError):
                continue
    return None


def _minute(now: datetime) -> Span:
    low = now.replace(second=0, microsecond=0)
    return low, low + timedelta(minutes=1)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _day(now: datetime) -> Span:
    low = _midnight(now)
    return low, low + timedelta(days=1)


def _week(now: datetime) -> Span:
    low = _midnight(now) - timedelta(days=now.weekday())
    return low, low + timedelta(days=7)


def _months(now: datetime, count: int) -> Span:
    """The stretch of `count` months, counted from January, that holds now."""
    first = (now.month - 1) // count * count
    low = _midnight(now).replace(month=first + 1, day=1)
    years, month = divmod(first + count, 12)
    return low, low.replace(year=low.year + years, month=month + 1)


SPANS: dict[str, Callable[[datetime], Span]] = {
    "now": _minute,
    "today": _day,
    "week": _week,
    "month": lambda now: _months(now, 1),
    "quarter": lambda now: _months(now, 3),
    "year": lambda now: _months(now, 12),
}


def people(context: Context, operand: Operand) -> frozenset[str]:
    """Uids of those an operand names: `me()`, `group(value: …)`, `login@`, a full name, a word of name or login."""
    if isinstance(operand, Call):
        if operand.name == "me" and not operand.arguments:
            return frozenset({context.caller})
        if operand.name == "group" and set(operand.arguments) == {"value"}:
            return _group(context, operand)
    if not isinstance(operand, Plain):
        raise unfit(operand)
    found = frozenset(user.uid for user in context.world.users.values() if fold(operand.text) in _names(user))
    if not found:
        raise unknown("неизвестный пользователь", "unknown user", operand.text, operand.position)
    return found


def _names(user: User) -> Iterator[str]:
    yield fold(user.login) + "@"
    yield fold(user.display)
    yield fold(user.login)
    yield fold(user.first_name)
    yield fold(user.last_name)
    yield fold(f"{user.last_name} {user.first_name}")


def _group(context: Context, call: Call) -> frozenset[str]:
    wanted = set()
    for value in call.arguments["value"]:
        if value.op or not isinstance(value.operand, Plain):
            raise unfit(call)
        text = fold(value.operand.text)
        ids = {name for name, title in context.world.groups.items() if text in {fold(title), name}}
        if not ids:
            raise unknown("неизвестная группа", "unknown group", value.operand.text, value.operand.position)
        wanted |= ids
    return frozenset(user.uid for user in context.world.users.values() if wanted & set(user.groups))


def fold(text: str) -> str:
    """A text as names are compared: letter case and ё aside."""
    return text.strip().casefold().replace("ё", "е")
