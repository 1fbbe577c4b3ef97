"""Answers of flow about issues of the service: fetches what a metric needs, and no more."""

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from tracker_magic.api.execution import Operation
from tracker_magic.callers import stacklevel_outside_package
from tracker_magic.errors import BadOption, FlowWarning, UnknownStatus
from tracker_magic.flow import Policy
from tracker_magic.flow.basis import make_basis
from tracker_magic.flow.periods import sprint_bounds
from tracker_magic.flow.policy import nearest
from tracker_magic.names import best_match, folded
from tracker_magic.query import literal
from tracker_magic.query.parameters import texts_of
from tracker_magic.settings import PROJECT_FILE, full_path, read_teams
from tracker_magic.tracker.connection import Connection, FetchOptions, ProgressCall
from tracker_magic.tracker.dictionaries import DictionaryMethods
from tracker_magic.tracker.flow_plan import FlowPlan, check_metric, make_flow_plan, unknown_statuses
from tracker_magic.tracker.issue_list_fetch import cost_of_lists
from tracker_magic.tracker.issue_lists import IssueListMethods
from tracker_magic.tracker.issues import Explanation, IssueMethods
from tracker_magic.tracker.selection import read_names, read_source

MANY_HISTORIES: Final = 300
_SHORTEST_S: Final = 0.001  # of a time limit that is used up: the next request says so


@dataclass(frozen=True, slots=True)
class FlowCall:
    """A plan, and the options of all its requests; their time limit is for all of them together."""

    plan: FlowPlan
    options: FetchOptions
    started_at: float = field(default_factory=time.monotonic)

    def rest(self) -> FetchOptions:
        """The options, with what is left of the time limit."""
        timeout = self.options.get("timeout")
        if timeout is None:
            return self.options
        left_s = timeout - (time.monotonic() - self.started_at)
        return {**self.options, "timeout": max(round(left_s, 3), _SHORTEST_S)}


