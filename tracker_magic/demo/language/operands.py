"""Evaluates the operands of a query: dates and date arithmetic, durations, people."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker_magic.demo.language.syntax_tree import DateShift, FunctionCall, LiteralValue, Operand, Range
from tracker_magic.demo.language.tokens import QueryError
from tracker_magic.demo.model import User, World

DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y")
TIME_FORMATS = {"": timedelta(days=1), " %H:%M": timedelta(minutes=1), " %H:%M:%S": timedelta(seconds=1)}
"""Optional time after a date, and the length of the period that is meant."""
_DURATION = re.compile(r"(?:\s*\d+\s*[wdhms])+\s*", re.IGNORECASE)
_DURATION_PART = re.compile(r"(\d+)\s*([wdhms])", re.IGNORECASE)
_CALENDAR_SECONDS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_WORKING_SECONDS = {"w": 40 * 3600, "d": 8 * 3600, "h": 3600, "m": 60, "s": 1}

Period = tuple[datetime, datetime]
"""A day, a minute, a month …: its first moment (included) and its end (excluded)."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who searches which world, and when; issues of `hidden` queues are not found.

    `filter_depth` counts the saved filters that have led to the present one. `query_offset`: the offset from UTC of the
    time zone in which dates in a query are read.
    """

    world: World
    caller: str
    now: datetime
    hidden: frozenset[str] = frozenset()
    filter_depth: int = 0
    query_offset: timedelta = timedelta()


def unknown_name(ru: str, en: str, text: str, position: int) -> QueryError:
    """Build the error for a name that nothing has: `ru` and `en` say what was expected."""
    return QueryError(f'{ru} "{text}"', f'{en} "{text}"', position)


def unsuitable_operand(operand: Operand | Range) -> QueryError:
    """Build the error for a value or function that its parameter does not take."""
    if isinstance(operand, Range):
        return unsuitable_operand(operand.low)
    if isinstance(operand, DateShift):
        return unsuitable_operand(operand.base)
    if isinstance(operand, FunctionCall):
        return unknown_name("неподходящая функция", "function does not fit:", f"{operand.name}()", operand.position)
    return unknown_name("неподходящее значение", "value does not fit:", operand.text, operand.position)


def parse_duration(text: str, *, working: bool) -> int | None:
    """Seconds of a duration such as `1w 2d 3h 4m 5s`; None for any other text.

    In `working` time a week has 5 days and a day 8 hours.
    """
    if not _DURATION.fullmatch(text):
        return None
    seconds = _WORKING_SECONDS if working else _CALENDAR_SECONDS
    return sum(int(count) * seconds[unit.lower()] for count, unit in _DURATION_PART.findall(text))


def period_of(context: Context, operand: Operand) -> Period:
    """Return the period that an operand stands for."""
    if isinstance(operand, DateShift):
        return _shifted_period(context, operand)
    if isinstance(operand, FunctionCall):
        if operand.name not in PERIODS or operand.arguments:
            raise unsuitable_operand(operand)
        return PERIODS[operand.name](context.now)
    period = parse_date(operand.text)
    if period is None:
        raise unknown_name("непонятная дата", "not a date:", operand.text, operand.position)
    begin, end = period
    return begin - context.query_offset, end - context.query_offset


def _shifted_period(context: Context, shift: DateShift) -> Period:
    seconds = parse_duration(shift.interval.text, working=False)
    if seconds is None:
        raise unsuitable_operand(shift.interval)
    begin, end = period_of(context, shift.base)
    try:
        delta = timedelta(seconds=shift.sign * seconds)
        return begin + delta, end + delta
    except OverflowError:
        raise unsuitable_operand(shift.interval) from None


def parse_date(text: str) -> Period | None:
    """Period of a date in one of the four formats, with or without a time; None for any other text."""
    for time_format, length in TIME_FORMATS.items():
        for date_format in DATE_FORMATS:
            try:
                begin = datetime.strptime(text.strip(), date_format + time_format).replace(tzinfo=UTC)
                return begin, begin + length
            except (ValueError, OverflowError):
                continue
    return None


def _minute(now: datetime) -> Period:
    begin = now.replace(second=0, microsecond=0)
    return begin, begin + timedelta(minutes=1)


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _day(now: datetime) -> Period:
    begin = _midnight(now)
    return begin, begin + timedelta(days=1)


def _week(now: datetime) -> Period:
    begin = _midnight(now) - timedelta(days=now.weekday())
    return begin, begin + timedelta(days=7)


def _months(now: datetime, count: int) -> Period:
    """Period of `count` months around now, counted from January."""
    first = (now.month - 1) // count * count
    begin = _midnight(now).replace(month=first + 1, day=1)
    years, month = divmod(first + count, 12)
    return begin, begin.replace(year=begin.year + years, month=month + 1)


PERIODS: dict[str, Callable[[datetime], Period]] = {
    "now": _minute,
    "today": _day,
    "week": _week,
    "month": lambda now: _months(now, 1),
    "quarter": lambda now: _months(now, 3),
    "year": lambda now: _months(now, 12),
}
"""Functions of the language that stand for a period, by name."""


def find_people(context: Context, operand: Operand) -> frozenset[str]:
    """Return the uids that an operand stands for.

    It may be `me()`, `group(value: …)`, `login@`, a full name, a first or last name, or a login.
    """
    if isinstance(operand, FunctionCall):
        if operand.name == "me" and not operand.arguments:
            return frozenset({context.caller})
        if operand.name == "group" and set(operand.arguments) == {"value"}:
            return _group_members(context, operand)
    if not isinstance(operand, LiteralValue):
        raise unsuitable_operand(operand)
    name = fold(operand.text)
    uids = frozenset(user.uid for user in context.world.users.values() if name in _names(user))
    if not uids:
        raise unknown_name("неизвестный пользователь", "unknown user", operand.text, operand.position)
    return uids


def _names(user: User) -> Iterator[str]:
    yield fold(user.login) + "@"
    yield fold(user.display)
    yield fold(user.login)
    yield fold(user.first_name)
    yield fold(user.last_name)
    yield fold(f"{user.last_name} {user.first_name}")


def _group_members(context: Context, call: FunctionCall) -> frozenset[str]:
    groups = set()
    for value in call.arguments["value"]:
        if value.operator or not isinstance(value.operand, LiteralValue):
            raise unsuitable_operand(call)
        text = fold(value.operand.text)
        ids = {group_id for group_id, name in context.world.groups.items() if text in {fold(name), group_id}}
        if not ids:
            raise unknown_name("неизвестная группа", "unknown group", value.operand.text, value.operand.position)
        groups |= ids
    return frozenset(user.uid for user in context.world.users.values() if groups & set(user.groups))


def fold(text: str) -> str:
    """Normalize a name for comparison, which ignores case and does not distinguish е and ё."""
    return text.strip().casefold().replace("ё", "е")
