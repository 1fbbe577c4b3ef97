r"""The magic's line and cell as data: `parse` turns them into a frozen ParsedCommand, looking at nothing but the text.

    [=] [NAME <<] [options] [NAME <<] [command [options] [metric [options]]] text

A leading `=`, put there by the input transformer, says that Python assigns the result; `<<<`, that it cannot. Options
stand before a query, which is kept as typed; commands that take names, keys or a `$variable` have options on both
sides. Text between the query language's quotes (`"`; inside them `\` escapes a character) is never taken for anything
else.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.names import best_match
from tracker_magic.notebook.addresses import Address, argument_of, read_addresses
from tracker_magic.notebook.commands import (
    BY_KEY,
    COMMANDS,
    NOTHING,
    OPTIONS,
    QUERY,
    SHORTS,
    Command,
    command_named,
    option_named,
)
from tracker_magic.notebook.help import help_topic
from tracker_magic.notebook.mistakes import Correction, correct, correct_comment, upper_case_keys
from tracker_magic.notebook.options import MEANT, Option, Unfilled, check_destination, read_value
from tracker_magic.notebook.quotes import split_at_option, strip_comments, strip_semicolon
from tracker_magic.notebook.refusals import (
    SECRETS,
    refuse_change,
    refuse_destination,
    refuse_secrets,
    refuse_variable,
    refuse_word,
    secret_on_line,
)
from tracker_magic.notebook.transform import ASSIGNED, MISPLACED
from tracker_magic.printable import LONGEST_NAME, quoted
from tracker_magic.query import has_empty_condition, is_keys

DESTINATION: Final = re.compile(r"(?P<name>\w+)\s*(?:=\s*)?<<(?=\s|$)")
OPTION: Final = re.compile(r"(?:--(?P<name>[A-Za-z][\w-]*)|-(?P<letter>[A-Za-z])(?P<attached>[^\s=]*))(?P<equals>=)?")
VALUE: Final = re.compile(
    r"\"(?P<double>[^\"]*)\"(?!\S)|'(?P<single>[^']*)'|(?P<plain>(?:\{\{[^{}]+\}\}|\"[^\"]*\"|\S)++)"
)
COMMAND: Final = re.compile(r"(?P<word>[a-z][a-z_-]*)(?=\s|$|\?)(?!\s*:)")
_VARIABLE: Final = re.compile(r"\s*(?:\$[^\W\d]\w*|\{\{(?:(?!\}\}).)+\}\})\s*", re.DOTALL)
SESSION_NAME: Final = re.compile(rf"[^\W\d]\w{{0,{LONGEST_NAME - 1}}}")


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """One line or cell of the magic, parsed; the keys of `options` are Python identifiers.

    Values and a destination that name variables are as typed, until `fill_options` fills them in. `text` may be what
    was meant by other keys, which were `typed`, or by `addresses`. In a `literal` query, nothing is taken for a
    mistake.
    """

    command: str
    text: str = ""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    destination: str | None = None
    assigned: bool = False
    quiet: bool = False
    literal: bool = False
    typed: str = ""
    addresses: tuple[Address, ...] = ()
    metric: str = ""

    @property
    def silent(self) -> bool:
        """Whether the result is not shown: it goes to a variable, to Python, or nowhere."""
        return self.quiet or self.assigned or self.destination is not None


def parse(
    line: str, cell: str | None = None, variables: Collection[str] = (), *, is_proposal: bool = False
) -> ParsedCommand:
    """Parse a line, or a cell's first line and body. Raises BadOption for whatever cannot be meant.

    Names of `variables` need a `$` before them. `is_proposal`: the line is what an error would propose, and its own
    errors propose nothing.
    """
    if line.startswith(f"{MISPLACED} "):
        query = line.removeprefix(MISPLACED).strip() or "Queue: DEV"
        problem = "`%tracker` belongs at the beginning of a line, or after `NAME =`"
        raise BadOption(problem, hint=f"Write {quoted(f'df = %tracker {query}')} on a line of its own.")
    assigned = line.startswith(ASSIGNED)
    line = line.removeprefix(ASSIGNED)
    refuse_secrets(line)
    refuse_secrets(cell or "")
    body, quiet = strip_semicolon(strip_comments(cell or ""))
    if not body:
        line, quiet = strip_semicolon(line)
    reader = _Reader(line.lstrip(), [ASSIGNED] if assigned else [], variables=variables, is_proposal=is_proposal)
    parsed = _read_line(reader, line.lstrip(), body)
    options = reader.options
    if parsed.command in {NOTHING, "help"}:
        _refuse_destination(reader, parsed)
    _check(parsed.command, parsed.text, options)
    destination = _one_destination(reader.destinations, options.pop("output", ""))
    quiet = options.pop("quiet", False) or quiet
    return replace(parsed, options=MappingProxyType(options), destination=destination, assigned=assigned, quiet=quiet)


def _read_line(reader: "_Reader", line: str, body: str) -> ParsedCommand:
    """Return the command of a line and the body below it with its argument; options and destinations go to `reader`."""
    reader.read_destination()
    if not body and (topic := help_topic(reader.rest)) is not None:
        return ParsedCommand("help", topic)
    reader.read_options()
    reader.read_destination()
    command = _read_command(reader)
    reader.read_options()
    metric = reader.read_word() if command and command.takes_metric else ""
    reader.read_options()
    text = f"{reader.rest.strip()}\n{body}".strip()
    before = line[: len(line) - len(reader.rest)].strip()
    argument = _read_argument(command, text, reader, before, is_cell=bool(body))
    if reader.options.pop("help", False):
        reader.options.clear()
        return ParsedCommand("help", metric or argument.command)
    return replace(argument, metric=metric)


@dataclass(slots=True)
class _Reader:
    """Reads a line from left to right, and collects the destinations and options that it meets.

    `rest` is what has not been read yet, without leading blanks.
    """

    rest: str
    destinations: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    variables: Collection[str] = ()
    is_proposal: bool = False  # as in `parse`

    def skip(self, count: int) -> None:
        """Advance by `count` characters."""
        self.rest = self.rest[count:].lstrip()

    def read_destination(self) -> None:
        """Read `NAME <<` or `NAME = <<`, if it comes next."""
        if match := DESTINATION.match(self.rest):
            self.skip(match.end())
            self.destinations.append(match["name"])

    def read_options(self) -> None:
        """Read options until something else comes."""
        while match := OPTION.match(self.rest):
            option = _long_option(match["name"]) if match["name"] else _short_option(match["letter"], match["attached"])
            self.skip(match.end())
            if option.kind == "flag" and match["equals"]:
                raise BadOption(f"--{option.name} takes no value")
            if option.key in self.options:
                raise BadOption(f"--{option.name} is given twice", hint="Give it once.")
            self.options[option.key] = True if option.kind == "flag" else self._read_value(option, match["attached"])

    def read_word(self) -> str:
        """Read a word that is no condition of a query; empty if something else comes."""
        match = COMMAND.match(self.rest)
        self.skip(match.end() if match else 0)
        return match["word"].replace("-", "_") if match else ""

    def read_trailing_options(self, text: str) -> None:
        """Read a text that consists of options."""
        self.rest = text
        self.read_options()
        if self.rest:
            word = quoted(self.rest.split()[0])
            raise BadOption(f"{word} is not an option", hint="`%tracker help` lists the options.")

    def _read_value(self, option: Option, attached: str | None) -> Any:
        if attached:
            return read_value(option, attached)
        match = VALUE.match(self.rest)
        if not match or (match["plain"] or "").startswith("--"):
            raise BadOption(f"--{option.name} needs a value", hint=f"Write `{option.usage}`.")
        value, is_quoted = self._take(match)
        # People write `--columns key, summary`.
        while option.kind == "list" and value.endswith(",") and (following := VALUE.match(self.rest)):
            member, is_member_quoted = self._take(following)
            value, is_quoted = value + member, is_quoted or is_member_quoted
        return read_value(option, value, is_quoted=is_quoted)

    def _take(self, match: re.Match[str]) -> tuple[str, bool]:
        """Advance past a value; return it without quotes, and whether there were any."""
        self.skip(match.end())
        return match[match.lastgroup or "plain"], not match["plain"]


def _long_option(name: str) -> Option:
    option = option_named(name)
    if option is None:
        key = name.replace("-", "_")
        if key in SECRETS:
            raise secret_on_line(f"--{name} is not an option")
        similar = best_match(key, OPTIONS)
        hint = f"Did you mean `--{OPTIONS[similar].name}`?" if similar else "`%tracker help` lists the options."
        raise BadOption(f"unknown option {quoted(f'--{name}')}", hint=MEANT.get(key.removesuffix("_by"), hint))
    return option


def _short_option(letter: str, attached: str) -> Option:
    option = SHORTS.get(letter)
    if option is None or (attached and option.kind == "flag"):
        long = option_named(letter + attached)
        hint = f"Did you mean `--{long.name}`?" if long else "`%tracker help` lists the options."
        raise BadOption(f"unknown option {quoted(f'-{letter}{attached}')}", hint=hint)
    return option


def _one_destination(names: Sequence[str], output: str | Unfilled) -> str | None:
    """Return the only name that is not empty; None if there is none, or if Python assigns the result."""
    given = [name for name in (*names, str(output)) if name]
    if len(given) > 1:
        both = " and ".join(map(quoted, given[:2]))
        raise BadOption(f"two destinations: {both}", hint="Give one: `df = %tracker QUERY`.")
    if not given or given[0] == ASSIGNED:
        return None
    return given[0] if isinstance(output, Unfilled) else check_destination(given[0])


def _refuse_destination(reader: _Reader, parsed: ParsedCommand) -> None:
    """Refuse to replace a variable where there is neither a query nor a command."""
    if not reader.destinations and not reader.options.get("output"):
        return
    if parsed.command == "help":
        raise BadOption("help is shown, and cannot be stored in a variable", hint="Leave out the variable.")
    raise BadOption("there is a variable, but nothing to store in it", hint="Write `df = %tracker Queue: DEV`.")


def _read_command(reader: _Reader) -> Command | None:
    """Read the command's word; None if a query, keys or a variable come."""
    match = COMMAND.match(reader.rest)
    if match and (command := command_named(match["word"])):
        reader.skip(match.end())
        return command
    return None


