"""Values as the service writes them: moments, days and durations as NumPy arrays, and names of time zones.

Each parser takes a whole column (None is missing) and returns an array and, by row, the values it rejected.
"""

import re
import zoneinfo
from calendar import isleap, monthrange
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tracker_magic.errors import BadOption
from tracker_magic.names import nearest
from tracker_magic.printable import quoted

Rejected = dict[int, Any]
Moments = NDArray[np.datetime64]

# The usual forms, with 0 for a digit: the service answers in UTC, with three decimals.
_MOMENT: Final = "0000-00-00T00:00:00.000+0000"
_DAY: Final = "0000-00-00"
_WITHOUT_OFFSET: Final = len("0000-00-00T00:00:00.000")
_BASE: Final = 10
_LONGEST_MONTHS: Final = np.zeros(100, dtype=np.uint8)  # days of the month with this number; of no month: 0
_LONGEST_MONTHS[1:13] = [monthrange(2000, month)[1] for month in range(1, 13)]
_TIME_LIMITS: Final = np.array([24, 60, 60], dtype=np.uint8)  # hours, minutes, seconds
_ANY_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_ANY_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
# One day inside the years 1 to 9999, so that every zone can show the moment.
_FIRST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)

# The service mixes weeks with a time part (`P1WT20M`), which strict ISO parsers refuse, and documents `P1H`.
_DURATION: Final = re.compile(
    r"P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d))?(?:(\d{1,9})H)?(?:(?<=[TH])(\d{1,9})M)?(?:(?<=[THM])(\d{1,9}(?:\.\d+)?)S)?",
    re.ASCII,
)
# What people call zones that have no such name among the IANA's.
_ABBREVIATIONS: Final = {
    "msk": "Europe/Moscow",
    "samt": "Europe/Samara",
    "yekt": "Asia/Yekaterinburg",
    "omst": "Asia/Omsk",
    "krat": "Asia/Krasnoyarsk",
    "novt": "Asia/Novosibirsk",
    "irkt": "Asia/Irkutsk",
    "yakt": "Asia/Yakutsk",
    "vlat": "Asia/Vladivostok",
}
_TEXT_TYPES: Final = frozenset({str, type(None)})


