"""Warnings of results that rest on few items, or on a choice of issues that distorts them."""

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from tracker_magic.callers import stacklevel_outside_package
from tracker_magic.errors import FlowWarning
from tracker_magic.flow.basis import FEW_ITEMS

if TYPE_CHECKING:
    from tracker_magic.flow.basis import Basis

_CLAUSE: Final = re.compile(
    r'\b(created|resolved|создано|решено)"?\s*:\s*(?:[<>]=?\s*)?(?:"[^"]*"|\S+(?:\s*\.\.\s*\S+)?)', re.IGNORECASE
)
_FIELDS: Final[Mapping[str, str]] = {
    "created": "Created",
    "createdAt": "Created",
    "создано": "Created",
    "resolved": "Resolved",
    "resolvedAt": "Resolved",
    "решено": "Resolved",
}
# A metric of open work needs issues that are not resolved; one of finished work needs those created long ago.
_OPEN_WORK: Final = frozenset(
    {"arrivals", "wip", "littles_law", "cumulative_flow", "wip_age", "burnup", "forecast_when", "sprint_report"}
)
_DAYS_OF_ISSUES: Final = frozenset({"time_in_status", "lead_time", "cycle_time", "flow_efficiency", "service_level"})


def warn_of_bias(basis: "Basis", frames: Sequence[pd.DataFrame | None]) -> None:
    """Warn if a frame is truncated, or if its query restricts Created or Resolved so that the metric is biased."""
    for frame in frames:
        facts = {} if frame is None else frame.attrs.get("tracker") or {}
        if facts.get("truncated"):
            _warn(f"{basis.metric}: the frame is truncated ({facts.get('rows')} of {facts.get('total')} rows)")
        for name, clause in _clauses(facts):
            if problem := _problem(basis.metric, name):
                _warn(f"{basis.metric}: {problem}, but the issues were chosen by {clause}")


def _problem(metric: str, name: str) -> str:
    """Return why a metric is biased if the issues are restricted by this field; empty if it is not."""
    if name == "Resolved":
        return "open issues count too" if metric in _OPEN_WORK else ""
    return "slow issues are not finished yet" if metric in _DAYS_OF_ISSUES else "issues of any age count"


def warn_of_lost_changes(basis: "Basis", lost: int, issues: int) -> None:
    """Warn if the history does not tell how issues came into their status."""
    if lost:
        what = f"the history lacks the changes of the status of {lost:,} of {issues:,} issues, as after an import"
        _warn(f"{basis.metric}: {what}; they count as having been all the time in the only status that is known")


def warn_of_few(basis: "Basis", n: int, what: str) -> None:
    """Warn if percentiles are taken of fewer than 20 items."""
    if n < FEW_ITEMS:
        items = "item" if n == 1 else "items"
        _warn(f"{basis.metric}: percentiles of {n} {items} ({what}) say little; {FEW_ITEMS} are enough")


def _clauses(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the clauses of a query or filter that restrict Created or Resolved."""
    query, chosen = facts.get("query") or "", facts.get("filter") or {}
    if isinstance(chosen, str):
        chosen = json.loads(chosen)
    found = [(_FIELDS[match[1].lower()], match[0]) for match in _CLAUSE.finditer(str(query))]
    return found + [(_FIELDS[name], f"{name}: {value}") for name, value in chosen.items() if name in _FIELDS]


def _warn(text: str) -> None:
    warnings.warn(f"{text}.", FlowWarning, stacklevel=stacklevel_outside_package())