class FlowMethods(IssueMethods, IssueListMethods, DictionaryMethods):
    """Methods of `Tracker` for the metrics of `tracker_magic.flow`."""

    def flow(
        self,
        metric: str,
        source: Any = None,
        *,
        team: str | None = None,
        tz: str | None = None,
        lang: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
        **options: Any,
    ) -> pd.DataFrame:
        """Fetch what a metric needs, and return what the function of `tracker_magic.flow` with this name gives.

        `source` as for `changelog`; None: the policy's `query`; of sprint_report, and burnup with a sprint as `scope`,
        the issues that are or were in the sprints; of worktime everybody's work. `team` names a policy
        `[tool.tracker_magic.teams.NAME]` in the pyproject.toml of the working folder. `options` are those of the
        function, and fields of a policy. Beside what the function takes, `period="sprint"` means the sprints of
        `board`, `sprints` are names or ids of some of them, `stages` may be a board, and `log=True` adds the history
        to a metric that can do without it.

        Only the needed fields are fetched, and only histories that can change the result; a FlowWarning comes before
        more than 300 of them (`explain_flow` says so without fetching). If no issue was finished in the window of
        wip_age, those of the same queues that were resolved in it are fetched as well.
        Raises BadOption for an unknown metric, team or option, UnknownStatus, and what the function raises.
        """
        fetching: FetchOptions = {"tz": tz, "lang": lang, "timeout": timeout, "progress": progress}
        call = self._flow_call(metric, team, options, fetching)
        if call.plan.metric == "worktime":
            return self._worktime(call, source)
        sprints = self._sprints(call)
        criteria = _criteria(call.plan, source, sprints)
        self._check_statuses(call)
        issues = self.issues(**criteria, fields=call.plan.issue_fields, **call.rest())
        call = replace(call, plan=call.plan.with_columns(_columns_of(call.plan.issue_fields, issues)))
        policy, own = self._policy_for(call), _options_for(call.plan, issues, sprints)
        if not call.plan.needs_history:
            return call.plan.function(issues, policy=policy, **own)
        reference = ""
        if call.plan.metric == "wip_age" and not call.plan.finished_in_window(issues).any():
            issues, reference = self._with_reference(call, issues)
        result = call.plan.function(issues, log=self._histories(call, issues), policy=policy, **own)
        result.attrs["definition"] += reference
        return result

    def explain_flow(
        self,
        metric: str,
        source: Any = None,
        *,
        team: str | None = None,
        tz: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
        **options: Any,
    ) -> Explanation:
        """The query and the cost of `flow` with these arguments: one history for each issue at most.

        Sends one `_count`, and requests the sprints of the board if they are the source.
        """
        call = self._flow_call(metric, team, options, {"tz": tz, "timeout": timeout, "progress": progress})
        is_of_work = call.plan.metric == "worktime"
        criteria = _criteria(call.plan, source, self._sprints(call) if source is None else None)
        explanation = self.explain(**criteria, tz=tz, timeout=call.rest().get("timeout"), progress=progress)
        if not (call.plan.needs_history or is_of_work):
            return explanation
        is_searched = not is_of_work or "keys" not in criteria
        return explanation.with_lists(self._connection.client, is_searched=is_searched)

    def _flow_call(self, metric: str, team: str | None, options: Mapping[str, Any], fetching: FetchOptions) -> FlowCall:
        own = dict(options)
        given: Policy | None = own.pop("policy", None)
        if given is not None and team is not None:
            raise BadOption("there are two policies: team= and policy=", hint="Give one of them.")
        policy = _team_policy(team) if team is not None else given or Policy()
        if fetching.get("tz") is not None:
            own["tz"] = fetching["tz"]
        plan = make_flow_plan(check_metric(metric), policy, own)
        timeout = fetching.get("timeout")
        limit_s = self._defaults.timeout if timeout is None else timeout
        fetching = {**fetching, "tz": plan.policy.tz, "timeout": limit_s}
        self._defaults.start(fetching)  # raises for an option that cannot be
        plan.check()
        return FlowCall(plan, fetching)

    def _sprints(self, call: FlowCall) -> pd.DataFrame | None:
        """The sprints of the policy's board, or those that are named, if the metric needs them."""
        plan, board = call.plan, call.plan.policy.board
        is_needed = plan.metric == "sprint_report" or plan.options.get("period") == "sprint"
        wanted = plan.options.get("sprints")
        if isinstance(wanted, pd.DataFrame):
            return wanted
        if not is_needed and (board is None or not isinstance(plan.options.get("scope"), str)):
            return None
        if board is None:
            raise BadOption(f"{plan.metric} needs a board with sprints", hint='Give board="…" (--board in the magic).')
        sprints = self.sprints(board, **call.rest())
        if wanted is None:
            return sprints
        names = read_names(wanted) if isinstance(wanted, str) else [str(each) for each in wanted]
        return _named_sprints(sprints, names)

    def _policy_for(self, call: FlowCall) -> Policy:
        """The policy, with the columns of a board in place of its name."""
        policy = call.plan.policy
        board: Any = policy.stages
        return replace(policy, stages=self.columns(board, **call.rest())) if isinstance(board, str | int) else policy

    def _check_statuses(self, call: FlowCall) -> None:
        """Raise UnknownStatus for a status that is misspelt or named as people see it, before anything is fetched."""
        plan = call.plan
        if not plan.needs_history or not unknown_statuses(plan.policy, plan.options, ()):
            return
        operation = self._defaults.start(call.rest())
        operation.run(_refuse_wrong_statuses, self._connection, operation, plan)

    def _histories(self, call: FlowCall, issues: pd.DataFrame, what: str | None = None) -> pd.DataFrame:
        """The changelog of the issues whose history can change the result; a warning says before if there are many."""
        keys = call.plan.whose_history(issues)[["key"]]
        if len(keys) > MANY_HISTORIES:
            seconds = max(cost_of_lists(self._connection.client, len(keys)).seconds, 1)
            name = what or call.plan.metric
            text = f"{name} fetches {len(keys):,} histories, which takes about {seconds:.0f} s"
            warnings.warn(FlowWarning(f"{text}."), stacklevel=stacklevel_outside_package())
        return self.changelog(keys, fields=call.plan.history_fields, **call.rest())

    def _with_reference(self, call: FlowCall, issues: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """The issues, and those of the same queues that were finished in the window; and what the definition adds."""
        queues = sorted({str(key).rsplit("-", 1)[0] for key in issues["key"]})
        since = call.plan.since(issues)
        if not queues or since is None:
            return issues, ""
        # A day earlier: in which zone the service reads a day is not documented.
        day = (since.astype("datetime64[D]") - np.timedelta64(1, "D")).item()
        query = f"Queue: {literal(queues)} Resolved: >= {literal(day)}"
        finished = self.issues(query, fields=call.plan.issue_fields, **call.rest())
        added = finished[call.plan.finished_in_window(finished) & ~finished["key"].isin(issues["key"])]
        if added.empty:
            return issues, ""
        together = pd.concat([issues, added], ignore_index=True)
        together.attrs = issues.attrs
        return together, f" Those are the issues of {', '.join(queues)}, since none of the given ones was finished."

    def _worktime(self, call: FlowCall, source: Any) -> pd.DataFrame:
        """The worktime of work records, with the fields of issues by which it is grouped."""
        plan = call.plan
        bounds = {name: plan.options.get(name) for name in ("since", "until")}
        source = plan.policy.query if source is None else source
        if source is None and bounds["since"] is None:
            hint = 'Give issues, or since="2026-01-01" (--since in the magic).'
            raise BadOption("this would fetch everybody's work of all time", hint=hint)
        work, issues, sprints = self.worklog(source, **bounds, **call.rest()), None, self._sprints(call)
        if plan.columns_of_issues and not work.empty:
            keys = work["key"].unique().tolist()
            issues = self.issues(keys=keys, fields=plan.columns_of_issues, **call.rest())
            plan = plan.with_columns(_columns_of(plan.columns_of_issues, issues))
        elif plan.columns_of_issues:
            issues = pd.DataFrame(columns=["key", *plan.columns_of_issues])
        return plan.function(work, issues, tz=plan.policy.tz, **_options_for(plan, work, sprints))


def _criteria(plan: FlowPlan, source: Any, sprints: pd.DataFrame | None) -> dict[str, Any]:
    """The issues of a source, as arguments of `issues`. Raises BadOption if there is none."""
    scope = plan.options.get("scope")
    if source is None and plan.metric == "sprint_report" and sprints is not None:
        return {"sprint": sprints[sprints["status"] != "draft"] if "status" in sprints else sprints}
    if source is None and isinstance(scope, str):
        return {"sprint": scope}
    source = plan.policy.query if source is None else source
    if source is None:
        raise BadOption(f"{plan.metric} needs issues", hint="Give a query, keys or a frame, or a team with a query.")
    selector = read_source(source)
    return {"query": selector.query} if selector.keys is None else {"keys": list(selector.keys)}


def _columns_of(fields: list[str], issues: pd.DataFrame) -> dict[str, str]:
    """The column of each field, as it was named."""
    return dict(zip(fields, issues.attrs["tracker"]["columns"], strict=True))


def _options_for(plan: FlowPlan, frame: pd.DataFrame, sprints: pd.DataFrame | None) -> dict[str, Any]:
    """The function's own options, with frames in place of what names sprints."""
    options = dict(plan.options)
    if plan.metric == "sprint_report":
        return {**options, "sprints": sprints}
    if options.get("period") == "sprint":
        options["period"] = sprints
    scope = options.get("scope")
    if sprints is not None and isinstance(scope, str):
        chosen = _named_sprints(sprints, [scope])
        starts, ends = sprint_bounds(make_basis(plan.metric, (frame,), plan.policy, None), chosen)
        for name, moment in (("since", starts[0]), ("until", ends[0])):
            options.setdefault(name, pd.Timestamp(moment, tz="UTC"))
    return options


def _named_sprints(sprints: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The sprints with these names or ids. Raises BadOption for one that the board has not."""
    known = {*sprints["id"], *sprints["name"]}
    if unknown := [name for name in names if name not in known]:
        raise BadOption(f"the board has no sprint {unknown[0]!r}", hint=nearest(unknown[0], sprints["name"]))
    return sprints[sprints["id"].isin(names) | sprints["name"].isin(names)].reset_index(drop=True)


def _refuse_wrong_statuses(connection: Connection, operation: Operation, plan: FlowPlan) -> None:
    """Raise UnknownStatus for a status that is named as people see it, in any language, or is misspelt.

    Another unknown one may be the key of a status that only histories still have.
    """
    statuses = connection.dictionaries.get(operation, "statuses")
    unknown = unknown_statuses(plan.policy, plan.options, [str(each.get("key")) for each in statuses])
    if not unknown:
        return
    every = connection.dictionaries.in_every_language(operation, "statuses")
    keys = {folded(text): str(each.get("key")) for each in every for text in texts_of(each.get("name"))}
    keys |= {folded(key): key for key in keys.values()}
    for name in unknown:
        key, similar = keys.get(folded(name)), best_match(name, keys.values())
        if key or similar:
            hint = f"Its key is {key!r}." if key else f"Did you mean {similar!r}?"
            raise UnknownStatus(f"there is no status with the key {name!r}", hint=hint, reason="no_status")


def _team_policy(name: str) -> Policy:
    """The policy of `[tool.tracker_magic.teams.NAME]`. Raises BadOption for an unknown team or field."""
    path = full_path(PROJECT_FILE)
    teams = read_teams(path)
    if name not in teams:
        hint = nearest(name, teams) if teams else f"Write a table [tool.tracker_magic.teams.{name}] there."
        raise BadOption(f"there is no team {name!r} in {path}", hint=hint, reason="unknown_name")
    try:
        return Policy.from_table(teams[name])
    except BadOption as error:
        raise error.rephrased(f"team {name} in {path}: {error.message}") from None
    except TypeError as error:  # a number in place of a list, for example
        raise BadOption(f"team {name} in {path} has a value of a wrong type: {error}") from None
