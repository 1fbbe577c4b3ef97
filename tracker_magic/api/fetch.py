"""Issues by a question, planned: one page for the first few, one scroll where an order was asked for, else ranges."""

from typing import Final

from tracker_magic.api.cost import explained
from tracker_magic.api.crew import WorkerPool
from tracker_magic.api.endpoints import CAPPED_PAGE, may_be_capped
from tracker_magic.api.pagination import Page
from tracker_magic.api.partition import Ranges
from tracker_magic.api.scroll import Scroll, may_be_about_size, told_total
from tracker_magic.api.search import AGAIN, LOST, Found, Search, apart, incomplete
from tracker_magic.errors import BadQuery, TrackerError, UnexpectedReply

_ATTEMPTS: Final = 3


def fetch_issues(search: Search, found: Found, limit: int | None = None) -> None:
    """Fetch all issues that fit (or the first `limit`), page by page, each once.

    Where an order was asked for, or a limit was set, the rows stand as one reading gave them, which is a snapshot.
    Raises Incomplete where some came and the rest cannot be had, or where their number and `_count` keep apart; what
    came of them `found` tells.
    """
    if _first_page(search, found, limit):
        return
    if limit is None and search.criteria.can_be_cut:
        found.anew()
        Ranges(search, found).fetch()
        return
    try:
        with WorkerPool(search.call, 1) as crew:
            crew.result(crew.submit(_in_order, search, found, limit))
    finally:
        search.release()


def fetch_alone(search: Search, found: Found, limit: int | None = None) -> None:
    """As `fetch_issues`, one request after the other in this thread, which may be one of several of a call."""
    try:
        if not _first_page(search, found, limit):
            _in_order(search, found, limit)
    finally:
        search.release()


def _first_page(search: Search, found: Found, limit: int | None) -> bool:
    """The first `limit` issues in one page; False where it holds fewer: pages shift, a scroll does not."""
    if limit is None or limit > search.client.sizes.page:
        return False
    found.anew()
    try:
        answer = search.page(search.criteria, {**search.params, "perPage": limit, "page": 1})
    except BadQuery as error:
        if not may_be_about_size(error, "perPage", limit, is_known=search.client.sizes.page_is_known):
            raise
        # The query may be at fault or the page: only of a scroll it is documented how large a page may be.
        search.page_is_in_doubt = True
        return False
    found.take([answer.data[:limit]])
    rows, total = len(found.ids), told_total(answer)
    found.total = search.count() if total is None or may_be_capped(total) else total
    search.client.sizes.page_came(limit, rows, found.total)
    if rows < min(limit, found.total):
        return False
    search.call.report("issues", rows, min(limit, found.total))
    return True


def _in_order(search: Search, found: Found, limit: int | None) -> None:
    """Read to the end or `limit`. Raises Incomplete with the rows of the longest reading where none is whole."""
    try:
        _read_anew(search, found, limit)
    except TrackerError as error:
        if not found.fetched:
            raise
        raise incomplete(found, error, limit=limit) from error


def _read_anew(search: Search, found: Found, limit: int | None) -> None:
    """Read one scroll; one that breaks off is begun anew, as its order may have changed."""
    for attempt in range(1, _ATTEMPTS + 1):
        found.anew()
        scroll = _opened(search, found, limit)
        try:
            flaw = _read(search, found, scroll, limit)
        except LOST as error:
            if not scroll.rows or search.call.is_over:
                raise
            flaw = error
        if flaw is None:
            found.choose()
            return
        if attempt == _ATTEMPTS:
            raise flaw


def _opened(search: Search, found: Found, limit: int | None) -> Scroll:
    """A scroll whose rows go to `found`, up to `limit`."""

    def wanted(page: Page) -> Page:
        left = None if limit is None else limit - len(found.ids)
        for records in page:
            yield records[:left]
            left = None if left is None else max(0, left - len(records))

    def take(page: Page) -> None:
        found.take(wanted(page))

    ordered = search.criteria.is_ordered or limit is not None
    return search.scroll(search.criteria, take, kind="sorted" if ordered else "unsorted")


def _read(search: Search, found: Found, scroll: Scroll, limit: int | None) -> TrackerError | None:
    """Read a scroll to its end or `limit`; what is wrong, if that is not all."""
    for _ in scroll.pages(limit):
        if search.page_is_in_doubt:  # it was the page
            search.client.sizes.page, search.page_is_in_doubt = CAPPED_PAGE, False
        if found.total is None:
            found.total = scroll.rows if scroll.is_single else search.count()
        rows, there = len(found.ids), max(scroll.rows, found.total)
        search.call.report("issues", rows, there if limit is None else min(there, limit))
        if limit is not None and rows >= limit:
            return None
    return _flaw(search, scroll, found)


def _flaw(search: Search, scroll: Scroll, found: Found) -> TrackerError | None:
    """What is wrong with a scroll that was read to its end; None: its own number and `_count`, before or now, agree."""
    if scroll.rows < scroll.told:
        return UnexpectedReply(f"the service gave {scroll.rows:,} issues of a scroll of {scroll.told:,}", hint=AGAIN)
    before = found.total or 0
    if scroll.rows != before:
        found.total = search.count()
    if explained(scroll.rows, before, found.total or 0):
        return None
    return apart(hint="Without an order it matters less that issues come and go." if search.criteria.is_ordered else "")
