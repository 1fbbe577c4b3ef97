"""The only module that opens a socket to a service: pooled connections, time limits, allowed hosts, masked words."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from tracker_magic.errors import (
    BadOption,
    Cancelled,
    NoAnswer,
    SettingsError,
    TimedOut,
    TrackerError,
    UnexpectedReply,
    Unreachable,
    forget_locals,
    masked,
)
from tracker_magic.interrupts import defer_interrupts
from tracker_magic.secret import Secret
from tracker_magic.settings import TIMEOUT_S, address_problem, is_loopback
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest
from tracker_magic.transport.connections import Adapter

logger: Final = logging.getLogger(__name__)

# What is posted: a body, or the fields of a form; secrets stay closed until the moment they are sent.
Form = Mapping[str, str | Secret]
Data = bytes | Secret | Form
Signer = Callable[[requests.PreparedRequest], requests.PreparedRequest]

# A server that is there takes milliseconds; the rest of a request's time is for its answer.
_CONNECT_S: Final = 10.0
# A page has megabytes, which requests by itself reads in pieces of 10 KB: it comes as one piece of the length that is
# told, and nothing has to be joined; what a lying length says is never allocated.
_PIECE: Final = 2**20
_LARGEST: Final = 2**24
# An explicit "no proxy": requests reads HTTP_PROXY for loopback addresses too.
_NO_PROXY: Final[dict[str, str]] = dict.fromkeys(("http", "https", "all"), "")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: status, headers (any case), body (which may be a token), the address asked.

    `connect_s`: seconds until a new connection stood, before which nothing was sent; 0: there was one.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str
    connect_s: float = 0.0


class Transport:
    """Pooled connections to the hosts named in `allowed` (addresses such as `https://host`), and to no others.

    Redirects are not followed: whoever asked decides, so that no token goes where it was not meant for. Certificates
    are always verified; a CA bundle (REQUESTS_CA_BUNDLE) and HTTPS_PROXY work as users of requests know them, but a
    `direct` wire goes past any proxy. `plain_http` names hosts that get nothing secret.
    """

    def __init__(
        self, allowed: Iterable[str], *, pool: int = 16, plain_http: Iterable[str] = (), direct: bool = False
    ) -> None:
        self._allowed = {_origin(address) for address in (*allowed, *plain_http)}
        self._direct = direct
        for address in allowed:
            if problem := address_problem(address):
                raise BadOption(problem)
        self._session = _Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, Adapter(pool_connections=4, pool_maxsize=pool, pool_block=False))
        self._sent = 0
        self._lock = threading.Lock()

    @property
    def sent(self) -> int:
        """How many requests went out so far."""
        return self._sent

    def allows(self, url: str) -> bool:
        """Whether `url` is on an allowed host; only there a token may go."""
        # Of a backslash or an @ two parsers may read two hosts; blanks and control signs some leave out.
        authority = url.partition("://")[2].partition("/")[0]
        if "@" in authority or "\\" in url or any(sign <= " " for sign in url):
            return False
        try:
            return _origin(url) in self._allowed
        except ValueError:
            return False

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Data | None = None,
        headers: Mapping[str, str] | None = None,
        sign: Signer | None = None,
        timeout_s: float | None = None,
        stop: CancellationToken | None = None,
    ) -> Reply:
        """Send one request and read the whole answer.

        `timeout_s` (above zero) is for all of it, also where the answer comes drop by drop; only looking a name up
        and trying a host's several addresses may take longer. Raises Unreachable, TimedOut, Cancelled (`stop` was
        set, or the person interrupted), UnexpectedReply (the answer was cut), BadOption (a host that is not allowed),
        SettingsError (no CA bundle).
        """
        if not self.allows(url):
            raise BadOption(f"{host_of(url)} is not the configured service; nothing was sent there")
        exchange = InFlightRequest(stop or CancellationToken(), TIMEOUT_S if timeout_s is None else timeout_s)
        started = time.monotonic()
        try:
            with defer_interrupts(), exchange:
                reply = self._asked(exchange, method, url, params=params, data=data, headers=headers, sign=sign)
        except OSError as problem:  # all of requests' own errors are OSErrors
            failure = Cancelled() if exchange.stopped else _explained(problem, url, exchange)
            if isinstance(failure, NoAnswer):
                failure.connected = exchange.connected
        except KeyboardInterrupt:
            failure = Cancelled()
        except BaseException as problem:
            # The frames below hold the request with its headers and its form.
            forget_locals(problem)
            raise
        else:
            with defer_interrupts():  # logging has locks of its own
                logger.debug("%s %s: %d in %.3f s", method, masked(url), reply.status, time.monotonic() - started)
            return reply
        with defer_interrupts():
            logger.debug("%s %s: %s", method, masked(url), failure)
        # Raised out here, the error has no context: that would hold the prepared request with its headers.
        raise failure

    def _asked(
        self,
        exchange: InFlightRequest,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None,
        data: Any,
        headers: Mapping[str, str] | None,
        sign: Signer | None,
    ) -> Reply:
        with self._lock:
            self._sent += 1
        response = self._session.request(
            method,
            url,
            params=params,
            data=_revealed(data),
            headers=dict(headers or {}),
            auth=sign or _unsigned,
            timeout=(min(_CONNECT_S, exchange.limit_s), exchange.limit_s),
            allow_redirects=False,
            stream=True,
            proxies=dict(_NO_PROXY) if self._direct or is_loopback(urlsplit(url).hostname or "") else None,
        )
        told = response.headers.get("Content-Length", "")
        size = int(told) if told.isascii() and told.isdigit() else 0
        body = b"".join(response.iter_content(size if 0 < size <= _LARGEST else _PIECE))
        exchange.check()
        return Reply(response.status_code, response.headers, body, response.url, exchange.connect_s)

    def close(self) -> None:
        """Close every connection at once; those in use end with their answers. The object connects anew."""
        with defer_interrupts():
            for adapter in self._session.adapters.values():
                if isinstance(adapter, Adapter):
                    _close_pools(adapter)
            self._session.close()


def _close_pools(adapter: Adapter) -> None:
    # requests only forgets its pools, and an error's frames may hold one for as long as somebody has the error.
    for manager in (adapter.poolmanager, *adapter.proxy_manager.values()):
        for key in manager.pools.keys():  # noqa: SIM118 - its own container cannot be iterated
            if (pool := manager.pools.get(key)) is not None:
                pool.close()


class _Session(requests.Session):
    """Knows of no redirect: requests prepares the next request, with its headers, even where it must not send it."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the base class's signature
        """Nowhere."""
        return None


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without any auth requests would look into ~/.netrc.
    return request


