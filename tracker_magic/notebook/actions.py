"""One function for each command: read what the call asks for, call Tracker, say how the result looks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from tracker_magic.errors import BadOption
from tracker_magic.notebook import help as helps
from tracker_magic.notebook import show
from tracker_magic.notebook.asked import Asked, Result
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, NOTHING, QUERY
from tracker_magic.notebook.session_actions import demo, login, logout, me, use


def issues(asked: Asked) -> Result:
    """A query or a saved filter: a frame; `--dry-run`: what it would cost."""
    criterion = {"query": asked.query, "filter_id": asked.option("filter")}
    return _fetched(asked, {name: value for name, value in criterion.items() if value is not None})


def by_key(asked: Asked) -> Result:
    """Issues by key; where a single one was asked for, it is shown turned."""
    keys = asked.keys
    result = _fetched(asked, {"keys": keys})
    if asked.call.silent or len(set(keys)) > 1 or not isinstance(result.value, pd.DataFrame):
        return result
    return Result(show.turned(result.value))


def _fetched(asked: Asked, criterion: Mapping[str, Any]) -> Result:
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


def count(asked: Asked) -> Result:
    """How many issues, as an int."""
    criterion = {"query": asked.query, "filter_id": asked.option("filter")}
    given = {name: value for name, value in criterion.items() if value is not None}
    if asked.option("dry_run"):
        found = asked.tracker.explain(**given, **asked.limits)
        return Result(found, show.explanation(found))
    return Result(asked.tracker.count(**given, **asked.limits))


def changelog(asked: Asked) -> Result:
    """Changes of issues."""
    return Result(asked.tracker.changelog(asked.issues, fields=asked.option("field"), **asked.fetching))


def worklog(asked: Asked) -> Result:
    """Time worked."""
    chosen = {name: asked.option(name) for name in ("created_by", "since", "until")}
    return Result(asked.tracker.worklog(asked.issues, **chosen, **asked.fetching))


def _part(name: str) -> Callable[[Asked], Result]:
    return lambda asked: Result(getattr(asked.tracker, name)(asked.issues, **asked.fetching))


def _list(name: str) -> Callable[[Asked], Result]:
    return lambda asked: Result(getattr(asked.tracker, name)(**asked.fetching))


def _list_of_one(name: str) -> Callable[[Asked], Result]:
    return lambda asked: Result(getattr(asked.tracker, name)(asked.name, **asked.fetching))


def fields(asked: Asked) -> Result:
    """Fields; with a queue also its own."""
    return Result(asked.tracker.fields(asked.name or None, **asked.fetching))


def open_issues(asked: Asked) -> Result:
    """Links to issues."""
    keys = asked.keys
    if not keys:
        raise BadOption(f"{asked.call.text} holds no keys, and there is nothing to open.")
    found = [(key, str(asked.tracker.web_url(key))) for key in keys]
    return Result([url for _, url in found], show.links(found))


def told(asked: Asked) -> Result:
    """Help about a topic."""
    text = helps.topic(asked.name)
    return Result(text, show.preformatted(text))


def greeting(asked: Asked) -> Result:
    """An empty call: the short help and who is logged in; asks nothing."""
    text = f"{helps.short()}\n\n{asked.sessions.state()}"
    return Result(text, show.preformatted(text))


ACTIONS: Final[Mapping[str, Callable[[Asked], Result]]] = {
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
