"""Fetch the issues of a search: as one page for a small limit, as one scroll in order, else as pages in parallel."""

import math

from tracker_magic.api.cost import counts_agree
from tracker_magic.api.endpoints import CAPPED_PAGE, WINDOW
from tracker_magic.api.numbered_pages import (
    FirstPage,
    NumberedPages,
    fetch_first_page,
    read_page,
    total_of,
)
from tracker_magic.api.results import ResultSet, count_mismatch, incomplete
from tracker_magic.api.retry import TRANSIENT
from tracker_magic.api.scroll import Scroll, Search, may_be_about_size
from tracker_magic.errors import BadQuery, TrackerError, UnexpectedReply

_MAX_READINGS = 3


def fetch_issues(
    search: Search, results: ResultSet, limit: int | None = None, *, first: FirstPage | None = None
) -> None:
    """Fetch all issues that match (or the first `limit`), page by page, each once.

    `first`: the first page, if `prefetch` has requested it. With an order or a limit the rows are one snapshot. Raises
    Incomplete if some were fetched and the rest cannot be, or if their number and `_count` differ; those that were
    fetched are in `results`.
    """
    try:
        if limit is None and search.criteria.can_be_cut:
            results.restart()
            if NumberedPages(search, results).fetch(first or fetch_first_page(search)):
                return
            first = None
        fetch_in_order(search, results, limit, first=first)
    finally:
        search.client.release_scrolls(search.operation)


def prefetch(search: Search, limit: int | None = None) -> FirstPage | None:
    """Request the first page that `fetch_issues` reads; None: it begins with a scroll, or its size may be refused."""
    if limit is not None:
        return fetch_first_page(search, limit) if limit <= CAPPED_PAGE else None
    return fetch_first_page(search) if search.criteria.can_be_cut else None


def fetch_in_order(
    search: Search,
    results: ResultSet,
    limit: int | None = None,
    *,
    first: FirstPage | None = None,
    needs_total: bool = True,
) -> None:
    """Like `fetch_issues`, but one request after the other: one page if it holds the `limit`, else one scroll.

    Without `needs_total`, as many rows as the limit are enough, however many issues match.
    Several may run in one operation, so the caller releases the scrolls when all have ended.
    """
    page_is_refused = False
    if limit is not None and limit <= search.client.sizes.page:
        try:
            if _read_first_page(search, results, limit, first, needs_total=needs_total):
                return
        except BadQuery as error:
            # The query may be wrong, or the page too large: the maximum is documented only for scrolls.
            is_known = search.client.sizes.is_known("perPage", limit)
            if not may_be_about_size(error, "perPage", limit, is_known=is_known):
                raise
            page_is_refused = True
    try:
        _read_scrolls(search, results, limit, page_is_refused=page_is_refused)
    except TrackerError as error:
        if not results.rows:
            raise
        raise incomplete(results, error, limit=limit) from error


def _read_first_page(
    search: Search, results: ResultSet, limit: int, first: FirstPage | None, *, needs_total: bool
) -> bool:
    """Read the first `limit` issues as one page; return False if it holds fewer: pages shift, a scroll does not."""
    results.restart()
    page = read_page(search, results, search.page_request(limit), first.answer if first else None)
    rows, sizes = len(results.ids), search.client.sizes
    if rows == limit and not needs_total:
        return True
    total = total_of(search, page)
    results.set_total(total)
    sizes.note_page(limit, page.rows, total, page.took_s, readings=1)
    if rows < min(limit, total):
        return False
    search.operation.report("issues", rows, min(limit, total))
    return True


def _read_scrolls(search: Search, results: ResultSet, limit: int | None, *, page_is_refused: bool) -> None:
    """Read one scroll; if it breaks off, read another one from the beginning, as the order may have changed."""
    is_sorted = search.criteria.is_ordered or limit is not None
    previous: set[str] | None = None
    for reading in range(1, _MAX_READINGS + 1):
        results.restart()
        scroll = search.scroll(is_sorted=is_sorted)
        try:
            problem = _read_scroll(search, results, scroll, limit, previous)
            if page_is_refused:  # the query is right, so the page was too large
                search.client.sizes.cap("perPage")
        except TRANSIENT as error:
            if not scroll.rows or search.operation.is_over:
                raise
            problem = error
        if problem is None:
            results.keep(results.ids)
            return
        previous = results.ids
        if reading == _MAX_READINGS:
            raise problem


def _read_scroll(
    search: Search, results: ResultSet, scroll: Scroll, limit: int | None, previous: set[str] | None
) -> TrackerError | None:
    """Read a scroll to its end or `limit`; return what is wrong, or None if it is complete.

    A short page on the way to the limit is believed if the `previous` reading had the same rows.
    """
    while not scroll.is_read:
        scroll.read_page(results, limit)
        if results.total is None:
            results.set_total(scroll.rows if scroll.is_single else search.count())
        if scroll.rows > 2 * (results.total or 0) + WINDOW:  # issues that come meanwhile are fewer
            return UnexpectedReply(f"the scroll does not end: {scroll.rows:,} issues instead of {results.total:,}")
        _report(search, results, scroll, limit)
        if len(results.ids) >= (limit or math.inf):
            return _problem_of_short_page() if scroll.has_short_page and results.ids != previous else None
    return _problem_of(search, scroll, results)


def _report(search: Search, results: ResultSet, scroll: Scroll, limit: int | None) -> None:
    total = max(scroll.rows, results.total or 0)
    search.operation.report("issues", len(results.ids), total if limit is None else min(total, limit))


def _problem_of_short_page() -> TrackerError:
    return UnexpectedReply("a page of the scroll had fewer rows than requested, although others follow")


def _problem_of(search: Search, scroll: Scroll, results: ResultSet) -> TrackerError | None:
    """What is wrong with a scroll that was read to its end; None: rows, reported total and `_count` agree."""
    if scroll.rows < scroll.reported_minimum:
        return UnexpectedReply(f"the scroll returned {scroll.rows:,} of {scroll.reported_minimum:,} issues")
    before = results.total or 0
    now = before if scroll.rows == before else search.count()
    results.set_total(now)
    if counts_agree(scroll.rows, before, now):
        return None
    return count_mismatch(
        hint="Without an order, it matters less that issues come and go." if search.criteria.is_ordered else ""
    )
