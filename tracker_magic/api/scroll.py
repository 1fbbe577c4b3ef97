"""One search: its count, the requests for its numbered pages, and its scrolls: snapshots that are read page by page.

The service keeps the position of a scroll and moves it with every request: a page whose answer was lost is gone. So no
page of a scroll is requested twice; the caller begins another scroll instead.
https://yandex.ru/support/tracker/en/api-ref/issues/search-issues
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Client
from tracker_magic.api.criteria import EVERYTHING, Criteria, Range
from tracker_magic.api.endpoints import CAPPED_PAGE, COUNT, SEARCH, WINDOW, may_be_capped
from tracker_magic.api.execution import Operation
from tracker_magic.api.protocol import CREATED, SCROLL_ID, Answer, Request
from tracker_magic.api.results import ResultSet
from tracker_magic.api.retry import FIRST_WAIT_S
from tracker_magic.errors import BadQuery, RateLimited, Refused, ServiceBroken, UnexpectedReply

_TTL_MS: Final = 60_000
_MAX_READINGS: Final = 3  # of a page whose damage shows only when it is decoded
_MAX_EMPTY: Final = 3  # empty pages in a row, after which no more rows are expected


@dataclass(frozen=True, slots=True)
class Search:
    """Criteria, the parameters `fields` and `expand` (None: left out), and the client that sends the requests."""

    client: Client
    operation: Operation
    criteria: Criteria
    params: protocol.Params

    def count(self, criteria: Criteria | None = None) -> int:
        """How many issues match, according to the service's `_count`."""
        body = (criteria or self.criteria).body(counting=True)
        return int(self.client.fetch(self.operation, Request("POST", COUNT, body=body, reads="count")).data)

    def page_request(self, size: int) -> Request:
        """The request for the first page of this size."""
        params = {**self.params, "perPage": size, "page": 1}
        return Request("POST", SEARCH, params, self.criteria.body(), reads="issues")

    def page_by_creation(
        self, size: int, number: int = 1, part: Range = EVERYTHING, *, is_newest_first: bool = False
    ) -> Request:
        """The request for a numbered page of a range, by creation, whose records have their creation time."""
        params = {**self.params, "perPage": size, "page": number}
        if names := params.get("fields"):
            params["fields"] = ",".join(dict.fromkeys((*names.split(","), CREATED)))
        body = self.criteria.within(part).by_creation(is_newest_first=is_newest_first).body()
        return Request("POST", SEARCH, params, body, reads="issues")

    def scroll(self, *, is_sorted: bool = True) -> "Scroll":
        """A scroll over the criteria."""
        return Scroll(self, self.criteria, dict(self.params), is_sorted=is_sorted)


