"""What a type of values is, and the types whose values are texts or options."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracker_magic.demo.language.operands import Context, fold, unknown_name, unsuitable_operand
from tracker_magic.demo.language.syntax_tree import LiteralValue, Value
from tracker_magic.demo.language.text_search import contains_words, matches_phrase
from tracker_magic.demo.language.tokens import QueryError
from tracker_magic.demo.model import World

ValueTest = Callable[[Any], bool]
"""Whether a stored value matches."""
SortKey = Callable[[Any], Any]


def require_literal(value: Value) -> LiteralValue:
    """Return the operand of a value, if it is a literal without operator (other than `!`)."""
    if value.operator not in {"", "!"}:
        raise wrong_operator(value)
    if not isinstance(value.operand, LiteralValue):
        raise unsuitable_operand(value.operand)
    return value.operand


def wrong_operator(value: Value) -> QueryError:
    """Build the error for an operator that the parameter does not take."""
    return unknown_name("неподходящий оператор", "operator does not fit:", value.operator, value.position)


class FieldType(ABC):
    """A type of stored values."""

    @abstractmethod
    def match(self, context: Context, value: Value) -> ValueTest:
        """Return the test of a stored value (never None) by a written one; callers negate it for `!`."""

    @abstractmethod
    def sort_key(self, world: World) -> SortKey:
        """Return the sort key of stored values."""

    def values_with_id(self, context: Context, text: str) -> frozenset[str]:
        """Return the stored values whose id is `text`, where values of this type refer to things with ids."""
        del context, text
        return frozenset()


@dataclass(frozen=True, slots=True)
class OneOf:
    """Test whether a stored value is one of these; several such tests can be merged."""

    values: frozenset[Any]

    def __call__(self, stored: Any) -> bool:
        """Whether it is one of the values."""
        return stored in self.values


@dataclass(frozen=True)
class OptionType(FieldType):
    """The options of a drop-down list."""

    options: tuple[str | int, ...]

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it is the option, ignoring case."""
        del context
        literal = require_literal(value)
        options = frozenset(option for option in self.options if fold(str(option)) == fold(literal.text))
        if not options:
            raise unknown_name("неизвестное значение", "unknown value", literal.text, literal.position)
        return OneOf(options)

    def sort_key(self, world: World) -> SortKey:
        """Sort in the order of the list."""
        del world
        positions = {option: position for position, option in enumerate(self.options)}
        return lambda option: positions.get(option, -1)


class StringType(FieldType):
    """Texts that are compared as a whole."""

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it is the same text, ignoring case."""
        del context
        text = fold(require_literal(value).text)
        return lambda stored: fold(str(stored)) == text

    def sort_key(self, world: World) -> SortKey:
        """Sort alphabetically."""
        del world
        return lambda stored: fold(str(stored))


class TextType(StringType):
    """Texts that are searched for words."""

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it contains the words, or with `#` whether it is exactly the phrase."""
        del context
        if not isinstance(value.operand, LiteralValue):
            raise unsuitable_operand(value.operand)
        if value.operator == "#":
            return matches_phrase(value.operand.text)
        if value.operator not in {"", "!"}:
            raise wrong_operator(value)
        return contains_words(value.operand.text)


class SummaryType(TextType):
    """Summaries, which may also be searched with `~`."""

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it contains the words, with `#` whether it is exactly the phrase, with `~` whether it is not."""
        if value.operator != "~":
            return super().match(context, value)
        if not isinstance(value.operand, LiteralValue):
            raise unsuitable_operand(value.operand)
        matches = matches_phrase(value.operand.text)
        return lambda stored: not matches(stored)
