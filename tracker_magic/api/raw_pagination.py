"""Fetch all pages of an answer whose kind of pagination only the answer shows: links, scrolls, cursors, totals."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Client
from tracker_magic.api.endpoints import WINDOW, is_full
from tracker_magic.api.execution import Operation
from tracker_magic.api.pagination import (
    MAX_EMPTY,
    PageReader,
    SeenRecords,
    follow_last_id,
    follow_links,
    follow_numbers,
    follow_users,
    id_of,
    reported_total,
)
from tracker_magic.api.protocol import SCROLL_ID, Answer, Params, Request
from tracker_magic.errors import BadQuery, NotFound, UnexpectedReply
from tracker_magic.transport.body import whole_number

_BY_LAST_ID: Final = ("/worklog", "worklog/_search", "boards/_paginate")  # their pages do not name the next one


def fetch_all_pages(client: Client, operation: Operation, request: Request) -> Any:
    """The whole answer to a request: a list joined from its pages, an object with its list joined, or anything else.

    Pages are found by `X-Scroll-Id`, by `Link`, by `X-Total-Pages`, by `hasNext` (users), by `pages` (entities), or if
    there is none of these, but the page may have been capped, by the last record's id. Raises UnexpectedReply if the
    list cannot be completed.
    """
    lists = {name: value[0] for name, value in request.params.items() if isinstance(value, list) and len(value) == 1}
    params = {**request.params, **lists}
    first = client.fetch(operation, replace(request, params=params))
    pages = _UniformPages(client, operation, request, first)
    if isinstance(first.data, dict):
        return _whole_object(pages, params, first.data)
    if not isinstance(first.data, list):
        return first.data
    if SCROLL_ID in first.headers:
        return _read_scroll(client, operation, replace(request, params=params), first)
    records = _joined(_follow(request.path, pages, params, first))
    _check_total(records, pages.last, params)
    return records


class _UniformPages:
    """Reads the pages of a list after the first one; all must have its shape. `last` is the last answer."""

    def __init__(self, client: Client, operation: Operation, request: Request, first: Answer) -> None:
        self.last = first
        self._client = client
        self._operation = operation
        self._request = request
        self._shape = _shape_of(first.data)
        self._has_first = True

    def page(self, params: Params) -> Answer:
        """The page with these parameters. Raises UnexpectedReply if its shape is not that of the first page."""
        if self._has_first:
            self._has_first, answer = False, self.last
        else:
            answer = self._client.fetch(self._operation, replace(self._request, params=params))
        if _shape_of(answer.data) != self._shape:
            raise UnexpectedReply("a page of the list has another shape than the first; the list cannot be completed")
        if self._shape == "entities" and not protocol.fits(answer.data, "entities"):
            raise UnexpectedReply("a page has no usable total; the list cannot be completed")
        self.last = answer
        return answer


def _shape_of(data: Any) -> str:
    """The name of a shape: `users` or `entities` for an object with such a list, else `object` or a type's name."""
    if isinstance(data, dict):
        if isinstance(data.get("users"), list):
            return "users"
        return "entities" if isinstance(data.get("values"), list) else "object"
    return type(data).__name__


def _joined(answers: Iterable[Answer]) -> list[Any]:
    return [record for answer in answers for record in answer.data]


def _whole_object(pages: _UniformPages, params: Params, data: dict[str, Any]) -> Any:
    if _shape_of(data) == "users" and isinstance(data.get("hasNext"), bool):
        records = _joined(follow_users(pages, params, None))
        return {**pages.last.data, "users": records}
    if _shape_of(data) == "entities" and isinstance(data.get("pages"), int):
        records = _joined(follow_numbers(pages, params))
        return {**pages.last.data, "values": records}
    return data


