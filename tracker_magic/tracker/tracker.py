"""Class Tracker, composed of its groups of methods, and `connect`."""

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from tracker_magic.api import Operation
from tracker_magic.auth import (
    Credentials,
    Login,
    LoginContext,
    Organisation,
    credentials_for,
    default_credentials,
    organisation,
)
from tracker_magic.auth.environment import CURE
from tracker_magic.auth.profiles import DEFAULT
from tracker_magic.errors import BadOption, Forbidden, NotLoggedIn
from tracker_magic.frames import validate_zone
from tracker_magic.printable import printable
from tracker_magic.secret import Secret
from tracker_magic.settings import OTHER_RPS, SEARCH_RPS, Addresses
from tracker_magic.tracker.connection import Connection, Defaults, Me, checked_address, connection_of, login_with
from tracker_magic.tracker.doctor import STEP_S, examine, findings_frame
from tracker_magic.tracker.raw import RawMethods
from tracker_magic.tracker.report_methods import ReportMethods

if TYPE_CHECKING:
    import pandas as pd


class Tracker(ReportMethods, RawMethods):
    """Yandex Tracker as one login sees it; every method that lists something returns a typed pandas DataFrame.

    `Tracker(token=…, org_id=…)`, or `cloud_org_id=`, `iam_token=`, `base_url=`; reads no environment variables
    (`connect()` does). The organisation is optional only at other addresses than the default one. `tz` is the time zone
    of datetime columns, `lang` (ru, en) the language of display texts, `timeout` the most seconds a call may take,
    `search_rps` and `other_rps` the most requests per second (None: no limit).

    One Tracker serves all threads of a process; a child process made by fork may go on using it. A pickle holds no
    token; unpickling connects again, except in a child made by fork, which has the login already.
    Raises BadOption for two tokens, two organisations, or an address that would send the token unencrypted.
    """

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
        # No frame of a traceback keeps a plain token.
        token, iam_token = (Secret.of(each) if each is not None else None for each in (token, iam_token))
        address = checked_address(base_url)
        defaults = Defaults(validate_zone(tz), lang, timeout)
        credentials, org = login or (login_with(token, iam_token), organisation(org_id, cloud_org_id))
        if org is None and address == Addresses().api:
            raise BadOption(
                "no organisation was given",
                hint="Give org_id (Yandex 360) or cloud_org_id (Yandex Cloud); "
                "the id is shown at https://tracker.yandex.ru/admin/orgs.",
            )
        web = (web_url or Addresses().web).rstrip("/")
        connection = Connection(credentials, org, address, web, search_rps=search_rps, other_rps=other_rps)
        self._set_up(connection, defaults)

    @property
    def connection(self) -> Connection:
        """The login at the service, its client and dictionaries, for whatever has no method here."""
        return self._connection

    @property
    def me(self) -> Me:
        """The user who is logged in, requested only once. Raises NotLoggedIn, WrongOrganisation, Cancelled."""
        if self._connection.known_me is not None:
            return self._connection.known_me
        operation = self._defaults.start({})
        return operation.run(self._connection.me, operation)

    def doctor(self, *, timeout: float | None = None) -> "pd.DataFrame":
        """Check network, proxy, certificate, clock, token, organisation, rights and versions.

        `timeout` limits each of up to five requests (default: 5 s).
        One row for each check: `check`, `result` (ok, warning, failed), `found`, `cure`. No row holds a secret, and a
        failing check raises nothing. Raises BadOption for an invalid time limit, Cancelled.
        """
        step_s = STEP_S if timeout is None else timeout
        Defaults(timeout=step_s).start({})  # checks the time limit
        return findings_frame(examine(self._connection, step_s=step_s))

    @property
    def tz(self) -> str:
        """The time zone of datetime columns."""
        return self._defaults.tz

    @property
    def lang(self) -> str | None:
        """The language of display texts; None: the service's own."""
        return self._defaults.lang

    @property
    def timeout(self) -> float | None:
        """The most seconds a call may take; None: no limit."""
        return self._defaults.timeout

    @property
    def organisation(self) -> Organisation | None:
        """The organisation; None: Yandex's internal Tracker."""
        return self._connection.organisation

    @property
    def base_url(self) -> str:
        """The address of the API."""
        return self._connection.base_url

    def with_defaults(self, *, tz: str, lang: str | None, timeout: float | None) -> Self:
        """Another Tracker over the same connection, with another time zone, language and time limit."""
        return self.over(self._connection, Defaults(validate_zone(tz), lang, timeout))

    @classmethod
    def over(cls, connection: Connection, defaults: Defaults) -> Self:
        """A Tracker over a connection that exists already."""
        tracker = object.__new__(cls)
        tracker._set_up(connection, defaults)
        return tracker

    def _set_up(self, connection: Connection, defaults: Defaults) -> None:
        self._connection = connection
        self._defaults = defaults

    def limit_requests(self, search_rps: float | None, other_rps: float | None) -> None:
        """Limit the requests per second (None: no limit) of all Trackers of this login in the process."""
        self._connection.limit_requests(search_rps, other_rps)

    def close(self) -> None:
        """Close all connections; the object can be used again, and then reconnects."""
        self._connection.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_connection" not in vars(self):  # a traceback may show one whose arguments were refused
            return f"<{type(self).__name__}>"
        org, me = self.organisation, self._connection.known_me
        user = printable(me.login) if me else self._connection.login.source
        return f"<Tracker {user} · {f'{org.header} {org.id}' if org else 'no organisation'} · {self.base_url}>"

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (self.base_url, self.organisation, self.tz, self.lang, self.timeout)
        return _restored, (os.getpid(), self._connection.number, *arguments)


