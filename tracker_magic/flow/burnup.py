"""Burn-up: the scope of a sprint, a version or any set of issues, and what of it is done, day by day."""

from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from tracker_magic.errors import BadOption
from tracker_magic.flow.basis import NAT, Basis, Now, check_history, describe, elapsed_days, select_issues
from tracker_magic.flow.intervals import common_stretches, read_pieces
from tracker_magic.flow.items import status_history
from tracker_magic.flow.periods import Period, Periods, make_periods, stock
from tracker_magic.flow.policy import Policy, PolicyFields, nearest
from tracker_magic.flow.spans import Spans
from tracker_magic.flow.sprints import value_history
from tracker_magic.flow.statuses import finish_mask
from tracker_magic.flow.stretches import basis_with_history

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Durations, Moments


def burnup(
    issues: pd.DataFrame,
    log: pd.DataFrame,
    *,
    scope: str | tuple[str, str] | None = None,
    value: str | None = None,
    period: Period = "day",
    since: Now = None,
    until: Now = None,
    policy: Policy | None = None,
    now: Now = None,
    **f: Unpack[PolicyFields],
) -> pd.DataFrame:
    """Return the scope and what of it is done at the end of each period (the running one: now).

    `scope`: a sprint by name or id ("Sprint 42"), or the value of any field (`("fixVersions", "2.5")`), by history;
    None: all issues, from their creation. `value`: a number field as of the day (missing counts as 0); None: the number
    of issues. `since` (None: the first issue in scope) and `until` (None: now) bound the periods. `remaining = scope −
    done`; `ideal` falls evenly from the scope at the end of the first period to 0 at `until`.

    Columns: `period` (naive `datetime64[us]`), `scope`, `done`, `remaining`, `added`, `removed` (what entered and left
    the scope in the period), `ideal` (`float64`), `complete` (`bool`).
    Raises WrongFrame, NoHistory, UnknownStatus, BadOption. Warns FlowWarning of a biased or truncated frame,
    and of a history that lacks changes of the status.
    """
    basis = basis_with_history("burnup", (issues, log), policy, now, **f)
    chosen = select_issues(basis, issues, finished_work=True)
    parts, is_done, weights = _states(basis, chosen, log, value)
    is_begin, is_end = _created(parts), np.zeros(len(weights), dtype=bool)
    where = "in scope"
    if scope is not None:
        spans, where = _scope_spans(basis, chosen, log, scope)
        parts, here, there = parts.pairs(spans)
        is_done, weights = is_done[here], weights[here]
        is_begin, is_end = parts.begun == spans.begun[there], parts.ended == spans.ended[there]
    if without := len(np.unique(parts.issue[np.isnan(weights)])):
        basis.left_out[f"without {value} at some time, counted as 0"] += without
        weights = np.nan_to_num(weights)
    periods = make_periods(basis, period, since, until, parts.begun)
    ended = np.where(parts.ended >= basis.now, NAT, parts.ended)
    stocks = stock(periods.ends, (parts.begun, ended), is_done.astype(np.intp), 2, weights)
    result = pd.DataFrame({"period": periods.first_days})
    result["scope"], result["done"] = stocks.sum(axis=1), stocks[:, 1]
    result["remaining"] = result["scope"] - result["done"]
    result["added"] = _sums(periods, parts.begun[is_begin], weights[is_begin])
    result["removed"] = _sums(periods, ended[is_end], weights[is_end])
    result["ideal"] = _ideal(basis, result, periods, until)
    result["complete"] = periods.complete
    return describe(result, basis, _definition(basis, value, where), n=len(np.unique(parts.issue)), items=chosen)


def _definition(basis: Basis, value: str | None, where: str) -> str:
    what = f"Sum of {value} of issues" if value else "Issues"
    return f"{what} {where}, and what of it is done, at the end of each period ({basis.tz}), according to the history."


def _sums(periods: Periods, moments: "Moments", weights: "Durations") -> "Durations":
    """Return the sum of the weights in each period."""
    position = periods.position_of(moments)
    counted = position >= 0
    sums = np.bincount(position[counted], weights=weights[counted], minlength=len(periods))
    return sums.astype(np.float64)


def _states(
    basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, value: str | None
) -> "tuple[Spans, NDArray[np.bool_], NDArray[np.float64]]":
    """Return the spans in which status and value of each issue stay the same, whether it is done, and its value."""
    history, types = status_history(basis, issues, log)
    finished = finish_mask(types, basis.policy, history.keys)
    values = value_history(basis, issues, log, value)
    if values is None:
        spans = Spans(history.issue, history.entered, history.left)
        return spans, finished[history.value], np.ones(len(history.issue))
    issue, entered, (status, number) = common_stretches([history, values.history])
    is_last = np.append(issue[1:] != issue[:-1], [True])[: len(issue)]
    left = np.where(is_last, basis.now, np.roll(entered, -1))
    weights = values.numbers[values.history.value[number]]
    return Spans(issue, entered, left), finished[history.value[status]], weights


def _created(spans: Spans) -> "NDArray[np.bool_]":
    """Return which spans are the first of their issue."""
    return np.append([True], spans.issue[1:] != spans.issue[:-1])[: len(spans.issue)]


def _scope_spans(
    basis: Basis, issues: pd.DataFrame, log: pd.DataFrame, scope: str | tuple[str, str]
) -> tuple[Spans, str]:
    """Return when issues were in the scope, and its name. Raises BadOption if no issue ever was."""
    field, wanted = ("sprint", scope) if isinstance(scope, str) else scope
    check_history(log, [field])
    pieces = read_pieces(basis, issues, log, field)
    keys, labels = pieces.keys[0], pieces.labels[0]
    matching = np.append((keys == str(wanted)) | (labels == wanted), [False])
    inside = np.flatnonzero(matching[pieces.codes[0]])
    if not len(inside) and len(issues):
        hint = nearest(str(wanted), labels) if len(labels) else f"None of these issues ever had a value of {field}."
        if isinstance(scope, str):
            hint += ' In Python, scope=("fixVersions", "2.5") takes a version.'
        raise BadOption(f"no issue was ever in {field} {wanted!r}", hint=hint)
    name = labels[matching[:-1]][0] if len(inside) else wanted
    return Spans(pieces.issue[inside], pieces.entered[inside], pieces.left[inside]), f"in {field} {name}"


def _ideal(basis: Basis, result: pd.DataFrame, periods: Periods, until: Now) -> "NDArray[np.float64]":
    if not len(periods):
        return np.zeros(0)
    end = basis.now if until is None else basis.moment(until)
    start = np.repeat(periods.starts[:1], len(periods))
    share = elapsed_days(start, periods.ends) / elapsed_days(periods.starts[:1], np.array([end]))
    return np.asarray(result["scope"].iloc[0] * (1.0 - share), dtype=np.float64)
