"""Texts from elsewhere, made safe to show: in a terminal, which obeys control characters, and in HTML."""

import html
import re
from typing import Final

LONGEST_NAME: Final = 24  # of what people name themselves; codes, tokens and secrets are longer or begin with a digit

# Colours, cursor moves and titles of a terminal, other control characters but line feeds and tabs, those that change
# the direction of the text around them, and halves of surrogate pairs, which cannot be encoded.
_UNPRINTABLE: Final = re.compile(
    r"\x1b\[[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return the text without characters that do something else than show themselves."""
    return _UNPRINTABLE.sub("", text)


def is_one_line(text: str) -> bool:
    """Whether the text, which is not empty, shows itself and nothing else, on one line and without tabs."""
    return text.splitlines() == [printable(text)] and "\t" not in text


def quoted(typed: object) -> str:
    """A typed text between backticks, for a message; not one with a word as long as a token, which may be one."""
    text = str(typed)
    return f"`{text}`" if max(map(len, text.split()), default=0) <= LONGEST_NAME else "`…`"


def escaped(text: str) -> str:
    """Return the printable text as HTML that shows it."""
    return html.escape(printable(text))
