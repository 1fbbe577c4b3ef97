"""The ways in which the service cuts a list into pages, each as one loop over `ask`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tracker_magic.api import protocol
from tracker_magic.api.call import Call
from tracker_magic.api.client import Answer, Client
from tracker_magic.api.resources import Resource
from tracker_magic.errors import UnexpectedReply

Records = list[dict[str, Any]]
Params = dict[str, Any]


def pages(
    client: Client,
    call: Call,
    resource: Resource,
    *,
    params: Mapping[str, Any] | None = None,
    body: Any = None,
    names: Mapping[str, str] | None = None,
) -> Iterator[Answer]:
    """Every page of a list; each answer's data is a list of records.

    Raises UnexpectedReply where a page is no list, or where the service leads in a circle.
    """
    path = resource.path.format(**{name: quote(value, safe="") for name, value in (names or {}).items()})
    method = "GET" if body is None else "POST"
    asked: Params = {**(params or {})}
    if resource.per_page:
        asked["perPage"] = resource.per_page

    def ask(params: Params) -> Answer:
        answer = client.ask(call, method, path, params=params, body=body)
        return Answer(_records(answer, resource), answer.headers, answer.url)

    if resource.paging == "whole":
        yield ask(asked)
    elif resource.paging == "link":
        yield from follow_links(ask, asked)
    elif resource.paging == "users":
        yield from _follow_users(client, call, path, asked)
    else:
        yield from follow_last_id(ask, asked, resource.per_page if resource.paging == "last_id" else None)


def _records(answer: Answer, resource: Resource) -> Records:
    if not isinstance(answer.data, list) or not all(isinstance(record, dict) for record in answer.data):
        raise UnexpectedReply(f"{resource.path} answered something else than a list of records")
    return answer.data


def follow_links(ask: Callable[[Params], Answer], params: Params) -> Iterator[Answer]:
    """Pages by `Link: rel="next"`, of which only the query counts; a next without a cursor or page is the end."""
    seen: set[str] = set()
    while True:
        answer = ask(params)
        yield answer
        following = protocol.links(answer.headers).get("next", {})
        place = following.get("id") or following.get("page")
        if not place:
            return
        if place in seen:
            raise UnexpectedReply(f"the service gives the same page again (id {place}); the list cannot be completed")
        seen.add(place)
        params = {**params, **following}


def follow_last_id(ask: Callable[[Params], Answer], params: Params, per_page: int | None) -> Iterator[Answer]:
    """Pages by the id of the last record. A `Link` wins where there is one.

    A page of less than `per_page` is the last; without that (paging that nobody documents) only an empty page is, or
    one that brings nothing new.
    """
    seen: set[str] = set()
    while True:
        answer = ask(params)
        fresh = [record for record in answer.data if str(record.get("id")) not in seen]
        if answer.data and not fresh and per_page is not None:
            raise UnexpectedReply("the service gives the same page again; the list cannot be completed")
        yield Answer(fresh, answer.headers, answer.url)
        following = protocol.links(answer.headers).get("next")
        if not fresh or (following is None and per_page is not None and len(answer.data) < per_page):
            return
        seen.update(str(record.get("id")) for record in fresh)
        params = {**params, "id": (following or {}).get("id") or str(fresh[-1].get("id"))}


def _follow_users(client: Client, call: Call, path: str, params: Params) -> Iterator[Answer]:
    """Users come in an object `{users, hasNext}` and are not capped at 10,000 here (TRACKER_API 6.4)."""
    seen: set[Any] = set()
    while True:
        answer = client.ask(call, "GET", path, params=params)
        if not isinstance(answer.data, dict) or not isinstance(answer.data.get("users"), list):
            raise UnexpectedReply(f"{path} answered in a form that is not known")
        users = answer.data["users"]
        yield Answer(users, answer.headers, answer.url)
        if not answer.data.get("hasNext") or not users:
            return
        last = users[-1].get("uid")
        if last in seen:
            raise UnexpectedReply("the service gives the same page of users again; the list cannot be completed")
        seen.add(last)
        params = {**params, "id": last}


def entity_pages(client: Client, call: Call, kind: str, fields: str) -> Iterator[Records]:
    """Pages of projects, portfolios or goals: totals stand in the body `{hits, pages, values}`."""
    page, last = 1, 1
    while page <= last:
        answer = client.ask(
            call,
            "POST",
            f"entities/{kind}/_search",
            params={"fields": fields, "perPage": 100, "page": page},
            body={},
        )
        if not isinstance(answer.data, dict) or not isinstance(answer.data.get("values"), list):
            raise UnexpectedReply(f"entities/{kind}/_search answered in a form that is not known")
        yield answer.data["values"]
        last = int(answer.data.get("pages") or 1)
        page += 1
