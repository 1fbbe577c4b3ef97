"""The magic's line and cell as data: `parse` gives a frozen ParsedCommand and knows nothing but text.

Options come first, then the query, untouched. Commands that take names, keys or a `$variable` have options on both
sides. A first token `=` (put there by the input transformer) says that Python assigns the result.
"""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from tracker_magic.errors import BadOption, masked
from tracker_magic.notebook.commands import (
    BY_KEY,
    COMMANDS,
    NOTHING,
    OPTIONS,
    QUERY,
    Command,
    command_named,
    nearest,
)
from tracker_magic.notebook.scanner import (
    SECRETS,
    Scanner,
    bare,
    closed,
    misplaced_option,
    secret_on_line,
    uncommented,
    words_and_options,
)
from tracker_magic.query import is_keys

_VARIABLE: Final = re.compile(r"\s*\$[^\W\d]\w*\s*")
_NAME: Final = re.compile(r"[^\W\d]\w{0,23}")  # a code, a ClientID's secret and a token are longer, or begin otherwise
_WORD: Final = re.compile(r"(?P<word>[a-z][a-z_-]*)(?=\s|$|\?)(?!\s*:)")
_COMMENT: Final = re.compile(r"(?:^|\s)#\s+\w")
_HELP: Final = re.compile(r"(?P<topic>[a-z][a-z_-]*|)\s?\?{1,2}")


def _no_options() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """What one line or cell asks for; options by their Python names."""

    command: str
    text: str = ""
    options: Mapping[str, Any] = field(default_factory=_no_options)
    destination: str | None = None
    assigned: bool = False
    quiet: bool = False

    @property
    def silent(self) -> bool:
        """Whether the result goes somewhere else than to the screen."""
        return self.quiet or self.assigned or self.destination is not None


def parse(line: str, cell: str | None = None) -> ParsedCommand:
    """Read a line, or a cell's first line and body. Raises BadOption for whatever cannot be meant."""
    line, assigned = (line[1:], True) if line.startswith("=") else (line, False)
    refuse_secrets(line)
    body, quiet = closed(uncommented(cell or ""))
    if not body:
        line, quiet = closed(line)
        if topic := _help_asked(line):
            return topic
    head = Scanner(line)
    given: dict[str, Any] = {}
    written = _options_and_destination(head, given)
    command = _command(head, alone=not body)
    if command:
        head.options(given)
    text = "\n".join(part for part in (head.rest.strip(), body) if part)
    if cell is None:
        _refuse_comment(text)
    name, text = _settled(command, text, given, cell=bool(body))
    _check(name, text, given)
    destination = _destination(written, given.pop("output", None), assigned=assigned)
    quiet = bool(given.pop("quiet", False)) or quiet
    return ParsedCommand(name, text, MappingProxyType(given), destination, assigned, quiet)


def _help_asked(line: str) -> ParsedCommand | None:
    """`COMMAND?` and a lone `?` ask for help; any other question mark is text."""
    asked = _HELP.fullmatch(line)
    if asked and (not asked["topic"] or command_named(asked["topic"])):
        return ParsedCommand("help", asked["topic"])
    return None


def refuse_secrets(line: str) -> None:
    """Stop before anything else where a token was typed: a line is kept in history and in the notebook."""
    words = line.split()
    if "login" in words or line.lstrip().startswith("-"):
        for match in re.finditer(r"(?<!\S)--([A-Za-z][\w-]*)", bare(line)):
            if match[1].replace("-", "_") in SECRETS:
                raise secret_on_line(f"--{match[1]} is no option")
    of_session = any(word in {"login", "logout", "use", "me"} for word in words)
    if any(masked(word) != word for word in words if of_session or len(words) == 1):
        raise secret_on_line("this looks like a token")


def _options_and_destination(head: Scanner, given: dict[str, Any]) -> str | None:
    first = head.destination()
    head.options(given)
    second = head.destination()
    if first and second:
        raise _two_destinations(first, second)
    return first or second


def _command(head: Scanner, *, alone: bool) -> Command | None:
    match = _WORD.match(head.rest)
    if not match:
        return None
    word, after = match["word"], head.rest[match.end() :].strip()
    if found := command_named(word):
        head.skip(match.end())
        return found
    like = nearest(word.replace("-", "_"), COMMANDS)
    if alone and not after:
        raise _unknown(word, like)
    if like and (is_keys(after) or _VARIABLE.fullmatch(after)):
        raise _unknown(word, like)
    return None


