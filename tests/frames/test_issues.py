"""Frames of issues."""

import contextlib
import json
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frames.builders import build_issues
from tracker_magic.errors import BadOption
from tracker_magic.frames import IssueBuilder, Schema, value_warning

TEAM = "6054ae3a2b6b2c7f00000001--team"
REVIEWER = "6054ae3a2b6b2c7f00000003--reviewer"
LOCAL = {
    "DEV": [
        {"id": TEAM, "key": "team", "schema": {"type": "string"}},
        {"id": REVIEWER, "key": "reviewer", "schema": {"type": "user"}},
    ]
}
SCHEMA = Schema.from_records([{"id": "risk", "schema": {"type": "integer"}}], LOCAL)
ANN = {"self": "https://tracker.example/v3/users/11", "id": "11", "display": "Анна"}
ISSUE = {
    "self": "https://tracker.example/v3/issues/DEV-1",
    "id": "593cd211ef7e8a3300000001",
    "key": "DEV-1",
    "version": 7,
    "summary": "Первая",
    "status": {"id": "1", "key": "open", "display": "Открыт"},
    "statusType": {"id": "new", "key": "new", "display": "Начальный"},
    "assignee": ANN,
    "followers": [ANN, {"id": "12", "display": "Boris"}],
    "createdAt": "2017-06-11T22:16:01.339+0000",
    "deadline": "2018-05-28",
    "queue": {"id": "111", "key": "DEV", "display": "Development"},
    "parent": {"id": "x", "key": "OPS-2", "display": "Big one"},
    "project": {"primary": {"id": "1", "display": "Alpha"}, "secondary": [{"id": "2", "display": "Beta"}]},
    "sprint": [{"id": "5300", "display": "Sprint 1"}],
    "tags": ["backend"],
    "spent": "P1WT20M",
    "storyPoints": 3.0,
    "votes": 0,
    "favorite": False,
    TEAM: "core",
    REVIEWER: ANN,
}
ODD = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
ODD |= st.lists(ODD, max_size=2) | st.dictionaries(
    st.sampled_from(["id", "key", "display", "primary"]), ODD, max_size=3
)
ANY_RECORD = st.fixed_dictionaries({}, optional={name: st.just(value) | ODD for name, value in ISSUE.items()})


def frame(*records, fields=None, queues=("DEV",), **options):
    """Build the frame of these records."""
    return build_issues(records, SCHEMA.select(fields, queues), **options)


def add_page(builder, *parts):
    """Add one page, whose records come in these parts."""
    with builder.page() as page:
        for records in parts:
            page.add(records)


def without_raw(df):
    """The dtypes by name, without those of `.raw` columns."""
    return {name: str(dtype) for name, dtype in df.dtypes.items() if not name.endswith(".raw")}


def test_a_documented_issue_fills_every_column():
    """Every kind of field fills its columns: references with companions, lists, hours, days, moments in the zone."""
    row = frame(ISSUE, tz="Europe/Moscow").iloc[0]
    expected = {
        "key": "DEV-1",
        "status": "Открыт",
        "status.key": "open",
        "statusType.key": "new",
        "assignee": "Анна",
        "assignee.id": "11",
        "followers": ["Анна", "Boris"],
        "followers.id": ["11", "12"],
        "queue": "DEV",
        "queue.display": "Development",
        "parent": "OPS-2",
        "parent.display": "Big one",
        "project": "Alpha",
        "project.id": "1",
        "project.secondary": ["Beta"],
        "project.secondary.id": ["2"],
        "sprint": ["Sprint 1"],
        "sprint.id": ["5300"],
        "tags": ["backend"],
        "storyPoints": 3.0,
        "votes": 0,
        "favorite": False,
        "version": 7,
        "DEV.team": "core",
        "DEV.reviewer.id": "11",
    }
    assert {name: row[name] for name in expected} == expected
    assert str(row["createdAt"]) == "2017-06-12 01:16:01.339000+03:00"
    assert str(row["deadline"]) == "2018-05-28 00:00:00"
    assert row["spent"] == pytest.approx(40 + 1 / 3)