def _names_issues(text: str) -> bool:
    return is_keys(text) or _is_variable(text)


def _is_variable(text: str) -> bool:
    return _VARIABLE.fullmatch(text) is not None


def _takes_issues(command: Command | None) -> bool:
    return command is None or command.takes in {"issues", "keys"}


def _read_argument(command: Command | None, text: str, reader: _Reader, before: str, *, is_cell: bool) -> ParsedCommand:
    """Return the command with its argument: addresses, keys, a variable, a name or a query; `before` is left of it."""
    if command is None and not text:
        return ParsedCommand(QUERY if reader.options.keys() & {"filter", "file"} else NOTHING)
    words, trailing = split_at_option(text)
    if _is_literal(command, words):
        return ParsedCommand(QUERY, text, literal=True)
    refuse_variable(text, reader.variables if _takes_issues(command) else ())
    argument = _read_addresses(command, words, reader) or _read_words(command, words, is_cell=is_cell)
    if argument is None:
        _refuse_query(command, text, reader, before, is_cell=is_cell)
        return ParsedCommand(command.name if command else QUERY, text)
    if not argument.addresses:
        _refuse(correct_comment(words), command, reader, before)
    reader.read_trailing_options(trailing)
    return argument


def _refuse_query(command: Command | None, text: str, reader: _Reader, before: str, *, is_cell: bool) -> None:
    """Refuse what is certainly a mistake in a query; without a command, also a word alone on the line."""
    if command is None:
        refuse_change(text)
    _refuse(correct(text, is_cell=is_cell, has_command=command is not None), command, reader, before)
    if command is None and is_cell:
        refuse_destination(reader.rest.strip())
    elif command is None:
        refuse_word(text)


