"""Python values as text of the query language, typed and quoted (TRACKER_API 7.3)."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tracker_magic.errors import BadOption

_ESCAPED: Final = re.compile(r'(["\\])')


class Raw(str):
    """Text that goes into a query untouched."""

    __slots__ = ()


def raw(text: str) -> Raw:
    """Mark `text` as query language: it is neither quoted nor escaped."""
    return Raw(text)


def inside(text: str) -> str:
    r"""`text` as it stands between quotes: `"` and `\` escaped."""
    return _ESCAPED.sub(r"\\\1", text)


def quoted(text: str) -> str:
    """`text` in quotes; the service reads back the same characters."""
    return f'"{inside(text)}"'


def literal(value: Any, tz: str = "UTC") -> str:
    """The query language's text of a Python value.

    Texts are quoted; numbers stand as they are; dates as `2026-03-01`, datetimes in UTC (naive ones are in `tz`);
    timedeltas as an interval; lists, sets, Series and Indexes as a comma list, a frame as its `key` column;
    None, NaN and NaT as `empty()`. Raises BadOption for an empty list, since nothing after a name selects everything,
    and for what has no form in the language.
    """
    if isinstance(value, Raw):
        return str(value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a numpy scalar is the Python value inside
    return _scalar(value, tz) or _many(value, tz)


def _scalar(value: Any, tz: str) -> str | None:
    if value is None or _is_missing(value):
        return "empty()"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (bool, int, float, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(tz))
        return quoted(aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(value, date):
        return value.isoformat()
    return _interval(value) if isinstance(value, timedelta) else None


def _number(value: float | Decimal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value in {float("inf"), float("-inf")}:
        raise BadOption("infinity has no form in the query language")
    return format(Decimal(str(value)), "f") if "e" in str(value).lower() else str(value)


def _is_missing(value: Any) -> bool:
    if isinstance(value, (float, Decimal)):
        return math.isnan(value)
    return type(value).__name__ in {"NAType", "NaTType"}  # pandas' own, without importing pandas


def _interval(value: timedelta) -> str:
    if value < timedelta(0):
        raise BadOption("a negative interval has no form in the query language", hint="Write now() - {{interval}}.")
    seconds = int(value.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    if seconds or not parts:
        parts.append(f"{seconds}s")
    return quoted(" ".join(parts))


def _many(value: Any, tz: str) -> str:
    if hasattr(value, "columns"):
        if "key" not in value.columns:
            raise BadOption("this frame has no column `key`", hint="Give the column itself: {{df['name']}}.")
        value = value["key"]
    if isinstance(value, Mapping) or not isinstance(value, Iterable) or isinstance(value, (bytes, bytearray)):
        raise BadOption(f"{type(value).__name__} has no form in the query language")
    members = [literal(each, tz) for each in value]
    if not members:
        raise BadOption("the list is empty, and an empty list would select everything")
    return ", ".join(members)
