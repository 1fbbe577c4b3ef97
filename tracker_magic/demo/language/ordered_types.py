"""Types whose values have an order: times, days, numbers, durations."""

import operator
from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from tracker_magic.demo.language.operands import (
    Context,
    parse_duration,
    period_of,
    unknown_name,
    unsuitable_operand,
)
from tracker_magic.demo.language.syntax_tree import LiteralValue, Operand, Range, Value
from tracker_magic.demo.language.value_types import FieldType, SortKey, ValueTest, wrong_operator
from tracker_magic.demo.model import World

Comparison = Callable[[Any, Any], bool]


class Limits(NamedTuple):
    """What an operand stands for: from `low` to `high`, which belongs to it if `closed`."""

    low: Any
    high: Any
    closed: bool


class OrderedType(FieldType):
    """Values with an order, which may be compared and searched by range."""

    @abstractmethod
    def limits(self, context: Context, operand: Operand) -> Limits:
        """Return the limits of an operand."""

    def comparable(self, stored: Any) -> Any:
        """Convert a stored value to the type of the limits."""
        return stored

    def sort_key(self, world: World) -> SortKey:
        """Sort by size."""
        del world
        return self.comparable

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it compares with the operand as the operator says, or whether it is in the range."""
        if isinstance(value.operand, Range):
            low = self.limits(context, value.operand.low).low
            return self._between(self.limits(context, value.operand.high)._replace(low=low))
        limits = self.limits(context, value.operand)
        if value.operator in {"", "!"}:
            return self._between(limits)
        low, high, closed = limits
        comparisons: dict[str, tuple[Comparison, Any]] = {
            ">": (operator.gt if closed else operator.ge, high),
            ">=": (operator.ge, low),
            "<": (operator.lt, low),
            "<=": (operator.le if closed else operator.lt, high),
        }
        if value.operator not in comparisons:
            raise wrong_operator(value)
        compare, limit = comparisons[value.operator]
        return lambda stored: compare(self.comparable(stored), limit)

    def _between(self, limits: Limits) -> ValueTest:
        low, high, closed = limits
        if closed:
            return lambda stored: low <= self.comparable(stored) <= high
        return lambda stored: low <= self.comparable(stored) < high


class DatetimeType(OrderedType):
    """Points in time."""

    def limits(self, context: Context, operand: Operand) -> Limits:
        """Return the period that the operand stands for."""
        return Limits(*period_of(context, operand), closed=False)


class DateType(DatetimeType):
    """Days."""

    def comparable(self, stored: Any) -> datetime:
        """Convert a day to its first moment."""
        return start_of_day(stored)


def start_of_day(day: Any) -> datetime:
    """Return the first moment of a day in UTC; a datetime is returned unchanged."""
    return day if isinstance(day, datetime) else datetime.combine(day, time(), UTC)


class NumberType(OrderedType):
    """Numbers."""

    def limits(self, context: Context, operand: Operand) -> Limits:
        """Return the number as both limits."""
        del context
        if not isinstance(operand, LiteralValue):
            raise unsuitable_operand(operand)
        try:
            number = float(operand.text.replace(",", "."))
        except ValueError:
            raise unknown_name("не число:", "not a number:", operand.text, operand.position) from None
        return Limits(number, number, closed=True)

    def comparable(self, stored: Any) -> float:
        """Convert to a float; anything but a number becomes NaN, which matches nothing."""
        return float(stored) if isinstance(stored, int | float) else float("nan")


class DurationType(NumberType):
    """Working time in seconds."""

    def limits(self, context: Context, operand: Operand) -> Limits:
        """Return the duration as both limits."""
        del context
        seconds = parse_duration(operand.text, working=True) if isinstance(operand, LiteralValue) else None
        if seconds is None:
            raise unsuitable_operand(operand)
        return Limits(seconds, seconds, closed=True)
