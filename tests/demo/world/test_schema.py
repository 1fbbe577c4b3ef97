"""Fields and dictionaries of every world match the service's documentation."""

from pathlib import Path

import orjson
import pytest

from tracker_magic.demo.model import World
from tracker_magic.demo.world.schema import add_schema

DOCUMENTED = """
self id key summary version votes description queue type priority status previousStatus resolution
statusType statusStartTime createdAt updatedAt resolvedAt lastCommentUpdatedAt createdBy updatedBy
assignee resolvedBy previousStatusLastAssignee followers access followingMaillists followingGroups
parent epic aliases tags sprint boards components fixVersions affectedVersions project deadline
start end storyPoints originalEstimation estimation spent favorite unique
commentWithExternalMessageCount commentWithoutExternalMessageCount checklistItems checklistDone
checklistTotal emailFrom emailTo emailCc emailCreatedBy pendingReplyFrom sla messengerId
previousQueue ranks
"""
NOT_FIELDS = {"self", "id"}  # keys that every object has


@pytest.fixture
def world() -> World:
    """A world with dictionaries and nothing else."""
    world = World(me="1")
    add_schema(world)
    return world


def test_every_documented_field_exists(world: World) -> None:
    """The world has every documented field, with names in both languages, and at least three global custom fields."""
    assert set(DOCUMENTED.split()) - NOT_FIELDS <= set(world.fields)
    assert all(field.ru and field.en for field in world.fields.values())
    assert sum(field.category == "custom" for field in world.fields.values()) >= 3


@pytest.mark.data
def test_field_schemas_match_the_official_client_sample(world: World) -> None:
    """Type, item type, readonly and required of each field match the official client's own sample."""
    path = next(
        (
            sample
            for folder in Path(__file__).resolve().parents
            if (sample := folder.parent / "shared" / "api" / "samples" / "fields_schema_types.json").is_file()
        ),
        None,
    )
    if path is None:
        pytest.skip("shared/api/samples is not beside this checkout")
    for sample in orjson.loads(path.read_bytes()):
        field, schema = world.fields[sample["id"]], sample["schema"]
        assert (field.many, field.type) == (schema["type"] == "array", schema.get("items", schema["type"]))
        assert field.readonly == sample["readonly"]
        assert field.many or field.required == schema["required"]


def test_dictionaries_have_ids_order_and_types(world: World) -> None:
    """Ids count from 1, the order rises, and statuses have the five types or, at least one of them, none."""
    for dictionary in (world.statuses, world.types, world.priorities, world.resolutions):
        ids = [entry.id for entry in dictionary.values()]
        assert ids == [str(number) for number in range(1, len(dictionary) + 1)]
        orders = [entry.order for entry in dictionary.values()]
        assert orders == sorted(set(orders))
    types = {status.type for status in world.statuses.values()}
    assert types == {"new", "inProgress", "paused", "done", "cancelled", None}
    assert {"relates", "depends", "subtask", "duplicates", "epic", "clone"} <= set(world.link_types)
