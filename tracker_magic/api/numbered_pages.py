"""Fetch all issues of a search, in no order: as one page, or as numbered pages, oldest issue first, several at a time.

The first page is requested as the search is; if it does not hold everything, pages by creation follow. Numbered pages
are recomputed for every request: if an issue leaves the result, all later ones move forward, and one of them may be on
no page. So pages overlap: each is smaller than the one before it, and begins before that one ends. If neighbouring
pages overlap in creation time, no issue that matched all the time is missing between them, whatever left, entered or
moved meanwhile. A gap between them is read as a search of its own.

The last of several pages is read from the other end, newest issue first, so that it holds the newest issues whatever
total the service reports: if that is too small, the pages have a gap. So no `_count` is needed beforehand.

Numbered pages end at a window of 10,000 issues; a search for issues created since shortly before its end continues. In
which time zone the service reads that moment is not documented; if it leaves a gap, the gap is read, too.
https://yandex.ru/support/tracker/en/api-ref/issues/search-issues
"""

import operator
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, pairwise
from typing import Final

from tracker_magic.api import protocol
from tracker_magic.api.cost import counts_agree, overlap_of, size_for_threads, sizes_for, threads_needed
from tracker_magic.api.criteria import EASTERNMOST, WESTERNMOST, Range, shifted
from tracker_magic.api.endpoints import CAPPED_PAGE, WINDOW, may_be_capped
from tracker_magic.api.execution import WorkerPool
from tracker_magic.api.protocol import CREATED, Answer, Request
from tracker_magic.api.results import ResultSet, incomplete
from tracker_magic.api.retry import FIRST_WAIT_S
from tracker_magic.api.scroll import Search, may_be_about_size, parse_moment
from tracker_magic.errors import BadQuery, RateLimited, Refused, ServiceBroken, TrackerError, UnexpectedReply
from tracker_magic.transport.transport import Headers

