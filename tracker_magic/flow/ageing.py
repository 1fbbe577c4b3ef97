"""Work item age: how old the work in progress is, beside the age at which finished items left the same status."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Unpack

import numpy as np
import pandas as pd

from tracker_magic.errors import BadOption
from tracker_magic.flow.basis import (
    KEEP,
    PERCENTILES,
    Basis,
    Now,
    describe,
    keep_columns,
    key_frame,
    select_issues,
    texts,
)
from tracker_magic.flow.bias import warn_of_few
from tracker_magic.flow.definition import moment_text, start_text
from tracker_magic.flow.items import Bounds, cycle_bounds, status_history
from tracker_magic.flow.policy import NEW_TYPE, Policy, PolicyFields
from tracker_magic.flow.statuses import StatusTypes, finish_mask, stage_codes
from tracker_magic.flow.stretches import Stretches, basis_with_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Durations
    from tracker_magic.flow.stretches import Codes

_WINDOW: Final = np.timedelta64(90, "D")


def wip_age(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    at: Now = None,
    since: Now = None,
    keep: Sequence[str] = KEEP,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return the work in progress at a moment (now), one row per started and unfinished issue, the oldest first.

    `age` is the days since the start, `in_status` those since the issue entered its status or stage. An issue whose
    status is of the type new is not in progress, and is counted in `attrs["flow"]["left_out"]`. The reference is the
    age at which the issues that finished since `since` (90 days before `at`) left the same status or stage for the last
    time: `rank` is the share of them that left it younger, `p50` … their percentiles, `n` their number.

    Columns: `key`, `status`, `status.key`, `stage` (with stages), `started`, `entered` (`datetime64[us, tz]`), `age`,
    `in_status`, `rank` (0…1), `p50`, `p70`, `p85`, `p95` (`float64`), `n` (`int64`), and `keep` with companions.
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of few, biased or truncated items,
    and of a history that lacks changes of the status.
    """
    basis = basis_with_history("wip_age", (issues, log), policy, now, **f)
    basis = _as_of(basis, at)
    chosen = select_issues(basis, issues, finished_work=True)
    history, types = status_history(replace(basis, left_out=Counter()), chosen, log)
    bounds, _ = cycle_bounds(basis, basis.policy, history, types)
    names, place = _places(basis, types, history)
    last = history.last_of(history.is_last)
    rows = _in_progress(basis, history, types, bounds, last)
    rows = rows[np.argsort(history.entered_at(bounds.start[rows]), kind="stable")]
    value, place_now = history.value[last[rows]], place[last[rows]]
    result = key_frame(chosen, rows)
    result["status"], result["status.key"] = texts(history.labels, value), texts(history.keys, value)
    if basis.policy.stages is not None:
        result["stage"] = texts(np.array(names, dtype=object), place_now)
    started, entered = history.entered_at(bounds.start[rows]), _place_entered(history, place)[last[rows]]
    result["started"], result["entered"] = basis.zoned(started), basis.zoned(entered)
    instants = np.full(len(rows), basis.now)
    result["age"], result["in_status"] = basis.days(started, instants), basis.days(entered, instants)
    since_moment = basis.now - _WINDOW if since is None else basis.moment(since)
    finished = (bounds.start >= 0) & (history.entered_at(bounds.finish) >= since_moment)
    _add_reference(result, place_now, _reference(basis, history, bounds, place, finished))
    keep_columns(result, chosen, keep, rows)
    if len(result):
        warn_of_few(basis, int(finished.sum()), "the reference")
    return describe(result, basis, _definition(basis, since_moment), n=len(result), items=result)


def _definition(basis: Basis, since: np.datetime64) -> str:
    reference = f"compared with items finished since {moment_text(since)}"
    return f"Age {start_text(basis.policy)}, at {moment_text(basis.now)}, {reference}."


def _as_of(basis: Basis, at: Now) -> Basis:
    """Return the basis at a past moment. Raises BadOption for one after now."""
    moment = basis.now if at is None else basis.moment(at)
    if moment > basis.now:
        problem = f"{moment_text(moment)} is after now ({moment_text(basis.now)})"
        raise BadOption(problem, hint="An age is as of a moment that was.")
    return replace(basis, now=moment)


def _in_progress(basis: Basis, history: Stretches, types: StatusTypes, bounds: Bounds, last: "Codes") -> "Codes":
    """Return the issues that started and are neither finished nor in a new status."""
    status = np.append(history.value, [-1])[last]
    finished = finish_mask(types, basis.policy, history.keys)[status]
    is_new = types.mask(history.keys, (NEW_TYPE,))[status]
    started = (bounds.start >= 0) & (last >= 0) & ~finished
    if back := int((started & is_new).sum()):
        basis.left_out["started, but in a new status again"] += back
    return np.flatnonzero(started & ~is_new)


def _places(basis: Basis, types: StatusTypes, history: Stretches) -> "tuple[list[str], Codes]":
    """Return names, and for each stretch the position of its status or stage among them."""
    if basis.policy.stages is None:
        return list(history.keys), history.value
    names, stages = stage_codes(types, basis.policy, history.keys)
    return names, stages[history.value]


def _place_entered(history: Stretches, place: "Codes") -> "NDArray[np.datetime64]":
    """Return for each stretch when its issue entered the place where it is."""
    entries = history.is_first | (place != np.roll(place, 1))
    return history.entered[np.maximum.accumulate(np.where(entries, np.arange(len(place)), 0))]


def _reference(
    basis: Basis, history: Stretches, bounds: Bounds, place: "Codes", finished: "NDArray[np.bool_]"
) -> "tuple[Codes, Durations]":
    """Return, for each place that each finished issue left for the last time, the place and the age then."""
    position = np.arange(len(history.issue))
    start, finish = bounds.start[history.issue], bounds.finish[history.issue]
    inside = np.flatnonzero(finished[history.issue] & (start <= position) & (position < finish) & (place >= 0))
    pairs = pd.DataFrame({"issue": history.issue[inside], "place": place[inside]})
    chosen = inside[~pairs.duplicated(keep="last").to_numpy(dtype=bool)]
    ages = basis.days(history.entered_at(bounds.start[history.issue[chosen]]), history.left[chosen])
    return place[chosen], ages


def _add_reference(result: pd.DataFrame, place: "Codes", reference: "tuple[Codes, Durations]") -> None:
    """Add rank, percentiles and the number of the reference of each row's place."""
    places, ages = reference
    known = {number: np.sort(ages[places == number]) for number in np.unique(place).tolist()}
    levels = {
        number: np.percentile(each, PERCENTILES) if len(each) else np.full(len(PERCENTILES), np.nan)
        for number, each in known.items()
    }
    rows = [known[number] for number in place.tolist()]
    younger = [np.searchsorted(each, age) for each, age in zip(rows, result["age"], strict=True)]
    counts = np.array([len(each) for each in rows], dtype=np.int64)
    with np.errstate(invalid="ignore"):
        result["rank"] = np.array(younger, dtype=np.float64) / counts
    for column, percentile in enumerate(PERCENTILES):
        result[f"p{percentile}"] = np.array([levels[number][column] for number in place.tolist()], dtype=np.float64)
    result["n"] = counts
