"""Frames of history."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.columns import FRAMES
from tracker_magic.frames import Schema, build_changelog

TEAM = "6054ae3a2b6b2c7f00000001--team"
OPEN = {"id": "1", "key": "open", "display": "Открыт"}
DONE = {"id": "3", "key": "closed", "display": "Закрыт"}
ANN, BORIS = {"id": "11", "display": "Анна"}, {"id": "12", "display": "Борис"}
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
VALUES |= st.dictionaries(st.sampled_from(["id", "key", "display", "x"]), VALUES, max_size=3)
VALUES |= st.lists(VALUES, max_size=3)
CHANGES = st.builds(
    lambda field, before, after: {"field": {"id": field}, "from": before, "to": after},
    *(st.sampled_from(["status", "tags", "custom"]), VALUES, VALUES),
)


def entry(*changes, kind="IssueUpdated", at="2021-02-22T18:35:50.157+0000", **more):
    """Build an entry; a change is (field, from, to)."""
    fields = [{"field": {"id": name, "display": name}, "from": before, "to": after} for name, before, after in changes]
    who = {"id": "11", "display": "Анна"}
    return {
        "id": "6033",
        "updatedAt": at,
        "updatedBy": who,
        "type": kind,
        "transport": "front",
        "fields": fields,
        **more,
    }


def one(before, after, field="status", **options):
    """Give the only row of the history of one change."""
    df = build_changelog([("DEV-1", entry((field, before, after)))], **options)
    assert len(df) == 1
    return df.iloc[0]


def test_one_row_per_field_change():
    """An entry with several changes gives a row for each, in order; one without fields gives one row."""
    entries = [
        ("DEV-1", entry(("status", OPEN, DONE), ("summary", "a", "b"), ("summary", "b", "c"))),
        ("DEV-1", entry()),
    ]
    del entries[1][1]["fields"]
    df = build_changelog(entries, "Europe/Moscow")
    assert list(df) == [column.name for column in FRAMES["changelog"]]
    assert df["field"].tolist()[:3] == ["status", "summary", "summary"]
    assert df["field"].isna().tolist() == [False, False, False, True]
    assert set(df["id"]) == {"6033"}
    assert set(df["by"]) == {"Анна"}
    assert set(df["by.id"]) == {"11"}
    assert str(df["at"].iloc[3]) == "2021-02-22 21:35:50.157000+03:00"
    assert df["transport"].iloc[3] == "front"


def test_references_are_shown_and_keyed():
    """`from` and `to` are what people see, their companions keys or ids; a single value has no added, removed."""
    row = one(OPEN, DONE)
    assert (row["from"], row["to"], row["from.key"], row["to.key"]) == ("Открыт", "Закрыт", "open", "closed")
    assert (row["added"], row["removed"]) == (None, None)
    who = one(None, ANN, "assignee")
    assert pd.isna(who["from"])
    assert pd.isna(who["from.key"])
    assert (who["to"], who["to.key"]) == ("Анна", "11")


@pytest.mark.parametrize(
    ("value", "shown", "stable"),
    [
        ("x", "x", "x"),
        (3.0, "3", "3"),
        (2, "2", "2"),
        (True, "true", "true"),
        ("2023-01-01T10:00:00.000+0000", "2023-01-01T10:00:00.000+0000", "2023-01-01T10:00:00.000+0000"),
        ({"key": "open"}, "open", "open"),
        ({"id": 5}, "5", "5"),
        ({"a": "я"}, '{"a": "я"}', '{"a": "я"}'),
        ({"id": "1", "display": {"ru": "Да", "en": "Yes"}}, "Да", "1"),
        ({"primary": ANN, "secondary": [BORIS]}, "Анна, Борис", "11, 12"),
        ({"primary": None, "secondary": []}, "", ""),
    ],
)
def test_every_value_has_a_shown_and_a_stable_text(value, shown, stable):
    """Plain values are their own text, objects the best they have; the stable text is the key, the id or JSON."""
    row = one(None, value, "custom")
    assert (row["to"], row["to.key"]) == (shown, stable)


def test_many_valued_fields_tell_what_came_and_went():
    """Members are joined for people, and the keys or ids that came and went are lists."""
    row = one([ANN], [BORIS, ANN, {"id": "13", "display": "Вера"}], "followers")
    assert (row["from"], row["to"]) == ("Анна", "Борис, Анна, Вера")
    assert (row["from.key"], row["to.key"]) == ("11", "12, 11, 13")
    assert (row["added"], row["removed"]) == (["12", "13"], [])
    tags = one(["a", "b"], None, "tags")
    assert (tags["added"], tags["removed"]) == ([], ["a", "b"])
    assert pd.isna(tags["to"])


def test_a_member_that_is_missing_is_left_out():
    """None in a list is no text, and neither came nor went."""
    row = one([None, "a"], ["a", None, "b"], "tags")
    assert (row["from"], row["to"], row["from.key"], row["to.key"]) == ("a", "a, b", "a", "a, b")
    assert (row["added"], row["removed"]) == (["b"], [])


@given(st.integers(-(2**50), 2**50))
def test_equal_numbers_have_equal_texts(number):
    """3 and 3.0 do not look like a change."""
    row = one(number, float(number), "storyPoints")
    assert (row["from"], row["from.key"]) == (row["to"], row["to.key"]) == (str(number), str(number))


def test_a_many_valued_field_is_known_by_its_type():
    """A list field whose value came alone is still many-valued."""
    assert one(None, {"id": "5300", "display": "Sprint 1"}, "sprint")["added"] == ["5300"]


def test_creation_comes_first_whatever_its_time():
    """Rows go by issue as issues first appear; in an issue creation stands first, the rest as it came."""
    entries = [
        ("B-1", entry(("status", OPEN, DONE), at="2020-01-01T00:00:00.000+0000")),
        ("A-1", entry(kind="IssueCommentAdded")),
        ("B-1", entry(("status", None, OPEN), kind="IssueCreated", at="2021-01-01T00:00:00.000+0000")),
        ("A-1", entry(kind="IssueCreated")),
        ("B-1", entry(("status", DONE, OPEN), at="2019-01-01T00:00:00.000+0000")),
    ]
    df = build_changelog(entries)
    assert df["key"].tolist() == ["B-1"] * 3 + ["A-1"] * 2
    assert df["type"].tolist() == ["IssueCreated", "IssueUpdated", "IssueUpdated", "IssueCreated", "IssueCommentAdded"]
    assert df["at"].dt.year.tolist()[:3] == [2021, 2020, 2019]


def test_local_fields_are_named_by_queue():
    """With a schema a local field is QUEUE.KEY, without one its full id."""
    schema = Schema.from_records([], {"DEV": [{"id": TEAM, "key": "team", "schema": {"type": "string"}}]})
    assert one(None, "core", TEAM, schema=schema)["field"] == "DEV.team"
    assert one(None, "core", TEAM)["field"] == TEAM


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(CHANGES, max_size=3), max_size=5))
def test_no_history_changes_the_dtypes(history):
    """Whatever values change, columns and dtypes are those of an empty history, and every change has its row."""
    df = build_changelog(("DEV-1", {"id": 1, "type": "IssueUpdated", "fields": changes}) for changes in history)
    empty = build_changelog([])
    assert df.dtypes.astype(str).to_dict() == empty.dtypes.astype(str).to_dict()
    assert len(df) == sum(max(len(changes), 1) for changes in history)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.text("abc", min_size=1, max_size=2), unique=True),
    st.lists(st.text("abc", min_size=1, max_size=2), unique=True),
)
def test_before_and_the_difference_give_after(before, after):
    """What was, less what went, with what came, is what is."""
    row = one(before, after, "tags")
    assert {*before} - {*row["removed"]} | {*row["added"]} == {*after}


def test_a_stream_longer_than_a_chunk_keeps_every_entry():
    """Many entries keep their order and number."""
    entries = ((f"DEV-{n // 10}", {"id": str(n), "type": "IssueUpdated"}) for n in range(3_500))
    assert build_changelog(entries)["id"].tolist() == [str(n) for n in range(3_500)]
