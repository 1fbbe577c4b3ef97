"""One chart of every kind, with as many points as asked, and with texts that are long or try to be markup."""

import numpy as np
import pandas as pd

from tests.charts import results
from tracker_magic import charts

LONG = 'A name that somebody thought of once & nobody has <b>shortened</b> since, $although$ "everybody" complains'


def grouped(count):
    """Throughput of three groups."""
    groups = [results.periods([3] * count).assign(type=name) for name in ("Task", "Bug", LONG)]
    return results.described(pd.concat(groups, ignore_index=True), "throughput")


def everything(count):
    """Every kind of chart of `count` rows, by name, as functions of the options."""
    days = 1.0 + np.arange(count) % 9
    statuses = ("Open", LONG, "Review")
    in_progress, items = results.in_progress(days, statuses), results.items(days)
    series = results.periods(days.astype(int), "D")
    drawn = {
        "wip_age": (charts.wip_age, in_progress),
        "cycle_time": (charts.cycle_time, items),
        "throughput": (charts.throughput, series),
        "throughput by type": (charts.throughput, grouped(count)),
        "arrivals": (charts.arrivals, results.arrivals(days.astype(int), days.astype(int))),
        "cumulative_flow": (charts.cumulative_flow, results.board(count, ("Open", LONG, "Done"))),
        "burnup": (charts.sprint, results.burnup(10 + days, days)),
        "sprint_report": (charts.sprint, results.outcomes(**{LONG: ["done"] * count})),
        "time_in_status": (charts.time_in_status, results.times(**{LONG: days, "Review": days})),
        "behaviour": (charts.behaviour, series),
        "forecast_when": (charts.forecast, results.forecast_when((5, 8, 16, 30)[:count])),
        "forecast_how_many": (charts.forecast, results.forecast_how_many().head(count)),
        "worktime": (charts.worktime, results.worktime({LONG: days, "Boris": days})),
        "service_level": (charts.service_level, results.service_levels(days.astype(int))),
    }
    draw = {
        name: lambda chart=chart, frame=frame, **look: chart(frame, **look) for name, (chart, frame) in drawn.items()
    }
    draw["histogram"] = lambda **look: charts.cycle_time(items, kind="histogram", **look)
    draw["burn-up"] = lambda **look: charts.sprint(results.burnup(10 + days, days), kind="burnup", **look)
    return draw


NAMES = tuple(everything(1))
