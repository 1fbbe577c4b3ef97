"""Paging of lists: by page number, after an id, and the links of a scroll."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar
from urllib.parse import urlencode

from werkzeug import Response

from tracker_magic.demo.scrolls import Scroll
from tracker_magic.demo.service import ApiError, ApiRequest

T = TypeVar("T")
DEFAULT_PAGE_SIZE = 50
DEFAULT_SCROLL_SIZE = 100
MAX_SCROLL_SIZE = 1000
SCROLL_TTL_MS = 60_000
NO_TOKEN = "dummy-token-you-dont-have-to-specify-it"  # noqa: S105 - the service's own placeholder for "no token"


def number(request: ApiRequest, name: str, default: int, maximum: int | None = None) -> int:
    """A parameter of the address: a whole number from 1 to `maximum`; ApiError 400 for anything else."""
    text = request.args.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= (maximum or 10**9):
        limit = f"1..{maximum}" if maximum else "1.."
        raise ApiError(
            400,
            request.text(f"Недопустимое значение параметра {name}: {text!r} ({limit}).",
                         f"Bad value of parameter {name}: {text!r} ({limit})."),
        )  # fmt: skip
    return int(text)


def limited_number(
    request: ApiRequest, name: str, default: int, maximum: int, over_max: Literal["refuse", "cap"]
) -> int:
    """The same for a page size; a number above `maximum` gets 400 or is lowered, as `over_max` says."""
    if over_max == "refuse":
        return number(request, name, default, maximum)
    return min(number(request, name, default), maximum)


def link(request: ApiRequest, rel: str, changes: dict[str, str], *, scheme: bool = True, seek: bool = False) -> str:
    """One value of the Link header: the address of this request with some parameters changed."""
    arguments = {name: values[-1] for name, values in request.args.lists() if name not in {"page", "id"}}
    query = urlencode({**arguments, **changes})
    address = f"{request.base}{request.path[len(request.version) + 1 :]}?{query}" + ("{&page}" if seek else "")
    return f'<{address if scheme else address.partition("://")[2]}>; rel="{rel}"'


def with_row_faults(request: ApiRequest, rows: Sequence[T], previous: Sequence[T]) -> list[T]:
    """The rows of a page after faults: none for `empty_page`; for `duplicate`, the `previous` row in front."""
    if request.has_fault("empty_page"):
        return []
    return [*previous, *rows] if request.has_fault("duplicate") else without_lost_rows(request, rows)


def without_lost_rows(request: ApiRequest, rows: Sequence[T]) -> list[T]:
    """The rows of a page; for `lose_rows`, without some in its middle."""
    if request.fault is None or request.fault.kind != "lose_rows":
        return list(rows)
    middle = len(rows) // 2
    return [*rows[:middle], *rows[middle + request.fault.by :]]


def reported_total(request: ApiRequest, total: int, window: int | None = None) -> int:
    """The total that the service reports: at most `window`, and wrong for the fault `miscount`."""
    if request.fault is not None and request.fault.kind == "miscount":
        total += request.fault.by
    return max(0, total if window is None else min(total, window))


def numbered_page(
    request: ApiRequest,
    items: Sequence[T],
    *,
    window: int | None = None,
    max_page_size: int | None = None,
    page_size: int | None = None,
    scheme: bool = True,
) -> tuple[list[T], Response]:
    """The rows of the requested page, and a Response without body that has the totals and links.

    Only the first `window` items can be paged: totals end there, and a page beyond it gets 400. A perPage above
    `max_page_size` gets 400; `page_size` replaces it if the caller has read the parameter already.
    """
    page_size = page_size or number(request, "perPage", DEFAULT_PAGE_SIZE, max_page_size)
    page_number = number(request, "page", 1)
    start, total = (page_number - 1) * page_size, len(items) if window is None else min(len(items), window)
    if window is not None and start >= window:
        ru = f"Постранично доступны только первые {window} задач, используйте прокрутку."
        raise ApiError(400, request.text(ru, f"Only the first {window} issues can be paged, use scroll."))
    pages = -(-total // page_size)
    response = Response()
    if not request.has_fault("no_total"):
        response.headers["X-Total-Count"] = str(reported_total(request, total, window))
    response.headers["X-Total-Pages"] = str(pages)
    if page_number < pages and not request.has_fault("end_early"):
        next_page = page_number if request.has_fault("repeat") else page_number + 1
        changes = {"perPage": str(page_size), "page": str(next_page)}
        response.headers.add("Link", link(request, "next", changes, scheme=scheme))
    response.headers.add("Link", link(request, "seek", {"perPage": str(page_size)}, scheme=scheme, seek=True))
    rows = items[start : min(start + page_size, total)]
    return with_row_faults(request, rows, items[max(0, start - 1) :][:1]), response


def page_after_id(
    request: ApiRequest,
    items: Sequence[T],
    id_of: Callable[[T], str],
    *,
    first: bool = True,
    scheme: bool = True,
    max_page_size: int | None = None,
) -> tuple[list[T], Response]:
    """The rows after the one that `?id=` names, and a Response with the links `first` and `next`; unknown id: 400."""
    page_size, cursor = number(request, "perPage", DEFAULT_PAGE_SIZE, max_page_size), request.args.get("id")
    start = _start_after(request, [id_of(item) for item in items], cursor) if cursor else 0
    rows = list(items[start : start + page_size])
    response = Response()
    if first:
        response.headers.add("Link", link(request, "first", {"perPage": str(page_size)}, scheme=scheme))
    stays = request.has_fault("repeat") or request.has_fault("empty_page")
    if start + page_size < len(items) or (rows and request.has_fault("empty_page")):
        next_cursor = ({"id": cursor} if cursor else {}) if stays else {"id": id_of(rows[-1])}
        changes = {**next_cursor, "perPage": str(page_size)}
        response.headers.add("Link", link(request, "next", changes, scheme=scheme))
    return with_row_faults(request, rows, items[max(0, start - 1) :][:1]), response


def _start_after(request: ApiRequest, ids: list[str], cursor: str) -> int:
    if cursor not in ids:
        raise ApiError(400, request.text(f"Нет записи с id {cursor!r}.", f"No record with id {cursor!r}."))
    return ids.index(cursor) + 1


def scroll_links(request: ApiRequest, scroll: Scroll, scroll_id: str, *, scheme: bool = True) -> tuple[str, str]:
    """The two Link values of every page of a scroll but the last."""
    common = {name: request.args.get(name, "") for name in ("expand", "embed", "fields")} | {"staleOk": "false"}
    common["scrollTTLMillis"] = str(scroll.ttl_ms)
    first = {**common, "scrollType": "sorted", "perScroll": scroll.page_size}
    following = {**common, "scrollId": scroll_id, "scrollToken": NO_TOKEN}
    address = f"{request.base if scheme else request.base.partition('://')[2]}/issues/_search"
    return f'<{address}?{urlencode(first)}>; rel="first"', f'<{address}?{urlencode(following)}>; rel="next"'
