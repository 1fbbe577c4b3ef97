"""A reply becomes records or the right error; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import orjson

from tracker_magic.auth import Login, Organisation
from tracker_magic.errors import (
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
)
from tracker_magic.transport.transport import Reply

_LINK: Final = re.compile(r"<([^>]*)>([^<]*)")
_REL: Final = re.compile(r';\s*rel\s*=\s*"?([^";,]*)', re.IGNORECASE)
_POSITION: Final = re.compile(r"(?:position|позици[яию]|column|символ)\D{0,4}(\d+)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"«“']([^\"»”']+)[\"»”']")
# The first of a list of records, up to what its address ends with: the others begin as it does, the references inside
# of a record do not.
_BEGIN: Final = re.compile(rb'\[(\{"self":"[^"\\]*/)')
_PART: Final = 2**16  # bytes: what is made of so many stays in the processor's cache until it has been taken
_OK: Final = range(200, 300)
_NO_CONTENT: Final = 204


def decode(reply: Reply) -> Any:
    """The JSON of a 2xx reply (None for an empty 204). Raises UnexpectedReply for anything that is not JSON."""
    if reply.status == _NO_CONTENT:
        return None
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        raise _not_json(reply) from None


def parts(reply: Reply) -> Iterator[Any]:
    """The same JSON; where it is a long list of records, in several lists one after the other.

    What is made of a page is ten times its bytes, of a part it is little: nothing needs memory or has to be fetched
    from it again. Raises UnexpectedReply as `decode` does, perhaps when most of the parts have been given.
    """
    body, place = memoryview(reply.body), 0
    if begin := _BEGIN.match(reply.body):
        border = b"}," + begin[1]
        while (cut := reply.body.find(border, place + _PART)) > 0:
            try:
                # A part that is JSON was cut between two records: nowhere else does a bracket close what is open.
                part = orjson.loads(b"".join((b"[", body[place + 1 : cut + 1], b"]")))
            except orjson.JSONDecodeError:
                break
            yield part
            place = cut + 1
    yield decode(replace(reply, body=b"".join((b"[", body[place + 1 :]))) if place else reply)


def body_of(reply: Reply) -> bytes:
    """The reply's bytes as they came: a file, or what nobody reads."""
    return reply.body


def is_ok(reply: Reply) -> bool:
    """Whether the reply is an answer and no refusal."""
    return reply.status in _OK


def _not_json(reply: Reply) -> UnexpectedReply:
    place = urlsplit(reply.url).path
    if not reply.body.strip():
        return UnexpectedReply(f"the answer to {place} is empty (status {reply.status})", hint="Try again.")
    if reply.body.lstrip()[:1] == b"<":
        return UnexpectedReply(
            f"{urlsplit(reply.url).netloc} answered {place} with an HTML page in place of JSON (status {reply.status})",
            hint="A proxy or a sign-in page may stand in between; check HTTPS_PROXY and TRACKER_API_BASE_URL.",
        )
    return UnexpectedReply(f"the answer to {place} is cut or no JSON (status {reply.status})", hint="Try again.")


def refusal(reply: Reply, organisation: Organisation | None, login: Login) -> TrackerError:
    """The error that a reply of status 3xx–5xx means; `organisation` and `login` tell what was sent."""
    messages = _messages(reply.body)
    said = "; ".join(messages) or f"status {reply.status}"
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return _not_logged_in(said, login)
    if reply.status == HTTPStatus.FORBIDDEN and (
        _names_organisation(messages) or organisation is None or urlsplit(reply.url).path.endswith("/myself")
    ):
        return _wrong_organisation(reply, messages, said, organisation)
    kind, message, hint = _meaning(reply.status, said, urlsplit(reply.url).path)
    facts: dict[str, Any] = {"hint": hint, "status": reply.status, "messages": messages, "url": reply.url}
    if issubclass(kind, (RateLimited, ServiceBroken)):
        facts["retry_after"] = reply.headers.get("Retry-After")
    return kind(message, **facts)


def _messages(body: bytes) -> tuple[str, ...]:
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ()
    if not isinstance(envelope, dict):
        return ()
    general = envelope.get("errorMessages") or []
    by_field = envelope.get("errors") or {}
    texts = [str(text) for text in general] if isinstance(general, list) else [str(general)]
    if isinstance(by_field, dict):
        texts += [f"{name}: {text}" for name, text in by_field.items()]
    return tuple(texts)


def _not_logged_in(said: str, login: Login) -> NotLoggedIn:
    return NotLoggedIn(
        f"the service does not accept the token ({login.source}): {said}",
        hint=login.rejection_hint or "The token is wrong or has ended: run %tracker login, or set a new TRACKER_TOKEN.",
    )


def _names_organisation(messages: tuple[str, ...]) -> bool:
    return any(re.search(r"organi[sz]ation|организаци", text, re.IGNORECASE) for text in messages)


def _wrong_organisation(
    reply: Reply, messages: tuple[str, ...], said: str, organisation: Organisation | None
) -> WrongOrganisation:
    sent = f"{organisation.header}: {organisation.id}" if organisation else "no organisation header"
    other = "X-Cloud-Org-ID (cloud_org_id)" if organisation and organisation.kind == "360" else "X-Org-ID (org_id)"
    return WrongOrganisation(
        f"no access to the organisation: {said} ({sent} was sent)",
        hint="The id stands at https://tracker.yandex.ru/admin/orgs (Administration → Organizations); "
        f"if it is right, it may belong in the other header, {other}. The token needs the right tracker:read.",
        status=reply.status,
        messages=messages,
        url=reply.url,
    )


def _meaning(status: int, said: str, place: str) -> tuple[type[Refused], str, str]:
    """Which error a status is, its message, and what to do."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        hint = "This is not your doing; try again later."
        return ServiceBroken, f"the service has a problem ({status}): {said}", hint
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return BadQuery, said, "%tracker help query shows the language; %tracker fields lists what can be asked for."
    if status == HTTPStatus.FORBIDDEN:
        hint = "Your rights are those of the web interface; reading needs the right tracker:read."
        return Forbidden, f"no right to see {place}: {said}", hint
    if status == HTTPStatus.NOT_FOUND:
        return NotFound, f"{place}: {said}", "It does not exist, or this login may not see it."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited, f"too many requests: {said}", "The service limits requests per second; try again later."
    return Refused, f"{place} answered {status}: {said}", ""


def pointed(error: BadQuery, query: str) -> BadQuery:
    """The same error with `query` and the position in it that the service's message names, for the caret."""
    return BadQuery(
        error.message,
        hint=error.hint,
        status=error.status,
        messages=error.messages,
        url=error.url,
        query=query,
        position=_position(" ".join(error.messages), query),
    )


def _position(message: str, query: str) -> int | None:
    if match := _POSITION.search(message):
        return min(max(int(match[1]) - 1, 0), len(query))
    return next((query.index(quoted) for quoted in _QUOTED.findall(message) if query.count(quoted) == 1), None)


def links(headers: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The `Link` header: rel → its query. Only the query counts: the address may lack its scheme (TRACKER_API 3.3).

    A link may have several rels, and other parameters before them (RFC 8288, 3).
    """
    return {
        rel: dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))
        for address, parameters in _LINK.findall(headers.get("Link", ""))
        for rels in _REL.findall(parameters)[:1]
        for rel in rels.lower().split()
    }


def number(headers: Mapping[str, str], name: str) -> int | None:
    """A header that is a number, else None."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
