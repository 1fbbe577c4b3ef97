"""One secret of each form, everything that can be printed of a thing, a Tracker that knows none of them."""

import contextlib
import logging
import pickle
import traceback
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st
from IPython.core.ultratb import FormattedTB

from tracker_magic import errors
from tracker_magic.auth import LoginContext
from tracker_magic.auth.oauth import App, Device
from tracker_magic.auth.services import Services
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses

BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
WORDS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Wallet:
    """One secret of each form, closed."""

    oauth: Secret
    old: Secret
    iam: Secret
    refresh: Secret
    pem: Secret
    app_secret: Secret
    code: Secret
    verifier: Secret

    def all(self) -> list[Secret]:
        """Every one."""
        return [getattr(self, each.name) for each in fields(self)]


def wallet_of(seed: int) -> Wallet:
    """A wallet drawn by a seed: character by character would take most of the tests' time."""
    random = Random(seed)

    def text(size: int, alphabet: str = WORDS) -> str:
        return "".join(random.choices(alphabet, k=size))

    return Wallet(
        oauth=Secret(f"y{random.randint(0, 3)}_{text(58)}"),
        old=Secret(f"A{random.choice('Qg')}AAAA{text(33)}"),
        iam=Secret(f"t1.{text(40)}.{text(86)}"),
        refresh=Secret(f"1:{text(40)}:{text(40)}"),
        pem=Secret(f"{BEGIN}\n{text(64)}\n{text(64)}\n{END}\n"),
        app_secret=Secret(text(32, "0123456789abcdef")),
        code=Secret(text(16, "abcdefghijklmnopqrstuvwxyz0123456789")),
        verifier=Secret(text(86, WORDS + "-_")),
    )


def leaked(shown: str, secrets: list[Secret]) -> list[int]:
    """Which of the secrets stand in a text, be it only in part: any twelve signs in a row that are its own."""
    found = []
    for number, secret in enumerate(secrets):
        open_ = secret.reveal().replace(BEGIN, "").replace(END, "")
        parts = [part for line in open_.split("\n") for part in line.replace(".", ":").split(":")]
        pieces = {part[at : at + 12] for part in parts for at in range(len(part) - 11)}
        if any(piece in shown for piece in pieces):
            found.append(number)
    return found


OURS = ("tracker_magic", "requests", "urllib3", "queue", "http")
CONTAINERS = (dict, list, tuple, set, frozenset, types.MappingProxyType)


def members(thing: Any) -> list[Any]:
    """What `vars` and a debugger show of a thing."""
    if isinstance(thing, (dict, types.MappingProxyType)):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, CONTAINERS):
        return list(thing)
    found = list(getattr(thing, "__dict__", {}).values())
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        found += [getattr(thing, name, None) for name in ([slots] if isinstance(slots, str) else slots)]
    if isinstance(thing, BaseException):
        found += [*thing.args, thing.__cause__, thing.__context__]
    return found


def printed(thing: Any, seen: set[int]) -> Iterator[str]:
    """Everything that can be printed of a thing and of what it holds."""
    if id(thing) in seen or isinstance(thing, (type, types.ModuleType, types.FunctionType)):
        return
    seen.add(id(thing))
    yield from (repr(thing), str(thing), f"{thing}")
    with contextlib.suppress(Exception):  # what cannot be pickled is well
        yield pickle.dumps(thing).decode("latin1")
    if isinstance(thing, (*CONTAINERS, BaseException)) or type(thing).__module__.startswith(OURS):
        for each in members(thing):
            yield from printed(each, seen)


def told(error: BaseException) -> Iterator[str]:
    """Everything that a traceback can show, with the locals of its frames, in every mode of IPython."""
    yield from printed(error, set())
    yield from traceback.format_exception(error)
    led: BaseException | None = error
    while led is not None:  # what led to it too, though nobody prints that after `from None`
        yield from traceback.TracebackException.from_exception(led, capture_locals=True).format()
        led = led.__cause__ or led.__context__
    for mode in ("Plain", "Context", "Verbose", "Minimal"):  # without colours, which would cut a text into pieces
        yield "\n".join(
            FormattedTB(mode, theme_name="nocolor").structured_traceback(type(error), error, error.__traceback__)
        )
    if isinstance(error, (errors.TrackerError, errors.Cancelled)):
        yield "\n".join(error._render_traceback_())
        error.show_traceback()
        yield "\n".join(error._render_traceback_())


class Heard(logging.Handler):
    """Log records as a careless handler would print them: message, arguments, traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep all of it."""
        self.texts += [record.getMessage(), repr(record.args), repr(vars(record))]


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """What is logged at DEBUG and warned of meanwhile."""
    heard, loggers = Heard(), [logging.getLogger(name) for name in ("tracker_magic", "urllib3", "requests")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(heard)
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield heard.texts
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(heard)
            logger.setLevel(level)
        heard.texts += [str(vars(each)) for each in warned]


class TokenStorage:
    """An embedded Tracker that knows none of these secrets, and a home."""

    def __init__(self, demo: Demo, home: str) -> None:
        self.demo, self.url, self.client_id = demo, demo.url, demo.access.client_id
        self.home = home
        self.addresses = Addresses(api=self.url, oauth=self.url, iam=self.url, metadata=self.url)
        self.services = Services(self.addresses)
        self.device = Device("a-device-id", "notebook")

    def context(self, **names: Secret) -> LoginContext:
        """The ways to a login with secrets in the environment."""
        own = {f"TRACKER_{name}_BASE_URL": self.url for name in ("API", "OAUTH", "IAM", "METADATA")}
        return LoginContext(
            {**own, "TRACKER_HOME": self.home, **{name: value.reveal() for name, value in names.items()}}
        )

    def app(self, wallet: Wallet) -> App:
        """The app with a wrong secret."""
        return App(self.client_id, wallet.app_secret)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenStorage]:
    """One for all examples."""
    world = make_world(seed=3, issues=5, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as demo:
        yield TokenStorage(demo, str(tmp_path_factory.mktemp("home")))


class Leaks:
    """What a test asks: everything that can be printed, and which secrets stand in it."""

    wallets = st.integers(0, 2**64).map(wallet_of)
    leaked = staticmethod(leaked)
    printed = staticmethod(lambda thing: printed(thing, set()))
    told = staticmethod(told)
    listening = staticmethod(listening)


@pytest.fixture(scope="session")
def leaks() -> type[Leaks]:
    """The search."""
    return Leaks
