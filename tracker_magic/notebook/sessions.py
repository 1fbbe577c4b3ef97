"""Sessions by name, kept in this shell's extension, and the ways to open one."""

import getpass
import os
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from IPython.core.getipython import get_ipython

from tracker_magic.auth import Credentials, Organisation, from_environment, organisation
from tracker_magic.auth.environment import CLOUD_ORG_NAMES, CURE, ORG_NAMES, usable
from tracker_magic.config import Addresses, TrackerMagic, first_of, is_loopback
from tracker_magic.errors import BadOption, LoginRefused, NotLoggedIn
from tracker_magic.notebook.commands import nearest
from tracker_magic.secret import Secret
from tracker_magic.tracker import Tracker, connect

FIRST: Final = "main"
REGISTERED: Final = "TrackerMagics"  # the extension's name in IPython's registry of magics

Login = tuple[Credentials, Organisation | None]


class Sessions:
    """The Trackers of one shell, each under a name; one of them is the current one."""

    def __init__(self, settings: TrackerMagic) -> None:
        self._settings = settings
        self._open: dict[str, Tracker] = {}
        self._current: str | None = None
        self._left = False  # after a logout the environment does not log in again by itself

    def __iter__(self) -> Iterator[tuple[str, Tracker]]:
        return iter(list(self._open.items()))

    @property
    def current(self) -> str | None:
        """The name of the current session."""
        return self._current

    def add(self, name: str, tracker: Tracker) -> None:
        """Keep `tracker` as the session `name` and make it current; an older one of that name is closed."""
        older = self._open.pop(name, None)
        if older is not None:
            older.close()
        self._open[name] = tracker
        self._current = name

    def use(self, name: str) -> Tracker:
        """Make another session the current one."""
        tracker = self._named(name)
        self._current = name
        return tracker

    def leave(self, name: str | None) -> str:
        """Forget a session (the current one, if no name is given)."""
        name = name or self._current
        if name is None:
            self._left = True
            raise NotLoggedIn("nobody is logged in.")
        self._named(name).close()
        del self._open[name]
        if name == self._current:
            self._current = next(iter(self._open), None)
        self._left = True
        return name

    def tracker(self, name: str | None = None) -> Tracker:
        """The Tracker of a session; without any session, and before a logout, the login that can be had unasked.

        Raises BadOption for an unknown name, NotLoggedIn.
        """
        if name is None and self._current is None:
            if self._left:
                raise NotLoggedIn("you have logged out.", hint="Log in again: %tracker login")
            self.add(FIRST, connect(**self._made_with()))
        tracker = self._named(name or str(self._current))
        tracker.tz, tracker.lang, tracker.timeout = self._settings.tz, self._settings.lang, self._settings.timeout
        tracker.limit_requests(self._settings.search_rps, self._settings.other_rps)
        return tracker

    def state(self) -> str:
        """Who is logged in, as far as that is known without asking."""
        if not self._open:
            return "Nobody is logged in yet: %tracker login"
        shown = [f"{name}{' (current)' if name == self._current else ''}: {each!r}" for name, each in self]
        return "Logged in: " + "; ".join(shown)

    def close(self) -> None:
        """Close and forget all."""
        for tracker in self._open.values():
            tracker.close()
        self._open.clear()
        self._current = None

    def _made_with(self) -> dict[str, Any]:
        names = ("tz", "lang", "timeout", "search_rps", "other_rps")
        return {name: getattr(self._settings, name) for name in names}

    def _named(self, name: str) -> Tracker:
        if name not in self._open:
            like = nearest(name, self._open)
            meant = f"Did you mean `{like}`? " if like else ""
            raise BadOption(f"there is no session `{name}`.", hint=f"{meant}Open it: %tracker login -s {name}")
        return self._open[name]

    def opened(self, login: Login, addresses: Addresses | None = None) -> Tracker:
        """A Tracker for `login`, asked at once who it is; at the addresses given, or those of the environment."""
        addresses = addresses or Addresses.from_environment(os.environ)
        tracker = Tracker(login=login, base_url=addresses.api, web_url=addresses.web, **self._made_with())
        try:
            tracker.me  # noqa: B018 - a wrong token or organisation fails now
        except BaseException:
            tracker.close()
            raise
        return tracker


def credentials(strategy: str | None, org: Organisation | None, *, answerable: bool) -> Login:
    """A login from the environment, or typed by the person who can answer. Raises NotLoggedIn, LoginRefused."""
    found = from_environment(os.environ) if strategy != "token" else None
    if found is not None:
        return found[0], org or found[1] or (_ask_organisation() if answerable and strategy is None else None)
    if strategy == "env" or not answerable:
        said = "the environment names no token" if strategy != "token" else "nobody can type a token here"
        raise NotLoggedIn(f"{said}.", hint=CURE)
    return _ask_token(), org or _organisation_there() or _ask_organisation()


def _organisation_there() -> Organisation | None:
    """The organisation that the environment names beside no token."""
    org, cloud = first_of(os.environ, ORG_NAMES), first_of(os.environ, CLOUD_ORG_NAMES)
    return organisation(org[1] if org else None, cloud[1] if cloud else None)


def _ask_token() -> Credentials:
    text = _answer(getpass.getpass, "OAuth token (nothing is shown while you type): ")
    if not text:
        raise LoginRefused("no token was given.", hint="Run %tracker login again, or set TRACKER_TOKEN.")
    if not usable(text):
        raise LoginRefused("this is no token: it holds blanks or signs that no token has.", hint="Copy it again.")
    return Credentials(Secret(text), "Bearer" if text.startswith("t1.") else "OAuth", source="typed in")


def _ask_organisation() -> Organisation | None:
    text = _answer(input, "Organisation id (https://tracker.yandex.ru/admin/orgs): ")
    return organisation(text, None) if text.isdigit() else organisation(None, text)


def _answer(ask: Callable[[str], str], prompt: str) -> str:
    try:
        return ask(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        raise LoginRefused("the login was given up.", hint="Run %tracker login again.") from None


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
