"""The embedded Tracker as a server: API, OAuth pages, IAM and metadata on one loopback port."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any, Self, cast

import orjson
from requests.structures import CaseInsensitiveDict
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from tracker_magic.demo import faults
from tracker_magic.demo.api.routes import all_routes
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.limits import Limits, retry_after
from tracker_magic.demo.listener import Listener
from tracker_magic.demo.model import World
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import JSON, Access, Answer, ApiRequest, Route, Service

LIVE_EVERY_S = 1.0

Live = Callable[[World, datetime], None]


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it came, and the status it got (0: no answer was given)."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    status: int
    at: float

    def __repr__(self) -> str:
        """Without headers and body: they hold secrets."""
        return f"RecordedRequest({self.method} {self.path} {self.query} -> {self.status})"


class Demo:
    """An embedded Tracker: `with Demo(world, access) as demo: demo.url`; leaves no thread or socket behind.

    `live(world, now)` is called under the world's lock before an API request, once a second at most.
    """

    def __init__(
        self,
        world: World,
        access: Access,
        *,
        behaviour: Behaviour | None = None,
        live: Live | None = None,
        port: int = 0,
    ) -> None:
        self.journal: list[RecordedRequest] = []
        self.service = Service(world, access, behaviour or Behaviour())
        self._api, self._pages = _maps()
        self._limits = Limits()
        self._live, self._lived = live, -LIVE_EVERY_S
        self._listener = Listener(port, self._respond)
        self.service.url = f"http://127.0.0.1:{self._listener.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self.service.url

    @property
    def world(self) -> World:
        """What it serves."""
        return self.service.world

    @property
    def access(self) -> Access:
        """Who may come in."""
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
        """Scrolls that hold unread pages."""
        with self.service.lock:
            return len(self.service.scrolls)

    @property
    def names(self) -> dict[str, str]:
        """What a client needs in its environment."""
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
        }

    def start(self) -> Self:
        """Begin to answer."""
        self._listener.start()
        return self

    def close(self) -> None:
        """Stop answering; ends open connections."""
        self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _respond(self, environ: dict[str, Any]) -> tuple[Response, faults.End]:
        ask, began = ApiRequest(environ), time.monotonic()
        fault = faults.take(self.behaviour, ask.path, ask.get_data(cache=True))
        answer = self._answer(ask, fault)
        faults.garble(fault, answer)
        how = faults.end(fault)
        self.journal.append(_seen(ask, 0 if how == "drop" else answer.status_code, began))
        return answer, how

    def _answer(self, ask: ApiRequest, fault: Fault | None) -> Response:
        ask.fault = fault
        if fault is not None:
            faults.prepare(fault, self.service)
            replaced = faults.replace(fault)
            if replaced is not None:
                return replaced
        try:
            return self._carry_out(ask)
        except ApiError as refusal:
            return as_response(refusal.body(), refusal.status)
        except HTTPException as error:
            if error.response is not None:
                return cast("Response", error.response)
            status, texts = error.code or 500, ("Такого адреса или метода нет.", "No such address or method.")
            return as_response(ApiError(status, ask.text(*texts)).body(), status)
        except Exception:
            logging.getLogger(__name__).exception("the embedded Tracker failed at %s %s", ask.method, ask.path)
            return as_response(ApiError(500, "Internal server error.").body(), 500)

    def _carry_out(self, ask: ApiRequest) -> Response:
        began, path = time.monotonic(), ask.path.rstrip("/") or "/"
        if not path.startswith(("/v2/", "/v3/")):
            route, arguments = _match(self._pages, path, ask.method)
            return as_response(route.handler(self.service, ask, **arguments))
        ask.version = path[1:3]
        try:
            route, arguments = _match(self._api, path[3:], ask.method)
        except HTTPException:
            self._enter(ask, "other")
            raise
        refused = self._enter(ask, route.group)
        if refused is not None:
            return refused
        with self.service.lock:
            self._let_live()
            answer = as_response(route.handler(self.service, ask, **arguments))
        self._take_time(began, ask.rows)
        return answer

    def _enter(self, ask: ApiRequest, group: str) -> Response | None:
        """The service's two gates: too many requests (then the answer that says so), and who calls."""
        most = self.behaviour.search_rps if group == "search" else self.behaviour.other_rps
        if not self._limits.admit(group, most):
            refusal = ApiError(429, ask.text("Слишком много запросов.", "Too many requests."))
            return as_response(refusal.body(), 429, retry_after(self.behaviour))
        ask.caller = self.access.caller(CaseInsensitiveDict(ask.headers.items()), self.behaviour)
        return None

    def _let_live(self) -> None:
        if self._live is not None and time.monotonic() - self._lived >= LIVE_EVERY_S:
            self._lived = time.monotonic()
            self._live(self.world, datetime.now(UTC))

    def _take_time(self, began: float, rows: int) -> None:
        """Wait for what is left of the time that such an answer takes: making it was part of that time."""
        whole_s = (self.behaviour.latency_ms + self.behaviour.issue_ms * rows) / 1000
        left_s = whole_s - (time.monotonic() - began)
        if left_s > 0:
            time.sleep(left_s)


def as_response(answer: Answer, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Whatever a handler gave, as a Response; values become JSON, None an empty body."""
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, bytes):
        return Response(answer, status, headers, content_type="application/octet-stream")
    body = b"" if answer is None else orjson.dumps(answer)
    return Response(body, status, headers, content_type=JSON)


@cache
def _maps() -> tuple[Map, Map]:
    """Addresses below /v2 and /v3, and at the root; made once: compiling them takes longer than a small world."""
    routes = all_routes()
    return _rules(route for route in routes if route.api), _rules(route for route in routes if not route.api)


def _rules(routes: Iterable[Route]) -> Map:
    rules = [Rule(route.path.rstrip("/") or "/", methods=list(route.methods), endpoint=route) for route in routes]
    return Map(rules, merge_slashes=False)


def _match(rules: Map, path: str, method: str) -> tuple[Route, Mapping[str, Any]]:
    return rules.bind("").match(path, method)


def _seen(ask: ApiRequest, status: int, at: float) -> RecordedRequest:
    raw = ask.get_data(cache=True)
    try:
        body = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        body = raw
    return RecordedRequest(ask.method, ask.path, ask.args.to_dict(flat=False), dict(ask.headers), body, status, at)
