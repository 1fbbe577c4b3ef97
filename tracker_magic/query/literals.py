"""Python values as text of the query language, typed and quoted.

https://yandex.ru/support/tracker/ru/user/query-filter
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from tracker_magic.errors import BadOption, check_encodable

EMPTY_HINT: Final = "Assign another text; for issues without a value, write empty() instead."
_TO_ESCAPE: Final = re.compile(r'(["\\])')
# A word, `QUEUE.KEY`, `QUEUE-1`, `login@`. What begins with a digit might be read as a number or an interval.
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*|[A-Z][A-Z0-9_]*(?:\.\w+|-[0-9]+)|[\w.-]+@")
_JOINING: Final = frozenset({"AND", "OR"})
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class Raw(str):
    """Text that goes into a query as it is."""

    __slots__ = ()


def raw(text: str) -> Raw:
    """Mark `text` as part of a query, to be neither quoted nor escaped."""
    return Raw(text)


def escape(text: str) -> str:
    r"""`text` with `"` and `\` escaped, to stand between quotes. Raises BadOption for half a surrogate pair."""
    return _TO_ESCAPE.sub(r"\\\1", check_encodable(text))


def unescape(text: str) -> str:
    """What stands between quotes, as it was before `escape`."""
    return _ESCAPED.sub(r"\1", text)


def quote(text: str) -> str:
    """`text` in quotes; the service reads back the same characters."""
    return f'"{escape(text)}"'


def name_text(name: str) -> str:
    """A name in a query, in quotes if it needs them: for a word of the language, a number, and several words."""
    is_plain = _PLAIN_NAME.fullmatch(name) is not None and name.upper() not in _JOINING
    return name if is_plain or not name else quote(name)


def literal(value: Any, tz: str = "UTC") -> str:
    """The text of a Python value in the query language.

    Strings are quoted, numbers are left as they are. A date becomes `2026-03-01`, a datetime is written in UTC (a naive
    one is in `tz`), a timedelta becomes an interval. Lists, sets, Series and Indexes become a comma list, a frame that
    of its `key` column; None, NaN and NaT become `empty()`, but not in a list. Raises BadOption for an empty text or
    list, since a name without a value selects everything, and for a value that the language cannot express.
    """
    if isinstance(value, str) and not value.strip():
        raise BadOption("the text is empty, and an empty text would select everything", hint=EMPTY_HINT)
    if isinstance(value, Raw):
        return str(value)
    value = python_value(value)
    return _scalar(value, tz) or _comma_list(value, tz)


def _scalar(value: Any, tz: str) -> str | None:
    if is_missing(value):
        return "empty()"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, (bool, int, float, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(tz))
        return quote(moment_text(aware))
    if isinstance(value, date):
        return value.isoformat()
    return _interval(value) if isinstance(value, timedelta) else None


def moment_text(moment: datetime) -> str:
    """An aware moment in UTC as the query language writes it, to the second."""
    return as_utc(moment).replace(tzinfo=None).isoformat(" ", "seconds")


def as_utc(moment: datetime) -> datetime:
    """An aware moment in UTC; in the first and last year of the calendar hours do not matter, and might leave it."""
    return moment.astimezone(UTC) if MINYEAR < moment.year < MAXYEAR else moment.replace(tzinfo=UTC)


def _number(value: float | Decimal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        raise BadOption("the query language cannot express infinity")
    return format(Decimal(str(value)), "f") if "e" in str(value).lower() else str(value)


def python_value(value: Any) -> Any:
    """The Python value of a numpy scalar; any other value as it is."""
    if not hasattr(value, "item") or getattr(value, "ndim", None) != 0:
        return value
    if value.dtype.kind in "mM" and isinstance(value.item(), int):  # nanoseconds, which Python has not
        value = value.astype(f"{value.dtype.kind}8[us]")
    return value.item()


def is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, NaT or NA."""
    if isinstance(value, (float, Decimal)):
        return math.isnan(value)
    return value is None or type(value).__name__ in {"NAType", "NaTType"}  # pandas' own, without importing pandas


def is_frame(value: Any) -> bool:
    """Whether a value is a frame, without importing pandas; other objects may have a method `columns`."""
    return hasattr(value, "columns") and not callable(value.columns)


def _interval(value: timedelta) -> str:
    if value < timedelta(0):
        raise BadOption("the query language cannot express a negative interval", hint="Write now() - {{interval}}.")
    seconds = int(value.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    if seconds or not parts:
        parts.append(f"{seconds}s")
    return quote(" ".join(parts))


def _comma_list(value: Any, tz: str) -> str:
    members = [python_value(member) for member in _members(value)]
    if not members:
        raise BadOption("the list is empty, and an empty list would select everything")
    if any(map(is_missing, members)):
        raise BadOption(
            "a member of the list is missing (None, NaN or NaT)",
            hint="Leave it out, as dropna() does; for issues without a value, write empty() in the query.",
        )
    if nested := [each for each in members if isinstance(each, Iterable) and not isinstance(each, str)]:
        raise BadOption(
            f"a member of the list is of type {type(nested[0]).__name__}",
            hint="A list must contain single values: explode() a Series, or join the lists.",
        )
    return ", ".join(literal(member, tz) for member in members)


def _members(value: Any) -> Iterable[Any]:
    """The members of a list, the keys of a frame. Raises BadOption for what is no list."""
    if is_frame(value):
        if "key" not in value.columns:
            raise BadOption("this frame has no column `key`", hint="Name the column itself: {{df['name']}}.")
        keys: Iterable[Any] = value["key"]
        return keys
    if isinstance(value, (Mapping, bytes, bytearray)) or not isinstance(value, Iterable):
        raise _not_expressible(value)
    return value


def _not_expressible(value: Any) -> BadOption:
    hint = "It knows texts, numbers, dates, datetimes, timedeltas and lists of these."
    if isinstance(value, Enum):
        hint = "Use its `value` or its `name`."
    elif hasattr(value, "start_time"):  # a Period of pandas
        hint = "Use its `start_time` or its `end_time`."
    return BadOption(f"the query language cannot express a value of type {type(value).__name__}", hint=hint)
