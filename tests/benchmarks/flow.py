"""Row 13: flow analytics of a history as large as that of the real data, made up here; no service is needed."""

import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
import pandas as pd

from tests.benchmarks.bench import Bench
from tests.benchmarks.table import Line
from tracker_magic import flow

ISSUES, MOVES, INTERVALS = 21_704, 33_671, 100_000
MAX_TIME_IN_STATUS_S, MAX_ITEMS_S, MAX_FORECAST_S, MAX_CALENDAR_S = 0.4, 0.5, 0.1, 0.5
STATUSES = {"open": "new", "inProgress": "inProgress", "onHold": "paused", "closed": "done"}
DAYS = 5000


def measure_flow(bench: Bench) -> Iterator[Line]:
    """Measure the functions that take longest, by their CPU seconds."""
    issues, log = _frames(bench.size(ISSUES), bench.size(MOVES))
    items = flow.cycle_time(issues, log)
    size = f"{len(issues):,} issues, {bench.size(MOVES):,} moves"
    yield _line(bench, f"time in status, {size}", MAX_TIME_IN_STATUS_S, lambda: flow.time_in_status(issues, log))
    yield _line(bench, f"cycle time, {size}", MAX_ITEMS_S, lambda: flow.cycle_time(issues, log))
    yield _line(bench, f"cumulative flow by day, {size}", MAX_ITEMS_S, lambda: flow.cumulative_flow(issues, log))
    yield _line(bench, "10,000 trials: when, with record", MAX_FORECAST_S, lambda: flow.forecast_when(items, 100))
    yield _line(
        bench, "10,000 trials: how many, with record", MAX_FORECAST_S, lambda: flow.forecast_how_many(items, 30)
    )
    calendar = flow.Calendar("RU", tz="Europe/Moscow", hours="10:00-19:00")
    starts, ends = _intervals(bench.size(INTERVALS))
    work = f"business time of {len(starts):,} intervals"
    yield _line(bench, work, MAX_CALENDAR_S, lambda: calendar.days(starts, ends))


def _line(bench: Bench, work: str, target: float, task: Callable[[], object]) -> Line:
    task()
    seconds = []
    for _ in range(bench.runs):
        start = time.process_time()
        task()
        seconds.append(time.process_time() - start)
    return Line(13, work, f"{median(seconds):.3f} s", "", median(seconds), target, "s")


def _frames(issues: int, moves: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames of issues that move through the statuses at random, with the columns that flow reads."""
    rng = np.random.default_rng(1)
    names = np.array(list(STATUSES))
    keys = np.array([f"DEV-{number}" for number in range(1, issues + 1)])
    created = np.datetime64("2010-01-01", "us") + rng.integers(0, DAYS * 86_400, issues).astype("timedelta64[s]")
    owner = np.sort(rng.integers(0, issues, moves))
    at = created[owner] + np.sort(rng.integers(0, 1000 * 86_400, moves)).astype("timedelta64[s]")
    order = np.lexsort((at, owner))
    owner, at, to = owner[order], at[order], names[rng.integers(1, len(names), moves)]
    before = np.where(np.append([True], owner[1:] != owner[:-1]), "open", np.roll(to, 1))
    last = np.full(issues, "open", dtype=object)
    last[owner] = to
    log = pd.DataFrame({
        "key": np.concatenate([keys, keys[owner]]),
        "at": pd.DatetimeIndex(np.concatenate([created, at])).tz_localize("UTC"),
        "type": np.repeat(["IssueCreated", "IssueWorkflow"], [issues, moves]),
        "field": "status",
        "from.key": np.concatenate([np.full(issues, None, dtype=object), before]),
        "to.key": np.concatenate([np.full(issues, "open"), to]),
    })  # fmt: skip
    frame = pd.DataFrame({"key": keys, "createdAt": pd.DatetimeIndex(created).tz_localize("UTC"), "status.key": last})
    frame.attrs["tracker"] = {"statuses": STATUSES, "fetched_at": "2026-11-01T12:00:00+00:00"}
    return frame, log


def _intervals(count: int) -> "tuple[np.ndarray, np.ndarray]":
    rng = np.random.default_rng(2)
    starts = np.datetime64("2024-01-01", "us") + rng.integers(0, 3 * 365 * 86_400, count).astype("timedelta64[s]")
    return starts, starts + rng.integers(0, 60 * 86_400, count).astype("timedelta64[s]")
