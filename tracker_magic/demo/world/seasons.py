"""What was special in the year behind a world: a wave of bugs after a release, and a slow quarter.

Times are milliseconds of Unix time; the two never overlap.
"""

from datetime import UTC, datetime

from tracker_magic.demo.world.sampling import WEEK, from_milliseconds, to_milliseconds

BUG_WAVE_SHARE = 0.09
"""Share of the issues of DEV that are bugs of the wave."""
SLOWDOWN = 3
"""How many times longer an issue stays in a status that it enters in the slow quarter."""
_WEEKS_SINCE_WAVE, _WAVE_WEEKS = 10, 3  # ten weeks ago, a version was released


def bug_wave(now: int) -> range:
    """The weeks of the wave."""
    begin = now - _WEEKS_SINCE_WAVE * WEEK
    return range(begin, begin + _WAVE_WEEKS * WEEK)


def slow_quarter(now: int) -> range:
    """The calendar quarter before the last complete one."""
    today = from_milliseconds(now)
    number = today.year * 4 + (today.month - 1) // 3 - 2
    return range(_begin_of_quarter(number), _begin_of_quarter(number + 1))


def _begin_of_quarter(number: int) -> int:
    return to_milliseconds(datetime(number // 4, number % 4 * 3 + 1, 1, tzinfo=UTC))