class Scroll:
    """Reads one scroll: `while not scroll.is_read: scroll.read_page(results)`; `ids` are those of its rows.

    `total`: the number of issues, if the service reports one that is credible. `reported_minimum`: the reported number,
    which is only a minimum if it ends at the window. `has_ended`: the service says that these are all.
    `has_short_page`: a page had fewer rows than requested, or the last one fewer than the reported number promises.
    """

    def __init__(self, search: Search, criteria: Criteria, params: dict[str, Any], *, is_sorted: bool) -> None:
        self.criteria = criteria
        self.ids: set[str] = set()
        self.total: int | None = None
        self.reported_minimum = 0
        self.is_read = False
        self.has_ended = False
        self.has_short_page = False
        self._client = search.client
        self._operation = search.operation
        self._params = params
        self._is_sorted = is_sorted
        self._size = search.client.sizes.scroll
        self._next_id: str | None = None
        self._scroll_ids: set[str] = set()
        self._page_rows = 0
        self._empty_pages = 0

    @property
    def rows(self) -> int:
        """How many unique rows have been read."""
        return len(self.ids)

    @property
    def is_single(self) -> bool:
        """Whether the first page was certainly everything: the reported number of rows, which is no page maximum."""
        return self.has_ended and self.rows == self.total and not may_be_capped(self.rows)

    def read_page(self, results: ResultSet, limit: int | None = None) -> None:
        """Read the next page; at most `limit` rows in all go to `results`.

        Raises UnexpectedReply if the scroll has expired, or returns the same page again.
        """
        is_first = self._next_id is None
        readings = 0
        while True:
            try:
                answer = self._client.fetch(self._operation, self._request(limit, is_first=is_first))
            except Refused as error:
                self._ask_for_less(error, is_first=is_first)
                continue
            if is_first:
                self.total, self.reported_minimum = believed_total(answer), reported_minimum(answer)
                self._client.sizes.note_first_page(self._size)
            try:
                rows = self._operation.in_memory_thread(self._take_page, answer, results, limit)
                break
            except UnexpectedReply:  # the page is damaged in the middle, which shows only here
                readings += 1
                if not is_first or readings == _MAX_READINGS:
                    raise
            self._operation.wait(FIRST_WAIT_S)  # then begin another scroll
        self._note_page(answer, rows)

    def _ask_for_less(self, error: Refused, *, is_first: bool) -> None:
        """Request smaller pages from now on if the first may have been too large; raises every other refusal."""
        if isinstance(error, (RateLimited, ServiceBroken)):
            raise error
        if not is_first:
            # How an expired scroll is refused is not documented; query and permissions were fine before.
            raise UnexpectedReply("the scroll has expired or is no longer known") from None
        is_known = self._client.sizes.is_known("perScroll", self._size)
        if not (isinstance(error, BadQuery) and may_be_about_size(error, "perScroll", self._size, is_known=is_known)):
            raise error
        self._client.sizes.cap("perScroll")
        self._size = CAPPED_PAGE

    def _request(self, limit: int | None, *, is_first: bool) -> Request:
        # `fields` and `expand` are sent with every page: whether the service remembers them is not documented.
        params = {**self._params, "scrollTTLMillis": _TTL_MS}
        if is_first:
            self._size = min(limit or self._size, self._size)
            params |= {"scrollType": "sorted" if self._is_sorted else "unsorted", "perScroll": self._size}
        else:
            params["scrollId"] = self._next_id
        return Request("POST", SEARCH, params, self.criteria.body(), reads="issues", is_repeatable=is_first)

    def _take_page(self, answer: Answer, results: ResultSet, limit: int | None) -> int:
        """Pass the rows of a page to `results`, all or none, and return how many rows the page has."""
        fresh: set[str] = set()
        rows = 0
        with results.page() as page:
            for records in answer.data:
                rows += len(records)
                new = {record["id"]: record for record in records if record["id"] not in self.ids}
                left = None if limit is None else max(0, limit - len(results.ids) - len(page.ids))
                page.add([record for issue_id, record in new.items() if issue_id not in fresh][:left])
                fresh.update(new)
            if rows and not fresh:
                raise UnexpectedReply("the service returned the same page of a scroll again")
        self.ids |= fresh
        return rows

    def _note_page(self, answer: Answer, rows: int) -> None:
        """Record whether more pages follow, and what this one says about page sizes."""
        if self.total is not None and self.total < self.rows:
            self.total = None  # the reported number is capped; the rows are not
        self._client.sizes.note_scroll_page(self._size, self._page_rows, rows)
        self._page_rows = rows
        self._empty_pages = 0 if rows else self._empty_pages + 1
        self._next_id = answer.headers.get(SCROLL_ID)
        if self._next_id is not None:
            self._scroll_ids.add(self._next_id)
            self.has_short_page |= rows < self._size and not may_be_capped(rows)
            self.is_read = self._empty_pages >= _MAX_EMPTY or (not rows and self.rows == self.total)
            return
        self.is_read = True
        self.has_ended = self.rows >= self.reported_minimum
        self.has_short_page |= not self.has_ended
        if self.has_ended:
            self._operation.forget_scrolls(self._scroll_ids)


def may_be_about_size(error: BadQuery, parameter: str, size: int, *, is_known: bool) -> bool:
    """Whether a refusal may be about a page of `size` and not about the query.

    For a size that is known to be accepted, the service's message must name the parameter.
    """
    may_be = error.status == HTTPStatus.BAD_REQUEST and size > CAPPED_PAGE
    return may_be and (not is_known or any(parameter in message for message in error.messages))


def believed_total(answer: Answer) -> int | None:
    """`X-Total-Count`, or None if it equals the window, since it may then stand for any larger number."""
    total = protocol.number(answer.headers, "X-Total-Count")
    return None if total == WINDOW else total


def reported_minimum(answer: Answer) -> int:
    """`X-Total-Count` as it is: there are at least this many."""
    return protocol.number(answer.headers, "X-Total-Count") or 0


def created_at(record: dict[str, Any]) -> datetime | None:
    """When a record was created; None if the format is unknown."""
    return parse_moment(str(record.get(CREATED)))


def parse_moment(text: str) -> datetime | None:
    """Parse a moment as the API writes it, to UTC; None if the format is unknown."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # a moment in the first hours of the year 1 has no UTC
        return None
