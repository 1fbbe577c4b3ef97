"""One login at one service, with what is requested only once: the user, dictionaries, the schema."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypedDict
from weakref import WeakValueDictionary

from tracker_magic.api import Client, Operation, Progress, Records, Request
from tracker_magic.api.rate_limiter import SHARED, RateLimiters
from tracker_magic.auth import Login, Organisation, Token, usable
from tracker_magic.errors import BadOption, Forbidden, NotFound, Refused, TrackerError, WrongOrganisation, masked
from tracker_magic.forks import PerProcess
from tracker_magic.frames import Schema, validate_zone
from tracker_magic.printable import cleaned, printable
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses, address_problem
from tracker_magic.tracker.dictionary_cache import DictionaryCache, locked_within
from tracker_magic.tracker.lookup import QUEUE, Item, ItemKind, did_you_mean, matches, several, unknown
from tracker_magic.transport.transport import Transport

if TYPE_CHECKING:
    import pandas as pd

ProgressCall = Callable[[Progress], object]


class FetchOptions(TypedDict, total=False):
    """What every method that fetches accepts: time zone and language of the result, time limit (s), progress."""

    tz: str | None
    lang: str | None
    timeout: float | None
    progress: ProgressCall | None


@dataclass(frozen=True, slots=True)
class Me:
    """The user of a login: the person or robot who owns the token, the organisation, and where the token came from."""

    login: str
    display: str
    id: str
    org: str | None
    org_kind: str | None  # "360" or "cloud"; None: Yandex's internal Tracker
    source: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What applies to a call that sets nothing else: time zone, language, time limit (s)."""

    tz: str = "UTC"
    lang: str | None = None
    timeout: float | None = None

    def start(self, options: FetchOptions) -> Operation:
        """Begin a call. Raises BadOption for an invalid time limit, language or time zone."""
        timeout = options.get("timeout")
        limit_s = self.timeout if timeout is None else timeout
        if limit_s is not None and not (isinstance(limit_s, (int, float)) and limit_s > 0):
            raise BadOption(f"a timeout must be a number of seconds above zero, not {limit_s!r}")
        lang = options.get("lang") or self.lang
        if lang and not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", str(lang)):
            raise BadOption(f"{lang!r} is not a language", hint="The service has ru and en.")
        tz = options.get("tz") or self.tz
        validate_zone(tz)
        return Operation(limit_s, options.get("progress"), lang=lang, tz=tz)


