"""The strategies to log in without questions, and the choice among them.

https://yandex.ru/support/tracker/ru/api-ref/access
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex
from typing import Final

from tracker_magic.auth import environment, iam, remembered, yc
from tracker_magic.auth.login import Clock, Login, TokenProvider
from tracker_magic.auth.oauth import App, Device
from tracker_magic.auth.profiles import DEFAULT, NOT_WRITABLE, Profile, Profiles
from tracker_magic.auth.services import Services
from tracker_magic.auth.token import Organisation, Token
from tracker_magic.errors import BadOption, LoginError, NotLoggedIn, TrackerError, UnsavedLogin
from tracker_magic.printable import cleaned, quoted
from tracker_magic.secret import SafeRepr, Secret, SecretMapping
from tracker_magic.settings import ADDRESS_NAMES, Addresses
from tracker_magic.transport.cancellation import CancellationToken

DEVICE_NAME: Final = "tracker_magic"
_UNSAVED_DEVICE_ID: Final = token_hex(16)

NOT_ENABLED: Final = (
    "Tracker's support must first enable the service account: write to them with the ids of the organisation and of "
    "the service account. Logging in again will not help."
)


@dataclass(frozen=True, slots=True, repr=False)
class Credentials(SafeRepr):
    """A login with the organisation and the addresses it is for.

    `note` is what the person should know about it; `profile` is the name under which it is stored ("": not stored).
    """

    login: Login
    organisation: Organisation | None
    addresses: Addresses
    note: str = ""
    app: App | None = None
    profile: str = ""


class LoginContext:
    """What every way to log in needs: the environment, the services' addresses, the stored profiles, the clock.

    `cancellation` ends what such a login waits for: requests, and the program `yc`.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        clock: Clock | None = None,
        cancellation: CancellationToken | None = None,
    ) -> None:
        self.environ = environ = SecretMapping(environ)
        self.addresses = Addresses.from_environment(environ)
        self.profiles = Profiles.of(environ)
        self.clock = clock or Clock()
        self.cancellation = cancellation or CancellationToken()

    @property
    def services(self) -> Services:
        """The login services at the addresses of the environment."""
        return Services(self.addresses, clock=self.clock, cancellation=self.cancellation)

    @property
    def device(self) -> Device:
        """This installation; if its id cannot be saved, one that lasts as long as this process."""
        try:
            device_id = self.profiles.device_id()
        except LoginError as error:
            if error.reason != NOT_WRITABLE:
                raise
            device_id = _UNSAVED_DEVICE_ID
        return Device(device_id, DEVICE_NAME)

    def app(self, client_id: str = "", client_secret: Secret | None = None) -> App | None:
        """The app with this ClientID; without one, that of the environment, the default profile or the last login.

        A missing secret is also taken from there, if it belongs to the same ClientID.
        """
        client_id = cleaned(client_id)
        client_secret = Secret(cleaned(client_secret.reveal())) if client_secret else None
        known = environment.app(self.environ) or self._stored_app()
        if client_id and (known is None or known.client_id != client_id):
            return App(client_id, client_secret)
        return replace(known, secret=client_secret or known.secret) if known else None

    def _stored_app(self) -> App | None:
        try:
            profile = self.profiles.load()
        except TrackerError:  # a damaged profile must not prevent a new login
            profile = None
        if profile and profile.app:
            return profile.app
        client_id = remembered.recall(self.profiles.home, self.addresses.api).client_id
        return App(client_id) if client_id else None

    def oauth_credentials(self, app: App, token: Token, source: str, organisation: Organisation | None) -> Credentials:
        """The credentials of a login that a person has just made with `app`."""
        login = Login(token, source, OAuthTokenProvider(self.services, app, token), clock=self.clock)
        return Credentials(login, organisation, self.addresses, app=app)


class OAuthTokenProvider(TokenProvider):
    """Renews a token by its refresh token, and revokes it, as the app that obtained it."""

    def __init__(self, services: Services, app: App, token: Token) -> None:
        self.is_renewable = token.refresh is not None
        self._services = services
        self._app = app

    def renew(self, token: Token) -> Token:
        """Obtain the next token at the service."""
        return self._services.refreshed(self._app, token)

    def revoke(self, token: Token) -> bool:
        """Revoke the token at the service."""
        self._services.revoke(self._app, token)
        return True


