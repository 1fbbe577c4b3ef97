"""Send one request and read its answer: pooled connections, time limits, allowed hosts, masked log messages."""

import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO, Final, TypedDict, Unpack
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import LocationValueError, ReadTimeoutError

from tracker_magic.errors import (
    BadOption,
    Cancelled,
    SettingsError,
    TimedOut,
    TrackerError,
    UnexpectedReply,
    Unreachable,
    forget_locals,
    masked,
    not_encodable,
    with_causes,
)
from tracker_magic.forks import PerProcess
from tracker_magic.secret import SafeRepr, Secret
from tracker_magic.settings import TIMEOUT_S, address_problem, is_loopback
from tracker_magic.transport.body import LARGEST_FILE, LARGEST_PAGE, TOO_LARGE, TooLargeError, read_body
from tracker_magic.transport.cancellation import CancellationToken, InFlightRequest
from tracker_magic.transport.connections import Adapter

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
# An address that cannot be parsed, of the service or its proxy; UnicodeError: a user name or password of the proxy.
_BAD_ADDRESS: Final = (requests.exceptions.InvalidURL, LocationValueError, UnicodeError)


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
        timeout_s = options.get("timeout_s")
        limit_s = TIMEOUT_S if timeout_s is None else timeout_s
        request = InFlightRequest(options.get("cancellation") or CancellationToken(), limit_s, self._connect_s)
        reply: Reply | None = None
        try:
            with request:
                self._count()
                # In no variable: the locals of a traceback must not hold a revealed secret.
                response = self._session.value.request(
                    method, url, proxies=self._proxies[origin], **_arguments(options, request)
                )
                reply = Reply(response.status_code, response.headers, b"", response.url, request.connect_s)
                file = options.get("file")
                largest = options.get("largest_bytes") or (LARGEST_PAGE if file is None else LARGEST_FILE)
                body, is_delimited = read_body(response, request, largest, file)
                until = request.certificate_until
                reply = replace(reply, body=body, is_delimited=is_delimited, certificate_until=until)
        except (OSError, MemoryError, *_BAD_ADDRESS) as problem:  # all errors of requests are OSErrors
            failure = Cancelled() if request.is_broken_off else self._error(problem, url, request)
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

    def _error(self, problem: Exception, url: str, request: InFlightRequest) -> TrackerError:
        host, proxy = urlsplit(url).netloc, self._proxy(url) or ""
        if request.remaining_s <= 0:
            return _timed_out(host, request, proxy)
        if isinstance(problem, UnicodeEncodeError) and problem.encoding == "utf-8":  # half a surrogate pair
            return not_encodable(problem)
        if isinstance(problem, (TooLargeError, MemoryError)):
            return _too_large(problem, host)
        has_bad_proxy = bool(proxy) and not _has_bad_host(url)
        settings_error = _settings_error(problem, host, request, has_bad_proxy=has_bad_proxy)
        return settings_error or _no_answer(problem, host, request, proxy)

    def _proxy(self, url: str) -> str | None:
        """The address of the proxy, with its password."""
        proxies = self._proxies[_origin(url)]
        return select_proxy(url, get_environ_proxies(url) if proxies is None else proxies) or None

    def proxy_of(self, url: str) -> str | None:
        """Host and port of the proxy through which requests to `url` go; None: there is none."""
        proxy = self._proxy(url)
        return proxy and proxy.rpartition("@")[2].rpartition("://")[2].partition("/")[0]

    def _count(self) -> None:
        with self._lock.value:
            self._sent += 1

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


def host_of(url: str) -> str:
    """The host of a URL for messages, or `this address` if it cannot be parsed."""
    try:
        return urlsplit(url).hostname or "this address"
    except ValueError:
        return "this address"


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _settings_error(
    problem: Exception, host: str, request: InFlightRequest, *, has_bad_proxy: bool
) -> SettingsError | None:
    """The error of a setting that no request can work with; None: it is none."""
    if isinstance(problem, requests.exceptions.InvalidSchema):
        message = "HTTPS_PROXY or ALL_PROXY names a SOCKS proxy, which needs a package that is not installed"
        hint = "Run pip install pysocks and restart the kernel, or name an http proxy."
        reason = "socks_extra_missing"
    elif isinstance(problem, _BAD_ADDRESS) and has_bad_proxy:
        message = "the address of the proxy cannot be used"
        hint = "Write HTTPS_PROXY as http://host:port, with special characters of a password as %XX."
        reason = "bad_proxy_address"
    elif isinstance(problem, _BAD_ADDRESS):
        message, hint, reason = f"{host} cannot be the name of a host", "Check TRACKER_API_BASE_URL.", "bad_host_name"
    elif request.tunnel_status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        message = "the proxy wants a user name and a password, and accepts none that it was given"
        hint = "Write HTTPS_PROXY as http://user:password@host:port, with special characters as %XX."
        reason = "proxy_needs_password"
    elif not isinstance(problem, requests.RequestException):
        # requests looks for the CA bundle before it connects, and raises a bare OSError if it is missing.
        message = "the CA bundle cannot be read"
        hint, reason = "Check that REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE) names an existing file.", "no_ca_bundle"
    else:
        return None
    return SettingsError(message, hint=hint, reason=reason)


