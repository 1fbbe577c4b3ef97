"""Send a request: wait until it may start, send it, follow a moved issue, read the reply, retry if that may help."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from http import HTTPStatus
from io import BufferedRandom
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from tracker_magic.api import protocol
from tracker_magic.api.endpoints import CLEAR_SCROLLS, SEARCH_GROUP
from tracker_magic.api.execution import Clock, Operation
from tracker_magic.api.page_sizes import PageSizes
from tracker_magic.api.protocol import SCROLL_ID, Answer, Params, Records, Request
from tracker_magic.api.rate_limiter import Group, RateLimiters, Ticket
from tracker_magic.api.retry import (
    LONGEST_RETRY_AFTER_S,
    Attempts,
    giving_up,
    in_words,
    patience_for,
    requested_wait_s,
    retry_after_s,
    wait_before_retry,
)
from tracker_magic.auth import Login, Organisation, Token, TokenAuth
from tracker_magic.auth.replies import without_echo
from tracker_magic.errors import NotLoggedIn, RateLimited, Refused, TimedOut, TrackerError, UnexpectedReply
from tracker_magic.settings import TIMEOUT_S
from tracker_magic.transport.transport import Reply, SendOptions, Transport, host_of

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_MAX_REDIRECTS: Final = 5
_LOOK_S: Final = 1.0  # how often a waiting request checks whether the rate was changed
_RELEASE_S: Final = 2.0  # scrolls expire by themselves after a minute
_BRIEF_RELEASE_S: Final = 0.5  # the user does not wait long after an interrupt or the time limit
_MAX_DOUBTFUL: Final = 5  # answers that may be cut, of which two in a row must agree
_MAX_WRONG_SHAPES: Final = 1  # answers other than documented, after which the request is sent again


@dataclass(frozen=True, slots=True)
class _ClockReading:
    """The latest that the service's clock can have shown at a moment of this machine's two clocks."""

    shown: datetime
    wall: datetime
    monotonic_s: float

    def at(self, clock: Clock) -> datetime:
        """The same for now. The wall clock may be set back, and the other stops while the machine sleeps."""
        passed = max(clock.now() - self.wall, timedelta(seconds=clock.monotonic() - self.monotonic_s))
        return self.shown + passed


class Client:
    """Sends requests to one service with one login."""

    def __init__(
        self,
        transport: Transport,
        login: Login,
        organisation: Organisation | None,
        base_url: str,
        limiters: RateLimiters,
    ) -> None:
        self.transport = transport
        self.login = login
        self.organisation = organisation
        self.base_url = base_url
        self.sizes = PageSizes()
        self.limiters = limiters
        self._has_answered = False
        self._service_clock: _ClockReading | None = None

    def service_time(self, operation: Operation) -> datetime | None:
        """The time on the service's clock, not earlier than it is there; None: no reply had a date."""
        reading = self._service_clock
        return None if reading is None else reading.at(operation.clock)

    def share_limiters(self, limiters: RateLimiters) -> None:
        """Use these rate limits from now on: those of another client of the same user."""
        self.limiters = limiters

    def fetch(self, operation: Operation, request: Request) -> Answer:
        """Send a request, and send it again if its failure allows that; see `retry`.

        A number or a file may be cut without a trace if nothing says where the reply ends: it is requested until two in
        a row agree. The time limit does not interrupt a token renewal: losing its answer might lose the login.
        Raises a subclass of Refused if the service refuses the request, else NotLoggedIn, NoAnswer or UnexpectedReply.
        """
        url, params, redirects = self._url(request.path), request.params, 0
        attempts, is_renewed, cause, doubtful = Attempts(), False, None, list[Answer]()
        while True:
            token = self.login.token()
            operation.warn(*self.login.take_warnings())
            ticket = self._wait_for_start(operation, url)
            try:
                operation.count_request()
                started = operation.clock.monotonic()
                options = self._send_options(operation, request, params, token)
                reply = _without_token(self.transport.attempt(request.method, url, **options), token)
                self._note_reply(operation, url, ticket, reply)
                if reply.status in _REDIRECTS:
                    redirects += 1
                    url, params = self._redirected(reply, params, redirects)
                    continue
                answer = self._answer(reply, request, operation.clock.monotonic() - started)
                operation.note_answer()
                if _is_certain(answer, doubtful):
                    return answer
                doubtful.append(answer)
                continue
            except NotLoggedIn:
                if is_renewed or not self.login.renewed_after(token):
                    raise
                is_renewed = True
                continue
            except TrackerError as error:
                failure = error
            # Outside the except block, so that what is raised here has no context.
            # A request at the last moment of an operation only times out: the failure before it says more.
            cause = cause if cause and operation.is_over else failure
            attempts.fail(_seconds_since(ticket, operation), is_wrong_shape=failure.reason == protocol.WRONG_SHAPE)
            self._wait(operation, url, self._wait_s(operation, request, cause, attempts), failure)

    def _send_options(self, operation: Operation, request: Request, params: Params, token: Token) -> SendOptions:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if operation.lang:
            headers["Accept-Language"] = operation.lang
        return {
            "params": params,
            "data": request.content,
            "headers": headers,
            "sign": TokenAuth(token, self.organisation),
            "timeout_s": _time_limit_s(operation),
            "cancellation": operation.cancellation,
            "file": request.file,
        }

    def _wait_s(self, operation: Operation, request: Request, error: TrackerError, attempts: Attempts) -> float:
        """Seconds until the next attempt; raises `error` if there is none, or none within the time limit."""
        if request.changes or _is_end_of(operation, error):
            raise error
        if attempts.wrong_shapes > _MAX_WRONG_SHAPES:
            raise giving_up(error, attempts, None, None)
        now = operation.clock.now()
        wait_s = wait_before_retry(
            error,
            attempts.failed,
            attempts.spent_s,
            is_repeatable=request.is_repeatable,
            patience_s=patience_for(error, has_answered=self._has_answered),
            jitter=operation.clock.jitter,
            now=now,
        )
        remaining_s = operation.remaining_s
        is_late = wait_s is not None and remaining_s is not None and wait_s >= remaining_s
        if wait_s is None or is_late:
            raise giving_up(error, attempts, requested_wait_s(error, now), remaining_s if is_late else None)
        attempts.wait(wait_s)
        return wait_s

    def _wait_for_start(self, operation: Operation, url: str) -> Ticket:
        """Wait until a request to `url` may start. Raises RateLimited for a pause longer than the remaining time."""
        limiter, ticket = self.limiters[_group_of(url)], Ticket()
        try:
            while (wait_s := limiter.reserve(ticket, operation.clock.monotonic())) > 0:
                paused_s = limiter.paused_s(operation.clock.monotonic())
                if not paused_s:
                    operation.wait(min(wait_s, _LOOK_S))
                    continue
                error = RateLimited(
                    f"too many requests: the service asks to wait for another {in_words(paused_s)}",
                    hint="Give a longer --timeout, or try again later.",
                    status=HTTPStatus.TOO_MANY_REQUESTS,
                    url=url,
                )
                if operation.remaining_s is not None and paused_s >= operation.remaining_s:
                    raise error
                self._wait(operation, url, wait_s, error)
        finally:
            limiter.withdraw(ticket)
        return ticket

    def _wait(self, operation: Operation, url: str, seconds: float, because: TrackerError) -> None:
        """Wait; an interrupt lifts a long pause, which would hold up every later call of this login."""
        try:
            operation.wait(seconds, because=because)
        finally:
            if operation.is_interrupted:
                self.limiters[_group_of(url)].lift_long_pause(operation.clock.monotonic())

    def _note_reply(self, operation: Operation, url: str, ticket: Ticket, reply: Reply) -> None:
        """Update rate limiter and clock; record an open scroll, to be released even if its page is lost."""
        limiter = self.limiters[_group_of(url)]
        limiter.note_delay(ticket, reply.connect_s)
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait_s = retry_after_s(protocol.retry_after(reply), operation.clock.now())
            is_obeyed = wait_s is not None and wait_s <= LONGEST_RETRY_AFTER_S
            limiter.note_refusal(ticket, operation.clock.monotonic(), wait_s if is_obeyed else None)
        if scroll_id := reply.headers.get(SCROLL_ID):
            operation.note_scroll(scroll_id, reply.headers.get("X-Scroll-Token", ""))
        date = reply.date
        if protocol.is_ok(reply) and date is not None and date.year < MAXYEAR:
            started_s = ticket.started_at or 0.0
            sent_at = operation.clock.now() - timedelta(seconds=operation.clock.monotonic() - started_s)
            self._service_clock = _ClockReading(date + timedelta(seconds=1), sent_at, started_s)

    def _answer(self, reply: Reply, request: Request, took_s: float) -> Answer:
        if reply.failure is not None:
            raise reply.failure
        if not protocol.is_ok(reply):
            raise protocol.refusal(reply, self.organisation, self.login, request.body)
        if request.reads == "issues":
            data: Any = self._read_issues(reply, request.params.get("fields"))
        elif request.file is not None:
            data = b"" if reply.is_delimited else _digest(request.file)
        else:
            data = protocol.read(reply, request.reads)
        self._has_answered = True  # only now: if a proxy answers with HTML, two minutes of retries would not help
        is_doubtful = not reply.is_delimited and isinstance(data, (int, float, bytes))
        may_be_cut = is_doubtful and request.is_repeatable and not request.changes
        return Answer(data, reply.headers, reply.url, took_s, may_be_cut)

    def _read_issues(self, reply: Reply, fields: str | None) -> Iterator[Records]:
        """A page of issues, each of which needs a creation time unless the service never sends one."""
        needed = protocol.ALWAYS_THERE if self.sizes.needs_created else ("id", "key")
        try:
            records = protocol.read_issues(reply, fields, *needed)
        except UnexpectedReply as error:
            if error.reason == protocol.NO_CREATION_TIME:
                self.sizes.note_created(is_missing=True)
            raise
        if fields is None or protocol.CREATED in fields.split(","):
            self.sizes.note_created(is_missing=False)
        return records

    def _redirected(self, reply: Reply, params: Params, redirects: int) -> tuple[str, Params]:
        """URL and parameters of a moved issue; never on another host, since the token is sent along."""
        if redirects > _MAX_REDIRECTS:
            raise Refused(f"{urlsplit(reply.url).path} redirects in a circle", status=reply.status, url=reply.url)
        target = reply.headers.get("Location", "")
        with suppress(ValueError):  # brackets that are not an IPv6 address
            target = urljoin(reply.url, target)
        if not self.transport.allows(target):
            raise Refused(
                f"the service redirects to another host ({host_of(target)}), which was not followed",
                hint="Check TRACKER_API_BASE_URL: the token is sent only to the address configured there.",
                status=reply.status,
                url=reply.url,
            )
        return target, {} if urlsplit(target).query else params

    def _url(self, path: str) -> str:
        """The URL of `path`: below /v3, unless the path names its version or is a URL."""
        if "://" in path:
            return path
        clean = "/" + path.lstrip("/")
        has_version = clean.startswith(("/v2/", "/v3/")) or clean in {"/v2", "/v3"}
        return self.base_url + (clean if has_version else "/v3" + clean)

    def release_scrolls(self, operation: Operation) -> None:
        """Release the scrolls that an operation left open; they would expire by themselves after a minute."""
        tokens = operation.take_scrolls()
        if not tokens:
            return
        remaining_s = _RELEASE_S if operation.remaining_s is None else operation.remaining_s
        time_limit_s = (
            _BRIEF_RELEASE_S if operation.is_interrupted else min(max(remaining_s, _BRIEF_RELEASE_S), _RELEASE_S)
        )
        brief = Operation(time_limit_s, clock=operation.clock)
        with suppress(TrackerError):
            self.fetch(brief, Request("POST", CLEAR_SCROLLS, body=tokens, reads="bytes", is_repeatable=False))
        operation.count_requests(brief.requests)


