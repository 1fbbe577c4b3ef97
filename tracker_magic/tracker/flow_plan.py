"""What a metric of flow needs of the service: which frames, which fields, and whose history. Pure functions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from tracker_magic.choices import PERIODS
from tracker_magic.columns import FRAMES
from tracker_magic.errors import BadOption
from tracker_magic.flow import (
    Policy,
    PolicyFields,
    arrivals,
    burnup,
    cumulative_flow,
    cycle_time,
    data_quality,
    flow_efficiency,
    forecast_how_many,
    forecast_when,
    intervals,
    lead_time,
    littles_law,
    service_level,
    snapshot,
    sprint_report,
    throughput,
    time_in_status,
    wip,
    wip_age,
    worktime,
)
from tracker_magic.flow.basis import as_utc, make_basis, names_list
from tracker_magic.flow.policy import nearest, resolve_policy
from tracker_magic.flow.statuses import FINISHED_TYPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OF_ISSUES: Final = (arrivals, throughput, wip, littles_law, service_level, forecast_when, forecast_how_many)
_OF_HISTORY: Final = (lead_time, cycle_time, flow_efficiency, wip_age, cumulative_flow, burnup, sprint_report)
_OF_FIELDS: Final = (intervals, time_in_status, snapshot, data_quality, worktime)
METRICS: Final[Mapping[str, Callable[..., pd.DataFrame]]] = {
    function.__name__: function for function in (*_OF_ISSUES, *_OF_HISTORY, *_OF_FIELDS)
}
# Parameters that are frames or the policy; a call of `t.flow` has other words for them.
_FRAMES: Final = frozenset({"issues", "items", "log", "worklog", "policy"})
_ALWAYS: Final = ("createdAt", "type", "resolution", "statusType", "statusStartTime")
_REFERENCE: Final = np.timedelta64(90, "D")  # of wip_age, before the moment of the ages


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """A metric with its options, those of the policy in `policy` and the others in `options`.

    `with_log`: whether a metric that can do without history is to have it.
    """

    metric: str
    policy: Policy
    options: Mapping[str, Any]
    with_log: bool = False

    @property
    def function(self) -> Callable[..., pd.DataFrame]:
        """The function of flow."""
        return METRICS[self.metric]

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters of the function."""
        return signature(self.function).parameters

    @property
    def needs_history(self) -> bool:
        """Whether the changelog is needed."""
        log = self.parameters.get("log")
        if log is None:
            return False
        reopened = self.metric == "lead_time" and self.policy.reopen != "last"
        return log.default is Parameter.empty or self.with_log or reopened

    @property
    def issue_fields(self) -> list[str]:
        """The fields to fetch of each issue."""
        is_of_both = self.metric == "data_quality"
        with_status = self.needs_history or is_of_both
        with_finish = not self.needs_history or is_of_both or "items" in self.parameters
        own = [*(["status"] if with_status else []), *(["resolvedAt"] if with_finish else [])]
        if self.history_fields == ["status"]:
            own.append("previousStatus")
        named = [*self.names("by"), *self.names("keep"), *self._value, *(self.history_fields or ())]
        return list(dict.fromkeys([*_ALWAYS, *own, *named]))

    @property
    def history_fields(self) -> list[str] | None:
        """The fields whose changes are needed; None: all of them."""
        if self.metric == "data_quality" or not self.needs_history:
            return None
        if "fields" in self.parameters:
            return self.names("fields")
        scope = self.options.get("scope")
        return [
            "status",
            *(["tags"] if self.options.get("blocked_tags") else []),
            *(["sprint"] if self.metric == "sprint_report" or isinstance(scope, str) else []),
            *([scope[0]] if isinstance(scope, Sequence) and not isinstance(scope, str) else []),
            *self._value,
        ]

    @property
    def columns_of_issues(self) -> list[str]:
        """The columns of `by` that work records lack, so that issues are needed, too."""
        known = {column.name for column in FRAMES["worklog"]}
        return [name for name in self.names("by") if name not in known]

    @property
    def _value(self) -> list[str]:
        value = self.options.get("value")
        return [] if value is None else [value]

    def names(self, option: str) -> list[str]:
        """The names in an option that is a list of names, as given or by default."""
        parameter = self.parameters.get(option)
        return [] if parameter is None else names_list(self.options.get(option, parameter.default) or ())

    def with_columns(self, columns: Mapping[str, str]) -> "FlowPlan":
        """The plan with the columns of frames in place of the names that fields were given."""
        named: dict[str, Any] = {}
        for option in ("by", "keep", "fields"):
            if option in self.options:
                named[option] = [columns.get(name, name) for name in self.names(option)]
        if self._value:
            named["value"] = columns.get(self._value[0], self._value[0])
        scope = self.options.get("scope")
        if scope is not None and not isinstance(scope, str):
            named["scope"] = (columns.get(scope[0], scope[0]), scope[1])
        return FlowPlan(self.metric, self.policy, {**self.options, **named}, self.with_log)

    def check(self) -> None:
        """Raise BadOption for what can be refused before anything is fetched: moments, the period and the calendar."""
        basis = make_basis(self.metric, (None,), self.policy, self.options.get("now"))
        basis.calendar  # noqa: B018 - making it checks the country
        given = [self.options.get(name) for name in ("since", "until")]
        moments = [basis.moment(each) for each in given if each is not None]
        if len(moments) > 1 and moments[0] >= moments[1]:
            raise BadOption(f"since ({given[0]}) must be before until ({given[1]})")
        period = self.options.get("period")
        if isinstance(period, str) and period not in PERIODS:
            raise BadOption(f"period cannot be {period!r}", hint=nearest(period, PERIODS), reason="unknown_name")

    def since(self, issues: pd.DataFrame) -> np.datetime64 | None:
        """The moment (UTC) before which only the state then matters, not how it came about; None: there is none."""
        basis = make_basis(self.metric, (issues,), self.policy, self.options.get("now"))
        if self.metric == "wip_age" and self.options.get("since") is None:
            at = self.options.get("at")
            return (basis.now if at is None else basis.moment(at)) - _REFERENCE
        return min(map(basis.moment, self._bounds), default=None)

    @property
    def _bounds(self) -> list[Any]:
        """The moments, as given, before which no state matters; empty if there are none."""
        if self.metric == "snapshot":
            at = self.options["at"]
            return list(at) if pd.api.types.is_list_like(at) else [at]
        is_as_it_was = self.options.get("history", "as_it_was") == "as_it_was"
        is_of_states = self.metric in {"wip", "wip_age"} or (self.metric == "cumulative_flow" and is_as_it_was)
        since = self.options.get("since")
        return [since] if is_of_states and since is not None else []

    def whose_history(self, issues: pd.DataFrame) -> pd.DataFrame:
        """The issues without whose history the result would differ.

        An issue whose status is the one that it was created with has no changes of the status: that status began at
        the creation, and there is none before it. One whose status began before a window had it in all of it.
        """
        if self.history_fields != ["status"]:
            return issues
        needed = as_utc(issues["statusStartTime"]) != as_utc(issues["createdAt"])
        needed |= issues["previousStatus.key"].notna().to_numpy(dtype=bool)
        settled = self._before_window(issues)
        if self.metric == "wip_age":
            settled &= is_finished(self.policy, issues)
        chosen: pd.DataFrame = issues.loc[needed & ~settled]
        return chosen

    def finished_in_window(self, issues: pd.DataFrame) -> "NDArray[np.bool_]":
        """Whether each issue is finished and may have been finished since the beginning of the window."""
        return is_finished(self.policy, issues) & ~self._before_window(issues)

    def _before_window(self, issues: pd.DataFrame) -> "NDArray[np.bool_]":
        """Whether the status of each issue began before the window, if there is one."""
        since = self.since(issues)
        began = as_utc(issues["statusStartTime"])
        return np.zeros(len(issues), dtype=bool) if since is None else began < since


