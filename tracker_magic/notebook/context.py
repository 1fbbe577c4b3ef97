"""What a command's handler works with, and what it returns."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.errors import BadOption
from tracker_magic.notebook import texts
from tracker_magic.notebook.parser import ParsedCommand, strip_comments, strip_semicolon
from tracker_magic.notebook.progress import ProgressLine
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.notebook.variables import Scope, fill_query, fill_text
from tracker_magic.query import is_keys
from tracker_magic.settings import TrackerMagic, full_path
from tracker_magic.tracker import Tracker
from tracker_magic.tracker.selection import read_keys

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo

_COPY: Final = re.compile(r"@\S+")


class DemoHost(Protocol):
    """Whoever runs the embedded Tracker of this kernel."""

    def demo(self) -> "Demo":
        """Return the embedded Tracker; the first call starts it."""


@dataclass(frozen=True, slots=True)
class Result:
    """The value for Python, and how a notebook shows it if it is not assigned (None: as the value itself)."""

    value: Any
    view: Any = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """A parsed command with its variables, its progress line, and what the extension holds."""

    parsed: ParsedCommand
    scope: Scope
    progress: ProgressLine
    shell: InteractiveShell
    settings: TrackerMagic
    sessions: Sessions
    demo_host: DemoHost

    def option(self, name: str, default: Any = None) -> Any:
        """An option's value, with `{{name}}` in it filled in."""
        value = self.parsed.options.get(name, default)
        if isinstance(value, list):
            filled = [fill_text(each, self.scope) for each in value]
            return [member for members in filled for member in members.split(",")]
        return fill_text(value, self.scope) if isinstance(value, str) else value

    @property
    def tracker(self) -> Tracker:
        """The Tracker of the session that the command names."""
        return self.sessions.tracker(self.option("session"))

    @property
    def name(self) -> str:
        """The argument of a command that takes a name, without quotes around it."""
        text = fill_text(self.parsed.text, self.scope).strip()
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text

    @property
    def session(self) -> str | None:
        """The name of the session, given as the argument or by `-s`."""
        name, option = self.name, self.option("session")
        if name and option and name != option:
            raise BadOption(f"two sessions are named: `{name}` and `{option}`", hint="Name one of them.")
        return name or option

    @property
    def lang(self) -> texts.Lang:
        """The language of the login."""
        return texts.language(self.option("lang", self.settings.lang), os.environ)

    @property
    def query(self) -> str | None:
        """The query with its variables filled in, from the line, the cell or a file; None if there is none."""
        path = self.option("file")
        if path and self.parsed.text:
            raise BadOption("there are two queries: one typed and one in a file", hint="Give one of them.")
        text = strip_semicolon(strip_comments(_read(path)))[0] if path else self.parsed.text
        if _COPY.fullmatch(text):
            raise BadOption(f"there is no local copy {text}", hint="Give keys, a query or a frame with `key`.")
        return fill_query(text, self.scope, self.option("tz", self.settings.tz)) if text else None

    @property
    def criteria(self) -> dict[str, Any]:
        """The query or the saved filter, as arguments of `Tracker.issues` and `Tracker.count`."""
        criteria = {"query": self.query, "filter_id": self.option("filter")}
        return {name: value for name, value in criteria.items() if value is not None}

    @property
    def issues(self) -> Any:
        """The issues of a command that takes keys, a query or a variable."""
        value = self.scope.variable(self.parsed.text)
        return value if value is not None else self.query

    @property
    def keys(self) -> list[str]:
        """The keys that were typed, or those that a variable contains."""
        text = self.parsed.text
        value = self.scope.variable(text)
        if value is None and not is_keys(text):
            raise BadOption(f"{text!r} is not a list of keys", hint="Give keys (DEV-1) or a $variable.")
        return read_keys(text if value is None else value)

    @property
    def limit(self) -> int | None:
        """The most rows of a query: the option, else the setting."""
        limit: int | None = self.option("limit", self.settings.limit)
        return limit

    @property
    def issue_options(self) -> Mapping[str, Any]:
        """What `Tracker.issues` accepts beside the criteria."""
        return {
            "fields": self.option("columns"),
            "expand": self.option("expand"),
            "limit": self.limit,
            **self.fetch_options,
        }

    @property
    def call_options(self) -> Mapping[str, Any]:
        """The arguments of every method of Tracker: the time limit and the progress line."""
        return {"timeout": self.option("timeout"), "progress": self.progress}

    @property
    def fetch_options(self) -> Mapping[str, Any]:
        """The arguments of every method of Tracker that fetches."""
        return {"tz": self.option("tz"), "lang": self.option("lang"), **self.call_options}


def _read(path: str) -> str:
    try:
        return full_path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadOption(f"the query file {path} cannot be read ({type(error).__name__})") from None
