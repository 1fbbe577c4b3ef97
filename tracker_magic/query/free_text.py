"""What a query searches for as text: the words that are neither a condition nor a value.

https://yandex.ru/support/tracker/ru/user/query-filter
"""

import re
from collections.abc import Sequence
from typing import Final

from tracker_magic.query.text import TOKEN

_Tokens = Sequence[re.Match[str]]

_OPERATORS: Final = frozenset("!#~<>=")
_JOINING: Final = frozenset({"and", "or"})
_BETWEEN_VALUES: Final = frozenset({",", "+", "-", "..", "..."})
_ATTACHED: Final = re.compile(r"[+-]|\.\.")  # `-12h`, `..5`


def free_texts(query: str) -> list[str]:
    """The texts that a query searches for in summaries, descriptions and comments, as written."""
    tokens = list(TOKEN.finditer(query))
    texts: list[tuple[int, int]] = []
    index = end_of_last = 0
    while index < len(tokens):
        name = _end_of_name(tokens, index)
        if name:
            if _is_sort(tokens[index]):
                break
            index = _end_of_values(tokens, name)
        elif _is_mark(tokens, index, "(),:") or tokens[index][0].lower() in _JOINING:
            index += 1
        else:
            start, end = tokens[index].span()
            if texts and index == end_of_last:
                start = texts.pop()[0]
            texts.append((start, end))
            index = end_of_last = index + 1
    return [query[start:end] for start, end in texts]


def has_condition(query: str) -> bool:
    """Whether a query has a condition (`Queue: DEV`), not only text."""
    tokens = list(TOKEN.finditer(query))
    return any(_end_of_name(tokens, index) for index in range(len(tokens)))


def _is_mark(tokens: _Tokens, index: int, marks: str) -> bool:
    return index < len(tokens) and (tokens[index]["mark"] or "?") in marks


def _end_of_name(tokens: _Tokens, index: int) -> int:
    """The index behind `name:` if it begins here (`Queue:`, `"Sort By":`, `DEV."Risk score":`), else 0."""
    if tokens[index]["mark"]:
        return 0
    if tokens[index][0].endswith(".") and index + 1 < len(tokens) and tokens[index + 1]["quoted"] is not None:
        index += 1
    return index + 2 if _is_mark(tokens, index + 1, ":") else 0


def _is_sort(token: re.Match[str]) -> bool:
    return " ".join((token["quoted"] or "").lower().split()) == "sort by"


def _end_of_values(tokens: _Tokens, index: int) -> int:
    """The index behind the values that begin here: a comma list, in which `- 12h` and ranges belong to a value."""
    while index < len(tokens):
        start, index = index, _end_of_operand(tokens, index)
        word = tokens[index][0] if index < len(tokens) else ""
        if word in _BETWEEN_VALUES:
            index += 1
        elif index == start or not (_ATTACHED.match(word) or tokens[index - 1][0].endswith("..")):
            break
    return index


def _end_of_operand(tokens: _Tokens, index: int) -> int:
    """The index behind an operator and a word, a quoted text or a function."""
    while index < len(tokens) and tokens[index][0] in _OPERATORS:
        index += 1
    if index < len(tokens) and not tokens[index]["mark"]:
        index += 1
        if _is_mark(tokens, index, "("):
            index = _end_of_brackets(tokens, index)
    return index


def _end_of_brackets(tokens: _Tokens, index: int) -> int:
    depth = 0
    for position in range(index, len(tokens)):
        depth += _is_mark(tokens, position, "(") - _is_mark(tokens, position, ")")
        if depth == 0:
            return position + 1
    return len(tokens)
