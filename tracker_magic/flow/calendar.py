"""A working calendar: the time of an interval that falls on working days, or into their hours."""

import importlib
import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracker_magic.errors import BadOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Moments = NDArray[np.datetime64]

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS: Final = re.compile(r"(\d{1,2})(?::(\d\d))?\s*[-–]\s*(\d{1,2})(?::(\d\d))?")
_DAY: Final = np.timedelta64(1, "D")
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = np.datetime64(0, "us")

Day = str | date | np.datetime64


class Calendar:
    """The working days of a country, or of a week, in a time zone.

    `country` is a code of the library `holidays` ("RU"), which knows public holidays and moved working days; None: no
    holidays. `hours="10:00-19:00"`: only these hours of a day count, and a working day is their length; None: a
    working day is the whole day. `weekdays`: "Mon-Fri", "Sun-Thu" or "Mon,Wed". `holidays` and `workdays` are further
    days (dates or ISO texts) that are free, or are worked whatever else says.

    Raises BadOption for an unknown country, zone, weekday or hours, and if the library is not installed.
    """

    def __init__(
        self,
        country: str | None = None,
        *,
        tz: str,
        hours: str | None = None,
        weekdays: str = "Mon-Fri",
        holidays: Iterable[Day] = (),
        workdays: Iterable[Day] = (),
    ) -> None:
        self.country = country
        self.tz = tz
        self.hours = hours
        self.weekdays = weekdays
        self._from, self._to = _read_hours(hours)
        self._worked_weekdays = _read_weekdays(weekdays)
        self._holidays = _days(holidays)
        self._workdays = _days(workdays)
        _check_zone(tz)
        if country is not None:
            _country_days(country, (2024,))

    @property
    def name(self) -> str:
        """What the calendar is, in a few words: `RU, Mon-Fri, 10:00-19:00, Europe/Moscow`."""
        extra = f"{len(self._holidays)} more holidays" if len(self._holidays) else None
        moved = f"{len(self._workdays)} more working days" if len(self._workdays) else None
        return ", ".join(filter(None, (self.country, self.weekdays, self.hours, extra, moved, self.tz)))

    def __repr__(self) -> str:
        try:
            return f"Calendar({self.name})"
        except AttributeError:  # a debugger shows it before `__init__` has ended
            return "Calendar()"

    def is_working(self, days: Iterable[Day]) -> "NDArray[np.bool_]":
        """Return for each day whether it is a working day."""
        dates = _days(days, distinct=False)
        # 1970-01-01 was a Thursday.
        worked = self._worked_weekdays[(dates.astype(np.int64) + 3) % 7]
        if self.country is not None and len(dates):
            years = tuple(range(int(str(dates.min())[:4]), int(str(dates.max())[:4]) + 1))
            free, moved = _country_days(self.country, years)
            worked = (worked & ~np.isin(dates, free)) | np.isin(dates, moved)
        return (worked & ~np.isin(dates, self._holidays)) | np.isin(dates, self._workdays)

    def days(self, starts: "Moments", ends: "Moments") -> "NDArray[np.float64]":
        """Return the working days between moments (UTC, `datetime64[us]`), NaN if one is missing.

        Without `hours`, 24 hours of working days are one day; with them, their length is one day. An interval that ends
        before it starts has a negative length.
        """
        starts, ends = starts.astype("datetime64[us]"), ends.astype("datetime64[us]")
        result = np.full(len(starts), np.nan)
        known = ~(np.isnat(starts) | np.isnat(ends))
        if not known.any():
            return result
        bounds = np.concatenate([starts[known], ends[known]])
        opened, closed, before = self._opening_times(bounds.min(), bounds.max())
        day = np.searchsorted(opened, bounds, side="right") - 1
        worked = before[day] + (np.minimum(bounds, closed[day]) - opened[day]).astype(np.int64)
        half = len(bounds) // 2
        result[known] = (worked[half:] - worked[:half]) / self._length_us
        return result

    def share_outside(self, starts: "Moments", ends: "Moments") -> float:
        """Return the share of the time of these intervals together that is outside working time; NaN without any."""
        elapsed = np.nansum((ends - starts) / np.timedelta64(1, "us"))
        worked = np.nansum(self.days(starts, ends)) * self._length_us
        return float(1 - worked / elapsed) if elapsed > 0 else float("nan")

    @property
    def _length_us(self) -> int:
        """The length of one working day."""
        return int((self._to - self._from) / np.timedelta64(1, "us"))

    def _opening_times(self, first: np.datetime64, last: np.datetime64) -> "tuple[Moments, Moments, NDArray[np.int64]]":
        """Return when the working time of each day opens and closes, and the working time before that day.

        A day that is not worked is closed as it opens.
        """
        # Two days more on either side, so that a moment in any zone lies between two of them.
        dates = np.arange(first.astype("datetime64[D]") - 2 * _DAY, last.astype("datetime64[D]") + 3 * _DAY)
        opened, closed = (_to_utc(dates + offset, self.tz) for offset in (self._from, self._to))
        closed = np.where(self.is_working(dates), np.maximum(opened, closed), opened)
        lengths = (closed - opened).astype(np.int64)
        return opened, closed, np.concatenate([[0], np.cumsum(lengths)[:-1]])


