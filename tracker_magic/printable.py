"""Texts from elsewhere: made safe to show in a terminal and in HTML, and cleaned of what was copied along with them."""

import html
import re
from typing import Final
from urllib.parse import urlsplit

LONGEST_NAME: Final = 24  # of what people name themselves; codes, tokens and secrets are longer or begin with a digit

# Colours, cursor moves and titles of a terminal, other control characters but line feeds and tabs, those that change
# the direction of the text around them, and halves of surrogate pairs, which cannot be encoded.
_UNPRINTABLE: Final = re.compile(
    r"\x1b\[[0-?]*+[ -/]*+[@-~]|\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

# What is copied along with a text by accident: blanks (also those without width) and quotes of every kind.
_SURROUNDING: Final = "[\\s\u200b\u2060\ufeff\"'`«»“”„‘’<>]"
_ENDS: Final = re.compile(f"^{_SURROUNDING}+|(?<!{_SURROUNDING}){_SURROUNDING}+$")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_SCHEME: Final = re.compile(r"^(?:Authorization:\s*)?(?:OAuth|Bearer)\s+", re.IGNORECASE)
_GROUPED_DIGITS: Final = re.compile(r"[0-9]+(?:[^\S\r\n]+[0-9]+)+")
_CLIENT_ID: Final = re.compile(r"[0-9a-f]{32}")


def unwrapped(text: str) -> str:
    """Return the text without blanks, quotes and a byte order mark around it."""
    return _ENDS.sub("", text)


def cleaned(text: str) -> str:
    """Return a pasted id, code or token without what was copied along with it.

    That is what `unwrapped` removes, signs without width, the word before a token in a header, and blanks that group
    digits or break a ClientID. Raises nothing: its frame holds the plain text.
    """
    text = unwrapped(_SCHEME.sub("", unwrapped(_INVISIBLE.sub("", text))))
    joined = "".join(text.split())
    return joined if _GROUPED_DIGITS.fullmatch(text) or _CLIENT_ID.fullmatch(joined) else text


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


def web_origin(url: object) -> str | None:
    """Return scheme and host of the address of a web page; None for anything else, such as `javascript:`."""
    parts = urlsplit(url if isinstance(url, str) else "")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"https", "http"} and parts.netloc else None


def escaped(text: str) -> str:
    """Return the printable text as HTML that shows it."""
    return html.escape(printable(text))
