"""Frames with the columns and attrs that `flow` gives, made by hand."""

import numpy as np
import pandas as pd

NOW = "2026-11-28T12:00:00+00:00"
DEFINITION = "Days of 24 hours from the first entry into In progress to the last entry into a finished status."
URL = "https://tracker.example"


def described(frame, metric, **facts):
    """The frame with a definition, the facts of flow, and the web interface's address."""
    frame.attrs["definition"] = DEFINITION
    frame.attrs["flow"] = {"metric": metric, "policy": {}, "now": NOW, "tz": "UTC", **facts}
    frame.attrs["tracker"] = {"url": URL}
    return frame


def items(days, metric="cycle_time", **facts):
    """Finished items that took these days; the last one was finished an hour before now."""
    count = len(days)
    days = np.asarray(days, dtype=float)
    finished = pd.Timestamp(NOW) - pd.to_timedelta(np.arange(count, 0, -1), unit="h")
    frame = pd.DataFrame(
        {
            "key": [f"DEV-{number + 1}" for number in range(count)],
            "started": pd.DatetimeIndex(finished - pd.to_timedelta(days, unit="D")).as_unit("us"),
            "finished": pd.DatetimeIndex(finished).as_unit("us"),
            "days": days,
            "finishes": pd.array([1] * count, dtype="Int64"),
            "summary": [f"Task {number + 1}" for number in range(count)],
        }
    )
    return described(frame, metric, **facts)


def in_progress(ages, statuses=("Open", "In progress", "Review"), **facts):
    """Issues in progress of these ages, one status after the other, the oldest first."""
    count = len(ages)
    at = np.arange(count) % len(statuses)
    now = pd.Timestamp(NOW)
    ages = np.sort(np.asarray(ages, dtype=float))[::-1]
    frame = pd.DataFrame(
        {
            "key": [f"DEV-{number + 1}" for number in range(count)],
            "status": pd.Series([statuses[each] for each in at], dtype="str"),
            "status.key": pd.Series([statuses[each].lower() for each in at], dtype="str"),
            "started": pd.DatetimeIndex(now - pd.to_timedelta(ages, unit="D")).as_unit("us"),
            "entered": pd.DatetimeIndex(now - pd.to_timedelta(ages / 2, unit="D")).as_unit("us"),
            "age": ages,
            "in_status": ages / 2,
            "rank": np.linspace(1, 0, count) if count else np.array([], dtype=float),
        }
    )
    for share, factor in ((50, 2), (70, 4), (85, 7), (95, 12)):
        frame[f"p{share}"] = factor * (1.0 + at)
    frame["n"] = 40
    return described(frame, "wip_age", **facts)


def periods(counts, freq="W-MON", *, running=True):
    """The frame of `flow.throughput`; the last period is the running one."""
    frame = pd.DataFrame({"period": days_until_now(len(counts), freq), "count": np.asarray(counts, dtype=np.int64)})
    frame["complete"] = [True] * (len(counts) - 1) + [not running] if len(counts) else np.array([], dtype=bool)
    return described(frame, "throughput")


def days_until_now(count, freq="D"):
    """The first days of the last periods."""
    return pd.date_range(end="2026-11-28", periods=count, freq=freq).as_unit("us")


def arrivals(arrived, finished):
    """The frame of `flow.arrivals` by week."""
    frame = periods(arrived).rename(columns={"count": "arrived"})
    frame["finished"] = np.asarray(finished, dtype=np.int64)
    frame["net"] = frame["arrived"] - frame["finished"]
    frame["wip"] = 10 + frame["net"].cumsum()
    return described(frame, "arrivals")


def board(days, stages=("Open", "In progress", "Done"), finished_before=0):
    """The frame of `flow.cumulative_flow`: three arrive a day, one is finished."""
    rows = []
    for number, day in enumerate(days_until_now(days)):
        inside = [5 + number, 4 + number, finished_before + number]
        inside += [1] * (len(stages) - len(inside))
        for position, stage in enumerate(stages):
            rows.append((day, stage, position, sum(inside[position:]), inside[position], number < days - 1))
    columns = ["period", "stage", "position", "cumulative", "inside", "complete"]
    return described(pd.DataFrame(rows, columns=columns), "cumulative_flow")


def burnup(scope, done):
    """The frame of `flow.burnup` by day."""
    scope, done = np.asarray(scope, dtype=float), np.asarray(done, dtype=float)
    change = np.diff(scope, prepend=0)
    frame = pd.DataFrame(
        {
            "period": days_until_now(len(scope)),
            "scope": scope,
            "done": done,
            "remaining": scope - done,
            "added": np.maximum(change, 0),
            "removed": np.maximum(-change, 0),
            "ideal": np.linspace(scope[0], 0, len(scope)) if len(scope) else scope,
        }
    )
    frame["complete"] = True
    return described(frame, "burnup")


def outcomes(**sprints):
    """The frame of `flow.sprint_report`: the outcomes of each sprint; the last issue of each was added later."""
    rows = [
        (sprint, str(number), f"DEV-{number * 100 + at}", at < len(found) - 1, outcome, "In progress")
        for number, (sprint, found) in enumerate(sprints.items())
        for at, outcome in enumerate(found)
    ]
    columns = ["sprint", "sprint.id", "key", "committed", "outcome", "status"]
    return described(pd.DataFrame(rows, columns=columns), "sprint_report")


def times(**days):
    """The frame of `flow.time_in_status`: the days of issues by status; the last issue of each is still there."""
    rows = [
        (f"DEV-{at + 1}", status, status.lower(), float(each), 1, at == len(found) - 1)
        for status, found in days.items()
        for at, each in enumerate(found)
    ]
    return described(
        pd.DataFrame(rows, columns=["key", "status", "status.key", "days", "visits", "open"]), "time_in_status"
    )


def forecast_when(days=(5, 8, 16, 30), held=(1.0, 0.75, 0.75, np.nan)):
    """The frame of `flow.forecast_when`."""
    frame = pd.DataFrame({"chance": [50, 70, 85, 95][: len(days)], "days": list(days), "held": list(held)[: len(days)]})
    frame["date"] = pd.Timestamp("2026-11-28") + pd.to_timedelta(frame["days"].astype("int64"), unit="D")
    return described(frame, "forecast_when")


def forecast_how_many(counts=(30, 24, 18, 12), held=(0.5, 0.75, 0.83, 1.0)):
    """The frame of `flow.forecast_how_many`."""
    frame = pd.DataFrame({"chance": [50, 70, 85, 95], "count": list(counts), "held": list(held)})
    return described(frame, "forecast_how_many")


def worktime(hours, freq="W-MON"):
    """The frame of `flow.worktime` by person and week: `hours` is {person: hours of each week}."""
    rows = [
        (day, person, f"id-{person}", each, 1, 1)
        for person, found in hours.items()
        for day, each in zip(days_until_now(len(found), freq), found, strict=True)
    ]
    columns = ["period", "createdBy", "createdBy.id", "hours", "entries", "issues"]
    return described(pd.DataFrame(rows, columns=columns), "worktime")


def service_levels(counts, **facts):
    """The frame of `flow.service_level` by month."""
    frame = pd.DataFrame({"period": days_until_now(len(counts), "MS"), "n": np.asarray(counts, dtype=np.int64)})
    for name, days in (("mean", 7.0), ("p50", 4.0), ("p70", 7.0), ("p85", 14.0), ("p95", 25.0)):
        frame[name] = days + np.arange(len(counts))
    frame["within"] = 0.8
    return described(frame, "service_level", **facts)
