"""The lines that ask for help without the word `help` before a plain topic."""

import re
from typing import Final

from tracker_magic.notebook.commands import command_named

_QUESTION: Final = re.compile(r"(?P<topic>[a-z][a-z_-]*|)\s?\?{1,2}")
_ABOUT_OPTION: Final = re.compile(r"help\s+(?P<topic>-{1,2}[A-Za-z][\w-]*)|(?P<option>-{1,2}[A-Za-z][\w-]*)\?{1,2}")


def help_topic(line: str) -> str | None:
    """Return the topic of `COMMAND?`, `--option?`, a lone `?` or `help --option`; None: it is no request for help."""
    if match := _ABOUT_OPTION.fullmatch(line):
        return match["topic"] or match["option"]
    match = _QUESTION.fullmatch(line)
    if match and (not match["topic"] or command_named(match["topic"])):
        return match["topic"]
    return None
