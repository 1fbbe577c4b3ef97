"""Issues by a question, planned: one page for the first few, one scroll where an order was asked for, else ranges."""

from collections.abc import Callable, Iterator
from typing import Final

from tracker_magic.api.crew import Crew
from tracker_magic.api.paging import Page, Records
from tracker_magic.api.plan import explained
from tracker_magic.api.ranges import Ranges
from tracker_magic.api.resources import CAPPED_PAGE, may_be_capped
from tracker_magic.api.scroll import Scroll, told_total
from tracker_magic.api.search import LOST, Found, Search, incomplete
from tracker_magic.errors import BadQuery, TrackerError, UnexpectedReply

_ATTEMPTS: Final = 3


def fetch_issues(search: Search, add: Callable[[Page], object], limit: int | None = None) -> Found:
    """Fetch all issues that fit (or the first `limit`), page by page, into `add`, each once.

    Where an order was asked for, or a limit was set, the result's `places` tell which rows stand in which order.
    Raises Incomplete where some came and the rest cannot be had, or where their number and `_count` keep apart.
    """
    found = Found(add)
    if _first_page(search, found, limit):
        return found
    if limit is None and search.criteria.can_be_cut:
        Ranges(search, found).fetch()
        return found
    try:
        with Crew(search.call, 1) as crew:
            crew.result(crew.submit(_in_order, search, found, limit))
    finally:
        search.release()
    return found


def fetch_alone(search: Search, add: Callable[[Page], object], limit: int | None = None) -> Found:
    """As `fetch_issues`, one request after the other in this thread, which may be one of several of a call."""
    found = Found(add)
    try:
        if not _first_page(search, found, limit):
            _in_order(search, found, limit)
    finally:
        search.release()
    return found


def _first_page(search: Search, found: Found, limit: int | None) -> bool:
    """The first `limit` issues in one page; False where it holds fewer: pages shift, a scroll does not."""
    if limit is None or limit > search.client.sizes.page:
        return False
    try:
        answer = search.page(search.criteria, {**search.params, "perPage": limit, "page": 1})
    except BadQuery:
        if limit <= CAPPED_PAGE or search.client.sizes.page_is_known:
            raise
        # The query may be at fault or the page: only of a scroll it is documented how large a page may be.
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
    """Read one scroll to its end or `limit`; one that breaks off is begun anew, as its order may have changed."""
    try:
        for attempt in range(1, _ATTEMPTS + 1):
            order: dict[str, None] = {}
            scroll = _opened(search, found, order, limit)
            try:
                if _read(search, found, scroll, limit):
                    found.places = [found.ids[each] for each in order]
                    return
            except LOST:
                if not scroll.rows or attempt == _ATTEMPTS or search.call.is_over:
                    raise
    except TrackerError as error:
        if not found.ids:
            raise
        raise incomplete(found, error) from error
    raise incomplete(found, UnexpectedReply("the issues that came and their count keep apart"))


def _opened(search: Search, found: Found, order: dict[str, None], limit: int | None) -> Scroll:
    """A scroll whose rows go to `found`, and their ids to `order`, up to `limit`."""

    def wanted(page: Page, names: list[str]) -> Iterator[Records]:
        for records in page:
            wanted = records[: None if limit is None else limit - len(order) - len(names)]
            names += [record["id"] for record in wanted]
            yield wanted

    def take(page: Page) -> int:
        names: list[str] = []
        came = found.take(wanted(page, names))
        order.update(dict.fromkeys(names))
        return came

    ordered = search.criteria.is_ordered or limit is not None
    return search.scroll(search.criteria, take, kind="sorted" if ordered else "unsorted")


def _read(search: Search, found: Found, scroll: Scroll, limit: int | None) -> bool:
    """Read a scroll to its end or `limit`; whether that is all."""
    for _ in scroll.pages(limit):
        if found.total is None:
            found.total = scroll.rows if scroll.is_single else search.count()
        rows = scroll.rows if limit is None else min(scroll.rows, limit)
        search.call.report("issues", rows, min(found.total, limit or found.total))
        if limit is not None and rows >= limit:
            return True
    return _agrees(search, scroll, found)


def _agrees(search: Search, scroll: Scroll, found: Found) -> bool:
    """Whether a scroll that was read to its end is whole, by its own number and by `_count`, before or now."""
    before = found.total or 0
    if scroll.rows == before:
        return scroll.total in {None, before}
    if not search.is_whole(scroll, before):
        return False
    found.total = search.count()
    return explained(scroll.rows, before, found.total)
