"""The answers of a report: the frames of flow for one team, computed from its issues and their history."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from tracker_magic.errors import FlowWarning, NotEnoughData
from tracker_magic.flow import (
    Policy,
    cumulative_flow,
    cycle_time,
    data_quality,
    forecast_how_many,
    forecast_when,
    sprint_report,
    throughput,
    wip_age,
)
from tracker_magic.report.numbers import Number, last_monday, main_numbers

WEEKS: Final = 26
HORIZON_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class Work:
    """What a report is computed from.

    `recent` are those of `issues` that are open or were finished in the report's weeks, `log` the history of these and
    of `in_sprint`, the issues of `sprint`: a frame of one sprint (None: there is none to report).
    """

    issues: pd.DataFrame
    recent: pd.DataFrame
    log: pd.DataFrame
    policy: Policy
    now: pd.Timestamp
    sprint: pd.DataFrame | None = None
    in_sprint: pd.DataFrame | None = None

    @property
    def since(self) -> pd.Timestamp:
        """The first day of the report's weeks."""
        return first_day(self.now)


@dataclass(frozen=True, slots=True)
class Answers:
    """Results of flow; a forecast is None, with the reason in `notes`, if there is too little to draw from."""

    numbers: list[Number]
    compared_with: pd.Timestamp
    ageing: pd.DataFrame
    throughput: pd.DataFrame
    cycle_times: pd.DataFrame
    cumulative_flow: pd.DataFrame
    sprint: pd.DataFrame | None
    when: pd.DataFrame | None
    how_many: pd.DataFrame | None
    quality: pd.DataFrame
    notes: list[str]


def first_day(now: pd.Timestamp) -> pd.Timestamp:
    """Return the Monday with which the report's weeks begin, the present week among them."""
    day = now.tz_localize(None).normalize()
    monday = day - pd.Timedelta(days=day.weekday(), weeks=WEEKS - 1)
    return monday.tz_localize(now.tz, nonexistent="shift_forward", ambiguous=True)


def compute_answers(work: Work) -> Answers:
    """Compute every answer. What flow warns of becomes the notes of the page."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FlowWarning)
        answers = _answers(work)
    texts = dict.fromkeys(str(each.message) for each in caught if issubclass(each.category, FlowWarning))
    for each in caught:
        if not issubclass(each.category, FlowWarning):
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    answers.notes.extend(texts)
    return answers


def _answers(work: Work) -> Answers:
    options: dict[str, Any] = {"policy": work.policy, "now": work.now}
    notes: list[str] = []
    cycle_times = cycle_time(work.recent, work.log, **options)
    is_of_weeks = cycle_times["finished"].isna() | (cycle_times["finished"] >= work.since)
    return Answers(
        main_numbers(work.issues, work.recent, work.log, work.policy, work.now),
        last_monday(work.now),
        wip_age(work.issues, work.log, **options),
        throughput(work.issues, since=work.since, **options),
        cycle_times[is_of_weeks].reset_index(drop=True),
        cumulative_flow(work.issues, work.log, since=work.since, **options),
        _sprint(work, options),
        _forecast(forecast_when, notes, work.issues, **options),
        _forecast(forecast_how_many, notes, work.issues, horizon=HORIZON_DAYS, **options),
        data_quality(work.recent, work.log, **options),
        notes,
    )


def _sprint(work: Work, options: dict[str, Any]) -> pd.DataFrame | None:
    if work.sprint is None or work.in_sprint is None:
        return None
    log = work.log[work.log["key"].isin(work.in_sprint["key"])]
    return sprint_report(work.in_sprint, log, work.sprint, **options)


def _forecast(
    function: Callable[..., pd.DataFrame], notes: list[str], issues: pd.DataFrame, **options: Any
) -> pd.DataFrame | None:
    try:
        return function(issues, **options)
    except NotEnoughData as error:
        notes.append(f"{function.__name__}: {error.message}.")
        return None
