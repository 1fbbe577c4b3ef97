"""What is refused before a line is read as a query: a token, a word for changing issues, and words that stand alone.

IPython's history and the notebook keep a token. A word in place of a command would be searched for as text, and find
anything or nothing.
"""

import keyword
import re
from collections.abc import Collection
from itertools import pairwise
from typing import Final

from tracker_magic.errors import BadOption, masked
from tracker_magic.notebook.addresses import is_address
from tracker_magic.notebook.commands import QUERY, command_meant_by, command_named
from tracker_magic.notebook.mistake import KEY, QUEUE
from tracker_magic.notebook.mistakes import guess, upper_case_keys
from tracker_magic.notebook.quotes import without_quoted
from tracker_magic.printable import printable, quoted
from tracker_magic.query import is_keys

SECRETS: Final = frozenset({"token", "iam_token", "oauth_token", "access_token", "password", "secret", "client_secret"})
_WORD: Final = re.compile(r'[^\s":<>=(){}$@]+')
_LIKE_COMMAND: Final = re.compile(r"[a-z][a-z_-]*")
_EXPRESSION: Final = re.compile(r"(?P<name>[^\W\d]\w*)(?P<rest>[.\[(].*)?", re.DOTALL)
_INSERTED: Final = re.compile(r"(?:\.\w+|\[[^\[\](){}:]+\])*")
_CHANGE: Final = re.compile(
    r"(?i:update|edit|set|close|reopen|resolve|delete|remove|create|add|assign|move"
    r"|comment(?=\s+\S+\s+(?!\w+-\d)\S)"  # keys alone are for `comments`
    r"|закрой|закрыть|создай|создать|удали|удалить|измени|изменить|обнови|обновить|назначь|назначить)"
    rf"\s+(?P<key>{KEY}|[a-z]\w*-[0-9]+\Z)(?!\w)"
)
_SEARCH: Final = "To search for the text, put it in quotes, or type `%tracker query …`."


def refuse_secrets(line: str) -> None:
    """Refuse a token before anything else, also as text to search for: it is in the history and in the notebook."""
    words = line.split()
    if "login" in words or line.lstrip().startswith("-"):
        for match in re.finditer(r"(?<!\S)--([A-Za-z][\w-]*)", without_quoted(line)):
            if match[1].replace("-", "_") in SECRETS:
                raise secret_on_line(f"--{match[1]} is not an option")
    for before, word in pairwise(["", *words]):
        is_value = is_address(word) and before.endswith(":")  # of a field: the address of a page
        if not is_value and masked(word) != printable(word):
            raise secret_on_line("this looks like a token")


def secret_on_line(problem: str) -> BadOption:
    """Return the error for what may be a secret, with what to do about it."""
    return BadOption(
        f"{problem}: a token does not belong on a line; this line is already in IPython's history and in the notebook",
        hint="Clear the cell, revoke the token if it was one, and run `%tracker login`, which asks for it without "
        "showing it (a second session: `%tracker login -s NAME`), or set TRACKER_TOKEN before Jupyter starts.",
    )


def refuse_word(text: str) -> None:
    """Raise BadOption for a word that stands alone and is neither a command nor a key."""
    if not _WORD.fullmatch(text) or is_keys(text) or upper_case_keys(text) or is_address(text):
        return
    if _LIKE_COMMAND.fullmatch(text) or command_named(text.lower()):
        raise _unknown_command(text)
    meant = guess(text, found_nothing=True)
    suggestion = f"Did you mean `%tracker {meant}`? " if meant else ""
    raise BadOption(f"{quoted(text)} would be searched for as text", hint=f"{suggestion}{_SEARCH}")


def _unknown_command(word: str) -> BadOption:
    meant = command_meant_by(word)
    suggestion = f"Did you mean `{meant.name}`?" if meant else "`%tracker help` lists the commands."
    if meant and meant.name == QUERY:
        suggestion = "Issues need no command: `%tracker Queue: DEV`."
    query = quoted(f"%tracker query {word}")
    return BadOption(f"unknown command {quoted(word)}", hint=f"{suggestion} To search for the text: {query}.")


def refuse_change(text: str) -> None:
    """Raise BadOption for a text that begins with a word for changing an issue, and its key."""
    if match := _CHANGE.match(text):
        hint = f"Open the issue in Tracker: `%tracker open {match['key'].upper()}`. {_SEARCH}"
        raise BadOption("`%tracker` only reads issues, and changes none", hint=hint)


def refuse_destination(word: str) -> None:
    """Raise BadOption for a name alone on the first line of a cell, which must be a variable for the result."""
    if word.isidentifier() and not keyword.iskeyword(word.lower()) and not re.fullmatch(QUEUE, word):
        hint = f"To store the result: `%%tracker {word} <<`. To search for the text, put it below that line."
        raise BadOption(f"{quoted(word)} stands alone on the first line of the cell", hint=hint)


def refuse_variable(text: str, variables: Collection[str]) -> None:
    """Raise BadOption for the name of a variable, or an expression with one, that stands alone without `$`."""
    match = _EXPRESSION.fullmatch(text)
    if match is None or match["name"] not in variables:
        return
    hint = f"Write `${match['name']}`."
    if match["rest"]:
        is_inserted = _INSERTED.fullmatch(match["rest"])
        hint = (
            f"Write {{{{{text}}}}}." if is_inserted else "Assign the value to a variable, and write its name after `$`."
        )
    raise BadOption(f"{quoted(match['name'])} is a variable, and needs a `$` before it", hint=f"{hint} {_SEARCH}")
