"""Work time: the logged hours by person, issue or any other column, and by period."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tracker_magic.errors import BadOption, WrongFrame
from tracker_magic.flow.basis import Basis, Now, as_utc, column, describe, make_basis, names_list, with_companions
from tracker_magic.flow.periods import Period, make_periods

if TYPE_CHECKING:
    from tracker_magic.flow.basis import Moments

_COLUMNS = frozenset({"key", "start", "duration", "createdBy"})


def worktime(
    worklog: pd.DataFrame,
    issues: pd.DataFrame | None = None,
    *,
    by: str | Sequence[str] = "createdBy",
    period: Period | None = None,
    since: Now = None,
    until: Now = None,
    tz: str | None = None,
) -> pd.DataFrame:
    """Return the logged hours by the columns `by`, of the worklog or (with issues) of its issues.

    `period`, `since` and `until` (half-open) go by `start`, the day worked, in `tz` (None: the zone of the frame). A
    missing value is a group of its own; groups and periods without work have no row.

    Columns: `period` (naive `datetime64[us]`, if asked for), the columns of `by` with companions, `hours` (`float64`,
    working hours), `entries`, `issues` (`int64`).
    Raises WrongFrame, BadOption (a column that neither frame has).
    """
    if not isinstance(worklog, pd.DataFrame) or not set(worklog.columns) >= _COLUMNS:
        raise WrongFrame("worklog is no frame of work records", hint="Write flow.worktime(t.worklog(…)).")
    basis = make_basis("worktime", (worklog,), None, None, tz=tz)
    names = names_list(by)
    frame = _with_columns(worklog, issues, names)
    started = as_utc(frame["start"])
    chosen = ~np.isnat(started)
    if since is not None:
        chosen &= started >= basis.moment(since)
    if until is not None:
        chosen &= started < basis.moment(until)
    frame, started = frame.loc[chosen], started[chosen]
    groups = with_companions(frame, names)
    if lists := [name for name in groups if frame[name].dtype == object]:
        raise BadOption(f"{lists[0]} has many values", hint=f'Explode it before: issues.explode("{lists[0]}").')
    if period is not None:
        frame = frame.assign(period=_period_of(basis, period, started))
        groups = ["period", *groups]
    grouped = frame.groupby(groups, dropna=False, sort=True, as_index=False)
    result = grouped.agg(hours=("duration", "sum"), entries=("key", "size"), issues=("key", "nunique"))
    result = result.astype({"hours": np.float64, "entries": np.int64, "issues": np.int64})
    return describe(result, basis, f"Logged working hours by the day worked ({basis.tz}).", n=len(frame))


def _with_columns(worklog: pd.DataFrame, issues: pd.DataFrame | None, names: Sequence[str]) -> pd.DataFrame:
    """Return the worklog with those of the named columns that only issues have. Raises BadOption if neither has one."""
    frame = worklog.copy(deep=False)
    frame.attrs = {}
    missing = [name for name in names if name not in frame.columns]
    for name in missing:
        column(frame if issues is None else issues, name)
    if issues is not None and missing:
        wanted = with_companions(issues, missing)
        values = issues.drop_duplicates("key").set_index("key")[wanted].reindex(frame["key"])
        frame = frame.assign(**{name: values[name].array for name in wanted})
    return frame


def _period_of(basis: Basis, period: Period, started: "Moments") -> "Moments":
    """Return the first day of the period of each moment; work may be logged ahead, so now does not bound it."""
    last = started.max() + np.timedelta64(1, "us") if len(started) else None
    bounds = make_periods(replace(basis, now=last) if last is not None else basis, period, None, None, started)
    position = bounds.position_of(started)
    return np.append(bounds.first_days, [np.datetime64("NaT", "us")])[position]
