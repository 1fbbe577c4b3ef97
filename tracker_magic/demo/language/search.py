"""The body of a search → the issues it finds, as `_search` and `_count` both see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracker_magic.demo.language.kinds import by_key
from tracker_magic.demo.language.match import Predicate, compile_query
from tracker_magic.demo.language.match_filter import FilterError, compile_filter, compile_order
from tracker_magic.demo.language.text import QueryError
from tracker_magic.demo.language.values import Context
from tracker_magic.demo.model import Filter, Issue
from tracker_magic.demo.records.base import queue_of
from tracker_magic.demo.service import ApiError, ApiRequest, Service

CRITERIA = ("queue", "keys", "filter", "query")  # the first given wins
MOST_CRITERIA = 2

Sort = Callable[[list[Issue]], list[Issue]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, in order, and by which criterion (`all`: none was given)."""

    by: str
    issues: list[Issue]


def find(service: Service, ask: ApiRequest) -> Found:
    """Issues that the request's body asks for; ApiError 400 where it cannot be understood."""
    body = ask.data_json or {}
    if not isinstance(body, Mapping):
        raise ApiError(400, ask.text("Тело запроса должно быть объектом.", "The request body must be an object."))
    given = {name: value for name, value in body.items() if value is not None}
    by = _criterion(ask, given)
    context = context_of(service, ask)
    try:
        return Found(by, SEARCHES[by](context, ask, given))
    except QueryError as error:
        raise ApiError(400, error.text(ask.lang)) from None
    except FilterError as error:
        raise ApiError(400, fields={error.field: ask.text(error.ru, error.en)}) from None


def context_of(service: Service, ask: ApiRequest) -> Context:
    """Who asks, now."""
    hidden = frozenset(queue.key for queue in service.world.queues.values() if queue.hidden)
    return Context(service.world, ask.caller, datetime.now(UTC), hidden, saved=saved_test)


def _criterion(ask: ApiRequest, given: Mapping[str, Any]) -> str:
    criteria = [name for name in CRITERIA if name in given]
    if len(criteria) > MOST_CRITERIA:
        raise ApiError(
            400,
            ask.text(
                "Вы можете использовать только ключи, очередь или поисковый запрос.",
                "You can use only keys, queue or search query.",
            ),
        )
    if criteria:
        return criteria[0]
    return "filterId" if "filterId" in given else "all"


def _visible(context: Context) -> list[Issue]:
    """All that the caller may see, the newest first: the order of a search that asks for none."""
    found = list(context.world.issues.values())
    found.reverse()
    return [issue for issue in found if queue_of(issue) not in context.hidden] if context.hidden else found


def _all(context: Context, _: ApiRequest, __: Mapping[str, Any]) -> list[Issue]:
    return _visible(context)


def _by_queue(context: Context, ask: ApiRequest, given: Mapping[str, Any]) -> list[Issue]:
    """A queue's issues by the number of their keys."""
    queue = context.world.queues.get(str(given["queue"]))
    if queue is None or queue.key in context.hidden:
        raise ApiError(
            400, fields={"queue": ask.text("Очередь не существует.", "The queue does not exist.")}
        )  # hidden ones are not told from missing ones
    found = [issue for issue in context.world.issues.values() if queue_of(issue) == queue.key]
    return sorted(found, key=lambda issue: by_key(issue.key))


def _by_keys(context: Context, ask: ApiRequest, given: Mapping[str, Any]) -> list[Issue]:
    """Issues of these present keys, by summary; keys that nobody has are left out."""
    keys = [given["keys"]] if isinstance(given["keys"], str) else given["keys"]
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ApiError(400, ask.text("keys: нужен ключ или список ключей.", "keys: a key or a list of keys."))
    names = dict.fromkeys(part.strip() for key in keys for part in key.split(","))
    found = [issue for name in names if (issue := context.world.issues.get(name))]
    seen = [issue for issue in found if queue_of(issue) not in context.hidden]
    return sorted(seen, key=lambda issue: str(issue.values.get("summary", "")).casefold())


def _by_filter(context: Context, ask: ApiRequest, given: Mapping[str, Any]) -> list[Issue]:
    wanted = given["filter"]
    if not isinstance(wanted, Mapping):
        raise ApiError(400, ask.text("filter: нужен объект.", "filter: an object."))
    sort = compile_order(context, given["order"]) if given.get("order") else None
    return _chosen(context, compile_filter(context, wanted), sort)


def _by_query(context: Context, ask: ApiRequest, given: Mapping[str, Any]) -> list[Issue]:
    if not isinstance(given["query"], str):
        raise ApiError(400, ask.text("query: нужна строка.", "query: a string."))
    return _chosen(context, *compile_query(context, given["query"]))


def _by_filter_id(context: Context, ask: ApiRequest, given: Mapping[str, Any]) -> list[Issue]:
    saved = {str(number): saved for number, saved in context.world.filters.items()}.get(str(given["filterId"]))
    if saved is None:
        raise ApiError(404, ask.text("Фильтр не существует.", "Filter does not exist."))
    if saved.query is not None:
        return _chosen(context, *compile_query(context, saved.query))
    return _chosen(context, compile_filter(context, saved.filter or {}), None)


def _chosen(context: Context, test: Predicate, sort: Sort | None) -> list[Issue]:
    found = [issue for issue in _visible(context) if test(issue)]
    return sort(found) if sort else found


def saved_test(context: Context, saved: Filter) -> Predicate:
    """The test of a saved filter."""
    if saved.query is not None:
        return compile_query(context, saved.query)[0]
    return compile_filter(context, saved.filter or {})


SEARCHES: dict[str, Callable[[Context, ApiRequest, Mapping[str, Any]], list[Issue]]] = {
    "queue": _by_queue,
    "keys": _by_keys,
    "filter": _by_filter,
    "query": _by_query,
    "filterId": _by_filter_id,
    "all": _all,
}