def validate_zone(name: str) -> str:
    """Return the IANA name of a time zone as it is; for any other name raise BadOption with the nearest ones."""
    if name == "UTC":  # needs no zone database
        return name
    try:
        # The machine's own zone is refused: the same notebook would show other days elsewhere.
        is_known = name not in {"", "localtime"} and bool(zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        is_known = False
    if is_known:
        return name
    zones = {zone: zone for zone in sorted(zoneinfo.available_timezones())}
    zones = {zone.rpartition("/")[2]: zone for zone in zones} | zones
    known = _ABBREVIATIONS.get(str(name).casefold())
    similar = [known] if known else dict.fromkeys(zones[match] for match in nearest(str(name), zones))
    examples = f"The nearest: {', '.join(similar)}." if similar else "For example: Europe/Moscow."
    raise BadOption(f"there is no time zone {quoted(name)}", hint=f"Zones have IANA names. {examples}")


def parse_moments(values: Sequence[Any]) -> tuple[Moments, Rejected]:
    """Return naive UTC moments in microseconds, NaT if missing, and the values that are no moment."""
    return _parse(values, _MOMENT)


def parse_days(values: Sequence[Any]) -> tuple[Moments, Rejected]:
    """Return days as naive midnights, never shifted, NaT if missing, and the values that are no day."""
    return _parse(values, _DAY)


def _parse(values: Sequence[Any], form: str) -> tuple[Moments, Rejected]:
    texts = [value for value in values if value is not None]
    try:
        parsed = _parse_usual(texts, form)
    except (TypeError, ValueError):
        return _parse_one_by_one(values, form)
    if len(texts) == len(values):
        return parsed, {}
    moments = np.full(len(values), "NaT", dtype="datetime64[us]")
    moments[[value is not None for value in values]] = parsed
    return moments, {}


def _parse_usual(texts: list[str], form: str) -> Moments:
    """Parse texts that all have this form, all at once; ValueError or TypeError if one has another."""
    if not texts:
        return np.array([], dtype="datetime64[us]")
    joined = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    if set(map(len, texts)) != {len(form)}:
        raise ValueError(form)
    rows = joined.reshape(-1, len(form))
    expected = np.frombuffer(form.encode(), dtype=np.uint8)
    digits = expected == ord("0")
    digits[_WITHOUT_OFFSET:] = False
    # Unsigned: characters before "0" become large, so one comparison is enough.
    values = rows[:, digits] - ord("0")
    if not ((values < _BASE).all() and (rows[:, ~digits] == expected[~digits]).all() and _exist(values)):
        raise ValueError(form)
    moments = joined.view(f"S{len(form)}").astype(f"S{_WITHOUT_OFFSET}").astype("datetime64[us]")
    if moments.min() < np.datetime64(_FIRST.date()) or moments.max() > np.datetime64(_LAST.date()):
        raise ValueError(form)
    return moments


def _exist(digits: NDArray[np.uint8]) -> bool:
    """Whether all of these days, or moments, exist; digits stand in the order of an ISO date.

    NumPy must not see others: it raises the error of its parser in a state in which that may crash the process
    (https://github.com/astropy/astropy/issues/18254).
    """
    pairs = _BASE * digits[:, 4:14:2] + digits[:, 5:14:2]  # of month, day, hour, minute, second
    month, day, times = pairs[:, 0], pairs[:, 1], pairs[:, 2:]
    # Unsigned: the day 00 becomes large.
    if not ((day - 1 < _LONGEST_MONTHS[month]).all() and (times < _TIME_LIMITS[: times.shape[1]]).all()):
        return False
    years = digits[(month == 2) & (day == 29), :4]  # noqa: PLR2004 - the 29th of February
    return all(isleap(int("".join(map(str, year)))) for year in np.unique(years, axis=0))


def _parse_one_by_one(values: Sequence[Any], form: str) -> tuple[Moments, Rejected]:
    parse = _parse_moment if form == _MOMENT else _parse_day
    moments = [parse(value) if isinstance(value, str) else None for value in values]
    return np.array(moments, dtype="datetime64[us]"), rejected_values(values, moments)


def _parse_moment(text: str) -> datetime | None:
    """Parse one moment in UTC, which is assumed if there is no offset; a day alone is no moment."""
    if not _ANY_MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None) if _FIRST <= moment <= _LAST else None


def _parse_day(text: str) -> datetime | None:
    """Parse one day; a moment at midnight is that day, whatever its offset."""
    match = _ANY_DAY.fullmatch(text)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match[1])
    except ValueError:
        return None


def parse_durations(values: Sequence[Any]) -> tuple[NDArray[np.float64], Rejected]:
    """Return the working hours of durations, NaN if missing, and the values that are no duration."""
    distinct = {value for value in values if isinstance(value, str)}  # few, even on many rows
    hours_by_text: dict[str | None, float | None] = {text: working_hours(text) for text in distinct}
    if None not in hours_by_text.values() and _TEXT_TYPES.issuperset(map(type, values)):
        hours_by_text[None] = np.nan
        return np.fromiter(map(hours_by_text.__getitem__, values), np.float64, len(values)), {}
    hours = [hours_by_text[value] if isinstance(value, str) else None for value in values]
    return np.array(hours, dtype=np.float64), rejected_values(values, hours)


def working_hours(text: str) -> float | None:
    """Return the working hours of a duration (a week is 5 days, a day 8 hours), None if it is no duration.

    `P1W2DT3H` is 59.0, `P1WT20M` 40.33. Years and months have no length on a working calendar: only zero is accepted.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    years, months, weeks, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    if years or months:
        return None
    return (((weeks * 5 + days) * 8 + hours) * 3600 + minutes * 60 + seconds) / 3600


def rejected_values(values: Sequence[Any], accepted: Sequence[Any]) -> Rejected:
    """Return, by row, the values that are there but were not accepted (None)."""
    pairs = enumerate(zip(values, accepted, strict=True))
    return {row: value for row, (value, result) in pairs if result is None and value is not None}
