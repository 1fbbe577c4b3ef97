"""Who may come in: applications, tokens of both kinds, service accounts, and the check of a request's headers.

Facts: AUTH 0, 3 and 7. Tokens are made from `secrets` at every start; none of them ever stands in a repr.
"""

import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.model import World
from tracker_magic.demo.service import ApiError

if TYPE_CHECKING:
    from tracker_magic.demo.login.codes import Code, Device

WRONG_ORG = "Organization is not available, not ready or not found"
NOT_PROVIDED = "not provided"  # what the official client sends in place of nothing
SCOPES = ("tracker:read", "tracker:write")
CLOUD_APP = "1a6990aa636648e9b2ef855fa7bec2fb"  # the public id of Yandex Cloud's own application (AUTH 2.2.3)

_LETTERS = string.ascii_letters + string.digits


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Switches:
    """How the login services behave (AUTH 7); slow answers and broken connections are `Behaviour.faults`."""

    consent: Literal["ask", "given", "deny", "moderation"] = "ask"  # given: /authorize redirects at once
    code_form: Literal["digits", "letters"] = "letters"  # a code of 7 digits or of 16 characters
    code_lifetime_s: int = 600
    token_lifetime_s: int = 31_536_000
    secretless: bool = True  # a code with a challenge, and the refresh of its token, need no secret
    granted_scope: str | None = None  # rights narrower than asked: then `scope` stands in the answer
    refresh_keeps_token: bool = True  # a refresh gives the same access token and a new refresh token
    token_error: str | None = None  # what /token answers to every request
    invalid_client_status: Literal[400, 401] = 400
    device_lifetime_s: int = 300
    device_interval_s: int = 5
    device_secretless: bool = False
    device_approve_after: int | None = None  # approve by itself at this poll; None: a person does on /device
    device_deny: bool = False
    device_slow_down: bool = False  # polling faster than the interval gets slow_down
    passport_exchange: bool = True  # OAuth → IAM, being withdrawn (AUTH 2.2.4)
    iam_error: Literal[400, 401, 403, 503] | None = None
    iam_same_token: bool = False  # a second request gives the token of the first
    iam_lifetime_s: int = 43_200
    iam_fraction_digits: Literal[0, 3, 6, 9] = 9
    metadata_account: bool = True  # False: no service account is linked to the machine


@dataclass(frozen=True, slots=True)
class App:
    """A registered application; without redirects of its own it has the page /verification_code."""

    client_id: str
    secret: str | None = field(repr=False)
    name: str
    scopes: tuple[str, ...] = SCOPES
    redirects: tuple[str, ...] = ()


@dataclass(slots=True)
class Grant:
    """What a token stands for."""

    uid: str
    expires_at: datetime
    client_id: str | None = None
    scopes: tuple[str, ...] = SCOPES
    device_id: str | None = None
    secretless: bool = False
    refresh: str | None = field(default=None, repr=False)
    refresh_until: datetime | None = None
    account: str | None = None  # of an IAM token: the service account


@dataclass(slots=True)
class ServiceAccount:
    """A robot with authorised keys (key id → public PEM); `enabled`: Tracker's support has let it in (AUTH 2.3)."""

    id: str
    uid: str
    keys: dict[str, str] = field(default_factory=dict)
    enabled: bool = True


