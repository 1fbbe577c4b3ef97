"""Sends one question at a time: limit, send, follow a moved issue, refuse or decode, try again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import orjson

from tracker_magic.api import protocol
from tracker_magic.api.endpoints import PageSizes
from tracker_magic.api.execution import Operation
from tracker_magic.api.rate_limiter import Group, RateLimiters, Ticket
from tracker_magic.api.retry import (
    FIRST_PATIENCE_S,
    LONGEST_WISH_S,
    PATIENCE_S,
    Tries,
    explained,
    retry_after_s,
    spelled,
    wait_before_retry,
    wish_of,
)
from tracker_magic.auth import Login, Organisation, Token, TokenAuth
from tracker_magic.errors import NoAnswer, NotLoggedIn, RateLimited, Refused, TimedOut, TrackerError
from tracker_magic.interrupts import defer_interrupts
from tracker_magic.settings import TIMEOUT_S
from tracker_magic.transport.transport import Reply, Transport, host_of

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_MOST_REDIRECTS: Final = 5
_LIMIT: Final = "server limit"
_LOOK_S: Final = 1.0  # how often who waits in line looks whether another rate was set
_SEARCHES: Final = ("/_search", "/_count", "/bulkchange/")


@dataclass(frozen=True, slots=True)
class Answer:
    """Decoded JSON with the reply's headers and the address that answered in the end."""

    data: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # a scroll's token is one of them
    url: str
    took_s: float = 0.0


