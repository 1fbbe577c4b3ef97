"""Issues by a question: one page for the first few, a scroll for all; unique, complete, or an error.

A scroll is a snapshot, so rows neither repeat nor get lost while issues change (TRACKER_API 3.3). Its place is the
server's and moves with every request: a page whose answer was lost is gone, so the scroll is begun anew.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.call import Call
from tracker_magic.api.client import Answer, Client
from tracker_magic.api.paging import Records
from tracker_magic.api.resources import PAGE, WINDOW
from tracker_magic.errors import (
    BadQuery,
    Incomplete,
    NoAnswer,
    NotFound,
    ServiceBroken,
    TrackerError,
    UnexpectedReply,
)
from tracker_magic.query import has_sort

SCROLL_TTL_MS: Final = 60_000
_ATTEMPTS: Final = 3
_SEARCH: Final = "issues/_search"
_RELEASE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Criteria:
    """One of a query and a filter object, as the service takes them; `order` (field keys, - first) with a filter."""

    query: str | None = None
    filter: dict[str, Any] | None = None
    order: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """Whether the service is asked for an order of its own."""
        return bool(self.order) or has_sort(self.query or "")

    def body(self, *, counting: bool = False) -> dict[str, Any]:
        """The search body; counting takes no order."""
        if self.filter is None:
            return {"query": self.query}
        ordered = {"order": list(self.order)} if self.order and not counting else {}
        return {"filter": self.filter, **ordered}


@dataclass(slots=True)
class Found:
    """What came: issue records in the service's order, unique by id, and how many there are in all."""

    add: Callable[[Records], None]
    total: int | None = None
    ids: set[str] = field(default_factory=set)

    def take(self, records: Records, limit: int | None = None) -> None:
        """Pass on the records that have not come before, up to `limit` in all."""
        fresh = []
        for record in records:
            if limit is not None and len(self.ids) >= limit:
                break
            if record["id"] not in self.ids:
                self.ids.add(record["id"])
                fresh.append(record)
        self.add(fresh)


