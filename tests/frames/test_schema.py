"""Which columns a frame of issues gets."""

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
    return {"id": key, "key": key.rpartition("--")[2], "name": f"name of {key}", "schema": schema, **more}


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
    """The names of the selected columns."""
    return [column.name for column in selection.columns]


def test_without_fields_the_default_columns_and_local_fields_come(schema):
    """The default columns are followed by the queues' local fields and their companions; only these are requested."""
    assert names(schema.select()) == [column.name for column in FRAMES["issues"]]
    selection = schema.select(None, ["DEV"])
    assert names(selection)[-4:] == ["version", "DEV.team", "DEV.reviewer", "DEV.reviewer.id"]
    assert selection.api_fields[-2:] == (TEAM, REVIEWER)
    assert "self" not in selection.api_fields
    assert not selection.needs_users


def test_the_default_needs_no_schema():
    """Fields of the organisation change nothing in the default columns."""
    assert Schema.from_records([], {}).select() == Schema.from_records([field("qaEngineer", "user")], {}).select()


def test_explicit_fields_come_in_their_order_key_first(schema):
    """Named fields give exactly those columns with their companions, in that order, after `key`."""
    selection = schema.select(["summary", "DEV.reviewer", "status", "key", "project"])
    assert names(selection) == [
        *("key", "summary", "DEV.reviewer", "DEV.reviewer.id", "status", "status.key"),
        *("project", "project.id", "project.secondary", "project.secondary.id"),
    ]
    assert selection.api_fields == ("key", "summary", REVIEWER, "status", "project")


def test_a_companion_alone_is_just_that_column(schema):
    """`status.key` gives that column only, and its field is requested."""
    selection = schema.select(["status.key", "queue.display", "project.secondary.id"])
    assert names(selection) == ["key", "status.key", "queue.display", "project.secondary.id"]
    assert selection.api_fields == ("key", "status", "queue", "project")


@pytest.mark.parametrize("name", ["assignee.login", "qaEngineer.login", "DEV.reviewer.login", "followers.login"])
def test_any_user_field_has_a_login(schema, name):
    """`X.login` can be selected for every user field, and needs the list of users."""
    selection = schema.select([name])
    assert names(selection) == ["key", name]
    assert selection.needs_users


def test_plus_adds_to_the_default(schema):
    """With + fields are added to the default; a companion stands beside its field; no column comes twice."""
    selection = names(schema.select(["+qaEngineer", "+assignee.login", "+status", "+OPS.team"]))
    default = names(schema.select())
    assert selection[-3:] == ["qaEngineer", "qaEngineer.id", "OPS.team"]
    assert selection[selection.index("assignee.id") + 1] == "assignee.login"
    assert [name for name in selection if name in default] == default
    with pytest.raises(BadOption, match=r"\+"):
        schema.select(["+qaEngineer", "status"])


def test_text_with_commas_is_a_list(schema):
    """Names can be given as one text."""
    assert schema.select("summary, status.key") == schema.select(["summary", "status.key"])


def test_full_ids_and_local_names_mean_the_same(schema):
    """A local field's full id gives the column named as in the query language; an unknown one keeps its full id."""
    unknown = "6054ae3a2b6b2c7f0000000f--mood"
    assert schema.select([TEAM]) == schema.select(["DEV.team"])
    assert names(schema.select([unknown])) == ["key", unknown]
    assert schema.select([unknown]).columns[1].kind == "object"


def test_local_fields_differ_from_a_global_one_of_the_same_key(schema):
    """`DEV.team`, `OPS.team` and the global `team` are three fields, each with its own type."""
    selection = schema.select(["team", "DEV.team", "OPS.team"])
    assert [column.kind for column in selection.columns] == ["text", "text", "text", "float"]
    assert selection.api_fields == ("key", "team", TEAM, OTHER_TEAM)


def test_two_local_fields_of_one_name_keep_their_full_ids():
    """Where QUEUE.KEY would name two fields, both keep their full ids; a field that is described twice is one."""
    clash = Schema.from_records([], {"DEV": [field(TEAM), field(OTHER_TEAM), field(TEAM)]})
    assert names(clash.select(None, ["DEV"]))[-2:] == [TEAM, OTHER_TEAM]
    with pytest.raises(BadOption):
        clash.select(["DEV.team"])


def test_a_field_with_a_queue_is_local():
    """A field that names its queue is a local field of it, also in the list of all fields."""
    schema = Schema.from_records([field(TEAM, queue={"id": "1", "key": "DEV"}, type="local")], {})
    assert names(schema.select(["DEV.team"])) == ["key", "DEV.team"]


