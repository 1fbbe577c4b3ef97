"""What `Tracker.doctor` checks, from the network to what a login may read; a failing check is a line, no exception."""

import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

import pandas as pd

from tracker_magic.api import Operation, Request
from tracker_magic.api.endpoints import SEARCH
from tracker_magic.auth import Login
from tracker_magic.auth.environment import AMBIENT_NAMES, CLOUD_ORG_NAMES, IAM_NAMES, OAUTH_NAMES, ORG_NAMES
from tracker_magic.errors import Forbidden, NotLoggedIn, SettingsError, TrackerError
from tracker_magic.frames.dtypes import TEXT
from tracker_magic.layout import wrapped
from tracker_magic.settings import TIMEOUT_S, Addresses, first_of
from tracker_magic.tracker.connection import Connection
from tracker_magic.transport.transport import Reply, Transport

Result = Literal["ok", "warning", "failed"]
T = TypeVar("T")

STEP_S: Final = 5.0  # of each request
_LARGEST_SKEW: Final = timedelta(minutes=1)
_SOON: Final = timedelta(days=14)
_NOT_CHECKED: Final = "not checked"
_PROXY_NAMES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_CA_NAMES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_ORGANISATIONS: Final = "https://tracker.yandex.ru/admin/orgs"
# The reasons of errors that belong to another check than the network.
_PROXY_REASONS: Final = frozenset(
    {"proxy_refused", "proxy_unreachable", "proxy_needs_password", "bad_proxy_address", "socks_extra_missing"}
)
_CERTIFICATE_REASONS: Final = frozenset({"bad_certificate", "tls_failed", "no_ca_bundle"})
_REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]+)[^;]*>=\s*(?P<bound>[\d.]+)(?P<extra>.*extra ==)?")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its result, what was found, and what to do about it."""

    check: str
    result: Result
    found: str
    cure: str = ""


def examine(
    connection: Connection | None, problem: TrackerError | None = None, *, step_s: float = STEP_S
) -> list[Finding]:
    """Check the service and the login; without a login only what needs none, and `problem` says why there is none.

    Sends up to five requests, each of which may take `step_s` seconds. Raises Cancelled.
    """
    try:
        address = connection.base_url if connection else Addresses.from_environment(os.environ).api
    except SettingsError as error:
        network, is_open = [_failed("network", error)], False
    else:
        network, is_open = _network_findings(address, step_s)
    return [*network, _environment(os.environ), *_login(connection, problem, step_s, is_open=is_open), _versions()]


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """A frame of all checks."""
    return pd.DataFrame(map(astuple, findings), columns=[each.name for each in fields(Finding)], dtype=TEXT)


def as_text(frame: pd.DataFrame) -> str:
    """Such a frame as lines of at most 80 columns, to be pasted into a report."""
    width = max(map(len, frame["check"]))
    indent = width + 11
    lines = []
    for check, result, found, cure in frame.itertuples(index=False):
        lines.append(wrapped(f"{check:<{width}}  {result:<7}  {found}", indent))
        if cure:
            lines.append(wrapped(f"→ {cure}", indent + 2, first=indent))
    return "\n".join(lines)


def _failed(check: str, error: TrackerError) -> Finding:
    return Finding(check, "failed", error.message, error.hint)


def _not_checked(*checks: str) -> list[Finding]:
    return [Finding(check, "warning", _NOT_CHECKED) for check in checks]


def _run(work: Callable[[Operation], T], step_s: float) -> T | TrackerError:
    """The result of a step, or its error."""
    operation = Operation(step_s)
    try:
        return operation.run(work, operation)
    except TrackerError as error:
        return error


