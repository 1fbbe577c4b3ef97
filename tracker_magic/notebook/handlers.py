"""One function for each command: read what the call asks for, call Tracker, say how the result looks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from tracker_magic.errors import BadOption
from tracker_magic.notebook import help as helps
from tracker_magic.notebook import show
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, NOTHING, QUERY
from tracker_magic.notebook.context import CommandContext, Result
from tracker_magic.notebook.session_handlers import demo, login, logout, me, use


def issues(asked: CommandContext) -> Result:
    """A query or a saved filter: a frame; `--dry-run`: what it would cost."""
    criterion = {"query": asked.query, "filter_id": asked.option("filter")}
    return _fetched(asked, {name: value for name, value in criterion.items() if value is not None})


def by_key(asked: CommandContext) -> Result:
    """Issues by key; where a single one was asked for, it is shown turned."""
    keys = asked.keys
    result = _fetched(asked, {"keys": keys})
    if asked.call.silent or len(set(keys)) > 1 or not isinstance(result.value, pd.DataFrame):
        return result
    return Result(show.turned(result.value))


def _fetched(asked: CommandContext, criterion: Mapping[str, Any]) -> Result:
    limit = asked.option("limit", asked.settings.limit)
    if asked.option("dry_run"):
        found = asked.tracker.explain(**criterion, limit=limit, **asked.limits)
        return Result(found, show.explanation(found))
    columns = asked.option("columns")
    frame = asked.tracker.issues(
        **criterion,
        fields="all" if columns == ["all"] else columns,
        expand=asked.option("expand"),
        limit=limit,
        **asked.fetching,
    )
    return Result(frame)


def count(asked: CommandContext) -> Result:
    """How many issues, as an int."""
    criterion = {"query": asked.query, "filter_id": asked.option("filter")}
    given = {name: value for name, value in criterion.items() if value is not None}
    if asked.option("dry_run"):
        found = asked.tracker.explain(**given, **asked.limits)
        return Result(found, show.explanation(found))
    return Result(asked.tracker.count(**given, **asked.limits))


def changelog(asked: CommandContext) -> Result:
    """Changes of issues."""
    return Result(asked.tracker.changelog(asked.issues, fields=asked.option("field"), **asked.fetching))


def worklog(asked: CommandContext) -> Result:
    """Time worked."""
    chosen = {name: asked.option(name) for name in ("created_by", "since", "until")}
    return Result(asked.tracker.worklog(asked.issues, **chosen, **asked.fetching))


def _part(name: str) -> Callable[[CommandContext], Result]:
    return lambda asked: Result(getattr(asked.tracker, name)(asked.issues, **asked.fetching))


def _list(name: str) -> Callable[[CommandContext], Result]:
    return lambda asked: Result(getattr(asked.tracker, name)(**asked.fetching))


def _list_of_one(name: str) -> Callable[[CommandContext], Result]:
    return lambda asked: Result(getattr(asked.tracker, name)(asked.name, **asked.fetching))


def fields(asked: CommandContext) -> Result:
    """Fields; with a queue also its own."""
    return Result(asked.tracker.fields(asked.name or None, **asked.fetching))


def open_issues(asked: CommandContext) -> Result:
    """Links to issues."""
    keys = asked.keys
    if not keys:
        raise BadOption(f"{asked.call.text} holds no keys, and there is nothing to open.")
    found = [(key, str(asked.tracker.web_url(key))) for key in keys]
    return Result([url for _, url in found], show.links(found))


def told(asked: CommandContext) -> Result:
    """Help about a topic."""
    text = helps.topic(asked.name)
    return Result(text, show.preformatted(text))


def greeting(asked: CommandContext) -> Result:
    """An empty call: the short help and who is logged in; asks nothing."""
    text = f"{helps.short()}\n\n{asked.sessions.state()}"
    return Result(text, show.preformatted(text))


ACTIONS: Final[Mapping[str, Callable[[CommandContext], Result]]] = {
    NOTHING: greeting,
    QUERY: issues,
    BY_KEY: by_key,
    "count": count,
    "changelog": changelog,
    "worklog": worklog,
    "fields": fields,
    "columns": _list_of_one("columns"),
    "sprints": _list_of_one("sprints"),
    "versions": _list_of_one("versions"),
    "open": open_issues,
    "login": login,
    "logout": logout,
    "me": me,
    "use": use,
    "demo": demo,
    "help": told,
    **{name: _part(name) for name in ("comments", "links", "checklists", "attachments", "transitions")},
    **{
        command.name: _list(command.name)
        for command in COMMANDS.values()
        if command.group == "lists" and command.takes == "nothing"
    },
}
