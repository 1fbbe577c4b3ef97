"""The types of statuses, and groups of statuses as masks over the codes of a history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracker_magic.errors import UnknownStatus
from tracker_magic.flow.policy import NEW_TYPE, Policy, nearest, stage_statuses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

FINISHED_TYPES: Final = ("type:done", "type:cancelled")
_TYPE: Final = "type:"


@dataclass(frozen=True, slots=True)
class StatusTypes:
    """The type of each known status, by key ("" has none), and today's display names."""

    types: Mapping[str, str]
    names: Mapping[str, str]

    def mask(self, keys: "NDArray[Any]", group: Iterable[str]) -> "Mask":
        """Return for each key whether it is in the group, and False at the end, for a missing status.

        A group is of status keys and `type:T`. Raises UnknownStatus for a key whose type is needed and unknown.
        """
        wanted = set(group)
        by_type = any(each.startswith(_TYPE) for each in wanted)
        flags = [key in wanted or (by_type and f"{_TYPE}{self.type_of(key)}" in wanted) for key in keys]
        return np.array([*flags, False], dtype=bool)

    def type_of(self, key: str) -> str:
        """Return the type of a status, "inProgress" if it has none. Raises UnknownStatus if nobody knows it."""
        if key not in self.types:
            raise UnknownStatus(
                f"the type of the status {key!r} is unknown",
                hint='Pass statuses=t.statuses(), or statuses={"…": "inProgress"}.',
                reason="unknown_status",
            )
        return self.types[key] or "inProgress"

    def check(self, keys: Iterable[str], seen: Iterable[str]) -> None:
        """Raise UnknownStatus for a key that is neither known nor in the history; a display name is none."""
        known = {*self.types, *seen}
        for key in keys:
            if key not in known and not key.startswith(_TYPE):
                by_name = {name: each for each, name in self.names.items()}
                hint = f"Its key is {by_name[key]!r}." if key in by_name else nearest(key, known)
                raise UnknownStatus(f"there is no status with the key {key!r}", hint=hint, reason="no_status")

    def texts(self, keys: "NDArray[Any]") -> "NDArray[Any]":
        """Return the type of each key as a text, NaN if it has none or is unknown."""
        return np.array([self.types.get(key) or np.nan for key in keys], dtype=object)


def read_types(policy: Policy, issues: pd.DataFrame | None, log: pd.DataFrame | None) -> StatusTypes:
    """Return the types: of the policy, else of a frame's attrs; statuses missing there as the issues show them."""
    types = dict(_types_of_issues(issues))
    described = policy.statuses
    if described is None:
        frames = [frame.attrs.get("tracker") or {} for frame in (issues, log) if frame is not None]
        described = next((facts["statuses"] for facts in frames if facts.get("statuses")), {})
    if isinstance(described, pd.DataFrame):
        described = dict(zip(described["key"], described["type"], strict=True))
    types |= {key: "" if pd.isna(kind) else str(kind) for key, kind in described.items()}
    return StatusTypes(types, _names(issues, log))


def start_mask(types: StatusTypes, policy: Policy, keys: "NDArray[Any]") -> "tuple[Mask, Mask]":
    """Return the masks of the statuses into which an item moves as it starts, and of those that it leaves then."""
    any_or_none = np.ones(len(keys) + 1, dtype=bool)
    if policy.start is not None:
        return types.mask(keys, policy.start), any_or_none
    known = np.append(np.ones(len(keys), dtype=bool), [False])
    if policy.leave is not None:
        initial = types.mask(keys, policy.leave)
        return known & ~initial, initial
    return known & ~types.mask(keys, (NEW_TYPE, *FINISHED_TYPES)), any_or_none


def finish_mask(types: StatusTypes, policy: Policy, keys: "NDArray[Any]") -> "Mask":
    """Return the mask of the finished statuses."""
    return types.mask(keys, FINISHED_TYPES if policy.finish is None else policy.finish)


def stage_codes(types: StatusTypes, policy: Policy, keys: "NDArray[Any]") -> "tuple[list[str], NDArray[np.intp]]":
    """Return the names of the stages, in order, and the stage of each key; -1, also at the end, is none.

    Without stages in the policy they are new, in progress and finished.
    """
    if policy.stages is None:
        finished, new = finish_mask(types, policy, keys), types.mask(keys, (NEW_TYPE,))
        codes = np.where(finished, 2, np.where(new, 0, 1))
        codes[-1] = -1
        return ["new", "in progress", "finished"], codes.astype(np.intp)
    stages = stage_statuses(policy.stages)
    types.check((key for group in stages.values() for key in group), keys)
    codes = np.full(len(keys) + 1, -1, dtype=np.intp)
    for position, group in reversed(list(enumerate(stages.values()))):
        codes[types.mask(keys, group)] = position
    return list(stages), codes


def check_policy(types: StatusTypes, policy: Policy, keys: Iterable[str]) -> None:
    """Raise UnknownStatus for a status key of the policy that does not exist."""
    named = (policy.start, policy.leave, policy.finish, policy.exclude)
    types.check((key for group in named for key in group or ()), keys)


def _types_of_issues(issues: pd.DataFrame | None) -> Mapping[str, str]:
    if issues is None or not {"status.key", "statusType.key"} <= set(issues.columns):
        return {}
    pairs = issues[["status.key", "statusType.key"]].drop_duplicates().dropna(subset="status.key")
    shown = zip(pairs["status.key"], pairs["statusType.key"], strict=True)
    return {str(key): "" if pd.isna(kind) else str(kind) for key, kind in shown}


def _names(issues: pd.DataFrame | None, log: pd.DataFrame | None) -> Mapping[str, str]:
    """Today's display names by key; the issues know them better than the log."""
    names: dict[str, str] = {}
    if log is not None and {"to", "to.key"} <= set(log.columns):
        rows = log.loc[log["field"] == "status", ["to.key", "to"]].drop_duplicates().dropna()
        names |= dict(zip(rows["to.key"], rows["to"], strict=True))
    if issues is not None and {"status", "status.key"} <= set(issues.columns):
        rows = issues[["status.key", "status"]].drop_duplicates().dropna()
        names |= dict(zip(rows["status.key"], rows["status"], strict=True))
    return names
