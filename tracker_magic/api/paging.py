"""The ways in which the service cuts a list into pages, each as one loop over `ask`.

A list is whole or an error: what came before is not taken twice, a page that leads nowhere new is asked for once more.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from tracker_magic.api import protocol
from tracker_magic.api.call import Call
from tracker_magic.api.client import Answer, Client
from tracker_magic.api.resources import Resource
from tracker_magic.errors import UnexpectedReply

Records = list[dict[str, Any]]
Page = Iterable[Records]  # in parts; it is taken whole, or where it raises in the middle, not at all
Params = dict[str, Any]
Ask = Callable[[Params], Answer]

_BLANKS: Final = 3  # pages in a row without anything new, though each says that more follow
_READINGS: Final = 2  # of a list whose own number says that some are missing
_ROUND: Final = 50  # the service's own page: where it cuts lower than asked, then to such a number
_ENTITIES: Final = 100


class Came:
    """The records of one list that have come; those without an id cannot be told apart."""

    def __init__(self) -> None:
        self.marks: set[str] = set()
        self.pages = 0
        self.blanks = 0  # pages in a row without anything new
        self._again = False

    def fresh(self, records: Iterable[Any]) -> list[Any]:
        """Those that have not come before."""
        found = []
        for record in records:
            mark = mark_of(record)
            if mark is None or mark not in self.marks:
                found.append(record)
                self.marks.update(() if mark is None else (mark,))
        self.pages += 1
        self.blanks = 0 if found else self.blanks + 1
        self._again = self._again and not found
        return found

    def once_more(self) -> None:
        """Note that a page is asked for again; raises UnexpectedReply where that was tried and brought nothing."""
        if self._again or self.blanks > _BLANKS:
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
    call: Call,
    resource: Resource,
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


def _check_records(resource: Resource, data: Any) -> None:
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        raise UnexpectedReply(f"{resource.path} answered something else than a list of records", hint="Try again.")


def check_users(data: Any) -> None:
    """Raise UnexpectedReply for what is no page of users: an object `{users, hasNext}` (TRACKER_API 6.4)."""
    users = data.get("users") if isinstance(data, dict) else None
    if not isinstance(users, list) or not all(isinstance(user, dict) and "uid" in user for user in users):
        raise UnexpectedReply("users/_relative answered something else than a page of users", hint="Try again.")


def _only(answer: Answer, records: Records) -> Answer:
    return Answer(records, answer.headers, answer.url)


def follow_links(ask: Ask, params: Params) -> Iterator[Answer]:
    """Pages by `Link: rel="next"`, of which only the query counts.

    A next that names no place is the end only if nothing comes after the last record; one that leads where we were
    (and an empty page that does) is asked for once more. Raises UnexpectedReply where that does not help.
    """
    came, places, is_probe = Came(), {_place(params)}, False
    while True:
        answer = ask(params)
        fresh = came.fresh(answer.data)
        if fresh or came.pages == 1:
            yield _only(answer, fresh)
        following = protocol.links(answer.headers).get("next")
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
    return rows > 0 and (rows == per_page or rows % _ROUND == 0)


def _last_id(records: Records) -> str:
    if (mark := mark_of(records[-1])) is None:
        raise UnexpectedReply("the service gives records without an id; the list cannot be completed")
    return mark


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
            params = {**params, "id": users[-1]["uid"]}
        elif more or (users and not fresh):
            came.once_more()
        else:
            return


def entity_pages(client: Client, call: Call, kind: str, fields: str) -> Iterator[Records]:
    """Pages of projects, portfolios or goals, each record once; totals stand in the body `{hits, pages, values}`.

    Pages shift while they are read: where fewer came than there are, all are read once more. Raises UnexpectedReply
    where that does not help.
    """

    def ask(params: Params) -> Answer:
        path = f"entities/{kind}/_search"
        return client.ask(call, "POST", path, params=params, body={}, check=check_values)

    for answer in follow_numbers(ask, {"fields": fields, "perPage": _ENTITIES}):
        yield answer.data


def check_values(data: Any) -> None:
    """Raise UnexpectedReply for what is no page of entities."""
    values = data.get("values") if isinstance(data, dict) else None
    numbers = [data.get(name) for name in ("hits", "pages")] if values is not None else []
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise UnexpectedReply("a search of entities answered something else than a list of them", hint="Try again.")
    if any(each is not None and (not isinstance(each, int) or each < 0) for each in numbers):
        raise UnexpectedReply("a search of entities answered something else than numbers of them", hint="Try again.")


def follow_numbers(ask: Ask, params: Params) -> Iterator[Answer]:
    """Pages by number, of which `pages` (or `hits`) in the body says how many there are; from `page` on, else all."""
    came, begin, hits = Came(), whole(params.get("page")) or 1, 0
    per_page = whole(params.get("perPage")) or _ROUND
    for _ in range(_READINGS):
        page, last = begin, begin
        while page <= last:
            answer = ask({**params, "page": page})
            yield _only(answer, came.fresh(answer.data["values"]))
            hits = answer.data.get("hits") or 0
            last = max(answer.data.get("pages") or 1, math.ceil(hits / per_page))
            page += 1
        if begin > 1 or len(came.marks) >= hits:
            return
    raise UnexpectedReply(f"{len(came.marks):,} of {hits:,} came; the list cannot be completed", hint="Try again.")


def whole(value: Any) -> int | None:
    """A parameter that is a whole number, else None."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None
