"""The notebook's variables, by name: first those of the calling function, then those of the notebook."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import nearest

_VARIABLE: Final = re.compile(r"\$(?P<name>[^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class Scope:
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

    def value(self, expression: str) -> Any:
        """Return the value of a name, an attribute or a member (`frame`, `sprint.id`, `rows[0]`); calls are refused."""
        typed = "{{" + expression.strip() + "}}"
        try:
            tree = ast.parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            raise _unsupported(typed) from None
        try:
            return self._evaluate(tree, typed)
        except (AttributeError, LookupError, TypeError) as error:
            raise BadOption(f"{typed} has no value: {type(error).__name__}: {error}") from error

    def _evaluate(self, node: ast.expr, typed: str) -> Any:
        match node:
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
