"""The query language's tree; every node knows its place in the text."""

from dataclasses import dataclass
from typing import Literal

Op = Literal["", "!", "#", "~", ">", "<", ">=", "<="]


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter's name; `queue` names the queue of a local field."""

    text: str
    position: int
    queue: str | None = None

    @property
    def full(self) -> str:
        """As it was written, without quotes."""
        return f"{self.queue}.{self.text}" if self.queue else self.text


@dataclass(frozen=True, slots=True)
class Plain:
    """A word, a number, a date or a quoted text."""

    text: str
    position: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its named arguments."""

    name: str
    position: int
    arguments: "dict[str, tuple[Value, ...]]"


@dataclass(frozen=True, slots=True)
class Shift:
    """An operand moved by an interval: `today() - "1w 1d"`."""

    base: "Operand"
    sign: int
    interval: Plain


@dataclass(frozen=True, slots=True)
class Range:
    """From one operand to another, both included."""

    low: "Operand"
    high: "Operand"


Operand = Plain | Call | Shift


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a condition, with the operator before it."""

    op: Op
    operand: Operand | Range
    position: int


@dataclass(frozen=True, slots=True)
class Condition:
    """A parameter and the values, any of which it may have."""

    name: Name
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be found in summary, description or comments."""

    value: Value


@dataclass(frozen=True, slots=True)
class Both:
    """All of these."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """Any of these."""

    parts: "tuple[Node, ...]"


Node = Condition | Text | Both | Either


@dataclass(frozen=True, slots=True)
class Query:
    """What to find (None: everything) and in which order: names, each with whether it descends."""

    where: Node | None
    order: tuple[tuple[Name, bool], ...] = ()
