"""Which columns a question gets."""

import pytest

from tracker_magic.columns import FRAMES
from tracker_magic.errors import BadOption
from tracker_magic.frames import Schema, queues_of_fields

TEAM = "6054ae3a2b6b2c7f00000001--team"
OTHER_TEAM = "6054ae3a2b6b2c7f00000002--team"
REVIEWER = "6054ae3a2b6b2c7f00000003--reviewer"


def field(key, kind="string", *, many=False, **more):
    """Build a field as the service describes it."""
    schema = {"type": "array", "items": kind} if many else {"type": kind, "required": False}
    return {"id": key, "key": key.rpartition("--")[2], "name": key.title(), "schema": schema, **more}


@pytest.fixture
def schema():
    """A schema with custom fields and the local fields of two queues."""
    return Schema.from_records(
        [
            field("qaEngineer", "user"),
            field("sprint", "sprint"),
            field("team"),
            field("labels", many=True),
            field("x", "y"),
        ],
        {"DEV": [field(TEAM), field(REVIEWER, "user")], "OPS": [field(OTHER_TEAM, "float")]},
    )


def names(selection):
    """Name the planned columns."""
    return [column.name for column in selection.columns]


def test_without_fields_the_default_list_and_the_local_fields_of_named_queues(schema):
    """No fields: the design's list, then the named queues' local fields with their companions; only these travel."""
    assert names(schema.select()) == [column.name for column in FRAMES["issues"]]
    chosen = schema.select(None, ["DEV"])
    assert names(chosen)[-4:] == ["version", "DEV.team", "DEV.reviewer", "DEV.reviewer.id"]
    assert chosen.api_fields[-2:] == (TEAM, REVIEWER)
    assert "self" not in chosen.api_fields
    assert not chosen.needs_users


def test_the_default_needs_no_schema():
    """An unknown schema changes nothing in the default list."""
    assert Schema.from_records([], {}).select() == Schema.from_records([field("qaEngineer", "user")], {}).select()


def test_explicit_fields_come_in_their_order_key_first(schema):
    """CommandContext-for fields give exactly those with their companions, in that order, after `key`."""
    chosen = schema.select(["summary", "DEV.reviewer", "status", "key", "project"])
    assert names(chosen) == [
        *("key", "summary", "DEV.reviewer", "DEV.reviewer.id", "status", "status.key"),
        *("project", "project.id", "project.secondary", "project.secondary.id"),
    ]
    assert chosen.api_fields == ("key", "summary", REVIEWER, "status", "project")


def test_a_companion_alone_is_just_that_column(schema):
    """`status.key` gives that column only, and the field travels."""
    chosen = schema.select(["status.key", "queue.display", "project.secondary.id"])
    assert names(chosen) == ["key", "status.key", "queue.display", "project.secondary.id"]
    assert chosen.api_fields == ("key", "status", "queue", "project")


@pytest.mark.parametrize("name", ["assignee.login", "qaEngineer.login", "DEV.reviewer.login", "followers.login"])
def test_any_user_field_has_a_login(schema, name):
    """`X.login` of a user field may be asked for and needs the users' list."""
    chosen = schema.select([name])
    assert names(chosen) == ["key", name]
    assert chosen.needs_users


def test_plus_adds_to_the_default(schema):
    """With + the fields come on top of the default; a companion stands with its field; what is there comes once."""
    chosen = names(schema.select(["+qaEngineer", "+assignee.login", "+status", "+OPS.team"]))
    default = names(schema.select())
    assert chosen[-3:] == ["qaEngineer", "qaEngineer.id", "OPS.team"]
    assert chosen[chosen.index("assignee.id") + 1] == "assignee.login"
    assert [name for name in chosen if name in default] == default
    with pytest.raises(BadOption, match=r"\+"):
        schema.select(["+qaEngineer", "status"])


def test_text_with_commas_is_a_list(schema):
    """Names may come as one text."""
    assert schema.select("summary, status.key") == schema.select(["summary", "status.key"])


