"""Data quality: what in issues and their history is odd. Nothing is repaired; the other functions say how they cope."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from tracker_magic.flow.basis import NAT, TEXT, Basis, Now, as_utc, check_frame, describe, make_basis, select_issues
from tracker_magic.flow.items import cycle_bounds
from tracker_magic.flow.policy import Policy, PolicyFields
from tracker_magic.flow.statuses import StatusTypes, finish_mask, read_types
from tracker_magic.flow.stretches import (
    CREATION,
    Stretches,
    as_texts,
    field_rows,
    has_lost_changes,
    read_stretches,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Moments
    from tracker_magic.flow.stretches import Codes


def data_quality(
    issues: pd.DataFrame,
    log: pd.DataFrame | None = None,
    *,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return what is odd in the issues and, with `log`, in the history of their statuses: one row per finding.

    Problems of issues: `finished_without_resolution` (no resolution, or no `resolvedAt`), `resolution_without_finish`,
    `negative_span` (resolved, or its status entered, before its creation), `born_finished`; of the whole frame (`key`
    is missing): `status_without_type`, `unknown_status`, `types_mixed`. Problems of the history: `broken_chain` (the
    change's own `from` is not the value before it), `change_before_creation`, `last_change_differs` (from the present
    status), `no_history` (no row at all, or no change into the present status), `moved_queue`, `never_started` (but
    finished), `future_change` (after now), `value_without_creation_row` (no creation entry tells the first status).

    Columns: `key` (text), `problem` (text), `at` (`datetime64[us, tz]`, NaT if it has no moment), `detail` (text).
    Raises WrongFrame.
    """
    call = "flow.data_quality(issues, log)"
    issues = check_frame(issues, "issues", call)
    if log is not None:
        check_frame(log, "log", call)
    basis = make_basis("data_quality", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues).reset_index(drop=True)
    types = read_types(basis.policy, chosen, log)
    findings = [*_of_frame(chosen), *_of_issues(chosen, types)]
    if log is not None:
        history = read_stretches(basis, chosen, log)
        unknown = [str(key) for key in history.keys if key not in types.types]
        findings.append(_Findings("unknown_status", None, None, unknown))
        known = replace(types, types={**types.types, **dict.fromkeys(unknown, "")})
        findings += _of_history(basis, chosen, log, history, known)
        findings += _of_log(basis, chosen, log)
    return _frame(basis, chosen, findings, has_log=log is not None)


@dataclass(frozen=True, slots=True)
class _Findings:
    """Findings of one kind: positions of issues and moments (None: of the whole frame), and a text for each."""

    problem: str
    issue: "Codes | None"
    at: "Moments | None"
    details: list[str]


def _of_frame(issues: pd.DataFrame) -> Iterator[_Findings]:
    if "type.key" in issues.columns and len(issues["type.key"].dropna().unique()) > 1:
        counts = issues["type.key"].value_counts().items()
        yield _Findings("types_mixed", None, None, [", ".join(f"{key} {count:,}" for key, count in counts)])
    if {"status.key", "statusType.key"} <= set(issues.columns):
        untyped = issues.loc[issues["statusType.key"].isna(), "status.key"].dropna().unique()
        yield _Findings("status_without_type", None, None, [str(key) for key in untyped])


def _of_issues(issues: pd.DataFrame, types: StatusTypes) -> Iterator[_Findings]:
    created = as_utc(issues["createdAt"])
    resolved = as_utc(issues["resolvedAt"]) if "resolvedAt" in issues.columns else np.full(len(issues), NAT)
    started = as_utc(issues["statusStartTime"]) if "statusStartTime" in issues.columns else np.full(len(issues), NAT)
    for moments, name in ((resolved, "resolvedAt"), (started, "statusStartTime")):
        early = np.flatnonzero(moments < created)
        yield _Findings("negative_span", early, moments[early], [f"{name} is before createdAt"] * len(early))
    if "status.key" not in issues.columns:
        return
    kinds = issues["status.key"].map({key: kind or "inProgress" for key, kind in types.types.items()})
    finished = kinds.isin(["done", "cancelled"]).to_numpy(dtype=bool)
    yield _selected("born_finished", finished & np.isnat(resolved) & (started <= created), created, "")
    yield _selected("finished_without_resolution", finished & np.isnat(resolved), started, "resolvedAt is missing")
    if "resolution.key" in issues.columns:
        has_one = issues["resolution.key"].notna().to_numpy(dtype=bool)
        no_reason = finished & ~has_one & ~np.isnat(resolved)
        yield _selected("finished_without_resolution", no_reason, resolved, "resolution is missing")
        yield _selected("resolution_without_finish", has_one & ~finished, resolved, "the status is not finished")


