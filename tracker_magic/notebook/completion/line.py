"""Completion in a line or a cell of the magic: commands, options and their values, arguments, variables, queries."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from traitlets import Bool

from tracker_magic.notebook.commands import (
    BY_KEY,
    COMMANDS,
    OPTIONS,
    QUERY,
    SHORTS,
    Command,
    Takes,
    command_named,
    option_named,
)
from tracker_magic.notebook.completion.candidates import Candidate, Completions, completions
from tracker_magic.notebook.completion.names import (
    Names,
    column_names,
    expression_names,
    issue_variables,
    logins,
    members,
)
from tracker_magic.notebook.completion.place import typed_text
from tracker_magic.notebook.completion.query import complete_query
from tracker_magic.notebook.flow_options import METRICS, options_of_metric
from tracker_magic.notebook.help import TOPICS
from tracker_magic.notebook.options import Option
from tracker_magic.notebook.parser import COMMAND, DESTINATION, OPTION, VALUE
from tracker_magic.notebook.quotes import strip_comments
from tracker_magic.query import is_keys
from tracker_magic.settings import LANGUAGES, TrackerMagic

_NOTHING: Final = Completions("")
_DOTTED: Final = re.compile(r"\{\{\s*(?:(?P<head>[^\W\d]\w*)\.)?(?P<typed>\w*)\Z")
_VARIABLE: Final = re.compile(r"\$(?P<typed>\w*)")
_OPTIONS_IN_TEXT: Final = re.compile(r"(?<!\S)-.*", re.DOTALL)
_LIST_VALUE: Final = re.compile(r"(?:[^\s,]*,\s*)*\S*")
_LISTS_OF_ARGUMENTS: Final = {"fields": "queues", "versions": "queues", "columns": "boards", "sprints": "boards"}

_LISTS_OF_OPTIONS: Final = {
    **dict.fromkeys(("start", "leave", "finish", "exclude", "active", "waiting"), "statuses"),
    **dict.fromkeys(("board", "stages"), "boards"),
    "types": "types",
    "without": "resolutions",
    **dict.fromkeys(("sprints", "scope"), "sprints"),
}

_WORDS_OF_COMMANDS: Final = {
    "flow": [Candidate(metric, "keyword", suffix=" ") for metric in METRICS],
    "config": [Candidate(name, "property", suffix=" ") for name in TrackerMagic.setting_names()],
    "help": [
        *(Candidate(name, "keyword") for name in COMMANDS if name != BY_KEY),
        *(Candidate(f"--{option.name}", "param", (option.name,)) for option in OPTIONS.values()),
        *(Candidate(topic, "keyword") for topic in (*TOPICS, *METRICS)),
    ],
}


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the argument: a command, options, and the option whose value is being typed."""

    rest: str  # of the line, not read yet
    command: Command | None = None
    given: tuple[str, ...] = ()
    option: Option | None = None
    metric: str = ""


def complete(code: str, cursor: int, names: Names) -> Completions | None:
    """Return what may stand at the cursor; None if that is none of the magic's business (Python, or a path)."""
    typed = typed_text(code, cursor)
    if typed is None:
        return None
    text = typed.line if typed.body is None else typed.body
    if "{{" in text.rpartition("\n")[2].rpartition("}}")[2]:
        return _expression(text, names)
    head = read_head(typed.line.lstrip(), is_last=typed.body is None)
    if typed.body is not None:
        return _body(head, typed.body, typed.following, names)
    if typed.line and not typed.line[0].isspace():
        return None  # `%tracker?`
    if head.option is not None:
        return _option_value(head.option, head.rest, names)
    return _argument(head, typed.following, names)


def read_head(line: str, *, is_last: bool) -> Head:
    """Read destinations, options and the command, in whatever order; nothing is refused here.

    `is_last`: the cursor is at the end of the line, so the last word is still being typed.
    """
    head = Head(line)
    while head.option is None and (read := _read_next(head, is_last=is_last)):
        head = read
    return head


