"""The notebook's variables in a command.

`$name` and `{{name}}` as the whole of an argument or an option are its value; `{{name}}` inside a longer text inserts
it. Variables of the calling function come before those of the notebook. Other braces, and what is between quotes, is
text.
"""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from decimal import Decimal
from enum import Enum
from os import PathLike
from types import ModuleType
from typing import Any, Final
from uuid import UUID

from tracker_magic.errors import BadOption, check_encodable
from tracker_magic.names import best_match
from tracker_magic.notebook.quotes import ends_inside_quotes
from tracker_magic.query import (
    EMPTY_HINT,
    FIELD_NAMES,
    OTHER_NAMES,
    Raw,
    escape,
    is_frame,
    is_missing,
    literal,
    python_value,
)
from tracker_magic.secret import SafeRepr
from tracker_magic.tracker.selection import read_keys

_VARIABLE: Final = re.compile(r"\$(?P<name>[^\W\d]\w*)")
# An expression has no `{{`: many that are not closed would each be searched to the end of the text.
_PLACEHOLDER: Final = re.compile(r"\{\{(?P<expression>(?:(?!\{\{).)+?)\}\}", re.DOTALL)
# What people write for `{{name}}`: `$name`, `$name.key`, `$name['key']`, `{name}`, `${name}`, f"…{name}…".
_EXPRESSION: Final = r"(?P<{0}>(?P<{0}_name>[^\W\d]\w*+)(?:\.[^\W\d]\w*+|\[[^\[\]]*\])*+)"
_MISTYPED: Final = re.compile(
    rf"(?<!\w)\${_EXPRESSION.format('dollar')}"
    rf"|\$?+(?<!\{{)\{{++\s*+{_EXPRESSION.format('braced')}\s*+\}}+"
    r"|(?<!\w)[fF][\"'](?=[^\"'{}]*\{\s*(?P<formatted>[^\W\d]\w*))|(?P<empty>\{\{\}\})"
)
_BEFORE_A_VALUE: Final = (":", ",", "!", "~", "#", "<", ">", "=", "..")
_QUOTED: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_CALL: Final = re.compile(r"\([^()]*\)")
_OPEN_CALL: Final = re.compile(r"\w\([^()]*\Z")
_OPENING_QUOTE: Final = re.compile(r'(?<!\\)"\s*\Z')
_CLOSING_QUOTE: Final = re.compile(r'\s*"')
_AMONG_VALUES: Final = re.compile(r"\s*(?:,|\.\.)")
_FIELD: Final = re.compile(r"[\s(]*\"?(?P<name>[^\W\d][^\":()]{0,60}?)\"?\s*:")
_FIELDS: Final = frozenset(name.casefold() for name in (*FIELD_NAMES.values(), *OTHER_NAMES, "Sort By"))
_LONGEST_EXPRESSION: Final = 1000  # Python's parser and this one recurse
_PLAIN: Final = (str, int, float, Decimal, date, tzinfo, UUID, PathLike)