def _to_utc(wall_times: "NDArray[Any]", tz: str) -> "Moments":
    """Return the moments of naive times of a zone; a time that does not exist is that of the next one that does."""
    index = pd.DatetimeIndex(wall_times.astype("datetime64[us]"))
    ambiguous = np.ones(len(index), dtype=bool)
    localized = index.tz_localize(tz, ambiguous=ambiguous, nonexistent="shift_forward")
    return localized.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")


def local_midnights(days: "NDArray[Any]", tz: str) -> "Moments":
    """Return, in UTC, when these days of a zone begin."""
    return _to_utc(days, tz)


def local_times(moments: "Moments", tz: str) -> "Moments":
    """Return the naive times of a zone at these moments of UTC."""
    index = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(tz)
    return index.tz_localize(None).to_numpy(dtype="datetime64[us]")


def _read_weekdays(text: str) -> "NDArray[np.bool_]":
    """Return for Monday to Sunday whether it is worked."""
    worked = np.zeros(7, dtype=bool)
    for part in text.split(","):
        ends = [name.strip().capitalize() for name in part.split("-")]
        if len(ends) not in {1, 2} or any(name not in _WEEKDAYS for name in ends):
            raise BadOption(f"weekdays cannot be {text!r}", hint='Write "Mon-Fri", "Sun-Thu" or "Mon,Wed".')
        first, last = (_WEEKDAYS.index(name) for name in (ends[0], ends[-1]))
        worked[[day % 7 for day in range(first, first + (last - first) % 7 + 1)]] = True
    return worked


def _read_hours(text: str | None) -> tuple[np.timedelta64, np.timedelta64]:
    """Return when working time begins and ends, after midnight."""
    if text is None:
        return np.timedelta64(0, "us"), np.timedelta64(_DAY_US, "us")
    match = _HOURS.fullmatch(text.strip()) if isinstance(text, str) else None
    if match:
        first, last = (int(match[hour]) * 60 + int(match[hour + 1] or 0) for hour in (1, 3))
        if first < last <= 24 * 60:
            return np.timedelta64(first * 60_000_000, "us"), np.timedelta64(last * 60_000_000, "us")
    raise BadOption(f"hours cannot be {text!r}", hint='Write "10:00-19:00"; None: the whole day.')


def _check_zone(tz: str) -> None:
    try:
        pd.Timestamp(0, tz=tz)
    except (KeyError, ValueError, TypeError, OSError):
        problem = BadOption(f"there is no time zone {tz!r}", hint='Names are like "Europe/Moscow".')
    else:
        return
    raise problem


def _days(days: Iterable[Day], *, distinct: bool = True) -> "NDArray[np.datetime64]":
    """Return the days as numpy has them."""
    array = days if isinstance(days, np.ndarray) else np.array([_day(day) for day in days], dtype="datetime64[D]")
    array = array.astype("datetime64[D]")
    return np.unique(array) if distinct else array


def _day(day: Any) -> np.datetime64:
    try:
        return np.datetime64(day.date() if isinstance(day, datetime) else day, "D")
    except ValueError:
        problem = BadOption(f"{day!r} is no day", hint='Write a date, or "2026-12-31".')
    raise problem


@lru_cache(maxsize=64)
def _country_days(country: str, years: tuple[int, ...]) -> "tuple[NDArray[np.datetime64], NDArray[np.datetime64]]":
    """Return a country's free days, and its moved working days."""
    try:
        library = importlib.import_module("holidays")
    except ImportError:
        problem = BadOption(
            "a country's calendar needs the library holidays", hint="pip install tracker_magic[calendar]"
        )
    else:
        try:
            known = library.country_holidays(country, years=years)
        except NotImplementedError:
            problem = BadOption(f"there is no calendar of {country!r}", hint='Countries have codes such as "RU".')
        else:
            return _days(known), _days(known.weekend_workdays)
    raise problem
