"""Frames of lists: everything except issues and changelogs."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.columns import FRAMES, PER_ISSUE
from tracker_magic.errors import BadOption
from tracker_magic.frames import build_list, value_warning

ANN = {"id": "11", "display": "Анна"}
LINK_TYPE = {"id": "subtask", "inward": "Подзадача", "outward": "Родительская задача"}
OTHER = {"id": "x", "key": "OPS-2", "display": "Other"}
KINDS = sorted(set(FRAMES) - {"issues", "changelog"})
RECORDS = {
    "comments": (
        {"id": 98, "longId": "5f", "text": "Hi", "createdBy": ANN, "type": "standard", "transport": "internal"},
        {"key": "DEV-1", "id": "98", "text": "Hi", "createdBy.id": "11"},
    ),
    "worklog": (
        {"id": 1, "issue": {"key": "OLD-1", "display": "My issue"}, "duration": "P3W", "createdBy": ANN},
        {"key": "DEV-1", "summary": "My issue", "id": "1", "duration": 120.0, "createdBy": "Анна"},
    ),
    "links": (
        {
            "id": 47,
            "type": LINK_TYPE,
            "direction": "outward",
            "object": OTHER,
            "status": {"key": "open", "display": "O"},
        },
        {
            "id": "47",
            "type.id": "subtask",
            "relation": "Родительская задача",
            "other": "OPS-2",
            "other.summary": "Other",
        }
        | {"other.status": "O", "other.status.key": "open", "direction": "outward"},
    ),
    "attachments": (
        {
            "id": "1",
            "name": "a.jpg",
            "content": "https://tracker.example/a.jpg",
            "mimetype": "image/jpg",
            "size": 19090,
        },
        {"id": "1", "url": "https://tracker.example/a.jpg", "size": 19090},
    ),
    "checklists": (
        {"id": "5f", "text": "T", "checked": False, "assignee": {"id": 11, "display": "Анна", "login": "anna"}}
        | {"deadline": {"date": "2021-05-09T00:00:00.000+0000", "deadlineType": "date"}},
        {"checked": False, "assignee.id": "11", "deadline": pd.Timestamp("2021-05-09")},
    ),
    "transitions": (
        {"id": "resolve", "display": "Resolve", "to": {"id": "1", "key": "open", "display": "Открыт"}},
        {"id": "resolve", "name": "Resolve", "to": "Открыт", "to.key": "open"},
    ),
    "users": (
        {"uid": 1200000001, "login": "anna", "display": "Анна", "email": "a@example.com", "dismissed": False},
        {"id": "1200000001", "login": "anna", "display": "Анна", "email": "a@example.com", "dismissed": False},
    ),
    "sprints": (
        {"id": 4400, "name": "S1", "board": {"id": "3", "display": "B"}, "status": "in_progress", "archived": False}
        | {"startDate": "2015-06-01", "startDateTime": "2015-06-01T07:00:00.000+0000"},
        {"id": "4400", "board": "B", "board.id": "3", "startDate": pd.Timestamp("2015-06-01")},
    ),
    "columns": (
        {"id": 1, "name": "Открыт", "statuses": [{"id": "1", "key": "open", "display": "Открыт"}]},
        {"id": "1", "statuses": ["Открыт"], "statuses.key": ["open"]},
    ),
    "boards": (
        {
            "id": 1,
            "name": "B",
            "columns": [{"id": "1", "display": "Открыт"}],
            "createdBy": {"id": "anna", "display": "A"},
        },
        {"id": "1", "columns": ["Открыт"], "columns.id": ["1"], "createdBy.id": "anna"},
    ),
    "queues": ({"id": 3, "key": "DEV", "name": "Dev", "lead": ANN}, {"id": "3", "key": "DEV", "lead.id": "11"}),
    "fields": (
        {"id": "x", "name": "X", "schema": {"type": "array", "items": "string"}, "queue": {"id": "1", "key": "DEV"}}
        | {"optionsProvider": {"type": "FixedListOptionsProvider", "values": ["a", 1]}},
        {"id": "x", "type": "array", "items": "string", "options": ["a", 1], "queue": "DEV"},
    ),
    "statuses": ({"id": 1, "key": "open", "name": "O", "order": 200, "type": "new"}, {"order": 200, "type": "new"}),
    "types": ({"id": 1, "key": "task", "name": "Задача", "deleted": True}, {"id": "1", "key": "task", "deleted": True}),
    "priorities": ({"id": 5, "key": "normal", "name": {"ru": "С", "en": "N"}}, {"id": "5", "name": "С"}),
    "resolutions": ({"id": 1, "key": "fixed", "name": "Решен", "order": 0}, {"key": "fixed", "order": 0}),
    "link_types": (LINK_TYPE, LINK_TYPE),
    "groups": ({"id": 5, "name": "Developers"}, {"id": "5", "name": "Developers"}),
    "components": (
        {"id": 1, "name": "T", "queue": {"key": "ORG", "display": "My"}},
        {"queue": "ORG", "queue.display": "My"},
    ),
    "versions": ({"id": 4, "name": "v", "dueDate": "2027-06-09", "released": False}, {"id": "4", "released": False}),
    "projects": (
        {"id": "655f", "shortId": 8, "fields": {"summary": "P", "lead": ANN, "teamAccess": None, "tags": ["a"]}}
        | {"createdBy": ANN, "version": 7},
        {"id": "655f", "shortId": "8", "summary": "P", "lead": "Анна", "lead.id": "11", "tags": ["a"], "version": 7},
    ),
    "portfolios": (
        {"id": "1", "fields": {"parentEntity": {"primary": {"id": "2", "display": "Top"}, "secondary": []}}},
        {"parentEntity": "Top", "parentEntity.id": "2"},
    ),
    "goals": ({"id": "1", "fields": {"entityStatus": "at_risk", "end": "2026-01-01"}}, {"entityStatus": "at_risk"}),
}


def built(kind, records, **options):
    """Build a list; records of an issue come with its key."""
    return build_list(kind, [("DEV-1", record) for record in records] if kind in PER_ISSUE else records, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_a_documented_record_is_read(kind):
    """Each kind reads a record of the documented shape into its columns; ids are text."""
    record, expected = RECORDS[kind]
    df = built(kind, [record])
    assert list(df) == [column.name for column in FRAMES[kind]]
    assert {name: df[name].iloc[0] for name in expected} == expected
    assert df.dtypes.astype(str).to_dict() == built(kind, []).dtypes.astype(str).to_dict()


ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
ODD |= st.dictionaries(st.sampled_from(["id", "key", "date", "values", "primary", "lead"]), ODD, max_size=3)


def test_an_object_column_of_texts_stays_object():
    """An object column that holds only texts does not become a text column."""
    assert str(built("goals", [{"id": "1", "fields": {"quarter": "2026-Q1"}}])["quarter"].dtype) == "object"


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(KINDS), st.data())
def test_odd_records_do_not_affect_the_dtypes(kind, data):
    """Whatever a record holds, columns and dtypes are those of an empty list, and every record has its row."""
    names = sorted({column.path[0] for column in FRAMES[kind] if column.path})
    records = data.draw(st.lists(st.dictionaries(st.sampled_from(names), ODD), max_size=3))
    df = built(kind, records)
    described = df[[column.name for column in FRAMES[kind]]]
    assert len(df) == len(records)
    assert described.dtypes.astype(str).to_dict() == built(kind, []).dtypes.astype(str).to_dict()


@pytest.mark.parametrize(("direction", "relation"), [("outward", "Родительская задача"), ("inward", "Подзадача")])
def test_a_link_is_named_as_seen_from_its_issue(direction, relation):
    """An outward link has the outward name of its type, an inward one the inward name."""
    df = built("links", [{"type": LINK_TYPE, "direction": direction, "object": OTHER}])
    assert df["relation"].tolist() == [relation]


def test_options_of_every_queue_come_once():
    """Where each queue has its own values, all of them are listed, each once, the default ones first."""
    provider = {"values": {"DEV": ["b", "a"], "OPS": ["c", "b"]}, "defaults": ["a"]}
    assert built("fields", [{"id": "x", "optionsProvider": provider}])["options"].tolist() == [["a", "b", "c"]]


def test_a_localized_name_is_one_text():
    """A name in several languages is shown in Russian, else in English, else in any language it has."""
    names = [{"name": {"en": "Normal", "ru": "Средний"}}, {"name": {"tr": "Orta"}}, {"name": "Plain"}]
    assert built("priorities", names)["name"].tolist() == ["Средний", "Orta", "Plain"]


def test_a_value_that_does_not_fit_stands_in_raw():
    """A list has a `.raw` column for values that do not fit, and a warning about it, as issues have."""
    df = built("versions", [{"id": 1, "dueDate": "20227-06-09"}])
    assert str(value_warning(df)).endswith(": dueDate (1)")
    assert df["dueDate.raw"].tolist() == ["20227-06-09"]


def test_moments_show_the_zone():
    """Every moment is shown in the zone `tz`."""
    df = built("comments", [{"createdAt": "2017-06-11T22:11:12.347+0000"}], tz="Europe/Moscow")
    assert str(df["createdAt"].iloc[0]) == "2017-06-12 01:11:12.347000+03:00"


@pytest.mark.parametrize("kind", ["issues", "changelog", "nothing"])
def test_other_kinds_are_no_lists(kind):
    """A kind that is not a list is an error that names the lists."""
    with pytest.raises(BadOption, match=kind):
        build_list(kind, [])
