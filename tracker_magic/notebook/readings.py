"""How a line was read, if the result alone does not show it: keys in another case, text that was searched for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import pandas as pd

from tracker_magic.notebook.commands import BY_KEY, QUERY
from tracker_magic.notebook.mistake import corrected
from tracker_magic.notebook.mistakes import guess
from tracker_magic.notebook.parser import ParsedCommand
from tracker_magic.notebook.quotes import without_quoted
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.notebook.wrong_values import WILDCARDS
from tracker_magic.query import free_texts, has_sort, is_keys
from tracker_magic.tracker import Explanation
from tracker_magic.tracker.connection import Connection

_OF_ISSUES: Final = frozenset({QUERY, BY_KEY})  # a variable alone may hold a query, too


def keys_reading(command: ParsedCommand, lang: Lang) -> str:
    """Return a note about keys that were not typed in upper case."""
    return text("reading.keys", lang, typed=command.typed, keys=command.text)


@dataclass(frozen=True, slots=True)
class TextReading:
    """A note about what was searched for as text; `is_doubtful`: it may have been meant as something else."""

    note: str
    is_doubtful: bool


def text_reading(
    command: ParsedCommand, query: str, result: Any, lang: Lang, connection: Connection
) -> TextReading | None:
    """Return what was searched for as text, or None; it is read from the query as it may be shown.

    There is a note if nothing was found, and for every text that is not quoted; also if nothing was found for a value
    with wildcards, which the query language does not have. Of a result that is not shown, there is one if it is empty.
    """
    query = connection.without_secrets(query)
    found_nothing = _is_empty(result)
    if texts := free_texts(query):
        return _of_texts(command, query, texts, lang, found_nothing=found_nothing)
    if found_nothing and not command.literal:
        meant, typed = corrected(query, WILDCARDS)
        if typed:
            texts = [each for each, _ in typed]
            return TextReading(_note(command, texts, meant, lang, found_nothing=True), is_doubtful=False)
    is_unseen = command.silent and not command.quiet
    return TextReading(_nothing(command, lang), is_doubtful=False) if found_nothing and is_unseen else None


def _of_texts(
    command: ParsedCommand, query: str, texts: Sequence[str], lang: Lang, *, found_nothing: bool
) -> TextReading | None:
    meant = None if command.literal else guess(query, found_nothing=found_nothing, has_command=bool(_name(command)))
    is_typed = not command.literal and _has_unquoted(texts)
    is_doubtful = meant is not None or (found_nothing and is_typed)
    if not (found_nothing or is_doubtful or (is_typed and not command.quiet)):
        return None
    return TextReading(_note(command, texts, meant, lang, found_nothing=found_nothing), is_doubtful)


def _has_unquoted(texts: Sequence[str]) -> bool:
    return re.search(r"[^\s\0]", without_quoted(" ".join(texts))) is not None


def _note(command: ParsedCommand, texts: Sequence[str], meant: str | None, lang: Lang, *, found_nothing: bool) -> str:
    searched = " … ".join(texts)
    note = text("reading.as_text", lang, text=searched)
    if meant is not None:
        note = text("reading.guess", lang, text=searched, line=f"%tracker {_name(command)}{meant}")
    return f"{_nothing(command, lang)} {note}" if found_nothing else note


def _name(command: ParsedCommand) -> str:
    """Return what stands before a query, with a blank."""
    return "" if command.command in _OF_ISSUES else f"{f'{command.command} {command.metric}'.strip()} "


def _nothing(command: ParsedCommand, lang: Lang) -> str:
    return text("reading.no_issues" if command.command in {*_OF_ISSUES, "count"} else "reading.no_rows", lang)


def is_query(issues: object) -> TypeGuard[str]:
    """Whether a command was given a query, not keys."""
    return isinstance(issues, str) and not is_keys(issues)


def is_unsorted(issues: object, facts: Mapping[str, Any]) -> bool:
    """Whether nobody said in which order the issues of a query or a saved filter come."""
    return (issues is None or is_query(issues)) and not has_sort(str(facts["query"]))


def _is_empty(result: Any) -> bool:
    if isinstance(result, Explanation):
        return result.matches == 0
    return len(result) == 0 if isinstance(result, pd.DataFrame) else result == 0
