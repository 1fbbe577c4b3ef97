"""Requests and replies as values: a reply becomes records or the right error. Pure functions: nothing is sent here."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from io import BufferedRandom
from itertools import chain
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

import orjson

from tracker_magic.api.decoding import decode_json, error_messages
from tracker_magic.api.retry import retry_after_s
from tracker_magic.auth import Login, Organisation
from tracker_magic.errors import (
    BadOption,
    BadQuery,
    Forbidden,
    NotFound,
    NotLoggedIn,
    RateLimited,
    Refused,
    ServiceBroken,
    TrackerError,
    UnexpectedReply,
    WrongOrganisation,
    masked,
)
from tracker_magic.secret import SafeRepr
from tracker_magic.transport.body import whole_number
from tracker_magic.transport.transport import Headers, Reply

Records = list[dict[str, Any]]
Params = Mapping[str, Any]
# What a reply is read as: JSON of a certain shape, raw bytes, or a page of issues (Iterator[Records]).
Shape = Literal["json", "object", "records", "history", "users", "entities", "count", "issue", "bytes", "issues"]

CREATED: Final = "createdAt"
NO_CREATION_TIME: Final = "no_creation_time"  # the `reason` of the error for issues without `createdAt`
LARGEST_TOTAL: Final = 10**8  # of anything that the service counts
WRONG_SHAPE: Final = "wrong_shape"  # the `reason` of the error for JSON that is something else
SCROLL_ID: Final = "X-Scroll-Id"

_LONGEST_LINK: Final = 8192  # the header, with all its addresses
_LONGEST_READ: Final = 2000  # of a message, to find a position in it
_LINK: Final = re.compile(r"<([^<>]*)>([^<]*)")
_REL: Final = re.compile(r';\s*rel\s*=\s*"?([^";,]*)', re.IGNORECASE)
_POSITION: Final = re.compile(r"(?:position|позици[яию]|column|символ)\D{0,4}(\d{1,9})", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"«“']([^\"«»“”']+)[\"»”']")
_ORGANISATION: Final = re.compile(r"organi[sz]ation|организаци", re.IGNORECASE)
# The beginning of a list of records, up to the last slash of the first record's URL: the other records begin the same
# way, but references inside records do not.
_FIRST_RECORD: Final = re.compile(rb'\[(\{"self":"[^"\\]*/)')
_PART_BYTES: Final = 2**16  # once decoded, this many bytes stay in the processor's cache until they are used
ALWAYS_THERE: Final = ("id", "key", CREATED)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the API; `path` is below /v3, unless it begins with /v2 or /v3 or is a full URL.

    `is_repeatable`: it may be sent again after a failure (the next page of a scroll may not, as every request moves the
    scroll on). `changes`: it changes something and is never sent twice. `reads`: what the reply is read as. `file`:
    where its body is written instead.
    """

    method: str
    path: str
    params: Params = field(default_factory=dict)
    body: Any = None
    reads: Shape = "json"
    is_repeatable: bool = True
    changes: bool = False
    file: BufferedRandom | None = None

    @property
    def content(self) -> bytes | None:
        """The body as JSON. Raises BadOption for a value that JSON cannot hold."""
        try:
            return None if self.body is None else orjson.dumps(self.body)
        except orjson.JSONEncodeError as problem:
            reason = str(problem)
        raise BadOption(
            f"this cannot be sent as JSON: {reason}",
            hint="Half of an emoji that was cut is removed by text.encode(errors='ignore').decode().",
            reason="not_encodable",
        )


@dataclass(frozen=True, slots=True, repr=False)
class Answer(SafeRepr):
    """The data of a reply with its headers and the URL that finally answered.

    `may_be_cut`: nothing says where the reply ends, the beginning of such data could be taken for the whole, and the
    request may be sent again.
    """

    data: Any = field(repr=False)
    headers: Headers = field(repr=False)  # may hold a scroll's token
    url: str
    took_s: float = 0.0
    may_be_cut: bool = False


