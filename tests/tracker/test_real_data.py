"""Real histories over HTTP are compared with their files, row by row and event by event."""

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
# The names in Tracker of fields that have another name in the file.
FIELDS = {
    "owner": "assignee", "keywords": "tags", "component": "components", "version": "affectedVersions",
    "milestone": "fixVersions", "reporter": "createdBy", "cc": "followers",
}  # fmt: skip


def records_of(name: str) -> list[dict[str, Any]]:
    """The records of a file; skips the test if there is none."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path.name} is not next to the checkout (../shared/data)")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def tracker_and_records(name: str) -> Iterator[tuple[Tracker, list[dict[str, Any]]]]:
    """A Tracker at an embedded service that serves the file, and the file's records."""
    records = records_of(name)
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
    """The Trac of jQuery."""
    yield from tracker_and_records("jquery_trac_issues.jsonl.gz")


@pytest.fixture(scope="module")
def jira():
    """The Jira of Titanium."""
    yield from tracker_and_records("titanium_jira_issues.jsonl.gz")


def test_every_ticket_comes_once_with_its_values(trac):
    """All 21,704 tickets come once, with the keys, statuses, dates and people of the file."""
    tracker, records = trac
    frame = tracker.issues("Queue: JQ OR Queue: JQUI")
    assert len(frame) == frame["key"].nunique() == len(records) == 21_704
    assert frame.attrs["tracker"]["total"] == 21_704
    expected = pd.DataFrame(records).set_index("key").loc[frame["key"]].reset_index()
    assert (frame["summary"] == expected["summary"]).all()
    assert (frame["status.key"] == expected["status"]).all()
    assert (frame["createdAt"] == pd.to_datetime(expected["created"], utc=True)).all()
    resolved = pd.to_datetime(expected["resolved"], utc=True)
    assert frame["resolvedAt"].isna().equals(resolved.isna())
    assert (frame["resolvedAt"].dropna().array == resolved.dropna().array).all()
    assert frame["assignee"].isna().equals(expected["assignee"].isna())
    resolutions = expected["resolution"].fillna("").astype(frame["resolution.key"].dtype)
    assert frame["resolution.key"].fillna("").equals(resolutions)
    assert [tags or [] for tags in frame["tags"]] == list(expected["keywords"])
    assert str(frame["createdAt"].dtype) == "datetime64[us, UTC]"
    assert str(frame["votes"].dtype) == "Int64"


def test_the_longest_histories_equal_the_file(trac):
    """The changelogs of all tickets with more than 50 events have the time, author, fields and values of the file."""
    tracker, records = trac
    tickets = {record["key"]: record for record in records if len(record["changes"]) > 50}
    assert len(tickets) == 11
    changelog = tracker.changelog(list(tickets))
    assert list(dict.fromkeys(changelog["key"])) == list(tickets)
    logins = tracker.users().set_index("id")["login"]
    for key, record in tickets.items():
        rows = changelog[changelog["key"] == key]
        created = rows.iloc[0]
        assert (created["type"], created["at"]) == ("IssueCreated", datetime.fromisoformat(record["created"]))
        entries = [entry for _, entry in rows.iloc[1:].groupby("id", sort=False)]
        assert len(entries) == len(record["changes"])
        for entry, change in zip(entries, record["changes"], strict=True):
            assert set(entry["at"]) == {datetime.fromisoformat(change["at"])}
            if change["by"] is not None:
                assert logins[entry["by.id"].iloc[0]] == change["by"]
            assert_fields(entry, change.get("fields") or [], has_comment="comment_chars" in change)


def assert_fields(entry: pd.DataFrame, fields: list[tuple[str, Any, Any]], *, has_comment: bool) -> None:
    """The rows of one entry have these fields, and the keys of their values where both name the same thing."""
    assert len(entry) == max(1, len(fields) + has_comment)
    for (_, row), (name, old, new) in zip(entry.iterrows(), fields, strict=False):
        assert row["field"] == FIELDS.get(name, name)
        if name in {"status", "resolution", "priority", "type", "summary"}:
            keys = [None if pd.isna(row[column]) else row[column] for column in ("from.key", "to.key")]
            assert keys == [old, new] or [row["from.key"], row["to.key"]] == pytest.approx([old, new], nan_ok=True)


def test_a_project_of_more_than_ten_thousand_issues_is_complete(jira):
    """29,057 issues, 22,371 of them in one queue, come with the links, epics, parents and sprints of the file."""
    tracker, records = jira
    assert tracker.count(queue="TIMOB") == 22_371
    queues = sorted({record["project"] for record in records})
    frame = tracker.issues(queue=queues)
    assert len(frame) == frame["key"].nunique() == len(records) == 29_057
    expected = pd.DataFrame(records).set_index("key").loc[frame["key"]].reset_index()
    known = set(expected["key"])
    for name in ("parent", "epic"):
        inside = expected[name].where(expected[name].isin(known))
        assert frame[name].fillna("").tolist() == inside.fillna("").tolist()
    assert [sorted(sprints or []) for sprints in frame["sprint.id"]] == [
        sorted(map(str, sprints)) for sprints in expected["sprints"]
    ]
    linked = next(
        record for record in records if len(record["links"]) > 3 and {key for *_, key in record["links"]} <= known
    )
    assert set(tracker.links(linked["key"])["other"]) == {key for *_, key in linked["links"]}