class StoredTokenProvider(OAuthTokenProvider):
    """Renews the token of a stored profile, or takes the one that another process has stored meanwhile.

    A refresh token can be used once, so the profile is locked during a renewal.
    """

    def __init__(self, services: Services, app: App, profiles: Profiles, profile: Profile) -> None:
        super().__init__(services, app, profile.token)
        self._profiles = profiles
        self._profile = profile
        self._last_stored = profile.token  # as this login last read or wrote it
        self._warnings = deque[Warning]()

    def renew(self, token: Token) -> Token:
        """Obtain the next token from the profile or at the service; a new one is stored before it is used."""
        with self._profiles.locked(self._profile.name):
            profile = self._load()
            if profile is not None and profile.token != self._last_stored:
                self._last_stored = profile.token
                return profile.token
            token = super().renew(token)
            if profile is not None:
                self._save(replace(profile, token=token))
            return token

    def take_warnings(self) -> list[Warning]:
        """Return the warnings about tokens that could not be stored, each of them once."""
        warnings: list[Warning] = []
        with suppress(IndexError):  # the deque is empty
            while True:
                warnings.append(self._warnings.popleft())
        return warnings

    def _load(self) -> Profile | None:
        """The stored profile; None if it was removed, or replaced by another login of the same name."""
        old, new = self._profile, self._profiles.load(self._profile.name)
        is_same = new is not None and (
            (new.api, new.oauth, new.user, new.app) == (old.api, old.oauth, old.user, old.app)
        )
        return new if is_same else None

    def _save(self, profile: Profile) -> None:
        """Store a profile; if that fails, its token still serves this kernel, since the former one is used up."""
        try:
            self._profiles.save(profile)
            self._last_stored = profile.token
        except TrackerError as error:
            self._warnings.append(UnsavedLogin(f"The renewed login was not saved: {error}"))


class IamTokenProvider(TokenProvider, ABC):
    """Fetches a new IAM token whenever one is needed; `fetch` differs by class."""

    is_renewable = True

    @abstractmethod
    def fetch(self) -> Token:
        """Fetch an IAM token. Raises LoginError, NoAnswer, ServiceBroken, UnexpectedReply, BadOption."""

    def renew(self, token: Token) -> Token:  # noqa: ARG002 - IAM tokens do not follow from each other
        """Fetch another token."""
        return self.fetch()


@dataclass(frozen=True, slots=True, repr=False)
class ServiceAccountTokenProvider(SafeRepr, IamTokenProvider):
    """Exchanges a JWT, signed with an authorised key, for an IAM token.

    https://yandex.cloud/en/docs/iam/operations/iam-token/create-for-sa
    """

    rejection_reason = "service_account_not_enabled"
    rejection_hint = NOT_ENABLED

    services: Services
    key: iam.ServiceAccountKey

    def fetch(self) -> Token:
        """Sign a JWT and exchange it."""
        return self.services.exchange_jwt(partial(iam.signed_jwt, self.key))


@dataclass(frozen=True, slots=True, repr=False)
class MetadataTokenProvider(SafeRepr, IamTokenProvider):
    """Gets the IAM token of the service account that is linked to this virtual machine."""

    rejection_reason = "service_account_not_enabled"
    rejection_hint = NOT_ENABLED

    services: Services

    def fetch(self) -> Token:
        """Request the token from the metadata service."""
        return self.services.metadata_token()


@dataclass(frozen=True, slots=True, repr=False)
class YcTokenProvider(SafeRepr, IamTokenProvider):
    """Gets the IAM token of the person who is logged in to the `yc` program (`profile` is one of yc's)."""

    profile: str | None
    context: LoginContext

    def fetch(self) -> Token:
        """Run `yc iam create-token`."""
        return yc.create_token(self.profile, self.context.clock.now(), self.context.cancellation)


@dataclass(frozen=True, slots=True, repr=False)
class ExchangeTokenProvider(SafeRepr, IamTokenProvider):
    """Exchanges an OAuth token for an IAM token."""

    services: Services
    oauth_token: Secret

    def fetch(self) -> Token:
        """Exchange the OAuth token."""
        return self.services.exchange_oauth_token(self.oauth_token)


def environment_credentials(context: LoginContext, profile: str | None = None) -> Credentials:  # noqa: ARG001
    """The token, or else the service account's key, in the environment. Raises NotLoggedIn, SettingsError."""
    login = environment.login(context.environ, context.clock)  # first, since it reports every mistake at once
    organisation = environment.organisation_of(context.environ)
    if login is not None:
        credentials = Credentials(login, organisation, context.addresses)
    elif environment.service_key(context.environ) is not None:
        credentials = service_account_credentials(context)
    else:
        raise NotLoggedIn("the environment contains no token", hint=environment.CURE, reason="no_token_in_environment")
    if DEFAULT not in context.profiles.names():
        return credentials
    note = f"{credentials.login.source} hides the stored profile {DEFAULT!r}; unset it, or use --strategy stored."
    return replace(credentials, note=note)


