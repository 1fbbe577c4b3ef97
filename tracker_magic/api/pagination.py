"""The service's kinds of pagination, one loop each.

A list is complete or an error: no record is taken twice, and a page that leads nowhere new is requested once more.
https://yandex.ru/support/tracker/en/api-ref/common-format#displaying-results
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol
from urllib.parse import quote

from tracker_magic.api import protocol
from tracker_magic.api.client import Client
from tracker_magic.api.endpoints import ENDPOINTS, Endpoint, is_full
from tracker_magic.api.execution import Operation
from tracker_magic.api.protocol import Answer, Params, Records, Request
from tracker_magic.errors import UnexpectedReply, check_encodable
from tracker_magic.transport.body import whole_number

MAX_EMPTY: Final = 3  # pages in a row without new records, although each says that more follow
MAX_READINGS: Final = 3  # of a list that changes while it is read, or has fewer records than it reports
_DEFAULT_PER_PAGE: Final = 50  # records on a page if no number is requested


class PageReader(Protocol):
    """Reads the pages of one list."""

    def page(self, params: Params) -> Answer:
        """The page with these parameters."""


class ServicePages:
    """Requests the pages of one list from the service."""

    def __init__(self, client: Client, operation: Operation, request: Request) -> None:
        self._client = client
        self._operation = operation
        self._request = request

    def page(self, params: Params) -> Answer:
        """The page with these parameters."""
        return self._client.fetch(self._operation, replace(self._request, params=params))


class SeenRecords:
    """What identifies one list's records so far; records without an id cannot be distinguished."""

    def __init__(self) -> None:
        self.is_first_page = True
        self.empty_pages = 0  # pages in a row without new records
        self._has_pages = False
        self._identities: set[tuple[str | None, str]] = set()
        self._is_repeating = False
        self._has_nameless = False  # the last page had records without an id, which would be duplicated if read again

    def new(self, records: Iterable[Any]) -> list[Any]:
        """Those of the records that have not been seen before."""
        fresh, self._has_nameless = [], False
        for record in records:
            identity = _identity(record)
            if identity is None:
                self._has_nameless = True
                fresh.append(record)
            elif identity not in self._identities:
                self._identities.add(identity)
                fresh.append(record)
        self.is_first_page = not self._has_pages
        self._has_pages = True
        self.empty_pages = 0 if fresh else self.empty_pages + 1
        self._is_repeating = self._is_repeating and not fresh
        return fresh

    def note_repetition(self) -> None:
        """Record that a page will be requested again.

        Raises UnexpectedReply if that did not help the last time, or if its records have no id to compare.
        """
        if self._is_repeating or self._has_nameless or self.empty_pages > MAX_EMPTY:
            raise UnexpectedReply(
                "the service returned the same page again, or none although more follow; the list cannot be completed"
            )
        self._is_repeating = True


def _identity(record: Any) -> tuple[str | None, str] | None:
    """What distinguishes a record: its id, together with its issue, since ids may be unique only in an issue."""
    if (record_id := id_of(record)) is None:
        return None
    issue = record.get("issue")
    # The id of an issue stays the same if it moves, its key does not.
    return (id_of(issue) or str(issue.get("key"))) if isinstance(issue, dict) else None, record_id


def id_of(record: Any) -> str | None:
    """The id of a record, or a user's uid."""
    value = record.get("id", record.get("uid")) if isinstance(record, dict) else None
    return None if value is None else str(value)


def fetch_pages(
    client: Client,
    operation: Operation,
    name: str,
    *,
    names: Mapping[str, str] | None = None,
    params: Params | None = None,
    body: Any = None,
) -> Iterator[Answer]:
    """Yield every page of the list `name` of `ENDPOINTS`; the data of each answer are its new records.

    `names` fill the path. A list that reports a total is read again if it changed meanwhile or is not complete. Raises
    UnexpectedReply if a page is not a list, or if the list cannot be completed.
    """
    endpoint = ENDPOINTS[name]
    path = endpoint.path.format(**{key: quote(check_encodable(value), safe="") for key, value in (names or {}).items()})
    method = "GET" if body is None else "POST"
    reader = ServicePages(client, operation, Request(method, path, body=body, reads=endpoint.reads))
    first = dict(params or {})
    if endpoint.per_page:
        first["perPage"] = endpoint.per_page
    problem = ""
    for _ in range(MAX_READINGS):
        pages = _follow(endpoint, reader, first)
        opening = next(pages)
        if reported_total(opening) is None:  # nothing tells whether the list is complete
            yield opening
            yield from pages
            return
        answers = [opening, *pages]
        totals = _totals_of(answers)
        if not (problem := problem_of(sum(len(answer.data) for answer in answers), totals)):
            yield from answers
            return
    raise UnexpectedReply(f"{problem}; the list cannot be completed")


def _totals_of(answers: Iterable[Answer]) -> set[int]:
    """Every total that the pages reported."""
    return {total for total in map(reported_total, answers) if total is not None}


def _follow(endpoint: Endpoint, reader: PageReader, params: Params) -> Iterator[Answer]:
    """One reading of a list, by its kind of pagination."""
    match endpoint.paging:
        case "whole" | "link":
            return follow_links(reader, params)
        case "users":
            return follow_users(reader, params, endpoint.per_page)
        case "entities":
            return follow_numbers(reader, params)
        case "last_id":
            return follow_last_id(reader, params, endpoint.per_page)


def reported_total(answer: Answer) -> int | None:
    """The number of records in the whole list, if the page reports it."""
    return protocol.number(answer.headers, "X-Total-Count")


def problem_of(rows: int, totals: Collection[int]) -> str:
    """What is wrong with a list of `rows` records whose pages reported these totals; empty if it is complete."""
    if len(totals) > 1:
        return f"the list changed from {min(totals):,} to {max(totals):,} records while it was read"
    return f"only {rows:,} of {min(totals):,} records were returned" if rows < min(totals) else ""