def _seconds_since(ticket: Ticket, operation: Operation) -> float:
    return operation.clock.monotonic() - (ticket.started_at or 0.0)


def _without_token(reply: Reply, token: Token) -> Reply:
    """The reply; a refusal without the token that it may repeat, so that no frame of a traceback holds it."""
    return reply if protocol.is_ok(reply) else without_echo(reply, token.secret)


def _is_end_of(operation: Operation, error: TrackerError) -> bool:
    """Whether a request timed out as the whole call did. Raises TimedOut of the call if there was a connection."""
    if not isinstance(error, TimedOut) or not operation.is_over:
        return False
    if error.connected:
        operation.check()  # its time limit says more than what was left of it for this request
    return True


def _is_certain(answer: Answer, doubtful: Sequence[Answer]) -> bool:
    """Whether an answer is whole, or equal to the one before it. Raises UnexpectedReply after too many."""
    if not answer.may_be_cut or (doubtful and doubtful[-1].data == answer.data):
        return True
    if len(doubtful) < _MAX_DOUBTFUL:
        return False
    path = urlsplit(answer.url).path
    message = f"every answer to {path} is different, and nothing says whether it was cut off"
    raise UnexpectedReply(message, reason=protocol.WRONG_SHAPE)


def _digest(file: BufferedRandom) -> bytes:
    """What stands for the content of a file, to compare two answers."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").digest()


def _time_limit_s(operation: Operation) -> float:
    """Seconds that one request may take. Raises TimedOut if the operation has none left."""
    if (remaining_s := operation.remaining_s) is None:
        return TIMEOUT_S
    if remaining_s <= 0:
        operation.check()
    return min(TIMEOUT_S, remaining_s)


def _group_of(url: str) -> Group:
    """Which of the service's two limits a request counts against."""
    path = urlsplit(url).path
    return "search" if any(part in path for part in SEARCH_GROUP) else "other"
