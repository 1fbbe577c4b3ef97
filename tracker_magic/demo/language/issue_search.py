"""Finds the issues that the body of a search asks for; `_search` and `_count` share it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker_magic.demo.language.filter_compiler import FilterError, compile_filter, compile_order
from tracker_magic.demo.language.operands import Context
from tracker_magic.demo.language.predicates import Predicate, Sorter
from tracker_magic.demo.language.query_compiler import compile_query
from tracker_magic.demo.language.reference_types import natural_key_order
from tracker_magic.demo.language.tokens import QueryError
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.renderer import queue_of
from tracker_magic.demo.service import ApiError, ApiRequest, Service

CRITERIA = ("queue", "keys", "filter", "query")  # the first of those in the body is used
MAX_CRITERIA = 2

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The issues found, in order, and the criterion that found them (`all` if there was none)."""

    criterion: str
    issues: list[Issue]


def find_issues(service: Service, request: ApiRequest) -> SearchResult:
    """Find the issues that the body of the request asks for; ApiError 400 if it is invalid."""
    body = request.data_json or {}
    if not isinstance(body, Mapping):
        raise ApiError(400, request.text("Тело запроса должно быть объектом.", "The request body must be an object."))
    body = {name: value for name, value in body.items() if value is not None and (name, value) != ("filter", {})}
    criterion = _criterion(request, body)
    hidden = frozenset(queue.key for queue in service.world.queues.values() if queue.hidden)
    offset = timedelta(hours=service.behaviour.query_offset_h)
    context = Context(service.world, request.caller, datetime.now(UTC), hidden, query_offset=offset)
    try:
        return SearchResult(criterion, SEARCHES[criterion](context, request, body))
    except QueryError as error:
        raise ApiError(400, error.text(request.lang)) from None
    except FilterError as error:
        raise ApiError(400, fields={error.field: request.text(error.ru, error.en)}) from None


def _criterion(request: ApiRequest, body: Body) -> str:
    criteria = [name for name in CRITERIA if name in body]
    if len(criteria) > MAX_CRITERIA:
        raise ApiError(
            400,
            request.text(
                "Вы можете использовать только ключи, очередь или поисковый запрос.",
                "You can use only keys, queue or search query.",
            ),
        )
    if criteria:
        return criteria[0]
    return "filterId" if "filterId" in body else "all"


def _visible_issues(context: Context) -> list[Issue]:
    """Return all issues that the caller may see, newest first: the order of a search without an order."""
    issues = list(context.world.issues.values())
    issues.reverse()
    return [issue for issue in issues if queue_of(issue) not in context.hidden] if context.hidden else issues


def _find_all(context: Context, request: ApiRequest, body: Body) -> list[Issue]:
    del request, body
    return _visible_issues(context)


def _find_by_queue(context: Context, request: ApiRequest, body: Body) -> list[Issue]:
    """Find the issues of a queue, ordered by the number of their keys; a hidden queue looks like a missing one."""
    queue = context.world.queues.get(str(body["queue"]))
    if queue is None or queue.key in context.hidden:
        raise ApiError(400, fields={"queue": request.text("Очередь не существует.", "The queue does not exist.")})
    issues = [issue for issue in context.world.issues.values() if queue_of(issue) == queue.key]
    return sorted(issues, key=lambda issue: natural_key_order(issue.key))


def _find_by_keys(context: Context, request: ApiRequest, body: Body) -> list[Issue]:
    """Find the issues with these present keys, ordered by summary; unknown keys are ignored."""
    keys = dict.fromkeys(part.strip() for key in _read_keys(request, body) for part in key.split(","))
    issues = [issue for key in keys if (issue := context.world.issues.get(key))]
    visible = [issue for issue in issues if queue_of(issue) not in context.hidden]
    return sorted(visible, key=lambda issue: str(issue.values.get("summary", "")).casefold())


def _read_keys(request: ApiRequest, body: Body) -> list[str]:
    keys = [body["keys"]] if isinstance(body["keys"], str) else body["keys"]
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ApiError(400, request.text("keys: нужен ключ или список ключей.", "keys: a key or a list of keys."))
    return keys


def _find_by_filter(context: Context, request: ApiRequest, body: Body) -> list[Issue]:
    conditions = body["filter"]
    if not isinstance(conditions, Mapping):
        raise ApiError(400, request.text("filter: нужен объект.", "filter: an object."))
    sort = compile_order(context, body["order"]) if body.get("order") else None
    return _select(context, compile_filter(context, conditions), sort)


def _find_by_query(context: Context, request: ApiRequest, body: Body) -> list[Issue]:
    if not isinstance(body["query"], str):
        raise ApiError(400, request.text("query: нужна строка.", "query: a string."))
    return _select(context, *compile_query(context, body["query"]))


def _find_by_saved_filter(context: Context, request: ApiRequest, body: Body) -> list[Issue]:
    filters = {str(number): saved for number, saved in context.world.filters.items()}
    saved = filters.get(str(body["filterId"]))
    if saved is None:
        raise ApiError(404, request.text("Фильтр не существует.", "Filter does not exist."))
    if saved.query is not None:
        return _select(context, *compile_query(context, saved.query))
    return _select(context, compile_filter(context, saved.filter or {}), None)


def _select(context: Context, test: Predicate, sort: Sorter | None) -> list[Issue]:
    issues = [issue for issue in _visible_issues(context) if test(issue)]
    return sort(issues) if sort else issues


SEARCHES: dict[str, Callable[[Context, ApiRequest, Body], list[Issue]]] = {
    "queue": _find_by_queue,
    "keys": _find_by_keys,
    "filter": _find_by_filter,
    "query": _find_by_query,
    "filterId": _find_by_saved_filter,
    "all": _find_all,
}
