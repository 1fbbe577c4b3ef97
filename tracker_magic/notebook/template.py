"""`{{name}}` in a query: the value of a variable, typed and quoted for the query language. Other braces are text."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.scanner import bare
from tracker_magic.notebook.variables import Scope
from tracker_magic.query import Raw, escape, literal

_PLACE: Final = re.compile(r"\{\{(?P<expression>.+?)\}\}", re.DOTALL)


def filled(text: str, scope: Scope, tz: str = "UTC") -> str:
    """`text` with every `{{…}}` replaced; between quotes the value is only escaped. Values are not looked into again.

    Naive datetimes are in `tz`. Raises BadOption for an undefined name, a call, and a value the language has no form
    for (an empty list would select everything).
    """
    done = ""
    end = 0
    for match in _PLACE.finditer(text):
        done += text[end : match.start()]
        value = scope.value(match["expression"])
        # Whether a sign put here would stand between quotes; the values put in before are balanced.
        done += _between_quotes(value, tz, match[0]) if bare(done + "x").endswith("\x00") else literal(value, tz)
        end = match.end()
    return done + text[end:]


def plain(text: str, scope: Scope) -> str:
    """`text` with every `{{…}}` replaced by the value's own text: for names and options, which are no query."""
    return _PLACE.sub(lambda match: _told(scope.value(match["expression"]), match[0]), text)


def _between_quotes(value: Any, tz: str, shown: str) -> str:
    if isinstance(value, str) and not isinstance(value, Raw):
        return escape(value)
    text = literal(value, tz)
    if text == "empty()" or _has_members(value):
        said = "a list" if _has_members(value) else "empty"
        raise BadOption(f"{shown} is {said}, and stands between quotes.", hint=f"Leave the quotes out: {shown}.")
    return text[1:-1] if text.startswith('"') else text


def _has_members(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes)) and getattr(value, "ndim", 1) > 0


def _told(value: Any, shown: str) -> str:
    if value is None or isinstance(value, (bytes, Mapping)) or hasattr(value, "columns"):
        raise BadOption(f"{shown} is {type(value).__name__}, and a name or a list of names is needed.")
    if _has_members(value):
        return ",".join(str(each) for each in value)
    return str(value)