def stored_credentials(context: LoginContext, profile: str | None = None) -> Credentials:
    """The login of a stored profile, which is sent only to the addresses it was made for. Raises NotLoggedIn."""
    name = profile or DEFAULT
    stored = context.profiles.load(name)
    if stored is None:
        raise NotLoggedIn(
            "there is no stored profile with this name",
            hint=environment.CURE,
            reason="no_such_profile",
            detail=quoted(name),
        )
    if context.environ.get(ADDRESS_NAMES["api"]) and context.addresses.api != stored.api:
        raise NotLoggedIn(
            f"the profile {name!r} belongs to {stored.api}, but the environment names {context.addresses.api}",
            hint="Its token is not sent anywhere else: unset TRACKER_API_BASE_URL, or log in again.",
            reason="profile_of_other_address",
        )
    addresses = replace(context.addresses, api=stored.api, oauth=stored.oauth)
    provider = None
    if stored.app:
        services = Services(addresses, clock=context.clock)
        provider = StoredTokenProvider(services, stored.app, context.profiles, stored)
    login = Login(stored.token, f"profile {name}", provider, clock=context.clock)
    organisation = stored.organisation or environment.organisation_of(context.environ)
    return Credentials(login, organisation, addresses, app=stored.app, profile=name)


def service_account_credentials(context: LoginContext, profile: str | None = None) -> Credentials:  # noqa: ARG001
    """The service account whose key is in the environment. Raises NotLoggedIn, SettingsError, LoginRefused."""
    key = environment.service_key(context.environ)
    if key is None:
        *others, last = environment.KEY_NAMES
        raise NotLoggedIn(
            "the environment contains no service account key",
            hint=f"Set {environment.KEY_TEXT_NAME}, {environment.KEY_FILE_NAME}, or {', '.join(others)} and {last}.",
            reason="no_service_account_key",
        )
    provider = ServiceAccountTokenProvider(context.services, key)
    return _iam_credentials(context, provider, f"service account {key.account_id}")


def metadata_credentials(context: LoginContext, profile: str | None = None) -> Credentials:  # noqa: ARG001
    """The service account of this virtual machine; only on request, since it is not the person."""
    credentials = _iam_credentials(context, MetadataTokenProvider(context.services), "metadata of this machine")
    return replace(credentials, note="Requests act as this machine's service account, not as you.")


def yc_credentials(context: LoginContext, profile: str | None = None) -> Credentials:
    """The person who is logged in to `yc`; `profile` is one of yc's."""
    return _iam_credentials(context, YcTokenProvider(profile, context), "yc iam create-token")


def exchange_credentials(context: LoginContext, profile: str | None = None) -> Credentials:  # noqa: ARG001
    """The OAuth token in the environment, exchanged for an IAM token. Raises NotLoggedIn, LoginRefused."""
    oauth_token = environment.oauth_token(context.environ)
    if oauth_token is None:
        raise NotLoggedIn(
            "the exchange needs an OAuth token in TRACKER_TOKEN",
            hint=environment.CURE,
            reason="no_oauth_token_to_exchange",
        )
    provider = ExchangeTokenProvider(context.services, oauth_token)
    credentials = _iam_credentials(context, provider, "OAuth token exchanged for an IAM token")
    note = "Yandex Cloud is withdrawing this exchange (by the end of 2026); prefer `yc`."
    return replace(credentials, note=note)


def _iam_credentials(context: LoginContext, provider: IamTokenProvider, source: str) -> Credentials:
    organisation = environment.organisation_of(context.environ)  # its mistakes are reported before anything is sent
    login = Login(provider.fetch(), source, provider, clock=context.clock)
    return Credentials(login, organisation, context.addresses)


# The strategies that ask no questions, by their names for `--strategy`.
NON_INTERACTIVE: Final[dict[str, Callable[[LoginContext, str | None], Credentials]]] = {
    "env": environment_credentials,
    "stored": stored_credentials,
    "yc": yc_credentials,
    "service-account": service_account_credentials,
    "metadata": metadata_credentials,
    "exchange": exchange_credentials,
}
INTERACTIVE: Final = ("device", "code", "token", "iam")
STRATEGIES: Final = (*list(NON_INTERACTIVE)[:2], *INTERACTIVE, *list(NON_INTERACTIVE)[2:])


def credentials_for(context: LoginContext, strategy: str, profile: str | None = None) -> Credentials:
    """The credentials that one strategy finds. Raises BadOption for an interactive one."""
    if strategy not in NON_INTERACTIVE:
        raise BadOption(
            f"the strategy {strategy!r} needs a person who answers questions",
            hint=f"Without questions: {', '.join(NON_INTERACTIVE)}.",
            reason="strategy_is_interactive",
        )
    return NON_INTERACTIVE[strategy](context, profile)


def default_credentials(context: LoginContext, profile: str | None = None, *, stored: str = DEFAULT) -> Credentials:
    """The credentials available without questions: those of the environment, else of the profile `stored`.

    With `profile`, only that stored profile is tried. Raises NotLoggedIn, SettingsError.
    """
    if profile is not None:
        return stored_credentials(context, profile)
    try:
        return environment_credentials(context)
    except NotLoggedIn:
        if stored not in context.profiles.names():
            raise
        return stored_credentials(context, stored)