def _follow(path: str, pages: PageReader, params: Params, first: Answer) -> Iterator[Answer]:
    """The pages of a list, found in the way that its first page shows."""
    per_page = whole_number(params.get("perPage"))
    if (following := protocol.links(first.headers).get("next")) is not None:
        answers = follow_links(pages, params)
        return _with_steady_total(answers) if "page" in following else answers
    if (last := protocol.number(first.headers, "X-Total-Pages")) is not None:
        return _with_steady_total(_by_number(pages, params, last))
    if path.rstrip("/").endswith(_BY_LAST_ID):
        return follow_last_id(pages, params, per_page)
    return _by_guess(pages, params, per_page)


def _by_number(pages: PageReader, params: Params, last: int) -> Iterator[Answer]:
    """Request numbered pages; for lists without links."""
    seen, begin = SeenRecords(), whole_number(params.get("page")) or 1
    for number in range(begin, max(begin, last) + 1):
        answer = pages.page(params if number == begin else {**params, "page": number})
        yield replace(answer, data=seen.new(answer.data))
        if seen.empty_pages > MAX_EMPTY:
            return


def _with_steady_total(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass numbered pages on while `X-Total-Count` stays the same: records that leave the list shift later pages."""
    first: int | None = None
    for answer in answers:
        total = reported_total(answer)
        first = total if first is None else first
        if total is not None and total != first:
            raise UnexpectedReply(
                f"the list changed from {first:,} to {total:,} records while it was read, so some may be missing",
                hint='Try again, or ask for a scroll: scrollType="unsorted", perScroll=1000.',
                reason="list_changed",
            )
        yield answer


def _by_guess(pages: PageReader, params: Params, per_page: int | None) -> Iterator[Answer]:
    """Request what follows the last id while pages may have been capped; for lists that show no kind of pagination."""
    seen = SeenRecords()
    answer = pages.page(params)
    while fresh := seen.new(answer.data):
        yield replace(answer, data=fresh)
        last_id = id_of(answer.data[-1])
        if last_id is None or not is_full(len(answer.data), per_page):
            return
        try:
            answer = pages.page({**params, "id": last_id})
        except (BadQuery, NotFound):  # it accepts no `id`, so it has no pages
            return


def _read_scroll(client: Client, operation: Operation, request: Request, first: Answer) -> list[Any]:
    """All records of a scroll; if it stays open, it is released at the end of the operation."""
    seen, records, answer = SeenRecords(), list[Any](), first
    scroll_ids: set[str] = set()
    total = reported_total(first)
    while True:
        fresh = seen.new(answer.data)
        records += fresh
        if (scroll_id := answer.headers.get(SCROLL_ID)) is None:
            operation.forget_scrolls(scroll_ids)
            break
        scroll_ids.add(scroll_id)
        if answer.data and not fresh:
            raise UnexpectedReply("the service returned the same page of a scroll again")
        if seen.empty_pages >= MAX_EMPTY:
            break
        following = replace(request, params={**request.params, "scrollId": scroll_id}, is_repeatable=False)
        answer = client.fetch(operation, following)
        if not isinstance(answer.data, list):
            raise UnexpectedReply("a page of the scroll has another shape than the first; it cannot be completed")
    if total is not None and len(records) < total:  # more than the total is fine: it may end at the window
        raise _too_few(records, total)
    return records


def _check_total(records: list[Any], last: Answer, params: Params) -> None:
    """Raise UnexpectedReply if a list that was read from its beginning has fewer records than it should."""
    total = reported_total(last)
    if total is None or "id" in params or (whole_number(params.get("page")) or 1) > 1:
        return
    if len(records) < total:
        raise _too_few(records, total)
    if total == WINDOW and "X-Total-Pages" in last.headers:
        raise UnexpectedReply(
            f"pages end at {WINDOW:,}, and there may be more",
            hint='Ask for a scroll: t.post("issues/_search", …, scrollType="unsorted", perScroll=1000).',
            reason="window",
        )


def _too_few(records: list[Any], total: int) -> UnexpectedReply:
    returned = f"only {len(records):,} of {total:,} records were returned"
    return UnexpectedReply(f"{returned}: the list changed while it was read, or the service left some out")