@dataclass(frozen=True, slots=True, repr=False)
class Scope(SafeRepr):
    """The variables that a command can read; nothing is ever called."""

    local: Mapping[str, Any] = field(repr=False)
    notebook: Mapping[str, Any] = field(repr=False)
    hidden: Collection[str] = field(default=(), repr=False)  # the shell's own names, which nobody means by a typo

    def __contains__(self, name: str) -> bool:
        return (name in self.local or name in self.notebook) and name not in self.hidden

    def nearest(self, name: str) -> str | None:
        """Return the most similar name of a variable; None if none is similar."""
        return best_match(name, sorted(self.names()))

    def names(self) -> set[str]:
        """Return the names of variables with values, not of modules, classes and functions."""
        return {
            name
            for name, value in (*self.notebook.items(), *self.local.items())
            if not (name.startswith("_") or name in self.hidden or callable(value) or isinstance(value, ModuleType))
        }

    def named(self, name: str, typed: str) -> Any:
        """Return the value of `name`; BadOption suggests the most similar one, written as the wrong one was `typed`."""
        for variables in (self.local, self.notebook):
            if name in variables:
                return variables[name]
        similar = self.nearest(name)
        hint = "Define it in a cell above, and run that cell."
        if similar:
            hint = f"Did you mean {typed.replace(name, similar)}?"
        raise BadOption(f"{typed} is not defined", hint=hint)

    def variable(self, text: str, *, only_names: bool = False) -> Any:
        """Return the value of `$name` or `{{…}}`, None for any other text; BadOption if the value is None or NaN."""
        typed = text.strip()
        if match := _VARIABLE.fullmatch(typed):
            value = self.named(match["name"], typed)
        elif (match := _PLACEHOLDER.match(typed)) and match.end() == len(typed):
            value = self.value(match["expression"], only_names=only_names)
        else:
            return None
        value = python_value(value)
        if is_missing(value):
            raise BadOption(f"{typed} is {value}", hint="Assign a value to it, and run that cell.")
        return value

    def value(self, expression: str, *, only_names: bool = False) -> Any:
        """Return the value of a name, an attribute or a member (`frame`, `sprint.id`, `rows[0]`); calls are refused.

        So are names that begin with an underscore: from attribute to attribute they would lead to any object of the
        process. `only_names` refuses attributes and members, too.
        """
        expression = expression.strip()
        typed = "{{" + expression + "}}"
        if len(expression) > _LONGEST_EXPRESSION:
            raise _unsupported(typed)
        try:
            tree = ast.parse(expression, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise _unsupported(typed) from None
        if only_names and not isinstance(tree, ast.Name):
            raise BadOption(
                f"{typed} is not the name of a variable, and a query file may use nothing else",
                hint="Assign the value to a variable, and write its name in the file.",
            )
        try:
            return self._evaluate(tree, typed)
        except (AttributeError, LookupError, TypeError, RecursionError) as error:
            raise BadOption(f"{typed} has no value: {type(error).__name__}: {error}") from error

    def _evaluate(self, node: ast.expr, typed: str) -> Any:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name.startswith("_"):
                raise BadOption(
                    f"{typed} has a name that begins with an underscore, which is not read here",
                    hint="Assign the value to a variable with another name.",
                )
            case ast.Name():
                return self.named(node.id, typed)
            case ast.Attribute():
                return getattr(self._evaluate(node.value, typed), node.attr)
            case ast.Subscript():
                return self._evaluate(node.value, typed)[self._index(node.slice, typed)]
        raise _unsupported(typed)

    def _index(self, node: ast.expr, typed: str) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
                return -number
        return self._evaluate(node, typed)


def _unsupported(typed: str) -> BadOption:
    return BadOption(
        f"{typed} is not a name, attribute or index",
        hint="Nothing is called here: assign the value to a variable first.",
    )


def named_issues(text: str, scope: Scope, *, only_names: bool = False) -> str | list[str] | None:
    """Return the query or the keys in the variable that is the whole `text`; None for any other text.

    Raises BadOption if it contains no keys: a command would have nothing to do, or take everything.
    """
    value = scope.variable(text, only_names=only_names)
    if value is None:
        return None
    typed = text.strip()
    if isinstance(value, str) and value.strip():
        return _encodable(value.strip(), typed)
    try:
        keys = read_keys(value)
    except BadOption as error:
        raise error.rephrased(f"{typed}: {error.message}") from None
    if not keys:
        raise BadOption(
            f"{typed} is an empty {type(value).__name__}, and names no issues",
            hint="Assign keys, a frame with `key`, or a query to it.",
        )
    return keys


def fill_query(text: str, scope: Scope, tz: str = "UTC", *, only_names: bool = False) -> str:
    """Return `text` with every `{{…}}` replaced by a literal; inside quotes the value is only escaped.

    Naive datetimes are in `tz`; braces in a value are text; `only_names` is for a text that somebody else may have
    written. Raises BadOption for an undefined name, a call, a value that has no literal (an empty text or list would
    select everything), for a missing value that is not all that a field has, for a list or a query that would be
    searched for as text, and for mistyped variables: `$name` inside a query, `{name}`.
    """
    filled = ""
    inside = False
    for typed, placeholder in _pieces(text):
        inside = _check_typed(typed, scope, inside=inside, is_query=True)
        filled += typed
        if placeholder:
            value = scope.value(placeholder["expression"], only_names=only_names)
            following = text[placeholder.end() :]
            _refuse_nothing(value, placeholder[0], filled, following, inside=inside)
            # The values filled in are balanced, so they do not change what is inside quotes.
            inserted = _literal(value, tz, placeholder[0], inside=inside)
            if filled.endswith("'") and following.startswith("'") and not inside:
                hint = f"Leave them out: {placeholder[0]} is quoted as needed."
                raise BadOption(f"{placeholder[0]} stands between apostrophes", hint=hint)
            if not inside and not _takes_a_value(filled):
                _refuse_extension(value, placeholder[0], filled)
            filled += inserted
    return filled


def fill_text(text: str, scope: Scope, *, is_quoted: bool = False, is_list: bool = False) -> str:
    """Return `text` with every `{{…}}` replaced by the value's plain text: for names and options, not for a query.

    So is `$name` if it is the whole text. Raises BadOption as `fill_query` does, and for a value of another type than a
    text, a number or a date; if `is_list`, a list of these becomes a comma-separated text.
    """
    value = None if is_quoted else scope.variable(text)
    if value is not None:
        return _not_blank(_plain_text(value, text.strip(), is_list=is_list), text)
    filled = ""
    inside = False
    for typed, placeholder in _pieces(text):
        inside = is_quoted or _check_typed(typed, scope, inside=inside)
        filled += typed
        if placeholder:
            filled += _plain_text(scope.value(placeholder["expression"]), placeholder[0], is_list=is_list)
    return _not_blank(filled, text)


def _not_blank(filled: str, typed: str) -> str:
    """Return the filled text; BadOption if only its variables are empty, as if nothing had been typed."""
    if typed.strip('" ') and not filled.strip('" '):
        raise BadOption(f"{typed.strip()} is an empty text", hint="Assign a value to it, and run that cell.")
    return filled


def fill_list(text: str, scope: Scope, *, is_quoted: bool = False) -> str | list[str]:
    """Return the members of the list in the variable that is the whole `text`; any other text as `fill_text` does."""
    value = None if is_quoted else scope.variable(text)
    if value is not None and _has_members(value):
        return _plain_members(value, text.strip())
    return fill_text(text, scope, is_quoted=is_quoted, is_list=True)


def _plain_text(value: Any, typed: str, *, is_list: bool = False) -> str:
    value = python_value(value)
    if is_list and _has_members(value):
        return ",".join(_plain_members(value, typed))
    if is_missing(value):
        raise BadOption(f"{typed} is {value}", hint="Assign a value to it, and run that cell.")
    if isinstance(value, Enum) and isinstance(value, (str, int)):
        value = value.value
    if not isinstance(value, _PLAIN):
        raise BadOption(
            f"{typed} is {described(value)}, but a text, a number or a date is needed",
            hint="Use a part of it, as in {{rows[0]}}, {{sprint.id}} or {{month.start_time}}.",
        )
    return _encodable(str(value), typed)


def _encodable(text: str, typed: str) -> str:
    try:
        return check_encodable(text)
    except BadOption as error:
        raise error.rephrased(f"{typed}: {error.message}") from None


def _plain_members(value: Any, typed: str) -> list[str]:
    if isinstance(value, Mapping) or is_frame(value):
        raise BadOption(f"{typed} is {described(value)}, but a list of texts is needed", hint="Assign a list to it.")
    return [_plain_text(each, f"a member of {typed}") for each in value]


def _pieces(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield what was typed before each placeholder, with the placeholder; at the end the rest, with None."""
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        yield text[end : match.start()], match
        end = match.end()
    yield text[end:], None


def _check_typed(typed: str, scope: Scope, *, inside: bool, is_query: bool = False) -> bool:
    """Raise BadOption if a variable was mistyped outside quotes; return whether the text ends inside quotes.

    `inside` tells whether it begins there.
    """
    end = 0
    for match in _MISTYPED.finditer(typed):
        inside = _ends_inside(typed[end : match.start()], inside=inside)
        end = match.start()
        is_certain = match["dollar"] or match["empty"] or (match["braced_name"] or match["formatted"]) in scope
        if not inside and is_certain:
            raise _mistyped(match, scope, is_query=is_query)
    return _ends_inside(typed[end:], inside=inside)


def _ends_inside(text: str, *, inside: bool) -> bool:
    return ends_inside_quotes(f'"{text}' if inside else text)


def _mistyped(match: re.Match[str], scope: Scope, *, is_query: bool) -> BadOption:
    """The error for a variable that would have been sent as text, with what to type instead."""
    if match["empty"]:
        return BadOption("{{}} names no variable", hint="Write its name between the braces.")
    if name := match["formatted"]:
        return BadOption("an f-string is not evaluated here", hint=f"Leave out the f, and write {{{{{name}}}}}.")
    expression, name = match["dollar"] or match["braced"], match["dollar_name"] or match["braced_name"]
    if name not in scope:
        similar = scope.nearest(name)
        hint = f"Did you mean {{{{{expression.replace(name, similar, 1)}}}}}? " if similar else ""
        return BadOption(f"{match[0]} is not defined", hint=f"{hint}Put it in quotes if it is text.")
    suggestion = f"{{{{{expression}}}}}"
    before = match.string[: match.start()]
    if is_query and match[0] != match.string.strip() and not _takes_a_value(before):
        _refuse_extension(scope.named(name, match[0]), match[0], before, suggestion)
    return BadOption(
        f"{match[0]} inserts no value here", hint=f"Write {suggestion}, or put it in quotes if it is text."
    )


def _takes_a_value(before: str) -> bool:
    """Whether what follows this part of a query is a value of a field."""
    return before.rstrip("( \t\r\n").endswith(_BEFORE_A_VALUE)


def _refuse_extension(value: Any, typed: str, before: str, placeholder: str = "") -> None:
    """Raise BadOption for several values without a field, and for a query that would become a quoted text."""
    placeholder = placeholder or typed
    if _has_members(value) and re.match(r"\w", before[-1:]):
        raise BadOption(
            f"{typed} is {described(value)}, and cannot continue a word",
            hint=f"Put a comma before {placeholder}, or a blank and a field's name.",
        )
    if _has_members(value):
        raise BadOption(f"no field stands before {typed}", hint=f"Write Key: {placeholder}, or another field's name.")
    if isinstance(value, str) and not isinstance(value, Raw) and _begins_with_field(value):
        raise BadOption(
            f"{typed} is a query, and cannot extend another one",
            hint=f'Join them in Python and give the result alone, `%tracker $query`; or write "{placeholder}" if it is '
            "text.",
        )


def _begins_with_field(text: str) -> bool:
    match = _FIELD.match(text)
    return match is not None and match["name"].casefold() in _FIELDS


def _refuse_nothing(value: Any, placeholder: str, before: str, after: str, *, inside: bool) -> None:
    """Raise BadOption for an empty text that would select everything, and for a missing value among other words."""
    value = python_value(value)
    if isinstance(value, str) and not value.strip():
        if not inside or (_OPENING_QUOTE.search(before) and _CLOSING_QUOTE.match(after)):
            raise BadOption(f"{placeholder} is an empty text, which would select everything", hint=EMPTY_HINT)
    elif is_missing(value) and not inside and not _is_whole_value(before, after):
        raise BadOption(
            f"{placeholder} is {value}, which means nothing here",
            hint=f"Only `Field: {placeholder}` alone finds issues without a value. Assign a value, or leave this out.",
        )


def _is_whole_value(before: str, after: str) -> bool:
    """Whether what stands between these parts of a query is all that a field has: no operator, list or function."""
    is_alone = before.rstrip("( \t\r\n").endswith(":") and not _AMONG_VALUES.match(after)
    calls = _CALL.sub("", _QUOTED.sub('""', before))  # one call may stand in another
    return is_alone and not _OPEN_CALL.search(calls)


def _literal(value: Any, tz: str, placeholder: str, *, inside: bool) -> str:
    is_text = isinstance(value, str) and not isinstance(value, Raw)
    try:
        text = escape(value) if inside and is_text else literal(value, tz)
    except BadOption as error:
        raise error.rephrased(f"{placeholder}: {error.message}") from None
    return text if is_text or not inside else _inside_quotes(text, value, placeholder)


def _inside_quotes(text: str, value: Any, placeholder: str) -> str:
    """Return the literal of a value that is no text, as it stands between quotes."""
    if text == "empty()" or _has_members(value):
        kind = "a list" if _has_members(value) else "empty"
        raise BadOption(
            f"{placeholder} is {kind}, but stands between quotes", hint=f"Leave the quotes out: {placeholder}."
        )
    return text[1:-1] if text.startswith('"') else text


def _has_members(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes)) and getattr(value, "ndim", 1) > 0


def described(value: Any) -> str:
    """Return the type of a value, for a message."""
    return str(value) if is_missing(value) else f"of type {type(value).__name__}"