def _unknown(word: str, like: str | None) -> BadOption:
    meant = f"Did you mean `{like}`? " if like else "`%tracker help` lists the commands. "
    return BadOption(f"unknown command `{word}`.", hint=f"{meant}To search for the text: `%tracker query {word}`.")


def _settled(command: Command | None, text: str, given: dict[str, Any], *, cell: bool) -> tuple[str, str]:
    """The command's name and the text that is left for it, with the options that stood behind keys or names."""
    if command is None and not text:
        return (QUERY if given.keys() & {"filter", "file"} else NOTHING), ""
    if command is None or command.takes in {"issues", "keys"}:
        words, options = words_and_options(text)
        _refuse_small_keys(words, cell=cell)
        if is_keys(words) or _VARIABLE.fullmatch(words) or (command and command.takes == "keys"):
            Scanner(options).options(given, everything=True)
            return (command.name if command else BY_KEY), words.strip()
    elif command.takes in {"name", "names", "nothing"}:
        words, options = words_and_options(text)
        Scanner(options).options(given, everything=True)
        return command.name, words.strip()
    if late := misplaced_option(text):
        raise _late(late, text, command, cell=cell)
    return (command.name if command else QUERY), text


def _refuse_comment(text: str) -> None:
    """A comment behind a query on a line of Python looks natural, and would be searched for."""
    if found := _COMMENT.search(bare(text)):
        said = text[found.start() :].strip()
        raise BadOption(
            f"everything after the query is part of it, also `{said}`.",
            hint="Put the comment on a line of its own (or in quotes, if it is text).",
        )


def _refuse_small_keys(words: str, *, cell: bool) -> None:
    keys = words.strip().upper()
    if not cell and words.isascii() and is_keys(keys) and not is_keys(words):
        raise BadOption(
            f"keys are upper case: {keys}.", hint=f"To search for the text: `%tracker query {words.strip()}`."
        )


def _late(late: str, text: str, command: Command | None, *, cell: bool) -> BadOption:
    option = re.split(r"[\s=]", late, maxsplit=1)[0]
    word = f" {command.name}" if command else ""
    before = " ".join(text.replace(late, "", 1).split())
    example = f"%%tracker{word} {late}" if cell else f"%tracker{word} {late} {before}"
    place = "on the first line" if cell else "before the query"
    return BadOption(
        f"{option} stands after the query began.", hint=f"Put it {place}: `{example}` (or in quotes, if it is text)."
    )


def _check(name: str, text: str, given: Mapping[str, Any]) -> None:
    if name == NOTHING:
        if given:
            raise BadOption("there are options, but no query and no command.", hint="`%tracker help` shows how.")
        return
    command = COMMANDS[name]
    for key in given:
        if key not in command.options:
            known = ", ".join(f"--{OPTIONS[each].name}" for each in command.options)
            raise BadOption(f"--{OPTIONS[key].name} does not go with `{name}`.", hint=f"`{name}` knows {known}.")
    if name == "login" and text and not _NAME.fullmatch(text):
        raise secret_on_line("`login` takes options and a session's short name only; if this was a token")
    if command.takes == "nothing" and text:
        raise BadOption(f"`{name}` takes nothing more.", hint=f"To search for the text: `%tracker query {name} …`.")
    if command.required and not text and not given.keys() & {"filter", "file"}:
        raise BadOption(f"`{name}` needs {command.usage or 'a query'}.", hint=f"`%tracker help {name}` shows examples.")


def _destination(written: str | None, option: str | None, *, assigned: bool) -> str | None:
    found = [name for name in (written, option) if name]
    if len(found) > 1:
        raise _two_destinations(*found)
    if found and assigned:
        raise _two_destinations("=", found[0])
    for name in found:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise BadOption(f"`{name}` is no name of a variable.", hint="Write `%tracker df << QUERY`.")
    return found[0] if found else None


def _two_destinations(first: str, second: str) -> BadOption:
    return BadOption(f"two destinations: `{first}` and `{second}`.", hint="Give one: `df = %tracker QUERY`.")
