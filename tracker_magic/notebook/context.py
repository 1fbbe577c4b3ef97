"""A call with all it needs, and what comes of it: what each command's function takes and gives."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook import template, texts
from tracker_magic.notebook.parser import ParsedCommand
from tracker_magic.notebook.progress import ProgressLine
from tracker_magic.notebook.scanner import closed, uncommented
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.notebook.variables import Scope
from tracker_magic.query import is_keys
from tracker_magic.settings import TrackerMagic
from tracker_magic.tracker.selection import key_list

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
class CommandContext:
    """A call with what it needs: variables, the line that tells progress, and what the extension holds."""

    call: ParsedCommand
    scope: Scope
    line: ProgressLine
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
