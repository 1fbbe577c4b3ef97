"""The notebook's variables in a command: `$name` for issues, `{{name}}` in a query, a name or an option.

Variables of the calling function come before those of the notebook. Braces other than `{{…}}` are text.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import nearest
from tracker_magic.notebook.parser import ends_inside_quotes
from tracker_magic.query import Raw, escape, literal
from tracker_magic.secret import SafeRepr

_VARIABLE: Final = re.compile(r"\$(?P<name>[^\W\d]\w*)")
# An expression has no `{{`: many that are not closed would each be searched to the end of the text.
_PLACEHOLDER: Final = re.compile(r"\{\{(?P<expression>(?:(?!\{\{).)+?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class Scope(SafeRepr):
    """The variables that a command can read; nothing is ever called."""

    local: Mapping[str, Any] = field(repr=False)
    notebook: Mapping[str, Any] = field(repr=False)

    def named(self, name: str, typed: str | None = None) -> Any:
        """Return the value of `name`; BadOption suggests the most similar one, written as the wrong one was `typed`."""
        for variables in (self.local, self.notebook):
            if name in variables:
                return variables[name]
        typed = typed or name
        known = {each for variables in (self.local, self.notebook) for each in variables if not each.startswith("_")}
        similar = nearest(name, sorted(known))
        hint = "Define it in a cell above, and run that cell."
        if similar:
            hint = f"Did you mean {typed.replace(name, similar)}?"
        raise BadOption(f"{typed} is not defined", hint=hint)

    def variable(self, text: str) -> Any:
        """Return the value of `$name`, or None for any other text; BadOption if the value itself is None."""
        match = _VARIABLE.fullmatch(text.strip())
        if match is None:
            return None
        value = self.named(match["name"], match[0])
        if value is None:
            raise BadOption(f"{match[0]} is None, and names no issues", hint="Assign keys or a frame with `key` to it.")
        return value

    def value(self, expression: str, *, only_names: bool = False) -> Any:
        """Return the value of a name, an attribute or a member (`frame`, `sprint.id`, `rows[0]`); calls are refused.

        So are names that begin with an underscore: from attribute to attribute they would lead to any object of the
        process. `only_names` refuses attributes and members, too.
        """
        typed = "{{" + expression.strip() + "}}"
        try:
            tree = ast.parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            raise _unsupported(typed) from None
        if only_names and not isinstance(tree, ast.Name):
            raise BadOption(
                f"{typed} is not the name of a variable, and a query file may use nothing else",
                hint="Assign the value to a variable, and write its name in the file.",
            )
        try:
            return self._evaluate(tree, typed)
        except (AttributeError, LookupError, TypeError) as error:
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


def fill_query(text: str, scope: Scope, tz: str = "UTC", *, only_names: bool = False) -> str:
    """Return `text` with every `{{…}}` replaced by a literal; inside quotes the value is only escaped.

    Naive datetimes are in `tz`; braces in a value are text; `only_names` is for a text that somebody else may have
    written. Raises BadOption for an undefined name, a call, and a value that has no literal (an empty list would select
    everything).
    """
    filled, end, inside = "", 0, False
    for match in _PLACEHOLDER.finditer(text):
        between = text[end : match.start()]
        # The values filled in so far are balanced, so they do not change what is inside quotes.
        inside = ends_inside_quotes(f'"{between}' if inside else between)
        value = scope.value(match["expression"], only_names=only_names)
        filled += between + (_inside_quotes(value, tz, match[0]) if inside else literal(value, tz))
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
