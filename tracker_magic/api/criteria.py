"""What a search asks for, as the service takes it: a query or a filter, ordered, cut to a range of creation."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tracker_magic.api.cost import Range
from tracker_magic.query import add_sort, has_sort

CREATED: Final = "createdAt"
# In which zone the service reads a moment is not documented for all forms; none is further from UTC to the west.
MARGIN: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Criteria:
    """One of a query and a filter object, as the service takes them; `order` (field keys, - first) with a filter."""

    query: str | None = None
    filter: dict[str, Any] | None = None
    order: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """Whether the service is asked for an order of its own."""
        return bool(self.order) or has_sort(self.query or "")

    @property
    def can_be_cut(self) -> bool:
        """Whether it can be read in ranges of creation: any order will do, and it names no such range itself."""
        return not self.is_ordered and not {"created", CREATED} & set(self.filter or ())

    def body(self, *, counting: bool = False) -> dict[str, Any]:
        """The search body; counting takes no order."""
        if self.filter is None:
            return {"query": self.query}
        ordered = {"order": list(self.order)} if self.order and not counting else {}
        return {"filter": self.filter, **ordered}

    def by_creation(self, *, newest: bool = False) -> "Criteria":
        """The same, the oldest issue first (or the newest)."""
        sign = "-" if newest else ""
        if self.filter is None:
            return replace(self, query=add_sort(self.query or "", [sign + CREATED]))
        return replace(self, order=((sign or "+") + CREATED,))

    def within(self, part: Range) -> "Criteria":
        """The same, of issues created in this range. Neighbours share their bound: no issue falls between."""
        if part.low is part.high is None:
            return self
        if self.filter is None:
            return replace(self, query=f"({self.query}) AND {part.clause}")
        # Whether `to` is included is not documented; who stands on a bound may come twice, and is taken once.
        bounds = {name: _timestamp(end) for name, end in (("from", part.low), ("to", part.high)) if end is not None}
        return replace(self, filter={**self.filter, CREATED: bounds})


def _timestamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"
