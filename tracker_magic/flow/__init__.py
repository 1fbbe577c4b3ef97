"""Flow analytics: from issues and their history to answers. Pure: no network, no settings.

One pipeline: `changelog → intervals → items (key, started, finished, days) → series and forecasts`. A frame of issues
is a frame of items already. Every function takes a `Policy` and its fields as keywords, and says in
`attrs["definition"]` and `attrs["flow"]` of the result how it was computed and what was left out.
"""

from tracker_magic.flow.basis import KEEP, PERCENTILES
from tracker_magic.flow.calendar import Calendar
from tracker_magic.flow.intervals import intervals, snapshot, time_in_status
from tracker_magic.flow.items import cycle_time, lead_time
from tracker_magic.flow.policy import Policy, PolicyFields

__all__ = [
    "KEEP",
    "PERCENTILES",
    "Calendar",
    "Policy",
    "PolicyFields",
    "cycle_time",
    "intervals",
    "lead_time",
    "snapshot",
    "time_in_status",
]
