"""Queries as text: their keys, their queues, their sorting."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from tracker_magic.errors import BadOption
from tracker_magic.query.field_names import FIELD_NAMES
from tracker_magic.query.literals import quote

KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
_KEYS: Final = re.compile(rf"\s*{KEY.pattern}(?:[\s,]+{KEY.pattern})*[\s,]*", re.ASCII)
# A text whose quotes are never closed goes on to the end, so that nothing is read twice.
TOKEN: Final = re.compile(
    r'"(?P<quoted>(?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|(?P<mark>[:,()!#~<>=])|(?P<word>[^\s":,()!#~<>=]+)', re.DOTALL
)


class _Token(NamedTuple):
    """A word, a quoted text (without its quotes) or a mark such as `:`."""

    kind: str
    text: str


_COLON: Final = _Token("mark", ":")
_COMMA: Final = _Token("mark", ",")


def is_keys(text: str) -> bool:
    """Whether `text` is made only of issue keys, separated by blanks or commas."""
    return _KEYS.fullmatch(text) is not None


def keys_in(text: str) -> list[str]:
    """The issue keys of such a text, in order."""
    return KEY.findall(text)


def has_sort(query: str) -> bool:
    """Whether the query sorts its issues itself (`"Sort By": …`)."""
    return any(
        token.kind == "quoted" and " ".join(token.text.lower().split()) == "sort by" and following == _COLON
        for token, following in pairwise(_tokens(query))
    )


def add_sort(query: str, order: Sequence[str]) -> str:
    """The query with `order` (names of fields, `-` first for descending; keys, too) as its `"Sort By"`.

    Raises BadOption if the query sorts already.
    """
    if not order:
        return query
    if has_sort(query):
        raise BadOption('the query sorts already ("Sort By")', hint="Leave out either `order` or the query's own.")
    clauses = []
    for field in order:
        key = field.lstrip("+-")
        name = FIELD_NAMES.get(key, key)
        term = name if re.fullmatch(r"[\w.]+", name) else quote(name)
        clauses.append(f"{term} {'DESC' if field.startswith('-') else 'ASC'}")
    return f'{query} "Sort By": {", ".join(clauses)}'.strip()


def queues_in(query: str) -> list[str]:
    """The queues that a query names by `Queue:`, by a local field's prefix or by keys; keys or names, as written."""
    tokens = list(_tokens(query))
    queues: list[str] = []
    for position, (token, following) in enumerate(pairwise(tokens)):
        if token.kind == "mark" or following != _COLON:
            continue
        if token.text.lower() == "queue":
            queues += _plain_values(tokens, position + 2)
        elif token.text.lower() == "key":
            keys = filter(KEY.fullmatch, _plain_values(tokens, position + 2))
            queues += [key.rpartition("-")[0] for key in keys]
        elif token.kind == "word" and "." in token.text:
            queues.append(token.text.partition(".")[0])
    return list(dict.fromkeys(queues))


def _tokens(query: str) -> Iterator[_Token]:
    for match in TOKEN.finditer(query):
        kind = match.lastgroup or "word"
        yield _Token(kind, re.sub(r"\\(.)", r"\1", match[kind]) if kind == "quoted" else match[kind])


def _plain_values(tokens: Sequence[_Token], start: int) -> list[str]:
    """The values of the comma list at `start`, except negated ones and comparisons."""
    values = []
    is_plain = is_expected = True
    for position in range(start, len(tokens)):
        token = tokens[position]
        if token == _COMMA:
            is_plain = is_expected = True
        elif token.kind == "mark" and token.text in "!~<>#=":
            is_plain = False
        elif token.kind == "mark" or not is_expected:
            break
        else:
            if is_plain:
                values.append(token.text)
            is_expected = False
    return values
