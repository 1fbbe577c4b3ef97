"""Flow analytics: from issues and their history to answers. Pure: no network, no settings.

One pipeline: `changelog → intervals → items (key, started, finished, days) → series and forecasts`. A frame of issues
is a frame of items already. Every function takes a `Policy` and its fields as keywords, and says in
`attrs["definition"]` and `attrs["flow"]` of the result how it was computed and what was left out.
"""

from tracker_magic.flow.ageing import wip_age
from tracker_magic.flow.basis import KEEP, PERCENTILES
from tracker_magic.flow.board import cumulative_flow
from tracker_magic.flow.burnup import burnup
from tracker_magic.flow.calendar import Calendar
from tracker_magic.flow.efficiency import flow_efficiency
from tracker_magic.flow.forecast import forecast_how_many, forecast_when
from tracker_magic.flow.intervals import intervals, snapshot, time_in_status
from tracker_magic.flow.items import cycle_time, lead_time
from tracker_magic.flow.periods import Period
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.quality import data_quality
from tracker_magic.flow.series import arrivals, littles_law, service_level, throughput, wip
from tracker_magic.flow.sprints import sprint_report
from tracker_magic.flow.worktime import worktime

__all__ = [
    "KEEP",
    "PERCENTILES",
    "Calendar",
    "Period",
    "Policy",
    "PolicyFields",
    "arrivals",
    "burnup",
    "cumulative_flow",
    "cycle_time",
    "data_quality",
    "flow_efficiency",
    "forecast_how_many",
    "forecast_when",
    "intervals",
    "lead_time",
    "littles_law",
    "service_level",
    "snapshot",
    "sprint_report",
    "throughput",
    "time_in_status",
    "wip",
    "wip_age",
    "worktime",
]
