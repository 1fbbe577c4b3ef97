"""How many scrolls read a search in parallel, where to cut it for them, and what it costs. Pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_LANES: Final = 10  # scrolls at a time
# Issues beyond the window cannot be requested by number; a step keeps clear of its end while issues come and go.
STEP: Final = 9_000
_WORTHWHILE: Final = 1.15  # another scroll costs a request or two, so it must be faster by this factor


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests and seconds that a search is expected to take."""

    requests: int
    seconds: float


def lanes(pages_left: int, page_s: float, rate: float | None, most: int = MAX_LANES) -> int:
    """The smallest number of scrolls that reads the pages after the first one about as fast as possible.

    `page_s`: seconds for a page; `rate`: requests per second, None: no limit.
    """
    counts = range(1, max(1, min(pages_left + 1, most)) + 1)
    seconds = {count: _seconds(pages_left, count, page_s, rate) for count in counts}
    best_s = min(seconds.values())
    return next(count for count, needed_s in seconds.items() if needed_s <= best_s * _WORTHWHILE)


def _seconds(pages_left: int, count: int, page_s: float, rate: float | None) -> float:
    if count == 1:
        return max(pages_left * page_s, pages_left / rate if rate else 0.0)
    pages = pages_left + 1  # the first page is read again, as part of its range
    requests = pages + 1.5 * (count - 1)  # each further scroll costs a cut, and half of its last page
    return max(math.ceil(pages / count) * page_s, requests / rate if rate else 0.0) + page_s / 2


def cut_ranks(total: int, page_size: int, count: int) -> list[int]:
    """The ascending ranks at which to cut `total` issues, oldest first, for `count` scrolls with pages of that size.

    All parts have the same size, so that no scroll needs more pages than another, and none exceeds a step.
    """
    pages = math.ceil(total / page_size)
    parts = max(math.ceil(pages / math.ceil(pages / count)), math.ceil(total / STEP))
    return [total * part // parts for part in range(1, parts)]


def within_reach(ranks: Sequence[int], base: int, top: int, window: int) -> tuple[list[int], list[int], list[int]]:
    """Split `ranks` between `base` and `top` into those within `window` of the oldest, of the newest, of neither."""
    front = [rank for rank in ranks if rank - base < window]
    back = [rank for rank in ranks if rank - base >= window and top - rank < window]
    return front, back, [rank for rank in ranks if rank not in {*front, *back}]


def counts_agree(rows: int, before: int, now: int) -> bool:
    """Whether a number of rows lies between two counts, so that issues added or removed meanwhile explain it."""
    return min(before, now) <= rows <= max(before, now)


def cost_of_search(total: int, page_size: int, rate: float | None, page_s: float, *, most: int = MAX_LANES) -> Cost:
    """The expected cost of fetching `total` issues in pages of `page_size` with at most `most` scrolls at a time."""
    pages = max(1, math.ceil(total / page_size))
    if pages == 1:
        return Cost(1, page_s)
    count = lanes(pages - 1, page_s, rate, most)
    # Each further scroll costs a cut and half of its last page; several read the first page again; one request counts.
    requests = pages + math.ceil(1.5 * (count - 1)) + (count > 1) + 1
    seconds = (pages if count == 1 else 1.5 + math.ceil(pages / count)) * page_s
    return Cost(requests, max(seconds, requests / rate if rate else 0.0))


def cost_of_pages(pages: int, rate: float | None, page_s: float) -> Cost:
    """The expected cost of `pages` that are fetched independently of each other."""
    return Cost(pages, max(math.ceil(pages / MAX_LANES) * page_s, pages / rate if rate else 0.0))