def fetch_records(client: Client, operation: Operation, name: str, **arguments: Any) -> Records:
    """All records of the list `name`; arguments as for `fetch_pages`."""
    records: Records = []
    for answer in fetch_pages(client, operation, name, **arguments):
        records += answer.data
        if records:
            operation.report(name, len(records), None)
    return records


def follow_links(reader: PageReader, params: Params) -> Iterator[Answer]:
    """Follow `Link: rel="next"`, of which only the parameters are used.

    A `next` without a position, or a full page without a `next`, is the end only if nothing follows the last record. A
    `next` that leads back to an earlier page is tried once more. Raises UnexpectedReply if that does not help.
    """
    seen, positions, was_guess = SeenRecords(), {"", _position(params)}, False
    per_page = whole_number(params.get("perPage"))
    while True:
        answer = reader.page(params)
        fresh = seen.new(answer.data)
        if fresh or seen.is_first_page:
            yield replace(answer, data=fresh)
        following, is_guess = _following(answer, fresh, per_page)
        if following is None or (was_guess and not fresh and not following):
            return
        was_guess, position = is_guess, _position(following)
        if position in positions or seen.empty_pages > MAX_EMPTY:
            seen.note_repetition()
            continue
        positions.add(position)
        params = {**params, **following}


def _following(answer: Answer, fresh: Records, per_page: int | None) -> tuple[Params | None, bool]:
    """The parameters of the next page, and whether they are a guess; None: there is no page, {}: it is unknown where.

    After a `next` without a position, or a full page of `per_page` records without a `next`, the guess is that more may
    follow the last record.
    """
    linked = protocol.links(answer.headers).get("next")
    if linked and _position(linked):
        return linked, False
    last_id = id_of(answer.data[-1]) if fresh else None
    if linked is None and (last_id is None or len(answer.data) != per_page):
        return None, False
    return ({"id": last_id}, True) if last_id else ({}, False)


def _position(params: Params) -> str:
    """Where a page begins, according to the parameters of its URL."""
    return next((str(params[name]) for name in ("id", "page") if params.get(name) not in {None, ""}), "")


def follow_last_id(reader: PageReader, params: Params, per_page: int | None) -> Iterator[Answer]:
    """Request pages by the id of the last record; a `Link` takes precedence.

    A page with fewer than `per_page` records is the last, unless the service seems to have capped it.
    """
    seen = SeenRecords()
    while True:
        answer = reader.page(params)
        fresh = seen.new(answer.data)
        if fresh or seen.is_first_page:
            yield replace(answer, data=fresh)
        linked = protocol.links(answer.headers).get("next")
        if not answer.data and linked is None:
            return
        if not fresh:
            seen.note_repetition()
            continue
        if linked is None and not (is_full(len(answer.data), per_page) or is_full(len(fresh), per_page)):
            return
        params = {**params, **_after(answer.data, linked)}


def _after(records: Records, linked: Params | None) -> Params:
    """Where the page after these records begins: at a link that names a position, else after the last id."""
    return linked if linked and _position(linked) else {"id": _last_id(records)}


def _last_id(records: Records) -> str:
    if (last_id := id_of(records[-1])) is None:
        raise UnexpectedReply("the service returned records without an id; the list cannot be completed", hint="")
    return last_id


def _last_uid(users: Records) -> Any:
    """The id after which the next page of users begins: the last uid, or else the last id."""
    last = users[-1]
    return last["uid"] if isinstance(last, dict) and "uid" in last else _last_id(users)


def follow_users(reader: PageReader, params: Params, per_page: int | None) -> Iterator[Answer]:
    """Request pages of users, objects `{users, hasNext}`; unlike numbered pages they do not end at 10,000."""
    seen = SeenRecords()
    while True:
        answer = reader.page(params)
        users = answer.data["users"]
        fresh = seen.new(users)
        yield replace(answer, data=fresh)
        has_more = answer.data.get("hasNext", is_full(len(users), per_page))
        if fresh and has_more:
            params = {**params, "id": _last_uid(users)}
        elif has_more or (users and not fresh):
            seen.note_repetition()
        else:
            return


def follow_numbers(reader: PageReader, params: Params) -> Iterator[Answer]:
    """Request numbered pages from `page` on, else all; `pages` (or `hits`) in the body says how many there are.

    Pages shift while they are read. If `hits` changed meanwhile, or there were fewer records, that reading is discarded
    and all pages are read again. Raises UnexpectedReply if that does not help.
    """
    begin, problem = whole_number(params.get("page")) or 1, ""
    for _ in range(MAX_READINGS):
        answers, totals = _read_numbers(reader, params, begin)
        rows = sum(len(answer.data) for answer in answers) if begin == 1 else max(totals)
        if not (problem := problem_of(rows, totals)):
            yield from answers
            return
    raise UnexpectedReply(f"{problem}; the list cannot be completed")


def _read_numbers(reader: PageReader, params: Params, begin: int) -> tuple[list[Answer], set[int]]:
    """All pages from page `begin` on, each record once, and every value of `hits` that they reported."""
    seen, totals, answers = SeenRecords(), set[int](), list[Answer]()
    per_page = whole_number(params.get("perPage")) or _DEFAULT_PER_PAGE
    page = last = begin
    while page <= last and seen.empty_pages <= MAX_EMPTY:
        answer = reader.page({**params, "page": page})
        hits = answer.data.get("hits") or 0
        totals.add(hits)
        answers.append(replace(answer, data=seen.new(answer.data["values"])))
        last = max(answer.data.get("pages") or 0, math.ceil(hits / per_page))
        page += 1
    return answers, totals