def _read_next(head: Head, *, is_last: bool) -> Head | None:
    if match := DESTINATION.match(head.rest):
        return replace(head, rest=head.rest[match.end() :].lstrip())
    read = _read_option(head, is_last=is_last) or _read_command(head, is_last=is_last)
    return read or _read_metric(head, is_last=is_last)


def _read_option(head: Head, *, is_last: bool) -> Head | None:
    """Read an option with its value; if the value is still being typed, only note the option."""
    match = OPTION.match(head.rest)
    option = _option_of(match)
    if match is None or option is None:
        return None
    following = head.rest[match.end() :]
    if is_last and not following and not match["equals"]:
        return None  # the option itself is being typed
    if option.kind == "flag" or match["attached"]:
        return replace(head, rest=following.lstrip(), given=(*head.given, option.key))
    return _read_value(head, option, following.lstrip(), is_last=is_last)


def _read_value(head: Head, option: Option, text: str, *, is_last: bool) -> Head:
    match = (_LIST_VALUE if option.kind == "list" else VALUE).match(text)
    end = match.end() if match else 0
    if is_last and (match is None or end == len(text)):
        return replace(head, option=option, rest=text)
    return replace(head, rest=text[end:].lstrip(), given=(*head.given, option.key))


def _option_of(match: re.Match[str] | None) -> Option | None:
    if match is None:
        return None
    return option_named(match["name"]) if match["name"] else SHORTS.get(match["letter"])


def _read_command(head: Head, *, is_last: bool) -> Head | None:
    if head.command is not None:
        return None
    match = COMMAND.match(head.rest)
    command = command_named(match["word"]) if match else None
    if match is None or command is None or (is_last and match.end() == len(head.rest)):
        return None
    return replace(head, rest=head.rest[match.end() :].lstrip(), command=command)


def _read_metric(head: Head, *, is_last: bool) -> Head | None:
    match = COMMAND.match(head.rest)
    if not _wants_metric(head) or match is None or (is_last and match.end() == len(head.rest)):
        return None
    return replace(head, rest=head.rest[match.end() :].lstrip(), metric=match["word"].replace("-", "_"))


def _wants_metric(head: Head) -> bool:
    return head.command is not None and head.command.takes_metric and not head.metric


def _expression(text: str, names: Names) -> Completions:
    """Complete a name or an attribute of a name inside `{{`."""
    match = _DOTTED.search(text)
    return completions(expression_names(match["head"] or "", names), match["typed"]) if match else _NOTHING


def _body(head: Head, body: str, following: str, names: Names) -> Completions:
    """Complete below the first line of a cell, where there is only an argument."""
    mark = "x"  # stands for the next character
    marked = strip_comments(body + mark)
    if not marked.endswith(mark):
        return _NOTHING  # in a comment
    text = marked.removesuffix(mark)
    if head.command is not None and head.command.takes not in {"query", "issues"}:
        return _words(head, text.rpartition("\n")[2], names)
    return complete_query(f"{head.rest}\n{text}", following, names)


def _argument(head: Head, following: str, names: Names) -> Completions | None:
    """Complete what follows the options: a command, an argument, or an option after an argument."""
    rest = head.rest
    takes = _takes(head)
    if head.command is not None and head.command.name == "help":
        return _words(head, rest, names)  # options are topics
    if split := _split_at_options(rest, takes):
        return _trailing_options(head, *split, names)
    if variable := _VARIABLE.fullmatch(rest):
        variables = expression_names("", names) if takes == "name" else issue_variables(names)
        return completions(variables, variable["typed"])
    if takes not in {"query", "issues"}:
        return _words(head, rest, names)
    others = [] if head.command else [*_commands(head)]
    return complete_query(rest, following, names, others if rest else [*others, *_options(head)])


def _takes(head: Head) -> Takes:
    """What comes next: a metric is a name."""
    if _wants_metric(head):
        return "name"
    return head.command.takes if head.command else "issues"


