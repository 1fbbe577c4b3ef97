"""The named sessions of one shell: open, switch, inspect and close them."""

import os
import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from IPython.core.getipython import get_ipython

from tracker_magic.api import Operation
from tracker_magic.auth import Credentials, Login, LoginContext
from tracker_magic.auth.flows import save_login
from tracker_magic.auth.oauth import DATA_ACCESS
from tracker_magic.auth.profiles import DEFAULT, TokenStorage
from tracker_magic.errors import BadOption, NotLoggedIn, TrackerError
from tracker_magic.forks import PerProcess
from tracker_magic.names import best_match
from tracker_magic.notebook.prefetch import Prefetch
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.printable import quoted
from tracker_magic.settings import DEFAULT as UNSET
from tracker_magic.settings import TrackerMagic, is_loopback
from tracker_magic.tracker import Me, Tracker, connect, find_credentials, signed_in, tracker_of

FIRST: Final = "main"
DEMO: Final = "demo"  # the source of a login to the demo
_FIRST_STEP: Final = (
    "Log in: `%tracker login`. To try it without an account: `%tracker demo`. Where nobody can answer questions, set "
    "TRACKER_TOKEN (or TRACKER_IAM_TOKEN) and TRACKER_ORG_ID (Yandex 360) or TRACKER_CLOUD_ORG_ID (Yandex Cloud)."
)
REGISTERED: Final = "TrackerMagics"  # the extension's name in IPython's registry of magics


class Form(Protocol):
    """A login form, which is closed with the extension."""

    @property
    def is_pending(self) -> bool:
        """Whether it may still open its session."""

    def close(self) -> None:
        """Close it."""

    def cancel(self) -> None:
        """Show that a logout has cancelled the login, and open no session."""

    def session_ended(self, name: str) -> None:
        """Show that the session `name`, if this form opened it, has ended."""


@dataclass(frozen=True, slots=True)
class Session:
    """A Tracker and the credentials it was made with; `lang`: the language of a login with `--lang`."""

    tracker: Tracker
    credentials: Credentials
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """Who is logged in to a session, and until when; `me` is None if there was a `problem` instead."""

    name: str
    current: bool
    me: Me | None
    source: str
    org: str | None
    org_kind: str | None
    expires_at: datetime | None
    problem: str = ""
    note: str = ""


