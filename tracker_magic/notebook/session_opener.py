"""Opening the session that a login was requested for: what the login form and the console prompts share."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tracker_magic.auth import (
    Credentials,
    Login,
    LoginContext,
    Organisation,
    Token,
    credentials_for,
    environment,
    organisation,
    remembered,
)
from tracker_magic.auth.profiles import Profile, TokenStorage
from tracker_magic.errors import BadOption, TrackerError
from tracker_magic.notebook.sessions import DEMO, Sessions, demo_is_around, logged_out, profile_of
from tracker_magic.notebook.texts import Lang
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.tracker import Me, find_credentials

if TYPE_CHECKING:
    from tracker_magic.demo.server import Demo


class DemoHost(Protocol):
    """Whoever runs the embedded Tracker of this kernel."""

    def demo(self) -> "Demo":
        """Return the embedded Tracker; the first call starts it."""


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """The arguments of `%tracker login`; `profile` is one of yc's, or a stored one; `prompts`: no form.

    The login speaks `lang`, and afterwards the session `session_lang`; None: the language of the settings.
    """

    name: str
    lang: Lang
    session_lang: str | None = None
    strategy: str | None = None
    organisation: Organisation | None = None
    profile: str | None = None
    storage: TokenStorage | None = None
    prompts: bool = False


class SessionOpener:
    """Opens and closes the session of one LoginRequest; `context` is what the login needs from outside."""

    def __init__(
        self, request: LoginRequest, context: LoginContext, sessions: Sessions, demo_host: DemoHost | None = None
    ) -> None:
        self.request = request
        self.context = context
        self._sessions = sessions
        self._demo_host = demo_host

    @property
    def has_demo(self) -> bool:
        """Whether the demo can be logged in to."""
        return self._demo_host is not None

    @property
    def may_lack_organisation(self) -> bool:
        """Whether the service may be an internal installation, which may have no organisations."""
        return self.context.addresses.api != Addresses().api

    def credentials(self, strategy: str) -> Credentials:
        """Return the credentials of a strategy that asks nothing, or of the demo. Raises what the strategies raise."""
        if strategy == "demo" and self._demo_host is not None:
            return demo_credentials(self._demo_host)
        return credentials_for(self.context, strategy, self.profile(strategy))

    def profile(self, strategy: str) -> str | None:
        """Return the profile that a strategy reads without questions: the requested one, else that of the session."""
        return self._saved_name() if strategy == "stored" else self.request.profile

    def known_organisation(self) -> Organisation | None:
        """Return the organisation of the line, else of the environment, of the stored profile, of the last login."""
        context = self.context
        organisation = self.request.organisation or environment.organisation_of(context.environ)
        if organisation is not None:
            return organisation
        profile = self._stored_profile()
        if profile and profile.api == context.addresses.api:
            return profile.organisation
        return remembered.recall(context.profiles.home, context.addresses.api).organisation

    def stored_user(self) -> str:
        """Return whose login is stored; empty if there is none."""
        profile = self._stored_profile()
        return profile.user if profile else ""

    def person_to_replace(self) -> str:
        """Return who is logged in to the session that this login replaces; empty if nobody is, or no longer."""
        tracker = dict(self._sessions).get(self.request.name)
        try:
            return f"{tracker.me.display} ({tracker.me.login})" if tracker else ""
        except TrackerError:
            return ""

    def _saved_name(self) -> str:
        """Return the name of the saved login: the requested profile unless that is one of yc, or the session's."""
        requested = self.request.profile if self.request.strategy != "yc" else None
        return requested or profile_of(self.request.name)

    def _stored_profile(self) -> Profile | None:
        profiles = self.context.profiles
        try:
            return profiles.load(self._saved_name()) or profiles.load()
        except TrackerError:
            return None  # a profile that cannot be read is about to be replaced

    def open_directly(self, credentials: Credentials) -> Me:
        """Open the session with credentials for which nothing was asked."""
        organisation = self.request.organisation or credentials.organisation
        profile, storage = profile_of(self.request.name), self.request.storage
        if storage and credentials.profile not in {"", profile}:
            raise BadOption(  # its refresh token works once, so a copy would soon be worthless
                f"this login is saved already, as {credentials.profile!r}, and is not copied",
                hint=f"Leave out --save; or log in to {self.request.name!r} by itself.",
            )
        return self._open(replace(credentials, organisation=organisation), storage)

    def open(self, credentials: Credentials, storage: TokenStorage | None) -> Me:
        """Open the session with what a person typed; organisation and ClientID are remembered for the next login."""
        me = self._open(credentials, storage)
        organisation = Organisation(me.org, "360" if me.org_kind == "360" else "cloud") if me.org else None
        app = credentials.app or self.context.app()
        answers = remembered.Answers(organisation, app.client_id if app else "")
        remembered.remember(self.context.profiles.home, credentials.addresses.api, answers)
        return me

    def _open(self, credentials: Credentials, storage: TokenStorage | None) -> Me:
        return self._sessions.open(self.request.name, credentials, storage, self.request.session_lang)

    def leave(self) -> None:
        """Close the session; its login stays saved and valid."""
        self._sessions.leave(self.request.name)

    def log_out(self) -> str:
        """Close the session, as `logged_out` does, and return what was done, in words."""
        return logged_out(self._sessions, self.request.name, self.request.lang)


def demo_credentials(host: DemoHost) -> Credentials:
    """Return the credentials of the demo that started this Jupyter, else of one that is started in this kernel."""
    if demo_is_around():
        found = find_credentials("env")
        return replace(found, login=Login(found.login.token(), DEMO))
    running = host.demo()
    return Credentials(
        Login(Token(Secret(running.names["TRACKER_TOKEN"])), DEMO),
        organisation(running.names["TRACKER_ORG_ID"], None),
        Addresses(api=running.url, oauth=running.url, iam=running.url, metadata=running.url, web=running.url),
    )
