"""Fetch the issues of a search: as one page for a small limit, as one scroll in order, else as ranges in parallel."""

from tracker_magic.api.cost import counts_agree
from tracker_magic.api.endpoints import may_be_capped
from tracker_magic.api.partition import Partition
from tracker_magic.api.results import ResultSet, count_mismatch, incomplete
from tracker_magic.api.retry import TRANSIENT
from tracker_magic.api.scroll import Scroll, Search, believed_total, may_be_about_size
from tracker_magic.errors import BadQuery, TrackerError, UnexpectedReply

_MAX_READINGS = 3


def fetch_issues(search: Search, results: ResultSet, limit: int | None = None) -> None:
    """Fetch all issues that match (or the first `limit`), page by page, each once.

    With an order or a limit the rows are one snapshot. Raises Incomplete if some were fetched and the rest cannot be,
    or if their number and `_count` differ; those that were fetched are in `results`.
    """
    try:
        if limit is not None or not search.criteria.can_be_cut:
            fetch_in_order(search, results, limit)
            return
        results.restart()
        scroll = search.scroll(is_sorted=False)
        scroll.read_page(results)
        if scroll.is_single:
            results.set_total(scroll.total)
        else:
            Partition(search, results).fetch(scroll)
    finally:
        search.client.release_scrolls(search.operation)


def fetch_in_order(search: Search, results: ResultSet, limit: int | None = None) -> None:
    """Like `fetch_issues`, but one request after the other: one page if it holds the `limit`, else one scroll.

    Several may run in one operation, so the caller releases the scrolls when all have ended.
    """
    page_is_refused = False
    if limit is not None and limit <= search.client.sizes.page:
        try:
            if _read_first_page(search, results, limit):
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


def _read_first_page(search: Search, results: ResultSet, limit: int) -> bool:
    """Read the first `limit` issues as one page; return False if it holds fewer: pages shift, a scroll does not."""
    results.restart()
    records, answer = search.page(search.criteria, {**search.params, "perPage": limit, "page": 1})
    with results.page() as page:
        page.add(records[:limit])
    rows, total = len(results.ids), believed_total(answer)
    if total is None or may_be_capped(total):
        total = search.count()
    results.set_total(total)
    search.client.sizes.note_page(limit, rows, total)
    if rows < min(limit, total):
        return False
    search.operation.report("issues", rows, min(limit, total))
    return True


def _read_scrolls(search: Search, results: ResultSet, limit: int | None, *, page_is_refused: bool) -> None:
    """Read one scroll; if it breaks off, read another one from the beginning, as the order may have changed."""
    is_sorted = search.criteria.is_ordered or limit is not None
    for reading in range(1, _MAX_READINGS + 1):
        results.restart()
        scroll = search.scroll(is_sorted=is_sorted)
        try:
            problem = _read_scroll(search, results, scroll, limit, page_is_refused=page_is_refused)
        except TRANSIENT as error:
            if not scroll.rows or search.operation.is_over:
                raise
            problem = error
        if problem is None:
            results.keep(results.ids)
            return
        if reading == _MAX_READINGS:
            raise problem


def _read_scroll(
    search: Search, results: ResultSet, scroll: Scroll, limit: int | None, *, page_is_refused: bool
) -> TrackerError | None:
    """Read a scroll to its end or `limit`; return what is wrong, or None if it is complete."""
    while not scroll.is_read:
        scroll.read_page(results, limit)
        if page_is_refused:  # the query is right, so the page was too large
            search.client.sizes.cap("perPage")
        if results.total is None:
            results.set_total(scroll.rows if scroll.is_single else search.count())
        rows, total = len(results.ids), max(scroll.rows, results.total or 0)
        search.operation.report("issues", rows, total if limit is None else min(total, limit))
        if limit is not None and rows >= limit:
            return None
    return _problem_of(search, scroll, results)


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