def test_an_unset_field_is_missing():
    """A field that a record omits or sends as null is missing (None in a list column), never an empty text or 0."""
    df = frame({"key": "DEV-1"}, {"key": "DEV-2", "tags": None, "votes": None, "summary": None, "project": None})
    unset = df.drop(columns="key")
    assert unset.isna().all(axis=None)
    assert df["tags"].tolist() == [None, None]


@settings(max_examples=30)
@given(st.lists(ANY_RECORD, max_size=4), st.sampled_from([None, "status, assignee.login, DEV.team, spent", "+risk"]))
def test_columns_and_dtypes_do_not_depend_on_the_rows(records, fields):
    """Whatever the records hold, columns and dtypes are those of an empty frame, and no row is lost."""
    df = frame(*records, fields=fields, tz="Europe/Moscow")
    assert len(df) == len(records)
    assert without_raw(df) == without_raw(frame(fields=fields, tz="Europe/Moscow"))


@settings(max_examples=30)
@given(st.lists(ANY_RECORD, max_size=6), st.integers(1, 6))
def test_the_frame_does_not_depend_on_the_pages(records, size):
    """The frame is the same however the records are divided into pages."""
    builder = IssueBuilder(SCHEMA.select(None, ["DEV"]), "UTC")
    for start in range(0, len(records), size):
        add_page(builder, records[start : start + size])
    pd.testing.assert_frame_equal(builder.frame(), frame(*records))
    assert len(builder) == len(records)


def test_many_rows_are_converted_in_chunks():
    """With more rows than a chunk, values, rejected values and undescribed keys stay in their rows, and dtypes hold."""
    builder = IssueBuilder(SCHEMA.select("all"), "UTC")
    for start in range(0, 27_000, 9_000):
        add_page(builder, [{"key": f"DEV-{row}", "tags": [str(row)]} for row in range(start, start + 9_000)])
    add_page(builder, [{"key": "DEV-27000", "votes": "many", "mood": "good"}])
    df = builder.frame()
    assert str(value_warning(df)).endswith(": votes (1)")
    assert df["key"].tolist() == [f"DEV-{row}" for row in range(27_001)]
    assert df["tags"].iloc[26_999] == ["26999"]
    assert df.loc[df["votes.raw"].notna(), "votes.raw"].to_dict() == {27_000: "many"}
    assert df["mood"].iloc[27_000] == "good"
    described = without_raw(df.drop(columns="mood"))
    assert described == without_raw(build_issues([], SCHEMA.select("all")))


def test_a_frame_can_be_built_again():
    """After a frame was built more pages can be added; the next frame has all rows."""
    builder = IssueBuilder(SCHEMA.select("summary"), "UTC")
    add_page(builder, [ISSUE])
    pd.testing.assert_frame_equal(builder.frame(), builder.frame())
    add_page(builder, [ISSUE])
    assert len(builder.frame()) == len(builder) == 2


@settings(max_examples=30)
@given(st.lists(ANY_RECORD, max_size=6), st.data())
def test_rows_can_be_taken_in_an_order(records, data):
    """A frame of some rows, in any order, is the frame of these records in this order, rejected values included."""
    positions = data.draw(st.lists(st.sampled_from(range(len(records))), unique=True) if records else st.just([]))
    builder = IssueBuilder(SCHEMA.select("all"), "UTC")
    add_page(builder, records)
    ordered = builder.frame(positions)
    expected = frame(*(records[position] for position in positions), fields="all", queues=())
    assert without_raw(ordered).items() >= without_raw(expected).items()
    for name in ordered:  # whether a column `.raw` is there follows from all rows
        if name in expected:
            pd.testing.assert_series_equal(ordered[name], expected[name])
        else:
            assert ordered[name].isna().all()


