"""The embedded Tracker as a server: API, OAuth pages, IAM and metadata on one loopback port."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import TracebackType
from typing import Any, Self, cast
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson
from requests.structures import CaseInsensitiveDict
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule

from tracker_magic.demo import faults
from tracker_magic.demo.api.routes import all_routes
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.listener import FAULTS_KEY, Listener
from tracker_magic.demo.model import World
from tracker_magic.demo.rate_limit import RateLimit, retry_after_header
from tracker_magic.demo.service import JSON, Access, ApiError, ApiRequest, Group, HandlerResult, Route, Service

EVOLVE_EVERY_S = 1.0
_LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", re.IGNORECASE)

Evolve = Callable[[World, datetime], None]


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it was received, and the status of its response (0: no response was sent)."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    status: int
    at: float

    def __repr__(self) -> str:
        """Without headers and body: they hold secrets."""
        shown = [str(getattr(self, name, "")) for name in ("method", "path", "query", "status")]
        return f"RecordedRequest({' '.join(shown)})"


class Demo:
    """An embedded Tracker, a WSGI application with its server: `with Demo(world, access) as demo: demo.url`.

    `evolve(world, now)` is called before an API request, at most once a second, while the world's lock is held.
    Requests must name loopback as their host, unless `any_host` admits those of a proxy.
    Closing leaves no thread and no socket behind.
    """

    def __init__(
        self,
        world: World,
        access: Access,
        *,
        behaviour: Behaviour | None = None,
        evolve: Evolve | None = None,
        port: int = 0,
        any_host: bool = False,
    ) -> None:
        self.journal: list[RecordedRequest] = []
        self.service = Service(world, access, behaviour or Behaviour())
        self._api_rules, self._root_rules = _url_maps()
        self._rate_limit = RateLimit()
        self._any_host = any_host
        self._evolve, self._evolved_at = evolve, -EVOLVE_EVERY_S
        self._listener = Listener(port, self)
        self.service.url = f"http://127.0.0.1:{self._listener.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.service.url

    @property
    def world(self) -> World:
        """The data that it serves."""
        return self.service.world

    @property
    def access(self) -> Access:
        """The credentials that it accepts."""
        return self.service.access

    @property
    def behaviour(self) -> Behaviour:
        """How it behaves; may be changed while it runs."""
        return self.service.behaviour

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """Hold it while changing the world."""
        return self.service.lock

    @property
    def open_scrolls(self) -> int:
        """The number of scrolls with unread pages."""
        with self.service.lock:
            return len(self.service.scrolls)

    @property
    def open_connections(self) -> int:
        """The number of connections that clients keep open."""
        return self._listener.open_connections

    def wait_until_unused(self, timeout_s: float) -> bool:
        """Wait until no client is connected; False if one still is after that time."""
        return self._listener.wait_until_unused(timeout_s)

    @property
    def names(self) -> dict[str, str]:
        """The environment variables that a client needs."""
        access = self.access
        return {
            "TRACKER_API_BASE_URL": self.url,
            "TRACKER_TOKEN": access.token,
            "TRACKER_ORG_ID": access.org_id,
            "TRACKER_CLIENT_ID": access.client_id,
            "TRACKER_CLIENT_SECRET": access.client_secret,
            "TRACKER_OAUTH_BASE_URL": self.url,
            "TRACKER_IAM_BASE_URL": self.url,
            "TRACKER_METADATA_BASE_URL": self.url,
            "TRACKER_WEB_URL": self.url,
        }

    def start(self) -> Self:
        """Start serving."""
        self._listener.start()
        return self

    def close(self) -> None:
        """Stop serving and end open connections."""
        self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333) and record it; the server gets its fault, which may break the connection."""
        request, started = ApiRequest(environ), time.monotonic()
        journal = self.journal  # of this moment: a slow request may end after a test has begun another one
        request.fault = faults.take_fault(self.behaviour, request.path, request.get_data(cache=True))
        response = self._respond(request)
        if self.behaviour.clock_ahead_s is not None:
            now = self.access.clock() + timedelta(seconds=self.behaviour.clock_ahead_s)
            response.headers.setdefault("Date", http_date(now))
        if request.fault is not None:
            faults.change_body(request.fault, response)
        is_dropped = request.has_fault("drop") or request.has_fault("reset")
        journal.append(_recorded(request, 0 if is_dropped else response.status_code, started))
        if request.fault is not None:
            environ.get(FAULTS_KEY, []).append(request.fault)
        return response(environ, start_response)

    def _respond(self, request: ApiRequest) -> Response:
        if request.fault is not None:
            faults.before_request(request.fault, self.service)
            response = faults.fault_response(request.fault)
            if response is not None:
                return response
        try:
            return self._carry_out(request)
        except ApiError as error:
            return to_response(error.body(), error.status, error.headers)
        except HTTPException as error:
            if error.response is not None:
                return cast("Response", error.response)
            status, texts = error.code or 500, ("Такого адреса или метода нет.", "No such address or method.")
            return to_response(ApiError(status, request.text(*texts)).body(), status)
        except Exception:
            logging.getLogger(__name__).exception("the embedded Tracker failed at %s %s", request.method, request.path)
            return to_response(ApiError(500, "Internal server error.").body(), 500)

    def _carry_out(self, request: ApiRequest) -> Response:
        # Another name may resolve to loopback, too.
        if not self._any_host and not _LOOPBACK_HOST.fullmatch(request.headers.get("Host", "")):
            raise ApiError(421, "The demo is served under the names of loopback only.")
        started, path = time.monotonic(), request.path.rstrip("/") or "/"
        if not path.startswith(("/v2/", "/v3/")):
            route, arguments = _match(self._root_rules, path, request.method)
            return to_response(route.handler(self.service, request, **arguments))
        request.version, request.status_type = path[1:3], self.behaviour.status_type
        try:
            route, arguments = _match(self._api_rules, path[3:], request.method)
        except HTTPException:
            self._admit(request, "other")
            raise
        self._admit(request, route.group)
        with self.service.lock:
            self._evolve_world()
            response = to_response(route.handler(self.service, request, **arguments))
        self._simulate_latency(started, request.rows)
        return response

    def _admit(self, request: ApiRequest, group: Group) -> None:
        """Check the rate limit, then the credentials, as the service does; sets `request.caller`."""
        rate = self.behaviour.search_rps if group == "search" else self.behaviour.other_rps
        if not self._rate_limit.admit(group, rate):
            text = request.text("Слишком много запросов.", "Too many requests.")
            raise ApiError(429, text, headers=retry_after_header(self.behaviour, self.access.clock()))
        request.caller = self.access.caller(CaseInsensitiveDict(request.headers.items()), self.behaviour)

    def _evolve_world(self) -> None:
        if self._evolve is not None and time.monotonic() - self._evolved_at >= EVOLVE_EVERY_S:
            self._evolved_at = time.monotonic()
            self._evolve(self.world, datetime.now(UTC))

    def _simulate_latency(self, started: float, rows: int) -> None:
        """Wait until the response has taken its latency; the time spent on making it counts."""
        latency_s = (self.behaviour.latency_ms + self.behaviour.issue_ms * rows) / 1000
        remaining_s = latency_s - (time.monotonic() - started)
        if remaining_s > 0:
            time.sleep(remaining_s)


