"""When people work: a team that sleeps at night and rests at weekends. Times are milliseconds of Unix time."""

from math import exp
from random import Random

HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY
_MORNING, _EVENING = 6, 16  # UTC: nine to seven in Moscow
_SATURDAY = 5
_THURSDAY = 3  # the weekday of day 0


def weekday(ms: int) -> int:
    """Monday is 0."""
    return (ms // DAY + _THURSDAY) % 7


def at_work(rng: Random, ms: int, shift: float) -> int:
    """The moment, put off to working time; with `shift` (0 to 1) people also work at odd hours."""
    if rng.random() < shift:
        return ms
    hour = ms % DAY // HOUR
    if hour >= _EVENING:
        ms += 14 * HOUR
    elif hour < _MORNING:
        ms += 7 * HOUR
    return ms + 2 * DAY if weekday(ms) >= _SATURDAY else ms


def arrival(rng: Random, begin: int, end: int, quiet: float) -> int:
    """A moment between the two when something new comes in; `quiet` is the share that comes outside working time."""
    for _ in range(20):
        ms = begin + int(rng.random() * (end - begin))
        working = weekday(ms) < _SATURDAY and _MORNING <= ms % DAY // HOUR < _EVENING
        if working or rng.random() < quiet:
            break
    return ms


def stay(rng: Random, log_hours: float, sigma: float) -> int:
    """A log-normal stretch of time."""
    return int(exp(rng.gauss(log_hours, sigma)) * HOUR) + 60_000
