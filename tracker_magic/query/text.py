"""A query as text: its keys, its queues, its sorting; nothing here is sent or checked, the service does that."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from tracker_magic.errors import BadOption
from tracker_magic.query.literals import quoted
from tracker_magic.query.words import NAMES

KEY: Final = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+")
_KEYS: Final = re.compile(rf"\s*{KEY.pattern}(?:[\s,]+{KEY.pattern})*[\s,]*", re.ASCII)
_TOKEN: Final = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"|(?P<mark>[:,()!#~<>=])|(?P<word>[^\s":,()!#~<>=]+)')


def is_keys(text: str) -> bool:
    """Whether `text` is made only of issue keys, separated by blanks or commas."""
    return _KEYS.fullmatch(text) is not None


def keys_in(text: str) -> list[str]:
    """The issue keys of such a text, in order."""
    return KEY.findall(text)


def _tokens(query: str) -> list[tuple[str, str, int]]:
    """Every token as (kind, text, place); quoted text without its quotes is a word too."""
    found = []
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup or "word"
        value = match[kind] if kind != "text" else re.sub(r"\\(.)", r"\1", match["text"])
        found.append((kind, value, match.start()))
    return found


def has_sort(query: str) -> bool:
    """Whether the query orders its rows itself (`"Sort By": …`)."""
    return any(
        kind == "text" and " ".join(word.lower().split()) == "sort by" and following[:2] == ("mark", ":")
        for (kind, word, _), following in pairwise(_tokens(query))
    )


def sorted_by(query: str, order: Sequence[str], names: dict[str, str] | None = None) -> str:
    """The query with `order` (field keys, `-` first for descending) as its `"Sort By"`.

    `names` adds names of fields the language has no word for. Raises BadOption where the query sorts already.
    """
    if not order:
        return query
    if has_sort(query):
        raise BadOption('the query sorts already ("Sort By")', hint="Leave out either `order` or the query's own.")
    known = {**NAMES, **(names or {})}
    clauses = []
    for each in order:
        key = each.lstrip("+-")
        name = known.get(key, key)
        shown = name if re.fullmatch(r"[\w.]+", name) else quoted(name)
        clauses.append(f"{shown} {'DESC' if each.startswith('-') else 'ASC'}")
    return f'{query} "Sort By": {", ".join(clauses)}'.strip()


def queues_named(query: str) -> list[str]:
    """The queues that a query asks for by `Queue:`, by a local field's prefix or by keys; keys or names, as written."""
    tokens = _tokens(query)
    found: dict[str, None] = {}
    for place, (kind, word, _) in enumerate(tokens):
        follows = tokens[place + 1][:2] if place + 1 < len(tokens) else None
        if kind == "mark" or follows != ("mark", ":"):
            continue
        if word.lower() == "queue":
            found.update(dict.fromkeys(_values(tokens[place + 2 :])))
        elif word.lower() == "key":
            found.update(
                dict.fromkeys(key.rsplit("-", 1)[0] for key in _values(tokens[place + 2 :]) if KEY.fullmatch(key))
            )
        elif kind == "word" and "." in word:
            found[word.split(".", 1)[0]] = None
    return list(found)


def _values(tokens: Iterable[tuple[str, str, int]]) -> list[str]:
    """The plain values of a comma list at the head of `tokens`; negated ones and functions are none."""
    found, plain, expected = [], True, True
    for kind, word, _ in tokens:
        if kind == "mark" and word in "!~<>#=":
            plain = False
        elif kind == "mark" and word == ",":
            plain = expected = True
        elif kind == "mark" or not expected:
            break
        else:
            if plain:
                found.append(word)
            expected = False
    return found