_MAX_READINGS: Final = 3  # of a page that is damaged or short
_MAX_GAPS: Final = 10  # more are not worth a request each
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """One numbered page as it was read.

    `start`: the rank of its first row, from 0. `created`: the creation times of the oldest row, of the one from which
    the next window begins, and of the newest; None if the rows are not in the requested order of creation. `total`: as
    reported, None: not reported. `is_single`: it is not full, and the other headers agree that there are no more pages.
    """

    start: int
    size: int
    rows: int
    created: tuple[datetime, datetime, datetime] | None
    total: int | None
    is_single: bool = False
    took_s: float = 0.0

    @property
    def is_short(self) -> bool:
        """Whether rows are missing that the reported total promises."""
        return self.total is not None and self.rows < min(self.size, self.total - self.start)

    @property
    def may_be_cut(self) -> bool:
        """Whether the service may have cut the rows, and with them the total if it reports one."""
        return self.total in (None, self.rows) and may_be_capped(self.rows) and not self.is_single

    @property
    def is_last(self) -> bool:
        """Whether no issues follow: the page is not full, and has the last of the reported total.

        A total that equals the window may stand for any larger number.
        """
        if self.rows >= self.size or self.may_be_cut:
            return False
        return self.total is None or (self.total != WINDOW and self.start + self.rows == self.total)

    def is_same(self, other: "NumberedPage | None") -> bool:
        """Whether another reading gave as many rows of as many."""
        return other is not None and (self.rows, self.total) == (other.rows, other.total)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The request for the first page of a search, and its reply."""

    request: Request
    answer: Answer

    @property
    def size(self) -> int:
        """The page size that was requested."""
        return int(self.request.params["perPage"])


def fetch_first_page(search: Search, limit: int | None = None) -> FirstPage:
    """Request the first page as the search is, and a smaller one if the service refuses its size."""
    sizes, size = search.client.sizes, limit or search.client.sizes.page
    request = search.page_request(size)
    try:
        return FirstPage(request, search.client.fetch(search.operation, request))
    except BadQuery as error:
        # The query may be wrong, or the page too large: the maximum is documented only for scrolls.
        if not may_be_about_size(error, "perPage", size, is_known=sizes.is_known("perPage", size)):
            raise
    request = search.page_request(CAPPED_PAGE)
    answer = search.client.fetch(search.operation, request)
    sizes.cap("perPage")
    return FirstPage(request, answer)


def read_page(
    search: Search,
    results: ResultSet,
    request: Request,
    answer: Answer | None = None,
    *,
    is_newest_first: bool = False,
) -> NumberedPage:
    """Read a numbered page, whose rows go to `results`; `answer` is its first reply if it was requested before."""
    readings = 0
    while True:
        answer = answer or search.client.fetch(search.operation, request)
        try:
            take = partial(_take_page, is_newest_first=is_newest_first)
            return search.operation.in_memory_thread(take, request, answer, results)
        except UnexpectedReply:  # damaged in the middle, which shows only here
            readings += 1
            if readings == _MAX_READINGS:
                raise
        answer = None
        search.operation.wait(FIRST_WAIT_S)


def total_of(search: Search, page: NumberedPage) -> int:
    """The reported total; or `_count`, if the service may have cut it: at the window, or together with the rows."""
    total = page.total
    if total is not None and total != WINDOW and not page.may_be_cut:
        return total
    return max(total or 0, search.count())


def _take_page(request: Request, answer: Answer, results: ResultSet, *, is_newest_first: bool) -> NumberedPage:
    """Pass the rows of a page to `results`, all or none. More rows than requested are left out."""
    size, number = request.params["perPage"], request.params["page"]
    times: list[str] = []
    with results.page() as page:
        for records in answer.data:
            taken = records[: max(0, size - len(times))]
            times += [str(record.get(CREATED)) for record in taken]
            page.add(taken)
    return NumberedPage(
        start=(number - 1) * size,
        size=size,
        rows=len(times),
        created=_created(times[::-1] if is_newest_first else times, size),
        total=protocol.number(answer.headers, "X-Total-Count"),
        is_single=len(times) < size and _is_single(answer.headers, size),
        took_s=answer.took_s,
    )


def _is_single(headers: Headers, size: int) -> bool:
    """Whether there is one page of the requested size: a smaller maximum would show in the link for other pages."""
    links = protocol.links(headers)
    seek_size = links.get("seek", {}).get("perPage", "").partition("{")[0]  # its address ends with "{&page}"
    return protocol.number(headers, "X-Total-Pages") == 1 and "next" not in links and seek_size == str(size)


def _left_after(end: NumberedPage, left: int, page_size: int) -> int:
    """How many issues follow a page that ends a window of `left` issues, if the service reports it, else at least."""
    if end.total is None or end.total == WINDOW:
        return max(left - end.start - end.rows, page_size)
    return end.total - end.start - end.rows


def _created(times: list[str], size: int) -> tuple[datetime, datetime, datetime] | None:
    # The texts have one format and time zone, so they sort as moments do.
    if not times or not all(map(operator.le, times, times[1:])):
        return None
    moments = [parse_moment(text) for text in (times[0], times[max(0, len(times) - overlap_of(size))], times[-1])]
    first, near_end, last = moments
    return (first, near_end, last) if first and near_end and last else None


class NumberedPages:
    """Reads one search into one ResultSet; call `fetch` only once."""

    def __init__(self, search: Search, results: ResultSet) -> None:
        self._search = search
        self._results = results
        self._windows: list[list[Future[NumberedPage]]] = []  # the pages of each window, in order

    def fetch(self, first: FirstPage) -> bool:
        """Fetch all issues that match; return False if the pages cannot be proved complete.

        Raises Incomplete if the rest cannot be fetched.
        """
        sizes = self._search.client.sizes
        try:
            page = self._read(first.request, first.answer)
            total = total_of(self._search, page)
            self._results.set_total(total)
            sizes.note_page(page.size, page.rows, total, page.took_s)
            # By chance, several readings may add up to the total, and a later count may be what a page was cut to.
            if page.rows == len(self._results.ids) == total and not page.may_be_cut:
                return True
            return self._has_all(page, total) and self._is_confirmed(total, is_counted=total != page.total)
        except TrackerError as error:
            if _may_be_about_pages(error):
                return False
            if not self._results.rows:
                raise
            raise incomplete(self._results, error, self._missing()) from error

    def _read(self, request: Request, answer: Answer | None = None, *, is_newest_first: bool = False) -> NumberedPage:
        """Read a page, and once more if it is short; two readings with the same number of rows are believed."""
        previous = None
        for _ in range(_MAX_READINGS):
            page = read_page(self._search, self._results, request, answer, is_newest_first=is_newest_first)
            if not page.is_short or page.is_same(previous):
                break
            previous, answer = page, None
        self._search.operation.report("issues", len(self._results.ids), self._results.total)
        return page

    def _has_all(self, first: NumberedPage, total: int) -> bool:
        """Read all pages; return False if they cannot be proved complete, or if the service refuses one."""
        rate = self._search.client.limiters["search"].effective_rate
        size = size_for_threads(total, self._search.client.sizes.page, rate)
        with WorkerPool(self._search.operation, threads_needed(total, size, first.took_s, rate)) as pool:
            try:
                if self._read_windows(pool, size, total) and self._fill_gaps(pool, size):
                    return True
            except Refused as error:  # here, since an error that leaves the block ends the operation
                if not _may_be_about_pages(error):
                    raise
            pool.cancel_waiting()
            return False

    def _fill_gaps(self, pool: WorkerPool, size: int) -> bool:
        """Wait for all pages, and read the gaps between them; return False if the pages or a gap are incomplete."""
        pages = [page for page in map(pool.result, chain.from_iterable(self._windows)) if page.rows]
        gaps = list(_gaps(pages))
        if not _are_complete(pages) or len(gaps) > _MAX_GAPS:
            return False
        fills = [pool.submit(self._read, self._search.page_by_creation(size, part=gap)) for gap in gaps]
        return all(pool.result(fill).is_last for fill in fills)

    def _read_windows(self, pool: WorkerPool, page_size: int, total: int) -> bool:
        """Begin to read window after window until one ends; return False if one begins where the one before it did."""
        low, left = None, total
        while True:
            sizes = sizes_for(left, page_size)
            if len(sizes) > 1 and len(sizes) * sizes[-1] >= left:
                self._windows.append(self._submit_last_window(pool, sizes, low))
                return True
            self._windows.append(self._submit_window(pool, sizes, low))
            end = _end_of_window(pool, self._windows[-1])
            if end.is_last:
                return True
            if end.created is None or end.is_short:
                return False
            following = end.created[1].replace(microsecond=0)
            if low is not None and following <= low:
                return False
            low, left = following, _left_after(end, left, page_size) + overlap_of(page_size)

    def _submit_window(self, pool: WorkerPool, sizes: list[int], low: datetime | None) -> list[Future[NumberedPage]]:
        """Begin to read the pages of a window, the last one first: its end says where the next window begins."""
        requests = [self._search.page_by_creation(size, number, Range(low)) for number, size in enumerate(sizes, 1)]
        last = pool.submit(self._read, requests.pop())
        return [*(pool.submit(self._read, request) for request in requests), last]

    def _submit_last_window(
        self, pool: WorkerPool, sizes: list[int], low: datetime | None
    ) -> list[Future[NumberedPage]]:
        """Begin to read the pages of the last window, the last one from the other end."""
        *others, size = sizes
        requests = [self._search.page_by_creation(each, number, Range(low)) for number, each in enumerate(others, 1)]
        newest = partial(self._read, is_newest_first=True)
        last = self._search.page_by_creation(size, part=Range(low), is_newest_first=True)
        return [*(pool.submit(self._read, request) for request in requests), pool.submit(newest, last)]

    def _is_confirmed(self, before: int, *, is_counted: bool) -> bool:
        """Compare the number of rows with the total known before; if they differ, with a new count.

        Issues that came or went meanwhile may explain a number between the two, but a total that was only reported may
        be cut: then it explains no more rows than it says.
        """
        rows = len(self._results.ids)
        if rows == before:
            return True
        now = self._search.count()
        self._results.set_total(rows)
        return rows == now or (counts_agree(rows, before, now) and (is_counted or rows < before))

    def _missing(self) -> str:
        """A clause that names the issues after the first page that was not read; empty if there is none before it."""
        reached = None
        for future in chain.from_iterable(self._windows):
            if not future.done() or future.cancelled() or future.exception() is not None:
                break
            page = future.result()
            if page.created is None or page.is_short or (reached and page.created[0] >= reached):
                break
            reached = page.created[2]
        return f"with {Range(reached.replace(microsecond=0)).clause}" if reached else ""


def _may_be_about_pages(error: TrackerError) -> bool:
    """Whether the service may refuse later pages, or a range of creation times, but not the search itself."""
    return isinstance(error, Refused) and not isinstance(error, RateLimited | ServiceBroken)


def _are_complete(pages: list[NumberedPage]) -> bool:
    """Whether all pages are in the order of creation and have the rows that the total promises, or else are full."""
    are_in_order = all(page.created is not None and not page.is_short for page in pages)
    return are_in_order and all(page.total is not None or page.rows == page.size for page in pages[:-1])


def _gaps(pages: list[NumberedPage]) -> Iterator[Range]:
    """The ranges between pages that do not overlap in creation time, with a margin for the service's time zone."""
    for one, following in pairwise(pages):
        if one.created and following.created and following.created[0] >= one.created[2]:
            low, high = shifted(one.created[2], -WESTERNMOST), shifted(following.created[0], EASTERNMOST + _SECOND)
            yield Range(low.replace(microsecond=0), high.replace(microsecond=0))


def _end_of_window(pool: WorkerPool, window: list[Future[NumberedPage]]) -> NumberedPage:
    """The last page of a window that has rows: issues may have left the last one."""
    end = pool.result(window[-1])
    if end.rows:
        return end
    return next((page for page in reversed([pool.result(reading) for reading in window]) if page.rows), end)
