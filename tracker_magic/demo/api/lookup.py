"""Finding what an address names, or the service's way of saying that it is not there."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from werkzeug import Response
from werkzeug.exceptions import HTTPException

from tracker_magic.demo.model import Entry, Issue, Queue, User
from tracker_magic.demo.records.base import queue_of
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import ApiRequest, Service

T = TypeVar("T")
HIDDEN_STATUS = 403


def issue_of(service: Service, ask: ApiRequest, key: str) -> Issue:
    """The issue of that key or id; a former key answers with a redirect, a hidden issue with 403, else 404."""
    issue = service.world.find(key)
    if issue is None:
        raise ApiError(404, ask.text("Задача не существует.", "Issue does not exist."))
    if service.world.queues[queue_of(issue)].hidden:
        raise ApiError(HIDDEN_STATUS, ask.text("Недостаточно прав.", "Forbidden."))
    if key not in {issue.key, issue.id}:
        raise _moved(ask, key, issue.key, service.behaviour.moved_status)
    return issue


def _moved(ask: ApiRequest, old: str, new: str, status: int) -> HTTPException:
    """The same address with the new key; only a GET may be repeated as one."""
    address = ask.url.replace(f"/issues/{old}", f"/issues/{new}", 1)
    status = status if ask.method in {"GET", "HEAD"} else 308
    return HTTPException(response=Response(b"", status, {"Location": address}))


def queue_named(service: Service, ask: ApiRequest, name: str) -> Queue:
    """The queue of that key (letter case counts) or id; 403 where it is hidden."""
    queues = service.world.queues
    queue = queues.get(name) or next((queue for queue in queues.values() if queue.id == name), None)
    if queue is None:
        raise ApiError(404, ask.text("Очередь не существует.", "Queue does not exist."))
    if queue.hidden:
        raise ApiError(HIDDEN_STATUS, ask.text("Недостаточно прав.", "Forbidden."))
    return queue


def entry_named(ask: ApiRequest, known: Mapping[str, Entry], name: str) -> Entry:
    """A dictionary's member by id or key."""
    return known[name] if name in known else only(ask, (entry for entry in known.values() if entry.id == name))


def user_named(service: Service, ask: ApiRequest, name: str) -> User:
    """A user by uid, login, or `login:` and a login (as one of digits alone must be written)."""
    users = service.world.users
    login = name.removeprefix("login:")
    if login == name and name in users:
        return users[name]
    digits = login == name and name.isdigit()
    return only(ask, (user for user in users.values() if user.login == login and not digits))


def only(ask: ApiRequest, found: Iterable[T]) -> T:
    """The first one; 404 where there is none."""
    for thing in found:
        return thing
    raise ApiError(404, ask.text("Объект не существует.", "Object does not exist."))
