"""Forecasts by simulation: when the rest will be done, or how much will be, each with its own record."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
import pandas as pd

from tracker_magic.choices import CalendarPeriod
from tracker_magic.errors import BadOption, NotEnoughData
from tracker_magic.flow.basis import PERCENTILES, Basis, Now, describe, make_basis
from tracker_magic.flow.calendar import local_times
from tracker_magic.flow.periods import make_periods
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.series import Items, read_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

Remaining = int | tuple[int, int] | None

_LENGTHS: Final = {"day": 1.0, "week": 7.0, "month": 30.436875, "quarter": 91.310625, "year": 365.2425}
_FEWEST_PERIODS: Final = 5
_WINDOWS: Final = 12
# So many trials for each window of the record; its answers are whole numbers, which more trials hardly change.
_RECORD_TRIALS: Final = 1_000
# Draws made at once: few enough for memory, and enough that a block costs little.
_BLOCK: Final = 1_000_000


def forecast_when(
    items: pd.DataFrame,
    remaining: Remaining = None,
    *,
    chances: Sequence[int] = PERCENTILES,
    period: CalendarPeriod = "day",
    since: Now = None,
    until: Now = None,
    trials: int = 10_000,
    seed: int = 0,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Forecast when `remaining` items (a number, a range (low, high), None: the unfinished ones) will be finished.

    Each trial draws the throughput of complete periods in [since, until), zeros included, until it has as many; the
    answer is a percentile of the days from today. Periods longer than a day count with their mean length.

    Columns: `chance` (`int64`, %), `days` (`int64`), `date` (naive `datetime64[us]`), `held` (`float64`: of the last 12
    windows, one after the other, in each of which as many items were finished, the share in which such an answer, drawn
    from what was before, came true; NaN if the history is too short). `attrs["flow"]["windows"]`: how many there were.
    Raises NotEnoughData (fewer than 5 periods with a finish), WrongFrame, BadOption. Warns FlowWarning.
    """
    basis = make_basis("forecast_when", (items,), policy, now, **f)
    length, read = _length(period), read_items(basis, items, ())
    counts, sample = _throughput(basis, read, period, since, until)
    low, high = _range(remaining, int(np.isnat(read.finished).sum()))
    rng = np.random.default_rng(seed)
    taken = _periods_until(rng, sample, rng.integers(low, high + 1, size=trials))
    held = []
    for start, end in _windows_of_items(counts, high):
        known = _before(counts, start, len(sample), is_bounded=since is not None)
        if _is_enough(known):
            answers = _periods_until(rng, known, np.full(_RECORD_TRIALS, high))
            held.append([end - start <= np.ceil(np.percentile(answers, chance)) for chance in chances])
    periods = np.array([np.ceil(np.percentile(taken, chance)) for chance in chances])
    days = np.ceil(periods * length).astype(np.int64)
    result = pd.DataFrame({"chance": np.array(chances, dtype=np.int64), "days": days})
    result["date"] = (_local_day(basis, basis.now) + days.astype("timedelta64[D]")).astype("datetime64[us]")
    result["held"] = _shares(held, len(chances))
    what = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    text = f"{what} items: {_how(trials, sample, period)}"
    return describe(result, basis, text, n=int(sample.sum()), windows=len(held))


