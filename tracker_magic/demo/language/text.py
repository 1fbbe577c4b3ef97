"""The query language's tokens, each with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "string", "sign", "end"]


class QueryError(Exception):
    """A query that cannot be understood: what is wrong in Russian and English, and where (counted from 1)."""

    def __init__(self, ru: str, en: str, position: int) -> None:
        super().__init__(en, position)
        self.ru, self.en, self.position = ru, en, position

    def text(self, lang: str) -> str:
        """The whole message."""
        if lang == "en":
            return f"Query error: {self.en} (position {self.position})"
        return f"Ошибка в запросе: {self.ru} (позиция {self.position})"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted string (without quotes and escapes), a sign, or the end; `glued`: no blank stands before it."""

    kind: Kind
    text: str
    position: int
    glued: bool = False

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in signs


_BLANK = re.compile(r"\s*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_SIGN = re.compile(r">=|<=|\.\.\.?|[:,()!#~<>+-]")
# a word may hold one dot, minus, hash… inside; two dots are a range, plus and the rest end it
_WORD = re.compile(r'(?:(?!\.\.)[^\s:,()<>+"])+')


def tokens(query: str) -> Iterator[Token]:
    """Tokens of the query, the end last; QueryError for a string that does not end."""
    place = 0
    while True:
        start = place
        place = _blank_end(query, place)
        glued = start == place and place > 0
        if place >= len(query):
            yield Token("end", "", place + 1, glued)
            return
        token, place = _token(query, place, glued=glued)
        yield token


def _token(query: str, place: int, *, glued: bool) -> tuple[Token, int]:
    if query[place] == '"':
        found = _STRING.match(query, place)
        if found is None:
            raise QueryError("кавычка не закрыта", "the quote is not closed", place + 1)
        return Token("string", _ESCAPE.sub(r"\1", found[1]), place + 1, glued), found.end()
    sign = _SIGN.match(query, place)
    if sign is not None:
        return Token("sign", sign[0], place + 1, glued), sign.end()
    word = _WORD.match(query, place)
    if word is None:  # every character is a blank, a sign, a quote or part of a word
        raise QueryError(f'лишний знак "{query[place]}"', f'unexpected "{query[place]}"', place + 1)
    return Token("word", word[0], place + 1, glued), word.end()


def _blank_end(query: str, place: int) -> int:
    found = _BLANK.match(query, place)
    return found.end() if found else place
