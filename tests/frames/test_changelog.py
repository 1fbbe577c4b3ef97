"""Frames of changelogs."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frames.builders import build_changelog
from tests.frames.changelog_rows import expected_changelog
from tracker_magic.columns import FRAMES
from tracker_magic.frames import ChangelogBuilder, Schema

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
    return {
        "id": "6033",
        "updatedAt": at,
        "updatedBy": ANN,
        "type": kind,
        "transport": "front",
        "fields": fields,
        **more,
    }


def row_of(before, after, field="status", **options):
    """Return the only row of a changelog with one change."""
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


def test_references_have_a_display_and_a_key():
    """`from` and `to` hold what people see, their companions keys or ids; a single value has no added or removed."""
    row = row_of(OPEN, DONE)
    assert (row["from"], row["to"], row["from.key"], row["to.key"]) == ("Открыт", "Закрыт", "open", "closed")
    assert (row["added"], row["removed"]) == (None, None)
    assigned = row_of(None, ANN, "assignee")
    assert pd.isna(assigned["from"])
    assert pd.isna(assigned["from.key"])
    assert (assigned["to"], assigned["to.key"]) == ("Анна", "11")


@pytest.mark.parametrize(
    ("value", "display", "stable"),
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
def test_every_value_has_a_displayed_and_a_stable_text(value, display, stable):
    """A plain value is its own text, an object shows its best text; the stable text is a key, an id or JSON."""
    row = row_of(None, value, "custom")
    assert (row["to"], row["to.key"]) == (display, stable)


def test_many_valued_fields_list_what_was_added_and_removed():
    """The members are joined for people; the keys or ids that were added and removed are lists."""
    row = row_of([ANN], [BORIS, ANN, {"id": "13", "display": "Вера"}], "followers")
    assert (row["from"], row["to"]) == ("Анна", "Борис, Анна, Вера")
    assert (row["from.key"], row["to.key"]) == ("11", "12, 11, 13")
    assert (row["added"], row["removed"]) == (["12", "13"], [])
    tags = row_of(["a", "b"], None, "tags")
    assert (tags["added"], tags["removed"]) == ([], ["a", "b"])
    assert pd.isna(tags["to"])


def test_a_missing_member_is_left_out():
    """None in a list has no text, and is neither added nor removed."""
    row = row_of([None, "a"], ["a", None, "b"], "tags")
    assert (row["from"], row["to"], row["from.key"], row["to.key"]) == ("a", "a, b", "a", "a, b")
    assert (row["added"], row["removed"]) == (["b"], [])


@given(st.integers(-(2**50), 2**50))
def test_equal_numbers_have_equal_texts(number):
    """A change from an integer to the equal float shows the same text twice."""
    row = row_of(number, float(number), "storyPoints")
    assert (row["from"], row["from.key"]) == (row["to"], row["to.key"]) == (str(number), str(number))


def test_a_field_is_many_valued_by_its_type():
    """A field that the schema knows as a list is many-valued even if a change holds a single object."""
    assert row_of(None, {"id": "5300", "display": "Sprint 1"}, "sprint")["added"] == ["5300"]


def test_the_creation_entry_comes_first_whatever_its_time():
    """Issues keep the order of their first appearance; in an issue creation is first, and the rest keeps its order."""
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


def test_local_fields_are_named_with_their_queue():
    """With a schema a local field is named QUEUE.KEY, without one by its full id."""
    schema = Schema.from_records([], {"DEV": [{"id": TEAM, "key": "team", "schema": {"type": "string"}}]})
    assert row_of(None, "core", TEAM, schema=schema)["field"] == "DEV.team"
    assert row_of(None, "core", TEAM)["field"] == TEAM


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text("0123", max_size=2) | st.integers() | st.none(),
        "updatedAt": st.sampled_from(["2021-02-22T18:35:50.157+0000", "2021-02-22", None, 5]),
        "updatedBy": st.sampled_from([ANN, BORIS, {"id": 5}, "Ann", None]),
        "type": st.sampled_from(["IssueCreated", "IssueUpdated", None]),
        "transport": st.sampled_from(["front", None, 1]),
        "fields": st.lists(CHANGES | st.just({"field": {"id": TEAM}, "to": "core"}), max_size=3) | st.none(),
        "comments": st.sampled_from([None, {}, {"added": [{"id": "7", "display": "Hi"}]}, {"removed": [{"id": 8}]}]),
    },
)
TEAM_SCHEMA = Schema.from_records([], {"DEV": [{"id": TEAM, "key": "team", "schema": {"type": "array"}}]})


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(["A-1", "B-2", "C-3"]), ENTRIES), max_size=12), st.sampled_from([1, 12]))
def test_the_builder_gives_the_rows_of_each_entry(entries, repeats):
    """Built all at once or issue by issue, of few entries or of many, the frame has the cells of each single entry."""
    entries *= repeats
    expected = expected_changelog(entries, TEAM_SCHEMA, "Europe/Moscow")
    pd.testing.assert_frame_equal(build_changelog(entries, "Europe/Moscow", schema=TEAM_SCHEMA), expected)
    builder = ChangelogBuilder("Europe/Moscow")
    for key, each in entries:
        builder.add(key, [each])
    pd.testing.assert_frame_equal(builder.frame(TEAM_SCHEMA), expected)
    pd.testing.assert_frame_equal(builder.frame(TEAM_SCHEMA), expected)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(CHANGES, max_size=3), max_size=5))
def test_no_change_affects_the_dtypes(entries):
    """Whatever values change, columns and dtypes are those of an empty changelog, and every change has its row."""
    df = build_changelog(("DEV-1", {"id": 1, "type": "IssueUpdated", "fields": changes}) for changes in entries)
    empty = build_changelog([])
    assert df.dtypes.astype(str).to_dict() == empty.dtypes.astype(str).to_dict()
    assert len(df) == sum(max(len(changes), 1) for changes in entries)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.text("abc", min_size=1, max_size=2), unique=True),
    st.lists(st.text("abc", min_size=1, max_size=2), unique=True),
)
def test_added_and_removed_lead_from_before_to_after(before, after):
    """The members before, without the removed ones and with the added ones, are the members after."""
    row = row_of(before, after, "tags")
    assert {*before} - {*row["removed"]} | {*row["added"]} == {*after}


def test_many_chunks_of_entries_keep_their_order():
    """Entries from an iterator that is longer than a chunk all have their row, in order, and their values in `.raw`."""
    entries = ((f"DEV-{n // 10}", {"id": str(n), "type": "IssueUpdated", "updatedAt": n}) for n in range(25_000))
    frame = build_changelog(entries)
    assert frame["id"].tolist() == [str(n) for n in range(25_000)]
    assert frame["at.raw"].tolist() == list(range(25_000))


def test_a_builder_knows_what_the_schema_lacks():
    """`add` tells whether a local field has no name yet; a schema that comes later names it."""
    builder = ChangelogBuilder()
    assert not builder.add("DEV-1", [entry(("status", OPEN, DONE))])
    assert builder.add("DEV-2", [entry(("status", OPEN, DONE), (TEAM, None, "core"))])
    assert builder.frame()["field"].tolist() == ["status", "status", TEAM]
    named = builder.frame(TEAM_SCHEMA)
    assert named["field"].tolist() == ["status", "status", "DEV.team"]
    assert named["added"].tolist() == [None, None, ["core"]]


def test_every_frame_has_lists_of_its_own():
    """A list that is changed in one frame is the same as before in the next one of the builder."""
    builder = ChangelogBuilder()
    builder.add("DEV-1", [{"id": "1", "comments": {"added": [{"id": "7", "display": "Text"}]}}])
    builder.frame()["added"][0].append("8")
    assert builder.frame()["added"].tolist() == [["7"]]