class Sessions:
    """The sessions of one shell by name, one of which is current. Thread-safe, as login forms use threads."""

    def __init__(self, settings: TrackerMagic, prefetch: Prefetch | None = None) -> None:
        self._settings = settings
        self._prefetch = prefetch or Prefetch(settings, is_interactive=False)
        self._sessions: dict[str, Session] = {}
        self._current: str | None = None
        self._logged_out: set[str] = set()  # after a logout, no session is opened automatically
        self._forms: weakref.WeakKeyDictionary[Form, str] = weakref.WeakKeyDictionary()  # with their sessions' names
        self._lock = PerProcess(threading.RLock)

    def __iter__(self) -> Iterator[tuple[str, Tracker]]:
        return iter([(name, session.tracker) for name, session in self._sessions.items()])

    @property
    def current(self) -> str | None:
        """The name of the current session."""
        return self._current

    def language(self, name: str | None) -> str | None:
        """Return the language that was chosen for a session (the current one); None: none was."""
        session = self._sessions.get(name or self._current or FIRST)
        return session.lang if session else None

    def open(
        self, name: str, credentials: Credentials, storage: TokenStorage | None = None, lang: str | None = None
    ) -> Me:
        """Request the user; open the session `name`, in place of an older one, and save it to `storage`.

        Commands of the session speak `lang`; None: the language of the settings.
        If the token, the organisation or the storage is wrong, the error is raised and nothing changes.
        """
        context = LoginContext(os.environ)
        tracker = signed_in(credentials, **self._tracker_settings(credentials))
        me = tracker.me
        corrected = replace(credentials, organisation=tracker.organisation)
        try:
            if storage:
                corrected = _saved(context, corrected, me, storage, profile_of(name))
            else:
                _correct_profile(context, credentials, corrected)
        except BaseException:
            tracker.close()
            raise
        if storage:  # a saved login renews itself in its storage
            tracker.close()
            tracker = tracker_of(corrected, **self._tracker_settings(corrected))
        self._add(name, Session(tracker, corrected, lang))
        return me

    def use(self, name: str) -> Tracker:
        """Make another session the current one."""
        self._raise_if_pending(name)
        tracker = self._session(name).tracker
        self._current = name
        self._prefetch.follow(tracker)
        return tracker

    def leave(self, name: str | None = None) -> tuple[str, Session]:
        """Close and remove a session (the current one, if no name is given); a saved login stays.

        Raises NotLoggedIn if there is none, BadOption for an unknown name.
        """
        with self._lock.value:
            name = name or self._current
            if name is None:
                self._logged_out.add(FIRST)
                raise NotLoggedIn("nobody is logged in")
            session = self._session(name)
            del self._sessions[name]
            self._logged_out.add(name)
            if name == self._current:
                self._current = next(iter(self._sessions), None)
                self._prefetch.follow(self._sessions[self._current].tracker if self._current else None)
            session.tracker.close()
        self._end_forms(name)
        return name, session

    def tracker(self, name: str | None = None) -> Tracker:
        """The Tracker of a session, with the current settings; without any session, that of the default login.

        Raises BadOption for an unknown name, NotLoggedIn after a logout, without a login or before a form is filled in.
        """
        with self._lock.value:
            self._raise_if_pending(name or self._current or FIRST)
            if name is None and self._current is None:
                self._open_default()
            name = name or str(self._current)
            session, settings = self._session(name), self._settings
            tracker = session.tracker
            if (tracker.tz, tracker.lang, tracker.timeout) != (settings.tz, settings.lang, settings.timeout):
                tracker = tracker.with_defaults(tz=settings.tz, lang=settings.lang, timeout=settings.timeout)
                self._sessions[name] = replace(session, tracker=tracker)
        tracker.limit_requests(*self._rates(session.credentials))
        return tracker

    def session_statuses(self, name: str | None = None) -> list[SessionStatus]:
        """The status of every session, that of `name` (or the current one) first; only its failure is raised."""
        first = name or self._current
        names = sorted(self._sessions, key=lambda session_name: session_name != first)
        return [self._status(each, self._sessions[each], raises=each == first) for each in names]

    def state(self) -> str:
        """Who is logged in, as far as known without a request."""
        if not self._sessions:
            return "Nobody is logged in yet: %tracker login"
        shown = [f"{name}{' (current)' if name == self._current else ''}: {tracker!r}" for name, tracker in self]
        return "Logged in: " + "; ".join(shown)

    def add_form(self, form: Form, name: str = FIRST) -> None:
        """Register the login form of a session, to be closed with the sessions; a pending one of it is replaced."""
        for older in self._pending_forms(name):
            older.close()
            del self._forms[older]
        self._forms[form] = name

    def cancel_login(self, name: str | None = None) -> bool:
        """Cancel the pending login form of a session (the current one); return whether there is no more to close."""
        name = name or self._current or FIRST
        forms = self._pending_forms(name)
        for form in forms:
            form.cancel()
        return bool(forms) and name not in self._sessions

    def close(self) -> None:
        """Close and remove all sessions and forms; saved logins stay."""
        for form in list(self._forms):
            form.close()
        self._forms.clear()
        self._prefetch.follow(None)
        for _, tracker in self:
            tracker.close()
        self._sessions.clear()
        self._current = None

    def _open_default(self) -> None:
        if self._logged_out:
            self._raise_if_any_pending()
            raise NotLoggedIn("you have logged out", hint="Log in again: %tracker login")
        try:
            credentials = find_credentials(stored=profile_of(FIRST))
        except NotLoggedIn as error:
            self._raise_if_any_pending()
            if error.reason != "no_token_in_environment":
                raise
            raise error.rephrased("nobody is logged in", _FIRST_STEP) from None
        self._add(FIRST, Session(tracker_of(credentials, **self._tracker_settings(credentials)), credentials))
        if credentials.note:
            sys.stderr.write(f"{credentials.note}\n")

    def _raise_if_pending(self, name: str) -> None:
        """Raise NotLoggedIn if a form is about to open this session: *Run All* must not log in by other means."""
        if name not in self._sessions and self._pending_forms(name):
            login = session_command("login", name)
            raise NotLoggedIn(f"waiting for the login form above; then run this cell again ({login} shows a new one)")

    def _raise_if_any_pending(self) -> None:
        """Raise NotLoggedIn if a form is about to open a session, which then would be the current one."""
        for name in list(self._forms.values()):
            self._raise_if_pending(name)

    def _pending_forms(self, name: str) -> list[Form]:
        return [form for form, its_name in list(self._forms.items()) if its_name == name and form.is_pending]

    def _add(self, name: str, session: Session) -> None:
        with self._lock.value:
            older = self._sessions.pop(name, None)
            self._sessions[name] = session
            self._current = name
            self._logged_out.discard(name)
            self._prefetch.follow(session.tracker)
        if older is not None:
            older.tracker.close()
            self._end_forms(name)

    def _end_forms(self, name: str) -> None:
        for form in list(self._forms):
            form.session_ended(name)

    def _tracker_settings(self, credentials: Credentials) -> dict[str, Any]:
        search_rps, other_rps = self._rates(credentials)
        others = {name: getattr(self._settings, name) for name in ("tz", "lang", "timeout")}
        return {**others, "search_rps": search_rps, "other_rps": other_rps}

    def _rates(self, credentials: Credentials) -> tuple[float | None, ...]:
        """The limits of `search_rps` and `other_rps`; the default ones protect the real service, not the demo."""
        is_demo, settings = credentials.login.source == DEMO, self._settings
        names = ("search_rps", "other_rps")
        return tuple(None if is_demo and settings.source(name) == UNSET else getattr(settings, name) for name in names)

    def _session(self, name: str) -> Session:
        if name not in self._sessions:
            similar = best_match(name, self._sessions)
            suggestion = f"Did you mean `{similar}`? " if similar else ""
            shown = quoted(name)
            hint = f"{suggestion}Open it: %tracker login -s {shown.strip('`')}"
            raise BadOption(f"there is no session {shown}", hint=hint)
        return self._sessions[name]

    def _status(self, name: str, session: Session, *, raises: bool) -> SessionStatus:
        me, problem = None, ""
        try:
            me = session.tracker.me
        except TrackerError as error:
            if raises:
                raise
            problem = error.message
        org, login = session.tracker.organisation, session.credentials.login
        return SessionStatus(
            name=name,
            current=name == self._current,
            me=me,
            source=login.source,
            org=org.id if org else None,
            org_kind=org.kind if org else None,
            expires_at=login.expires_at,
            problem=problem,
            note=session.credentials.note,
        )


