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
    """Where names are looked up; values are read, never called."""

    local: Mapping[str, Any] = field(repr=False)
    notebook: Mapping[str, Any] = field(repr=False)

    def named(self, name: str, shown: str | None = None) -> Any:
        """The value of `name`; BadOption names the nearest ones (written as `shown` shows the wrong one)."""
        for names in (self.local, self.notebook):
            if name in names:
                return names[name]
        shown = shown or name
        known = {each for names in (self.local, self.notebook) for each in names if not each.startswith("_")}
        like = nearest(name, sorted(known))
        hint = f"Did you mean {shown.replace(name, like)}?" if like else "Define it in a cell above, and run that cell."
        raise BadOption(f"{shown} is not defined.", hint=hint)

    def variable(self, text: str) -> Any:
        """The value of `$name`, or None where `text` is something else; BadOption where the value itself is None."""
        match = _VARIABLE.fullmatch(text.strip())
        if match is None:
            return None
        value = self.named(match["name"], match[0])
        if value is None:
            raise BadOption(f"{match[0]} is None, and names no issues.", hint="Put keys or a frame with `key` into it.")
        return value

    def value(self, expression: str) -> Any:
        """The value of a name, its attributes and its members (`frame`, `sprint.id`, `rows[0]`); nothing is called."""
        shown = "{{" + expression.strip() + "}}"
        try:
            tree = ast.parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            raise _unreadable(shown) from None
        try:
            return self._read(tree, shown)
        except (AttributeError, LookupError, TypeError) as problem:
            raise BadOption(f"{shown} has no value: {type(problem).__name__}: {problem}.") from problem

    def _read(self, node: ast.expr, shown: str) -> Any:
        match node:
            case ast.Name():
                return self.named(node.id, shown)
            case ast.Attribute():
                return getattr(self._read(node.value, shown), node.attr)
            case ast.Subscript():
                return self._read(node.value, shown)[self._index(node.slice, shown)]
        raise _unreadable(shown)

    def _index(self, node: ast.expr, shown: str) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
                return -number
        return self._read(node, shown)


def _unreadable(shown: str) -> BadOption:
    return BadOption(
        f"{shown} is no name, attribute or index.", hint="Nothing is called here: put the value into a variable first."
    )
