"""The commands: what each of them works with and returns, and one function for each.

A function reads the arguments, calls Tracker, and returns the value and how it is shown.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell

import tracker_magic.charts
from tracker_magic.auth import organisation
from tracker_magic.errors import BadOption, SettingsError
from tracker_magic.layout import wrapped
from tracker_magic.notebook import help as help_texts
from tracker_magic.notebook import query_guide, show, texts
from tracker_magic.notebook.commands import BY_KEY, NOTHING, QUERY
from tracker_magic.notebook.configuration import configure, settings_frame, settings_text
from tracker_magic.notebook.doctor import examine_login, examine_notebook
from tracker_magic.notebook.flow_options import METRICS, options_of_metric, parameter
from tracker_magic.notebook.login import log_in
from tracker_magic.notebook.parser import SESSION_NAME, ParsedCommand
from tracker_magic.notebook.progress import ProgressLine
from tracker_magic.notebook.readings import is_query
from tracker_magic.notebook.report_request import report_request
from tracker_magic.notebook.session_opener import DemoHost, LoginRequest, demo_credentials
from tracker_magic.notebook.sessions import FIRST, Sessions, logged_out
from tracker_magic.notebook.variables import Scope, fill_text
from tracker_magic.printable import quoted
from tracker_magic.settings import TrackerMagic
from tracker_magic.tracker import Tracker
from tracker_magic.tracker.doctor import as_text, findings_frame
from tracker_magic.tracker.selection import read_keys


@dataclass(frozen=True, slots=True)
class Result:
    """The value for Python, and how a notebook shows it if it is not assigned (None: as the value itself).

    `picture`: shown also if the value is assigned.
    """

    value: Any
    view: Any = None
    picture: Any = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """A parsed command with its issues and variables, its progress line, and what the extension holds."""

    parsed: ParsedCommand
    issues: str | list[str] | None  # a query or keys
    scope: Scope
    progress: ProgressLine
    shell: InteractiveShell
    settings: TrackerMagic
    sessions: Sessions
    demo_host: DemoHost
    settings_error: SettingsError | None = None  # only for commands that run with wrong settings, too

    def option(self, name: str, default: Any = None) -> Any:
        """An option's value."""
        return self.parsed.options.get(name, default)

    @property
    def tracker(self) -> Tracker:
        """The Tracker of the session that the command names."""
        return self.sessions.tracker(self.option("session"))

    @property
    def name(self) -> str:
        """The argument of a command that takes a name, without quotes around it."""
        text = self.parsed.text if self.parsed.addresses else fill_text(self.parsed.text, self.scope).strip()
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text

    @property
    def session(self) -> str | None:
        """The name of the session, given as the argument or by `-s`."""
        name, option = self.name, self.option("session")
        if not all(SESSION_NAME.fullmatch(each) for each in (name, option) if each):
            typed = self.parsed.text if self.parsed.text.startswith(("$", "{{")) else "this"  # it may be a token
            raise BadOption(f"{typed} is not the name of a session", hint="Names are short words, such as ops.")
        if name and option and name != option:
            raise BadOption(f"two sessions are named: `{name}` and `{option}`", hint="Name one of them.")
        return name or option

    def language(self, session: str | None) -> texts.Lang:
        """Return that of the line, else of the session's login with `--lang`, else of the settings."""
        chosen = self.option("lang") or self.sessions.language(session) or self.settings.lang
        return texts.language(chosen, os.environ)

    @property
    def lang(self) -> texts.Lang:
        """The language of a command that names its session by an option."""
        return self.language(self.option("session"))

    @property
    def criteria(self) -> dict[str, Any]:
        """The query, the keys or the saved filter, as arguments of `Tracker.issues` and `Tracker.count`."""
        issues = self.issues
        if issues is not None and self.option("filter"):
            raise BadOption("there are issues and --filter", hint="Leave one of them out: a filter has its own query.")
        criteria = {"query" if isinstance(issues, str) else "keys": issues, "filter_id": self.option("filter")}
        return {name: value for name, value in criteria.items() if value is not None}

    @property
    def keys(self) -> list[str]:
        """The keys that were typed, or those that a variable contains."""
        if is_query(self.issues):
            typed = quoted(self.parsed.text)
            raise BadOption(f"{typed} is not a list of keys", hint="Give keys (DEV-1) or a $variable.")
        return read_keys(self.issues)

    @property
    def limit(self) -> int | None:
        """The most rows of a query: the option, else the setting."""
        limit: int | None = self.option("limit", self.settings.limit)
        return limit

    @property
    def call_options(self) -> Mapping[str, Any]:
        """The arguments of every method of Tracker: the time limit and the progress line."""
        return {"timeout": self.option("timeout"), "progress": self.progress}

    @property
    def fetch_options(self) -> Mapping[str, Any]:
        """The arguments of every method of Tracker that fetches."""
        return {"tz": self.option("tz"), "lang": self.option("lang"), **self.call_options}