def _of_history(
    basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, history: Stretches, types: StatusTypes
) -> Iterator[_Findings]:
    previous = np.roll(history.value, 1)
    broken = np.flatnonzero(~history.is_first & (history.before != previous))
    keys = np.append(history.keys, ["nothing"])
    details = [
        f"from {keys[before]}, but it was {keys[was]}"
        for before, was in zip(history.before[broken], previous[broken], strict=True)
    ]
    yield _Findings("broken_chain", history.issue[broken], history.entered[broken], details)
    present = as_texts(issues["status.key"])
    last = np.flatnonzero(history.is_last & ~history.is_first)
    differs = last[keys[history.value[last]] != present[history.issue[last]]]
    details = [f"to {keys[history.value[each]]}, but it is {present[history.issue[each]]}" for each in differs]
    yield _Findings("last_change_differs", history.issue[differs], history.entered[differs], details)
    lost = np.flatnonzero(has_lost_changes(basis, issues, log, history))
    began = as_utc(issues["statusStartTime"])[lost] if len(lost) else np.zeros(0, dtype="datetime64[us]")
    yield _Findings("no_history", lost, began, ["no change into its status"] * len(lost))
    finished = finish_mask(types, basis.policy, history.keys)
    born = np.flatnonzero(history.is_first & finished[history.value])
    moved = born[~history.is_last[born]]
    yield _Findings("born_finished", history.issue[moved], history.entered[moved], ["and moved later"] * len(moved))
    bounds, _ = cycle_bounds(replace(basis, left_out=Counter()), basis.policy, history, types)
    never = np.flatnonzero((bounds.finish >= 0) & (bounds.start < 0))
    yield _Findings(
        "never_started", never, history.entered_at(bounds.finish[never]), ["finished, but never started"] * len(never)
    )


def _of_log(basis: Basis, issues: pd.DataFrame, log: pd.DataFrame) -> Iterator[_Findings]:
    owner = pd.Index(issues["key"]).get_indexer(pd.Index(log["key"]))
    at, is_creation = as_utc(log["at"]), (log["type"] == CREATION).to_numpy(dtype=bool, na_value=False)
    field = as_texts(log["field"])
    created = as_utc(issues["createdAt"])[owner]
    for problem, flags in (
        ("change_before_creation", (owner >= 0) & ~is_creation & (at < created)),
        ("future_change", (owner >= 0) & (at > basis.now)),
    ):
        rows = np.flatnonzero(flags)
        yield _Findings(problem, owner[rows], at[rows], [str(field[row]) for row in rows])
    missing = np.setdiff1d(np.arange(len(issues)), owner)
    yield _Findings("no_history", missing, np.full(len(missing), NAT), ["no row in the log"] * len(missing))
    moves = field_rows(issues, log, "queue")
    changed = np.flatnonzero(~moves.is_creation)
    details = [f"{moves.before[row]} to {moves.after[row]}" for row in changed]
    yield _Findings("moved_queue", moves.issue[changed], moves.moment[changed], details)
    rows_of_status = field_rows(issues, log, "status")
    with_row = rows_of_status.issue[rows_of_status.is_creation]
    silent = np.setdiff1d(np.setdiff1d(np.arange(len(issues)), with_row), missing)
    text = ["no creation entry tells the first status"] * len(silent)
    yield _Findings("value_without_creation_row", silent, np.full(len(silent), NAT), text)


def _selected(problem: str, flags: "NDArray[np.bool_]", at: "Moments", detail: str) -> _Findings:
    positions = np.flatnonzero(flags)
    return _Findings(problem, positions, at[positions], [detail] * len(positions))


def _frame(basis: Basis, issues: pd.DataFrame, findings: list[_Findings], *, has_log: bool) -> pd.DataFrame:
    keys = np.append(as_texts(issues["key"]), [np.nan])
    parts: list[tuple[Any, str, Any, str]] = []
    for each in findings:
        count = len(each.details)
        owners = np.full(count, -1) if each.issue is None else each.issue
        moments = np.full(count, NAT) if each.at is None else each.at
        parts += zip(keys[owners], [each.problem] * count, moments, each.details, strict=True)
    key, problem, at, detail = zip(*parts, strict=True) if parts else ((), (), (), ())
    result = pd.DataFrame({"key": pd.array(list(key), dtype=TEXT), "problem": pd.array(list(problem), dtype=TEXT)})
    result["at"] = basis.zoned(np.array(at, dtype="datetime64[us]"))
    result["detail"] = pd.array(list(detail), dtype=TEXT)
    where = "and their history" if has_log else "by themselves, without their history"
    text = f"What is odd in {len(issues):,} issues {where}; nothing is repaired."
    return describe(result, basis, text, n=len(result))