def test_full_ids_and_local_names_mean_the_same(schema):
    """A local field's full id gives the column named as in the query language; an unknown one keeps its full id."""
    unknown = "6054ae3a2b6b2c7f0000000f--mood"
    assert schema.select([TEAM]) == schema.select(["DEV.team"])
    assert names(schema.select([unknown])) == ["key", unknown]
    assert schema.select([unknown]).columns[1].kind == "object"


def test_a_local_field_keeps_apart_from_a_global_of_the_same_key(schema):
    """The queue's prefix keeps `DEV.team`, `OPS.team` and the global `team` apart, each with its own type."""
    chosen = schema.select(["team", "DEV.team", "OPS.team"])
    assert [column.kind for column in chosen.columns] == ["text", "text", "text", "float"]
    assert chosen.api_fields == ("key", "team", TEAM, OTHER_TEAM)


def test_two_local_fields_of_one_name_keep_their_full_ids():
    """Where QUEUE.KEY would name two fields, both keep their full ids; a field told twice is one."""
    clash = Schema.from_records([], {"DEV": [field(TEAM), field(OTHER_TEAM), field(TEAM)]})
    assert names(clash.select(None, ["DEV"]))[-2:] == [TEAM, OTHER_TEAM]
    with pytest.raises(BadOption):
        clash.select(["DEV.team"])


def test_local_fields_among_the_fields_are_local():
    """A field that names its queue is that queue's, also in the list of all fields."""
    told = Schema.from_records([field(TEAM, queue={"id": "1", "key": "DEV"}, type="local")], {})
    assert names(told.select(["DEV.team"])) == ["key", "DEV.team"]


def test_the_built_in_table_wins_over_the_schema(schema):
    """`sprint` is a list whatever its schema says; `statusType` is a reference that no schema tells of."""
    kinds = {column.name: column.kind for column in schema.select("all").columns}
    assert kinds["sprint"] == "list"
    assert kinds["statusType.key"] == "text"
    assert kinds["favorite"] == "boolean"
    assert kinds["labels"] == "list"
    assert kinds["x"] == "object"


def test_all_is_the_default_then_every_other_field(schema):
    """`all` begins as the default, names every field of the schema and the queues' own, and limits nothing."""
    chosen = schema.select("all", ["OPS"])
    default = names(schema.select())
    assert names(chosen)[: len(default)] == default
    assert {"description", "qaEngineer.id", "team", "labels", "OPS.team"} <= set(names(chosen))
    assert "DEV.team" not in names(chosen)
    assert chosen.api_fields is None
    assert chosen.everything
    assert "DEV.team" in names(schema.select("all"))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Status", "status"),
        ("asignee", "assignee"),
        ("status.id", "status"),
        ("reviewer", "DEV.reviewer"),
        ("qaengineer", "qa"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(schema, name, nearest):
    """An unknown field is an error that names it and the nearest known names."""
    with pytest.raises(BadOption, match=name) as caught:
        schema.select(["summary", name])
    assert nearest in caught.value.message
    assert "%tracker fields (t.fields())" in caught.value.hint


def test_all_unknown_names_are_told_at_once(schema):
    """One error names every unknown field; what is no text is unknown too."""
    with pytest.raises(BadOption) as caught:
        schema.select(["foo", "summary", "bar", 5, ["x"]])
    assert all(repr(name) in caught.value.message for name in ("foo", "bar", 5, ["x"]))


def test_what_comes_with_expand_may_be_asked_for(schema):
    """Fields that come only with `expand` are lists of objects as they came."""
    assert schema.select(["attachments"]).columns[1].kind == "list"


def test_every_name_offered_is_taken(schema):
    """Whatever `names` offers, `select` takes."""
    assert TEAM not in schema.names
    assert all(names(schema.select([name])) for name in schema.names)


def test_queues_named_by_fields():
    """The queues of local names are found in lists, in text and behind a +, each once."""
    assert queues_of_fields(["+DEV.team", "status.key", "OPS.x", "DEV.y", TEAM]) == ("DEV", "OPS")
    assert queues_of_fields("summary, DEV.team") == ("DEV",)
    assert queues_of_fields(None) == ()
