"""Service levels, Little's law and forecasts once more, in plain Python: exact chances in place of trials."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

DAY = timedelta(days=1)
MARGIN = 0.04  # trials decide by chance between answers whose chances are this close
WINDOWS = 12


def percentile(values: list[float], percent: float) -> float:
    """A percentile by linear interpolation."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


def finished(items: pd.DataFrame) -> list[tuple[Any, datetime, float]]:
    """Start, finish and days of the finished items."""
    columns = zip(items["started"], items["finished"], items["days"], strict=True)
    return [row for row in columns if not pd.isna(row[1]) and not pd.isna(row[2])]


def service_level(items: pd.DataFrame, since: datetime, until: datetime, limit: float) -> list[float]:
    """Number, mean, percentiles and the share within the limit."""
    days = [each for _, end, each in finished(items) if since <= end < until]
    levels = [percentile(days, each) for each in (50, 70, 85, 95)]
    return [len(days), sum(days) / len(days), *levels, sum(each <= limit for each in days) / len(days)]


def littles_law(items: pd.DataFrame, since: datetime, until: datetime) -> dict[str, tuple[float, float]]:
    """By check its value and what is expected."""
    rows = [
        (start, None if pd.isna(end) else end)
        for start, end in zip(items["started"], items["finished"], strict=True)
        if not pd.isna(start)
    ]
    departed = [(start, end) for start, end in rows if end is not None and since <= end < until]
    inside = sum(max(min(end or until, until) - max(start, since), timedelta()) / DAY for start, end in rows)
    at_bounds = [
        [(start, end) for start, end in rows if start < at and (end is None or end >= at)] for at in (since, until)
    ]
    ages = [
        sum((at - start) / DAY for start, _ in each) / len(each)
        for each, at in zip(at_bounds, (since, until), strict=True)
    ]
    begun = at_bounds[0]
    return {
        "cycle_time": (sum((end - start) / DAY for start, end in departed) / len(departed), inside / len(departed)),
        "arrivals": (sum(since <= start < until for start, _ in rows), len(departed)),
        "wip": (len(at_bounds[1]), len(begun)),
        "mean_age": (ages[1], ages[0]),
        "finished": (sum(end is not None and end < until for _, end in begun) / len(begun), 1.0),
    }


def daily_throughput(items: pd.DataFrame, until: datetime) -> list[int]:
    """How many items finished on each day in UTC, from the first finish on; those that never started as well."""
    counts = Counter(end.astimezone(UTC).date() for end in items["finished"].dropna())
    first = min(counts)
    return [counts[first + number * DAY] for number in range((until.date() - first).days)]


def sums(sample: list[int], days: int) -> list[float]:
    """The chance of each sum of so many days that are drawn from the sample."""
    chances = [1.0]
    single = Counter(sample)
    for _ in range(days):
        longer = [0.0] * (len(chances) + max(single))
        for total, chance in enumerate(chances):
            for drawn, times in single.items():
                longer[total + drawn] += chance * times / len(sample)
        chances = longer
    return chances


def chance_of_at_least(sample: list[int], days: int, count: int) -> float:
    """The chance that so many days bring at least so many items."""
    return sum(sums(sample, days)[count:])


def is_right_count(sample: list[int], days: int, count: int, chance: float) -> bool:
    """Whether `count` is the answer at a chance (0 to 1): at least so many items come with it, but no more."""
    reached, more = (chance_of_at_least(sample, days, each) for each in (count, count + 1))
    return reached >= chance - MARGIN and more <= chance + MARGIN


def is_right_day(sample: list[int], remaining: int, days: int, chance: float) -> bool:
    """Whether `days` is the answer at a chance: so many items are finished by then with it, and not before."""
    reached, before = (chance_of_at_least(sample, each, remaining) for each in (days, days - 1))
    return reached >= chance - MARGIN and before <= chance + MARGIN


def held_bounds(counts: list[int], length: int, days: int, chance: float) -> tuple[float, float]:
    """The least and the greatest share of the last windows in which at least as many items came as was forecast.

    The forecast of a window draws from the `length` days before it; where an answer is close, both are possible.
    """
    surely = possibly = windows = 0
    for number in range(1, WINDOWS + 1):
        start = len(counts) - number * days
        known = counts[max(0, start - length) : max(start, 0)]
        if start < 0 or sum(each > 0 for each in known) < 5:
            continue
        actual = sum(counts[start : start + days])
        # The answer is the greatest count that comes with the chance: it held if more than `actual` do not.
        more = chance_of_at_least(known, days, actual + 1)
        windows += 1
        surely += more < chance - MARGIN
        possibly += more < chance + MARGIN
    return surely / windows, possibly / windows
