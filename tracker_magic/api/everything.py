"""All pages of an answer whose paging is known only when it comes: links, scrolls, cursors, totals in the body."""

from collections.abc import Callable
from typing import Any

from tracker_magic.api import protocol
from tracker_magic.api.client import Answer

Ask = Callable[[dict[str, Any]], Answer]


def every_page(ask: Ask, params: dict[str, Any]) -> Any:
    """The whole of what `params` ask for: a list joined of its pages, an object with its list joined.

    Pages are followed by `X-Scroll-Id`, by `Link`, by `hasNext` (users), by `pages` (entities), and, where `perPage`
    was given and none of these came, by the last record's id. A page that brings nothing new is the end.
    """
    answer = ask(params)
    name = next((each for each in ("users", "values") if _holds(answer.data, each)), None)
    if name is None and not isinstance(answer.data, list):
        return answer.data
    records: list[Any] = []
    seen: set[str] = set()
    while True:
        page = answer.data[name] if name else answer.data
        fresh = [record for record in page if _mark(record) not in seen]
        records += fresh
        seen.update(_mark(record) for record in fresh)
        following = _following(answer, params, page) if fresh else None
        if following is None:
            break
        params = {**params, **following}
        answer = ask(params)
    if name is None:
        return records
    return {**answer.data, name: records}


def _holds(data: Any, name: str) -> bool:
    return isinstance(data, dict) and isinstance(data.get(name), list)


def _mark(record: Any) -> str:
    """What tells records of a list apart; a list of other things is told apart by what they are."""
    if isinstance(record, dict):
        return str(record.get("id") or record.get("uid") or record)
    return repr(record)


def _following(answer: Answer, params: dict[str, Any], page: list[Any]) -> dict[str, Any] | None:
    """The parameters of the next page; None: this was the last."""
    if scroll_id := answer.headers.get("X-Scroll-Id"):
        return {"scrollId": scroll_id}
    if link := protocol.links(answer.headers).get("next"):
        return link if link.get("id") or link.get("page") else None
    last = page[-1] if isinstance(page[-1], dict) else {}
    if isinstance(answer.data, dict):
        if answer.data.get("hasNext"):
            return {"id": last.get("uid") or last.get("id")}
        number = int(params.get("page") or 1)
        return {"page": number + 1} if number < int(answer.data.get("pages") or 1) else None
    asked = params.get("perPage")
    full = asked is not None and len(page) >= int(asked[0] if isinstance(asked, list) else asked)
    return {"id": last["id"]} if full and "id" in last and "X-Total-Pages" not in answer.headers else None