def session_command(command: str, name: str) -> str:
    """Return the line that applies a command to a session, such as `%tracker logout work`."""
    return f"%tracker {command}" if name == FIRST else f"%tracker {command} {name}"


def profile_of(name: str) -> str:
    """The stored profile of a session; for the first session the default one, which `connect()` uses."""
    return DEFAULT if name == FIRST else name


def logged_out(sessions: Sessions, name: str | None, lang: Lang, *, revoke: bool = False) -> str:
    """Leave a session, remove its stored profile, revoke its token if possible, and return a text about it.

    A form that is not filled in yet is cancelled.

    A token that was pasted or came from elsewhere may serve other programs: it is revoked only if `revoke` is true.
    """
    if sessions.cancel_login(name):
        return text("form.cancelled", lang, login=session_command("login", name or FIRST))
    try:
        name, session = sessions.leave(name)
    except NotLoggedIn:
        return text("out.nobody", lang)
    lines = [text("out.closed", lang, name=name)]
    context, profile, login = LoginContext(os.environ), session.credentials.profile, session.credentials.login
    try:
        if profile and context.profiles.remove(profile):
            lines.append(text("out.profile", lang, profile=profile))
        return "\n".join([*lines, _revoked(context, login, lang, is_requested=revoke)])
    finally:
        login.forget()


def _revoked(context: LoginContext, login: Login, lang: Lang, *, is_requested: bool) -> str:
    is_shared = not login.renewable  # it was issued elsewhere, as those that are issued to this package can be renewed
    try:
        if (is_requested or not is_shared) and Operation().run(partial(_revoke, context, login, is_shared)):
            return text("out.revoked_for_all" if is_shared else "out.revoked", lang)
    except TrackerError as error:
        return text("out.refused", lang, reason=error.message, url=DATA_ACCESS)
    return _not_revoked(login, lang)


def _not_revoked(login: Login, lang: Lang) -> str:
    is_of_environment = login.source.startswith("environment")
    if login.source == DEMO or (is_of_environment and demo_is_around()):
        return text("out.demo", lang)
    if is_of_environment:
        return text("out.environment", lang, source=login.source)
    return text("out.iam", lang) if login.scheme == "Bearer" else text("out.revoke", lang, url=DATA_ACCESS)


def _revoke(context: LoginContext, login: Login, is_shared: bool) -> bool:  # noqa: FBT001
    if login.revoke():
        return True
    app = context.app() if is_shared and login.scheme == "OAuth" else None
    if app:
        context.services.revoke(app, login.token())
    return app is not None


def _saved(context: LoginContext, credentials: Credentials, me: Me, storage: TokenStorage, profile: str) -> Credentials:
    if credentials.login.renewable and credentials.app is None:
        raise BadOption(
            f"a login from {credentials.login.source} is not saved: a new token is requested each time",
            hint="Leave out --save; the same %tracker login works in every kernel.",
        )
    return save_login(context, credentials, me.login, storage, profile)


def _correct_profile(context: LoginContext, credentials: Credentials, corrected: Credentials) -> None:
    """Store the organisation that worked, if it differs from the stored one and the folder is not read-only."""
    if credentials.profile and credentials.organisation != corrected.organisation:
        with context.profiles.locked(credentials.profile) as is_locked:
            profile = context.profiles.load(credentials.profile)
            if profile is not None and is_locked:
                context.profiles.save(replace(profile, organisation=corrected.organisation))


def demo_is_around() -> bool:
    """Whether this Jupyter was started by a demo: the environment has a token and a service on this machine."""
    address = urlsplit(os.environ.get("TRACKER_API_BASE_URL", ""))
    return bool(os.environ.get("TRACKER_TOKEN")) and is_loopback(address.hostname or "")


def current() -> Tracker:
    """The Tracker that %tracker uses in this kernel; without the extension, that of `connect()`."""
    shell = get_ipython()
    magics: Any = shell.magics_manager.registry.get(REGISTERED) if shell is not None else None
    if magics is None:
        return connect()
    magics.engine.settings_reader.read()
    sessions: Sessions = magics.engine.sessions
    return sessions.tracker()
