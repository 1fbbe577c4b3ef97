"""Searching and counting issues; scrolls."""

from dataclasses import replace
from datetime import timedelta

import orjson
from werkzeug import Response

from tracker_magic.demo.api.paging import (
    DEFAULT_PAGE_SIZE,
    DEFAULT_SCROLL_SIZE,
    MAX_SCROLL_SIZE,
    SCROLL_TTL_MS,
    limited_number,
    number,
    numbered_page,
    page_after_id,
    reported_total,
    scroll_links,
    without_lost_rows,
)
from tracker_magic.demo.language.issue_search import SearchResult, find_issues
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.scrolls import Scroll
from tracker_magic.demo.service import ApiError, ApiRequest, HandlerResult, Route, Service, with_rows

SCROLL_TYPES = {"sorted", "unsorted"}


def search(service: Service, request: ApiRequest) -> HandlerResult:
    """One page of the issues that the body selects: by number, after an id (`queue`), or of a scroll."""
    if request.args.get("scrollId"):
        return _next_scroll_page(service, request)
    found = _find(service, request)
    if request.args.get("scrollType") or request.args.get("perScroll"):
        return _open_scroll(service, request, found)
    if found.criterion == "queue":
        return _page_after_id(service, request, found.issues)
    return _numbered_page(service, request, found.issues)


def count(service: Service, request: ApiRequest) -> HandlerResult:
    """The number of issues that the body selects."""
    return reported_total(request, len(_find(service, request).issues))


def _find(service: Service, request: ApiRequest) -> SearchResult:
    if service.behaviour.index_lag_s:
        current = find_issues(service, request)
        return replace(current, issues=_as_indexed(service, current.issues))
    if service.cache is None:
        return find_issues(service, request)
    key = (request.caller, request.lang, request.get_data(cache=True))
    found: SearchResult = service.cache.get(key) or service.cache.setdefault(key, find_issues(service, request))
    return found


def _as_indexed(service: Service, issues: list[Issue]) -> list[Issue]:
    """The issues as the index has them: without the issues and the comments of the last seconds."""
    if not service.behaviour.index_lag_s:
        return issues
    until = service.now() - timedelta(seconds=service.behaviour.index_lag_s)
    return [
        replace(
            issue,
            comments=[comment for comment in issue.comments if comment.at <= until],
            values={name: value for name, value in issue.values.items() if name != "lastCommentUpdatedAt"},
        )
        for issue in issues
        if issue.values["createdAt"] <= until
    ]


def _numbered_page(service: Service, request: ApiRequest, issues: list[Issue]) -> Response:
    behaviour = service.behaviour
    maximum = behaviour.max_per_page
    page_size = limited_number(request, "perPage", min(DEFAULT_PAGE_SIZE, maximum), maximum, behaviour.over_max)
    rows, response = numbered_page(
        request, issues, window=behaviour.page_window, page_size=page_size, scheme=behaviour.link_scheme
    )
    return _with_issues(service, request, rows, response)


def _page_after_id(service: Service, request: ApiRequest, issues: list[Issue]) -> Response:
    if request.args.get("page"):
        ru, en = "page не поддерживается вместе с queue.", "page is not supported with queue."
        raise ApiError(400, request.text(ru, en))
    scheme, maximum = service.behaviour.link_scheme, service.behaviour.max_per_page
    rows, response = page_after_id(
        request, issues, lambda issue: issue.id, first=False, scheme=scheme, max_page_size=maximum
    )
    return _with_issues(service, request, rows, response)


