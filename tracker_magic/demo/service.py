"""What a handler works with: the state of the service, the request, its errors, and the routes."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Protocol

import orjson
from werkzeug import Request, Response

from tracker_magic.demo.behaviour import Behaviour, Fault, FaultKind, StatusType
from tracker_magic.demo.model import World
from tracker_magic.demo.scrolls import Scrolls

JSON = "application/json;charset=UTF-8"

Group = Literal["search", "other"]


class ApiError(Exception):
    """An error response of the API, raised anywhere below a handler; `fields` are messages by field id."""

    def __init__(
        self,
        status: int,
        *messages: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, *messages)
        self.status = status
        self.messages: Sequence[str] = messages
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """The body that the service sends: `errors`, `errorsData`, `errorMessages`, `statusCode`."""
        return {
            "errors": self.fields,
            "errorsData": {},
            "errorMessages": list(self.messages),
            "statusCode": self.status,
        }


class Access(Protocol):
    """The credentials that the service accepts; `login.access.Access` implements it."""

    @property
    def token(self) -> str:
        """An OAuth token of the world's main user."""

    @property
    def org_id(self) -> str:
        """The organisation id for X-Org-ID."""

    @property
    def cloud_org_id(self) -> str:
        """The organisation id for X-Cloud-Org-ID."""

    @property
    def client_id(self) -> str:
        """The client id of a registered OAuth application."""

    @property
    def client_secret(self) -> str:
        """The client secret of that application."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Returns the service's time, in UTC."""

    def caller(self, headers: Mapping[str, str], behaviour: Behaviour) -> str:
        """The uid of the user whose token these headers carry; ApiError 401 or 403."""


@dataclass(slots=True)
class Service:
    """State shared by all handlers; `lock` guards the world and is held while an API handler runs."""

    world: World
    access: Access
    behaviour: Behaviour = field(default_factory=Behaviour)
    url: str = ""  # http://127.0.0.1:port, set when the server listens
    lock: threading.RLock = field(default_factory=threading.RLock)
    scrolls: Scrolls = field(default_factory=Scrolls)
    work_ids: dict[str, dict[int, int]] = field(default_factory=dict)  # issue id → id of its work → id in the issue
    cache: dict[Any, Any] | None = None  # search results and rendered issues; None: nothing is cached

    def now(self) -> datetime:
        """The time on the service's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.behaviour.clock_ahead_s or 0)

    def enable_cache(self) -> None:
        """Cache search results and rendered issues from now on; only for a world that does not change."""
        self.cache = {}


class ApiRequest(Request):
    """One request. For API requests the server sets `caller` (a uid), `version` and `status_type` for the handler."""

    max_content_length = 50_000_000
    caller: str = ""
    version: str = "v3"  # or v2
    status_type: StatusType = "reference"
    rows: int = 0  # issues in the response, set by the handler: `Behaviour.issue_ms` is counted per issue
    fault: Fault | None = None

    def has_fault(self, kind: FaultKind) -> bool:
        """Whether this request gets a fault of this kind."""
        return self.fault is not None and self.fault.kind == kind

    @property
    def english(self) -> bool:
        """Whether texts are requested in English; the default of the service is Russian."""
        return self.accept_languages.best_match(["ru", "en"], default="ru") == "en"

    @property
    def lang(self) -> str:
        """`ru` or `en`."""
        return "en" if self.english else "ru"

    @property
    def base(self) -> str:
        """Scheme, host and version, the beginning of every `self` link: `http://127.0.0.1:1234/v3`."""
        return f"{self.scheme}://{self.host}/{self.version}"

    @cached_property
    def data_json(self) -> Any:
        """The parsed body; None without one. ApiError 400 if it is not JSON."""
        raw = self.get_data(cache=True)
        if not raw.strip():
            return None
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise ApiError(400, self.text("Тело запроса не является JSON.", "The request body is not JSON.")) from None

    def text(self, ru: str, en: str) -> str:
        """The text in the language of the request."""
        return en if self.english else ru

    def names(self, parameter: str) -> list[str]:
        """The names in a comma-separated parameter of the address; a repeated parameter counts as one list."""
        return [name for value in self.args.getlist(parameter) for name in value.split(",") if name]


HandlerResult = Response | Mapping[str, Any] | Sequence[Any] | int | bytes | None
Handler = Callable[..., HandlerResult]


@dataclass(frozen=True, slots=True)
class Route:
    """Maps an address to its handler: `handler(service, request, **path arguments)` returns a Response or JSON data.

    `path` is a werkzeug rule. With `api` it is below /v2 and /v3, may end with a slash, requires a login, counts
    against the rate limit of `group`, and its handler runs while `service.lock` is held. Without `api` (OAuth, IAM,
    metadata) it is at the root and none of this applies. An ApiError raised by the handler becomes the error response.
    """

    methods: tuple[str, ...]
    path: str
    handler: Handler
    api: bool = False
    group: Group = "other"


def with_rows(response: Response, rows: Sequence[Any]) -> Response:
    """Put rows as JSON into a response that has its headers already."""
    response.set_data(orjson.dumps(rows))
    response.content_type = JSON
    return response
