"""The criteria of a search as the service accepts them: a query or a filter, an order, a range of creation times."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tracker_magic.api.protocol import CREATED
from tracker_magic.query import add_sort, as_utc, has_sort, moment_text

# Only for some forms is it documented in which time zone the service reads a moment: these are the offsets of the last
# zones in the west and in the east.
WESTERNMOST: Final = timedelta(hours=12)
EASTERNMOST: Final = timedelta(hours=14)
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


def shifted(moment: datetime, by: timedelta) -> datetime:
    """A moment later by a duration, or earlier by a negative one; at most the end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return _LATEST if by > timedelta() else _EARLIEST


def api_time(moment: datetime) -> str:
    """A moment as the API writes it, to the millisecond, in UTC."""
    return as_utc(moment).replace(tzinfo=None).isoformat(timespec="milliseconds") + "+0000"


@dataclass(frozen=True, slots=True)
class Range:
    """Issues created from `low` (included) to `high` (excluded), whole seconds; None: open."""

    low: datetime | None = None
    high: datetime | None = None

    @property
    def clause(self) -> str:
        """The same in the query language."""
        clauses = [f'Created: >= "{moment_text(self.low)}"'] if self.low else []
        clauses += [f'Created: < "{moment_text(self.high)}"'] if self.high else []
        return " AND ".join(clauses)

    @property
    def bounds(self) -> dict[str, str]:
        """The same in a filter."""
        return {name: api_time(end) for name, end in (("from", self.low), ("to", self.high)) if end is not None}

    def has_inside(self, moment: datetime | None) -> bool:
        """Whether the range can be cut at this moment."""
        if moment is None:
            return False
        return (self.low is None or moment > self.low) and (self.high is None or moment < self.high)


EVERYTHING: Final = Range()


@dataclass(frozen=True, slots=True)
class Criteria:
    """Either a query or a filter object, as the service accepts them; `order` (signed field keys) is for a filter."""

    query: str | None = None
    filter: dict[str, Any] | None = None
    order: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """Whether the service is asked for an order."""
        return bool(self.order) or has_sort(self.query or "")

    @property
    def can_be_cut(self) -> bool:
        """Whether it can be read in ranges of creation times: it asks for no order and no such range itself."""
        return not self.is_ordered and not {"created", CREATED} & set(self.filter or ())

    def body(self, *, counting: bool = False) -> dict[str, Any]:
        """The body of a search; a count accepts no order."""
        if self.filter is None:
            return {"query": self.query}
        ordered = {"order": list(self.order)} if self.order and not counting else {}
        return {"filter": self.filter, **ordered}

    def by_creation(self, *, is_newest_first: bool = False) -> "Criteria":
        """The same criteria, oldest or newest issue first."""
        order = ("-" if is_newest_first else "+") + CREATED
        if self.filter is None:
            return replace(self, query=add_sort(self.query or "", [order]))
        return replace(self, order=(order,))

    def within(self, part: Range) -> "Criteria":
        """The same criteria for issues created in this range. Adjacent ranges share a bound, so that none is lost."""
        if part == EVERYTHING:
            return self
        if self.filter is None:
            return replace(self, query=f"({self.query}) AND {part.clause}")
        # Whether `to` is inclusive is not documented; an issue on a bound may be returned twice, and is kept once.
        return replace(self, filter={**self.filter, CREATED: part.bounds})
