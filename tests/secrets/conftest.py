"""A secret of each form, everything that can be printed of an object, and a Tracker that knows none of the secrets."""

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
    """A secret of each form."""

    oauth: Secret
    old: Secret
    iam: Secret
    refresh: Secret
    pem: Secret
    app_secret: Secret
    code: Secret
    verifier: Secret

    def all(self) -> list[Secret]:
        """All of the secrets."""
        return [getattr(self, each.name) for each in fields(self)]


def wallet_of(seed: int) -> Wallet:
    """A wallet made from a seed: drawing each character would take most of the tests' time."""
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
    """The numbers of the secrets that a text contains at least twelve consecutive characters of."""
    numbers = []
    for number, secret in enumerate(secrets):
        plain = secret.reveal().replace(BEGIN, "").replace(END, "")
        parts = [part for line in plain.split("\n") for part in line.replace(".", ":").split(":")]
        pieces = {part[at : at + 12] for part in parts for at in range(len(part) - 11)}
        if any(piece in shown for piece in pieces):
            numbers.append(number)
    return numbers


OURS = ("tracker_magic", "requests", "urllib3", "queue", "http")
CONTAINERS = (dict, list, tuple, set, frozenset, types.MappingProxyType)


def members(thing: Any) -> list[Any]:
    """What `vars` and a debugger show of an object."""
    if isinstance(thing, (dict, types.MappingProxyType)):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, CONTAINERS):
        return list(thing)
    values = list(getattr(thing, "__dict__", {}).values())
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        values += [getattr(thing, name, None) for name in ([slots] if isinstance(slots, str) else slots)]
    if isinstance(thing, BaseException):
        values += [*thing.args, thing.__cause__, thing.__context__]
    return values


def printed_texts(thing: Any, seen: set[int]) -> Iterator[str]:
    """Everything that can be printed of an object and of the objects in it."""
    if id(thing) in seen or isinstance(thing, (type, types.ModuleType, types.FunctionType)):
        return
    seen.add(id(thing))
    yield from (repr(thing), str(thing), f"{thing}")
    with contextlib.suppress(Exception):  # an object that cannot be pickled leaks nothing
        yield pickle.dumps(thing).decode("latin1")
    if isinstance(thing, (*CONTAINERS, BaseException)) or type(thing).__module__.startswith(OURS):
        for each in members(thing):
            yield from printed_texts(each, seen)


def error_texts(error: BaseException) -> Iterator[str]:
    """Everything that a traceback can show in any mode of IPython, including the local variables."""
    yield from printed_texts(error, set())
    yield from traceback.format_exception(error)
    cause: BaseException | None = error
    while cause is not None:  # also the contexts that `from None` hides
        yield from traceback.TracebackException.from_exception(cause, capture_locals=True).format()
        cause = cause.__cause__ or cause.__context__
    for mode in ("Plain", "Context", "Verbose", "Minimal"):  # without colours, which would split a secret
        yield "\n".join(
            FormattedTB(mode, theme_name="nocolor").structured_traceback(type(error), error, error.__traceback__)
        )
    if isinstance(error, (errors.TrackerError, errors.Cancelled)):
        yield "\n".join(error._render_traceback_())
        error.show_traceback()
        yield "\n".join(error._render_traceback_())


class LogCapture(logging.Handler):
    """Collects log records as a careless handler would print them: message, arguments, attributes."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Collect everything that the record holds."""
        self.texts += [record.getMessage(), repr(record.args), repr(vars(record))]


@contextlib.contextmanager
def captured_logs() -> Iterator[list[str]]:
    """The logs at DEBUG and the warnings meanwhile."""
    capture, loggers = LogCapture(), [logging.getLogger(name) for name in ("tracker_magic", "urllib3", "requests")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(capture)
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield capture.texts
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(capture)
            logger.setLevel(level)
        capture.texts += [str(vars(each)) for each in warned]


class LoginService:
    """An embedded Tracker that knows none of the secrets, and a home for profiles."""

    def __init__(self, demo: Demo, home: str) -> None:
        self.demo, self.url, self.client_id = demo, demo.url, demo.access.client_id
        self.home = home
        self.addresses = Addresses(api=self.url, oauth=self.url, iam=self.url, metadata=self.url)
        self.services = Services(self.addresses)
        self.device = Device("a-device-id", "notebook")

    def context(self, **names: Secret) -> LoginContext:
        """A login context with secrets in its environment."""
        addresses = {f"TRACKER_{name}_BASE_URL": self.url for name in ("API", "OAUTH", "IAM", "METADATA")}
        return LoginContext(
            {**addresses, "TRACKER_HOME": self.home, **{name: value.reveal() for name, value in names.items()}}
        )

    def app(self, wallet: Wallet) -> App:
        """The app with a wrong secret."""
        return App(self.client_id, wallet.app_secret)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoginService]:
    """A login service for all examples."""
    world = make_world(seed=3, issues=5, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as demo:
        yield LoginService(demo, str(tmp_path_factory.mktemp("home")))


class Leaks:
    """Everything that can be printed of an object or an error, and the secrets in it."""

    wallets = st.integers(0, 2**64).map(wallet_of)
    leaked = staticmethod(leaked)
    printed_texts = staticmethod(lambda thing: printed_texts(thing, set()))
    error_texts = staticmethod(error_texts)
    captured_logs = staticmethod(captured_logs)


@pytest.fixture(scope="session")
def leaks() -> type[Leaks]:
    """The search for secrets."""
    return Leaks
