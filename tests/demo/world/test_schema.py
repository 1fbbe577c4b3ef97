"""The dictionaries of every world are those that the service's documents show."""

from pathlib import Path

import orjson
import pytest

from tracker_magic.demo.model import World
from tracker_magic.demo.world.schema import dress

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
NOT_FIELDS = {"self", "id"}  # every object has them


@pytest.fixture
def world() -> World:
    """A world with dictionaries and nothing else."""
    return dress(World(me="1"))


def test_every_documented_field_is_there(world: World) -> None:
    """The fields of TRACKER_API 4.3, named in both languages; some global custom ones beside them."""
    assert set(DOCUMENTED.split()) - NOT_FIELDS <= set(world.fields)
    assert all(field.ru and field.en for field in world.fields.values())
    assert sum(field.category == "custom" for field in world.fields.values()) >= 3


@pytest.mark.data
def test_schemas_are_those_of_the_official_fixture(world: World) -> None:
    """Type, item type, readonly and required are as in the official client's own sample."""
    path = next(
        (
            found
            for folder in Path(__file__).resolve().parents
            if (found := folder.parent / "shared" / "api" / "samples" / "fields_schema_types.json").is_file()
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
    """Ids are numbers as text, unique; orders rise; statuses are of the five types, at least one of none."""
    for known in (world.statuses, world.types, world.priorities, world.resolutions):
        assert [entry.id for entry in known.values()] == [str(number) for number in range(1, len(known) + 1)]
        orders = [entry.order for entry in known.values()]
        assert orders == sorted(set(orders))
    types = {status.type for status in world.statuses.values()}
    assert types == {"new", "inProgress", "paused", "done", "cancelled", None}
    assert {"relates", "depends", "subtask", "duplicates", "epic", "clone"} <= set(world.link_types)
