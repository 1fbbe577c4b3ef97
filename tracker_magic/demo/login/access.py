"""The credentials that the service accepts: applications, OAuth and IAM tokens, service accounts, organisations.

Tokens are made with `secrets` at every start; none of them is ever part of a repr.
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
NOT_PROVIDED = "not provided"  # the official client sends this text when it has no value
SCOPES = ("tracker:read",)  # what the login form tells people to give their app
CLOUD_APP = "1a6990aa636648e9b2ef855fa7bec2fb"  # the public id of Yandex Cloud's own application

_ALPHANUMERIC = string.ascii_letters + string.digits


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Switches:
    """How the login services behave; slow responses and broken connections are `Behaviour.faults`."""

    consent: Literal["ask", "given", "deny", "moderation"] = "ask"  # given: /authorize redirects without asking
    code_form: Literal["digits", "letters"] = "letters"  # confirmation codes have 7 digits or 16 characters
    code_lifetime_s: int = 600
    token_lifetime_s: int = 31_536_000
    secretless: bool = True  # a code with a PKCE challenge, and refreshing its token, needs no secret
    granted_scope: str | None = None  # a narrower scope than requested; the reply then has `scope`
    refresh_keeps_token: bool = True  # refreshing returns the same access token, with a new refresh token
    token_error: str | None = None  # the error that /token returns for every request
    invalid_client_status: Literal[400, 401] = 400
    device_lifetime_s: int = 300
    device_interval_s: int = 5
    device_secretless: bool = False
    device_approve_after: int | None = None  # approve at this poll; None: a person approves on /device
    device_deny: bool = False
    device_slow_down: bool = False  # polling faster than the interval returns slow_down
    passport_exchange: bool = True  # exchanging an OAuth token for an IAM token; Yandex Cloud is withdrawing it
    iam_error: Literal[400, 401, 403, 503] | None = None
    iam_same_token: bool = False  # a second request returns the same token
    iam_lifetime_s: int = 43_200
    iam_fraction_digits: Literal[0, 3, 6, 9] = 9
    metadata_account: bool = True  # False: the virtual machine has no service account


@dataclass(frozen=True, slots=True)
class App:
    """A registered application; without `redirects` its redirect URI is the page /verification_code."""

    client_id: str
    secret: str | None = field(repr=False)
    name: str
    scopes: tuple[str, ...] = SCOPES
    redirects: tuple[str, ...] = ()


@dataclass(slots=True)
class Grant:
    """The rights of a token."""

    uid: str
    expires_at: datetime
    client_id: str | None = None
    scopes: tuple[str, ...] = SCOPES
    device_id: str | None = None
    secretless: bool = False
    refresh: str | None = field(default=None, repr=False)
    refresh_until: datetime | None = None
    account: str | None = None  # the service account of an IAM token


@dataclass(slots=True)
class ServiceAccount:
    """A service account with its authorised keys (key id → public PEM).

    `enabled`: support has enabled it for Tracker, as https://yandex.ru/support/tracker/ru/api-ref/access requires.
    """

    id: str
    uid: str
    keys: dict[str, str] = field(default_factory=dict)
    enabled: bool = True


class Access:
    """Tokens, applications and organisations of one embedded Tracker; `clock` returns an aware UTC time."""

    def __init__(self, world: World, *, internal: bool = False, clock: Callable[[], datetime] = _now) -> None:
        self.me = world.me
        self.internal = internal  # the variant of the service that has no organisations
        self.clock = clock
        self.switches = Switches()
        self.org_id = str(1_000_000 + secrets.randbelow(9_000_000))
        self.cloud_org_id = "bpf" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(17))
        app = App(uuid.uuid4().hex, secrets.token_hex(16), "tracker_magic demo")
        self.client_id = app.client_id
        self.client_secret = app.secret or ""
        self.apps = {app.client_id: app, CLOUD_APP: App(CLOUD_APP, None, "Yandex Cloud", scopes=())}
        self.confirmation = secrets.token_urlsafe(16)  # in the forms of /authorize and /device
        self.accounts: dict[str, ServiceAccount] = {}
        self.oauth: dict[str, Grant] = {}
        self.iam: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        self.devices: dict[str, Device] = {}  # by device code
        self.consents: set[tuple[str, tuple[str, ...]]] = set()  # (client id, scopes) that the person has allowed
        self.token = self.issue(self.me, device_id=str(uuid.uuid4()))
        robot = next((user.uid for user in world.users.values() if (user.login or "").startswith("robot-")), self.me)
        self.account = self.add_account(robot)

    def add_app(self, name: str, *, redirects: tuple[str, ...] = (), scopes: tuple[str, ...] = SCOPES) -> App:
        """Register another application."""
        app = App(uuid.uuid4().hex, secrets.token_hex(16), name, scopes, redirects)
        self.apps[app.client_id] = app
        return app

    def add_account(self, uid: str, keys: Mapping[str, str] | None = None, *, enabled: bool = True) -> ServiceAccount:
        """Add a service account that acts as the user `uid`; `keys` are public PEM texts by key id."""
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
        """Issue an OAuth token; its grant has the refresh token."""
        token, expires_at = "y0_" + _random_text(58), self._expiry()
        self.oauth[token] = Grant(
            uid, expires_at, client_id or self.client_id, scopes, device_id, secretless, _refresh_token(), expires_at
        )
        return token

    def renew(self, token: str) -> str:
        """Refresh a token: a new refresh token and expiry, and a new access token unless `refresh_keeps_token`."""
        grant = self.oauth[token]
        grant.expires_at = grant.refresh_until = self._expiry()
        grant.refresh = _refresh_token()
        if self.switches.refresh_keeps_token:
            return token
        new_token = "y0_" + _random_text(58)
        self.oauth[new_token] = self.oauth.pop(token)
        return new_token

    def issue_iam(self, uid: str, *, account: str | None = None) -> str:
        """Issue an IAM token; with `iam_same_token`, the valid token of the same subject if there is one."""
        if self.switches.iam_same_token:
            for old, grant in list(self.iam.items()):  # a copy: another request may add a token meanwhile
                if (grant.uid, grant.account) == (uid, account) and grant.expires_at > self.clock():
                    return old
        token = f"t1.{_random_text(120)}.{_random_text(86)}"
        expires_at = self.clock() + timedelta(seconds=self.switches.iam_lifetime_s)
        self.iam[token] = Grant(uid, expires_at, account=account)
        return token

    def expire(self, token: str) -> None:
        """Let a token expire now; its refresh token stays valid."""
        self._grants(token)[token].expires_at = self.clock()

    def revoke(self, token: str) -> Grant | None:
        """Remove a token and return its grant, or None if there was none."""
        return self._grants(token).pop(token, None)

    def alive(self, token: str) -> Grant | None:
        """The grant of a token; None if it is unknown, revoked or expired."""
        grant = self._grants(token).get(token)
        return grant if grant and grant.expires_at > self.clock() else None

    def caller(self, headers: Mapping[str, str], behaviour: Behaviour) -> str:
        """The uid of the user whose token these headers carry; names in any case. ApiError 401 or 403."""
        headers = {name.lower(): value for name, value in headers.items()}
        scheme, _, token = headers.get("authorization", "").partition(" ")
        grant = self.alive(token) if _scheme_fits(scheme, token) else None
        if grant is None or not self._is_enabled(grant):
            raise ApiError(401, "Unauthorized")
        self._check_organisation(headers, behaviour, iam=scheme == "Bearer")
        return grant.uid

    def _is_enabled(self, grant: Grant) -> bool:
        return grant.account is None or (grant.account in self.accounts and self.accounts[grant.account].enabled)

    def _check_organisation(self, headers: Mapping[str, str], behaviour: Behaviour, *, iam: bool) -> None:
        sent = tuple(_header_value(headers, name) for name in ("x-org-id", "x-cloud-org-id"))
        if sent == (None, None):
            if not self.internal:
                raise ApiError(behaviour.missing_org_status, WRONG_ORG)
            return
        accepted: set[tuple[str | None, ...]] = {(None, self.cloud_org_id)}
        if not iam or behaviour.iam_with_org_id:
            accepted.add((self.org_id, None))
        if sent not in accepted:
            raise ApiError(403, WRONG_ORG)

    def _grants(self, token: str) -> dict[str, Grant]:
        return self.iam if token.startswith("t1.") else self.oauth

    def _expiry(self) -> datetime:
        return self.clock() + timedelta(seconds=self.switches.token_lifetime_s)


def _scheme_fits(scheme: str, token: str) -> bool:
    """Whether a token was sent with the scheme of its kind: https://yandex.ru/support/tracker/ru/api-ref/access."""
    return (scheme == "OAuth" and token.startswith("y")) or (scheme == "Bearer" and token.startswith("t1."))


def _header_value(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name, "").strip()
    return value if value and value != NOT_PROVIDED else None


def _refresh_token() -> str:
    return f"1:{_random_text(60)}:{_random_text(61)}"


def _cloud_id() -> str:
    return "aje" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(17))