def forecast_how_many(
    items: pd.DataFrame,
    horizon: Any,
    *,
    chances: Sequence[int] = PERCENTILES,
    period: CalendarPeriod = "day",
    since: Now = None,
    until: Now = None,
    trials: int = 10_000,
    seed: int = 0,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Forecast how many items will be finished within `horizon`: a number of days, or the last day.

    Each trial draws as many complete periods of [since, until) as the horizon has, zeros included, and adds up their
    throughput; at the chance of 85 % the answer is the 15th percentile.

    Columns: `chance` (`int64`, %: in that share of the trials at least so many), `count` (`int64`), `held` (`float64`:
    of the last 12 windows of that length, one after the other, the share in which such an answer, drawn from what was
    before, came true; NaN if the history is too short). `attrs["flow"]["windows"]`: how many there were.
    Raises NotEnoughData (fewer than 5 periods with a finish), WrongFrame, BadOption. Warns FlowWarning.
    """
    basis = make_basis("forecast_how_many", (items,), policy, now, **f)
    drawn = int(_days_of(basis, horizon) / _length(period))
    if drawn < 1:
        raise BadOption(f"the horizon {horizon!r} is shorter than a {period}", hint='Take period="day".')
    read = read_items(basis, items, ())
    counts, sample = _throughput(basis, read, period, since, until)
    rng = np.random.default_rng(seed)
    totals = _totals(rng, sample, drawn, trials)
    held = []
    last = len(counts)
    for start in range(last - drawn, max(last - drawn * _WINDOWS, 0) - 1, -drawn):
        known = _before(counts, start, len(sample), is_bounded=since is not None)
        if _is_enough(known):
            answers, actual = _totals(rng, known, drawn, _RECORD_TRIALS), counts[start : start + drawn].sum()
            held.append([actual >= np.floor(np.percentile(answers, 100 - chance)) for chance in chances])
    result = pd.DataFrame({"chance": np.array(chances, dtype=np.int64)})
    result["count"] = np.array([np.floor(np.percentile(totals, 100 - chance)) for chance in chances], dtype=np.int64)
    result["held"] = _shares(held, len(chances))
    text = f"{_counted(drawn, period)}: {_how(trials, sample, period)}"
    return describe(result, basis, text, n=int(sample.sum()), windows=len(held))


def _throughput(basis: Basis, read: Items, period: CalendarPeriod, since: Now, until: Now) -> "tuple[Counts, Counts]":
    """Return the throughput of all complete periods, and of those to draw from. Raises NotEnoughData."""
    periods = make_periods(basis, period, None, until, read.finished)
    position = periods.position_of(read.finished)
    counts = np.bincount(position[position >= 0], minlength=len(periods))[periods.complete]
    first = 0 if since is None else int((periods.starts[periods.complete] < basis.moment(since)).sum())
    sample = counts[first:]
    if not _is_enough(sample):
        raise NotEnoughData(
            f"{int((sample > 0).sum())} complete periods ({period}) have a finished item, fewer than {_FEWEST_PERIODS}",
            hint="Take an earlier since=, shorter periods, or more issues.",
        )
    return counts, sample


def _is_enough(sample: "Counts") -> bool:
    return int((sample > 0).sum()) >= _FEWEST_PERIODS


def _periods_until(rng: np.random.Generator, sample: "Counts", needed: "Counts") -> "Counts":
    """Return for each trial how many drawn periods it takes to finish as many items as it needs."""
    taken = np.zeros(len(needed), dtype=np.int64)
    waiting = np.flatnonzero(needed > 0)
    missing = needed.astype(np.int64)
    while len(waiting):
        # A tenth more than on average, so that few trials need another block.
        width = int(missing[waiting].max() / sample.mean() * 1.1) + 10
        width = max(1, min(width, _BLOCK // len(waiting)))
        drawn = np.cumsum(_draw(rng, sample, (len(waiting), width)), axis=1)
        reached = drawn >= missing[waiting, np.newaxis]
        is_done = reached[:, -1]
        taken[waiting] += np.where(is_done, reached.argmax(axis=1) + 1, width)
        missing[waiting] -= drawn[:, -1]
        waiting = waiting[~is_done]
    return taken


def _totals(rng: np.random.Generator, sample: "Counts", drawn: int, trials: int) -> "Counts":
    """Return for each trial the throughput of so many drawn periods together."""
    totals = np.zeros(trials, dtype=np.int64)
    width = max(1, _BLOCK // trials)
    for start in range(0, drawn, width):
        totals += _draw(rng, sample, (trials, min(width, drawn - start))).sum(axis=1)
    return totals


def _draw(rng: np.random.Generator, sample: "Counts", shape: tuple[int, int]) -> "NDArray[np.int32]":
    index = rng.integers(0, len(sample), size=shape, dtype=np.uint16 if len(sample) < 2**16 else np.uint32)
    drawn: NDArray[np.int32] = sample.astype(np.int32)[index]
    return drawn


def _windows_of_items(counts: "Counts", size: int) -> list[tuple[int, int]]:
    """Return begin and end of the last windows in each of which so many items were finished, the latest first."""
    done = np.concatenate([[0], np.cumsum(counts)])
    windows: list[tuple[int, int]] = []
    end = len(counts)
    while size > 0 and len(windows) < _WINDOWS and done[end] >= size:
        start = int(np.searchsorted(done, done[end] - size, side="right")) - 1
        # The window ends with the period in which the last of them was finished.
        windows.append((start, int(np.searchsorted(done, done[start] + size))))
        end = start
    return windows


def _before(counts: "Counts", start: int, length: int, *, is_bounded: bool) -> "Counts":
    """Return the throughput that was known when a window began, as long a history as the forecast has."""
    return counts[max(0, start - length) : start] if is_bounded else counts[:start]


def _shares(held: Sequence[Sequence[Any]], chances: int) -> "NDArray[np.float64]":
    return np.array(held, dtype=np.float64).mean(axis=0) if held else np.full(chances, np.nan)


def _range(remaining: Remaining, unfinished: int) -> tuple[int, int]:
    low, high = remaining if isinstance(remaining, tuple) else (remaining, remaining)
    low, high = (unfinished if each is None else each for each in (low, high))
    if not 0 <= low <= high:
        raise BadOption(f"remaining cannot be {remaining!r}", hint="Write a number, or (low, high).")
    return low, high


def _length(period: Any) -> float:
    if not isinstance(period, str) or period not in _LENGTHS:
        raise BadOption(f"a forecast cannot draw by {period!r}", hint=f"period is one of {', '.join(_LENGTHS)}.")
    return _LENGTHS[period]


def _days_of(basis: Basis, horizon: Any) -> int:
    if isinstance(horizon, int | np.integer):
        return int(horizon)
    last = _local_day(basis, basis.moment(horizon))
    return int((last - _local_day(basis, basis.now)) / np.timedelta64(1, "D"))


def _local_day(basis: Basis, moment: np.datetime64) -> np.datetime64:
    return np.datetime64(local_times(np.array([moment]), basis.tz)[0], "D")


def _how(trials: int, sample: "Counts", period: str) -> str:
    drawn_from = f"{_counted(len(sample), f'complete {period}')}, those without a finished item included"
    return f"{trials:,} simulations, each drawing from {drawn_from}."


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