def read(reply: Reply, shape: Shape) -> Any:
    """The data of a 2xx reply. Raises UnexpectedReply for data of another shape.

    Examples of the documentation show one object in place of some lists, and a list of one in place of some objects:
    both are accepted.
    """
    if shape == "bytes":
        return reply.body
    data, path = decode(reply), urlsplit(reply.url).path
    if shape in _LISTS and isinstance(data, dict) and _is_in_list(data, path):
        data = [data]
    elif shape in _OBJECTS and isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not fits(data, shape):
        raise _wrong_shape(f"{path} answered with something other than {_SHAPES[shape][1]}")
    return data


def _is_in_list(record: Mapping[str, Any], path: str) -> bool:
    """Whether an object is certainly a record of the list at this path: its own URL says so, if it has one."""
    steps = [step for step in path.split("/") if step and not step.startswith("_")]
    if steps[-1:] == ["checklistItems"]:  # whose records have no URL
        return {"id", "text"} <= record.keys()
    return bool(steps) and str(record.get("self")).split("/")[-2:-1] == steps[-1:]


def _wrong_shape(message: str) -> UnexpectedReply:
    hint = "The service may have changed, or another one answers: check TRACKER_API_BASE_URL."
    return UnexpectedReply(message, hint=hint, reason=WRONG_SHAPE)


def fits(data: Any, shape: Shape) -> bool:
    """Whether the data have this shape."""
    return shape not in _SHAPES or _SHAPES[shape][0](data)


def decode(reply: Reply) -> Any:
    """The JSON of a 2xx reply (None for an empty 204). Raises UnexpectedReply for anything that is not JSON."""
    if reply.status == HTTPStatus.NO_CONTENT:
        return None
    try:
        return decode_json(reply.body)
    except ValueError:
        raise _not_json(reply) from None


def decode_parts(reply: Reply) -> Iterator[Any]:
    """The same JSON in parts: a long list of records becomes several lists, one after the other.

    A decoded page takes ten times its bytes; a part is small and stays in the processor's cache. Raises UnexpectedReply
    as `decode` does, perhaps after most parts.
    """
    body, start = memoryview(reply.body), 0
    if first := _FIRST_RECORD.match(reply.body):
        separator = b"}," + first[1]
        while (cut := reply.body.find(separator, start + _PART_BYTES)) > 0:
            try:
                # If this is JSON, the cut is between two records: nowhere else would the bracket close the list.
                part = decode_json(b"".join((b"[", body[start + 1 : cut + 1], b"]")))
            except ValueError:
                break
            yield part
            start = cut + 1
    yield decode(replace(reply, body=b"".join((b"[", body[start + 1 :]))) if start else reply)


def read_issues(reply: Reply, fields: str | None, *needed: str) -> Iterator[Records]:
    """The issues of a 2xx reply in parts; `fields` were requested (None: all), `needed` must be in every issue.

    Only the first part and the end of the page are checked at once; the other parts when the iterator reaches them.
    Raises UnexpectedReply for anything but issues.
    """
    names = [name for name in needed if fields is None or name in {"id", *fields.split(",")}]
    parts = decode_parts(reply)
    first = check_issues(next(parts), names)
    if reply.body.rstrip()[-1:] != b"]":
        raise _not_json(reply)
    return chain([first], (check_issues(part, names) for part in parts))


def check_issues(data: Any, needed: Collection[str] = ALWAYS_THERE) -> Records:
    """Return `data` if it is a list of issues whose `needed` fields are all strings. Raises UnexpectedReply.

    Every issue has an id, a key and a creation time; a record without them is not an issue.
    """
    if not isinstance(data, list) or not {dict}.issuperset(map(type, data)):
        raise _wrong_shape("the search returned something other than a list of issues")
    for name in needed:
        values = [record.get(name) for record in data]
        if not {str}.issuperset(map(type, values)) or not _can_be_sent("".join(values)):
            message = f"the search returned issues without `{name}`"
            raise UnexpectedReply(message, reason=NO_CREATION_TIME) if name == CREATED else _wrong_shape(message)
    return data


