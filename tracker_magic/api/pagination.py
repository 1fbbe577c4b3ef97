"""The ways in which the service cuts a list into pages, each as one loop over `ask`.

A list is whole or an error: what came before is not taken twice, a page that leads nowhere new is asked for once more.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from tracker_magic.api import protocol
from tracker_magic.api.client import Answer, Client
from tracker_magic.api.endpoints import ENDPOINTS, Endpoint, may_be_capped
from tracker_magic.api.execution import Operation
from tracker_magic.errors import UnexpectedReply

Records = list[dict[str, Any]]
Page = Iterable[Records]  # in parts; it is taken whole, or where it raises in the middle, not at all
Params = dict[str, Any]
Ask = Callable[[Params], Answer]

_BLANKS: Final = 3  # pages in a row without anything new, though each says that more follow
_READINGS: Final = 3  # of a list that changes while it is read, or whose own number says that some are missing
_DEFAULT: Final = 50  # records a page, where nobody asks for another number
_ENTITIES: Final = 100


class Came:
    """The records of one list that have come; those without an id cannot be told apart."""

    def __init__(self) -> None:
        self.marks: set[str] = set()
        self.pages = 0
        self.blanks = 0  # pages in a row without anything new
        self._again = False
        self._has_unmarked = False  # the last page: taken again, its rows would stand twice

    def fresh(self, records: Iterable[Any]) -> list[Any]:
        """Those that have not come before."""
        found, self._has_unmarked = [], False
        for record in records:
            mark = mark_of(record)
            self._has_unmarked |= mark is None
            if mark is None or mark not in self.marks:
                found.append(record)
                self.marks.update(() if mark is None else (mark,))
        self.pages += 1
        self.blanks = 0 if found else self.blanks + 1
        self._again = self._again and not found
        return found

    def once_more(self) -> None:
        """Note that a page is asked for again.

        Raises UnexpectedReply where that was tried and brought nothing, or where nobody could tell what it brings.
        """
        if self._again or self._has_unmarked or self.blanks > _BLANKS:
            raise UnexpectedReply(
                "the service gives the same page again, or none where more should follow; the list cannot be completed",
                hint="Try again.",
            )
        self._again = True


def mark_of(record: Any) -> str | None:
    """What tells records of a list apart: an id, or a person's uid."""
    mark = record.get("id", record.get("uid")) if isinstance(record, dict) else None
    return None if mark is None else str(mark)


def pages(
    client: Client,
    call: Operation,
    resource: Endpoint,
    *,
    params: Mapping[str, Any] | None = None,
    body: Any = None,
    names: Mapping[str, str] | None = None,
) -> Iterator[Answer]:
    """Every page of a list; each answer's data is a list of records that have not come before.

    Raises UnexpectedReply where a page is no list, or where the service leads in a circle.
    """
    path = resource.path.format(**{name: quote(value, safe="") for name, value in (names or {}).items()})
    check = check_users if resource.paging == "users" else partial(_check_records, resource)
    asked: Params = {**(params or {})}
    if resource.per_page:
        asked["perPage"] = resource.per_page

    def ask(params: Params) -> Answer:
        return client.ask(call, "GET" if body is None else "POST", path, params=params, body=body, check=check)

    if resource.paging == "whole":
        answer = ask(asked)
        yield _only(answer, Came().fresh(answer.data))
    elif resource.paging == "link":
        yield from follow_links(ask, asked)
    elif resource.paging == "users":
        yield from follow_users(ask, asked, resource.per_page)
    else:
        to_the_end = resource.paging == "last_id_to_the_end"
        yield from follow_last_id(ask, asked, resource.per_page, to_the_end=to_the_end)


def _check_records(resource: Endpoint, data: Any) -> None:
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        raise UnexpectedReply(f"{resource.path} answered something else than a list of records", hint="Try again.")
    if resource is ENDPOINTS["changelog"] and not all(_is_entry(record) for record in data):
        raise UnexpectedReply(f"{resource.path} answered something else than a history", hint="Try again.")


def _is_entry(record: dict[str, Any]) -> bool:
    """Whether the changes in an entry of a history, if any, are objects."""
    changes = record.get("fields") or []
    return isinstance(changes, list) and all(isinstance(change, dict) for change in changes)


def check_users(data: Any) -> None:
    """Raise UnexpectedReply for what is no page of users: an object `{users, hasNext}` (TRACKER_API 6.4)."""
    users = data.get("users") if isinstance(data, dict) else None
    if not isinstance(users, list) or not all(isinstance(user, dict) and "uid" in user for user in users):
        raise UnexpectedReply("users/_relative answered something else than a page of users", hint="Try again.")


def _only(answer: Answer, records: Records) -> Answer:
    return Answer(records, answer.headers, answer.url)


def follow_links(ask: Ask, params: Params) -> Iterator[Answer]:
    """Pages by `Link: rel="next"`, of which only the query counts.

    A next that names no place, and a full page without any, are the end only if nothing comes after the last record;
    one that leads where we were (and an empty page that does) is asked for once more. Raises UnexpectedReply where
    that does not help.
    """
    came, places, is_probe = Came(), {_place(params)}, False
    per_page = whole(params.get("perPage"))
    while True:
        answer = ask(params)
        fresh = came.fresh(answer.data)
        if fresh or came.pages == 1:
            yield _only(answer, fresh)
        following = _next_of(answer, per_page if fresh else None)
        if following is None or (is_probe and not fresh and not _place(following)):
            return
        place, is_probe = _place(following), False
        if not place and fresh and mark_of(answer.data[-1]):
            following = {"id": str(mark_of(answer.data[-1]))}
            place, is_probe = following["id"], True
        if not place or place in places or came.blanks > _BLANKS:
            came.once_more()
            continue
        places.add(place)
        params = {**params, **following}