def connect(profile: str | None = None, **settings: Any) -> Tracker:
    """A Tracker from the environment (TRACKER_TOKEN, TRACKER_ORG_ID, …), else from the stored profile; never prompts.

    `profile` names one stored by `%tracker login`; then only that is tried. `settings` are those of Tracker (`tz`,
    `lang`, `timeout`, `search_rps`, `other_rps`).
    Raises NotLoggedIn with advice if there is no login, SettingsError with every mistake.
    """
    return tracker_of(find_credentials(profile=profile), **settings)


def find_credentials(strategy: str | None = None, profile: str | None = None, *, stored: str = DEFAULT) -> Credentials:
    """The credentials of a login strategy that asks no questions; without one the default ones of the environment.

    `stored`: the profile that is tried after the environment. An interrupt ends the requests and `yc`. Raises what the
    strategy raises.
    """
    operation = Operation()
    context = LoginContext(os.environ, cancellation=operation.cancellation)
    if strategy is not None:
        return operation.run(credentials_for, context, strategy, profile)
    return operation.run(partial(default_credentials, context, profile, stored=stored))


def tracker_of(credentials: Credentials, **settings: Any) -> Tracker:
    """A Tracker for these credentials. Raises NotLoggedIn if an organisation is needed and missing."""
    addresses = credentials.addresses
    if credentials.organisation is None and addresses.api == Addresses().api:
        raise NotLoggedIn(
            f"there is a token ({credentials.login.source}), but no organisation",
            hint=f"Name it: %tracker login --org-id ID, or --cloud-org-id ID. {CURE}",
            reason="no_organisation",
        )
    login = (credentials.login, credentials.organisation)
    return Tracker(login=login, base_url=addresses.api, web_url=addresses.web, **settings)


def signed_in(credentials: Credentials, **settings: Any) -> Tracker:
    """A Tracker that has requested its user, so that a wrong token or organisation fails at once.

    If the organisation is refused, its id is tried once as the other kind; the kind that works is kept.
    """
    try:
        return _checked(tracker_of(credentials, **settings))
    except Forbidden as refusal:
        if credentials.organisation is None:
            raise
        try:
            other = replace(credentials, organisation=credentials.organisation.other)
            return _checked(tracker_of(other, **settings))
        except Forbidden:
            raise refusal from None


def _checked(tracker: Tracker) -> Tracker:
    try:
        tracker.me  # noqa: B018 - the request is the check
    except BaseException:
        tracker.close()
        raise
    return tracker


def _restored(process: int, number: int, base_url: str, organisation: Organisation | None, *defaults: Any) -> Tracker:
    """A Tracker from a pickle: in a child made by fork with its parent's login, elsewhere see `_reconnect`.

    A pool pickles the methods that its processes are to call.
    """
    connection = connection_of(number) if os.getpid() != process else None
    if connection is None or (connection.base_url, connection.organisation) != (base_url, organisation):
        return _reconnect(base_url, organisation, *defaults)
    return Tracker.over(connection, Defaults(*defaults))


def _reconnect(
    base_url: str, organisation: Organisation | None, tz: str, lang: str | None, timeout: float | None
) -> Tracker:
    """A Tracker from a pickle, with the login of this machine, which must be for the same address and organisation."""
    tracker = connect(tz=tz, lang=lang, timeout=timeout)
    if (tracker.base_url, tracker.organisation) != (base_url, organisation):
        tracker.close()
        raise NotLoggedIn(
            f"this Tracker was pickled for another service or organisation ({base_url}) than the login here", hint=CURE
        )
    return tracker
