"""The chart of any result of `flow`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from tracker_magic.charts.ageing import wip_age
from tracker_magic.charts.chances import forecast
from tracker_magic.charts.chart import Chart
from tracker_magic.charts.departures import arrivals, throughput
from tracker_magic.charts.durations import cycle_time
from tracker_magic.charts.frame import flow_facts
from tracker_magic.charts.hours import worktime
from tracker_magic.charts.limits import behaviour
from tracker_magic.charts.percentiles import service_level
from tracker_magic.charts.sprints import sprint
from tracker_magic.charts.stages import cumulative_flow
from tracker_magic.charts.statuses import time_in_status
from tracker_magic.errors import WrongFrame

_CHARTS: Final[Mapping[str, Callable[..., Chart]]] = {
    "arrivals": arrivals,
    "burnup": sprint,
    "cumulative_flow": cumulative_flow,
    "cycle_time": cycle_time,
    "forecast_how_many": forecast,
    "forecast_when": forecast,
    "lead_time": cycle_time,
    "service_level": service_level,
    "sprint_report": sprint,
    "throughput": throughput,
    "time_in_status": time_in_status,
    "wip": behaviour,
    "wip_age": wip_age,
    "worktime": worktime,
}


def draw(result: pd.DataFrame, **options: Any) -> Chart:
    """Draw a result of `flow` by the chart that fits its metric. Raises WrongFrame if there is none."""
    metric = flow_facts(result).get("metric") if isinstance(result, pd.DataFrame) else None
    return chart_of(metric)(result, **options)


def chart_of(metric: object) -> Callable[..., Chart]:
    """Return the function that draws a metric. Raises WrongFrame if there is none."""
    if not isinstance(metric, str) or metric not in _CHARTS:
        what = f"{metric} has no chart" if metric else "the frame does not say which metric it is"
        raise WrongFrame(what, hint="charts.behaviour(frame, value=…) draws any series.")
    return _CHARTS[metric]
