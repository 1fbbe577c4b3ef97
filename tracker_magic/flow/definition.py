"""The sentences that say how a result was computed."""

from typing import TYPE_CHECKING

import numpy as np

from tracker_magic.flow.policy import Policy, StatusKeys

if TYPE_CHECKING:
    from tracker_magic.flow.basis import Basis, Durations


def moment_text(moment: np.datetime64) -> str:
    """Return a moment to the minute: `2026-11-28 14:20 UTC`."""
    return f"{moment.astype('datetime64[m]')} UTC".replace("T", " ", 1)


def count_text(basis: "Basis") -> str:
    """What the days are."""
    match basis.policy.count:
        case "inclusive":
            return f"Calendar dates ({basis.tz}) + 1"
        case "working":
            name = basis.calendar.name if basis.calendar is not None else ""
            return f"Working days ({name})"
        case _:
            return "Days of 24 hours"


def start_text(policy: Policy) -> str:
    """When an item starts."""
    if policy.start is not None:
        start = f"from the first entry into {_listed(policy.start)}"
    elif policy.leave is not None:
        start = f"from first leaving {_listed(policy.leave)}"
    else:
        start = "from the first entry into a status that is neither new nor finished"
    return f"{start} after the last move back to a new status" if policy.back == "restart" else start


def finish_text(policy: Policy, *, has_log: bool = True) -> str:
    """When an item finishes."""
    if not has_log:
        return "to resolvedAt"
    which = "first" if policy.reopen == "first" else "last"
    into = "a status of the type done or cancelled" if policy.finish is None else _listed(policy.finish)
    return f"to the {which} entry into {into}"


def cycle_text(basis: "Basis", widget: "Durations") -> str:
    """The definition of cycle time, and what Tracker's own widget shows."""
    policy = basis.policy
    text = f"{count_text(basis)} {start_text(policy)} {finish_text(policy)}"
    if policy.reopen == "sum":
        text += ", without the time in finished statuses"
    if policy.exclude:
        text += f", without the time in {_listed(policy.exclude)}"
    if len(widget):
        text += f". Tracker's widget: P85 {np.percentile(widget, 85):.1f} days, n {len(widget):,}"
    return f"{text}."


def _listed(keys: StatusKeys) -> str:
    named = [f"a status of the type {key[5:]}" if key.startswith("type:") else key for key in keys]
    return " or ".join(named)