class Connection:
    """A login at a service, shared by all threads of a process.

    `client` sends requests, `dictionaries` holds the lists that are requested once. Methods that take an `operation`
    may send requests, and are called in the operation's worker.
    """

    def __init__(
        self,
        login: Login,
        organisation: Organisation | None,
        base_url: str,
        web_url: str,
        *,
        search_rps: float | None,
        other_rps: float | None,
    ) -> None:
        self.number = next(_numbers)
        _connections[self.number] = self
        self.login = login
        self.organisation = organisation
        self.base_url = base_url
        self.web_url = web_url
        self.transport = Transport([base_url])
        limiters = SHARED.get((base_url, organisation, login.owner), lambda: RateLimiters(search_rps, other_rps))
        self.client = Client(self.transport, login, organisation, base_url, limiters)
        self.dictionaries = DictionaryCache(self.client)
        self.limit_requests(search_rps, other_rps)
        self._me: Me | None = None
        self._gate = PerProcess(threading.Lock)

    @property
    def known_me(self) -> Me | None:
        """The user, if already requested."""
        return self._me

    def me(self, operation: Operation) -> Me:
        """The user, requested only once. Raises NotLoggedIn, WrongOrganisation."""
        with locked_within(operation, self._gate.value):
            if self._me is None:
                record = self.client.fetch(operation, Request("GET", "myself", reads="object")).data
                org = self.organisation
                self._me = Me(
                    login=_text_of(record, "login"),
                    display=_text_of(record, "display"),
                    id=_text_of(record, "uid", "trackerUid", "cloudUid"),
                    org=org.id if org else None,
                    org_kind=org.kind if org else None,
                    source=self.login.source,
                    expires_at=self.login.expires_at,
                )
                self._share_limits(self._me.id)
            return self._me

    def _share_limits(self, uid: str) -> None:
        """Share rate limits with the other tokens of this user: the service counts their requests together."""
        if uid:
            own = self.client.limiters
            self.client.share_limiters(SHARED.get((self.base_url, self.organisation, uid), lambda: own))
            self.limit_requests(own["search"].rate, own["other"].rate)

    def limit_requests(self, search_rps: float | None, other_rps: float | None) -> None:
        """Limit the requests per second (None: no limit) of all Trackers of this login in the process."""
        for name, rate in (("search_rps", search_rps), ("other_rps", other_rps)):
            if rate is not None and not (isinstance(rate, (int, float)) and rate > 0):
                raise BadOption(f"{name} must be a number above zero, or None for no limit, not {rate!r}")
        self.client.limiters["search"].set_rate(search_rps)
        self.client.limiters["other"].set_rate(other_rps)

    def schema(
        self, operation: Operation, queues: Sequence[str] = (), names: Iterable[str] = (), *, optional: bool = False
    ) -> Schema:
        """The fields of the organisation and of these queues, in every language if that is needed to know all `names`.

        Raises NotFound for a queue that this login may not see, unless `optional`.
        """
        fields = self.dictionaries.get(operation, "fields")
        local = self.local_fields(operation, queues, optional=optional)
        schema = Schema.from_records(fields, local)
        if all(map(schema.knows, names)):
            return schema
        translated = self.dictionaries.in_every_language
        fields = [*fields, *translated(operation, "fields")]
        for queue, records in local.items():
            local[queue] = [*records, *translated(operation, "local_fields", queue=queue)]
        return Schema.from_records(fields, local)

    def local_fields(
        self, operation: Operation, queues: Iterable[str], *, optional: bool = False
    ) -> dict[str, Records]:
        """The local fields by queue. Raises NotFound for a queue that this login may not see; `optional` skips it."""
        by_queue = {}
        for queue in queues:
            try:
                by_queue[queue] = self.dictionaries.get(operation, "local_fields", queue=queue)
            except WrongOrganisation:
                raise
            except (NotFound, Forbidden) as error:
                if not optional:
                    raise self._no_queue(operation, queue, error) from None
        return by_queue

    def _no_queue(self, operation: Operation, queue: str, error: Refused) -> Refused:
        hint = "It does not exist, or this login may not see it."
        with suppress(TrackerError):  # the error is more important than the nearest names
            hint += f" {did_you_mean(QUEUE, queue, self.dictionaries.get(operation, 'queues'))}"
        return error.rephrased(f"queue {queue}: {'; '.join(error.messages) or error.message}", hint)

    def versions(self, operation: Operation, queue: str) -> Records:
        """The versions of a queue, given by key or name. Raises NotFound or BadOption for an unknown one."""
        key = queue if is_queue_key(queue) else self.find(operation, QUEUE, queue).id
        try:
            return self.dictionaries.refresh(operation, "versions", queue=key)
        except NotFound as error:
            raise self._no_queue(operation, queue, error) from None

    def without_local_fields(self, operation: Operation, queues: Iterable[str]) -> list[str]:
        """Those of the queues, given by key or by name, whose local fields were not requested yet."""
        return [queue for queue in queues if not self.dictionaries.has(operation, "local_fields", queue=queue)]

    def request_local_fields(self, operation: Operation, queue: str) -> None:
        """Request the local fields of a queue, so that `local_fields` has them; a name that is no key is left out."""
        if is_queue_key(queue):
            self.dictionaries.get(operation, "local_fields", queue=queue)

    def queue_keys(self, operation: Operation, queues: Iterable[str]) -> list[str]:
        """The keys of queues given by key or by name, case-insensitive like the query language."""
        names = list(dict.fromkeys(queues))
        if all(map(is_queue_key, names)):
            return names
        matches = _keys_of_queues(names, self.dictionaries.get(operation, "queues"))
        if not all(matches):
            matches = _keys_of_queues(names, self.dictionaries.refresh(operation, "queues"))
        return list(dict.fromkeys(key for key in matches if key))

    def logins(self, operation: Operation) -> dict[str, str]:
        """The logins of all users by uid."""
        users = self.dictionaries.get(operation, "users")
        return {str(user.get("uid")): str(user.get("login", "")) for user in users}

    def find(self, operation: Operation, kind: ItemKind, typed: str) -> Item:
        """The only item that a name stands for; if none does, the list is read once more. Raises BadOption."""
        records = self.dictionaries.get(operation, kind.list_name)
        found = matches(kind, records, typed)
        if not found:
            records = self.dictionaries.refresh(operation, kind.list_name)
            found = matches(kind, records, typed)
        if len(found) != 1:
            raise several(kind, typed, found) if found else unknown(kind, typed, records)
        return found[0]

    def status_types(self, operation: Operation, *, known_only: bool = False) -> dict[str, str | None]:
        """The type of each status by its key, None if it has none; with `known_only` no request, perhaps no status."""
        if known_only and not self.dictionaries.has(operation, "statuses"):
            return {}
        statuses = self.dictionaries.get(operation, "statuses")
        return {str(status["key"]): status.get("type") for status in statuses if "key" in status}

    def describe(self, frame: "pd.DataFrame", operation: Operation, **facts: Any) -> "pd.DataFrame":
        """Return the frame with `attrs["tracker"]` set: plain JSON, so that Parquet and concat keep working."""
        me = self._me
        frame.attrs["tracker"] = {
            "query": None,
            "org": me.org if me else None,
            "login": me.login if me else None,
            "fetched_at": operation.clock.now().isoformat(timespec="seconds"),
            "total": len(frame),
            "rows": len(frame),
            "truncated": False,
            "missing": [],
            "requests": operation.requests,
            "elapsed_s": round(operation.elapsed_s, 3),
            "tz": operation.tz,
            "lang": operation.lang,
            "units": {},
            "url": self.web_url,
            **self.without_secrets(facts),
        }
        return frame

    def without_secrets(self, facts: Any) -> Any:
        """What is shown and saved of a question: dots for the token and for whatever looks like one."""
        if isinstance(facts, str):
            return masked(self.login.without_token(facts))
        if isinstance(facts, dict):
            return {self.without_secrets(name): self.without_secrets(fact) for name, fact in facts.items()}
        return [self.without_secrets(fact) for fact in facts] if isinstance(facts, (list, tuple)) else facts


