"""Which way to a login applies, and what each of them does; none of these asks a person (AUTH 8)."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tracker_magic.auth import environment, iam, remembered, yc
from tracker_magic.auth.login import Login, utc_now
from tracker_magic.auth.oauth import App, Device
from tracker_magic.auth.organisation import Organisation
from tracker_magic.auth.profiles import DEFAULT, Profile, Profiles
from tracker_magic.auth.services import Services
from tracker_magic.auth.token import Token
from tracker_magic.errors import BadOption, NotLoggedIn, TrackerError, UnsavedLogin
from tracker_magic.secret import Secret, SecretMapping
from tracker_magic.settings import ADDRESS_NAMES, Addresses

DEVICE_NAME: Final = "tracker_magic"

NOT_ENABLED: Final = (
    "A service account must first be let in by Tracker's support: write to them with the organisation's id and the "
    "service account's id. Logging in again will not help."
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login with the organisation and the addresses it is for.

    `note` is what the person should know, `profile` the name under which the login rests ("": nowhere).
    """

    login: Login
    organisation: Organisation | None
    addresses: Addresses
    note: str = ""
    app: App | None = None
    profile: str = ""


class LoginContext:
    """What all ways to a login share: the environment, the services' addresses, the profiles, the clock."""

    def __init__(self, environ: Mapping[str, str], *, clock: Callable[[], datetime] = utc_now) -> None:
        self.environ = environ = SecretMapping(environ)
        self.addresses = Addresses.from_environment(environ)
        self.profiles = Profiles.of(environ)
        self.clock = clock

    @property
    def services(self) -> Services:
        """The login services at the addresses of the environment."""
        return Services(self.addresses, clock=self.clock)

    @property
    def device(self) -> Device:
        """This installation."""
        return Device(self.profiles.device_id(), DEVICE_NAME)

    def app(self, client_id: str = "", client_secret: Secret | None = None) -> App | None:
        """The app that was given, else that of the environment, of the default profile, of the last login here."""
        known = environment.app(self.environ) or self._kept_app()
        if client_id and (known is None or known.client_id != client_id):
            return App(client_id, client_secret)
        return replace(known, secret=client_secret or known.secret) if known else None

    def _kept_app(self) -> App | None:
        try:
            kept = self.profiles.load()
        except TrackerError:  # a broken profile is no reason not to log in anew
            kept = None
        if kept and kept.app:
            return kept.app
        _, client_id = remembered.recall(self.profiles.home, self.addresses.api)
        return App(client_id) if client_id else None

    def with_oauth(self, app: App, token: Token, source: str, organisation: Organisation | None) -> Credentials:
        """A login that a person has just made; it renews itself by its refresh token, and can be revoked."""
        services = self.services
        login = Login(
            token,
            source,
            renew=(lambda held: services.refreshed(app, held)) if token.refresh else None,
            revoke=lambda held: services.revoke(app, held),
            clock=self.clock,
        )
        return Credentials(login, organisation, self.addresses, app=app)


def by_environment(context: LoginContext, _: str | None = None) -> Credentials:
    """A token, or a service account's key, that the environment names."""
    login = environment.login(context.environ, context.clock)  # first, since it tells every mistake
    organisation = environment.organisation_of(context.environ)
    if login is None and environment.service_key(context.environ) is not None:
        found = by_service_account(context)
        return replace(found, note=_hidden(context, found.login))
    if login is None:
        raise NotLoggedIn("the environment names no token", hint=environment.CURE)
    return Credentials(login, organisation, context.addresses, note=_hidden(context, login))


def _hidden(context: LoginContext, login: Login) -> str:
    if DEFAULT not in context.profiles.names():
        return ""
    return f"{login.source} hides the stored profile {DEFAULT!r}; unset it, or use --strategy stored."


def by_profile(context: LoginContext, profile: str | None = None) -> Credentials:
    """A profile saved earlier; its token goes only to the addresses it was made for."""
    name = profile or DEFAULT
    kept = context.profiles.load(name)
    if kept is None:
        raise NotLoggedIn(f"there is no stored profile {name!r}", hint=environment.CURE)
    asked = context.environ.get(ADDRESS_NAMES["api"])
    if asked and context.addresses.api != kept.api:
        raise NotLoggedIn(
            f"the profile {name!r} belongs to {kept.api}, and the environment names {context.addresses.api}",
            hint="Its token is sent nowhere else: unset TRACKER_API_BASE_URL, or log in anew.",
        )
    addresses = replace(context.addresses, api=kept.api, oauth=kept.oauth)
    services = Services(addresses, clock=context.clock)
    app = kept.app
    login = Login(
        kept.token,
        f"profile {name}",
        renew=_Renewal(context, services, app, kept) if app and kept.token.refresh else None,
        revoke=(lambda held: services.revoke(app, held)) if app else None,
        clock=context.clock,
    )
    org = kept.organisation or environment.organisation_of(context.environ)
    return Credentials(login, org, addresses, app=app, profile=name)


