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
    """Return the help about the word at the cursor; None if it is neither `%tracker`, nor a command or an option."""
    end = cursor + len(_REST_OF_WORD.findall(code, cursor)[0])  # to the end of the word
    typed = typed_text(f"{code[:end]} ", end + 1)
    if typed is None or typed.body is not None:
        return None
    words = typed.line.split()
    if not words:
        return short()
    head = read_head(typed.line.strip(), is_last=False)
    if head.rest:
        return None  # the word belongs to an argument
    word = words[-1]
    if word.startswith("-"):
        option = option_named(word[2:]) if word.startswith("--") else SHORTS.get(word[1:])
        return topic(option.name) if option else None
    named = {head.command.name, *METRICS} if head.command else set()
    return topic(word) if word.replace("-", "_") in named else None
