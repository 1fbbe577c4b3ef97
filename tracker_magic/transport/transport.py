"""Send one request and read its answer: pooled connections, time limits, allowed hosts, masked log messages."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO, Final, TypedDict, Unpack
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy

from tracker_magic.errors import BadOption, Cancelled, TrackerError, forget_locals, masked
from tracker_magic.forks import PerProcess
from tracker_magic.secret import SafeRepr, Secret
from tracker_magic.settings import TIMEOUT_S, address_problem, is_loopback
from tracker_magic.transport.body import LARGEST_FILE, LARGEST_PAGE, read_body
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest
from tracker_magic.transport.connections import Adapter
from tracker_magic.transport.failures import BAD_ADDRESS, failure_of

logger: Final = logging.getLogger(__name__)

# What is posted: a body, or the fields of a form; secrets are revealed only to send them.
Form = Mapping[str, str | Secret]
Data = bytes | Secret | Form
Signer = Callable[[requests.PreparedRequest], requests.PreparedRequest]
Headers = Mapping[str, str]

# A reachable server connects within milliseconds; the rest of the time limit is for its answer.
_CONNECT_S: Final = 10.0
# An explicit "no proxy": requests would use HTTP_PROXY for loopback addresses too.
_NO_PROXY: Final[dict[str, str]] = dict.fromkeys(("http", "https", "all"), "")


@dataclass(frozen=True, slots=True, repr=False)
class Reply(SafeRepr):
    """A raw answer: status, headers (case-insensitive), body (which may hold a token), the requested URL.

    `connect_s`: seconds it took to open a new connection, before anything was sent; 0 for a pooled one.
    `certificate_until`: when the certificate of a new connection expires; None without TLS.
    `failure`: why the body did not arrive whole, although the headers did; the body is empty then. `is_delimited`: the
    headers say where the body ends, so that a cut would have been a failure.
    """

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    url: str
    connect_s: float = 0.0
    failure: TrackerError | Cancelled | None = None
    is_delimited: bool = True
    certificate_until: datetime | None = None

    @property
    def date(self) -> datetime | None:
        """When it was sent, by the service's clock; None if the service does not say."""
        return http_date(self.headers.get("Date", ""))


class SendOptions(TypedDict, total=False):
    """What is sent with a request, who signs it, its time limit (above zero), and the operation that it belongs to.

    `file`: where the body of an answer that is no error is written, in place of what is there. `largest_bytes`: how
    large such a body may be, if not LARGEST_FILE or LARGEST_PAGE.
    """

    params: Mapping[str, Any] | None
    data: Data | None
    headers: Headers | None
    sign: Signer | None
    timeout_s: float | None
    cancellation: CancellationToken | None
    largest_bytes: int
    file: BinaryIO | None