def test_the_built_in_table_wins_over_the_schema(schema):
    """`sprint` is a list whatever its schema says; `statusType` is a reference that no schema describes."""
    kinds = {column.name: column.kind for column in schema.select("all").columns}
    assert kinds["sprint"] == "list"
    assert kinds["statusType.key"] == "text"
    assert kinds["favorite"] == "boolean"
    assert kinds["labels"] == "list"
    assert kinds["x"] == "object"


def test_all_is_the_default_then_every_other_field(schema):
    """`all` begins with the default columns, adds every other field and the queues' own, and requests all fields."""
    selection = schema.select("all", ["OPS"])
    default = names(schema.select())
    assert names(selection)[: len(default)] == default
    assert {"description", "qaEngineer.id", "team", "labels", "OPS.team"} <= set(names(selection))
    assert "DEV.team" not in names(selection)
    assert selection.api_fields is None
    assert selection.everything
    assert "DEV.team" in names(schema.select("all"))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Statuss", "status"),
        ("asignee", "assignee"),
        ("status.id", "status"),
        ("reviewer", "DEV.reviewer"),
        ("qaenginer", "qa"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(schema, name, nearest):
    """An unknown field is an error that names it and the nearest known names."""
    with pytest.raises(BadOption, match=name) as caught:
        schema.select(["summary", name])
    assert nearest in caught.value.message
    assert "%tracker fields (t.fields())" in caught.value.hint


@pytest.fixture
def translated():
    """A schema of records in two languages."""
    return Schema.from_records(
        [
            *(field("createdAt", name=name) for name in ("Создана", "Created on")),
            *(field("qaEngineer", "user", name=name) for name in ("Тестировщик", "QA engineer")),
            *(field(key, name="Размер") for key in ("size", "volume")),
        ],
        {
            "DEV": [field(TEAM, name="Команда"), field(TEAM, name="Team")],
            "OPS": [field(OTHER_TEAM, name="Команда"), field(REVIEWER, name="Ревьюер")],
        },
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("createdAt", "createdAt"),
        ("CREATEDAT", "createdAt"),
        ("Created", "createdAt"),
        ("created on", "createdAt"),
        ("СОЗДАНА", "createdAt"),
        ("story  points", "storyPoints"),
        ("qa engineer", "qaEngineer"),
        ("Team", "DEV.team"),
        ("ops.команда", "OPS.team"),
        ("Ревьюер", "OPS.reviewer"),
        ("status.KEY", "status.key"),
        ("Nothing", None),
        (5, None),
    ],
)
def test_a_field_is_found_as_people_call_it(translated, typed, name):
    """A name of frames in any case comes first, then one of queries, then a displayed one in any language."""
    assert translated.find(typed) == name
    if name:
        assert names(translated.select([typed]))[1] == name


@pytest.mark.parametrize(("typed", "candidates"), [("Размер", "size, volume"), ("команда", "DEV.team, OPS.team")])
def test_a_displayed_name_of_several_fields_is_an_error(translated, typed, candidates):
    """A name that several fields have is an error that names them all."""
    with pytest.raises(BadOption, match=f"called '{typed}': {candidates}") as caught:
        translated.select([typed])
    assert caught.value.reason == "ambiguous_name"


def test_all_unknown_names_are_reported_at_once(schema):
    """One error names every unknown field; a value that is no text is unknown too."""
    with pytest.raises(BadOption) as caught:
        schema.select(["foo", "summary", "bar", 5, ["x"]])
    assert all(repr(name) in caught.value.message for name in ("foo", "bar", 5, ["x"]))


def test_fields_that_need_expand_can_be_selected(schema):
    """Fields that come only with `expand` are lists of objects as received."""
    assert schema.select(["attachments"]).columns[1].kind == "list"


def test_every_offered_name_is_accepted(schema):
    """`select` accepts each of `names`."""
    assert TEAM not in schema.names
    assert all(names(schema.select([name])) for name in schema.names)


def test_queues_of_fields():
    """The queues of local fields are found in lists, in text and after a +, each once."""
    assert queues_of_fields(["+DEV.team", "status.key", "OPS.x", "DEV.y", TEAM]) == ("DEV", "OPS")
    assert queues_of_fields("summary, DEV.team") == ("DEV",)
    assert queues_of_fields(None) == ()


def test_a_displayed_name_counts_before_a_word_of_other_trackers():
    """A field that the organisation calls `Reporter` is meant by that name; without one, it is the author."""
    record = {"id": "informant", "name": "Reporter", "schema": {"type": "string"}}
    assert Schema.from_records([record], {}).find("reporter") == "informant"
    assert Schema.from_records([], {}).find("reporter") == "createdBy"
