"""What Shift-Tab shows in the magic: the help of the command or the option at the cursor."""

import re
from typing import Final

from tracker_magic.notebook.commands import SHORTS, option_named
from tracker_magic.notebook.completion.line import read_head
from tracker_magic.notebook.completion.place import typed_text
from tracker_magic.notebook.flow_options import METRICS
from tracker_magic.notebook.help import short, topic

_REST_OF_WORD: Final = re.compile(r"[\w-]*")


def tooltip(code: str, cursor: int) -> str | None:
    """Return the help about the word at the cursor, empty if it is text, a value or a name of the magic.

    None outside the magic, and on a variable in it, about which Python knows more.
    """
    end = cursor + len(_REST_OF_WORD.findall(code, cursor)[0])  # to the end of the word
    typed = typed_text(f"{code[:end]} ", end + 1)
    if typed is None:
        return None
    text = typed.line if typed.body is None else typed.body
    words = text.split()
    if "{{" in text.rpartition("}}")[2] or (words and words[-1].startswith("$")):
        return None
    if typed.body is not None:
        return ""
    return _help_of(typed.line.strip(), words[-1]) if words else short()


def _help_of(line: str, word: str) -> str:
    """Return the help about the last word of a line, if it is the command or an option."""
    head = read_head(line, is_last=False)
    if head.rest:
        return ""  # the word belongs to an argument
    if word.startswith("-"):
        option = option_named(word[2:]) if word.startswith("--") else SHORTS.get(word[1:])
        return topic(f"--{option.name}") if option else ""
    named = {head.command.name, *METRICS} if head.command else set()
    return topic(word) if word.replace("-", "_") in named else ""
