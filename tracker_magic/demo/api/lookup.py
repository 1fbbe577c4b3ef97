"""Finding what an address names, or the response of the service when it does not exist."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from werkzeug import Response
from werkzeug.exceptions import HTTPException

from tracker_magic.demo.model import Entry, Issue, Queue, User
from tracker_magic.demo.records.renderer import queue_of
from tracker_magic.demo.service import ApiError, ApiRequest, Service

T = TypeVar("T")


def find_issue(service: Service, request: ApiRequest, key: str) -> Issue:
    """The issue with that key or id; a former key is redirected, a hidden issue gets 403, an unknown key 404."""
    issue = service.world.find(key)
    if issue is None:
        raise ApiError(404, request.text("Задача не существует.", "Issue does not exist."))
    if service.world.queues[queue_of(issue)].hidden:
        raise ApiError(403, request.text("Недостаточно прав.", "Forbidden."))
    if key not in {issue.key, issue.id}:
        raise _moved(request, key, issue.key, service.behaviour.moved_status)
    return issue


def _moved(request: ApiRequest, old: str, new: str, status: int) -> HTTPException:
    """A redirect to the same address with the new key; 308 for methods other than GET, since it keeps the method."""
    address = request.url.replace(f"/issues/{old}", f"/issues/{new}", 1)
    status = status if request.method in {"GET", "HEAD"} else 308
    return HTTPException(response=Response(b"", status, {"Location": address}))


def find_queue(service: Service, request: ApiRequest, name: str) -> Queue:
    """The queue with that key (case-sensitive) or id; 403 if it is hidden."""
    queues = service.world.queues
    queue = queues.get(name) or next((queue for queue in queues.values() if queue.id == name), None)
    if queue is None:
        raise ApiError(404, request.text("Очередь не существует.", "Queue does not exist."))
    if queue.hidden:
        raise ApiError(403, request.text("Недостаточно прав.", "Forbidden."))
    return queue


def find_entry(request: ApiRequest, entries: Mapping[str, Entry], name: str) -> Entry:
    """The entry of a dictionary with that key or id."""
    if name in entries:
        return entries[name]
    return first_or_404(request, (entry for entry in entries.values() if entry.id == name))


def find_user(service: Service, request: ApiRequest, name: str) -> User:
    """The user with that uid or login; a login that consists of digits needs the prefix `login:`."""
    users = service.world.users
    login = name.removeprefix("login:")
    if login == name and name in users:
        return users[name]
    is_uid = login == name and name.isdigit()
    return first_or_404(request, (user for user in users.values() if user.login == login and not is_uid))


def by_id(request: ApiRequest, known: Mapping[str, T], name: str) -> T:
    """The value at that key of a mapping; 404 if there is none."""
    return first_or_404(request, [known[name]] if name in known else [])


def first_or_404(request: ApiRequest, matches: Iterable[T]) -> T:
    """The first match; 404 if there is none."""
    for match in matches:
        return match
    raise ApiError(404, request.text("Объект не существует.", "Object does not exist."))
