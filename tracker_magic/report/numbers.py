"""The main numbers of a report, now and as they were on the last Monday."""

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tracker_magic.charts.style import share_text
from tracker_magic.errors import FlowWarning, NotEnoughData
from tracker_magic.flow import Policy, cycle_time, forecast_when, service_level, wip, wip_age

_DAYS_OF_WORK: Final = 28
_CHANCE: Final = 85
_MINUS: Final = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number now and before, as texts, and how it is computed; a missing one is a dash."""

    name: str
    now: str
    before: str
    change: str
    definition: str


@dataclass(frozen=True, slots=True)
class _Value:
    """A value at one moment, in `unit`; a day is a count of days since 1970."""

    value: float
    unit: str
    definition: str


def last_monday(now: pd.Timestamp) -> pd.Timestamp:
    """Return the beginning of the last Monday before the day of `now`, in its zone."""
    day = now.tz_localize(None).normalize()
    monday = day - pd.Timedelta(days=day.weekday() or 7)
    return monday.tz_localize(now.tz, nonexistent="shift_forward", ambiguous=True)


def main_numbers(
    issues: pd.DataFrame, recent: pd.DataFrame, log: pd.DataFrame, policy: Policy, now: pd.Timestamp
) -> list[Number]:
    """Return the main numbers; each is computed from what the frames tell of the moment, and of the last Monday."""
    present = _values(issues, recent, log, policy, now)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FlowWarning)  # the present ones were warned of already
        past = _values(issues, recent, log, policy, last_monday(now))
    return [
        Number(name, _text(each), _text(past[name]), _change(each, past[name]), each.definition)
        for name, each in present.items()
    ]


def _values(
    issues: pd.DataFrame, recent: pd.DataFrame, log: pd.DataFrame, policy: Policy, now: pd.Timestamp
) -> dict[str, _Value]:
    age = wip_age(issues, log, policy=policy, now=now)
    cycle = cycle_time(recent, log, policy=policy, now=now)
    level = service_level(cycle, policy=policy, now=now)
    open_issues = wip(issues, period="day", since=now - pd.Timedelta(days=1), policy=policy, now=now)
    finished = service_level(issues, since=now - pd.Timedelta(days=_DAYS_OF_WORK), policy=policy, now=now)
    definition = cycle.attrs["definition"].partition(" Tracker")[0]
    of_cycle = f"{definition} {int(level['n'].iloc[0]):,} finished in the 90 days before."
    as_above = "The days are those of the row above."
    values = {
        "In progress": _Value(len(age), "issues", "Started, not finished, and in no status of the type new."),
        "Oldest in progress, days": _Value(float(age["age"].max()), "days", age.attrs["definition"]),
        "Open, started or not": _Value(
            float(open_issues["wip"].iloc[-1]) if len(open_issues) else 0.0, "issues", "Created and not finished."
        ),
        f"Finished in {_DAYS_OF_WORK} days": _Value(
            float(finished["n"].iloc[0]), "issues", f"In the {_DAYS_OF_WORK} days before, by resolvedAt."
        ),
        "Half take at most, days": _Value(float(level["p50"].iloc[0]), "days", of_cycle),
        "85 % take at most, days": _Value(float(level["p85"].iloc[0]), "days", as_above),
    }
    if policy.sle is not None:
        share, days = policy.sle
        text = f"The expectation is {share:g} %. {as_above}"
        values[f"Within {days:g} days"] = _Value(100 * float(level["within"].iloc[0]), "%", text)
    values[f"All done, with a chance of {_CHANCE} %"] = _all_done(issues, policy, now)
    return values


def _all_done(issues: pd.DataFrame, policy: Policy, now: pd.Timestamp) -> _Value:
    try:
        answer = forecast_when(issues, chances=(_CHANCE,), policy=policy, now=now)
    except NotEnoughData as error:
        return _Value(np.nan, "day", f"No forecast: {error.message}.")
    day = answer["date"].iloc[0].timestamp() / 86_400
    return _Value(day, "day", f"If nothing is added. {answer.attrs['definition']}")


def _text(value: _Value) -> str:
    if np.isnan(value.value):
        return "–"
    match value.unit:
        case "day":
            return f"{pd.Timestamp(value.value, unit='D'):%Y-%m-%d}"
        case "%":
            return share_text(value.value / 100)
        case "days":
            return f"{value.value:,.1f}"
        case _:
            return f"{value.value:,.0f}"


def _change(now: _Value, before: _Value) -> str:
    """The difference of the numbers as they are shown."""
    digits = 1 if now.unit == "days" else 0
    difference = round(round(now.value, digits) - round(before.value, digits), digits)
    if np.isnan(difference):
        return "–"
    if not difference:
        return "same"
    size = f"{abs(difference):,.{digits}f}"
    if now.unit == "day":
        return f"{size} {'day' if size == '1' else 'days'} {'later' if difference > 0 else 'earlier'}"
    points = {"1": " point"}.get(size, " points") if now.unit == "%" else ""
    return f"{'+' if difference > 0 else _MINUS}{size}{points}"
