"""Random choices, and random times for a team that works by day; times are milliseconds of Unix time."""

from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import TypeVar

T = TypeVar("T")

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORKDAY_START, _WORKDAY_END = 6, 16  # UTC: nine to seven in Moscow
_SATURDAY = 5
_THURSDAY = 3  # the weekday of day 0
_MAX_ARRIVAL_DRAWS = 20


def to_milliseconds(moment: datetime) -> int:
    """Convert an aware datetime to whole milliseconds of Unix time."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(ms: int) -> datetime:
    """Convert milliseconds of Unix time to a datetime in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)  # exact: a double holds Unix time to a quarter of a microsecond


def pick(rng: Random, choices: tuple[T, ...] | list[T]) -> T:
    """Pick one of the choices; faster than `rng.choice`, which matters for a hundred thousand issues."""
    return choices[int(rng.random() * len(choices))]


def chance(rng: Random, probability: float) -> bool:
    """Return True with this probability (0 to 1)."""
    return rng.random() < probability


def weekday(ms: int) -> int:
    """Day of the week in UTC; Monday is 0."""
    return (ms // DAY + _THURSDAY) % 7


def working_time(rng: Random, ms: int, odd_hours: float) -> int:
    """Move a time forward into working hours, except with probability `odd_hours`."""
    if rng.random() < odd_hours:
        return ms
    hour = ms % DAY // HOUR
    if hour >= _WORKDAY_END:
        ms += 14 * HOUR
    elif hour < _WORKDAY_START:
        ms += 7 * HOUR
    return ms + 2 * DAY if weekday(ms) >= _SATURDAY else ms


def arrival_time(rng: Random, begin: int, end: int, off_hours: float) -> int:
    """Draw a time between `begin` and `end`, outside working hours only with probability `off_hours`."""
    for _ in range(_MAX_ARRIVAL_DRAWS):
        ms = begin + int(rng.random() * (end - begin))
        in_hours = weekday(ms) < _SATURDAY and _WORKDAY_START <= ms % DAY // HOUR < _WORKDAY_END
        if in_hours or rng.random() < off_hours:
            break
    return ms


def time_in_status(rng: Random, log_hours: float, sigma: float) -> int:
    """Draw a log-normal duration of at least a minute."""
    return int(exp(rng.gauss(log_hours, sigma)) * HOUR) + MINUTE
