"""Ways to page a list: by page number, after an id; and the links of a scroll."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar
from urllib.parse import urlencode

from werkzeug import Response

from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.scrolls import Scroll
from tracker_magic.demo.service import ApiRequest

T = TypeVar("T")
FIRST_PAGE = 50
FIRST_SCROLL = 100
MAX_SCROLL = 1000
SCROLL_TTL_MS = 60_000
NO_TOKEN = "dummy-token-you-dont-have-to-specify-it"  # noqa: S105 - the service's own placeholder, says "no token"


def number(ask: ApiRequest, name: str, default: int, most: int | None = None) -> int:
    """A whole number of the address, from 1 to `most`; ApiError 400 otherwise."""
    text = ask.args.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= (most or 10**9):
        limit = f"1..{most}" if most else "1.."
        raise ApiError(
            400,
            ask.text(f"Недопустимое значение параметра {name}: {text!r} ({limit}).",
                     f"Bad value of parameter {name}: {text!r} ({limit})."),
        )  # fmt: skip
    return int(text)


def link(ask: ApiRequest, rel: str, changes: dict[str, str], *, scheme: bool = True, seek: bool = False) -> str:
    """One value of a Link header: this request's address with some parameters changed."""
    arguments = {name: values[-1] for name, values in ask.args.lists() if name not in {"page", "id"}}
    query = urlencode({**arguments, **changes})
    address = f"{ask.base}{ask.path[len(ask.version) + 1 :]}?{query}" + ("{&page}" if seek else "")
    return f'<{address if scheme else address.partition("://")[2]}>; rel="{rel}"'


def flawed(ask: ApiRequest, rows: Sequence[T], came: Sequence[T]) -> list[T]:
    """The rows of a page, none or too many where a fault strikes it; `came`: the row that came before, or the first."""
    if ask.struck_by("empty_page"):
        return []
    return [*came, *rows] if ask.struck_by("duplicate") else list(rows)


def told(ask: ApiRequest, total: int, window: int | None = None) -> int:
    """The number of hits that the service tells: it may end at `window`, or be wrong."""
    off_by = ask.fault.by if ask.fault is not None and ask.fault.kind == "miscount" else 0
    return max(0, total + off_by if window is None else min(total + off_by, window))


def within(ask: ApiRequest, name: str, default: int, most: int, over: Literal["refuse", "cap"]) -> int:
    """A size of pages that the service may cap at `most`: by 400, or by fewer rows."""
    return number(ask, name, default, most) if over == "refuse" else min(number(ask, name, default), most)


def page(
    ask: ApiRequest,
    found: Sequence[T],
    *,
    window: int | None = None,
    most: int | None = None,
    per: int | None = None,
    scheme: bool = True,
) -> tuple[list[T], Response]:
    """The rows of the asked page, and an empty Response that carries the totals and links.

    `window`: rows behind this number cannot be had: totals stop there and a page beyond it gets 400. A perPage above
    `most` gets 400; `per` is taken in its place where it was read already.
    """
    per, here = per or number(ask, "perPage", FIRST_PAGE, most), number(ask, "page", 1)
    total = len(found) if window is None else min(len(found), window)
    if window is not None and (here - 1) * per >= window:
        ru = f"Постранично доступны только первые {window} задач, используйте прокрутку."
        raise ApiError(400, ask.text(ru, f"Only the first {window} issues can be paged, use scroll."))
    pages = -(-total // per)
    answer = Response()
    answer.headers["X-Total-Count"] = str(told(ask, total, window))
    answer.headers["X-Total-Pages"] = str(pages)
    if here < pages and not ask.struck_by("end_early"):
        following = {"perPage": str(per), "page": str(here + (not ask.struck_by("repeat")))}
        answer.headers.add("Link", link(ask, "next", following, scheme=scheme))
    answer.headers.add("Link", link(ask, "seek", {"perPage": str(per)}, scheme=scheme, seek=True))
    start = (here - 1) * per
    return flawed(ask, found[start : min(start + per, total)], found[max(0, start - 1) :][:1]), answer


def after(
    ask: ApiRequest,
    found: Sequence[T],
    name: Callable[[T], str],
    *,
    first: bool = True,
    scheme: bool = True,
    most: int | None = None,
    default: int = FIRST_PAGE,
) -> tuple[list[T], Response]:
    """Rows after the one that `?id=` names, and a Response with the links `first` and `next`; unknown id: 400."""
    per, cursor = number(ask, "perPage", default, most), ask.args.get("id")
    start = 0
    if cursor:
        places = [place for place, item in enumerate(found) if name(item) == cursor]
        if not places:
            raise ApiError(400, ask.text(f"Нет записи с id {cursor!r}.", f"No record with id {cursor!r}."))
        start = places[0] + 1
    rows = list(found[start : start + per])
    answer = Response()
    if first:
        answer.headers.add("Link", link(ask, "first", {"perPage": str(per)}, scheme=scheme))
    stays = ask.struck_by("repeat") or ask.struck_by("empty_page")
    if start + per < len(found) or (rows and ask.struck_by("empty_page")):
        following = ({"id": cursor} if cursor else {}) if stays else {"id": name(rows[-1])}
        answer.headers.add("Link", link(ask, "next", {**following, "perPage": str(per)}, scheme=scheme))
    return flawed(ask, rows, found[max(0, start - 1) :][:1]), answer


def scroll_links(ask: ApiRequest, scroll: Scroll, scroll_id: str, *, scheme: bool = True) -> tuple[str, str]:
    """The two Link values of a scroll page that is not the last."""
    kept = {name: ask.args.get(name, "") for name in ("expand", "embed", "fields")} | {"staleOk": "false"}
    first = {**kept, "scrollType": "sorted", "scrollTTLMillis": scroll.ttl_ms, "perScroll": scroll.per}
    following = {**kept, "scrollTTLMillis": scroll.ttl_ms, "scrollId": scroll_id, "scrollToken": NO_TOKEN}
    address = f"{ask.base if scheme else ask.base.partition('://')[2]}/issues/_search"
    return f'<{address}?{urlencode(first)}>; rel="first"', f'<{address}?{urlencode(following)}>; rel="next"'