class Access:
    """Tokens, applications and organisations of one embedded Tracker. `clock` tells the time, aware UTC."""

    def __init__(self, world: World, *, internal: bool = False, clock: Callable[[], datetime] = _now) -> None:
        self.me = world.me
        self.internal = internal  # the variant without organisations (AUTH 4)
        self.clock = clock
        self.switches = Switches()
        self.org_id = str(1_000_000 + secrets.randbelow(9_000_000))
        self.cloud_org_id = "bpf" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(17))
        app = App(uuid.uuid4().hex, secrets.token_hex(16), "tracker_magic demo")
        self.client_id = app.client_id
        self.client_secret = app.secret or ""
        self.apps = {app.client_id: app, CLOUD_APP: App(CLOUD_APP, None, "Yandex Cloud", scopes=())}
        self.accounts: dict[str, ServiceAccount] = {}
        self.oauth: dict[str, Grant] = {}
        self.iam: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        self.devices: dict[str, Device] = {}  # by device code
        self.consents: set[tuple[str, tuple[str, ...]]] = set()  # (client id, rights) the person has allowed
        self.token = self.issue(self.me, device_id=str(uuid.uuid4()))
        robot = next((user.uid for user in world.users.values() if (user.login or "").startswith("robot-")), self.me)
        self.account = self.add_account(robot)

    def add_app(self, name: str, *, redirects: tuple[str, ...] = (), scopes: tuple[str, ...] = SCOPES) -> App:
        """Register an application of its own."""
        app = App(uuid.uuid4().hex, secrets.token_hex(16), name, scopes, redirects)
        self.apps[app.client_id] = app
        return app

    def add_account(self, uid: str, keys: Mapping[str, str] | None = None, *, enabled: bool = True) -> ServiceAccount:
        """A service account that acts as `uid`; `keys` are public PEM texts by key id."""
        account = ServiceAccount(_cloud_id(), uid, dict(keys or {}), enabled)
        self.accounts[account.id] = account
        return account

    def issue(
        self,
        uid: str,
        *,
        client_id: str | None = None,
        scopes: tuple[str, ...] = SCOPES,
        device_id: str | None = None,
        secretless: bool = False,
    ) -> str:
        """A new OAuth token with its refresh token (in its grant)."""
        token, until = "y0_" + _word(58), self._until()
        self.oauth[token] = Grant(
            uid, until, client_id or self.client_id, scopes, device_id, secretless, _refresh_token(), until
        )
        return token

    def renew(self, token: str) -> str:
        """Refresh: the same token or another, by `refresh_keeps_token`, with a new refresh token and a new end."""
        grant = self.oauth[token]
        grant.expires_at = grant.refresh_until = self._until()
        grant.refresh = _refresh_token()
        if self.switches.refresh_keeps_token:
            return token
        fresh = "y0_" + _word(58)
        self.oauth[fresh] = self.oauth.pop(token)
        return fresh

    def issue_iam(self, uid: str, *, account: str | None = None) -> str:
        """A new IAM token (or, by `iam_same_token`, the living one of the same subject)."""
        if self.switches.iam_same_token:
            for old, grant in list(self.iam.items()):  # another request may add one meanwhile
                if (grant.uid, grant.account) == (uid, account) and grant.expires_at > self.clock():
                    return old
        token = f"t1.{_word(120)}.{_word(86)}"
        until = self.clock() + timedelta(seconds=self.switches.iam_lifetime_s)
        self.iam[token] = Grant(uid, until, account=account)
        return token

    def expire(self, token: str) -> None:
        """Let a token run out now; its refresh token lives on."""
        self._grants(token)[token].expires_at = self.clock()

    def revoke(self, token: str) -> Grant | None:
        """Forget a token; what it stood for, None where there was none."""
        return self._grants(token).pop(token, None)

    def alive(self, token: str) -> Grant | None:
        """What a token stands for; None where it is unknown, revoked or run out."""
        grant = self._grants(token).get(token)
        return grant if grant and grant.expires_at > self.clock() else None

    def caller(self, headers: Mapping[str, str], behaviour: Behaviour) -> str:
        """Uid of the person whose token these headers carry, their names in any case; ApiError 401 or 403."""
        headers = {name.lower(): value for name, value in headers.items()}
        word, _, token = headers.get("authorization", "").partition(" ")
        grant = self.alive(token) if _fits(word, token) else None
        if grant is None or not self._enabled(grant):
            raise ApiError(401, "Unauthorized")
        self._check_organisation(headers, behaviour, iam=word == "Bearer")
        return grant.uid

    def _enabled(self, grant: Grant) -> bool:
        return grant.account is None or (grant.account in self.accounts and self.accounts[grant.account].enabled)

    def _check_organisation(self, headers: Mapping[str, str], behaviour: Behaviour, *, iam: bool) -> None:
        given = tuple(_given(headers, name) for name in ("x-org-id", "x-cloud-org-id"))
        if given == (None, None):
            if not self.internal:
                raise ApiError(behaviour.missing_org_status, WRONG_ORG)
            return
        right: set[tuple[str | None, ...]] = {(None, self.cloud_org_id)}
        if not iam or behaviour.iam_with_org_id:
            right.add((self.org_id, None))
        if given not in right:
            raise ApiError(403, WRONG_ORG)

    def _grants(self, token: str) -> dict[str, Grant]:
        return self.iam if token.startswith("t1.") else self.oauth

    def _until(self) -> datetime:
        return self.clock() + timedelta(seconds=self.switches.token_lifetime_s)


def _fits(word: str, token: str) -> bool:
    """Whether the word before a token is the one its kind asks for (AUTH 0.2)."""
    return (word == "OAuth" and token.startswith("y")) or (word == "Bearer" and token.startswith("t1."))


def _given(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name, "").strip()
    return value if value and value != NOT_PROVIDED else None


def _refresh_token() -> str:
    return f"1:{_word(60)}:{_word(61)}"


def _cloud_id() -> str:
    return "aje" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(17))
