"""What is between quotes and what is not: there, nothing is an option, a comment or a closing semicolon."""

import re
from typing import Final

_OPTION_IN_TEXT: Final = re.compile(r"(?<!\S)(?:--[A-Za-z]|-[A-Za-z](?=\w*(?:[\s=]|$)))")
_COMMENT_LINE: Final = re.compile(r"[ \t]*#(?:\s|$)")
_HIDDEN: Final = "\x00"  # stands for each character between quotes


def without_quoted(text: str) -> str:
    """Return `text`, of the same length, with the quotes and every character between them replaced."""
    unquoted = ""
    inside = escaped = False
    for character in text:
        is_quote = character == '"' and not escaped
        unquoted += _HIDDEN if inside or is_quote else character
        escaped = inside and character == "\\" and not escaped
        inside = inside != is_quote
    return unquoted


def ends_inside_quotes(text: str) -> bool:
    """Return whether a character appended to `text` would be inside quotes."""
    return without_quoted(text + "x").endswith(_HIDDEN)


def split_at_option(text: str) -> tuple[str, str]:
    """Return what comes before the first option outside quotes, and the rest from there."""
    match = _OPTION_IN_TEXT.search(without_quoted(text))
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def strip_semicolon(text: str) -> tuple[str, bool]:
    """Return `text` without surrounding blanks and one closing `;` outside quotes, and whether there was one."""
    text = text.strip()
    if without_quoted(text).endswith(";"):
        return text[:-1].rstrip(), True
    return text, False


def strip_comments(body: str) -> str:
    """Return a cell's body without its comment lines (`# …`); inside quotes nothing is a comment."""
    kept = ""
    inside = False
    for line in body.splitlines(keepends=True):
        if inside or not _COMMENT_LINE.match(line):
            kept += line
            inside = ends_inside_quotes(f'"{line}' if inside else line)
    return kept