def _next_of(answer: Answer, per_page: int | None) -> dict[str, str] | None:
    """The query of an answer's `next`; {} where a page of `per_page` records has none, but may have been cut."""
    following = protocol.links(answer.headers).get("next")
    is_cut = following is None and answer.data and len(answer.data) == per_page
    return {} if is_cut and mark_of(answer.data[-1]) else following


def _place(params: Mapping[str, Any]) -> str:
    """Where a page begins, as the parameters of its address say."""
    return next((str(params[name]) for name in ("id", "page") if params.get(name) not in {None, ""}), "")


def follow_last_id(ask: Ask, params: Params, per_page: int | None, *, to_the_end: bool = False) -> Iterator[Answer]:
    """Pages by the id of the last record. A `Link` wins where there is one.

    A page of less than `per_page` is the last, unless the service seems to have cut it lower. `to_the_end` (paging
    that nobody documents): only an empty page is the last, or one that repeats a page which was not full.
    """
    came, was_full = Came(), True
    while True:
        answer = ask(params)
        fresh = came.fresh(answer.data)
        if fresh or came.pages == 1:
            yield _only(answer, fresh)
        following = protocol.links(answer.headers).get("next")
        if not answer.data and following is None:
            return
        if not fresh:
            if to_the_end and not was_full:
                return
            came.once_more()
            continue
        was_full = is_full(len(answer.data), per_page) or is_full(len(fresh), per_page)
        if following is None and not was_full and not to_the_end:
            return
        params = {**params, "id": (following or {}).get("id") or _last_id(answer.data)}


def is_full(rows: int, per_page: int | None) -> bool:
    """Whether a page may have been cut: as many rows as were asked for, or a number that services cut at."""
    return rows > 0 and (rows == per_page or may_be_capped(rows))


def _last_id(records: Records) -> str:
    if (mark := mark_of(records[-1])) is None:
        raise UnexpectedReply("the service gives records without an id; the list cannot be completed")
    return mark


def _last_uid(users: Records) -> Any:
    """What leads on from these users: the uid, or whatever else tells them apart."""
    last = users[-1]
    return last["uid"] if isinstance(last, dict) and "uid" in last else _last_id(users)


def follow_users(ask: Ask, params: Params, per_page: int | None) -> Iterator[Answer]:
    """Users come in an object `{users, hasNext}` and are not capped at 10,000 here (TRACKER_API 6.4)."""
    came = Came()
    while True:
        answer = ask(params)
        users = answer.data["users"]
        fresh = came.fresh(users)
        yield _only(answer, fresh)
        more = answer.data.get("hasNext", is_full(len(users), per_page))
        if fresh and more:
            params = {**params, "id": _last_uid(users)}
        elif more or (users and not fresh):
            came.once_more()
        else:
            return


def entity_pages(client: Client, call: Operation, kind: str, fields: str) -> Iterator[Records]:
    """Pages of projects, portfolios or goals, each record once; totals stand in the body `{hits, pages, values}`.

    Raises UnexpectedReply where the list cannot be completed.
    """

    def ask(params: Params) -> Answer:
        path = f"entities/{kind}/_search"
        return client.ask(call, "POST", path, params=params, body={}, check=check_values)

    for answer in follow_numbers(ask, {"fields": fields, "perPage": _ENTITIES}):
        yield answer.data


def check_values(data: Any) -> None:
    """Raise UnexpectedReply for what is no page of entities."""
    values = data.get("values") if isinstance(data, dict) else None
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise UnexpectedReply("a search of entities answered something else than a list of them", hint="Try again.")
    _numbers(data)


def _numbers(data: dict[str, Any]) -> tuple[int, int]:
    """`hits` and `pages` of a page of entities, 0 where one is missing. Raises UnexpectedReply for what is none."""
    hits, pages = data.get("hits") or 0, data.get("pages") or 0
    if not all(isinstance(each, int) and each >= 0 for each in (hits, pages)):
        raise UnexpectedReply("a search of entities answered something else than numbers of them", hint="Try again.")
    return hits, pages


def follow_numbers(ask: Ask, params: Params) -> Iterator[Answer]:
    """Pages by number, of which `pages` (or `hits`) in the body says how many there are; from `page` on, else all.

    Pages shift while they are read. Where `hits` changed meanwhile, or fewer came, nothing of that reading is used and
    all are read once more. Raises UnexpectedReply where that does not help.
    """
    begin, said = whole(params.get("page")) or 1, ""
    for _ in range(_READINGS):
        reading, told = _by_number(ask, params, begin)
        hits, came = min(told), sum(len(answer.data) for answer in reading)
        if len(told) > 1:
            said = f"the list changed from {hits:,} to {max(told):,} while it was read"
        elif begin == 1 and came < hits:
            said = f"{came:,} of {hits:,} came"
        else:
            yield from reading
            return
    raise UnexpectedReply(f"{said}; the list cannot be completed", hint="Try again.")


def _by_number(ask: Ask, params: Params, begin: int) -> tuple[list[Answer], set[int]]:
    """All pages from this one on, each record once, and every `hits` they told."""
    came, told, reading = Came(), set[int](), list[Answer]()
    per_page = whole(params.get("perPage")) or _DEFAULT
    page = last = begin
    while page <= last:
        answer = ask({**params, "page": page})
        hits, numbered = _numbers(answer.data)
        told.add(hits)
        reading.append(_only(answer, came.fresh(answer.data["values"])))
        last = max(numbered, math.ceil(hits / per_page))
        page += 1
    return reading, told


def whole(value: Any) -> int | None:
    """A parameter that is a whole number, else None."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None
