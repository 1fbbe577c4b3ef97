"""The report of a team: fetches what its page needs, each history once, and writes the page to a file."""

import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import pandas as pd

import tracker_magic.charts
from tracker_magic.errors import BadOption, BadQuery
from tracker_magic.flow import KEEP, Policy, PolicyFields
from tracker_magic.flow.basis import as_utc, make_basis
from tracker_magic.flow.periods import sprint_bounds
from tracker_magic.flow.policy import resolve_policy
from tracker_magic.report import IS_REPORT, Work, compute_answers, make_sections, render_page
from tracker_magic.report.answers import first_day
from tracker_magic.settings import full_path
from tracker_magic.tracker.connection import FetchOptions, ProgressCall
from tracker_magic.tracker.flow_methods import FlowCall, FlowMethods
from tracker_magic.tracker.flow_plan import is_finished
from tracker_magic.tracker.selection import read_source

_HEAD_BYTES: Final = 1000
_ENDINGS: Final = (".html", ".htm")


class ReportMethods(FlowMethods):
    """The method of `Tracker` that writes a report."""

    def report(
        self,
        source: Any = None,
        path: str | os.PathLike[str] = "report.html",
        *,
        team: str | None = None,
        policy: Policy | None = None,
        tz: str | None = None,
        lang: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
        **fields: Any,
    ) -> Path:
        """Write a page about how the work of a team flows, and return its path.

        One HTML file without scripts, which needs no network: the main numbers against the last Monday, ageing work,
        throughput, cycle times, cumulative flow, the last finished sprint, forecasts, and what is odd in the data; each
        with its definition. `source` and `team` as for `flow`, `fields` those of a policy; with a `board`, its columns
        are the stages (unless the policy has some), and its last finished sprint is shown. Each history is fetched
        once: of issues that are open or were finished in the last 26 weeks, and of those in the sprint.

        An earlier report of that name is replaced, no other file. It needs matplotlib (`tracker_magic[charts]`).
        Raises BadOption for a file or an option that cannot be, UnknownStatus, NoAnswer.
        """
        target = _check_target(full_path(path))
        _ = tracker_magic.charts.Chart  # raises before anything is fetched if matplotlib is missing
        resolve_policy(policy, cast("PolicyFields", fields))  # names an unknown field
        options = {**fields, "log": True, **({} if policy is None else {"policy": policy})}
        fetching: FetchOptions = {"tz": tz, "lang": lang, "timeout": timeout, "progress": progress}
        call = self._flow_call("data_quality", team, options, fetching)
        source = call.plan.policy.query if source is None else source
        if source is None:
            raise BadOption("a report needs issues", hint="Give a query, keys or a frame, or a team with a query.")
        self._check_statuses(call)
        selector = read_source(source)
        work = self._work(call, {"query": selector.query} if selector.keys is None else {"keys": list(selector.keys)})
        query = work.issues.attrs["tracker"]["query"] if selector.keys is None else None
        sections = make_sections(compute_answers(work), work)
        title = f"Flow report: {team or query or 'chosen issues'}"
        page = render_page(title, _facts(work, query if team else None), sections, self._connection.web_url)
        _write(target, page)
        return target

    def _work(self, call: FlowCall, criteria: dict[str, Any]) -> Work:
        """Everything that the report is computed from."""
        names = list(dict.fromkeys([*call.plan.issue_fields, *KEEP]))
        policy = call.plan.policy
        issues = self.issues(**criteria, fields=names, **call.rest())
        if policy.board is not None:
            stages: Any = policy.board if policy.stages is None else policy.stages
            call = replace(call, plan=replace(call.plan, policy=replace(policy, stages=stages)))
        policy = self._policy_for(call)
        basis = make_basis("report", (issues,), policy, None)
        now = pd.Timestamp(basis.now, tz="UTC").tz_convert(basis.tz)
        since = np.datetime64(first_day(now).tz_convert("UTC").tz_localize(None), "us")
        settled = is_finished(policy, issues) & (as_utc(issues["statusStartTime"]) < since)
        recent, sprint, members = issues.loc[~settled], self._last_sprint(call, issues), None
        keys = recent["key"]
        if sprint is not None:
            members = self.issues(sprint=sprint, fields=[*names, "sprint"], **call.rest())
            keys = pd.concat([keys, members["key"]]).drop_duplicates()
        log = self._histories(call, pd.DataFrame({"key": keys}), "the report")
        return Work(issues, recent, log, policy, now, sprint, members)

    def _last_sprint(self, call: FlowCall, issues: pd.DataFrame) -> pd.DataFrame | None:
        """The sprint of the policy's board that ended last, if it ever began; None if there is none."""
        board = call.plan.policy.board
        if board is None:
            return None
        try:
            sprints = self.sprints(board, **call.rest())
        except BadQuery:  # a board of a kind that has no sprints
            return None
        basis = make_basis("report", (issues,), call.plan.policy, None)
        ends = sprint_bounds(basis, sprints)[1]
        began = (sprints["status"] != "draft").to_numpy(dtype=bool)
        ended = np.flatnonzero(began & (ends <= basis.now))  # not one without an end
        return sprints.iloc[[ended[np.argmax(ends[ended])]]].reset_index(drop=True) if len(ended) else None


def _facts(work: Work, query: str | None) -> list[str]:
    """The lines below the title: when, and which issues."""
    count = f"{len(work.issues):,} {'issue' if len(work.issues) == 1 else 'issues'}"
    return [f"{work.now:%Y-%m-%d %H:%M} ({work.now.tz})", f"{count}: {query}" if query else count]


def _check_target(target: Path) -> Path:
    """Return the path. Raises BadOption if a report cannot be written there, or would replace another file."""
    if target.suffix.lower() not in _ENDINGS:
        raise BadOption(f"a report cannot be saved as {target.name!r}", hint="It is a page: the name ends in .html.")
    if not target.parent.is_dir():
        raise BadOption(f"there is no folder {target.parent}", hint="Create it first.")
    if target.exists() and not _is_report(target):
        raise BadOption(f"{target} already exists, and is not a report", hint="Name another file, or remove this one.")
    return target


def _is_report(target: Path) -> bool:
    if not target.is_file():
        return False
    with suppress(OSError), target.open("rb") as file:
        return IS_REPORT.encode() in file.read(_HEAD_BYTES)
    return False


def _write(target: Path, page: str) -> None:
    """Write the page, and nothing of it if that fails."""
    incomplete = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        incomplete.write_text(page, encoding="utf-8")
        incomplete.replace(_check_target(target))
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise BadOption(f"{target} cannot be written ({reason})", hint="Name a file in another folder.") from None
    finally:
        with suppress(OSError):
            incomplete.unlink(missing_ok=True)
