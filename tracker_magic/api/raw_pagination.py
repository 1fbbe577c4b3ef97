"""All pages of an answer whose paging is known only when it comes: links, scrolls, cursors, totals."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Answer
from tracker_magic.api.endpoints import WINDOW
from tracker_magic.api.pagination import (
    Ask,
    Came,
    Params,
    follow_last_id,
    follow_links,
    follow_numbers,
    follow_users,
    is_full,
    mark_of,
    whole,
)
from tracker_magic.errors import BadQuery, NotFound, UnexpectedReply

_BLANKS: Final = 3  # empty pages of a scroll in a row, after which no more rows are expected
_BY_ID: Final = ("/worklog", "worklog/_search", "boards/_paginate")  # paged by the last id, without a word of more

Release = Callable[[dict[str, str]], None]  # gives scrolls (id → token) back


def every_page(path: str, ask: Ask, ask_once: Ask, release: Release, params: Params) -> Any:
    """The whole of what `params` ask for: a list joined of its pages, an object with its list joined.

    Pages are followed by `X-Scroll-Id` (with `ask_once`: a scroll moves on with every request), by `Link`, by
    `X-Total-Pages`, by `hasNext` (users), by `pages` (entities), and where none of these came, but a page that may
    have been cut, by the last record's id. Raises UnexpectedReply where the list cannot be completed.
    """
    params = {name: each[0] if isinstance(each, list) and len(each) == 1 else each for name, each in params.items()}
    first = ask(params)
    pages = _Pages(first, ask)
    if isinstance(first.data, dict):
        return _whole_object(pages, params, first.data)
    if not isinstance(first.data, list):
        return first.data
    if "X-Scroll-Id" in first.headers:
        return _scrolled(first, _Pages(None, ask_once), release, params)
    records = _joined(_pages(path, pages, params, first))
    _check_total(records, pages.last, params)
    return records


class _Pages:
    """Asks for pages, of which the first may have come; `last` is the last answer. All are of one shape."""

    def __init__(self, first: Answer | None, ask: Ask) -> None:
        self.last = first
        self._first = first
        self._ask = ask

    def __call__(self, params: Params) -> Answer:
        answer = self._first or self._ask(params)
        self._first = None
        if self.last is not None and _shape(answer.data) != _shape(self.last.data):
            raise UnexpectedReply("a page of the list came in another shape; it cannot be completed", hint="Try again.")
        self.last = answer
        return answer


def _shape(data: Any) -> str:
    """A list, an object with one, or something else."""
    name = next((each for each in ("users", "values") if isinstance(data, dict) and _is_list(data, each)), "")
    return type(data).__name__ + name


def _is_list(data: dict[str, Any], name: str) -> bool:
    return isinstance(data.get(name), list)


def _joined(answers: Iterable[Answer]) -> list[Any]:
    return [record for answer in answers for record in answer.data]


def _whole_object(pages: _Pages, params: Params, data: dict[str, Any]) -> Any:
    if _is_list(data, "users") and isinstance(data.get("hasNext"), bool):
        name, records = "users", _joined(follow_users(pages, params, None))
    elif _is_list(data, "values") and isinstance(data.get("pages"), int):
        name, records = "values", _joined(follow_numbers(pages, params))
    else:
        return data
    return {**(pages.last.data if pages.last else {}), name: records}


def _pages(path: str, ask: Ask, params: Params, first: Answer) -> Iterator[Answer]:
    """The pages of a list, in the way that its first one tells."""
    per_page = whole(params.get("perPage"))
    if (following := protocol.links(first.headers).get("next")) is not None:
        answers = follow_links(ask, params)
        return _steady(answers) if "page" in following else answers
    if (numbers := protocol.number(first.headers, "X-Total-Pages")) is not None:
        return _steady(_by_number(ask, params, numbers))
    if path.rstrip("/").endswith(_BY_ID):
        return follow_last_id(ask, params, per_page)
    return _by_guess(ask, params, per_page)


def _by_number(ask: Ask, params: Params, last: int) -> Iterator[Answer]:
    """Pages by number where the service gives no links."""
    came, begin = Came(), whole(params.get("page")) or 1
    for page in range(begin, max(begin, last) + 1):
        answer = ask(params if page == begin else {**params, "page": page})
        yield Answer(came.fresh(answer.data), answer.headers, answer.url)


def _steady(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pages by number, as long as they tell one X-Total-Count: what left the list drew others past a page's end."""
    first: int | None = None
    for answer in answers:
        total = protocol.number(answer.headers, "X-Total-Count")
        first = total if first is None else first
        if total is not None and total != first:
            said = f"the list changed from {first:,} to {total:,} while it was read, and may lack some"
            raise UnexpectedReply(said, hint='Try again, or ask for a scroll: scrollType="unsorted", perScroll=1000.')
        yield answer


def _by_guess(ask: Ask, params: Params, per_page: int | None) -> Iterator[Answer]:
    """A list that tells nothing: where its page may have been cut, what follows the last id is asked for."""
    came = Came()
    answer = ask(params)
    while fresh := came.fresh(answer.data):
        yield Answer(fresh, answer.headers, answer.url)
        last = mark_of(answer.data[-1])
        if last is None or not is_full(len(answer.data), per_page):
            return
        try:
            answer = ask({**params, "id": last})
        except (BadQuery, NotFound):  # it takes no id, and so has no pages
            return


def _scrolled(first: Answer, ask: Ask, release: Release, params: Params) -> list[Any]:
    """All rows of a scroll, which is given back on every way out."""
    came, records, answer = Came(), list[Any](), first
    tokens: dict[str, str] = {}
    total = protocol.number(first.headers, "X-Total-Count")
    try:
        while True:
            fresh = came.fresh(answer.data)
            records += fresh
            if (scroll_id := answer.headers.get("X-Scroll-Id")) is None:
                tokens.clear()  # it ended by itself
                break
            tokens[scroll_id] = answer.headers.get("X-Scroll-Token", "")
            if answer.data and not fresh:
                raise UnexpectedReply("the service gives the same page of a scroll again", hint="Try again.")
            if came.blanks >= _BLANKS:
                break
            answer = ask({**params, "scrollId": scroll_id})
    finally:
        if tokens:
            release(tokens)
    if total is not None and len(records) < total:  # where a total ends, more come than it tells
        raise _short(records, total)
    return records


def _check_total(records: list[Any], last: Answer | None, params: Params) -> None:
    """Raise UnexpectedReply where fewer came than there are; of a list from its beginning."""
    total = protocol.number(last.headers, "X-Total-Count") if last else None
    if total is None or "id" in params or (whole(params.get("page")) or 1) > 1:
        return
    if len(records) < total:
        raise _short(records, total)
    if total == WINDOW and "X-Total-Pages" in (last.headers if last else {}):
        raise UnexpectedReply(
            f"pages end at {WINDOW:,}, and there may be more",
            hint='Ask for a scroll: t.post("issues/_search", …, scrollType="unsorted", perScroll=1000).',
        )


def _short(records: list[Any], total: int) -> UnexpectedReply:
    said = f"{len(records):,} of {total:,} came: the list changed while it was read, or the service left some out"
    return UnexpectedReply(said, hint="Try again.")
