"""What every group of methods stands on: the login, the client, the schema, and the record on each frame."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack

from tracker_magic.api import Client, Operation, Progress
from tracker_magic.api.endpoints import ENDPOINTS
from tracker_magic.api.pagination import Records, pages
from tracker_magic.api.rate_limiter import RateLimiters, shared_rate_limiters
from tracker_magic.auth import Login, Organisation, Token, organisation, usable
from tracker_magic.errors import BadOption, Forbidden, NotFound, UnexpectedReply, WrongOrganisation
from tracker_magic.frames import Schema, validate_zone
from tracker_magic.secret import Secret
from tracker_magic.settings import OTHER_RPS, SEARCH_RPS, Addresses, address_problem
from tracker_magic.tracker.sinks import stoppable
from tracker_magic.transport.transport import Transport

if TYPE_CHECKING:
    import pandas as pd

_LOOK_S: Final = 0.1  # how often a waiting thread looks at its time limit

ProgressCall = Callable[[Progress], object]


class FetchOptions(TypedDict, total=False):
    """What every method that fetches takes besides: zone and language of the result, time limit (s), progress."""

    tz: str | None
    lang: str | None
    timeout: float | None
    progress: ProgressCall | None


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks: the person or robot of the token, the organisation, and where the token came from."""

    login: str
    display: str
    id: str
    org: str | None
    org_kind: str | None  # "360", "cloud"; None: the internal variant
    source: str
    expires_at: datetime | None


