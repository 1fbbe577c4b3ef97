"""Fetch all issues of a search, in no order, as fast as possible: cut into ranges of creation times, read in parallel.

The creation time of the issue at a given rank says where to cut. It never changes, so ranges are disjoint whatever
happens while they are read; each is a snapshot, checked against its own total.
"""

import math
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Final

from tracker_magic.api.cost import MAX_LANES, counts_agree, cut_ranks, lanes, within_reach
from tracker_magic.api.criteria import EVERYTHING, MARGIN, Criteria, Range
from tracker_magic.api.endpoints import WINDOW
from tracker_magic.api.execution import WorkerPool
from tracker_magic.api.protocol import CREATED
from tracker_magic.api.results import ResultSet, count_mismatch, incomplete
from tracker_magic.api.retry import TRANSIENT
from tracker_magic.api.scroll import Scroll, Search, created_at
from tracker_magic.errors import BadQuery, RateLimited, Refused, TrackerError, UnexpectedReply

_MAX_FRUITLESS: Final = 3  # consecutive readings of a range that get no further
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Partition:
    """Reads one search into one ResultSet; call `fetch` only once."""

    def __init__(self, search: Search, results: ResultSet) -> None:
        self._search = search
        self._results = results
        self._confirmed: set[str] = set()  # ids from scrolls that were complete, or were continued by another scroll
        self._finished: list[Range] = []
        self._is_refused = False  # whether the service refused a range of this search

    def fetch(self, first: Scroll) -> None:
        """Fetch all issues that match; `first` is an unsorted scroll whose first page was read.

        Raises Incomplete if the rest cannot be fetched.
        """
        try:
            with WorkerPool(self._search.operation, MAX_LANES) as pool:
                self._fetch(pool, first)
        except TrackerError as error:
            if not self._results.rows:
                raise
            raise incomplete(self._results, error, self._missing()) from error
        if len(self._confirmed) < len(self._results.ids):  # rows from a broken page that were not returned again
            self._results.keep(self._confirmed)

    def _fetch(self, pool: WorkerPool, first: Scroll) -> None:
        self._report()
        counting = pool.submit(self._search.count)
        total = first.total or pool.result(counting)
        self._results.set_total(total)
        page_size = self._search.client.sizes.of_scroll(first.rows)
        pages_left = math.ceil((total - first.rows) / page_size)
        rate = self._search.client.limiters["search"].effective_rate
        count = lanes(pages_left, first.page_s, rate) if first.rows and not first.has_ended else 1
        if count == 1:
            pool.result(pool.submit(self._read, EVERYTHING, first))
        else:
            parts = self._cut(pool, cut_ranks(total, page_size, count), total)
            for reading in [pool.submit(self._read, part) for part in parts]:
                pool.result(reading)
        if self._is_refused:
            pool.result(pool.submit(self._read, EVERYTHING))
        self._check(pool, pool.result(counting))

    def _check(self, pool: WorkerPool, before: int) -> None:
        """Compare the number of rows with the count made before; if they differ, with a new count.

        Ranges are read at different moments, so while issues come and go there may be more rows than there ever were at
        once. If that does not explain the difference, one scroll over everything decides.
        """
        rows = len(self._confirmed)
        self._results.set_total(before)
        if rows == before:
            return
        now = pool.result(pool.submit(self._search.count))
        self._results.set_total(now)
        if counts_agree(rows, before, now) or (rows > now != before < rows):
            return
        whole = pool.result(pool.submit(self._read_whole))
        later = pool.result(pool.submit(self._search.count))
        self._results.set_total(later)
        is_whole = counts_agree(whole.rows, now, later)
        if is_whole or len(self._results.ids) > later:  # there are too many rows: prefer those of one moment
            self._keep(whole.ids)
        if not is_whole:
            raise count_mismatch()

    def _keep(self, ids: Collection[str]) -> None:
        self._confirmed = set(ids)
        self._results.keep(self._confirmed)

    # One range: a scroll to its end, and another one for the rest if it breaks off.

    def _read_whole(self) -> Scroll:
        """Read everything in one scroll; one that breaks off is read again from the beginning."""
        return self._read(EVERYTHING, goes_on=False)

    def _read(self, part: Range, scroll: Scroll | None = None, *, goes_on: bool = True) -> Scroll:
        """Read a range to its end and return the last scroll; `goes_on`: continue where a scroll broke off."""
        attempts, rest = _RangeAttempts(), part
        while True:
            scroll = scroll or self._search.scroll(self._search.criteria.within(rest).by_creation(), fields=(CREATED,))
            problem = self._read_to_end(scroll, rest)
            if isinstance(problem, BadQuery):
                self._is_refused = True
                return scroll
            if problem is None:
                self._confirmed |= scroll.ids
                self._finished.append(part)
                return scroll
            attempts.note(scroll)
            if attempts.are_hopeless or self._search.operation.is_over:
                raise problem
            rest = self._rest_of(rest, scroll) if goes_on and scroll.reached else part
            scroll = None

    def _rest_of(self, part: Range, scroll: Scroll) -> Range:
        """The rest of a range after a scroll that broke off; its rows are right up to the creation of the last one."""
        if scroll.reached is None:
            return part
        self._confirmed |= scroll.ids
        return part.after(scroll.reached, MARGIN)

    def _read_to_end(self, scroll: Scroll, part: Range) -> TrackerError | None:
        """Read a scroll to its end; return what went wrong, or None if it was complete."""
        try:
            while not scroll.is_read:
                scroll.read_page(self._results)
                self._report()
            if self._search.is_whole(scroll, self._results.total if part == EVERYTHING else None):
                return None
        except TRANSIENT as error:
            return error
        except BadQuery as error:
            if part == EVERYTHING:
                raise
            return error
        if scroll.rows < scroll.reported_minimum:
            return UnexpectedReply(f"the service returned {scroll.rows:,} of {scroll.reported_minimum:,} issues {part}")
        return UnexpectedReply(f"the service returned {scroll.rows:,} issues {part}, but counts a different number")

    def _report(self) -> None:
        self._search.operation.report("issues", len(self._results.ids), self._results.total)

    # Where to cut.

    def _cut(self, pool: WorkerPool, ranks: list[int], total: int) -> Iterator[Range]:
        """Yield the ranges between these ranks of `total` issues, oldest first, each as soon as it is known."""
        base, top, inner = 0, total, EVERYTHING
        while ranks:
            outer = inner
            front, back, ranks = within_reach(ranks, base, top, WINDOW)
            moments = self._moments_at(pool, outer, [rank - base for rank in front], [top - rank for rank in back])
            for rank, moment in zip(front, moments, strict=False):
                if inner.has_inside(moment):
                    yield Range(inner.low, moment)
                    inner, base = Range(moment, inner.high), rank
            for rank, moment in reversed(list(zip(back, moments[len(front) :], strict=True))):
                if inner.has_inside(moment):
                    yield Range(moment, inner.high)
                    inner, top = Range(inner.low, moment), rank
            if inner == outer:
                break  # more issues were created at one moment than can be requested by rank
        yield inner

    def _moments_at(
        self, pool: WorkerPool, part: Range, from_oldest: list[int], from_newest: list[int]
    ) -> list[datetime | None]:
        """When the issues at these ranks of a range were created, counting from the oldest and from the newest."""
        inside = self._search.criteria.within(part)
        oldest_first, newest_first = inside.by_creation(), inside.by_creation(newest=True)
        futures = [pool.submit(self._created_at, oldest_first, rank) for rank in from_oldest]
        futures += [pool.submit(self._created_at, newest_first, rank) for rank in from_newest]
        return [pool.result(future) for future in futures]

    def _created_at(self, criteria: Criteria, rank: int) -> datetime | None:
        """When the issue at `rank` was created, to the second; None if that cannot be found out."""
        try:
            records, _ = self._search.page(criteria, {"fields": f"id,{CREATED}", "perPage": 1, "page": rank + 1})
        except RateLimited:
            raise  # the service asks for a pause, and all further requests would meet the same
        except (*TRANSIENT, Refused):
            return None  # not needed: the ranges on both sides of this cut become one
        moment = created_at(records[0]) if records else None
        return moment.replace(microsecond=0) if moment else None

    def _missing(self) -> str:
        """A clause that names what was not read to its end; empty if that is everything."""
        reached = None
        ends = {part.low: part.high for part in self._finished}
        while reached in ends:
            reached = ends.pop(reached)
        return f"with {Range(reached).clause}" if reached else ""


class _RangeAttempts:
    """The scrolls that were read for one range, and whether another one would help."""

    def __init__(self) -> None:
        self.are_hopeless = False
        self._fruitless = 0
        self._furthest = (_NEVER, 0)

    def note(self, scroll: Scroll) -> None:
        """Record that a scroll broke off; one that returned nothing at all has had its retries."""
        reach = (scroll.reached or _NEVER, scroll.rows)
        if reach > self._furthest and not scroll.is_read:
            self._fruitless, self._furthest = 0, reach
        else:
            self._fruitless += 1
        is_empty = not scroll.rows and not scroll.is_read
        self.are_hopeless = is_empty or self._fruitless >= _MAX_FRUITLESS
