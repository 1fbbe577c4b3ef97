"""Real histories and the demo's world as frames, each built once."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from werkzeug.test import EnvironBuilder

from tests.frames.builders import build_changelog
from tracker_magic import Tracker
from tracker_magic.demo.history import load_world
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.server import Demo
from tracker_magic.demo.service import ApiRequest
from tracker_magic.demo.world import make_world
from tracker_magic.frames import Schema

HISTORIES = Path(__file__).parents[3] / "shared" / "data" / "jquery_trac_issues.jsonl.gz"
# Histories of the real data that are fetched over HTTP; the others are built from what the server would send.
SAMPLE = 400
FIELDS = "status,statusType,resolution,type,queue,createdAt,resolvedAt,statusStartTime,fixVersions"

Frames = tuple[pd.DataFrame, pd.DataFrame]


def tracker_at(demo: Demo) -> Tracker:
    """A Tracker that is logged in at the demo, without rate limits."""
    names = demo.names
    address = names["TRACKER_API_BASE_URL"]
    return Tracker(
        token=names["TRACKER_TOKEN"], org_id=names["TRACKER_ORG_ID"], base_url=address, search_rps=None, other_rps=None
    )


def rendered_changelog(world: World, demo: Demo, keys: list[str]) -> pd.DataFrame:
    """The changelog of these issues, built from the records that the server renders, without a request for each."""
    renderer = IssueRenderer(world, ApiRequest(EnvironBuilder(base_url=demo.url).get_environ()))
    entries = ((key, renderer.event(world.issues[key], event)) for key in keys for event in world.issues[key].events)
    return build_changelog(entries, "UTC", schema=Schema.from_records([], {}))


@pytest.fixture(scope="session")
def real() -> Frames:
    """All issues and histories of the real data.

    The issues and a sample of the histories come over HTTP; the other histories are built from the same records.
    """
    if not HISTORIES.exists():
        pytest.skip(f"{HISTORIES.name} is not next to the checkout (../shared/data)")
    world = load_world(HISTORIES)
    with Demo(world, Access(world)) as demo, tracker_at(demo) as tracker:
        issues = tracker.issues("Queue: JQ OR Queue: JQUI", fields=FIELDS)
        sample = issues["key"].tolist()[:: len(issues) // SAMPLE]
        fetched = tracker.changelog(sample)
        log = rendered_changelog(world, demo, issues["key"].tolist())
    rendered = log[log["key"].isin(sample)].reset_index(drop=True)
    pd.testing.assert_frame_equal(rendered, fetched, check_flags=False)
    log.attrs = fetched.attrs
    return issues, log


@pytest.fixture(scope="session")
def made_up() -> tuple[Frames, pd.DataFrame, pd.DataFrame]:
    """Issues and changelog of two queues of the demo's world, and the sprints and the columns of its first board."""
    world_now = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    world = make_world(seed=11, issues=700, now=world_now)
    with Demo(world, Access(world)) as demo, tracker_at(demo) as tracker:
        issues = tracker.issues(queue=["DEV", "OPS"], tz="Europe/Moscow")
        issues.attrs["tracker"]["fetched_at"] = world_now.isoformat()  # not the clock's
        board = tracker.boards()["id"].iloc[0]
        return (issues, tracker.changelog(issues, tz="Europe/Moscow")), tracker.sprints(board), tracker.columns(board)