def http_date(text: str) -> datetime | None:
    """A date as HTTP headers have it (RFC 9110); None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # all that the parser raises for nonsense
        return None


class Transport:
    """Pooled connections to the hosts named in `allowed` (addresses such as `https://host`), and to no others.

    Redirects are not followed: the caller decides, so that no token reaches another host. Certificates are always
    verified. A CA bundle (REQUESTS_CA_BUNDLE) and HTTPS_PROXY work as in requests; a `direct` transport ignores
    proxies. `plain_http` names hosts to which nothing secret is sent. Connecting, proxy and TLS included, may take
    `connect_s` seconds.
    """

    def __init__(
        self,
        allowed: Iterable[str],
        *,
        pool: int = 16,
        plain_http: Iterable[str] = (),
        direct: bool = False,
        connect_s: float = _CONNECT_S,
    ) -> None:
        allowed, plain_http = list(allowed), list(plain_http)
        for address in allowed:
            if problem := address_problem(address):
                raise BadOption(problem)
        self._plain_hosts = {_origin(address)[1] for address in plain_http}
        # The proxies for each allowed origin; None: those of the environment.
        self._proxies = {
            origin: dict(_NO_PROXY) if direct or is_loopback(origin[1]) else None
            for origin in map(_origin, (*allowed, *plain_http))
        }
        self._connect_s = connect_s
        self._session = PerProcess(partial(_new_session, pool))
        self._sent = 0
        self._lock = PerProcess(threading.Lock)

    @property
    def sent(self) -> int:
        """How many requests have been sent so far."""
        return self._sent

    def allows(self, url: str) -> bool:
        """Whether `url` is on an allowed host; a token may be sent only there."""
        return self._allowed_origin(url) is not None

    def _allowed_origin(self, url: str) -> tuple[str, str, int | None] | None:
        # Parsers disagree about the host of a URL with a backslash, an @, or something beside brackets; some ignore
        # whitespace and control characters.
        scheme, _, rest = url.partition("://")
        authority = rest.partition("/")[0].partition("?")[0]
        if "\\" in url or any(character <= " " for character in url):
            return None
        if address_problem(f"{scheme}://{authority}", plain_http=self._plain_hosts):
            return None
        try:
            origin = _origin(url)
        except ValueError:
            return None
        return origin if origin in self._proxies else None

    def send(self, method: str, url: str, **options: Unpack[SendOptions]) -> Reply:
        """Send one request and read the whole answer.

        `timeout_s` (above zero) limits the whole exchange, even if the answer trickles in; only looking up the host's
        name and trying several addresses may take longer. Raises Unreachable, TimedOut, Cancelled, UnexpectedReply (the
        answer was cut off, or is too large), BadOption (a host that is not allowed, half a surrogate pair),
        SettingsError (an unusable CA bundle or proxy).
        """
        reply = self.attempt(method, url, **options)
        if reply.failure is not None:
            raise reply.failure
        return reply

    def attempt(self, method: str, url: str, **options: Unpack[SendOptions]) -> Reply:
        """Like `send`, but once the headers have arrived, an error is the `failure` of the reply."""
        if (origin := self._allowed_origin(url)) is None:
            raise BadOption(f"{host_of(url)} is not the configured service; nothing was sent there")
        request = InFlightRequest(
            options.get("cancellation") or CancellationToken(), options.get("timeout_s") or TIMEOUT_S, self._connect_s
        )
        reply: Reply | None = None
        try:
            with request:
                with self._lock.value:
                    self._sent += 1
                # In no variable: the locals of a traceback must not hold a revealed secret.
                response = self._session.value.request(
                    method, url, proxies=self._proxies[origin], **_arguments(options, request)
                )
                reply = Reply(response.status_code, response.headers, b"", response.url, request.connect_s)
                body, is_delimited = read_body(response, request, _largest(options), options.get("file"))
                until = request.certificate_until
                reply = replace(reply, body=body, is_delimited=is_delimited, certificate_until=until)
        except (OSError, MemoryError, *BAD_ADDRESS) as problem:  # all errors of requests are OSErrors
            failure = Cancelled() if request.is_broken_off else failure_of(problem, url, request, self._proxy(url))
        except BaseException as problem:
            # The frames of the traceback hold the request with its headers and its form.
            forget_locals(problem)
            raise
        else:
            _log("%s %s: %d in %.3f s", method, url, reply.status, request.limit_s - request.remaining_s)
            return reply
        _log("%s %s: %s", method, url, failure)
        if reply is not None:
            return replace(reply, failure=failure)
        # Raised outside the except block: the error's context would hold the prepared request with its headers.
        raise failure

    def _proxy(self, url: str) -> str | None:
        """The address of the proxy, with its password."""
        proxies = self._proxies[_origin(url)]
        return select_proxy(url, get_environ_proxies(url) if proxies is None else proxies) or None

    def proxy_of(self, url: str) -> str | None:
        """Host and port of the proxy through which requests to `url` go; None: there is none."""
        proxy = self._proxy(url)
        return proxy and proxy.rpartition("@")[2].rpartition("://")[2].partition("/")[0]

    def close(self) -> None:
        """Close every connection, those in use after their answer. The object can be used again; it reconnects."""
        session = self._session.value
        for adapter in session.adapters.values():
            if isinstance(adapter, Adapter):
                _close_pools(adapter)
        session.close()


def _new_session(pool: int) -> requests.Session:
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(pool_connections=4, pool_maxsize=pool, pool_block=False))
    return session


def _close_pools(adapter: Adapter) -> None:
    # requests only drops its pools, and an error that is kept may keep one alive.
    for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
        for key in manager.pools.keys():  # noqa: SIM118 - its container cannot be iterated
            if (pool := manager.pools.get(key)) is not None:
                pool.close()


class _Session(requests.Session):
    """Follows no redirects: requests would prepare the next request, headers included, even if it may not send it."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the base class's signature
        """Return None."""
        return None


def _log(message: str, method: str, url: str, *details: object) -> None:
    if logger.isEnabledFor(logging.DEBUG):
        logger.debug(message, method, masked(url), *details)


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without auth, requests would read ~/.netrc.
    return request


def _revealed(data: Data | None) -> bytes | dict[str, str] | None:
    if data is None or isinstance(data, bytes):
        return data
    if isinstance(data, Secret):
        return data.reveal().encode()
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in data.items()}


def _arguments(options: SendOptions, request: InFlightRequest) -> dict[str, Any]:
    """The arguments of requests for these options."""
    return {
        "params": options.get("params"),
        "data": _revealed(options.get("data")),
        "headers": dict(options.get("headers") or {}),
        "auth": options.get("sign") or _unsigned,
        "timeout": (request.connect_limit_s, request.limit_s),
        "allow_redirects": False,
        "stream": True,
    }


def _largest(options: SendOptions) -> int:
    """How many bytes the body of the answer may have."""
    return options.get("largest_bytes") or (LARGEST_PAGE if options.get("file") is None else LARGEST_FILE)


def host_of(url: str) -> str:
    """The host of a URL for messages, or `this address` if it cannot be parsed."""
    try:
        return urlsplit(url).hostname or "this address"
    except ValueError:
        return "this address"


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