class Client:
    """Asks one service as one login."""

    def __init__(
        self, wire: Transport, login: Login, organisation: Organisation | None, base_url: str, limiters: RateLimiters
    ) -> None:
        self.wire = wire
        self.login = login
        self.organisation = organisation
        self.base_url = base_url
        self.limiters = limiters
        self.sizes = PageSizes()
        self._answered = False

    def get(self, call: Operation, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read `path` (below /v3, unless it begins with /v2 or /v3)."""
        return self.ask(call, "GET", path, params=params)

    def ask(
        self,
        call: Operation,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        repeatable: bool = True,
        changes: bool = False,
        decode: Callable[[Reply], Any] = protocol.decode,
        check: Callable[[Any], object] | None = None,
    ) -> Answer:
        """Ask once, and again where the failure allows it and the request is `repeatable`.

        What `changes` something is never sent again; what reads, but moves on with each request, only after a 429.

        `path` may be a whole address of the service; `decode` makes the data of a reply, `check` looks at
        them: UnexpectedReply is a failure as any other, data of another shape are no better than no JSON.
        The call's time limit does not break a renewal of the token off: its lost answer might cost the login.
        """
        url = path if "://" in path else self.url(path)
        tries, renewed, cause = Tries(), False, None
        while True:
            token = self.login.token()
            turn = self._turn(call, url)
            try:
                answer = self._once(call, method, url, params, body, token=token, decode=decode, turn=turn)
                if check is not None:
                    check(answer.data)
            except NotLoggedIn:
                if renewed or not self.login.renewed_after(token):
                    raise
                renewed = True
            except TrackerError as error:
                if changes:
                    raise
                tries.fail(call.clock.monotonic() - (turn.at or 0.0))
                # What is sent in the last moment of a call only times out: what failed before tells more.
                cause = cause if cause and call.is_over else error
                wait_s = self._wait(call, cause, tries, repeatable=repeatable)
                tries.wait(wait_s)
                call.wait(wait_s, told=_LIMIT if isinstance(error, RateLimited) else error.message)
            else:
                return answer

    def _wait(self, call: Operation, error: TrackerError, tries: Tries, *, repeatable: bool) -> float:
        """Seconds until the next try; raises `error` where there is none, or none within the call's time limit."""
        if isinstance(error, TimedOut) and call.is_over:
            raise error from None  # that limit itself; nothing is to be explained
        is_there = isinstance(error, NoAnswer) and error.connected
        wait_s = wait_before_retry(
            error,
            tries.failed,
            tries.spent_s,
            repeatable=repeatable,
            patience_s=PATIENCE_S if self._answered or is_there else FIRST_PATIENCE_S,
            jitter=call.clock.jitter,
            now=call.clock.now(),
        )
        left_s = call.left_s
        is_late = wait_s is not None and left_s is not None and wait_s >= left_s
        if wait_s is None or is_late:
            raise explained(error, tries, wish_of(error, call.clock.now()), left_s if is_late else None) from None
        return wait_s

    def _turn(self, call: Operation, url: str) -> Ticket:
        """Wait in line until a request to `url` may start; RateLimited where the service's wish outlasts the call."""
        limiter, turn = self.limiters[group_of(url)], Ticket()
        try:
            while (wait_s := limiter.reserve(turn, call.clock.monotonic())) > 0:
                held_s = limiter.held_s(call.clock.monotonic())
                if held_s and call.left_s is not None and held_s >= call.left_s:
                    raise RateLimited(
                        f"too many requests: the service asked to be left alone for another {spelled(held_s)}",
                        hint="Give a longer --timeout, or try again later.",
                        status=HTTPStatus.TOO_MANY_REQUESTS,
                        url=url,
                    )
                call.wait(wait_s if held_s else min(wait_s, _LOOK_S), told=_LIMIT if held_s else "")
        finally:
            with defer_interrupts():
                limiter.leave(turn)
        return turn

    def _refused(self, call: Operation, url: str, turn: Ticket, retry_after: str | None) -> None:
        """Hold and slow down all requests of this group."""
        wish_s = retry_after_s(retry_after, call.clock.now())
        is_wish = wish_s is not None and wish_s <= LONGEST_WISH_S
        self.limiters[group_of(url)].refused(turn, call.clock.monotonic(), wish_s if is_wish else None)

    def _once(
        self,
        call: Operation,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        body: Any,
        *,
        token: Token,
        decode: Callable[[Reply], Any],
        turn: Ticket,
    ) -> Answer:
        for _ in range(_MOST_REDIRECTS):
            call.begin_request()
            began = call.clock.monotonic()
            reply = self.wire.send(
                method,
                url,
                params={name: value for name, value in (params or {}).items() if value is not None},
                data=None if body is None else orjson.dumps(body),
                headers=self._headers(call.lang),
                sign=TokenAuth(token, self.organisation),
                timeout_s=_limit_s(call),
                stop=call.stop,
            )
            self.limiters[group_of(url)].late(turn, reply.connect_s)
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._refused(call, url, turn, reply.headers.get("Retry-After"))
            if reply.status not in _REDIRECTS:
                return self._accepted(reply, call.clock.monotonic() - began, decode)
            url = self._moved(reply)
            params = None if urlsplit(url).query else params
            turn = self._turn(call, url)
        # No broken answer, which another try could mend.
        raise Refused(f"{urlsplit(url).path} redirects in a circle", status=reply.status, url=url)

    @staticmethod
    def _headers(lang: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return {**headers, "Accept-Language": lang} if lang else headers

    def _accepted(self, reply: Reply, took_s: float, decode: Callable[[Reply], Any]) -> Answer:
        if not protocol.is_ok(reply):
            raise protocol.refusal(reply, self.organisation, self.login)
        answer = Answer(decode(reply), reply.headers, reply.url, took_s)
        self._answered = True  # what answers with HTML is a proxy: two minutes of trying would not help
        return answer

    def _moved(self, reply: Reply) -> str:
        """Where a moved issue is now; never another host, since the token would go along."""
        named = reply.headers.get("Location", "")
        try:
            location = urljoin(reply.url, named)
        except ValueError:  # brackets that are no address
            location = named
        if not self.wire.allows(location):
            raise Refused(
                f"the service redirects to another host ({host_of(location)}); it was not followed",
                hint="Check TRACKER_API_BASE_URL: the token goes only to the address configured there.",
                status=reply.status,
                url=reply.url,
            )
        return location

    def url(self, path: str) -> str:
        """The address of `path`: below /v3, unless the path names its version."""
        clean = "/" + path.lstrip("/")
        versioned = clean.startswith(("/v2/", "/v3/")) or clean in {"/v2", "/v3"}
        return self.base_url + (clean if versioned else "/v3" + clean)


def _limit_s(call: Operation) -> float:
    """Seconds that one request may take. Raises TimedOut where the call has none left."""
    if (left_s := call.left_s) is None:
        return TIMEOUT_S
    if left_s <= 0:
        call.check()
    return min(TIMEOUT_S, left_s)


def group_of(url: str) -> Group:
    """Which of the service's two limits a request counts for (TRACKER_API 2.4)."""
    path = urlsplit(url).path
    return "search" if any(mark in path for mark in _SEARCHES) else "other"


def joined(names: Sequence[str] | None) -> str | None:
    """A comma list for a parameter; None leaves the parameter out."""
    return ",".join(names) if names else None