_numbers: Final = count(1)
_connections: Final[WeakValueDictionary[int, Connection]] = WeakValueDictionary()


def connection_of(number: int) -> Connection | None:
    """The connection with this number, if this process or the one it was forked from has it."""
    return _connections.get(number)


def checked_address(base_url: str | None) -> str:
    """The API's URL without a trailing slash. Raises BadOption for one that would send the token unencrypted."""
    address = (base_url or Addresses().api).strip()
    if problem := address_problem(address):
        raise BadOption(problem, hint="base_url must look like https://host or https://host:port.")
    return address.rstrip("/")


def login_with(token: str | Secret | None, iam_token: str | Secret | None) -> Login:
    """The login for a token given as an argument. Raises BadOption for two tokens, none, or an impossible one."""
    token, iam_token = _concealed(token), _concealed(iam_token)  # no traceback's frame keeps the plain text
    if (token is None) == (iam_token is None):
        problem = "two tokens were given: token and iam_token" if token else "no token was given"
        raise BadOption(problem, hint="Give one: token= (OAuth) or iam_token= (Yandex Cloud); or use connect().")
    secret = token or iam_token
    if secret is None or not usable(secret.reveal()):
        raise BadOption("the token is empty or has characters that no token has", hint="Copy it again, without quotes.")
    return Login(Token(secret, "OAuth" if token is not None else "Bearer"), "argument")


def _concealed(token: str | Secret | None) -> Secret | None:
    return None if token is None else Secret(cleaned(Secret.of(token).reveal()))


def _text_of(record: dict[str, Any], *names: str) -> str:
    """The first of these members that is a text or a number, as it can be shown; empty if none is."""
    values = (record.get(name) for name in names)
    return next((printable(str(value)) for value in values if value and isinstance(value, (str, int))), "")


def _keys_of_queues(names: Sequence[str], queues: Records) -> list[str | None]:
    """The keys of queues that are given by key or by name; None for an unknown name."""
    keys = {str(queue.get(field)).lower(): str(queue["key"]) for field in ("name", "key") for queue in queues}
    keys |= {str(queue.get("name")): str(queue["key"]) for queue in queues}
    return [name if is_queue_key(name) else keys.get(name, keys.get(name.lower())) for name in names]


def is_queue_key(name: str) -> bool:
    """Whether a text has the form of a queue's key."""
    return name.isascii() and name.replace("_", "").isalnum() and name == name.upper()
