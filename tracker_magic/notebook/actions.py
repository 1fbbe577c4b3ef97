"""One function for each command: read what the call asks for, call Tracker, say how the result looks."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from tracker_magic.auth import Found, Login, Token, Ways, by_name, organisation
from tracker_magic.config import Addresses, TrackerMagic
from tracker_magic.errors import BadOption
from tracker_magic.notebook import help as helps
from tracker_magic.notebook import show, template, texts
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, NOTHING, QUERY
from tracker_magic.notebook.grammar import Call
from tracker_magic.notebook.login import Wanted, log_in
from tracker_magic.notebook.progress import Line
from tracker_magic.notebook.scanner import closed, uncommented
from tracker_magic.notebook.sessions import FIRST, Sessions, demo_is_around, logged_out
from tracker_magic.notebook.variables import Scope
from tracker_magic.query import is_keys
from tracker_magic.secret import Secret
from tracker_magic.tracker.question import key_list

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from tracker_magic.demo.server import Demo
    from tracker_magic.tracker import Tracker

_COPY: Final = re.compile(r"@\S+")


@dataclass(frozen=True, slots=True)
class Result:
    """What Python gets, and what people see of it where it goes nowhere else (None: the value itself)."""

    value: Any
    view: Any = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with what it needs: variables, the line that tells progress, and what the extension holds."""

    call: Call
    scope: Scope
    line: Line
    shell: "InteractiveShell"
    settings: TrackerMagic
    sessions: Sessions
    demo: Callable[[], "Demo"]  # the embedded Tracker of this kernel; the first call starts it

    def option(self, name: str, default: Any = None) -> Any:
        """An option's value; `{{name}}` in it is filled in."""
        value = self.call.options.get(name, default)
        if isinstance(value, list):
            filled = [template.plain(each, self.scope).split(",") for each in value]
            return [each for several in filled for each in several]
        return template.plain(value, self.scope) if isinstance(value, str) else value

    @property
    def tracker(self) -> "Tracker":
        """The Tracker of the session that the call names."""
        return self.sessions.tracker(self.option("session"))

    @property
    def name(self) -> str:
        """The text of a command that takes a name, without quotes around it."""
        text = template.plain(self.call.text, self.scope).strip()
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text

    @property
    def session(self) -> str | None:
        """The session that is named, as a word or by `-s`."""
        word, option = self.name, self.option("session")
        if word and option and word != option:
            raise BadOption(f"two sessions are named: `{word}` and `{option}`.", hint="Name one.")
        return word or option

    @property
    def lang(self) -> texts.Lang:
        """The language of what the login says."""
        return texts.language(self.option("lang", self.settings.lang), os.environ)

    @property
    def words(self) -> list[str]:
        """The words of a command that takes names."""
        return template.plain(self.call.text, self.scope).replace(",", " ").split()

    @property
    def query(self) -> str | None:
        """The query with its variables filled in, from the line, the cell or a file; None where there is none."""
        path = self.option("file")
        if path and self.call.text:
            raise BadOption("there are two queries: one typed and one in a file.", hint="Give one of them.")
        text = closed(uncommented(_read(path)))[0] if path else self.call.text
        if _COPY.fullmatch(text):
            raise BadOption(f"there is no local copy {text}.", hint="Give keys, a query or a frame with `key`.")
        return template.filled(text, self.scope, self.option("tz", self.settings.tz)) if text else None

    @property
    def issues(self) -> Any:
        """Which issues are meant, for what takes keys, a query or a variable."""
        value = self.scope.variable(self.call.text)
        return value if value is not None else self.query

    @property
    def keys(self) -> list[str]:
        """The keys that were typed, or that a variable holds."""
        value = self.scope.variable(self.call.text)
        if value is None and not is_keys(self.call.text):
            raise BadOption(f"{self.call.text!r} is no list of keys.", hint="Give keys (DEV-1) or a $variable.")
        return key_list(self.call.text if value is None else value)

    @property
    def limits(self) -> Mapping[str, Any]:
        """The time limit."""
        return {"timeout": self.option("timeout")}

    @property
    def fetching(self) -> Mapping[str, Any]:
        """What every method that fetches takes."""
        return {"tz": self.option("tz"), "lang": self.option("lang"), **self.limits, "progress": self.line}


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadOption(f"the query file {path} cannot be read ({type(problem).__name__}).") from None


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


def login(asked: Asked) -> Result:
    """Log in, and say who that is; where a form is shown, it says so itself."""
    wanted = Wanted(
        name=asked.session or FIRST,
        lang=asked.lang,
        strategy=asked.option("strategy"),
        organisation=organisation(asked.option("org_id"), asked.option("cloud_org_id")),
        profile=asked.option("profile"),
        place=asked.option("save"),
    )
    return _standing(asked, wanted.name) if log_in(wanted, asked.sessions, asked.shell) else Result(None)


def me(asked: Asked) -> Result:
    """Who is logged in, and every open session: a frame."""
    asked.sessions.tracker(asked.session)
    return _standing(asked, asked.session)


def logout(asked: Asked) -> Result:
    """Forget a session, and end its token where that can be."""
    return Result(None, show.note(*logged_out(asked.sessions, asked.session, asked.lang).splitlines()))


def use(asked: Asked) -> Result:
    """Change the current session; without a name, list all."""
    if asked.session:
        asked.sessions.use(asked.session)
        return _standing(asked, asked.session)
    return Result(show.sessions(asked.sessions.standings()))


def demo(asked: Asked) -> Result:
    """Join the demo that started this Jupyter, else start one in this kernel; log in."""
    if demo_is_around():
        found = by_name(Ways(os.environ), "env")
    else:
        running = asked.demo()
        found = Found(
            Login(Token(Secret(running.names["TRACKER_TOKEN"])), "demo"),
            organisation(running.names["TRACKER_ORG_ID"], None),
            Addresses(api=running.url, oauth=running.url, iam=running.url, metadata=running.url, web=running.url),
        )
    name = asked.option("session", FIRST)
    asked.sessions.open(name, found)
    return _standing(asked, name)


def _standing(asked: Asked, name: str | None) -> Result:
    standings = asked.sessions.standings(name)
    return Result(show.sessions(standings), show.who(standings, asked.lang, datetime.now(UTC)))


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
