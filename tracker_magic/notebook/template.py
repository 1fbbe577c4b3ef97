"""`{{name}}` in a query: the value of a variable, typed and quoted for the query language. Other braces are text."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.parser import ends_inside_quotes
from tracker_magic.notebook.variables import Scope
from tracker_magic.query import Raw, escape, literal

_PLACEHOLDER: Final = re.compile(r"\{\{(?P<expression>.+?)\}\}", re.DOTALL)


def fill_query(text: str, scope: Scope, tz: str = "UTC") -> str:
    """Return `text` with every `{{…}}` replaced by a literal; inside quotes the value is only escaped.

    Naive datetimes are in `tz`; braces in a value are text. Raises BadOption for an undefined name, a call, and a value
    that has no literal (an empty list would select everything).
    """
    filled = ""
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        filled += text[end : match.start()]
        value = scope.value(match["expression"])
        # The values filled in so far are balanced, so they do not change what is inside quotes.
        filled += _inside_quotes(value, tz, match[0]) if ends_inside_quotes(filled) else literal(value, tz)
        end = match.end()
    return filled + text[end:]


def fill_text(text: str, scope: Scope) -> str:
    """Return `text` with every `{{…}}` replaced by the value's plain text: for names and options, not for a query."""
    return _PLACEHOLDER.sub(lambda match: _plain_text(scope.value(match["expression"]), match[0]), text)


def _inside_quotes(value: Any, tz: str, placeholder: str) -> str:
    if isinstance(value, str) and not isinstance(value, Raw):
        return escape(value)
    text = literal(value, tz)
    if text == "empty()" or _has_members(value):
        kind = "a list" if _has_members(value) else "empty"
        raise BadOption(
            f"{placeholder} is {kind}, but stands between quotes", hint=f"Leave the quotes out: {placeholder}."
        )
    return text[1:-1] if text.startswith('"') else text


def _has_members(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes)) and getattr(value, "ndim", 1) > 0


def _plain_text(value: Any, placeholder: str) -> str:
    if value is None or isinstance(value, (bytes, Mapping)) or hasattr(value, "columns"):
        raise BadOption(f"{placeholder} is {type(value).__name__}, but a name or a list of names is needed")
    if _has_members(value):
        return ",".join(str(each) for each in value)
    return str(value)