def _open_scroll(service: Service, request: ApiRequest, found: SearchResult) -> Response:
    if found.criterion in {"queue", "keys"}:
        raise ApiError(400, request.text("Прокрутка результатов не поддерживается", "Scroll is not supported"))
    scroll_type = request.args.get("scrollType", "unsorted")
    if scroll_type not in SCROLL_TYPES:
        ru, en = f"Неизвестный scrollType: {scroll_type!r}.", f"Unknown scrollType: {scroll_type!r}."
        raise ApiError(400, request.text(ru, en))
    number(request, "perScroll", DEFAULT_SCROLL_SIZE, MAX_SCROLL_SIZE)  # above the documented maximum it is always 400
    maximum = min(MAX_SCROLL_SIZE, service.behaviour.max_per_scroll)
    default, over_max = min(DEFAULT_SCROLL_SIZE, maximum), service.behaviour.over_max
    page_size = limited_number(request, "perScroll", default, maximum, over_max)
    issue_ids = [issue.id for issue in found.issues]
    ttl_ms = number(request, "scrollTTLMillis", SCROLL_TTL_MS)
    return _scroll_page(service, request, service.scrolls.open(issue_ids, page_size, ttl_ms, request.caller))


def _next_scroll_page(service: Service, request: ApiRequest) -> Response:
    scroll = service.scrolls.find(request.args["scrollId"], request.caller)
    if scroll is None:
        ru, en = "Прокрутка не найдена или устарела.", "The scroll does not exist or has expired."
        raise ApiError(404, request.text(ru, en))
    scroll.ttl_ms = number(request, "scrollTTLMillis", scroll.ttl_ms)
    return _scroll_page(service, request, scroll)


def _scroll_page(service: Service, request: ApiRequest, scroll: Scroll) -> Response:
    fault = request.fault.kind if request.fault is not None else None
    issue_ids = without_lost_rows(request, service.scrolls.read(scroll, fault))
    issues = [service.world.find(issue_id) for issue_id in issue_ids]
    response = Response()
    if not request.has_fault("no_total"):
        total = reported_total(request, len(scroll.issue_ids), service.behaviour.scroll_window)
        response.headers["X-Total-Count"] = str(total)
    if not scroll.finished:
        scroll_id, token = service.scrolls.new_id(scroll)
        response.headers["X-Scroll-Id"], response.headers["X-Scroll-Token"] = scroll_id, token
        for value in scroll_links(request, scroll, scroll_id, scheme=service.behaviour.link_scheme):
            response.headers.add("Link", value)
    return _with_issues(service, request, [issue for issue in issues if issue is not None], response)


def _with_issues(service: Service, request: ApiRequest, issues: list[Issue], response: Response) -> Response:
    """Put the issues that the caller may see into the response."""
    renderer = IssueRenderer(service.world, request)
    fields, expand = tuple(request.names("fields")), tuple(request.names("expand"))
    visible = [issue for issue in _as_indexed(service, issues) if renderer.sees(issue)]
    request.rows = len(visible)
    if service.cache is None:
        return with_rows(response, [renderer.issue_record(issue, fields, expand) for issue in visible])
    rendered = service.cache.setdefault((renderer.reader, fields, expand), {})
    for issue in visible:
        if issue.id not in rendered:
            rendered[issue.id] = orjson.Fragment(orjson.dumps(renderer.issue_record(issue, fields, expand)))
    return with_rows(response, [rendered[issue.id] for issue in visible])


def clear_scrolls(service: Service, request: ApiRequest) -> HandlerResult:
    """Close scrolls: the body maps ids to tokens; unknown ids are ignored."""
    body = request.data_json
    if not isinstance(body, dict) or not all(isinstance(token, str) for token in body.values()):
        ru, en = "Нужен объект: id прокрутки → токен.", "An object is needed: scroll id → token."
        raise ApiError(400, request.text(ru, en))
    wrong = [name for name, token in body.items() if not service.scrolls.release(name, token, request.caller)]
    if wrong:
        raise ApiError(400, request.text(f"Чужой токен прокрутки {wrong[0]}.", f"Wrong token of scroll {wrong[0]}."))
    return None


ROUTES = [
    Route(("POST",), "/issues/_search", search, api=True, group="search"),
    Route(("POST",), "/issues/_count", count, api=True, group="search"),
    Route(("POST",), "/system/search/scroll/_clear", clear_scrolls, api=True),
]
