"""One function for each command: read the arguments, call Tracker, return the value and how it is shown."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tracker_magic.auth import Credentials, Login, Token, organisation
from tracker_magic.errors import BadOption
from tracker_magic.notebook import help as help_texts
from tracker_magic.notebook import show
from tracker_magic.notebook.commands import BY_KEY, NOTHING, QUERY
from tracker_magic.notebook.context import CommandContext, Result
from tracker_magic.notebook.login import log_in
from tracker_magic.notebook.session_opener import LoginRequest
from tracker_magic.notebook.sessions import FIRST, demo_is_around, logged_out
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.tracker import find_credentials


def issues(context: CommandContext) -> Result:
    """Issues of a query or a saved filter; with `--dry-run` what fetching them would cost."""
    if context.option("dry_run"):
        return _dry_run(context, context.criteria, limit=context.limit)
    return Result(context.tracker.issues(**context.criteria, **context.issue_options))


def issues_by_key(context: CommandContext) -> Result:
    """Issues by key; a single one is shown transposed."""
    keys = context.keys
    if context.option("dry_run"):
        return _dry_run(context, {"keys": keys}, limit=context.limit)
    frame = context.tracker.issues(keys=keys, **context.issue_options)
    if context.parsed.silent or len(set(keys)) > 1:
        return Result(frame)
    return Result(show.transposed(frame))


def _dry_run(context: CommandContext, criteria: Mapping[str, Any], limit: int | None = None) -> Result:
    explanation = context.tracker.explain(**criteria, limit=limit, **context.call_options)
    return Result(explanation, show.explanation(explanation))


def count(context: CommandContext) -> Result:
    """The number of issues of a query or a saved filter."""
    if context.option("dry_run"):
        return _dry_run(context, context.criteria)
    return Result(context.tracker.count(**context.criteria, **context.call_options))


def changelog(context: CommandContext) -> Result:
    """The history of issues."""
    frame = context.tracker.changelog(context.issues, fields=context.option("field"), **context.fetch_options)
    return Result(frame)


def worklog(context: CommandContext) -> Result:
    """Time worked."""
    criteria = {name: context.option(name) for name in ("created_by", "since", "until")}
    return Result(context.tracker.worklog(context.issues, **criteria, **context.fetch_options))


def issue_list(context: CommandContext) -> Result:
    """The comments, links … of issues: the command is the name of Tracker's method."""
    fetch = getattr(context.tracker, context.parsed.command)
    return Result(fetch(context.issues, **context.fetch_options))


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
    keys = context.keys
    if not keys:
        raise BadOption(f"{context.parsed.text} contains no keys, so there is nothing to open")
    links = [(key, str(context.tracker.web_url(key))) for key in keys]
    return Result([url for _, url in links], show.links(links))


def login(context: CommandContext) -> Result:
    """Log in and show who that is; if a form is shown, it does both."""
    request = LoginRequest(
        name=context.session or FIRST,
        lang=context.lang,
        strategy=context.option("strategy"),
        organisation=organisation(context.option("org_id"), context.option("cloud_org_id")),
        profile=context.option("profile"),
        storage=context.option("save"),
    )
    is_open = log_in(request, context.sessions, context.shell)
    return _session_status(context, request.name) if is_open else Result(None)


def me(context: CommandContext) -> Result:
    """Who is logged in, and every open session, as a frame."""
    context.sessions.tracker(context.session)
    return _session_status(context, context.session)


def logout(context: CommandContext) -> Result:
    """Close a session and revoke its token if possible."""
    return Result(None, show.note(*logged_out(context.sessions, context.session, context.lang).splitlines()))


def use(context: CommandContext) -> Result:
    """Switch to another session; without a name, list all."""
    if context.session:
        context.sessions.use(context.session)
        return _session_status(context, context.session)
    return Result(show.sessions(context.sessions.session_statuses()))


def demo(context: CommandContext) -> Result:
    """Log in to the demo that started this Jupyter, else to one that is started in this kernel."""
    if demo_is_around():
        credentials = find_credentials("env")
    else:
        running = context.demo_host.demo()
        credentials = Credentials(
            Login(Token(Secret(running.names["TRACKER_TOKEN"])), "demo"),
            organisation(running.names["TRACKER_ORG_ID"], None),
            Addresses(api=running.url, oauth=running.url, iam=running.url, metadata=running.url, web=running.url),
        )
    name = context.option("session", FIRST)
    context.sessions.open(name, credentials)
    return _session_status(context, name)


def _session_status(context: CommandContext, name: str | None) -> Result:
    statuses = context.sessions.session_statuses(name)
    return Result(show.sessions(statuses), show.who(statuses, context.lang, datetime.now(UTC)))


def show_help(context: CommandContext) -> Result:
    """The help about a topic."""
    text = help_texts.topic(context.name)
    return Result(text, show.preformatted(text))


def show_short_help(context: CommandContext) -> Result:
    """An empty line: the short help and who is logged in, without a request."""
    text = f"{help_texts.short()}\n\n{context.sessions.state()}"
    return Result(text, show.preformatted(text))


HANDLERS: Final[Mapping[str, Callable[[CommandContext], Result]]] = {
    NOTHING: show_short_help,
    QUERY: issues,
    BY_KEY: issues_by_key,
    "count": count,
    "changelog": changelog,
    "worklog": worklog,
    **dict.fromkeys(("comments", "links", "checklists", "attachments", "transitions"), issue_list),
    **dict.fromkeys(("queues", "boards", "components", "projects", "portfolios", "goals"), organisation_list),
    **dict.fromkeys(("statuses", "types", "priorities", "resolutions", "link_types"), organisation_list),
    **dict.fromkeys(("users", "groups"), organisation_list),
    **dict.fromkeys(("columns", "sprints", "versions"), list_by_name),
    "fields": fields,
    "open": open_issues,
    "login": login,
    "logout": logout,
    "me": me,
    "use": use,
    "demo": demo,
    "help": show_help,
}
