"""How a line was read, if the result alone does not show it: keys in another case, text that was searched for."""

from typing import Any

import pandas as pd

from tracker_magic.notebook.commands import COMMANDS, QUERY
from tracker_magic.notebook.mistakes import guess
from tracker_magic.notebook.parser import ParsedCommand
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.query import free_texts, is_keys
from tracker_magic.tracker import Explanation


def keys_reading(command: ParsedCommand, lang: Lang) -> str | None:
    """Return a note about keys that were not typed in upper case, or None."""
    return text("reading.keys", lang, typed=command.typed, keys=command.text) if command.typed else None


def text_reading(command: ParsedCommand, query: object, result: Any, lang: Lang) -> str | None:
    """Return a note about what was searched for as text, or None.

    There is one if nothing was found, or if the text stands beside conditions and looks like another one.
    """
    if not isinstance(query, str) or is_keys(query) or not (texts := free_texts(query)):
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
    return "" if command.command == QUERY else f"{f'{command.command} {command.metric}'.strip()} "


def _nothing(command: ParsedCommand, lang: Lang) -> str:
    return text("reading.no_issues" if command.command in {QUERY, "count"} else "reading.no_rows", lang)


def takes_query(command: ParsedCommand) -> bool:
    """Whether the command was given a query, or keys in its place."""
    return command.command in COMMANDS and COMMANDS[command.command].takes in {"query", "issues"}


def _is_empty(result: Any) -> bool:
    if isinstance(result, Explanation):
        return result.matches == 0
    return len(result) == 0 if isinstance(result, pd.DataFrame) else result == 0
