"""The arguments of a parsed command with the notebook's variables in them: options, the query, a query file."""

import re
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import COMMANDS, OPTIONS
from tracker_magic.notebook.options import Option, Unfilled, check_destination, convert
from tracker_magic.notebook.parser import ParsedCommand, refuse_mistakes
from tracker_magic.notebook.quotes import strip_comments, strip_semicolon
from tracker_magic.notebook.variables import Scope, described, fill_list, fill_query, fill_text, named_issues
from tracker_magic.settings import full_path, read_text

_COPY: Final = re.compile(r"@\S+")


def fill_options(command: ParsedCommand, scope: Scope) -> ParsedCommand:
    """Return the command with values in place of the variables that its options and its destination name."""
    options = {
        key: _filled(OPTIONS[key], value, scope) if isinstance(value, Unfilled) else value
        for key, value in command.options.items()
    }
    destination = command.destination
    if destination and not destination.isidentifier():
        destination = check_destination(_filled(OPTIONS["output"], Unfilled(destination), scope))
    return replace(command, options=MappingProxyType(options), destination=destination)


def _filled(option: Option, typed: Unfilled, scope: Scope) -> Any:
    fill = fill_list if option.kind == "list" else fill_text
    try:
        text = fill(typed.text, scope, is_quoted=typed.is_quoted)
    except BadOption as error:
        raise error.rephrased(f"--{option.name}: {error.message}") from None
    try:
        return convert(option, text)
    except BadOption as error:
        value = None if typed.is_quoted else scope.variable(typed.text)
        variable = f"{typed} is {described(value)}" if value is not None else f"typed as {typed}"
        raise error.rephrased(f"{error.message} ({variable})") from None


def read_issues(command: ParsedCommand, scope: Scope, tz: str) -> str | list[str] | None:
    """Return the query or the keys that a command was given, with variables filled in; None if it takes or has none.

    What is certainly a mistake in a file's text is refused, unless it is `literal`, as it is in a typed query before.
    In a file, which somebody else may have written, `{{…}}` is the name of a variable and nothing else; in a pasted
    address it is text.
    """
    if command.command not in COMMANDS or not COMMANDS[command.command].takes_issues:
        return None
    text, path = command.text, command.options.get("file")
    if path and text:
        raise BadOption("there are two queries: one typed and one in a file", hint="Give one of them.")
    if path:
        text = _read_file(path, is_literal=command.literal)
    if not text or command.addresses:
        return text or None
    issues = named_issues(text, scope, only_names=bool(path))
    if issues is None:
        issues = fill_query(text, scope, tz, only_names=bool(path))
    return _no_copy(issues)


def _no_copy(issues: str | list[str]) -> str | list[str]:
    if isinstance(issues, str) and _COPY.fullmatch(issues):
        raise BadOption(f"there is no local copy {issues}", hint="Give keys, a query or a frame with `key`.")
    return issues


def _read_file(path: str, *, is_literal: bool) -> str:
    text = strip_semicolon(strip_comments(_read(path)))[0]
    if not text:
        raise BadOption(f"the query file {path} is empty", hint="Write a query into it, such as Queue: DEV.")
    if not is_literal:
        refuse_mistakes(text)
    return text


def _read(path: str) -> str:
    try:
        text = read_text(full_path(path))
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", "") or type(error).__name__
        raise BadOption(f"the query file {path} cannot be read ({cause})") from None
    if "\0" in text:  # UTF-16 without a mark can be read as UTF-8
        raise _not_utf8(path)
    return text


def _not_utf8(path: str) -> BadOption:
    return BadOption(
        f"the query file {path} is not in UTF-8",
        hint="Save it again with the encoding UTF-8: an editor offers that under `Save as`.",
    )
