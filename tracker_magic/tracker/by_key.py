"""Fetch issues by key: with a few searches, and one by one if a search does not return them."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final
from urllib.parse import quote

from tracker_magic.api import Client, Criteria, ListSink, Operation, Records, Request, ResultSet, Search, fetch_in_order
from tracker_magic.api.execution import map_in_order
from tracker_magic.api.protocol import Params
from tracker_magic.api.results import PageSink
from tracker_magic.errors import (
    BadQuery,
    Forbidden,
    Incomplete,
    NotFound,
    TrackerError,
    UnexpectedReply,
    WrongOrganisation,
)
from tracker_magic.tracker.selection import BUILT_IN, KEYS_PER_SEARCH, IssueSelector, to_criteria

_MAX_ATTEMPTS: Final = 3  # at ordering issues some of which move meanwhile


class KeyedIssues:
    """The issues of `selector.keys` (the first `limit`): `fetch` passes them to a sink, `positions` orders them.

    `missing`: keys that do not exist. `remaining`: keys whose issue has not been found yet.
    """

    def __init__(
        self, client: Client, operation: Operation, selector: IssueSelector, params: Params, limit: int | None
    ) -> None:
        # With an order, the limit applies to the ordered rows, else to the keys as given.
        self.keys: Sequence[str] = (selector.keys or ())[: None if selector.order else limit]
        self.missing: list[str] = []
        self.remaining: list[str] = list(self.keys)
        self._client = client
        self._operation = operation
        self._selector = IssueSelector(keys=tuple(self.keys), order=selector.order)
        self._params = params
        self._requested = {key: position for position, key in enumerate(self.keys)}
        self._ranks: dict[str, int] = {}  # issue id → its rank in the requested order; in the order of arrival

    @property
    def rows(self) -> int:
        """How many issues have been fetched."""
        return len(self._ranks)

    def count(self) -> int:
        """How many issues the keys name: by `_count` if it knows them all, else as many as `fetch` finds."""
        searches = [
            Search(self._client, self._operation, criteria, {})
            for criteria in to_criteria(self._selector, BUILT_IN, "UTC")
        ]
        if sum(map_in_order(_count, searches, self._operation)) == len(self.keys):
            return len(self.keys)
        sink = ListSink()
        sink.restart()
        self.fetch(sink)
        return self.rows

    def fetch(self, sink: PageSink) -> None:
        """Pass every issue that exists to `sink`, each once; record the keys that do not exist."""
        try:
            self._fetch(sink)
        finally:
            self._client.release_scrolls(self._operation)

    def _fetch(self, sink: PageSink) -> None:
        found: list[str] = []
        for records in search_keys(self._client, self._operation, self._selector, self._params):
            keys = [str(record.get("key")) for record in records]
            self._take(records, keys, sink)
            found += keys
            known = set(found)
            self.remaining = [key for key in self.remaining if key not in known]
            self._operation.report("issues", self.rows, len(self.keys))
        moved = self._fetch_one_by_one(sink)
        if self._selector.order and moved:
            self._find_order([*found, *moved])

    def positions(self) -> list[int]:
        """The positions of the rows as they arrived, in the requested order."""
        ranks = list(self._ranks.values())
        return sorted(range(len(ranks)), key=ranks.__getitem__)

    def _fetch_one_by_one(self, sink: PageSink) -> list[str]:
        """Request the issues that no search returned; return the current keys of those that exist."""
        keys = []
        for record in map_in_order(self._fetch_one, list(self.remaining), self._operation):
            key = self.remaining.pop(0)
            if record is None:
                self.missing.append(key)
            else:
                self._take([record], [key], sink)
                keys.append(str(record.get("key")))
            self._operation.report("issues", self.rows, len(self.keys))
        return keys

    def _find_order(self, keys: Sequence[str]) -> None:
        """Search for the order again by current keys, and once more if an issue moves meanwhile."""
        for _ in range(_MAX_ATTEMPTS):
            selector = IssueSelector(keys=tuple(dict.fromkeys(keys)), order=self._selector.order)
            pages = search_keys(self._client, self._operation, selector, {"fields": "id,key"})
            ordered = list(chain.from_iterable(pages))
            ranks = {str(record["id"]): rank for rank, record in enumerate(ordered)}
            lost = [issue_id for issue_id in self._ranks if issue_id not in ranks]
            if not lost:
                self._ranks = {issue_id: ranks[issue_id] for issue_id in self._ranks}
                return
            if not ordered:
                break
            moved = filter(None, map_in_order(self._fetch_one, lost, self._operation))
            keys = [str(record.get("key")) for record in (*ordered, *moved)]
        raise UnexpectedReply(
            "the service does not return all of these issues in this order",
            hint="Leave out the order, and sort the frame: df.sort_values(…).",
            reason="no_order",
        )

    def _fetch_one(self, key: str) -> dict[str, Any] | None:
        """The issue with this key, or None; a former key redirects to the current one."""
        request = Request("GET", f"issues/{quote(key, safe='')}", self._params, reads="issue")
        try:
            return dict(self._client.fetch(self._operation, request).data)
        except WrongOrganisation:
            raise
        except (NotFound, Forbidden):
            return None

    def _take(self, records: Records, keys: Sequence[str], sink: PageSink) -> None:
        fresh = []
        for record, key in zip(records, keys, strict=True):
            issue_id = str(record["id"])
            if issue_id not in self._ranks:
                # With an order, the search returns issues in that order.
                rank = self.rows if self._selector.order else self._requested.get(key, len(self._requested))
                self._ranks[issue_id] = rank
                fresh.append(record)
        with sink.page() as page:
            page.add(fresh)


def _count(search: Search) -> int:
    try:
        return search.count()
    except BadQuery:  # a service may refuse a key that it does not know
        return 0


@dataclass(frozen=True, slots=True)
class _KeySearch:
    """Searches for chunks of keys; an error in `tolerated` ends only the search for one chunk."""

    client: Client
    operation: Operation
    params: Params
    tolerated: tuple[type[TrackerError], ...]

    def records(self, chunk: tuple[Criteria, Sequence[str]]) -> Records:
        """The issues of a chunk that the search returns; none with other keys."""
        criteria, keys = chunk
        sink = ListSink()
        with contextlib.suppress(*self.tolerated):
            search = Search(self.client, self.operation, criteria, self.params)
            fetch_in_order(search, ResultSet(sink), len(keys), needs_total=False)
        wanted = set(keys)
        return [record for record in sink.records if str(record.get("key")) in wanted]


def search_keys(
    client: Client,
    operation: Operation,
    selector: IssueSelector,
    params: Params,
    tolerated: tuple[type[TrackerError], ...] = (BadQuery, Incomplete),
) -> Iterator[Records]:
    """Yield what searches for the selector's keys return, 499 keys each, in parallel, in order.

    Issues named by a former key are missing, and so are those of a search that ended with an error in `tolerated` (a
    service may refuse a query that names an unknown key): the caller requests them one by one.
    """
    keys = selector.keys or ()
    chunks = [keys[start : start + KEYS_PER_SEARCH] for start in range(0, len(keys), KEYS_PER_SEARCH)]
    search = _KeySearch(client, operation, params, tolerated)
    return map_in_order(search.records, zip(to_criteria(selector, BUILT_IN, "UTC"), chunks, strict=True), operation)
