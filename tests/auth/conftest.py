"""The embedded login services, a person before them, a clock that a test turns, and a home for profiles."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from tracker_magic.auth import Credentials, LoginContext
from tracker_magic.auth.oauth import App
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo, RecordedRequest
from tracker_magic.demo.world import make_world
from tracker_magic.secret import Secret
from tracker_magic.tracker import Me, signed_in

TOKEN = "/token"
NAMES = ("API", "OAUTH", "IAM", "METADATA")


class TokenStorage:
    """A machine (its environment, its home) beside an embedded Tracker; `context` are the ways to log in from it."""

    def __init__(self, world: World, home: Path) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.access = Access(world, clock=lambda: self.now)
        self.demo = Demo(world, self.access)
        self.switches = self.access.switches
        self.home = home
        self.environ = {f"TRACKER_{name}_BASE_URL": self.demo.url for name in NAMES} | {"TRACKER_HOME": str(home)}
        self.app = App(self.access.client_id, Secret(self.access.client_secret))
        self.public = App(self.access.client_id)
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def context(self) -> LoginContext:
        """The ways to a login as the environment is now."""
        return LoginContext(self.environ, clock=lambda: self.now)

    def set(self, **names: str) -> LoginContext:
        """Put names into the environment."""
        self.environ.update(names)
        return self.context

    def later(self, **time: float) -> None:
        """Time passes, for the services and for the client."""
        self.now += timedelta(**time)

    def fault(self, kind: str, path: str = TOKEN, times: int = 1, **more: object) -> None:
        """The next requests to `path` go wrong."""
        self.demo.behaviour.faults.append(Fault(kind, path, times, **more))

    def asked(self, path: str = TOKEN) -> list[RecordedRequest]:
        """The requests to `path` so far."""
        return [seen for seen in self.demo.journal if seen.path == path]

    def visit(self, link: str, decision: str = "allow") -> str:
        """The person opens a link and decides; the address of the page they end at."""
        answer = self._session.post(link, data={"decision": decision}, allow_redirects=False, timeout=10)
        return answer.headers["Location"] if answer.is_redirect else answer.text

    def type_code(self, user_code: str, decision: str = "allow") -> None:
        """The person types a code on the other page."""
        data = {"user_code": user_code, "decision": decision}
        assert self._session.post(f"{self.demo.url}/device", data=data, timeout=10).ok

    def me(self, found: Credentials) -> Me:
        """Who the service says a login is."""
        with signed_in(found) as tracker:
            return tracker.me

    def close(self) -> None:
        """Close the person's connections."""
        self._session.close()


@pytest.fixture(scope="session")
def small() -> World:
    """A world just large enough to log in to."""
    return make_world(seed=3, issues=5, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def place(small: World, tmp_path: Path) -> Iterator[TokenStorage]:
    """A place of its own for each test."""
    place = TokenStorage(small, tmp_path / "home")
    with place.demo:
        yield place
    place.close()
