"""The board as it was: when items were in progress by their history, and how many were in each stage."""

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from tracker_magic.choices import History
from tracker_magic.errors import BadOption, NoHistory
from tracker_magic.flow.basis import NAT, TEXT, Basis, Now, as_utc, describe, select_issues
from tracker_magic.flow.items import status_history
from tracker_magic.flow.periods import Period, Periods, make_periods, period_frame, stock
from tracker_magic.flow.policy import NEW_TYPE, Policy, PolicyFields
from tracker_magic.flow.statuses import StatusTypes, finish_mask, stage_codes
from tracker_magic.flow.stretches import CREATION, Stretches, basis_with_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Moments
    from tracker_magic.flow.stretches import Codes


def cumulative_flow(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    period: Period = "day",
    history: History = "as_it_was",
    since: Now = None,
    until: Now = None,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return how many issues had reached each stage at the end of each period (the running one: now).

    Stages are those of the policy, else new, in progress and finished; statuses of no stage are left out. By default a
    row is the board as it was, so a past row never changes and a band may fall. `history="last_entry"` keeps for each
    issue its last entry into a stage or a later one, as long as it did not move back: nothing ever falls, and the past
    is rewritten. There, entries into finished statuses count as they do for `cycle_time`, the creation not among them.

    Columns: `period` (naive `datetime64[us]`), `stage` (text), `position` (`int64`, 0 is the first stage),
    `cumulative` (`int64`, in this stage or a later one), `inside` (`int64`, in this stage), `complete` (`bool`).
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    if history not in {"as_it_was", "last_entry"}:
        raise BadOption(f"history cannot be {history!r}", hint='It is "as_it_was" or "last_entry".')
    basis = basis_with_history("cumulative_flow", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues, finished_work=True)
    stretches, types = status_history(basis, chosen, log)
    names, stages = stage_codes(types, basis.policy, stretches.keys)
    periods = make_periods(basis, period, since, until, as_utc(chosen["createdAt"]))
    finished = finish_mask(types, basis.policy, stretches.keys)
    if history == "as_it_was":
        inside = _inside_as_it_was(stretches, stages, len(names), periods)
        cumulative = np.cumsum(inside[:, ::-1], axis=1)[:, ::-1]
    else:
        entries = [_last_entries(stretches, stages >= number, finished) for number in range(len(names))]
        cumulative = np.stack([np.searchsorted(np.sort(each), periods.ends) for each in entries], axis=1)
        inside = -np.diff(cumulative, axis=1, append=0)
    result = period_frame(periods, pd.DataFrame({"stage": pd.array(names, dtype=TEXT)}))
    result["position"] = np.tile(np.arange(len(names), dtype=np.int64), len(periods))
    for name, counts in (("cumulative", cumulative), ("inside", inside)):
        result[name] = counts.ravel().astype(np.int64)
    result["complete"] = np.repeat(periods.complete, len(names))
    if outside := int((stretches.is_last & (stages[stretches.value] < 0)).sum()):
        basis.left_out["in a status of no stage now"] += outside
    how = "as it was then" if history == "as_it_was" else "by their last entries"
    text = f"Issues in each stage or a later one at the end of each period ({basis.tz}), {how}."
    return describe(result, basis, text, n=len(chosen), items=chosen)


def board_spans(
    basis: Basis, items: pd.DataFrame, started: "Moments", log: pd.DataFrame
) -> "tuple[Codes, Moments, Moments]":
    """Return the spans in which items were in progress as the board was: their items, begins and ends (NaT: not yet).

    An item is in progress from its start on, while its status is not finished. A status of the type new is in progress
    only if all items start at their creation, that is, if they were made from issues or by `lead_time`.
    """
    history, types = _history_of_items(basis, items, log)
    out = finish_mask(types, basis.policy, history.keys)
    created = np.full(len(items), NAT)
    created[history.issue[history.is_first]] = history.entered[history.is_first]
    known = ~np.isnat(started)
    if not (started[known] == created[known]).all():
        out = out | types.mask(history.keys, (NEW_TYPE,))
    begun = np.maximum(history.entered, started[history.issue])
    ended = np.where(history.is_last, NAT, history.left)
    chosen = ~out[history.value] & known[history.issue] & (history.is_last | (begun < history.left))
    return history.issue[chosen], begun[chosen], ended[chosen]


def _history_of_items(basis: Basis, items: pd.DataFrame, log: pd.DataFrame) -> tuple[Stretches, StatusTypes]:
    """Return the history of the items' statuses and the types; of what items do not know, the log must tell."""
    if not {"createdAt", "status.key"} <= set(items.columns):
        entries = log.loc[log["type"] == CREATION, ["key", "at"]].drop_duplicates("key").set_index("key")["at"]
        created = entries.reindex(items["key"])
        if missing := int(created.isna().sum()):
            raise NoHistory(
                f"the log has no creation entry of {missing:,} items",
                hint="Pass issues as items, or a whole changelog.",
            )
        items = items[["key"]].assign(
            createdAt=created.array, **{"status.key": pd.array([None] * len(items), dtype=TEXT)}
        )
    return status_history(replace(basis, left_out=Counter()), items, log)


def _last_entries(history: Stretches, group: "NDArray[np.bool_]", finished: "NDArray[np.bool_]") -> "Moments":
    """Return when each issue entered the group for the last time; only of issues that are in it at the end.

    An issue that was created in a finished status and never left it was not on the board.
    """
    inside = group[history.value]
    entry = inside & ~group[history.before]
    entry[history.is_first] = inside[history.is_first]
    born = history.is_first & finished[history.value]
    entry &= ~born
    last = history.last_of(entry)
    at_end = np.zeros(history.count, dtype=bool)
    at_end[history.issue[history.is_last]] = inside[history.is_last]
    return history.entered_at(last[at_end & (last >= 0)])


def _inside_as_it_was(history: Stretches, stages: "Codes", count: int, periods: Periods) -> "NDArray[Any]":
    """Return how many issues were in each stage at the end of each period."""
    stage = stages[history.value]
    taken = np.flatnonzero(stage >= 0)
    ended = np.where(history.is_last, NAT, history.left)[taken]
    return stock(periods.ends, (history.entered[taken], ended), stage[taken], count)