def test_a_value_that_does_not_fit_stands_in_raw_and_in_the_warning():
    """The column keeps its dtype, `NAME.raw` is directly after it, and the warning names columns and counts."""
    bad = {**ISSUE, "key": "DEV-2", "storyPoints": "three", "deadline": "tomorrow", "status": ["a", "b"]}
    df = frame(ISSUE, bad, {**ISSUE, "storyPoints": "five"})
    assert str(value_warning(df)).endswith("NAME.raw: status (1), storyPoints (2), deadline (1)")
    names = list(df)
    assert names[names.index("storyPoints") + 1] == "storyPoints.raw"
    assert names[names.index("status") + 1 :][:2] == ["status.raw", "status.key"]
    assert df["storyPoints.raw"].tolist() == [None, "three", "five"]
    assert df["status.raw"].tolist() == [None, ["a", "b"], None]
    assert df["storyPoints"].tolist()[:1] == [3.0]
    assert [name for name in names if name.endswith(".raw")] == ["status.raw", "storyPoints.raw", "deadline.raw"]


def test_a_status_type_may_have_a_value_instead_of_a_key():
    """`{value, order}` fills `statusType` and `statusType.key`, beside references of the documented shape."""
    df = frame(ISSUE, {**ISSUE, "statusType": {"value": "inProgress", "order": 2}}, fields="statusType, status")
    assert df["statusType"].tolist()[1] == "inProgress"
    assert df["statusType.key"].tolist() == ["new", "inProgress"]
    assert df["status.key"].tolist() == ["open", "open"]
    assert value_warning(df) is None


def test_shapes_of_version_2_are_read():
    """The single project of v2 is the primary one; a single sprint is a list of one."""
    row = frame({**ISSUE, "project": {"id": "1", "display": "Alpha"}, "sprint": {"id": "5", "display": "S"}}).iloc[0]
    assert (row["project"], row["project.id"], row["project.secondary"]) == ("Alpha", "1", None)
    assert (row["sprint"], row["sprint.id"]) == (["S"], ["5"])


@pytest.mark.parametrize(("value", "text"), [("anna", "anna"), (5, "5"), (True, "true"), ([ANN], "Анна")])
def test_a_reference_that_is_no_object_is_its_text(value, text):
    """A text or number instead of a reference is shown as its text; an array of one reference is that reference."""
    row = frame({**ISSUE, "assignee": value, "followers": [value, ANN]}).iloc[0]
    assert row["assignee"] == text
    assert row["followers"] == [text, "Анна"]
    plain = frame({**ISSUE, "parent": "OPS-9"}).iloc[0]
    assert plain["parent"] == "OPS-9"


def test_a_reference_without_a_display_shows_another_text():
    """Without a display the name, key or id is shown; ids are text; of a localized display one language is shown."""
    records = [
        {"status": {"id": 3, "key": "open"}, "assignee": {"id": 11}},
        {"status": {"key": "open", "display": {"en": "Open", "ru": "Открыт"}}, "assignee": {}},
    ]
    df = frame(*records)
    assert str(value_warning(df)).endswith(": assignee (1)")
    assert df["status"].tolist() == ["open", "Открыт"]
    assert df["assignee"].tolist()[0] == "11"
    assert df["assignee.id"].tolist()[0] == "11"
    assert df["assignee.raw"].tolist() == [None, {}]


def test_logins_come_from_the_list_of_users():
    """`X.login` is looked up by id, for one user and for many; it is missing for an unknown user."""
    df = frame(ISSUE, {"assignee": {"id": "99"}}, fields=["assignee.login", "followers.login"], logins={"11": "anna"})
    assert df["assignee.login"].tolist()[0] == "anna"
    assert df["assignee.login"].isna().tolist() == [False, True]
    assert df["followers.login"].tolist() == [["anna", None], None]


