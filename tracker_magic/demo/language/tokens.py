"""Splits a query into tokens, each with its position in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["word", "string", "sign", "end"]


class QueryError(Exception):
    """An invalid query: what is wrong, in Russian and English, and at which position (counted from 1)."""

    def __init__(self, ru: str, en: str, position: int) -> None:
        super().__init__(en, position)
        self.ru, self.en, self.position = ru, en, position

    def text(self, lang: str) -> str:
        """Return the complete message."""
        if lang == "en":
            return f"Query error: {self.en} (position {self.position})"
        return f"Ошибка в запросе: {self.ru} (позиция {self.position})"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted string (unquoted and unescaped), a sign, or the end; `adjacent`: no space stands before it."""

    kind: TokenKind
    text: str
    position: int
    adjacent: bool = False

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in signs


_SPACE = re.compile(r"\s*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_SIGN = re.compile(r">=|<=|\.\.\.?|[:,()!#~<>+-]")
# A word may contain single dots, minus signs, hashes…; two dots (a range), a plus and most other signs end it.
_WORD = re.compile(r'(?:(?!\.\.)[^\s:,()<>+"])+')


def tokenize(query: str) -> Iterator[Token]:
    """Yield the tokens of a query, the end last; QueryError for an unclosed string."""
    index = 0
    while True:
        start = index
        index = _skip_space(query, index)
        adjacent = start == index and index > 0
        if index >= len(query):
            yield Token("end", "", index + 1, adjacent)
            return
        token, index = _token_at(query, index, adjacent=adjacent)
        yield token


def _token_at(query: str, index: int, *, adjacent: bool) -> tuple[Token, int]:
    """Return the token that begins at `index`, and the index behind it."""
    if query[index] == '"':
        string = _STRING.match(query, index)
        if string is None:
            raise QueryError("кавычка не закрыта", "the quote is not closed", index + 1)
        return Token("string", _ESCAPE.sub(r"\1", string[1]), index + 1, adjacent), string.end()
    sign = _SIGN.match(query, index)
    if sign is not None:
        return Token("sign", sign[0], index + 1, adjacent), sign.end()
    word = _WORD.match(query, index)
    if word is None:  # every character is a space, a sign, a quote or part of a word
        raise QueryError(f'лишний знак "{query[index]}"', f'unexpected "{query[index]}"', index + 1)
    return Token("word", word[0], index + 1, adjacent), word.end()


def _skip_space(query: str, index: int) -> int:
    space = _SPACE.match(query, index)
    return space.end() if space else index
