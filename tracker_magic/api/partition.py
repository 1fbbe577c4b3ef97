"""All issues of a question, in no order, as fast as the service permits: several scrolls side by side.

The first request is the question as it was asked. Where its page is not all, the question is cut into ranges of
creation; the issue at a given place, asked for alone, tells where. Each range is a snapshot, checked by its own number.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

from tracker_magic.api import cost
from tracker_magic.api.cost import Range
from tracker_magic.api.crew import WorkerPool
from tracker_magic.api.criteria import CREATED, MARGIN, Criteria
from tracker_magic.api.endpoints import WINDOW
from tracker_magic.api.pagination import Page
from tracker_magic.api.scroll import Scroll, created
from tracker_magic.api.search import AGAIN, LOST, Found, Search, apart, incomplete
from tracker_magic.errors import BadQuery, RateLimited, Refused, TrackerError, UnexpectedReply

_FRUITLESS: Final = 3  # readings in a row that come no further, after which a range is given up
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Ranges:
    """Reads one question into one Found; `fetch` once."""

    def __init__(self, search: Search, found: Found) -> None:
        self._search = search
        self._found = found
        self._criteria = search.criteria
        self._kept: set[str] = set()  # ids that a scroll gave which was whole, or which another one went on from
        self._ended: list[Range] = []
        self._is_refused = False  # the service does not take a range of this question

    def fetch(self) -> None:
        """Fetch all issues that fit. Raises Incomplete where some came and the rest cannot be had."""
        try:
            with WorkerPool(self._search.call, cost.LANES) as crew:
                self._search.in_turn = crew.in_turn
                self._fetch(crew)
        except TrackerError as error:
            if not self._found.fetched:
                raise
            raise incomplete(self._found, error, self._missing()) from error
        finally:
            self._search.release()
        if len(self._kept) < len(self._found.ids):  # rows of a page that was flawed, and did not come again
            self._keep(self._kept)

    def _fetch(self, crew: WorkerPool) -> None:
        scroll = self._search.scroll(self._criteria, self._take, kind="unsorted")
        pages = scroll.pages()
        crew.result(crew.submit(next, pages))
        if scroll.is_single:
            self._kept, self._found.total = scroll.ids, scroll.total
            return
        counting = crew.submit(self._search.count)
        total = self._found.total = scroll.total or crew.result(counting)
        size = self._search.client.sizes.of_scroll(scroll.rows)
        left = math.ceil((total - scroll.rows) / size)
        rate = self._search.client.limiters["search"].rate_in_force
        count = cost.lanes(left, scroll.page_s, rate) if scroll.rows and not scroll.ended else 1
        if count == 1:
            crew.result(crew.submit(self._read, Range(), (scroll, pages)))
        else:
            parts = self._cut(crew, cost.ranks(total, size, count), total)
            for reading in [crew.submit(self._read, part) for part in parts]:
                crew.result(reading)
        if self._is_refused:
            crew.result(crew.submit(self._read, Range()))
        self._check(crew, crew.result(counting))

    def _check(self, crew: WorkerPool, before: int) -> None:
        """Hold the number of rows against the count made before; where they differ, against one made now.

        Scrolls are read at different moments, so while issues come and go there may be more rows than ever at once.
        What that does not explain one scroll over everything decides.
        """
        rows = len(self._kept)
        self._found.total = before
        if rows == before:
            return
        now = self._found.total = crew.result(crew.submit(self._search.count))
        if cost.explained(rows, before, now) or (rows > now != before < rows):
            return
        whole = crew.result(crew.submit(partial(self._read, Range(), goes_on=False)))
        later = self._found.total = crew.result(crew.submit(self._search.count))
        is_whole = cost.explained(whole.rows, now, later)
        if is_whole or len(self._found.ids) > later:  # more came than there are: rather those of one moment
            self._keep(whole.ids)
        if not is_whole:
            raise apart()

    def _keep(self, ids: set[str]) -> None:
        """Let these rows be the result."""
        self._kept = ids
        self._found.places = [place for name, place in self._found.ids.items() if name in ids]

    # One range: a scroll to its end, and another one for what is left where it breaks off.

    def _read(self, part: Range, begun: tuple[Scroll, Iterator[int]] | None = None, *, goes_on: bool = True) -> Scroll:
        """Read a range to its end; the last scroll, which `goes_on` where another one broke off."""
        fruitless, left, furthest = 0, part, (_NEVER, 0)
        while True:
            scroll, pages = begun or self._begin(left)
            begun = None
            try:
                problem = self._drained(scroll, pages, left)
            except BadQuery:
                if part == Range():
                    raise
                self._is_refused = True
                return scroll
            if problem is None:
                self._kept |= scroll.ids
                self._ended.append(part)
                return scroll
            reach = (scroll.reached or _NEVER, scroll.rows)
            came_further = reach > furthest and not scroll.was_read
            fruitless, furthest = (0, reach) if came_further else (fruitless + 1, furthest)
            if fruitless >= _FRUITLESS or not (scroll.rows or scroll.was_read) or self._search.call.is_over:
                raise problem
            if scroll.reached and goes_on:
                self._kept |= scroll.ids
                left = left.beyond(scroll.reached, MARGIN)
            else:
                left = part  # nobody knows where rows are missing

    def _drained(self, scroll: Scroll, pages: Iterator[int], part: Range) -> TrackerError | None:
        """Read a scroll to its end; what went wrong, if that was not all."""
        try:
            for _ in pages:
                pass
            if self._search.is_whole(scroll, self._found.total if part == Range() else None):
                return None
        except LOST as error:
            return error
        is_short = scroll.rows < scroll.told
        of = f"{scroll.rows:,} of {scroll.told:,}" if is_short else f"{scroll.rows:,}"
        also = "" if is_short else ", and counts another number of them"
        return UnexpectedReply(f"the service gave {of} issues {part}{also}", hint=AGAIN)

    def _begin(self, part: Range) -> tuple[Scroll, Iterator[int]]:
        criteria = self._criteria.within(part).by_creation()
        scroll = self._search.scroll(criteria, self._take, fields=(CREATED,))
        return scroll, scroll.pages()

    def _take(self, page: Page) -> None:
        self._found.take(page)
        self._search.call.report("issues", len(self._found.ids), self._found.total)

    # Where to cut.

    def _cut(self, crew: WorkerPool, places: list[int], total: int) -> Iterator[Range]:
        """Ranges between these places among `total`, oldest first; each is given as soon as it is known."""
        part, base, top, low, high = Range(), 0, total, None, None
        while places:
            front, back, places = cost.within_reach(places, base, top, WINDOW)
            inside = self._criteria.within(part)
            oldest_first, newest_first = inside.by_creation(), inside.by_creation(newest=True)
            asked = [crew.submit(self._created_at, oldest_first, place - base) for place in front]
            asked += [crew.submit(self._created_at, newest_first, top - place) for place in back]
            moments = [crew.result(each) for each in asked]
            for place, moment in zip(front, moments, strict=False):
                if moment and (low is None or moment > low) and (high is None or moment < high):
                    yield Range(low, moment)
                    low, base = moment, place
            for place, moment in reversed(list(zip(back, moments[len(front) :], strict=True))):
                if moment and (low is None or moment > low) and (high is None or moment < high):
                    yield Range(moment, high)
                    high, top = moment, place
            if Range(low, high) == part:
                break  # one moment holds more issues than can be counted through
            part = Range(low, high)
        yield Range(low, high)

    def _created_at(self, criteria: Criteria, place: int) -> datetime | None:
        """When the issue at `place` was created, to the second; None where that cannot be had."""
        try:
            answer = self._search.page(criteria, {"fields": f"id,{CREATED}", "perPage": 1, "page": place + 1})
        except RateLimited:
            raise  # the service wants to be left alone, and what follows would meet the same
        except (*LOST, Refused):
            return None  # it was a help only: the neighbours become one range
        moment = created(next(iter(answer.data), {}))
        return moment.replace(microsecond=0) if moment else None

    def _missing(self) -> str:
        """What has not been read to its end, where that is less than all."""
        reached = None
        highs = {part.low: part.high for part in self._ended}
        while reached in highs:
            reached = highs.pop(reached)
        return f"with {Range(reached).clause}" if reached else ""