def is_finished(policy: Policy, issues: pd.DataFrame) -> "NDArray[np.bool_]":
    """Whether each issue is in a finished status now."""
    group = list(FINISHED_TYPES if policy.finish is None else policy.finish)
    kinds = "type:" + issues["statusType.key"].fillna("inProgress")
    return (issues["status.key"].isin(group) | kinds.isin(group)).to_numpy(dtype=bool)


def options_of(metric: str) -> list[str]:
    """The options of a metric: its own, then the fields of a policy."""
    parameters = signature(METRICS[metric]).parameters
    own = [name for name, each in parameters.items() if name not in _FRAMES and each.kind is not Parameter.VAR_KEYWORD]
    log = parameters.get("log")
    optional = ["log"] if log is not None and log.default is None else []
    fields = list(PolicyFields.__annotations__) if "policy" in parameters else ["query"]
    return list(dict.fromkeys([*own, *optional, *fields]))


def make_flow_plan(metric: str, policy: Policy, options: Mapping[str, Any]) -> FlowPlan:
    """Sort the options of a metric. Raises BadOption for one that it has not, or one that it needs."""
    _check_options(metric, options)
    fields = {name: value for name, value in options.items() if name in PolicyFields.__annotations__}
    own = {name: value for name, value in options.items() if name not in fields and name != "log"}
    resolved = resolve_policy(policy, cast("PolicyFields", fields))
    return FlowPlan(metric, resolved, own, with_log=options.get("log", False))


def _check_options(metric: str, options: Mapping[str, Any]) -> None:
    known = options_of(metric)
    if unknown := [name for name in options if name not in known]:
        hint = nearest(unknown[0], known)
        raise BadOption(f"{metric} has no option {unknown[0]!r}", hint=hint, reason="unknown_name")
    if not isinstance(options.get("log", False), bool):
        raise BadOption("log is True or False", hint=f"With a changelog, write flow.{metric}(issues, log).")
    parameters = signature(METRICS[metric]).parameters
    missing = [name for name in ("at", "horizon") if name in parameters and name not in options]
    if missing and parameters[missing[0]].default is Parameter.empty:
        raise BadOption(f"{metric} needs {missing[0]}", hint=f"Give {missing[0]}=, or --{missing[0]} in the magic.")


def check_metric(metric: object) -> str:
    """The name of a metric. Raises BadOption, with the nearest name, for an unknown one."""
    name = metric.replace("-", "_") if isinstance(metric, str) else ""
    if name not in METRICS:
        raise BadOption(f"there is no metric {metric!r}", hint=nearest(str(metric), METRICS), reason="unknown_name")
    return name


def unknown_statuses(policy: Policy, options: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """The statuses that a policy and options name whose keys are not among the known ones."""
    stages = policy.stages.values() if isinstance(policy.stages, Mapping) else ()
    own = (options.get("active"), options.get("waiting"))
    groups = (policy.start, policy.leave, policy.finish, policy.exclude, *own, *stages)
    named = [key for group in groups for key in names_list(group or ())]
    return [key for key in named if key not in known and not key.startswith("type:")]