def refuse_mistakes(text: str) -> None:
    """Raise BadOption for what is certainly a mistake in the text of a query file."""
    _refuse(correct(text, is_cell=True), None, _Reader(""), "")


def _refuse(correction: Correction | None, command: Command | None, reader: _Reader, before: str) -> None:
    """Raise BadOption with the line to type instead, if it can be meant; `before`: what stands before the query."""
    if correction is None:
        return
    hint = "To search for the text, put it in quotes, or type `%tracker query …`."
    words = _words(correction, command, reader, before)
    if not reader.is_proposal and _can_be_meant([*words, correction.query or "Queue: DEV"]):
        hint = f"Did you mean `{' '.join(['%tracker', *words, correction.query or 'QUERY'])}`? {hint}"
    raise BadOption(correction.problem, hint=hint)


def _words(correction: Correction, command: Command | None, reader: _Reader, before: str) -> list[str]:
    """Return what stands before the query on the corrected line; a second destination is left out."""
    known = (command or COMMANDS[correction.command or QUERY]).options
    destination, options = "", []
    for option, value in correction.options:
        if option.key != "output":
            options += [_typed(option, value)] if option.key in known else []
        elif value.isidentifier() and not reader.destinations:
            destination = f"{value} <<"
        elif value and not reader.destinations:
            options.append(_typed(option, value))
    return list(filter(None, (destination, before, correction.command.removeprefix(QUERY).strip(), *options)))


