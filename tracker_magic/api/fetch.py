"""Issues by a question, planned: one page for the first few, one scroll where an order was asked for, else ranges."""

from collections.abc import Callable
from typing import Any, Final

from tracker_magic.api.crew import Crew
from tracker_magic.api.criteria import CREATED
from tracker_magic.api.paging import Records
from tracker_magic.api.ranges import Ranges
from tracker_magic.api.resources import CAPPED_PAGE
from tracker_magic.api.scroll import records_of, told_total
from tracker_magic.api.search import LOST, Found, Search, incomplete
from tracker_magic.errors import BadQuery, RateLimited

Restart = Callable[[], Callable[[Records], None]]
_ATTEMPTS: Final = 3


def fetch_issues(search: Search, restart: Restart, limit: int | None = None) -> Found:
    """Fetch all issues that fit (or the first `limit`), page by page, into what `restart` gives.

    `restart` is called at the beginning, and again whenever all pages must be read anew. Rows come in the order that
    was asked for, else in any. Raises Incomplete where some came and the rest cannot be had, or where their number
    and `_count` keep apart.
    """
    if limit is not None and limit <= search.client.sizes.page and (found := _first_page(search, restart, limit)):
        return found
    if limit is None and search.criteria.can_be_cut:
        search.params = _with_creation(search.params)
        return Ranges(search, Found(restart())).fetch()
    try:
        with Crew(search.call, 1) as crew:
            return crew.result(crew.submit(_in_order, search, restart, limit))
    finally:
        search.release()


def _first_page(search: Search, restart: Restart, limit: int) -> Found | None:
    """The first `limit` issues in one page; None where the service gives fewer: pages shift, a scroll does not."""
    try:
        answer = search.page(search.criteria, {**search.params, "perPage": limit, "page": 1})
    except BadQuery:
        if limit <= CAPPED_PAGE or search.client.sizes.page_is_known:
            raise
        # The query may be at fault or the page: only of a scroll it is documented how large a page may be.
        return None
    found = Found(restart())
    found.take(records_of(answer), limit)
    total = told_total(answer)
    found.total = search.count() if total is None else total
    search.client.sizes.page_came(limit, len(found.ids), found.total)
    if len(found.ids) < min(limit, found.total):
        return None
    search.call.report("issues", len(found.ids), min(limit, found.total))
    return found


def _in_order(search: Search, restart: Restart, limit: int | None) -> Found:
    """Read one scroll to its end or `limit`; one that breaks off is begun anew, as its order may have changed."""
    for attempt in range(1, _ATTEMPTS + 1):
        found = Found(restart())
        try:
            if _read(search, found, limit):
                return found
        except (*LOST, RateLimited) as error:
            if not found.ids:
                raise
            if attempt == _ATTEMPTS or search.call.is_over or isinstance(error, RateLimited):
                raise incomplete(found, error) from error
    raise incomplete(found, None)


def _read(search: Search, found: Found, limit: int | None) -> bool:
    """Read one scroll into `found`; whether that is all."""
    ordered = search.criteria.is_ordered or limit is not None
    scroll = search.scroll(search.criteria, kind="sorted" if ordered else "unsorted")
    for records in scroll.pages(limit):
        found.take(records, limit)
        if found.total is None:
            found.total = search.total_of(scroll)
        search.call.report("issues", len(found.ids), min(found.total, limit or found.total))
        if limit is not None and len(found.ids) >= limit:
            return True
    return search.is_whole(scroll)


def _with_creation(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters with the one field that reading in ranges needs."""
    fields = params.get("fields")
    if fields is None or CREATED in fields.split(","):
        return params
    return {**params, "fields": f"{fields},{CREATED}"}
