"""What a kind of mistake in a query is, and how a text is corrected."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tracker_magic.names import folded
from tracker_magic.notebook.options import Option
from tracker_magic.query import QUERY_NAMES, has_condition, name_text

_NAMES: Final = "|".join(re.escape(word).replace("е", "[её]") for word in sorted(QUERY_NAMES, key=len, reverse=True))
QUEUE: Final = r"(?-i:[A-Z][A-Z0-9_]+)"
KEY: Final = r"(?-i:[A-Z][A-Z0-9_]*-[0-9]+)"
NAME: Final = rf'(?<![\w."])(?P<open>")?(?P<name>(?:{_NAMES}|{QUEUE}\.\w+)(?!\w))(?(open)")'
PLAIN: Final = r'(?!(?:and|or|asc|desc|not|in|is)\b)[^\s":,()!#~<>=+.-][^\s":,()!#~<>=]*+'
BEGINNING: Final = rf"[\s(]*{NAME}\s*:"  # of a condition on a field that is known
QUOTED: Final = r'"(?:[^"\\]++|\\[\s\S])*+(?:"|\\?\Z)'
VALUE: Final = rf"[:,][\s!~#<>=]*+(?:{QUOTED}|[^\s\":,()]*+)"  # after a field's colon or a comma: may be any text
AS_TEXT: Final = "`{typed}` would be searched for as text"
NO_COLON: Final = "`{typed}` is not a condition: a colon follows the name of a field"

Written = str | Callable[[re.Match[str]], str | None]
GivenOption = tuple[Option, str]  # with its value as typed; a flag has none


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake: its pattern outside quotes and values, and what to write instead (None: it is no mistake).

    `option` reads what is to be written before the query. Alone, a mistake `beside_condition` may be a text to search
    for. Where one field `lacks_colon`, others may, too.
    """

    problem: str
    pattern: str
    instead: Written = ""
    option: Callable[[re.Match[str]], GivenOption | None] | None = None
    beside_condition: bool = False
    lacks_colon: bool = False

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern; it also finds what is quoted, and values."""
        skipped = f"(?P<skipped>{QUOTED}|{VALUE})"
        return re.compile(f"{self.pattern}|{skipped}", re.IGNORECASE | re.MULTILINE)

    def problem_with(self, typed: str) -> str:
        """Return what is wrong with a text that has this mistake."""
        return self.problem.format(typed=on_one_line(typed))


def corrected(text: str, mistake: Mistake) -> tuple[str, list[tuple[str, GivenOption | None]]]:
    """Return the text without these mistakes, and for each what was typed and what to write before the query."""
    result, end, found = "", 0, []
    for match in _matches(text, mistake):
        instead = match.expand(mistake.instead) if isinstance(mistake.instead, str) else mistake.instead(match)
        option = mistake.option(match) if mistake.option else None
        if instead is not None and (option or not mistake.option):
            result += text[end : match.start()] + instead
            end = match.end()
            found.append((match[0], option))
    result += text[end:]
    if found and mistake.lacks_colon:
        result, _ = corrected(result, FORGOTTEN_COLON)
    return result, found


def _matches(text: str, mistake: Mistake) -> Iterator[re.Match[str]]:
    if not mistake.beside_condition or has_condition(text):
        yield from (match for match in mistake.compiled.finditer(text) if match["skipped"] is None)


def on_one_line(text: str) -> str:
    """Return a text with one blank for every line break and every row of blanks outside quotes."""
    return re.sub(rf"({QUOTED})|\s+", lambda match: match[1] or " ", text).strip()


def field_name(word: str) -> str:
    """Return a field's name as a query writes it."""
    return name_text(QUERY_NAMES.get(folded(word), word))


def condition(match: re.Match[str], value: str) -> str:
    """Return a condition on the field that was found, with this value."""
    return f"{field_name(match['name'])}: {value}"


FORGOTTEN_COLON: Final = Mistake(
    NO_COLON,
    rf"{NAME}\s+(?:(?:in|is|contains)\s+)?(?P<value>{PLAIN}|{QUOTED})(?!\s*:)",
    lambda match: condition(match, match["value"]),
)