def _typed(option: Option, value: str) -> str:
    return f"-{option.short} {value}".strip() if option.short else f"--{option.name} {value}".strip()


def _can_be_meant(words: Iterable[str]) -> bool:
    try:
        parsed = parse(" ".join(words), is_proposal=True)
    except BadOption:
        return False
    return not has_empty_condition(parsed.text)


def _is_literal(command: Command | None, words: str) -> bool:
    return command is not None and command.name == QUERY and not _is_variable(words)


def _read_words(command: Command | None, words: str, *, is_cell: bool) -> ParsedCommand | None:
    """Return the command with keys, a variable or a name; None if it takes a query."""
    takes, name = (command.takes, command.name) if command else ("issues", BY_KEY)
    keys = upper_case_keys(words) if takes in {"keys", "issues"} and not is_cell else None
    accepts = {"query": _is_variable, "issues": _names_issues}.get(takes)
    if accepts is not None and not accepts(keys or words):
        return None
    return ParsedCommand(name, (keys or words).strip(), typed=words.strip() if keys else "")


def _read_addresses(command: Command | None, words: str, reader: _Reader) -> ParsedCommand | None:
    """Return the command with what addresses stand for; None if there are none. They are checked later."""
    addresses = read_addresses(words) if command is None or command.takes_address else []
    if not addresses:
        return None
    form = command or _form(addresses)
    text = argument_of(addresses, command.takes if command else "issues")
    if addresses[0].kind == "filter" and text and "filter" in form.options:
        reader.options["filter"], text = addresses[0].value, ""
    return _with_addresses(form, addresses[0].url if text is None else text, addresses)


def _with_addresses(command: Command, text: str, addresses: Sequence[Address]) -> ParsedCommand:
    keys = upper_case_keys(text) if command.takes != "name" else None
    return ParsedCommand(command.name, keys or text, typed=text if keys else "", addresses=tuple(addresses))


def _form(addresses: Sequence[Address]) -> Command:
    """Return the form of a line without a command."""
    return COMMANDS[BY_KEY if all(each.kind == "issue" for each in addresses) else QUERY]


def _check(name: str, text: str, options: Mapping[str, Any]) -> None:
    """Check that the options and the argument suit the command."""
    if name == NOTHING:
        if options:
            raise BadOption("there are options, but no query and no command", hint="`%tracker help` shows examples.")
        return
    command = COMMANDS[name]
    if command.takes in {"query", "issues"} and text and not text.strip('" \n'):
        raise BadOption("the query is an empty text, which would select everything", hint="Try `%tracker Queue: DEV`.")
    for key in options:
        if key not in command.options:
            known = ", ".join(f"--{OPTIONS[each].name}" for each in command.options)
            raise BadOption(f"--{OPTIONS[key].name} does not go with `{name}`", hint=f"`{name}` knows {known}.")
    _check_argument(command, text, options)


def _check_argument(command: Command, text: str, options: Mapping[str, Any]) -> None:
    name = command.name
    if name == "login" and not _may_be_session(text):
        raise secret_on_line("`login` takes options and a session's short name only; if this was a token")
    if command.takes == "nothing" and text:
        raise BadOption(f"`{name}` takes no argument", hint=f"To search for the text: `%tracker query {name} …`.")
    if command.required and not text and not options.keys() & {"filter", "file"}:
        raise BadOption(f"`{name}` needs {command.usage or 'a query'}", hint=f"`%tracker help {name}` shows examples.")


def _may_be_session(text: str) -> bool:
    return not text or _is_variable(text) or SESSION_NAME.fullmatch(text) is not None
