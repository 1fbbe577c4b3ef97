"""What a handler works with: the service's state, the request as it sees it, and how an address leads to it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import orjson
from werkzeug import Request, Response

from tracker_magic.demo.behaviour import Behaviour, Fault, FaultKind
from tracker_magic.demo.model import World
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.scrolls import Scrolls

JSON = "application/json;charset=UTF-8"

Group = Literal["search", "other"]


class Access(Protocol):
    """Who may come in; `access.Access` is one."""

    @property
    def token(self) -> str:
        """An OAuth token of the world's person."""

    @property
    def org_id(self) -> str:
        """The organisation that goes into X-Org-ID."""

    @property
    def cloud_org_id(self) -> str:
        """The one that goes into X-Cloud-Org-ID."""

    @property
    def client_id(self) -> str:
        """A registered application."""

    @property
    def client_secret(self) -> str:
        """Its secret."""

    def caller(self, headers: Mapping[str, str], behaviour: Behaviour) -> str:
        """Uid of the person whose token these headers carry; ApiError 401 or 403."""


@dataclass(slots=True)
class Service:
    """State that all handlers share; `lock` guards the world and is held while an API handler runs."""

    world: World
    access: Access
    behaviour: Behaviour = field(default_factory=Behaviour)
    url: str = ""  # http://127.0.0.1:port, set when the server listens
    lock: threading.RLock = field(default_factory=threading.RLock)
    scrolls: Scrolls = field(default_factory=Scrolls)
    kept: dict[Any, Any] | None = None  # a dict: the world stands still, so what was found and rendered is kept here


class ApiRequest(Request):
    """One request. Of API requests the server sets `caller` (a uid) and `version` (v2, v3) before the handler runs."""

    max_content_length = 50_000_000
    caller: str = ""
    version: str = "v3"
    rows: int = 0  # issues in the answer, set by the handler: each may cost time
    fault: Fault | None = None  # the one that strikes this request

    def struck_by(self, kind: FaultKind) -> bool:
        """Whether a fault of this kind strikes the request."""
        return self.fault is not None and self.fault.kind == kind

    @property
    def english(self) -> bool:
        """Whether texts are wanted in English; Russian is the service's default."""
        return self.accept_languages.best_match(["ru", "en"], default="ru") == "en"

    @property
    def lang(self) -> str:
        """`ru` or `en`."""
        return "en" if self.english else "ru"

    @property
    def base(self) -> str:
        """Scheme, host and version, as every `self` begins: `http://127.0.0.1:1234/v3`."""
        return f"{self.scheme}://{self.host}/{self.version}"

    @cached_property
    def data_json(self) -> Any:
        """The body parsed; None without one. ApiError 400 where it is not JSON."""
        raw = self.get_data(cache=True)
        if not raw.strip():
            return None
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise ApiError(400, self.text("Тело запроса не является JSON.", "The request body is not JSON.")) from None

    def text(self, ru: str, en: str) -> str:
        """The one of two texts that this caller reads."""
        return en if self.english else ru


Answer = Response | Mapping[str, Any] | Sequence[Any] | int | bytes | None
Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a handler is found: `handler(service, request, **path arguments)` gives a Response or something JSON-able.

    `path` is a werkzeug rule. With `api` it stands below /v2 and /v3, takes a trailing slash, asks who calls
    (`request.caller`), counts against the rate limit of `group` and holds `service.lock`. Without `api` (OAuth, IAM,
    metadata) it stands at the root and gets none of these. A ApiError raised inside becomes the service's error body.
    """

    methods: tuple[str, ...]
    path: str
    handler: Handler
    api: bool = False
    group: Group = "other"


def names(ask: ApiRequest, parameter: str) -> list[str]:
    """A comma list of the address; a parameter given twice counts as one list."""
    return [name for value in ask.args.getlist(parameter) for name in value.split(",") if name]


def filled(answer: Response, rows: Sequence[Any]) -> Response:
    """A Response that carries headers already, filled with rows as JSON."""
    answer.set_data(orjson.dumps(rows))
    answer.content_type = JSON
    return answer
