"""Why a request failed: from an error of requests, urllib3 or the operating system to one of this package."""

import ssl
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import LocationValueError, ReadTimeoutError

from tracker_magic.errors import (
    SettingsError,
    TimedOut,
    TrackerError,
    UnexpectedReply,
    Unreachable,
    not_encodable,
    with_causes,
)
from tracker_magic.transport.body import TOO_LARGE, TooLargeError
from tracker_magic.transport.cancellation import InFlightRequest

# An address that cannot be parsed, of the service or its proxy; UnicodeError: a user name or password of the proxy.
BAD_ADDRESS: Final = (requests.exceptions.InvalidURL, LocationValueError, UnicodeError)


def failure_of(problem: Exception, url: str, request: InFlightRequest, proxy: str | None) -> TrackerError:
    """Return the error for what was raised while `url` was requested through `proxy`, an address with its password."""
    host = urlsplit(url).netloc
    if request.remaining_s <= 0:
        return _timed_out(host, request, proxy)
    if isinstance(problem, UnicodeEncodeError) and problem.encoding == "utf-8":  # half a surrogate pair
        return not_encodable(problem)
    if isinstance(problem, (TooLargeError, MemoryError)):
        return _too_large(problem, host)
    has_bad_proxy = bool(proxy) and not _has_bad_host(url)
    settings_error = _settings_error(problem, host, request, has_bad_proxy=has_bad_proxy)
    return settings_error or _no_answer(problem, host, request, proxy)


def _settings_error(
    problem: Exception, host: str, request: InFlightRequest, *, has_bad_proxy: bool
) -> SettingsError | None:
    """The error of a setting that no request can work with; None: it is none."""
    if isinstance(problem, requests.exceptions.InvalidSchema):
        message = "HTTPS_PROXY or ALL_PROXY names a SOCKS proxy, which needs a package that is not installed"
        hint = "Run pip install pysocks and restart the kernel, or name an http proxy."
        reason = "socks_extra_missing"
    elif isinstance(problem, BAD_ADDRESS) and has_bad_proxy:
        message = "the address of the proxy cannot be used"
        hint = "Write HTTPS_PROXY as http://host:port, with special characters of a password as %XX."
        reason = "bad_proxy_address"
    elif isinstance(problem, BAD_ADDRESS):
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


def _no_answer(problem: Exception, host: str, request: InFlightRequest, proxy: str | None) -> TrackerError:
    # A timeout while the body is read is a ConnectionError that wraps urllib3's own error.
    if isinstance(problem, requests.Timeout) or any(isinstance(cause, ReadTimeoutError) for cause in problem.args):
        return _timed_out(host, request, proxy)
    if isinstance(problem, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)):
        hint = "The connection broke; try again."
        return UnexpectedReply(f"the answer from {host} was cut off", hint=hint, reason="answer_cut_off")
    return _unreachable(problem, host, request)


def _timed_out(host: str, request: InFlightRequest, proxy: str | None) -> TimedOut:
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
