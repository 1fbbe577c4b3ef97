"""Pictures of what `flow` gives: `charts.NAME(result)` takes the frame of `flow.NAME` and returns a `Chart`.

A chart shows itself in a notebook, with the issue of a point under the mouse and a link to it, and `save`s itself as
PNG or SVG; both without a network or a browser. It needs matplotlib, which is imported when a chart is first used.
"""

from typing import TYPE_CHECKING, Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.interrupts import import_public

if TYPE_CHECKING:
    from tracker_magic.charts.ageing import wip_age
    from tracker_magic.charts.chances import forecast
    from tracker_magic.charts.chart import Area, Chart
    from tracker_magic.charts.departures import arrivals, throughput
    from tracker_magic.charts.durations import cycle_time
    from tracker_magic.charts.hours import worktime
    from tracker_magic.charts.limits import behaviour
    from tracker_magic.charts.metrics import chart_of, draw
    from tracker_magic.charts.percentiles import service_level
    from tracker_magic.charts.sprints import sprint
    from tracker_magic.charts.stages import cumulative_flow
    from tracker_magic.charts.statuses import time_in_status

__all__ = [
    "Area",
    "Chart",
    "arrivals",
    "behaviour",
    "chart_of",
    "cumulative_flow",
    "cycle_time",
    "draw",
    "forecast",
    "service_level",
    "sprint",
    "throughput",
    "time_in_status",
    "wip_age",
    "worktime",
]

# The module of each name; all of them import matplotlib. None has the name of a function, which it would hide.
_MODULES: Final = {
    "Area": "chart",
    "Chart": "chart",
    "arrivals": "departures",
    "behaviour": "limits",
    "chart_of": "metrics",
    "cumulative_flow": "stages",
    "cycle_time": "durations",
    "draw": "metrics",
    "forecast": "chances",
    "service_level": "percentiles",
    "sprint": "sprints",
    "throughput": "departures",
    "time_in_status": "statuses",
    "wip_age": "ageing",
    "worktime": "hours",
}


def __getattr__(name: str) -> Any:
    try:
        value = import_public(__name__, _MODULES, name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise BadOption(
            "a picture needs matplotlib, which is not installed",
            hint="Run pip install 'tracker_magic[charts]'.",
            reason="charts_extra_missing",
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
