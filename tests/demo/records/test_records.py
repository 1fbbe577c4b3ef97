"""Native values are rendered as JSON of the API."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from tracker_magic.demo.model import World
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.records.renderer import format_datetime, format_duration
from tracker_magic.demo.service import ApiRequest

UNITS = {"W": 40 * 3600, "D": 8 * 3600, "H": 3600, "M": 60, "S": 1}


def render(world: World, key: str, *, path: str = "/v3/issues/x", lang: str | None = None, **options: Any) -> Any:
    """Render an issue for a request to this path."""
    headers = {"Accept-Language": lang} if lang else {}
    request = ApiRequest(EnvironBuilder(path=path, base_url="http://127.0.0.1:8000", headers=headers).get_environ())
    request.version, request.caller = path[1:3], world.me
    return IssueRenderer(world, request).issue_record(world.issues[key], **options)


@given(st.integers(0, 10**9))
def test_durations_are_normalised(seconds: int):
    """A duration adds up to its seconds, with days below 5, hours below 8, minutes and seconds below 60."""
    pattern = r"P(?:(\d+)W)?(?:([1-4])D)?(?:T(?:([1-7])H)?(?:(\d+)M)?(?:(\d+)S)?)?"
    match = re.fullmatch(pattern, format_duration(seconds))
    assert match
    assert sum(int(count or 0) * unit for count, unit in zip(match.groups(), UNITS.values(), strict=True)) == seconds
    assert all(int(count or 0) < 60 for count in match.groups()[3:])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(145_200, "P1WT20M"), (59 * 3600, "P1W2DT3H"), (8 * 3600, "P1D"), (0, "PT0S"), (5400, "PT1H30M")],
)
def test_durations_combine_weeks_with_other_units(seconds: int, text: str):
    """Weeks are combined with days and hours in one duration."""
    assert format_duration(seconds) == text


def test_times_are_utc_with_milliseconds():
    """Times are rendered with milliseconds and `+0000`, whatever their offset."""
    assert format_datetime(datetime(2017, 6, 11, 5, 16, 1, 339_000, UTC)) == "2017-06-11T05:16:01.339+0000"
    assert (
        format_datetime(datetime(2022, 7, 5, 15, 30, tzinfo=timezone(timedelta(hours=5))))
        == "2022-07-05T10:30:00.000+0000"
    )


def test_references(world: World):
    """References have text ids, and those to users have no login."""
    record = render(world, "DEV-1")
    assert record["self"] == "http://127.0.0.1:8000/v3/issues/DEV-1"
    assert record["status"] == {
        "self": "http://127.0.0.1:8000/v3/statuses/1",
        "id": "1",
        "key": "open",
        "display": "Открыт",
    }
    assert record["queue"] == {
        "self": "http://127.0.0.1:8000/v3/queues/DEV",
        "id": "1",
        "key": "DEV",
        "display": "Разработка",
    }
    assert set(record["assignee"]) == {"self", "id", "display", "cloudUid", "passportUid"}
    assert record["assignee"]["id"] == world.me
    assert record["parent"]["key"] == "DEV-2"
    assert [sprint["id"] for sprint in record["sprint"]] == ["10", "11"]
    assert record["statusType"] == {"id": "new", "key": "new", "display": "Начальный"}


def test_values(world: World):
    """Durations, dates, counts and local fields, which are named by their full id, are rendered with the issue."""
    record = render(world, "DEV-1")
    assert record["603fb94c38bbe65800000001--team"] == "Red"
    assert (record["originalEstimation"], record["spent"], record["deadline"]) == ("P1WT20M", "P1W2DT3H", "2026-05-01")
    assert (record["favorite"], record["votes"], record["version"]) == (True, 2, 5)
    assert (record["commentWithExternalMessageCount"], record["commentWithoutExternalMessageCount"]) == (0, 60)
    assert (record["checklistDone"], record["checklistTotal"]) == (1, 2)


def test_unset_fields_are_left_out(world: World):
    """A field without a value is missing from the record, instead of being null or empty."""
    record = render(world, "OPS-1")
    assert not {"assignee", "resolution", "sprint", "tags", "aliases", "checklistItems", "lastCommentUpdatedAt"} & set(
        record
    )
    assert None not in record.values()


def test_projects_depend_on_the_version(world: World):
    """In v3 a project is rendered as primary and secondary, in v2 as the primary one; its id is the short one."""
    assert render(world, "DEV-1")["project"]["primary"]["id"] == "8"
    assert render(world, "DEV-1")["project"]["secondary"] == []
    assert render(world, "DEV-1", path="/v2/issues/x")["project"]["self"] == "http://127.0.0.1:8000/v2/projects/8"


def test_texts_are_localized(world: World):
    """Texts are Russian by default, English on demand, and both with localized=false."""
    assert render(world, "DEV-1", lang="en")["status"]["display"] == "Open"
    assert render(world, "DEV-1", lang="de")["status"]["display"] == "Открыт"
    both = render(world, "DEV-1", path="/v3/issues/x?localized=false")
    assert both["status"]["display"] == {"ru": "Открыт", "en": "Open"}


def test_fields_select_fields(world: World):
    """`fields` selects fields; self, id, key and version are always rendered."""
    record = render(world, "DEV-1", fields=["summary", "statusType", "resolution"])
    assert set(record) == {"self", "id", "key", "version", "summary", "statusType"}


def test_expand_adds_parts(world: World):
    """`expand` adds links, comments, attachments and transitions; links to hidden issues are left out."""
    record = render(world, "DEV-1", expand=["links", "comments", "attachments", "transitions"])
    assert [(link["type"]["id"], link["object"]["key"]) for link in record["links"]] == [
        ("subtask", "DEV-2"),
        ("depends", "OPS-1"),
    ]
    assert len(record["comments"]) == 60
    assert record["attachments"][0]["size"] == 12
    assert record["transitions"][0]["to"]["key"] == "inProgress"


def test_a_hidden_parent_is_left_out(world: World):
    """A reference to an issue of a hidden queue is not rendered."""
    world.issues["DEV-5"].values["parent"] = world.issues["SEC-1"].id
    assert "parent" not in render(world, "DEV-5")
