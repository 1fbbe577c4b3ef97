"""Sessions by name, kept in this shell's extension: opened, changed, looked at, left."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from IPython.core.getipython import get_ipython

from tracker_magic.auth import Credentials, LoginContext, default_credentials
from tracker_magic.auth.flows import save_login
from tracker_magic.auth.oauth import DATA_ACCESS
from tracker_magic.auth.profiles import DEFAULT, TokenStorage
from tracker_magic.errors import BadOption, NotLoggedIn, TrackerError
from tracker_magic.notebook.commands import nearest
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.settings import TrackerMagic, is_loopback
from tracker_magic.tracker import Me, Tracker, connect, signed_in, tracker_of

FIRST: Final = "main"
REGISTERED: Final = "TrackerMagics"  # the extension's name in IPython's registry of magics


@dataclass(frozen=True, slots=True)
class Session:
    """A Tracker and the login it was made with."""

    tracker: Tracker
    found: Credentials


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How one session stands: who it is (None and the `problem`, where the service did not say), until when."""

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
    """The sessions of one shell, each under a name; one of them is the current one. The form's threads use it too."""

    def __init__(self, settings: TrackerMagic) -> None:
        self._settings = settings
        self._open: dict[str, Session] = {}
        self._current: str | None = None
        self._left: set[str] = set()  # after a logout nothing logs in again by itself
        self._lock = threading.RLock()
        self._ends: set[Callable[[], object]] = set()

    def __iter__(self) -> Iterator[tuple[str, Tracker]]:
        return iter([(name, session.tracker) for name, session in self._open.items()])

    def __contains__(self, name: str) -> bool:
        return name in self._open

    @property
    def current(self) -> str | None:
        """The name of the current session."""
        return self._current

    def open(self, name: str, found: Credentials, place: TokenStorage | None = None) -> Me:
        """Ask who a login is; keep it as the session `name`, and at rest in `place`; an older one of that name goes.

        Raises what a wrong token, organisation or place raises; then nothing has changed.
        """
        context = LoginContext(os.environ)
        tracker = signed_in(found, **self._made_with())
        me = tracker.me
        right = replace(found, organisation=tracker.organisation)
        try:
            found = _rested(context, right, me, place, profile_of(name)) if place else _corrected(context, found, right)
        except BaseException:
            tracker.close()
            raise
        if found is not right:
            tracker.close()
            tracker = tracker_of(found, **self._made_with())
        self._keep(name, Session(tracker, found))
        return me

    def use(self, name: str) -> Tracker:
        """Make another session the current one."""
        tracker = self._named(name).tracker
        self._current = name
        return tracker

    def leave(self, name: str | None = None) -> tuple[str, Session]:
        """Close and forget a session (the current one, if no name is given), also where it rests.

        Raises NotLoggedIn where there is none, BadOption for an unknown name.
        """
        with self._lock:
            name = name or self._current
            if name is None:
                self._left.add(FIRST)
                raise NotLoggedIn("nobody is logged in.")
            session = self._named(name)
            session.tracker.close()
            del self._open[name]
            self._left.add(name)
            if name == self._current:
                self._current = next(iter(self._open), None)
        return name, session

    def tracker(self, name: str | None = None) -> Tracker:
        """The Tracker of a session; without any session, and before a logout, the one that needs no questions.

        Raises BadOption for an unknown name, NotLoggedIn.
        """
        with self._lock:
            if name is None and self._current is None:
                if self._left:
                    raise NotLoggedIn("you have logged out.", hint="Log in again: %tracker login")
                self._open_unasked(FIRST)
            tracker = self._named(name or str(self._current)).tracker
        tracker.tz, tracker.lang, tracker.timeout = self._settings.tz, self._settings.lang, self._settings.timeout
        tracker.limit_requests(self._settings.search_rps, self._settings.other_rps)
        return tracker

    def session_statuses(self, asked: str | None = None) -> list[SessionStatus]:
        """How every session stands, `asked` (else the current one) first; only its failure is raised."""
        first = asked or self._current
        names = sorted(self._open, key=lambda name: name != first)
        return [self._standing(name, self._open[name], strict=name == first) for name in names]

    def state(self) -> str:
        """Who is logged in, as far as that is known without asking."""
        if not self._open:
            return "Nobody is logged in yet: %tracker login"
        shown = [f"{name}{' (current)' if name == self._current else ''}: {each!r}" for name, each in self]
        return "Logged in: " + "; ".join(shown)

    def at_end(self, end: Callable[[], object]) -> None:
        """Have `end` called when the extension goes."""
        self._ends.add(end)

    def close(self) -> None:
        """Close and forget all; what rests somewhere stays there."""
        for end in self._ends:
            end()
        self._ends.clear()
        for _, tracker in self:
            tracker.close()
        self._open.clear()
        self._current = None

    def _open_unasked(self, name: str) -> None:
        found = default_credentials(LoginContext(os.environ), stored=profile_of(name))
        self._keep(name, Session(tracker_of(found, **self._made_with()), found))
        if found.note:
            sys.stderr.write(f"{found.note}\n")

    def _keep(self, name: str, session: Session) -> None:
        with self._lock:
            older = self._open.pop(name, None)
            self._open[name] = session
            self._current = name
            self._left.discard(name)
        if older is not None:
            older.tracker.close()

    def _made_with(self) -> dict[str, Any]:
        names = ("tz", "lang", "timeout", "search_rps", "other_rps")
        return {name: getattr(self._settings, name) for name in names}

    def _named(self, name: str) -> Session:
        if name not in self._open:
            like = nearest(name, self._open)
            meant = f"Did you mean `{like}`? " if like else ""
            raise BadOption(f"there is no session `{name}`.", hint=f"{meant}Open it: %tracker login -s {name}")
        return self._open[name]

    def _standing(self, name: str, session: Session, *, strict: bool) -> SessionStatus:
        me, problem = None, ""
        try:
            me = session.tracker.me
        except TrackerError as error:
            if strict:
                raise
            problem = error.message
        org, login = session.tracker.organisation, session.found.login
        return SessionStatus(
            name=name,
            current=name == self._current,
            me=me,
            source=login.source,
            org=org.id if org else None,
            org_kind=org.kind if org else None,
            expires_at=login.expires_at,
            problem=problem,
            note=session.found.note,
        )


