"""Plain text for a terminal of 80 columns, in which no word is broken, and no command to copy."""

import re
import textwrap
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 80
_WIDEST_LEFT: Final = 24
_CODE: Final = re.compile(r"`[^`\n]*`")
_BLANK_IN_CODE: Final = "\x1f"  # no text that is shown has it


def wrapped(text: str, indent: int = 0, *, first: int = 0) -> str:
    """Return the text in lines; the first one is indented by `first` blanks, the others by `indent`.

    What is between backticks, such as a command to copy, stays on one line.
    """
    whole = _CODE.sub(lambda match: match[0].replace(" ", _BLANK_IN_CODE), text)
    return textwrap.fill(
        whole,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_BLANK_IN_CODE, " ")


def table(title: str, rows: Iterable[tuple[str, str]], width: int | None = None) -> str:
    """Return two columns under a title; the right one begins on a line of its own if the left text is too wide.

    `width`: that of the left column, if it does not follow from the rows.
    """
    rows = list(rows)
    width = width or max((len(left) for left, _ in rows if len(left) <= _WIDEST_LEFT), default=0)
    margin = 2 if title else 0
    lines = [title] if title else []
    for left, right in rows:
        text = wrapped(right, margin + width + 2, first=margin + width + 2)
        name = f"{' ' * margin}{left:<{width}}"
        lines += [name, text] if len(left) > width else [f"{name}  {text.lstrip()}"]
    return "\n".join(lines)