def issues(context: CommandContext) -> Result:
    """Issues of a query, keys or a saved filter; with `--dry-run` what fetching them would cost."""
    if context.option("dry_run"):
        return _dry_run(context, context.criteria, limit=context.limit)
    columns = context.option("columns")
    if not columns and not context.parsed.silent and _is_single_issue(context):
        columns = ["+description"]  # a person reads it
    options = {"fields": columns, "expand": context.option("expand"), "limit": context.limit, **context.fetch_options}
    return Result(context.tracker.issues(**context.criteria, **options))


def _is_single_issue(context: CommandContext) -> bool:
    has_keys = context.parsed.command == BY_KEY and not is_query(context.issues)
    return has_keys and len(context.keys) == 1


def _dry_run(
    context: CommandContext, criteria: Mapping[str, Any], limit: int | None = None, part: str = "issues"
) -> Result:
    explanation = context.tracker.explain(**criteria, limit=limit, part=part, **context.call_options)
    return Result(explanation, show.explanation(explanation))


def _dry_run_of_list(context: CommandContext) -> Result:
    if not context.criteria:
        raise BadOption("everybody's work cannot be counted before it is read", hint="Give keys or a query.")
    return _dry_run(context, context.criteria, part=context.parsed.command)


def count(context: CommandContext) -> Result:
    """The number of issues of a query, keys or a saved filter."""
    if context.option("dry_run"):
        return _dry_run(context, context.criteria)
    return Result(context.tracker.count(**context.criteria, **context.call_options))


def changelog(context: CommandContext) -> Result:
    """The history of issues."""
    if context.option("dry_run"):
        return _dry_run_of_list(context)
    frame = context.tracker.changelog(context.issues, fields=context.option("field"), **context.fetch_options)
    return Result(frame)


def worklog(context: CommandContext) -> Result:
    """Time worked."""
    if context.option("dry_run"):
        return _dry_run_of_list(context)
    issues, criteria = context.issues, {name: context.option(name) for name in ("created_by", "since", "until")}
    if issues is None and not (criteria["created_by"] or criteria["since"]):
        raise BadOption(
            "this would fetch everybody's work of all time",
            hint="Name issues, as in `%tracker worklog DEV-1`, or give --created-by USER or --since DAY.",
        )
    return Result(context.tracker.worklog(issues, **criteria, **context.fetch_options))


def issue_list(context: CommandContext) -> Result:
    """The comments, links … of issues: the command is the name of Tracker's method."""
    if context.option("dry_run"):
        return _dry_run_of_list(context)
    fetch = getattr(context.tracker, context.parsed.command)
    return Result(fetch(context.issues, **context.fetch_options))


def flow(context: CommandContext) -> Result:
    """A metric of flow, with `--plot` also drawn; with `--dry-run` what fetching it would cost."""
    metric = context.parsed.metric
    if not metric:
        names = ", ".join(METRICS)
        raise BadOption("flow needs a metric", hint=f"Write `%tracker flow METRIC QUERY`. Metrics are {names}.")
    options = _flow_options(context)
    if context.option("dry_run"):
        explanation = context.tracker.explain_flow(
            metric, context.issues, tz=context.option("tz"), **options, **context.call_options
        )
        return Result(explanation, show.explanation(explanation))
    is_drawn = context.option("plot") and not context.parsed.quiet
    if is_drawn and metric in METRICS:
        tracker_magic.charts.chart_of(metric)  # raises before anything is fetched
    frame = context.tracker.flow(metric, context.issues, **options, **context.fetch_options)
    return Result(frame, picture=tracker_magic.charts.draw(frame) if is_drawn else None)


def _flow_options(context: CommandContext) -> dict[str, Any]:
    """Return the options of a metric, by the names of its parameters."""
    keys = [key for key in options_of_metric("") if key in context.parsed.options]
    options = {parameter(key): context.option(key) for key in keys if key != "plot"}
    if str(options.get("horizon", "")).isdigit():
        options["horizon"] = int(options["horizon"])
    return options


def report(context: CommandContext) -> Result:
    """Write the report of a team, and show where it is; with `--dry-run` what it would cost at most."""
    source, options = report_request(context.issues, context.parsed.text, context.parsed.options)
    if context.option("dry_run"):
        options.pop("path", None)
        explanation = context.tracker.explain_flow(
            "data_quality", source, log=True, tz=context.option("tz"), **options, **context.call_options
        )
        return Result(explanation, show.explanation(explanation))
    path = context.tracker.report(source, **options, **context.fetch_options)
    return Result(path, show.written(path))


def organisation_list(context: CommandContext) -> Result:
    """The queues, statuses … of the organisation: the command is the name of Tracker's method."""
    fetch = getattr(context.tracker, context.parsed.command)
    return Result(fetch(**context.fetch_options))


def list_by_name(context: CommandContext) -> Result:
    """The columns, sprints … of one board or queue: the command is the name of Tracker's method."""
    fetch = getattr(context.tracker, context.parsed.command)
    return Result(fetch(context.name, **context.fetch_options))