def _split_at_options(text: str, takes: Takes) -> tuple[str, str] | None:
    """Split keys or a name from the options after them; None if there are none, or if they are text of a query."""
    options = _OPTIONS_IN_TEXT.search(text)
    if options is None:
        return None
    before = text[: options.start()].strip()
    names_issues = is_keys(before) or _VARIABLE.fullmatch(before)
    return (before, options[0]) if not before or takes in {"name", "keys"} or names_issues else None


def _trailing_options(head: Head, before: str, text: str, names: Names) -> Completions | None:
    command = head.command or COMMANDS[BY_KEY if before else QUERY]
    trailing = Head(text, command, head.given, metric=head.metric)
    while trailing.option is None and (read := _read_option(trailing, is_last=True)):
        trailing = read
    if trailing.option is not None:
        return _option_value(trailing.option, trailing.rest, names)
    return completions(_options(trailing), trailing.rest)


def _words(head: Head, text: str, names: Names) -> Completions:
    """Complete the name that a command takes; without any typed, also its options."""
    command = head.command.name if head.command else ""
    if command == "config" and " " in text:
        setting, _, value = text.partition(" ")
        return completions(_values_of_setting(setting, names), value.lstrip())
    candidates = _arguments(command, names)
    return completions(candidates if text else chain(candidates, _options(head)), text)


def _arguments(command: str, names: Names) -> Iterator[Candidate]:
    if command in _LISTS_OF_ARGUMENTS:
        yield from members(_LISTS_OF_ARGUMENTS[command], names)
    elif command in {"login", "logout", "use"}:
        yield from (Candidate(session, "value") for session in names.sessions)
    else:
        yield from _WORDS_OF_COMMANDS.get(command, ())


def _values_of_setting(name: str, names: Names) -> Iterator[Candidate]:
    trait = TrackerMagic.class_traits().get(name)
    texts: dict[str, Sequence[str]] = {"tz": names.zones, "lang": LANGUAGES}
    return (Candidate(text, "value") for text in texts.get(name, ("True", "False") if isinstance(trait, Bool) else ()))


def _commands(head: Head) -> Iterator[Candidate]:
    """Yield the commands that know the options given so far."""
    for command in COMMANDS.values():
        if command.name != BY_KEY and set(head.given) <= set(command.options):
            yield Candidate(command.name, "keyword")


def _options(head: Head) -> Iterator[Candidate]:
    """Yield the options that may still be given."""
    command = head.command or COMMANDS[QUERY]
    others = set(options_of_metric("")) - set(options_of_metric(head.metric)) if command.takes_metric else set()
    keys = (key for key in command.options if key not in {*head.given, *others})
    return (Candidate(f"--{OPTIONS[key].name}", "param") for key in keys)


def _option_value(option: Option, typed: str, names: Names) -> Completions | None:
    if variable := _VARIABLE.fullmatch(typed):
        return completions(expression_names("", names), variable["typed"])
    if option.name == "file":  # IPython completes paths, but before the first letter also Python's names
        return None if typed else completions((Candidate(each, "path") for each in names.files), "")
    if option.kind == "list":
        typed = re.split(r",\s*", typed)[-1]
    plus = "+" if option.name == "columns" and typed.startswith("+") else ""
    return completions(_values_of(option, names, typed), typed.removeprefix(plus))


def _values_of(option: Option, names: Names, typed: str) -> Iterator[Candidate]:
    texts: dict[str, Sequence[str]] = {"session": names.sessions, "tz": names.zones, "columns": ("all",)}
    for text in texts.get(option.name, (*option.choices, *option.members)):
        yield Candidate(text, "value")
    if option.name in {"columns", "field", "by", "keep", "value"}:
        yield from column_names(names)
    yield from members(_LISTS_OF_OPTIONS.get(option.name, ""), names)
    if option.name == "created-by":
        yield from logins(names, typed)
