"""What the login form and the console offer: the ways to log in, and the places to save a login, that exist here."""

from collections.abc import Callable
from typing import Final

from tracker_magic.auth import environment, keyring, yc
from tracker_magic.auth.profiles import NOT_WRITABLE, TokenStorage
from tracker_magic.errors import TrackerError
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.sessions import demo_is_around

# By the names of their texts; None: this kernel only.
STORAGES: Final[dict[str, TokenStorage | None]] = {"kernel": None, "file": "file", "keyring": "keyring"}
# The reasons of errors after which another place to save the login may do.
STORAGE_REASONS: Final = frozenset({NOT_WRITABLE, "keyring_failed", "no_keyring", "no_keyring_backend"})


def known_logins(opener: SessionOpener) -> tuple[str, ...]:
    """Return the strategies for which there is something here: a token in the environment, a stored login."""
    context = opener.context
    available = {
        "env": _exists(lambda: environment.login(context.environ, context.clock)),
        "stored": opener.profile("stored") in context.profiles.names(),
    }
    return tuple(name for name, is_available in available.items() if is_available)


def direct_strategies(opener: SessionOpener) -> tuple[str, ...]:
    """Return what logs in by one click: the known logins and the demo; if a demo started this Jupyter, that first."""
    known = known_logins(opener)
    if not opener.has_demo:
        return known
    return ("demo", *(name for name in known if name != "env")) if demo_is_around() else (*known, "demo")


def prompted_strategies(opener: SessionOpener) -> tuple[str, ...]:
    """Return all of them, for a list whose first one Enter takes; the demo is last, unless it started this Jupyter."""
    direct, others = direct_strategies(opener), other_strategies(opener)
    if "demo" not in direct or demo_is_around():
        return (*direct, *others)
    return (*(name for name in direct if name != "demo"), *others, "demo")


def other_strategies(opener: SessionOpener) -> tuple[str, ...]:
    """Return the other strategies that can work here, the best first; the rest must be requested by `--strategy`."""
    context, app = opener.context, opener.context.app()
    typed = ("device", "code") if app and app.secret else ("code", "device")
    available = {
        "service-account": _exists(lambda: environment.service_key(context.environ)),
        "yc": yc.find_program() is not None,
    }
    names = (*typed, "token", "service-account", "yc", "iam")
    return tuple(name for name in names if available.get(name, True))


def storages(opener: SessionOpener) -> tuple[str, ...]:
    """Return the places to save a login that are here, and the one that the line names: its error says what is wrong.

    A login in the keyring has a file beside it.
    """
    can_write = opener.context.profiles.is_writable
    available = {"kernel": True, "file": can_write, "keyring": can_write and keyring.is_available()}
    return tuple(name for name, is_here in available.items() if is_here or name == opener.request.storage)


def _exists(read: Callable[[], object]) -> bool:
    try:
        return read() is not None
    except TrackerError:
        return True  # choosing it shows what is wrong with it