def to_response(result: HandlerResult, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A handler's result as a Response: JSON, or an empty body for None."""
    if isinstance(result, Response):
        return result
    if isinstance(result, bytes):
        return Response(result, status, headers, content_type="application/octet-stream")
    body = b"" if result is None else orjson.dumps(result)
    return Response(body, status, headers, content_type=JSON)


@cache
def _url_maps() -> tuple[Map, Map]:
    """The rules below /v2 and /v3, and those at the root; cached, since compiling them is slow."""
    routes = all_routes()
    return _url_map(route for route in routes if route.api), _url_map(route for route in routes if not route.api)


def _url_map(routes: Iterable[Route]) -> Map:
    rules = [Rule(route.path.rstrip("/") or "/", methods=list(route.methods), endpoint=route) for route in routes]
    return Map(rules, merge_slashes=False)


def _match(url_map: Map, path: str, method: str) -> tuple[Route, Mapping[str, Any]]:
    return url_map.bind("").match(path, method)


def _recorded(request: ApiRequest, status: int, at: float) -> RecordedRequest:
    raw = request.get_data(cache=True)
    try:
        body = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        body = raw
    query, headers = request.args.to_dict(flat=False), dict(request.headers)
    return RecordedRequest(request.method, request.path, query, headers, body, status, at)
