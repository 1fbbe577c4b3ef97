"""The syntax tree of a query; nodes know their position in the text."""

from dataclasses import dataclass
from typing import Literal

Operator = Literal["", "!", "#", "~", ">", "<", ">=", "<="]


@dataclass(frozen=True, slots=True)
class ParameterName:
    """The name of a parameter; `queue` is the queue of a local field."""

    text: str
    position: int
    queue: str | None = None

    @property
    def full(self) -> str:
        """The name as written, without quotes."""
        return f"{self.queue}.{self.text}" if self.queue else self.text


@dataclass(frozen=True, slots=True)
class LiteralValue:
    """A word, a number, a date or a quoted text."""

    text: str
    position: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function with its named arguments."""

    name: str
    position: int
    arguments: "dict[str, tuple[Value, ...]]"


@dataclass(frozen=True, slots=True)
class DateShift:
    """An operand shifted by an interval, such as `today() - "1w 1d"`; `sign` is 1 or -1."""

    base: "Operand"
    sign: int
    interval: LiteralValue


@dataclass(frozen=True, slots=True)
class Range:
    """A range from one operand to another, both included."""

    low: "Operand"
    high: "Operand"


Operand = LiteralValue | FunctionCall | DateShift


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a condition, with the operator before it."""

    operator: Operator
    operand: Operand | Range
    position: int


@dataclass(frozen=True, slots=True)
class Condition:
    """A parameter and its alternative values."""

    name: ParameterName
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TextSearch:
    """Words to find in the summary, the description or a comment."""

    value: Value


@dataclass(frozen=True, slots=True)
class And:
    """A conjunction."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """A disjunction."""

    parts: "tuple[Node, ...]"


Node = Condition | TextSearch | And | Or


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A parameter to sort by."""

    name: ParameterName
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A complete query; without `where` it finds all issues."""

    where: Node | None
    order: tuple[SortTerm, ...] = ()