def profile_of(name: str) -> str:
    """The stored profile of a session: that of the first one is the default, which `connect()` knows."""
    return DEFAULT if name == FIRST else name


def logged_out(sessions: Sessions, name: str | None, lang: Lang) -> str:
    """Leave a session, remove it where it rests, and end its token at the service, where that can be; what was done."""
    try:
        name, session = sessions.leave(name)
    except NotLoggedIn:
        return text("out.nobody", lang)
    said = [text("out.closed", lang, name=name)]
    profile = session.found.profile
    if profile and LoginContext(os.environ).profiles.remove(profile):
        said.append(text("out.profile", lang, profile=profile))
    return "\n".join([*said, _revoked(session.found, lang)])


def _revoked(found: Credentials, lang: Lang) -> str:
    login = found.login
    try:
        if login.revoke():
            return text("out.revoked", lang)
    except TrackerError as refused:
        return text("out.refused", lang, reason=refused.message, url=DATA_ACCESS)
    if login.source.startswith("environment"):
        return text("out.environment", lang, source=login.source)
    return text("out.iam", lang) if login.scheme == "Bearer" else text("out.revoke", lang, url=DATA_ACCESS)


def _rested(context: LoginContext, found: Credentials, me: Me, place: TokenStorage, profile: str) -> Credentials:
    if found.login.renewable and found.app is None:
        raise BadOption(
            f"a login from {found.login.source} is not saved: it is asked for anew each time",
            hint="Leave --save out; the same %tracker login works in every kernel.",
        )
    return save_login(context, found, me.login, place, profile)


def _corrected(context: LoginContext, found: Credentials, right: Credentials) -> Credentials:
    """The login with the organisation that worked; a stored one is put right where it rests."""
    if found.profile and found.organisation != right.organisation:
        with context.profiles.locked(found.profile):
            kept = context.profiles.load(found.profile)
            if kept is not None:
                context.profiles.save(replace(kept, organisation=right.organisation))
    return right


def demo_is_around() -> bool:
    """Whether a demo started this Jupyter: the environment names a token and a service on this machine."""
    address = urlsplit(os.environ.get("TRACKER_API_BASE_URL", ""))
    return bool(os.environ.get("TRACKER_TOKEN")) and is_loopback(address.hostname or "")


def current() -> Tracker:
    """The Tracker of this kernel, as %tracker uses it; elsewhere `connect()`."""
    shell = get_ipython()
    magics: Any = shell.magics_manager.registry.get(REGISTERED) if shell is not None else None
    if magics is None:
        return connect()
    magics.engine.read_settings()
    sessions: Sessions = magics.engine.sessions
    return sessions.tracker()
