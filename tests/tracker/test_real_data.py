"""Real histories over real HTTP, row by row and event by event against the files."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tracker_magic import Tracker
from tracker_magic.demo.history import load_world
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo

pytestmark = pytest.mark.data

FOLDER = Path(__file__).parents[3] / "shared" / "data"
# What a change in the file is called in Tracker (SOURCE.md, "Mapping onto Tracker").
FIELDS = {
    "owner": "assignee", "keywords": "tags", "component": "components", "version": "affectedVersions",
    "milestone": "fixVersions", "reporter": "createdBy", "cc": "followers",
}  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    """The file's records; skips where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the checkout (../shared/data)")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def served(name: str) -> Iterator[tuple[Tracker, list[dict[str, Any]]]]:
    """A Tracker that asks an embedded one which serves the file."""
    records = rows(name)
    world = load_world(FOLDER / name)
    with Demo(world, Access(world)) as demo:
        names = demo.names
        with Tracker(
            token=names["TRACKER_TOKEN"],
            org_id=names["TRACKER_ORG_ID"],
            base_url=demo.url,
            search_rps=None,
            other_rps=None,
        ) as tracker:
            yield tracker, records


@pytest.fixture(scope="module")
def trac():
    """The jQuery trackers."""
    yield from served("jquery_trac_issues.jsonl.gz")


@pytest.fixture(scope="module")
def jira():
    """The Titanium tracker."""
    yield from served("titanium_jira_issues.jsonl.gz")


def test_every_ticket_comes_once_with_its_values(trac):
    """21,704 unique rows; keys, statuses, dates and people are those of the file."""
    tracker, records = trac
    frame = tracker.issues("Queue: JQ OR Queue: JQUI")
    assert len(frame) == frame["key"].nunique() == len(records) == 21_704
    assert frame.attrs["tracker"]["total"] == 21_704
    told = pd.DataFrame(records).set_index("key").loc[frame["key"]].reset_index()
    assert (frame["summary"] == told["summary"]).all()
    assert (frame["status.key"] == told["status"]).all()
    assert (frame["createdAt"] == pd.to_datetime(told["created"], utc=True)).all()
    resolved = pd.to_datetime(told["resolved"], utc=True)
    assert frame["resolvedAt"].isna().equals(resolved.isna())
    assert (frame["resolvedAt"].dropna().array == resolved.dropna().array).all()
    assert frame["assignee"].isna().equals(told["assignee"].isna())
    assert (
        frame["resolution.key"].fillna("").equals(told["resolution"].fillna("").astype(frame["resolution.key"].dtype))
    )
    assert [tags or [] for tags in frame["tags"]] == list(told["keywords"])
    assert str(frame["createdAt"].dtype) == "datetime64[us, UTC]"
    assert str(frame["votes"].dtype) == "Int64"


def test_the_longest_histories_equal_the_file_event_by_event(trac):
    """All tickets with more than 50 events: time, author, fields, from and to, in the file's order."""
    tracker, records = trac
    long = {record["key"]: record for record in records if len(record["changes"]) > 50}
    assert len(long) == 11
    log = tracker.changelog(list(long))
    assert list(dict.fromkeys(log["key"])) == list(long)
    logins = tracker.users().set_index("id")["login"]
    for key, record in long.items():
        of_issue = log[log["key"] == key]
        created = of_issue.iloc[0]
        assert (created["type"], created["at"]) == ("IssueCreated", datetime.fromisoformat(record["created"]))
        entries = list(of_issue.iloc[1:].groupby("id", sort=False))
        assert len(entries) == len(record["changes"])
        for (_, entry), change in zip(entries, record["changes"], strict=True):
            assert set(entry["at"]) == {datetime.fromisoformat(change["at"])}
            if change["by"] is not None:
                assert logins[entry["by.id"].iloc[0]] == change["by"]
            fields = change.get("fields") or []
            assert len(entry) == max(1, len(fields))
            for (_, row), (name, old, new) in zip(entry.iterrows(), fields, strict=False):
                assert row["field"] == FIELDS.get(name, name)
                if name in {"status", "resolution", "priority", "type", "summary"}:
                    assert [row["from.key"], row["to.key"]] == pytest.approx([old, new], nan_ok=True) or [
                        None if pd.isna(row["from.key"]) else row["from.key"],
                        None if pd.isna(row["to.key"]) else row["to.key"],
                    ] == [old, new]


def test_a_project_beyond_ten_thousand_comes_whole(jira):
    """29,057 issues, 22,371 of them in one queue; links, epics, parents and sprints are those of the file."""
    tracker, records = jira
    assert tracker.count(queue="TIMOB") == 22_371
    queues = sorted({record["project"] for record in records})
    frame = tracker.issues(queue=queues)
    assert len(frame) == frame["key"].nunique() == len(records) == 29_057
    told = pd.DataFrame(records).set_index("key").loc[frame["key"]].reset_index()
    known = set(told["key"])
    for name in ("parent", "epic"):
        inside = told[name].where(told[name].isin(known))
        assert frame[name].fillna("").tolist() == inside.fillna("").tolist()
    assert [sorted(each or []) for each in frame["sprint.id"]] == [
        sorted(map(str, sprints)) for sprints in told["sprints"]
    ]
    linked = next(
        record for record in records if len(record["links"]) > 3 and {key for *_, key in record["links"]} <= known
    )
    assert set(tracker.links(linked["key"])["other"]) == {key for *_, key in linked["links"]}