class Base:
    """One login at one service; serves all threads of a process. A pickle holds no token and connects anew."""

    def __init__(
        self,
        token: str | Secret | None = None,
        org_id: str | int | None = None,
        *,
        cloud_org_id: str | int | None = None,
        iam_token: str | Secret | None = None,
        base_url: str | None = None,
        web_url: str | None = None,
        tz: str = "UTC",
        lang: str | None = None,
        timeout: float | None = None,
        search_rps: float | None = SEARCH_RPS,
        other_rps: float | None = OTHER_RPS,
        login: tuple[Login, Organisation | None] | None = None,
    ) -> None:
        token, iam_token = _closed(token), _closed(iam_token)  # no frame of ours keeps an open token
        self.base_url = _checked_address(base_url)
        self.web_url_base = (web_url or Addresses().web).rstrip("/")
        self.tz = validate_zone(tz)
        self.lang = lang
        self.timeout = timeout
        self._login, org = login or (_login(token, iam_token), organisation(org_id, cloud_org_id))
        if org is None and self.base_url == Addresses().api:
            raise BadOption(
                "no organisation was given",
                hint="Give org_id (Yandex 360) or cloud_org_id (Yandex Cloud); "
                "the id stands at https://tracker.yandex.ru/admin/orgs.",
            )
        self.organisation = org
        self._wire = Transport([self.base_url])
        owner = (self.base_url, org, self._login.owner)
        self._limiters = shared_rate_limiters(owner, lambda: RateLimiters(search_rps, other_rps))
        self.limit_requests(search_rps, other_rps)
        self._client = Client(self._wire, self._login, org, self.base_url, self._limiters)
        self._lock = threading.Lock()
        self._gates: dict[str, threading.RLock] = {}
        self._me: Me | None = None
        self._lists: dict[str, Records] = {}

    @property
    def me(self) -> Me:
        """Who asks; the service is asked once. Raises NotLoggedIn, Forbidden (wrong organisation), Cancelled."""
        return stoppable(lambda _: self._known(self._call()))

    def _known(self, call: Operation) -> Me:
        with self._alone(call, "myself"):
            if self._me is None:
                record = self._client.get(call, "myself").data
                if not isinstance(record, dict):
                    raise UnexpectedReply("myself answered in a form that is not known")
                org = self.organisation
                self._me = Me(
                    login=str(record.get("login", "")),
                    display=str(record.get("display", "")),
                    id=str(record.get("uid") or record.get("trackerUid") or record.get("cloudUid") or ""),
                    org=org.id if org else None,
                    org_kind=org.kind if org else None,
                    source=self._login.source,
                    expires_at=self._login.expires_at,
                )
                self._count_together(self._me.id)
            return self._me

    def _count_together(self, person: str) -> None:
        """Keep one rate with the other tokens of this person, whose requests the service counts as one."""
        if person:
            own = self._limiters
            shared = shared_rate_limiters((self.base_url, self.organisation, person), lambda: own)
            self._limiters = self._client.limiters = shared
            self.limit_requests(own["search"].rate, own["other"].rate)

    def limit_requests(self, search_rps: float | None, other_rps: float | None) -> None:
        """Set the most requests a second (None: no limit), for all Trackers of this login in the process."""
        for name, rate in (("search_rps", search_rps), ("other_rps", other_rps)):
            if rate is not None and not (isinstance(rate, (int, float)) and rate > 0):
                raise BadOption(f"{name} is a number above zero, or None for no limit, not {rate!r}")
        self._limiters["search"].rate, self._limiters["other"].rate = search_rps, other_rps

    def close(self) -> None:
        """Close all connections; the object can be used again, and connects anew."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "organisation" not in vars(self):  # a traceback shows one whose arguments were refused
            return f"<{type(self).__name__}>"
        org = self.organisation
        who = self._me.login if self._me else self._login.source
        return f"<Tracker {who} · {f'{org.header} {org.id}' if org else 'no organisation'} · {self.base_url}>"

    # What the groups of methods use.

    def _call(
        self,
        *,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
        lang: str | None = None,
        tz: str | None = None,
    ) -> Operation:
        limit_s = timeout if timeout is not None else self.timeout
        if limit_s is not None and not (isinstance(limit_s, (int, float)) and limit_s > 0):
            raise BadOption(f"a timeout is a number of seconds, not {limit_s!r}")
        if (lang := lang or self.lang) and not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", str(lang)):
            raise BadOption(f"{lang!r} is no language", hint="The service knows ru and en.")
        validate_zone(tz or self.tz)
        return Operation(limit_s, progress, lang=lang, tz=tz or self.tz)

    def _begun(self, **how: Unpack[FetchOptions]) -> Operation:
        """A call that ends in a frame; who asks stands on it, and is asked before anything is fetched."""
        call = self._call(**how)
        self._known(call)
        return call

    def _fetch_list(self, call: Operation, name: str, **names: str) -> Records:
        """A whole list of the service, each record once: pages may shift while they are read."""
        records: dict[str, dict[str, Any]] = {}
        for answer in pages(self._client, call, ENDPOINTS[name], names=names):
            for record in answer.data:
                records.setdefault(str(record.get("id") or record.get("uid") or len(records)), record)
            if records:
                call.report(name, len(records), None)
        return list(records.values())

    def _kept_list(self, call: Operation, name: str, **names: str) -> Records:
        """A dictionary that is asked once per Tracker (and language)."""
        place = "/".join((name, call.lang or "", *names.values()))
        with self._alone(call, place):
            if place not in self._lists:
                self._lists[place] = self._fetch_list(call, name, **names)
            return self._lists[place]

    @contextmanager
    def _alone(self, call: Operation, place: str) -> Iterator[None]:
        """Let one thread ask for a dictionary; the others wait for it, no longer than their own time limit."""
        with self._lock:
            gate = self._gates.setdefault(place, threading.RLock())
        try:
            while not gate.acquire(timeout=_LOOK_S):
                call.check()
            yield
        finally:
            # An interrupt may come when it is taken and no flag tells so yet; an RLock knows whose it is.
            try:  # noqa: SIM105 - after the call of `suppress` an interrupt may come too
                gate.release()
            except RuntimeError:
                pass

    def _schema(self, call: Operation, queues: Sequence[str] = (), *, optional: bool = False) -> Schema:
        """The fields that the organisation and these queues describe. Raises NotFound for a queue nobody may see."""
        return Schema.from_records(self._kept_list(call, "fields"), self._local(call, queues, optional=optional))

    def _local(self, call: Operation, queues: Iterable[str], *, optional: bool) -> dict[str, Records]:
        """The local fields of these queues; `optional`: a queue that cannot be seen has none."""
        found = {}
        for queue in queues:
            try:
                found[queue] = self._local_fields(call, queue)
            except (NotFound, Forbidden) as error:
                if not optional or isinstance(error, WrongOrganisation):
                    raise
        return found

    def _local_fields(self, call: Operation, queue: str) -> Records:
        try:
            return self._kept_list(call, "local_fields", queue=queue)
        except (NotFound, Forbidden) as error:
            if isinstance(error, WrongOrganisation):
                raise
            raise type(error)(
                f"queue {queue}: {'; '.join(error.messages) or error.message}",
                hint="It does not exist, or this login may not see it; %tracker queues lists those it may.",
                status=error.status,
                messages=error.messages,
                url=error.url,
            ) from None

    def _queue_keys(self, call: Operation, named: Iterable[str]) -> list[str]:
        """The keys of queues given by key or by name, in any case: the query language reads both so."""
        given = list(dict.fromkeys(named))
        if all(_is_key(each) for each in given):
            return given
        queues = self._kept_list(call, "queues")
        known = {str(queue.get(by)).lower(): str(queue["key"]) for by in ("name", "key") for queue in queues}
        known |= {str(queue.get("name")): str(queue["key"]) for queue in queues}
        found = (each if _is_key(each) else known.get(each, known.get(each.lower())) for each in given)
        return list(dict.fromkeys(key for key in found if key))

    def _logins(self, call: Operation) -> dict[str, str]:
        """Everybody's login by uid, asked once."""
        return {str(user.get("uid")): str(user.get("login", "")) for user in self._kept_list(call, "users")}

    def _record(self, frame: "pd.DataFrame", call: Operation, **facts: Any) -> "pd.DataFrame":
        """The frame with `attrs["tracker"]`: plain JSON, so that Parquet and concat keep working."""
        me = self._known(call)
        frame.attrs["tracker"] = {
            "query": None,
            "org": me.org,
            "login": me.login,
            "fetched_at": call.clock.now().isoformat(timespec="seconds"),
            "total": len(frame),
            "rows": len(frame),
            "truncated": False,
            "missing": [],
            "requests": call.requests,
            "elapsed_s": round(call.elapsed_s, 3),
            "tz": call.tz,
            "lang": call.lang,
            "units": {},
            "url": None,
            **facts,
        }
        return frame


def _is_key(name: str) -> bool:
    return name.isascii() and name.replace("_", "").isalnum() and name == name.upper()


def _checked_address(base_url: str | None) -> str:
    address = (base_url or Addresses().api).strip()
    if problem := address_problem(address):
        raise BadOption(problem, hint="base_url is https://host or https://host:port.")
    return address.rstrip("/")


def _closed(token: str | Secret | None) -> Secret | None:
    return None if token is None else Secret(Secret.of(token).reveal().strip())


def _login(token: Secret | None, iam_token: Secret | None) -> Login:
    if (token is None) == (iam_token is None):
        said = "two tokens were given: token and iam_token" if token else "no token was given"
        raise BadOption(said, hint="Give one: token= (OAuth) or iam_token= (Yandex Cloud); or use connect().")
    secret = token or iam_token
    if secret is None or not usable(secret.reveal()):
        raise BadOption("the token is empty or holds signs that no token has", hint="Copy it again, without quotes.")
    return Login(Token(secret, "OAuth" if token is not None else "Bearer"), "argument")
