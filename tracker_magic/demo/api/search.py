"""Searching and counting issues; scrolls."""

import orjson
from werkzeug import Response

from tracker_magic.demo.api.paging import (
    FIRST_PAGE,
    FIRST_SCROLL,
    MAX_SCROLL,
    SCROLL_TTL_MS,
    after,
    number,
    page,
    scroll_links,
    told,
    within,
)
from tracker_magic.demo.language.search import Found, find
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.scrolls import Scroll
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service, filled, names

SCROLL_TYPES = {"sorted", "unsorted"}


def search(service: Service, ask: ApiRequest) -> Answer:
    """One page of what the body asks for: by number, after an id (`queue`), or of a scroll."""
    if ask.args.get("scrollId"):
        return _next_of_scroll(service, ask)
    found = _found(service, ask)
    if ask.args.get("scrollType") or ask.args.get("perScroll"):
        return _first_of_scroll(service, ask, found)
    if found.by == "queue":
        return _after(service, ask, found.issues)
    return _page(service, ask, found.issues)


def count(service: Service, ask: ApiRequest) -> Answer:
    """How many issues the body asks for."""
    return told(ask, len(_found(service, ask).issues))


def _found(service: Service, ask: ApiRequest) -> Found:
    if service.kept is None:
        return find(service, ask)
    place = (ask.caller, ask.lang, ask.get_data(cache=True))
    found: Found = service.kept.get(place) or service.kept.setdefault(place, find(service, ask))
    return found


def _page(service: Service, ask: ApiRequest, found: list[Issue]) -> Response:
    behaviour = service.behaviour
    per = within(ask, "perPage", min(FIRST_PAGE, behaviour.max_per_page), behaviour.max_per_page, behaviour.over_max)
    rows, answer = page(ask, found, window=behaviour.page_window, per=per, scheme=behaviour.link_scheme)
    return _filled(service, ask, rows, answer)


def _after(service: Service, ask: ApiRequest, found: list[Issue]) -> Response:
    if ask.args.get("page"):
        raise ApiError(400, ask.text("page не поддерживается вместе с queue.", "page is not supported with queue."))
    behaviour = service.behaviour
    cap = behaviour.max_per_page
    rows, answer = after(ask, found, lambda issue: issue.id, first=False, scheme=behaviour.link_scheme, most=cap)
    return _filled(service, ask, rows, answer)


def _first_of_scroll(service: Service, ask: ApiRequest, found: Found) -> Response:
    if found.by in {"queue", "keys"}:
        raise ApiError(400, ask.text("Прокрутка результатов не поддерживается", "Scroll is not supported"))
    kind = ask.args.get("scrollType", "unsorted")
    if kind not in SCROLL_TYPES:
        raise ApiError(400, ask.text(f"Неизвестный scrollType: {kind!r}.", f"Unknown scrollType: {kind!r}."))
    most = min(MAX_SCROLL, service.behaviour.max_per_scroll)
    number(ask, "perScroll", FIRST_SCROLL, MAX_SCROLL)  # documented; a lower ceiling is this service's own
    per = within(ask, "perScroll", min(FIRST_SCROLL, most), most, service.behaviour.over_max)
    members = [issue.id for issue in found.issues]
    scroll = service.scrolls.open(members, per, number(ask, "scrollTTLMillis", SCROLL_TTL_MS), ask.caller)
    return _of_scroll(service, ask, scroll)


def _next_of_scroll(service: Service, ask: ApiRequest) -> Response:
    scroll = service.scrolls.find(ask.args["scrollId"], ask.caller)
    if scroll is None:
        raise ApiError(404, ask.text("Прокрутка не найдена или устарела.", "The scroll does not exist or has expired."))
    scroll.ttl_ms = number(ask, "scrollTTLMillis", scroll.ttl_ms)
    return _of_scroll(service, ask, scroll)


def _of_scroll(service: Service, ask: ApiRequest, scroll: Scroll) -> Response:
    flaw = ask.fault.kind if ask.fault is not None else None
    found = (service.world.find(name) for name in service.scrolls.read(scroll, flaw))
    answer = Response()
    answer.headers["X-Total-Count"] = str(told(ask, len(scroll.members), service.behaviour.scroll_window))
    if not scroll.finished:
        scroll_id, token = service.scrolls.name(scroll)
        answer.headers["X-Scroll-Id"], answer.headers["X-Scroll-Token"] = scroll_id, token
        for value in scroll_links(ask, scroll, scroll_id, scheme=service.behaviour.link_scheme):
            answer.headers.add("Link", value)
    return _filled(service, ask, [issue for issue in found if issue is not None], answer)


def _filled(service: Service, ask: ApiRequest, rows: list[Issue], answer: Response) -> Response:
    renderer = IssueRenderer(service.world, ask)
    fields, expand = tuple(names(ask, "fields")), tuple(names(ask, "expand"))
    seen = [issue for issue in rows if renderer.sees(issue)]
    ask.rows = len(seen)
    if service.kept is None:
        return filled(answer, [renderer.issue_record(issue, fields, expand) for issue in seen])
    known = service.kept.setdefault((renderer.reader, fields, expand), {})
    for issue in seen:
        if issue.id not in known:
            known[issue.id] = orjson.Fragment(orjson.dumps(renderer.issue_record(issue, fields, expand)))
    return filled(answer, [known[issue.id] for issue in seen])


def clear_scrolls(service: Service, ask: ApiRequest) -> Answer:
    """Release scrolls: the body maps ids to tokens; unknown ids are passed over."""
    body = ask.data_json
    if not isinstance(body, dict) or not all(isinstance(token, str) for token in body.values()):
        raise ApiError(400, ask.text("Нужен объект: id прокрутки → токен.", "An object is needed: scroll id → token."))
    kept = [name for name, token in body.items() if not service.scrolls.release(name, token, ask.caller)]
    if kept:
        raise ApiError(400, ask.text(f"Чужой токен прокрутки {kept[0]}.", f"Wrong token of scroll {kept[0]}."))
    return None


ROUTES = [
    Route(("POST",), "/issues/_search", search, api=True, group="search"),
    Route(("POST",), "/issues/_count", count, api=True, group="search"),
    Route(("POST",), "/system/search/scroll/_clear", clear_scrolls, api=True),
]