class _Renewal:
    """Gets the next token of a stored profile, also where another process has fetched it already.

    The refresh token changes with its use, so whoever renews holds the profile meanwhile. `_seen` is what stood there
    when this login last read or wrote it: anything else is another process's work.
    """

    def __init__(self, context: LoginContext, services: Services, app: App, kept: Profile) -> None:
        self._ways, self._services, self._app, self._kept = context, services, app, kept
        self._seen = kept.token

    def __call__(self, held: Token) -> Token:
        with self._ways.profiles.locked(self._kept.name):
            now = self._now()
            if now is not None and now.token != self._seen:
                self._seen = now.token
                return now.token
            token = self._services.refreshed(self._app, held)
            if now is not None:
                self._store(replace(now, token=token))
            return token

    def _now(self) -> Profile | None:
        """The profile as it is now; None where it was removed, or another login has taken its name meanwhile."""
        now, kept = self._ways.profiles.load(self._kept.name), self._kept
        same = now is not None and (now.api, now.oauth, now.who, now.app) == (kept.api, kept.oauth, kept.who, kept.app)
        return now if same else None

    def _store(self, profile: Profile) -> None:
        """Where it cannot be saved the new token still serves this kernel, since the former one is used up."""
        try:
            self._ways.profiles.save(profile)
            self._seen = profile.token
        except TrackerError as problem:
            warnings.warn(f"The renewed login was not saved: {problem}", UnsavedLogin, stacklevel=2)


def by_service_account(context: LoginContext, _: str | None = None) -> Credentials:
    """An authorised key becomes a JWT, and that an IAM token (AUTH 2.3)."""
    key = environment.service_key(context.environ)
    if key is None:
        raise NotLoggedIn(
            "the environment names no service account's key",
            hint="Set TRACKER_SA_KEY_FILE, or the three names TRACKER_SA_KEY_ID, …_SERVICE_ACCOUNT_ID, …_PRIVATE_KEY.",
        )
    services = context.services
    return _iam(
        context,
        lambda: services.iam_by_jwt(iam.signed_jwt(key, context.clock())),
        f"service account {key.account}",
        refused=NOT_ENABLED,
    )


def by_metadata(context: LoginContext, _: str | None = None) -> Credentials:
    """The service account of this virtual machine; only when asked for (AUTH 2.6)."""
    found = _iam(context, context.services.iam_by_metadata, "metadata of this machine", refused=NOT_ENABLED)
    return replace(found, note="Requests act as this machine's service account, not as you.")


def by_yc(context: LoginContext, profile: str | None = None) -> Credentials:
    """The person whom `yc` knows (AUTH 2.4); `profile` is one of yc's."""
    return _iam(context, lambda: yc.create_token(profile, context.clock()), "yc iam create-token")


def by_exchange(context: LoginContext, _: str | None = None) -> Credentials:
    """An OAuth token in the environment becomes an IAM token, as documented; being withdrawn (AUTH 2.2.4)."""
    oauth = environment.oauth_token(context.environ)
    if oauth is None:
        raise NotLoggedIn("the exchange needs an OAuth token in TRACKER_TOKEN", hint=environment.CURE)
    services = context.services
    found = _iam(context, lambda: services.iam_by_oauth(oauth), "OAuth token exchanged for an IAM token")
    return replace(found, note="Yandex Cloud is withdrawing this exchange (by the end of 2026); prefer `yc`.")


def _iam(context: LoginContext, fetch: Callable[[], Token], source: str, *, refused: str = "") -> Credentials:
    organisation = environment.organisation_of(context.environ)  # its mistakes are told before anything is fetched
    login = Login(fetch(), source, renew=lambda _: fetch(), clock=context.clock, refused=refused)
    return Credentials(login, organisation, context.addresses)


# Those that need no typing, by the names that `--strategy` takes.
NON_INTERACTIVE: Final[dict[str, Callable[[LoginContext, str | None], Credentials]]] = {
    "env": by_environment,
    "stored": by_profile,
    "yc": by_yc,
    "service-account": by_service_account,
    "metadata": by_metadata,
    "exchange": by_exchange,
}
INTERACTIVE: Final = ("device", "code", "token", "iam")
STRATEGIES: Final = (*list(NON_INTERACTIVE)[:2], *INTERACTIVE, *list(NON_INTERACTIVE)[2:])


def credentials_for(context: LoginContext, strategy: str, profile: str | None = None) -> Credentials:
    """The login of one strategy, and of that alone."""
    if strategy not in NON_INTERACTIVE:
        raise BadOption(
            f"the strategy {strategy!r} needs somebody who types", hint=f"Unasked: {', '.join(NON_INTERACTIVE)}."
        )
    return NON_INTERACTIVE[strategy](context, profile)


def default_credentials(context: LoginContext, profile: str | None = None, *, stored: str = DEFAULT) -> Credentials:
    """The login that can be had without asking: the environment's, then the `stored` one; a named `profile` alone."""
    if profile is not None:
        return by_profile(context, profile)
    try:
        return by_environment(context)
    except NotLoggedIn:
        if stored not in context.profiles.names():
            raise
        return by_profile(context, stored)