def _revealed(data: Data | None) -> bytes | dict[str, str] | None:
    if data is None or isinstance(data, bytes):
        return data
    if isinstance(data, Secret):
        return data.reveal().encode()
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in data.items()}


def host_of(url: str) -> str:
    """The host that an address names, as far as it can be read; for messages."""
    try:
        return urlsplit(url).hostname or "this address"
    except ValueError:
        return "this address"


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _explained(problem: OSError, url: str, exchange: InFlightRequest) -> TrackerError:
    host = urlsplit(url).netloc
    if exchange.left_s <= 0:
        return _timed_out(host, exchange)
    if not isinstance(problem, requests.RequestException):
        # Before it connects requests looks for the CA bundle, and raises a bare OSError where it is not there.
        return SettingsError(
            "the CA bundle cannot be read", hint="REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE) names a file that is there."
        )
    # A time-out while the body is read comes as a ConnectionError around urllib3's own.
    if isinstance(problem, requests.Timeout) or "Read timed out" in str(problem):
        return _timed_out(host, exchange)
    if isinstance(problem, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        return UnexpectedReply(f"the answer of {host} was cut", hint="The connection broke on the way; try again.")
    return _unreachable(problem, host)


def _timed_out(host: str, exchange: InFlightRequest) -> TimedOut:
    if exchange.connected:
        said = f"the answer of {host} was not whole" if exchange.answered else f"{host} did not answer"
        return TimedOut(f"{said} within {exchange.limit_s:.3g} s", hint="Try again, or give a longer `timeout`.")
    return TimedOut(
        f"there was no connection to {host} within {min(_CONNECT_S, exchange.limit_s):.3g} s",
        hint="Check the network, VPN or HTTPS_PROXY, then try again.",
    )


def _unreachable(problem: requests.RequestException, host: str) -> Unreachable:
    if isinstance(problem, requests.exceptions.SSLError):
        return Unreachable(
            f"the certificate of {host} could not be verified",
            hint="Behind a proxy with a certificate of its own, name its CA file in REQUESTS_CA_BUNDLE.",
        )
    if isinstance(problem, requests.exceptions.ProxyError):
        return Unreachable(f"the proxy does not let {host} be reached", hint="Check HTTPS_PROXY and NO_PROXY.")
    if isinstance(problem, requests.ConnectionError):
        return Unreachable(f"{host} cannot be reached", hint="Check the network, VPN or HTTPS_PROXY, then try again.")
    return Unreachable(f"the request to {host} failed ({type(problem).__name__})")
