"""The embedded login services, the person in front of them, a clock that tests set, and a home for profiles."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from tracker_magic.auth import Clock, Credentials, LoginContext
from tracker_magic.auth.oauth import App
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo, RecordedRequest
from tracker_magic.demo.world import make_world
from tracker_magic.secret import Secret
from tracker_magic.tracker import Me, signed_in

TOKEN_PATH = "/token"
ADDRESSES = ("API", "OAUTH", "IAM", "METADATA")


class SettableClock(Clock):
    """A clock that stands still until a test advances it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment that the test has set."""
        return self.moment


class WrongClock(Clock):
    """A clock that is ahead of another one."""

    def __init__(self, right: Clock, ahead: timedelta) -> None:
        self._right, self._ahead = right, ahead

    def now(self) -> datetime:
        """The wrong moment."""
        return self._right.now() + self._ahead


class Machine:
    """A machine with an environment and a home, an embedded Tracker beside it, and the person who uses both."""

    def __init__(self, world: World, home: Path) -> None:
        self.clock = SettableClock()
        self.access = Access(world, clock=self.clock.now)
        self.demo = Demo(world, self.access)
        self.switches = self.access.switches
        self.home = home
        self.environ = {f"TRACKER_{name}_BASE_URL": self.demo.url for name in ADDRESSES} | {"TRACKER_HOME": str(home)}
        self.app = App(self.access.client_id, Secret(self.access.client_secret))
        self.public_app = App(self.access.client_id)
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def now(self) -> datetime:
        """The current moment, for the services and for the client."""
        return self.clock.now()

    @property
    def context(self) -> LoginContext:
        """A login context with the current environment."""
        return LoginContext(self.environ, clock=self.clock)

    def context_with_wrong_clock(self, **ahead: float) -> LoginContext:
        """The same context on a machine whose clock is that far ahead of the services' clock."""
        return LoginContext(self.environ, clock=WrongClock(self.clock, timedelta(**ahead)))

    def set(self, **variables: str) -> LoginContext:
        """Set environment variables."""
        self.environ.update(variables)
        return self.context

    def advance(self, **time: float) -> None:
        """Advance the clock, for the services and for the client."""
        self.clock.moment += timedelta(**time)

    def add_fault(self, kind: str, path: str = TOKEN_PATH, times: int = 1, **details: object) -> None:
        """Let the next requests to `path` fail."""
        self.demo.behaviour.faults.append(Fault(kind, path, times, **details))

    def requests_to(self, path: str = TOKEN_PATH) -> list[RecordedRequest]:
        """The requests to `path` so far."""
        return [request for request in self.demo.journal if request.path == path]

    def visit(self, link: str, decision: str = "allow") -> str:
        """Open a link as the person and decide; return the address (or text) of the page that follows."""
        data = {"decision": decision, "confirmation": self.demo.access.confirmation}
        response = self._session.post(link, data=data, allow_redirects=False, timeout=10)
        return response.headers["Location"] if response.is_redirect else response.text

    def type_code(self, user_code: str, decision: str = "allow") -> None:
        """Type a device code on the service's page as the person."""
        data = {"user_code": user_code, "decision": decision, "confirmation": self.demo.access.confirmation}
        assert self._session.post(f"{self.demo.url}/device", data=data, timeout=10).ok

    def me(self, credentials: Credentials) -> Me:
        """The person that the service sees in a login."""
        with signed_in(credentials) as tracker:
            return tracker.me

    def close(self) -> None:
        """Close the person's connections."""
        self._session.close()


@pytest.fixture(scope="session")
def small_world() -> World:
    """A world just large enough to log in to."""
    return make_world(seed=3, issues=5, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def machine(small_world: World, tmp_path: Path) -> Iterator[Machine]:
    """A machine of its own for each test."""
    machine = Machine(small_world, tmp_path / "home")
    with machine.demo:
        yield machine
    machine.close()