class Search:
    """One question to the service; `params` are `fields` and `expand`."""

    def __init__(self, client: Client, call: Call, criteria: Criteria, params: dict[str, Any] | None = None) -> None:
        self._client = client
        self._call = call
        self.criteria = criteria
        self._params = {name: value for name, value in (params or {}).items() if value is not None}

    def count(self) -> int:
        """How many issues fit; the service's own `_count`."""
        data = self._ask("issues/_count", {}, self.criteria.body(counting=True)).data
        if not isinstance(data, int):
            raise UnexpectedReply(f"issues/_count answered {type(data).__name__} in place of a number")
        return data

    def fetch(self, restart: Callable[[], Callable[[Records], None]], limit: int | None = None) -> Found:
        """Fetch all issues that fit (or the first `limit`), page by page, into what `restart` gives.

        `restart` is called at the beginning and again whenever all pages must be read anew. Raises Incomplete where
        the number of rows and `_count` keep apart.
        """
        if limit is not None and limit <= PAGE and (whole := self._one_page(Found(restart()), limit)):
            return whole
        for attempt in range(1, _ATTEMPTS + 1):
            found = Found(restart())
            try:
                self._scroll(found, limit)
            except (NoAnswer, ServiceBroken, UnexpectedReply) as error:
                if not found.ids:
                    raise
                if attempt == _ATTEMPTS or self._call.is_over:
                    raise _incomplete(found, error) from error
                continue
            if self._is_whole(found, limit):
                return found
        raise _incomplete(found, None)

    def _ask(self, path: str, params: dict[str, Any], body: Any, *, repeatable: bool = True) -> Answer:
        try:
            return self._client.ask(self._call, "POST", path, params=params, body=body, repeatable=repeatable)
        except BadQuery as error:
            raise protocol.pointed(error, self.criteria.query or "") from None

    def _one_page(self, found: Found, limit: int) -> Found | None:
        """The first `limit` issues in one page; None where the service gives fewer: pages shift, a scroll does not."""
        answer = self._ask(_SEARCH, {**self._params, "perPage": limit, "page": 1}, self.criteria.body())
        total = protocol.number(answer.headers, "X-Total-Count")
        found.take(_records(answer), limit)
        found.total = self.count() if total is None or total >= WINDOW else total
        if len(found.ids) < min(limit, found.total):
            return None
        self._call.report("issues", len(found.ids), min(limit, found.total))
        return found

    def _scroll(self, found: Found, limit: int | None) -> None:
        """Read one scroll to its end, and release it where it is left before."""
        opened: dict[str, str] = {}
        ended = False
        try:
            for answer in self._scroll_pages(opened, ordered=self.criteria.is_ordered or limit is not None):
                found.take(_records(answer), limit)
                if found.total is None:
                    # Of a single page its own length, else `_count`: X-Total-Count ends at 10,000.
                    told = protocol.number(answer.headers, "X-Total-Count")
                    single = not answer.headers.get("X-Scroll-Id") and told in {None, len(found.ids)}
                    found.total = len(found.ids) if single else self.count()
                self._call.report("issues", len(found.ids), min(found.total, limit or found.total))
                if limit is not None and len(found.ids) >= limit:
                    return
            ended = True
        finally:
            if opened and not ended:
                self._release(opened)

    def _scroll_pages(self, opened: dict[str, str], *, ordered: bool) -> Iterator[Answer]:
        body = self.criteria.body()
        kind = "sorted" if ordered else "unsorted"
        first = {"scrollType": kind, "perScroll": PAGE, "scrollTTLMillis": SCROLL_TTL_MS}
        answer = self._ask(_SEARCH, {**self._params, **first}, body)
        self._note(answer, opened)
        yield answer
        while answer.data and (scroll_id := answer.headers.get("X-Scroll-Id")):
            # `fields` and `expand` go along: whether the service remembers them is not documented.
            following = {**self._params, "scrollId": scroll_id, "scrollTTLMillis": SCROLL_TTL_MS}
            answer = self._continued(following, body)
            self._note(answer, opened)
            yield answer

    def _continued(self, params: dict[str, Any], body: Any) -> Answer:
        try:
            return self._ask(_SEARCH, params, body, repeatable=False)
        except (BadQuery, NotFound):
            # How an expired scroll is refused is documented nowhere (TRACKER_API 3.3); the query was fine before.
            said = "the scroll has expired or is not known any more"
        raise UnexpectedReply(said)

    @staticmethod
    def _note(answer: Answer, opened: dict[str, str]) -> None:
        if scroll_id := answer.headers.get("X-Scroll-Id"):
            opened[scroll_id] = answer.headers.get("X-Scroll-Token", "")

    def _is_whole(self, found: Found, limit: int | None) -> bool:
        """Whether the rows are as many as counted; where not, whether a count made now explains it."""
        rows = len(found.ids)
        before = found.total or 0
        if rows == before or (limit is not None and rows >= limit):
            return True
        found.total = self.count()
        return min(before, found.total) <= rows <= max(before, found.total)

    def _release(self, opened: dict[str, str]) -> None:
        """Give the scroll back; it would end by itself, so a failure here is no failure of the result."""
        call = Call(timeout_s=_RELEASE_S, clock=self._call.clock)
        with contextlib.suppress(TrackerError):  # the answer is empty, and asking once is enough
            self._client.ask(call, "POST", "system/search/scroll/_clear", body=opened, repeatable=False, raw=True)


def _records(answer: Answer) -> Records:
    if not isinstance(answer.data, list) or not all(isinstance(each, dict) and "id" in each for each in answer.data):
        raise UnexpectedReply("the search answered something else than a list of issues")
    return answer.data


def _incomplete(found: Found, cause: TrackerError | None) -> Incomplete:
    rows, total = len(found.ids), found.total
    why = f": {cause}" if cause else ""
    return Incomplete(
        f"{rows:,} of {total:,} issues came{why}" if total is not None else f"{rows:,} issues came{why}",
        hint="Issues may be changing fast; try again, or ask for less at a time (Created: ranges).",
        fetched=rows,
        total=total,
    )