def _network_findings(address: str, step_s: float) -> tuple[list[Finding], bool]:
    """Check the network, the proxy, the certificate and the clock by a request without a token."""
    transport, url = Transport([address]), f"{address}/v3/myself"
    started = datetime.now(UTC)
    reply = _run(
        lambda operation: transport.send(
            "GET", url, timeout_s=min(step_s, TIMEOUT_S), cancellation=operation.cancellation
        ),
        step_s,
    )
    took = datetime.now(UTC) - started
    transport.close()
    proxy = _proxy(transport.proxy_of(url))
    if isinstance(reply, Reply):
        network = _network(reply, url, took)
        return [network, proxy, _certificate(reply, address), _clock(reply, started + took / 2)], True
    if reply.reason in _PROXY_REASONS:
        return [*_not_checked("network"), _failed("proxy", reply), *_not_checked("certificate", "clock")], False
    if reply.reason in _CERTIFICATE_REASONS:
        network = Finding("network", "ok", f"{_host(address)} can be reached")
        return [network, proxy, _failed("certificate", reply), *_not_checked("clock")], False
    return [_failed("network", reply), proxy, *_not_checked("certificate", "clock")], False


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _network(reply: Reply, url: str, took: timedelta) -> Finding:
    found = f"{_host(url)} answers ({reply.status}) after {took.total_seconds():.2f} s"
    if "json" in reply.headers.get("Content-Type", ""):
        return Finding("network", "ok", found)
    cure = "Another program may answer, such as a proxy or a login page: check HTTPS_PROXY and TRACKER_API_BASE_URL."
    return Finding("network", "warning", f"{found}, but not as Tracker does", cure)


def _proxy(proxy: str | None) -> Finding:
    names = [name for name in _PROXY_NAMES if os.environ.get(name)]
    by = f" (the environment has {', '.join(names)})" if names else ""
    return Finding("proxy", "ok", f"{proxy or 'none'}{by}")


def _certificate(reply: Reply, address: str) -> Finding:
    if address.startswith("http:"):
        return Finding("certificate", "ok", "none: the service is on this machine")
    bundle = first_of(os.environ, _CA_NAMES)
    found = f"verified against {bundle[1]} ({bundle[0]})" if bundle else "verified"
    until = reply.certificate_until
    if until is None:
        return Finding("certificate", "ok", found)
    found = f"{found}, valid until {until:%Y-%m-%d}"
    if until - datetime.now(UTC) > _SOON:
        return Finding("certificate", "ok", found)
    return Finding("certificate", "warning", found, f"Tell those who run {_host(address)}: it expires soon.")


def _clock(reply: Reply, now: datetime) -> Finding:
    if reply.date is None:
        return Finding("clock", "warning", "the service does not say its time")
    skew = now - reply.date
    if abs(skew) <= _LARGEST_SKEW:
        return Finding("clock", "ok", "agrees with the service's")
    found = f"{abs(skew).total_seconds():,.0f} s {'ahead of' if skew > timedelta(0) else 'behind'} the service's"
    return Finding("clock", "warning", found, "Set this machine's clock: tokens may look expired or not yet valid.")


def _environment(environ: Mapping[str, str]) -> Finding:
    """Which variables are set; never their values."""
    prefixes = ("TRACKER_", "YANDEX_TRACKER_", "YC_")
    names = sorted(name for name, value in environ.items() if name.startswith(prefixes) and value.strip())
    found = ", ".join(names) or "no TRACKER_… variable is set"
    token = first_of(environ, (*OAUTH_NAMES, *IAM_NAMES, *AMBIENT_NAMES))
    if token and not first_of(environ, (*ORG_NAMES, *CLOUD_ORG_NAMES)):
        missing = f"{token[0]} is set, but neither TRACKER_ORG_ID nor TRACKER_CLOUD_ORG_ID"
        cure = f"Set TRACKER_ORG_ID (Yandex 360) or TRACKER_CLOUD_ORG_ID (Yandex Cloud); see {_ORGANISATIONS}."
        return Finding("environment", "warning", f"{missing}; set: {found}", cure)
    return Finding("environment", "ok", found)


def _login(
    connection: Connection | None, problem: TrackerError | None, step_s: float, *, is_open: bool
) -> list[Finding]:
    """Check the token, the organisation and the rights."""
    if connection is None:
        error = problem or NotLoggedIn("nobody is logged in", hint="Log in: %tracker login.")
        return [_failed("token", error), *_not_checked("organisation", "rights")]
    if not is_open:
        return [_token(connection.login), *_not_checked("organisation", "rights")]
    me = _run(lambda operation: _myself(connection, operation), step_s)
    if isinstance(me, Forbidden):
        return [_token(connection.login), _refused_organisation(connection, me, step_s), *_not_checked("rights")]
    if isinstance(me, TrackerError):
        found = f"{_token(connection.login).found}: {me.message}"
        return [Finding("token", "failed", found, me.hint), *_not_checked("organisation", "rights")]
    token, org = _token(connection.login), connection.organisation
    organisation = Finding("organisation", "ok", f"{org.header}: {org.id}" if org else "none")
    return [token, organisation, _rights(connection, me, step_s)]


