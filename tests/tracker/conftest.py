"""An embedded Tracker for these tests, and a Tracker object that asks it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tracker_magic import Tracker
from tracker_magic.api import rate_limiter
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world


@pytest.fixture(scope="session")
def served() -> Iterator[Demo]:
    """One still world for all tests of the session."""
    world = make_world(seed=7, issues=2500, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as demo:
        yield demo


@pytest.fixture
def demo(served: Demo) -> Iterator[Demo]:
    """The embedded Tracker, well behaved at the beginning of each test."""
    served.service.behaviour = Behaviour()
    served.journal.clear()
    rate_limiter._shared.clear()  # what another test's 429 taught would make this one slow, and give up what is brief
    yield served
    served.service.behaviour = Behaviour()
    left = served.open_scrolls
    served.service.scrolls.forget()  # that is one test's fault, and not the next one's
    assert left == 0


@pytest.fixture
def make(demo: Demo) -> Iterator[Callable[..., Tracker]]:
    """Makes Trackers that ask the demo without a limit of their own; arguments replace the login's."""
    made: list[Tracker] = []

    def build(**arguments: Any) -> Tracker:
        names = demo.names
        given = {
            "token": names["TRACKER_TOKEN"],
            "org_id": names["TRACKER_ORG_ID"],
            "base_url": names["TRACKER_API_BASE_URL"],
            "search_rps": None,
            "other_rps": None,
            **arguments,
        }
        made.append(Tracker(**{name: value for name, value in given.items() if value != "absent"}))
        return made[-1]

    yield build
    for tracker in made:
        tracker.close()


@pytest.fixture
def tracker(make: Callable[..., Tracker]) -> Tracker:
    """A Tracker logged in at the demo."""
    return make()
