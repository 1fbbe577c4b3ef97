"""Reading the magic's text by position: options and their values, destinations, comments, the closing semicolon."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import OPTIONS, SHORTS, Option, nearest, option_named

_DESTINATION: Final = re.compile(r"\s*(?P<name>\w+)\s*(?:=\s*)?<<(?=\s|$)\s*")
_LONG: Final = re.compile(r"--(?P<name>[A-Za-z][\w-]*)(?P<equals>=)?")
_SHORT: Final = re.compile(r"-(?P<letter>[A-Za-z])(?P<attached>[^\s=]*)(?P<equals>=)?")
_VALUE: Final = re.compile(r"\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<plain>\S+)")
_LATE: Final = re.compile(r"(?<!\S)--(?P<name>[A-Za-z][\w-]*)(?==|\s|$)")
_OPTION: Final = re.compile(r"(?<!\S)(?:--[A-Za-z]|-[A-Za-z](?=\w*(?:[\s=]|$)))")
_COMMENT: Final = re.compile(r"[ \t]*#(?:\s|$)")

SECRETS: Final = frozenset({"token", "iam_token", "oauth_token", "access_token", "password", "secret", "client_secret"})


class Scanner:
    """A line and the place reached in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def rest(self) -> str:
        """What has not been read, from the next sign that is no blank."""
        return self._text[self._at :].lstrip()

    def skip(self, count: int) -> None:
        """Go on by `count` signs of `rest`."""
        self._at = len(self._text) - len(self.rest) + count

    def destination(self) -> str | None:
        """Read `NAME <<` or `NAME = <<`, if it stands here."""
        match = _DESTINATION.match(self._text, self._at)
        if match:
            self._at = match.end()
        return match["name"] if match else None

    def options(self, given: dict[str, Any], *, everything: bool = False) -> None:
        """Read options into `given` until something else stands here (an error, if `everything` must be one)."""
        while self._option(given):
            pass
        if everything and self.rest:
            raise BadOption(f"`{self.rest.split()[0]}` is no option.", hint="`%tracker help` lists them.")

    def _option(self, given: dict[str, Any]) -> bool:
        match = _LONG.match(self.rest) or _SHORT.match(self.rest)
        if not match:
            return False
        option = _known(match["name"]) if match.re is _LONG else _known_short(match["letter"], match["attached"])
        attached = "" if match.re is _LONG else match["attached"]
        self.skip(match.end())
        if option.key in given:
            raise BadOption(f"--{option.name} is given twice.", hint="Give it once.")
        given[option.key] = self._read(option, attached, equals=bool(match["equals"]))
        return True

    def _read(self, option: Option, attached: str, *, equals: bool) -> Any:
        if option.kind == "flag":
            if equals:
                raise BadOption(f"--{option.name} takes no value.")
            return True
        return _typed(option, attached or self._value(option))

    def _value(self, option: Option) -> str:
        match = _VALUE.match(self.rest)
        if not match or (match["plain"] or "").startswith("--"):
            raise BadOption(f"--{option.name} needs a value.", hint=f"Write `{option.usage}`.")
        self.skip(match.end())
        value: str = match[match.lastgroup or "plain"]
        # `--columns key, summary` is what hands write.
        while option.kind == "list" and value.endswith(",") and (more := _VALUE.match(self.rest)):
            self.skip(more.end())
            value += more[more.lastgroup or "plain"]
        return value


def secret_on_line(said: str) -> BadOption:
    """The refusal of a token on a line: too late for the history, so it says what to do about that."""
    return BadOption(
        f"{said}: a token does not belong on a line; this line is already in IPython's history and in the notebook.",
        hint="Clear the cell, revoke the token if it was one, and run `%tracker login`, which asks without an echo "
        "(a second session: `%tracker login -s NAME`), or set TRACKER_TOKEN before Jupyter starts.",
    )


def _known(name: str) -> Option:
    option = option_named(name)
    if option is None:
        if name.replace("-", "_") in SECRETS:
            raise secret_on_line(f"--{name} is no option")
        like = nearest(name.replace("-", "_"), OPTIONS)
        meant = f"Did you mean `--{OPTIONS[like].name}`?" if like else "`%tracker help` lists the options."
        raise BadOption(f"unknown option `--{name}`.", hint=meant)
    return option


def _known_short(letter: str, attached: str) -> Option:
    option = SHORTS.get(letter)
    if option is None or (attached and option.kind == "flag"):
        named = option_named(letter + attached)
        meant = f"Did you mean `--{named.name}`?" if named else "`%tracker help` lists the options."
        raise BadOption(f"unknown option `-{letter}{attached}`.", hint=meant)
    return option


def _typed(option: Option, value: str) -> Any:
    if option.choices and value not in option.choices:
        like = nearest(value, option.choices)
        meant = f"Did you mean `{like}`? " if like else ""
        raise BadOption(
            f"--{option.name} cannot be `{value}`.", hint=f"{meant}It is one of {', '.join(option.choices)}."
        )
    if option.kind == "list":
        return _members(option, value)
    if option.kind == "count":
        if not re.fullmatch(r"[0-9][0-9_]*", value) or int(value) < 1:
            raise BadOption(f"--{option.name} needs a whole number above 0, not `{value}`.")
        return int(value)
    return _seconds(option, value) if option.kind == "seconds" else value


def _members(option: Option, value: str) -> list[str]:
    members = [member.strip() for member in value.split(",") if member.strip()]
    if not members:
        raise BadOption(f"--{option.name} is empty.", hint=f"Write `{option.usage}`.")
    return members


def _seconds(option: Option, value: str) -> float:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) or float(value) <= 0:
        raise BadOption(f"--{option.name} needs seconds above 0, not `{value}`.")
    return float(value)


def quoted_places(text: str) -> Iterator[tuple[int, bool]]:
    r"""Every place of `text` and whether it lies between the query language's quotes (`"`; `\` escapes inside)."""
    inside = escaped = False
    for place, sign in enumerate(text):
        opens = sign == '"' and not escaped
        yield place, inside or opens
        escaped = inside and sign == "\\" and not escaped
        if opens:
            inside = not inside


def bare(text: str) -> str:
    """`text` with everything between quotes made blank; of the same length."""
    return "".join("\x00" if quoted else text[place] for place, quoted in quoted_places(text))


def misplaced_option(text: str) -> str | None:
    """A known long option outside quotes, with its value, as it stands in a query."""
    for match in _LATE.finditer(bare(text)):
        option = option_named(match["name"])
        if option:
            value = _VALUE.match(text[match.end() :].lstrip("= \t")) if option.kind != "flag" else None
            end = text.index(value[0], match.end()) + len(value[0]) if value else match.end()
            return text[match.start() : end]
    return None


def words_and_options(text: str) -> tuple[str, str]:
    """Cut `text` where its first option stands: what is before, and the options."""
    match = _OPTION.search(bare(text))
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def closed(text: str) -> tuple[str, bool]:
    """`text` without surrounding blanks and one closing `;` outside quotes; and whether there was one."""
    text = text.strip()
    if bare(text).endswith(";"):
        return text[:-1].rstrip(), True
    return text, False


def uncommented(body: str) -> str:
    """A cell's text without its comment lines (`# …`); inside quotes nothing is a comment."""
    kept = ""
    for line in body.splitlines(keepends=True):
        # A sign appended to what stands so far tells whether the line begins between quotes.
        if bare(kept + "x").endswith("x") and _COMMENT.match(line):
            continue
        kept += line
    return kept