def _can_be_sent(text: str) -> bool:
    """Whether the text can be encoded; half a surrogate pair cannot, and no id or key has one."""
    return text.isascii() or text == text.encode(errors="ignore").decode()


def _is_object(data: Any) -> bool:
    return isinstance(data, dict)


def _are_records(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(record, dict) for record in data)


def _are_entries(data: Any) -> bool:
    """Whether it is a list of changelog entries, whose changes, if any, are records."""
    return _are_records(data) and all(_are_records(entry.get("fields") or []) for entry in data)


def _are_users(data: Any) -> bool:
    """Whether it is a page of users: `{users, hasNext}`."""
    users = data.get("users") if isinstance(data, dict) else None
    return _are_records(users) and all("uid" in user for user in users or [])


def _are_entities(data: Any) -> bool:
    """Whether it is a page of projects, portfolios or goals: `{values, hits, pages}`."""
    if not isinstance(data, dict) or not _are_records(data.get("values")):
        return False
    return all(_is_count(data.get(name) or 0) for name in ("hits", "pages"))


def _is_count(data: Any) -> bool:
    """Whether it is a number of issues; to Python, JSON's `true` is an int."""
    return isinstance(data, int) and not isinstance(data, bool) and 0 <= data <= LARGEST_TOTAL


def _is_issue(data: Any) -> bool:
    return isinstance(data, dict) and all(isinstance(data.get(name), str) for name in ("id", "key"))


_SHAPES: Final[Mapping[Shape, tuple[Callable[[Any], bool], str]]] = {
    "object": (_is_object, "an object"),
    "records": (_are_records, "a list of records"),
    "history": (_are_entries, "a list of changes"),
    "users": (_are_users, "a page of users"),
    "entities": (_are_entities, "a page of entities"),
    "count": (_is_count, "a number of issues"),
    "issue": (_is_issue, "an issue"),
}
_LISTS: Final = frozenset[Shape]({"records", "history"})
_OBJECTS: Final = frozenset[Shape]({"object", "issue", "users", "entities"})


def is_ok(reply: Reply) -> bool:
    """Whether the status is 2xx."""
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def _not_json(reply: Reply) -> UnexpectedReply:
    path = urlsplit(reply.url).path
    if not reply.body.strip():
        return UnexpectedReply(f"the answer to {path} is empty (status {reply.status})")
    if reply.body.lstrip()[:1] == b"<":
        return UnexpectedReply(
            f"{urlsplit(reply.url).netloc} answered {path} with an HTML page instead of JSON (status {reply.status})",
            hint="A proxy or a sign-in page may be in between: check HTTPS_PROXY and TRACKER_API_BASE_URL.",
            reason="html_page",
        )
    return UnexpectedReply(f"the answer to {path} is cut off or not JSON (status {reply.status})")


def refusal(  # noqa: PLR0911 - one return for each status
    reply: Reply, organisation: Organisation | None, login: Login, body: Any = None
) -> TrackerError:
    """The error for a reply with a status of 3xx to 5xx; `organisation`, `login` and `body` are what was sent."""
    messages = error_messages(reply.body)
    detail = "; ".join(messages) or f"status {reply.status}"
    url = login.without_token(masked(reply.url))
    path = urlsplit(url).path
    facts: dict[str, Any] = {"status": reply.status, "messages": messages, "url": url}
    match reply.status:
        case HTTPStatus.UNAUTHORIZED:
            return _not_logged_in(detail, login)
        case HTTPStatus.FORBIDDEN if organisation is None or _is_about_organisation(path, messages):
            return _wrong_organisation(detail, organisation, facts)
        case HTTPStatus.FORBIDDEN:
            hint = "You can read what you see in the web interface, if the token has the permission tracker:read."
            return Forbidden(f"no permission to see {path}", detail=detail, hint=hint, **facts)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
            return _bad_query(detail, body, login, facts)
        case HTTPStatus.NOT_FOUND:
            hint = "It does not exist, or this login may not see it."
            return NotFound(f"{path}: {detail}", hint=hint, **facts)
        case HTTPStatus.TOO_MANY_REQUESTS:
            hint = "The service limits requests per second; try again later."
            return RateLimited("too many requests", detail=detail, hint=hint, retry_after=retry_after(reply), **facts)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _service_broken(reply, detail, facts)
    return Refused(f"{path} answered {reply.status}", detail=detail, **facts)


