"""How many scrolls to read side by side, where to cut the question for them, and what that will cost; pure.

An issue's `createdAt` never changes, so ranges of it are disjoint whatever happens while they are read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LANES: Final = 10  # most scrolls at a time
# Ranks behind WINDOW cannot be asked for by number; a step keeps clear of it while issues come and go.
STEP: Final = 9_000
_WORTH: Final = 1.15  # a scroll more is a request or two more: it has to save this much


@dataclass(frozen=True, slots=True)
class Range:
    """Issues created from `low` (included) to `high` (excluded), whole seconds; None: open."""

    low: datetime | None = None
    high: datetime | None = None

    def __str__(self) -> str:
        ends = [f"{word} {end:%Y-%m-%d %H:%M:%S}" for word, end in (("from", self.low), ("to", self.high)) if end]
        return " ".join(["created", *ends, "UTC"]) if ends else "created at any time"

    @property
    def clause(self) -> str:
        """The same in the query language."""
        clauses = [f'Created: >= "{self.low:%Y-%m-%d %H:%M:%S}"'] if self.low else []
        clauses += [f'Created: < "{self.high:%Y-%m-%d %H:%M:%S}"'] if self.high else []
        return " AND ".join(clauses)

    def beyond(self, moment: datetime, margin: timedelta) -> "Range":
        """What is left of it when all that was created before `moment` less `margin` has come."""
        reached = (moment - margin).replace(microsecond=0)
        return self if self.low is not None and reached <= self.low else Range(reached, self.high)


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests and seconds that a question is expected to take."""

    requests: int
    seconds: float


def lanes(left: int, page_s: float, rate: float | None, most: int = LANES) -> int:
    """How many scrolls read the pages that are `left` after the first soonest; the fewest of those about as fast.

    `page_s`: seconds a page takes; `rate`: requests a second that may start, None: any number.
    """
    seconds = {count: _seconds(left, count, page_s, rate) for count in range(1, max(1, min(left + 1, most)) + 1)}
    best = min(seconds.values())
    return next(count for count, needed in seconds.items() if needed <= best * _WORTH)


def _seconds(left: int, count: int, page_s: float, rate: float | None) -> float:
    if count == 1:
        return max(left * page_s, left / rate if rate else 0.0)
    pages = left + 1  # the first one comes again, in the range that it belongs to
    asked = pages + 1.5 * (count - 1)  # each scroll more costs a cut, and half of its last page
    return max(math.ceil(pages / count) * page_s, asked / rate if rate else 0.0) + page_s / 2


def ranks(total: int, size: int, count: int) -> list[int]:
    """Where to cut `total` issues, oldest first, for `count` scrolls with pages of `size`; ascending.

    All parts are of one size, which no scroll reads in more pages than another, and within a step.
    """
    pages = math.ceil(total / size)
    parts = max(math.ceil(pages / math.ceil(pages / count)), math.ceil(total / STEP))
    return [total * part // parts for part in range(1, parts)]


def within_reach(places: Sequence[int], base: int, top: int, window: int) -> tuple[list[int], list[int], list[int]]:
    """`places` between the ranks `base` and `top`: to be asked for from the beginning, from the end, not yet."""
    front = [place for place in places if place - base < window]
    back = [place for place in places if place - base >= window and top - place < window]
    return front, back, [place for place in places if place not in {*front, *back}]


def explained(rows: int, before: int, now: int) -> bool:
    """Whether issues that came or went between two counts may account for this number of rows."""
    return min(before, now) <= rows <= max(before, now)


def cost(total: int, size: int, rate: float | None, page_s: float, *, most: int = LANES) -> Cost:
    """What fetching `total` issues in pages of `size` is expected to take, by `most` scrolls at a time."""
    pages = max(1, math.ceil(total / size))
    if pages == 1:
        return Cost(1, page_s)
    count = lanes(pages - 1, page_s, rate, most)
    # Each scroll more costs a cut and half of its last page, several the first page once more; one is to count.
    requests = pages + math.ceil(1.5 * (count - 1)) + (count > 1) + 1
    in_turn = (pages if count == 1 else 1.5 + math.ceil(pages / count)) * page_s
    return Cost(requests, max(in_turn, requests / rate if rate else 0.0))


def cost_of_pages(pages: int, rate: float | None, page_s: float) -> Cost:
    """What `pages` that do not wait for each other are expected to take."""
    return Cost(pages, max(math.ceil(pages / LANES) * page_s, pages / rate if rate else 0.0))