def _myself(connection: Connection, operation: Operation) -> str:
    record = connection.client.fetch(operation, Request("GET", "myself", reads="object")).data
    return f"{record.get('display')} ({record.get('login')})"


def _token(login: Login) -> Finding:
    kind = "IAM token" if login.scheme == "Bearer" else "OAuth token"
    until = login.expires_at
    lifetime = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until when is not known"
    renewal = ", renewed by itself" if login.renewable else ""
    found = f"{kind} from {login.source}, {lifetime}{renewal}"
    if until and not login.renewable and until - datetime.now(UTC) < _SOON:
        return Finding("token", "warning", found, "It expires soon; log in again: %tracker login.")
    return Finding("token", "ok", found)


def _refused_organisation(connection: Connection, refusal: Forbidden, step_s: float) -> Finding:
    """The refusal, and whether the id works as the other kind of organisation."""
    org = connection.organisation
    if org is None:
        cure = f"Name it: TRACKER_ORG_ID or TRACKER_CLOUD_ORG_ID, see {_ORGANISATIONS}."
        return Finding("organisation", "failed", f"none: {refusal.message}", cure)
    other = Connection(
        connection.login, org.other, connection.base_url, connection.web_url, search_rps=None, other_rps=None
    )
    answer = _run(lambda operation: _myself(other, operation), step_s)
    other.transport.close()
    found = f"{org.header}: {org.id} is refused"
    if isinstance(answer, TrackerError):
        return Finding("organisation", "failed", f"{found}, and so is {org.other.header}", refusal.hint)
    option, name = ("org-id", ORG_NAMES[0]) if org.other.kind == "360" else ("cloud-org-id", CLOUD_ORG_NAMES[0])
    cure = f"Log in as %tracker login --{option} {org.id}, or set {name} instead."
    return Finding("organisation", "failed", f"{found}, but {org.other.header} works", cure)


def _rights(connection: Connection, me: str, step_s: float) -> Finding:
    """What this login may read: a queue, and an issue of it."""
    client, request = connection.client, Request("GET", "queues", {"perPage": 1}, reads="records")
    queues = _run(lambda operation: client.fetch(operation, request), step_s)
    if isinstance(queues, TrackerError):
        return Finding("rights", "failed", f"{me}; queues: {queues.message}", queues.hint)
    if not queues.data:
        cure = "Ask an administrator of the organisation for access to queues."
        return Finding("rights", "warning", f"{me} may see no queue", cure)
    queue = str(queues.data[0].get("key"))
    search = Request(
        "POST", SEARCH, {"perPage": 1, "fields": "key"}, body={"filter": {"queue": queue}}, reads="records"
    )
    issues = _run(lambda operation: client.fetch(operation, search), step_s)
    if isinstance(issues, TrackerError):
        return Finding("rights", "failed", f"{me}; search in {queue}: {issues.message}", issues.hint)
    found = f"{me} may read {_total(queues)} queues, and {_total(issues)} issues of {queue}"
    return Finding("rights", "ok", found)


def _total(answer: Any) -> str:
    return str(answer.headers.get("X-Total-Count") or len(answer.data))


def _versions() -> Finding:
    """The versions of Python, this package and what it needs, compared with the lowest that it needs."""
    python = f"Python {platform.python_version()} on {platform.system()}"
    try:
        requirements = metadata.requires("tracker_magic") or []
        found = [python, f"tracker_magic {metadata.version('tracker_magic')}"]
    except metadata.PackageNotFoundError:
        return Finding(
            "versions", "warning", f"{python}, tracker_magic is not installed", "Run pip install tracker_magic."
        )
    too_old = []
    for match in filter(None, map(_REQUIREMENT.match, requirements)):
        if match["extra"]:
            continue
        version = _version_of(match["name"])
        found.append(f"{match['name']} {version or 'is missing'}")
        if version is None or _numbers(version) < _numbers(match["bound"]):
            too_old.append(f"'{match['name']}>={match['bound']}'")
    if too_old:
        return Finding("versions", "failed", ", ".join(found), f"Run pip install -U {' '.join(too_old)}.")
    return Finding("versions", "ok", ", ".join(found))


def _version_of(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3]]
