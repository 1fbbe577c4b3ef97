"""The metrics of `%tracker flow` and their options as tables; each option has the name of a parameter of flow."""

from typing import Final, get_args

from tracker_magic.choices import PERIODS, Back, Count, History, NeverStarted, Reopen
from tracker_magic.notebook.options import Option

METRICS: Final = {
    "throughput": "how many issues were finished in each period",
    "arrivals": "how many issues were created, how many were finished, and how many are open at the end of each period",
    "wip": "how many issues were open at the end of each period",
    "wip_age": "how old the work in progress is, compared with the ages of finished issues in the same status",
    "lead_time": "days from creation to finish of each issue",
    "cycle_time": "days from start to finish of each issue",
    "flow_efficiency": "how much of the cycle time was work, and how much waiting",
    "service_level": "percentiles of the lead time",
    "time_in_status": "days of each issue in each status",
    "intervals": "each stretch of time in a status, or with another value of a field",
    "snapshot": "the issues as they were at a moment",
    "cumulative_flow": "how many issues had reached each stage at the end of each period",
    "burnup": "the scope of a sprint, and what of it is done, day by day",
    "sprint_report": "what was committed and added in sprints, and how it ended",
    "forecast_when": "when the open issues will be finished, with chances",
    "forecast_how_many": "how many issues will be finished by a day, with chances",
    "littles_law": "whether the averages fit each other",
    "worktime": "logged hours by person or any field",
    "data_quality": "what is odd in the issues and their history",
}


def _choice(name: str, help_: str, choices: tuple[str, ...]) -> Option:
    return Option(name, help_, "text", "|".join(choices), choices=choices)


_DAY: Final = "DAY"
_STATUSES: Final = "A,B"
# The fields of a policy.
POLICY_OPTIONS: Final = (
    Option("board", "the board with the sprints, by id or name", "text", "BOARD"),
    Option("stages", "use the columns of this board in place of statuses", "text", "BOARD"),
    Option("types", "only issues of these types, by key", "list", "A,B"),
    Option("without", "resolutions that do not count as finished work, by key", "list", "A,B"),
    Option("start", "an issue starts when it first enters one of these statuses (keys)", "list", _STATUSES),
    Option("leave", "an issue starts when it first leaves these statuses (keys)", "list", _STATUSES),
    Option("finish", "these statuses count as finished (keys)", "list", _STATUSES),
    Option("exclude", "time in these statuses does not count (keys)", "list", _STATUSES),
    _choice("back", "after a move back into a new status the clock keeps running, or restarts", get_args(Back)),
    _choice("reopen", "which finish of a re-opened issue counts", get_args(Reopen)),
    _choice("never-started", "finished issues that never started", get_args(NeverStarted)),
    _choice("count", "which days count", get_args(Count)),
    Option("calendar", "country whose working days count, such as RU", "text", "COUNTRY"),
    Option("sle", "expected service level, such as 85,14: 85 % within 14 days", "numbers", "N,N"),
)
FLOW_OPTIONS: Final = (
    Option("team", "definitions of `[tool.tracker_magic.teams.NAME]` in pyproject.toml, and its query", "text", "NAME"),
    Option("plot", "draw the result, too", "flag"),
    Option("period", f"{', '.join(PERIODS)}; sprint needs --board", "text", "PERIOD", choices=PERIODS),
    Option("by", "group by these fields", "list", "A,B"),
    Option("keep", "fields of the issues to keep in the result", "list", "A,B"),
    Option("value", "add up this numeric field, such as storyPoints", "text", "FIELD"),
    Option("at", "the moment of the result, in place of now", "text", _DAY),
    Option("now", "treat this moment as now", "text", _DAY),
    Option("log", "also use the history, if the metric can do without it", "flag"),
    Option("percentiles", "which percentiles, such as 50,85", "numbers", "N,N"),
    Option("chances", "which chances in percent, such as 50,85", "numbers", "N,N"),
    Option("remaining", "how many issues are to be finished: a number, or from,to", "range", "N"),
    Option("horizon", "a number of days, or the last day", "text", "N|DAY"),
    Option("trials", "how many simulations a forecast runs", "count", "N"),
    Option("seed", "seed of the random numbers of a forecast", "number", "N"),
    Option("tolerance", "share by which averages may differ", "number", "SHARE"),
    _choice("history", "how the past is drawn", get_args(History)),
    Option("scope", "a sprint, by name or id", "text", "SPRINT"),
    Option("sprints", "these sprints of the board, by name or id", "list", "A,B"),
    Option("grace", "what is added so soon after a sprint's start counts as committed, such as 2h", "text", "TIME"),
    Option("active", "keys of statuses in which issues are worked on", "list", _STATUSES),
    Option("waiting", "keys of statuses in which issues wait", "list", _STATUSES),
    Option("blocked-tags", "tags of issues that are blocked", "list", "A,B"),
    *POLICY_OPTIONS,
)
# Parameters of flow for which another command has the option already.
SHARED: Final = ("field", "since", "until")
# What a report takes of them: a team, and the fields of a policy.
REPORT_OPTIONS: Final = ("team", *(option.key for option in POLICY_OPTIONS))
_PARAMETERS: Final = {"field": "fields"}


def parameter(key: str) -> str:
    """Return the parameter of flow that an option sets."""
    return _PARAMETERS.get(key, key)


def options_of_metric(metric: str) -> list[str]:
    """Return the keys of the options that a metric takes, its own first; of an unknown metric all."""
    keys = {parameter(key): key for key in [*(option.key for option in FLOW_OPTIONS), *SHARED]}
    if metric not in METRICS:
        return list(keys.values())
    from tracker_magic.tracker.flow_plan import options_of  # noqa: PLC0415 - imports pandas, which takes long

    return [keys[name] for name in ("team", "plot", *options_of(metric)) if name in keys]
