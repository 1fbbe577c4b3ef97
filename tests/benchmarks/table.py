"""The table of results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEAD = ("row", "work", "ours", "theirs", "measure", "target", "reached", "requests", "429")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: the work, what both clients took, and a figure with its target, if it has one."""

    row: int
    work: str
    ours: str = ""
    theirs: str = ""
    value: float | None = None
    target: float | None = None
    unit: str = "x"
    at_least: bool = False
    requests: int | None = None
    throttled: int | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None if there is no target, or nothing could be measured."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the cells, in the order of HEAD."""
        sign = ">=" if self.at_least else "<="
        return (
            str(self.row),
            self.work,
            self.ours,
            self.theirs,
            self._figure(self.value),
            f"{sign} {self._figure(self.target)}" if self.target is not None else "",
            {True: "yes", False: "NO", None: ""}[self.reached],
            _count(self.requests),
            _count(self.throttled),
        )

    def describe_miss(self) -> str:
        """Say by how much the target was missed."""
        assert self.value is not None
        assert self.target is not None
        difference = abs(self.value - self.target)
        share = f", {difference / self.target:.0%} of the target" if self.target else ""
        return (
            f"Row {self.row} not reached ({self.work}): {self._figure(self.value)} instead of "
            f"{self._figure(self.target)}, off by {self._figure(difference)}{share}."
        )

    def _figure(self, value: float | None) -> str:
        if value is None:
            return ""
        return f"{value:,.0f} {self.unit}" if value >= 1000 or self.unit == "MB" else f"{value:.3g} {self.unit}"


def format_table(lines: Sequence[Line]) -> str:
    """Format the table as Markdown."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    formatted = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    formatted.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(formatted)


def format_seconds(result: dict[str, Any]) -> str:
    """Format the seconds as `4.61 s`, with the error if there was one."""
    error = f", {result['error']}" if "error" in result else ""
    return f"{result['seconds']:.2f} s{error}"


def format_rows(result: dict[str, Any]) -> str:
    """Format rows and seconds as `20,000 rows in 4.61 s`, with the error if there was one."""
    return f"{result['rows']:,} rows in {format_seconds(result)}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
