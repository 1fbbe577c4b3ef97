"""Changes of lists in the frame of a changelog: links, attachments, worklog, comments, related resolutions."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.frames.builders import build_changelog
from tracker_magic.columns import FRAMES

OTHER = {"self": "https://tracker.example/v3/issues/SIG-2", "id": "123", "key": "SIG-2", "display": "Some issue"}
RELATES = {"id": "relates", "inward": "Linked", "outward": "Linked"}
DEPENDS = {"id": "depends", "inward": "Blocks", "outward": "Depends on"}
COMMENT = {"id": "7", "display": "New text", "objectId": "69d5"}
FILE = {"id": "4", "display": "test.txt"}
FIXED = {"id": "1", "key": "fixed", "display": "Решён"}


def end(link_type, direction="outward"):
    """One end of a link, as an entry describes it."""
    return {"direction": direction, "object": OTHER, "type": link_type}


def work(duration, start="2026-04-07T16:00:00.000+0000"):
    """A work record, as an entry describes it."""
    return {"duration": duration, "start": start}


def worklog(before, after):
    """What an entry says about a change of a work record."""
    return {"worklog": [{"record": {"id": "7", "display": ""}, "from": before, "to": after}]}


def updated(**change):
    """What an entry says about a change of a comment."""
    return {"comments": {"updated": [{"comment": COMMENT, **change}]}}


KINDS = {
    "IssueLinked": (
        {"links": [{"from": None, "to": end(RELATES, "inward")}]},
        ("links", None, "Linked SIG-2", None, "SIG-2", ["SIG-2"], []),
    ),
    "IssueUnlinked": (
        {"links": [{"from": end(DEPENDS), "to": None}]},
        ("links", "Depends on SIG-2", None, "SIG-2", None, [], ["SIG-2"]),
    ),
    "IssueLinkChanged": (
        {"links": [{"from": end(RELATES), "to": end(DEPENDS)}]},
        ("links", "Linked SIG-2", "Depends on SIG-2", "SIG-2", "SIG-2", [], []),
    ),
    "IssueAttachmentAdded": (
        {"attachments": {"added": [FILE, {"id": 5, "display": "b.png"}]}},
        ("attachments", None, "test.txt, b.png", None, "4, 5", ["4", "5"], []),
    ),
    "IssueAttachmentRemoved": (
        {"attachments": {"removed": [FILE]}},
        ("attachments", "test.txt", None, "4", None, [], ["4"]),
    ),
    "IssueWorklogAdded": (worklog(None, work("PT30M")), ("worklog", None, "PT30M", None, "7", ["7"], [])),
    "IssueWorklogUpdated": (worklog(work("PT30M"), work("PT1H")), ("worklog", "PT30M", "PT1H", "7", "7", [], [])),
    "IssueWorklogRemoved": (worklog(work("PT1H"), None), ("worklog", "PT1H", None, "7", None, [], ["7"])),
    "RelatedIssueResolutionChanged": (
        {
            "relatedResolutions": [
                {"direction": "outward", "issue": OTHER, "linkType": DEPENDS, "newResolution": FIXED},
            ]
        },
        ("relatedResolutions", None, "SIG-2: Решён", None, "fixed", ["fixed"], []),
    ),
    "IssueCommentAdded": (
        {"comments": {"added": [COMMENT]}},
        ("comments", None, "New text", None, "7", ["7"], []),
    ),
    "IssueCommentRemoved": (
        {"comments": {"removed": [COMMENT]}},
        ("comments", "New text", None, "7", None, [], ["7"]),
    ),
    "IssueCommentUpdated": (
        updated(**{"from": "Old text", "to": "New text"}),
        ("comments", "Old text", "New text", "7", "7", [], []),
    ),
    "IssueCommentReactionAdded": (updated(addedReaction="like"), ("reactions", None, "like", None, "7", ["7"], [])),
    "IssueCommentReactionRemoved": (
        updated(removedReaction="heart"),
        ("reactions", "heart", None, "7", None, [], ["7"]),
    ),
}
COLUMNS = ["field", "from", "to", "from.key", "to.key", "added", "removed"]


def rows_of(entry):
    """The cells of the rows of one entry, None if missing."""
    df = build_changelog([("DEV-1", {"id": "1", "updatedAt": "2026-04-07T16:52:44.904+0000", **entry})])
    assert list(df) == [column.name for column in FRAMES["changelog"]]
    return [
        tuple(cell if isinstance(cell, list) or pd.notna(cell) else None for cell in row)
        for row in df[COLUMNS].itertuples(index=False)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_is_a_row(kind):
    """What happened to a list is a row with the list's name, what people see, and ids or keys."""
    lists, expected = KINDS[kind]
    assert rows_of({"type": kind, **lists}) == [expected]


def test_fields_come_before_lists():
    """An entry that changes fields and lists has a row for each; one that changes nothing has one row."""
    spent = {"field": {"id": "spent"}, "from": None, "to": "PT1H"}
    lists = {**worklog(None, work("PT1H")), "comments": {"added": [COMMENT]}, "links": []}
    assert [row[0] for row in rows_of({"fields": [spent], **lists})] == ["spent", "comments", "worklog"]
    assert rows_of({"links": None, "comments": {}, "executedTriggers": [{}]}) == [(None,) * 7]


def test_a_moved_work_record_shows_its_start():
    """If only the start of a work record changed, it is what the row shows."""
    before, after = work("PT1H"), work("PT1H", "2026-04-08T09:00:00.000+0000")
    assert rows_of(worklog(before, after)) == [("worklog", before["start"], after["start"], "7", "7", [], [])]


def test_a_link_without_names_has_the_id_of_its_type():
    """A type without names is shown by its id; an issue without a key by what it has."""
    link = {"direction": "outward", "object": {"key": "SIG-2"}, "type": {"id": "relates"}}
    assert rows_of({"links": [{"from": None, "to": link}]})[0][2] == "relates SIG-2"


def test_a_related_issue_that_is_reopened_is_named():
    """If the related issue has no resolution any more, the row names the issue."""
    change = {"issue": OTHER, "newResolution": None}
    assert rows_of({"relatedResolutions": [change]}) == [("relatedResolutions", None, "SIG-2", None, None, [], [])]
    assert rows_of({"relatedResolutions": [{**change, "oldResolution": FIXED}]})[0][1:3] == ("SIG-2: Решён", None)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "key", "display", "added", "removed", "updated", "from", "to", "comment", "record", "issue",
                 "object", "type", "direction", "duration", "start", "addedReaction", "newResolution"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["comments", "links", "worklog", "relatedResolutions", "reactions"]), ANYTHING))
def test_no_form_of_a_list_is_an_error(lists):
    """Whatever a list looks like, the entry has at least a row, and the frame's dtypes are those of an empty one."""
    df = build_changelog([("DEV-1", {"id": "1", **lists})])
    empty = build_changelog([])
    assert len(df) >= 1
    assert df.drop(columns=[name for name in df if name.endswith(".raw")]).dtypes.equals(empty.dtypes)