def _has_bad_host(url: str) -> bool:
    """Whether the host of a URL is no name of a host, so that a proxy cannot be the reason."""
    name = urlsplit(url).hostname or ""
    try:
        name.encode("idna")
    except UnicodeError:
        return True
    return name.startswith(("*", "."))


def _no_answer(problem: Exception, host: str, request: InFlightRequest, proxy: str) -> TrackerError:
    # A timeout while the body is read is a ConnectionError that wraps urllib3's own error.
    if isinstance(problem, requests.Timeout) or any(isinstance(cause, ReadTimeoutError) for cause in problem.args):
        return _timed_out(host, request, proxy)
    if isinstance(problem, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        hint = "The connection broke; try again."
        return UnexpectedReply(f"the answer from {host} was cut off", hint=hint, reason="answer_cut_off")
    return _unreachable(problem, host, request)


def _timed_out(host: str, request: InFlightRequest, proxy: str) -> TimedOut:
    if request.is_connected:
        what = f"the answer from {host} was not complete" if request.has_answered else f"{host} did not answer"
        return TimedOut(
            f"{what} within {request.limit_s:.3g} s",
            hint="Try again, or set a longer `timeout`; if it never answers, check its address.",
            reason="timed_out",
            connected=True,
        )
    seconds = f"within {request.connect_limit_s:.3g} s"
    if proxy:
        address = proxy.rpartition("//")[2].rpartition("@")[2]  # without a password
        message = f"there was no connection to {host} through the proxy {address} {seconds}"
        return TimedOut(message, hint="Check HTTPS_PROXY and NO_PROXY, then try again.", reason="proxy_unreachable")
    hint = "Check the address, the network, VPN or HTTPS_PROXY, then try again."
    return TimedOut(f"there was no connection to {host} {seconds}", hint=hint, reason="unreachable")


def _too_large(problem: TooLargeError | MemoryError, host: str) -> UnexpectedReply:
    size = str(problem) if isinstance(problem, TooLargeError) else "more than there is memory for"
    hint = "Request fewer issues or fields, or check TRACKER_API_BASE_URL: another service may answer."
    return UnexpectedReply(f"the answer from {host} is too large ({size})", hint=hint, reason=TOO_LARGE)


def _unreachable(problem: Exception, host: str, request: InFlightRequest) -> Unreachable:
    cause = _system_error(problem)
    detail = cause.strerror or "" if cause else ""
    if isinstance(cause, ssl.SSLCertVerificationError):
        message, detail = f"the certificate of {host} could not be verified", cause.verify_message
        hint = "If a proxy has a certificate of its own, set REQUESTS_CA_BUNDLE to its CA file."
        reason = "bad_certificate"
    elif isinstance(problem, requests.exceptions.SSLError):
        message = f"there is no secure connection to {host}"
        hint = "Check the address, HTTPS_PROXY and the file that REQUESTS_CA_BUNDLE names."
        reason = "tls_failed"
    elif request.tunnel_status:
        message = f"the proxy refuses connections to {host} (status {request.tunnel_status})"
        hint, reason = "Check HTTPS_PROXY and NO_PROXY.", "proxy_refused"
    elif isinstance(problem, requests.exceptions.ProxyError):
        message, hint = "the proxy cannot be reached", "Check HTTPS_PROXY and NO_PROXY."
        reason = "proxy_unreachable"
    elif isinstance(problem, requests.ConnectionError):
        message, hint = f"{host} cannot be reached", "Check the network, VPN or HTTPS_PROXY, then try again."
        reason = "unreachable"
    else:
        message, hint, reason = f"the request to {host} failed ({type(problem).__name__})", "", "unreachable"
    return Unreachable(message, hint=hint, reason=reason, detail=detail, connected=request.is_connected)


def _system_error(problem: Exception) -> OSError | None:
    """The error of the operating system, of the name service or of TLS behind an error of requests."""
    return next((cause for cause in with_causes(problem) if isinstance(cause, OSError) and cause.strerror), None)
