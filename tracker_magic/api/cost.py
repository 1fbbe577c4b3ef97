"""The sizes of overlapping numbered pages, how many are read at a time, and what a search costs. Pure functions."""

import math
from dataclasses import dataclass
from typing import Final

from tracker_magic.api.endpoints import WINDOW

MAX_THREADS: Final = 10  # pages at a time
_SPARE: Final = 5  # issues that may enter while pages are read, without another page
_FEWEST: Final = 300  # issues of a page, if all threads share a window
_SMALLEST: Final = 0.8  # of the full size, in a window of many small pages


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests and seconds that a search is expected to take."""

    requests: int
    seconds: float


def overlap_of(page_size: int) -> int:
    """How many issues the first two of a window's numbered pages share, and about as many the others."""
    return min(8, max(3, page_size // 100))


def window_sizes(page_size: int) -> list[int]:
    """The sizes of the numbered pages of one window: each so much smaller than the one before it that they overlap.

    Page n of size s holds the ranks from (n - 1) s to n s.
    """
    sizes = [page_size]
    while True:
        size = sizes[-1] - math.ceil(overlap_of(page_size) / len(sizes))
        if size < _SMALLEST * page_size or (len(sizes) + 1) * size > WINDOW:
            return sizes
        sizes.append(size)


def sizes_for(issues: int, page_size: int) -> list[int]:
    """The sizes of as many pages of a window as hold so many issues, about equal; of all if even those are too few."""
    full = window_sizes(page_size)
    if issues + _SPARE <= page_size:
        return full[:1]  # small or not, it is one request
    needed = next((number for number, size in enumerate(full, 1) if number * size >= issues + _SPARE), None)
    if needed is None:
        return full
    sizes = (window_sizes(size)[:needed] for size in range(math.ceil((issues + _SPARE) / needed), page_size))
    return next((each for each in sizes if needed * each[-1] >= issues + _SPARE and len(each) == needed), full[:needed])


def threads_needed(issues: int, page_size: int, page_s: float, rate: float | None) -> int:
    """How many pages to read at a time, so that pages that take `page_s` start as fast as the rate allows."""
    busy = MAX_THREADS if rate is None else math.ceil(rate * page_s) + 2
    return max(1, min(MAX_THREADS, busy, math.ceil(issues / page_size)))


def size_for_threads(issues: int, page_size: int, rate: float | None) -> int:
    """The page size with which all threads read so many issues at once; the full size if requests are limited."""
    if rate is not None or not page_size < issues <= WINDOW:
        return page_size
    pages = min(MAX_THREADS, math.ceil(issues / _FEWEST))
    smaller = range(math.ceil(issues / pages), page_size)
    return next((size for size in smaller if len(sizes_for(issues, size)) <= pages), page_size)


def counts_agree(rows: int, before: int, now: int) -> bool:
    """Whether a number of rows lies between two counts, so that issues added or removed meanwhile explain it."""
    return min(before, now) <= rows <= max(before, now)


def cost_of_search(total: int, page_size: int, rate: float | None, page_s: float, *, is_scroll: bool = False) -> Cost:
    """The expected cost of fetching `total` issues, in numbered pages or one scroll."""
    if is_scroll or total <= page_size:
        pages = max(1, math.ceil(total / page_size))
        requests = pages + (pages > 1)
        return Cost(requests, max(pages * page_s, requests / rate if rate else 0.0))
    sizes = window_sizes(size_for_threads(total, page_size, rate))
    windows, left = divmod(total, len(sizes) * sizes[-1])
    requests = 1 + windows * len(sizes) + (len(sizes_for(left, sizes[0])) if left else 0) + (total >= WINDOW)
    seconds = (1 + math.ceil((requests - 1) / MAX_THREADS)) * page_s
    return Cost(requests, max(seconds, requests / rate if rate else 0.0))


def cost_of_pages(pages: int, rate: float | None, page_s: float) -> Cost:
    """The expected cost of `pages` that are fetched independently of each other."""
    return Cost(pages, max(math.ceil(pages / MAX_THREADS) * page_s, pages / rate if rate else 0.0))
