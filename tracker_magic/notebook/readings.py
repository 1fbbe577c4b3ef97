"""How a line was read, if the result alone does not show it: keys in another case, text that was searched for."""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

import pandas as pd

from tracker_magic.notebook.commands import BY_KEY, QUERY
from tracker_magic.notebook.mistakes import guess
from tracker_magic.notebook.parser import ParsedCommand
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.query import free_texts, has_sort, is_keys
from tracker_magic.tracker import Explanation
from tracker_magic.tracker.connection import Connection

_OF_ISSUES: Final = frozenset({QUERY, BY_KEY})  # a variable alone may hold a query, too


def keys_reading(command: ParsedCommand, lang: Lang) -> str:
    """Return a note about keys that were not typed in upper case."""
    return text("reading.keys", lang, typed=command.typed, keys=command.text)


def text_reading(command: ParsedCommand, query: str, result: Any, lang: Lang, connection: Connection) -> str | None:
    """Return a note about what was searched for as text, or None; it is read from the query as it may be shown.

    There is one if nothing was found, or if the text stands beside conditions and looks like another one.
    """
    query = connection.without_secrets(query)
    if not (texts := free_texts(query)):
        return None
    found_nothing = _is_empty(result)
    name = _name(command)
    meant = None if command.literal else guess(query, found_nothing=found_nothing, has_command=bool(name))
    if not found_nothing and meant is None:
        return None
    searched = " … ".join(texts)
    note = text("reading.as_text", lang, text=searched)
    if meant is not None:
        note = text("reading.guess", lang, text=searched, line=f"%tracker {name}{meant}")
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
