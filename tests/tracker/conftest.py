"""An embedded Tracker for these tests, and Tracker objects that are logged in there."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tracker_magic import Tracker
from tracker_magic.api.rate_limiter import SHARED
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world


@pytest.fixture(scope="session")
def shared_demo() -> Iterator[Demo]:
    """One embedded Tracker for the whole session; its world does not change by itself."""
    world = make_world(seed=7, issues=2500, now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
    with Demo(world, Access(world)) as demo:
        yield demo


@pytest.fixture
def demo(shared_demo: Demo) -> Iterator[Demo]:
    """The embedded Tracker, without faults and with an empty journal; a scroll that stays open fails the test."""
    shared_demo.service.behaviour = Behaviour()
    shared_demo.journal = []  # requests that are still under way belong to the earlier test
    SHARED.clear()  # a rate that another test's 429s lowered would slow this one down
    yield shared_demo
    shared_demo.service.behaviour = Behaviour()
    open_scrolls = shared_demo.open_scrolls
    shared_demo.service.scrolls.forget()  # so that only this test fails
    assert open_scrolls == 0


@pytest.fixture
def make(demo: Demo) -> Iterator[Callable[..., Tracker]]:
    """Makes Trackers for the embedded Tracker, without rate limits; arguments replace those of the login."""
    trackers: list[Tracker] = []

    def build(**arguments: Any) -> Tracker:
        names = demo.names
        defaults = {
            "token": names["TRACKER_TOKEN"],
            "org_id": names["TRACKER_ORG_ID"],
            "base_url": names["TRACKER_API_BASE_URL"],
            "search_rps": None,
            "other_rps": None,
        }
        if "login" in arguments:
            del defaults["token"], defaults["org_id"]
        trackers.append(Tracker(**{**defaults, **arguments}))
        return trackers[-1]

    yield build
    for tracker in trackers:
        tracker.close()


@pytest.fixture
def tracker(make: Callable[..., Tracker]) -> Tracker:
    """A Tracker that is logged in at the embedded Tracker."""
    return make()


@pytest.fixture
def visible_keys(demo: Demo) -> set[str]:
    """The keys of the issues that the login may see."""
    hidden = {queue.key for queue in demo.world.queues.values() if queue.hidden}
    return {key for key in demo.world.issues if key.rsplit("-", 1)[0] not in hidden}
