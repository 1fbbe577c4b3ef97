"""The tables of columns: their names, order and dtypes."""

import pytest

from tracker_magic.columns import DTYPES, ENTITY_FIELDS, FRAMES, PER_ISSUE, SYSTEM_FIELDS, FieldType, field_columns

FIXED = {
    "changelog": "key id at by by.id type field from to from.key to.key added removed transport",
    "comments": "key id createdAt createdBy createdBy.id text type transport updatedAt",
    "worklog": "key summary id start duration createdBy createdBy.id createdAt updatedAt comment",
    "links": "key id type.id direction relation other other.summary other.status other.status.key createdAt createdBy"
    " createdBy.id",
    "attachments": "key id name mimetype size url createdBy createdBy.id createdAt",
    "checklists": "key id text checked assignee assignee.id deadline",
    "transitions": "key id name to to.key",
    "users": "id login display email dismissed",
    "sprints": "id name board board.id status archived startDate endDate startDateTime endDateTime",
    "columns": "id name statuses statuses.key",
}
ISSUES = """key summary type type.key priority priority.key status status.key statusType statusType.key resolution
resolution.key assignee assignee.id createdBy createdBy.id createdAt updatedAt resolvedAt queue queue.display parent
parent.display epic epic.display project project.id project.secondary project.secondary.id sprint sprint.id components
components.id tags fixVersions fixVersions.id affectedVersions affectedVersions.id storyPoints originalEstimation
estimation spent start end deadline statusStartTime previousStatus previousStatus.key lastCommentUpdatedAt followers
followers.id votes favorite id version"""


@pytest.mark.parametrize(("kind", "names"), [*FIXED.items(), ("issues", ISSUES)])
def test_names_and_order_are_fixed(kind, names):
    """A frame has exactly these columns, in this order."""
    assert [column.name for column in FRAMES[kind]] == names.split()


@pytest.mark.parametrize("kind", ["statuses", "priorities", "types", "resolutions", "queues", "fields"])
def test_dictionaries_begin_with_the_same_columns(kind):
    """A dictionary whose entries have a key begins with id, key, name."""
    assert [column.name for column in FRAMES[kind]][:3] == ["id", "key", "name"]


@pytest.mark.parametrize("kind", ["projects", "portfolios", "goals"])
def test_entities_begin_with_the_same_columns_and_request_all_others(kind):
    """Projects, portfolios and goals have the same first columns, and every column under `fields` is requested."""
    names = [column.name for column in FRAMES[kind]]
    assert names[:9] == ["id", "shortId", "summary", "entityStatus", "lead", "lead.id", "start", "end", "tags"]
    assert {column.path[1] for column in FRAMES[kind] if column.path[0] == "fields"} == set(ENTITY_FIELDS)


@pytest.mark.parametrize("kind", list(FRAMES))
def test_every_column_is_described_once(kind):
    """No frame has two columns of one name; each has a sentence as its meaning and a known dtype."""
    table = FRAMES[kind]
    assert len({column.name for column in table}) == len(table)
    assert all(column.meaning.endswith(".") and column.dtype == DTYPES[column.kind] for column in table)


@pytest.mark.parametrize("kind", list(FRAMES))
def test_every_id_is_text(kind):
    """Ids are text in every frame, so that frames can be joined."""
    ids = [column for column in FRAMES[kind] if column.name == "id" or column.name.endswith((".id", "Id"))]
    assert all(column.kind in {"text", "list"} for column in ids)


def test_lists_of_an_issue_begin_with_its_key():
    """The kinds that take the key of the issue with each record are those whose frames begin with it."""
    assert set(FIXED) >= PER_ISSUE


@pytest.mark.parametrize(
    ("kind", "many", "expected"),
    [
        ("status", False, [("x", "text"), ("x.key", "text")]),
        ("user", True, [("x", "list"), ("x.id", "list")]),
        ("issue", False, [("x", "text"), ("x.display", "text")]),
        ("project", False, [("x", "text"), ("x.id", "text"), ("x.secondary", "list"), ("x.secondary.id", "list")]),
        ("timetracking", False, [("x", "hours")]),
        ("date", True, [("x", "list")]),
        ("unknownType", False, [("x", "object")]),
    ],
)
def test_companions_follow_from_the_type(kind, many, expected):
    """The column of a reference is followed by its companion; an unknown type is kept as received."""
    columns = field_columns("x", ("x",), FieldType(kind, many=many, meaning="X."))
    assert [(column.name, column.kind) for column in columns] == expected


def test_the_built_in_table_knows_lists_that_the_schema_describes_as_single():
    """`sprint` and `boards` are lists whatever the service's schema says."""
    assert SYSTEM_FIELDS["sprint"].many
    assert SYSTEM_FIELDS["boards"].many