def test_all_appends_undescribed_keys():
    """With "all" the keys that no field describes are appended as received, sorted by name."""
    df = frame({**ISSUE, "zeta": {"a": 1}, "alpha": 5}, {"key": "DEV-2"}, fields="all")
    assert list(df)[-2:] == ["alpha", "zeta"]
    assert df["zeta"].tolist() == [{"a": 1}, None]
    assert df["alpha"].dtype == object
    assert "mood" not in frame({**ISSUE, "mood": 1})


def test_equal_texts_are_one_object():
    """A text that repeats in lists of many rows is stored in memory once."""
    first, second = (json.loads('{"id": "1", "display": "Анна"}') for _ in range(2))
    df = frame({"followers": [first]}, {"followers": [second]})
    assert df["followers"].iloc[0][0] is df["followers"].iloc[1][0]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError()])
def test_a_page_whose_block_raises_is_left_out(error):
    """Nothing of such a page is taken, whatever was added before the error; the next page follows the one before."""
    builder = IssueBuilder(SCHEMA.select("all"), "UTC")
    add_page(builder, [ISSUE])

    def break_off():
        with builder.page() as page:
            page.add([{**ISSUE, "key": "DEV-2", "mood": "good"}])
            raise error

    with pytest.raises(type(error)):
        break_off()
    add_page(builder, [{**ISSUE, "key": "DEV-3"}], [{**ISSUE, "key": "DEV-4", "mood": "bad"}])
    expected = [ISSUE, {**ISSUE, "key": "DEV-3"}, {**ISSUE, "key": "DEV-4", "mood": "bad"}]
    pd.testing.assert_frame_equal(builder.frame(), frame(*expected, fields="all", queues=()))


def test_a_frame_without_raw_columns_has_no_warning():
    """There is no warning if every value fits; a missing value fits every column."""
    assert value_warning(frame(ISSUE, {"key": "DEV-2", "votes": None})) is None


def test_keys_are_those_of_all_rows():
    """`keys` returns the key of every row in the order of the rows, None where a record has no key."""
    builder = IssueBuilder(SCHEMA.select("summary"), "UTC")
    assert builder.keys() == []
    add_page(builder, [ISSUE, {}])
    add_page(builder, [{"key": "OPS-7"}])
    assert builder.keys() == ["DEV-1", None, "OPS-7"]


def test_later_frames_have_the_rows_that_were_taken():
    """After a frame of some rows every later call returns the same rows, whichever it asks for."""
    builder = IssueBuilder(SCHEMA.select("summary"), "UTC")
    add_page(builder, [{"key": "DEV-1"}, {"key": "DEV-2"}, {"key": "DEV-3"}])
    assert [builder.frame(rows)["key"].tolist() for rows in ([2, 0], None, [1])] == [["DEV-3", "DEV-1"]] * 3


@pytest.mark.parametrize("interrupted_call", range(0, 60, 7))
def test_a_frame_can_be_built_again_after_an_interrupt(interrupted_call):
    """An interrupt while rows are taken leaves no column in another order than the rest."""
    records = [{**ISSUE, "key": f"DEV-{row}", "votes": row, "tags": [str(row)]} for row in (3, 1, 2)]
    builder = IssueBuilder(SCHEMA.select(), "UTC")
    add_page(builder, records)
    remaining = [interrupted_call]

    def interrupt(_, event, argument):
        if event == "c_call" and argument.__name__ == "take":
            remaining[0] -= 1
            if remaining[0] < 0:
                raise KeyboardInterrupt

    sys.setprofile(interrupt)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            builder.frame([1, 2, 0])
    finally:
        sys.setprofile(None)
    expected = frame(records[1], records[2], records[0], queues=())
    pd.testing.assert_frame_equal(builder.frame(), expected)


def test_an_unknown_zone_is_an_error():
    """A zone that does not exist is an error before any page is added."""
    with pytest.raises(BadOption, match="Europe/Moskow"):
        IssueBuilder(SCHEMA.select(), "Europe/Moskow")