def retry_after(reply: Reply) -> str | None:
    """The header `Retry-After`; a date in it becomes seconds since the reply's `Date`: our own clock may be wrong."""
    header = reply.headers.get("Retry-After")
    seconds = retry_after_s(header, reply.date) if reply.date is not None else None
    return header if seconds is None else str(seconds)


def _service_broken(reply: Reply, detail: str, facts: dict[str, Any]) -> ServiceBroken:
    return ServiceBroken(
        f"the service has a problem ({reply.status})",
        detail=detail,
        hint="The problem is on the service's side; try again later.",
        reason="service_broken",
        retry_after=retry_after(reply),
        **facts,
    )


def _bad_query(message: str, body: Any, login: Login, facts: dict[str, Any]) -> BadQuery:
    query = body.get("query") if isinstance(body, dict) else None
    query = query if isinstance(query, str) else ""
    shown = login.without_token(masked(query))
    position = _position(message[:_LONGEST_READ], query) if shown == query else None
    hint = "%tracker help query explains the language; %tracker fields lists the fields."
    return BadQuery(message, hint=hint, query=shown, position=position, **facts)


def _is_about_organisation(path: str, messages: tuple[str, ...]) -> bool:
    """Whether a 403 is about the organisation: everybody may see their own account."""
    return path.endswith("/myself") or any(map(_ORGANISATION.search, messages))


def _not_logged_in(detail: str, login: Login) -> NotLoggedIn:
    return NotLoggedIn(
        f"the service does not accept the token ({login.source})",
        detail=detail,
        hint=login.rejection_hint
        or "The token is wrong or has expired: run %tracker login, or set a new TRACKER_TOKEN.",
        reason=login.rejection_reason,
    )


def _wrong_organisation(detail: str, organisation: Organisation | None, facts: dict[str, Any]) -> WrongOrganisation:
    sent = f"{organisation.header}: {organisation.id}" if organisation else "no organisation header"
    if organisation is None:
        advice = "Name it: TRACKER_ORG_ID (Yandex 360) or TRACKER_CLOUD_ORG_ID (Yandex Cloud), or %tracker login."
    else:
        other = "X-Cloud-Org-ID (cloud_org_id)" if organisation.kind == "360" else "X-Org-ID (org_id)"
        advice = f"If it is right, it may belong in the other header, {other}."
    return WrongOrganisation(
        f"no access to the organisation ({sent} was sent)",
        detail=detail,
        hint="The id is shown at https://tracker.yandex.ru/admin/orgs (Administration → Organizations). "
        f"{advice} The token needs the permission tracker:read.",
        reason="wrong_organisation" if organisation else "no_organisation",
        **facts,
    )


def _position(message: str, query: str) -> int | None:
    """The index in `query` that the service's message names, by a number or by quoting words that occur only once."""
    if not query:
        return None
    if match := _POSITION.search(message):
        return min(max(int(match[1]) - 1, 0), len(query))
    return next((query.index(quoted) for quoted in _QUOTED.findall(message) if query.count(quoted) == 1), None)


def links(headers: Headers) -> dict[str, dict[str, str]]:
    """The `Link` header (RFC 8288): rel → the parameters of its URL, which may lack scheme and host."""
    return {
        rel: dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))
        for address, parameters in _LINK.findall(headers.get("Link", "")[:_LONGEST_LINK])
        for rels in _REL.findall(parameters)[:1]
        for rel in rels.lower().split()
    }


def number(headers: Headers, name: str) -> int | None:
    """The value of a header that is a number, else None; one that no organisation has counts as missing."""
    value = whole_number(headers.get(name, ""))
    return value if value is not None and value <= LARGEST_TOTAL else None
