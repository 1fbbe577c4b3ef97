"""What was measured, as lines of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEAD = ("row", "work", "ours", "theirs", "measure", "target", "reached", "requests", "429")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what was done, what both took, and the figure that has a target (None: it only stands beside)."""

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
        """Whether the target is met; None where there is none, or nothing could be measured."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def cells(self) -> tuple[str, ...]:
        """Its texts, in the order of HEAD."""
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

    def missed(self) -> str:
        """By how much the target was missed."""
        assert self.value is not None
        assert self.target is not None
        off = abs(self.value - self.target)
        share = f", {off / self.target:.0%} of the target" if self.target else ""
        return (
            f"Row {self.row} not reached ({self.work}): {self._figure(self.value)} instead of "
            f"{self._figure(self.target)}, off by {self._figure(off)}{share}."
        )

    def _figure(self, value: float | None) -> str:
        if value is None:
            return ""
        return f"{value:,.0f} {self.unit}" if value >= 1000 or self.unit == "MB" else f"{value:.3g} {self.unit}"


def drawn(lines: Sequence[Line]) -> str:
    """The table, as Markdown."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)


def seconds(result: dict[str, Any]) -> str:
    """`4.61 s`, and how it failed."""
    failed = f", {result['error']}" if "error" in result else ""
    return f"{result['seconds']:.2f} s{failed}"


def rows_in(result: dict[str, Any]) -> str:
    """`20,000 rows in 4.61 s`, and how it failed."""
    return f"{result['rows']:,} rows in {seconds(result)}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
