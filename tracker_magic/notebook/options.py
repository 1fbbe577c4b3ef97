"""What an option is, and its value, read from a text; a value that names variables stays as typed."""

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from tracker_magic.errors import BadOption
from tracker_magic.names import best_match
from tracker_magic.printable import LONGEST_NAME, quoted

Kind = Literal["flag", "text", "list", "count", "seconds", "number", "numbers", "range"]

_PLACEHOLDER: Final = re.compile(r"\{\{[^{}]+\}\}")
# Also `{name}`, which is probably meant as `{{name}}`.
_VARIABLE: Final = re.compile(r"(?<!\w)\$[^\W\d]|\{\s*[^\W\d]")

# What to do instead of an option that is not there, by its name without `-by`.
MEANT: Final = {
    **dict.fromkeys(("sort", "order"), 'The order is part of the query, at its end: `"Sort By": Updated DESC`.'),
    "fields": "Did you mean `--columns`, or for a changelog `--field`?",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `-` and `_` are equivalent in its name, and it cannot be abbreviated."""

    name: str
    help: str
    kind: Kind = "text"
    metavar: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    members: tuple[str, ...] = ()  # what a list can have

    @property
    def key(self) -> str:
        """Its name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def usage(self) -> str:
        """How it is typed, for the help."""
        names = f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"
        return f"{names} {self.metavar}".strip()


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A value that names variables, as it was typed; `is_quoted` if it was between quotes, in which `$` is text."""

    text: str
    is_quoted: bool = False

    def __str__(self) -> str:
        return self.text


def read_value(option: Option, text: str, *, is_quoted: bool = False) -> Any:
    """Return the value of an option, or Unfilled if it names variables."""
    if _PLACEHOLDER.search(text) or (_VARIABLE.search(text) and not is_quoted):
        return Unfilled(text, is_quoted)
    try:
        return convert(option, text)
    except BadOption as error:
        if text.isidentifier() and len(text) <= LONGEST_NAME and not error.hint:
            raise error.rephrased(error.message, f"The value of a variable is written {{{{{text}}}}}.") from None
        raise


def convert(option: Option, value: str | list[str]) -> Any:
    """Return an option's value as its kind wants it; a converter's ValueError says what is needed."""
    if option.choices and value not in option.choices:
        similar = best_match(str(value), option.choices)
        suggestion = f"Did you mean `{similar}`? " if similar else ""
        raise BadOption(
            f"--{option.name} cannot be {quoted(value)}", hint=f"{suggestion}It is one of {', '.join(option.choices)}."
        )
    try:
        converted = _CONVERTERS[option.kind](value) if isinstance(value, str) else value
    except ValueError as error:
        raise BadOption(f"--{option.name} needs {error}, not {quoted(value)}") from None
    if converted in ([], ()):
        raise BadOption(f"--{option.name} is empty", hint=f"Write `{option.usage}`.")
    return converted


def check_destination(name: str) -> str:
    """Return the name of a variable to assign to. Raises BadOption if it cannot be one."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise BadOption(f"{quoted(name)} is not the name of a variable", hint="Write `%tracker df << QUERY`.")
    return name


def _members(value: str) -> list[str]:
    return [member for each in value.split(",") if (member := each.strip().strip('"').strip())]


def _count(value: str) -> int:
    if not re.fullmatch(r"[0-9][0-9_]{,14}", value) or int(value) < 1:
        raise ValueError("a whole number above 0")
    return int(value)


def _seconds(value: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) or float(value) <= 0:
        raise ValueError("seconds above 0")
    return float(value)


def _number(value: str) -> float:
    """A whole number as an int."""
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", value):
        raise ValueError("a number")
    return float(value) if "." in value else int(value)


def _numbers(value: str) -> tuple[float, ...]:
    return tuple(map(_number, _members(value)))


def _range(value: str) -> float | tuple[float, ...]:
    numbers = _numbers(value)
    return numbers[0] if len(numbers) == 1 else numbers


_CONVERTERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    "text": str,
    "list": _members,
    "count": _count,
    "seconds": _seconds,
    "number": _number,
    "numbers": _numbers,
    "range": _range,
}