def fields(context: CommandContext) -> Result:
    """The fields of issues; with a queue, also its local fields."""
    return Result(context.tracker.fields(context.name or None, **context.fetch_options))


def open_issues(context: CommandContext) -> Result:
    """Links to issues."""
    links = [(key, str(context.tracker.web_url(key))) for key in context.keys]
    return Result([url for _, url in links], show.links(links))


def login(context: CommandContext) -> Result:
    """Log in and show who that is; if a form is shown, it does both."""
    name = context.session or FIRST
    request = LoginRequest(
        name=name,
        lang=texts.language(context.option("lang") or context.settings.lang, os.environ),
        session_lang=context.option("lang"),
        strategy=context.option("strategy"),
        organisation=organisation(context.option("org_id"), context.option("cloud_org_id")),
        profile=context.option("profile"),
        storage=context.option("save"),
        prompts=context.option("prompt", default=False),
    )
    is_open = log_in(request, context.sessions, context.shell, context.demo_host)
    return _session_status(context, request.name) if is_open else Result(None)


def me(context: CommandContext) -> Result:
    """Who is logged in, and every open session, as a frame."""
    context.sessions.tracker(context.session)
    return _session_status(context, context.session)


def logout(context: CommandContext) -> Result:
    """Close a session and revoke its token; one that was issued elsewhere only with `--revoke`."""
    revoke = context.option("revoke", default=False)
    said = logged_out(context.sessions, context.session, context.language(context.session), revoke=revoke)
    return Result(None, show.note(*said.splitlines()))


def use(context: CommandContext) -> Result:
    """Switch to another session; without a name, list all."""
    if context.session:
        context.sessions.use(context.session)
        return _session_status(context, context.session)
    statuses = context.sessions.session_statuses()
    view = show.names_of(statuses, context.lang) if statuses else show.note(context.sessions.state())
    return Result(show.sessions(statuses), view)


def demo(context: CommandContext) -> Result:
    """Log in to the demo that started this Jupyter, else to one that is started in this kernel."""
    name = context.session or FIRST
    context.sessions.open(name, demo_credentials(context.demo_host), lang=context.option("lang"))
    return _session_status(context, name, texts.text("status.demo", context.language(name)))


def _session_status(context: CommandContext, name: str | None, note: str = "") -> Result:
    statuses = context.sessions.session_statuses(name)
    if note:
        statuses[0] = replace(statuses[0], note=note)
    return Result(show.sessions(statuses), show.who(statuses, context.language(name), datetime.now(UTC)))


def show_help(context: CommandContext) -> Result:
    """The help about a topic; about the query language, with the names of the session's tracker if there is one."""
    text = help_texts.topic(context.name)
    if context.name.strip("-%") == QUERY:
        tracker = dict(context.sessions).get(context.sessions.current or "")
        text = f"{query_guide.guide(query_guide.guide_names(tracker))}\n\n{text}"
    return _text_result(context, text, text)


def config(context: CommandContext) -> Result:
    """The settings as a frame; with a name only this one, with a value after setting it."""
    frame = settings_frame(context.settings, configure(context.settings, context.name))
    return _text_result(context, frame, settings_text(frame))


def doctor(context: CommandContext) -> Result:
    """The checks of everything that a command needs, as a frame."""
    login = examine_login(context.sessions, context.option("session"), context.option("timeout"))
    frame = findings_frame([*login, *examine_notebook(context.shell, context.settings, context.settings_error)])
    return Result(frame, show.preformatted(as_text(frame)))


def _text_result(context: CommandContext, value: Any, text: str) -> Result:
    """A value that is shown as text, after what is wrong with the settings."""
    problems = [wrapped(line) for line in context.settings_error.lines()] if context.settings_error else []
    return Result(value, show.preformatted("\n".join([*problems, *([""] if problems else []), text])))


def show_short_help(context: CommandContext) -> Result:
    """An empty line: the short help and who is logged in, without a request."""
    text = f"{help_texts.short()}\n\n{context.sessions.state()}"
    return Result(text, show.preformatted(text))


HANDLERS: Final[Mapping[str, Callable[[CommandContext], Result]]] = {
    NOTHING: show_short_help,
    QUERY: issues,
    BY_KEY: issues,
    "count": count,
    "changelog": changelog,
    "worklog": worklog,
    **dict.fromkeys(("comments", "links", "checklists", "attachments", "transitions"), issue_list),
    **dict.fromkeys(("queues", "boards", "components", "projects", "portfolios", "goals"), organisation_list),
    **dict.fromkeys(("statuses", "types", "priorities", "resolutions", "link_types"), organisation_list),
    **dict.fromkeys(("users", "groups"), organisation_list),
    **dict.fromkeys(("columns", "sprints", "versions"), list_by_name),
    "fields": fields,
    "flow": flow,
    "report": report,
    "open": open_issues,
    "login": login,
    "logout": logout,
    "me": me,
    "use": use,
    "demo": demo,
    "help": show_help,
    "config": config,
    "doctor": doctor,
}
