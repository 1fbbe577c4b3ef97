"""The parameters of the query language, and where an issue holds their values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from tracker_magic.demo.language.field_types import FIELD_TYPES, type_of_field
from tracker_magic.demo.language.operands import Context, fold, unknown_name
from tracker_magic.demo.language.syntax_tree import ParameterName
from tracker_magic.demo.language.value_types import FieldType
from tracker_magic.demo.model import FieldDef, Issue, World
from tracker_magic.demo.records.renderer import queue_of


@dataclass(frozen=True)
class Parameter(ABC):
    """Something that a query can ask about; `field` is the id of the field behind it, if there is one."""

    type: FieldType
    _: KW_ONLY
    field: str | None = None

    @abstractmethod
    def read(self, world: World, issue: Issue) -> Any:
        """Return the issue's stored value: a single one, a list, or None."""

    def prepared(self, world: World) -> "Parameter":
        """Return the parameter with the indexes of this world that it needs to read quickly."""
        del world
        return self


@dataclass(frozen=True)
class StoredParameter(Parameter):
    """A field of the issue."""

    def read(self, world: World, issue: Issue) -> Any:
        """Return the value of the field."""
        del world
        return issue.values.get(self.field or "")


@dataclass(frozen=True)
class ComputedParameter(Parameter):
    """A value that is computed by the function of this name."""

    name: str

    def read(self, world: World, issue: Issue) -> Any:
        """Compute the value."""
        return COMPUTED[self.name](world, issue)


@dataclass(frozen=True)
class LinkedIssues(Parameter):
    """Ids of the issues that are linked with the issue.

    `own_field` (parent, epic) refers to a linked issue, too. `child_field` is such a field of other issues:
    the issue is also linked with all issues that refer to it there.
    """

    link_types: tuple[str, ...]  # none: all of them
    direction: str | None = None  # of the links; None: both
    own_field: str = ""
    child_field: str = ""
    children: Mapping[str, list[str]] | None = None  # ids of the issues that refer to each issue

    def read(self, world: World, issue: Issue) -> list[str]:
        """Return the ids."""
        ids = [
            link.issue
            for link in issue.links
            if (not self.link_types or link.type in self.link_types) and self.direction in {None, link.direction}
        ]
        if self.own_field in issue.values:
            ids.append(issue.values[self.own_field])
        existing = [other.id for name in ids if (other := world.find(name)) is not None]
        return [*existing, *self.children.get(issue.id, ())] if self.children else existing

    def prepared(self, world: World) -> "LinkedIssues":
        """Return the parameter with an index of the issues that refer to others."""
        if not self.child_field:
            return self
        children: dict[str, list[str]] = {}
        for child in world.issues.values():
            parent = child.values.get(self.child_field)
            if parent:
                children.setdefault(parent, []).append(child.id)
        return replace(self, children=children)


@dataclass(frozen=True)
class LinkedQueues(Parameter):
    """Keys of the queues of linked issues."""

    issues: LinkedIssues

    def read(self, world: World, issue: Issue) -> list[str]:
        """Return the keys."""
        others = (world.find(name) for name in self.issues.read(world, issue))
        return [queue_of(other) for other in others if other is not None]

    def prepared(self, world: World) -> "LinkedQueues":
        """Return the parameter with prepared issues."""
        return replace(self, issues=self.issues.prepared(world))


@dataclass(frozen=True)
class SprintBoards(Parameter):
    """Ids of the boards of the issue's sprints."""

    only_running: bool

    def read(self, world: World, issue: Issue) -> list[str]:
        """Return the ids."""
        sprints = (world.sprints.get(name) for name in issue.values.get("sprint", ()))
        return [
            sprint.board
            for sprint in sprints
            if sprint is not None and (not self.only_running or sprint.status == "in_progress")
        ]


def _related_people(_: World, issue: Issue) -> list[str]:
    values = issue.values
    return [values.get("createdBy", ""), values.get("assignee", ""), *values.get("followers", ())]


def _queue_owner(world: World, issue: Issue) -> str | None:
    queue = world.queues.get(queue_of(issue))
    return queue.lead if queue else None


def _component_owners(world: World, issue: Issue) -> list[str]:
    components = (world.components.get(name) for name in issue.values.get("components", ()))
    return [component.lead for component in components if component is not None and component.lead]


def _texts_in_history(_: World, issue: Issue) -> list[str]:
    """Return every text that the summary and the description ever had."""
    texts = [issue.values.get(name) for name in ("summary", "description")]
    for event in issue.events:
        for change in event.changes:
            if change.field in {"summary", "description"}:
                texts += [change.old, change.new]
    return [text for text in texts if isinstance(text, str)]


def _last_comment(_: World, issue: Issue) -> Any:
    last = issue.values.get("lastCommentUpdatedAt")
    return last or max((comment.updated_at or comment.at for comment in issue.comments), default=None)


def _status_type(world: World, issue: Issue) -> str | None:
    status = world.statuses.get(issue.values.get("status", ""))
    return status.type if status is not None else None


COMPUTED: dict[str, Callable[[World, Issue], Any]] = {
    "Comment Author": lambda _, issue: [comment.by for comment in issue.comments],
    "Component Owner": _component_owners,
    "Queue Owner": _queue_owner,
    "Related": _related_people,
    "Favorited by": lambda _, issue: list(issue.favorite_of),
    "Comment": lambda _, issue: [comment.text for comment in issue.comments],
    "History": _texts_in_history,
    "Last comment": _last_comment,
    "Queue": lambda _, issue: queue_of(issue),
    "Old Queue": lambda _, issue: [alias.rpartition("-")[0] for alias in issue.aliases],
    "Key": lambda _, issue: issue.id,
    "Status type": _status_type,
}
_ISSUE, _QUEUE = FIELD_TYPES["issue"], FIELD_TYPES["queue"]
# Relations say how the issue stands to the linked one; outward: as parent, epic, original or blocker.
RELATIONS = {
    "Epic": LinkedIssues(_ISSUE, ("epic",), "inward", own_field="epic"),
    "Has Epic": LinkedIssues(_ISSUE, ("epic",), "inward", own_field="epic"),
    "Is Epic Of": LinkedIssues(_ISSUE, ("epic",), "outward", child_field="epic"),
    "Is Parent Task For": LinkedIssues(_ISSUE, ("subtask",), "outward", child_field="parent"),
    "Is Subtask For": LinkedIssues(_ISSUE, ("subtask",), "inward", own_field="parent"),
    "Depends On": LinkedIssues(_ISSUE, ("depends",), "inward"),
    "Is Dependent By": LinkedIssues(_ISSUE, ("depends",), "outward"),
    "Duplicates": LinkedIssues(_ISSUE, ("duplicates",), "inward"),
    "Is Duplicated By": LinkedIssues(_ISSUE, ("duplicates",), "outward"),
    "Relates": LinkedIssues(_ISSUE, ("relates",)),
    "Linked to": LinkedIssues(_ISSUE, ()),
    "Clone": LinkedIssues(_ISSUE, ("clone",), "inward"),
    "Original": LinkedIssues(_ISSUE, ("clone",), "outward"),
}
QUEUE_RELATIONS = {
    "Block Queue": "Is Dependent By",
    "Depend On Queue": "Depends On",
    "Clones Of Queue": "Clone",
    "Originals Of Queue": "Original",
    "Duplicated In Queue": "Is Duplicated By",
    "Duplicates In Queue": "Duplicates",
    "Epics For Queue": "Is Epic Of",
    "In Epics Of Queue": "Has Epic",
    "Parent Tasks For Queue": "Is Parent Task For",
    "Subtasks For Queue": "Is Subtask For",
    "Related To Queue": "Relates",
    "Have Links To Queue": "Linked to",
}
# Name, field, type.
_STORED = """
Access|access|user
Assignee|assignee|user
Author|createdBy|user
Followers|followers|user
Modifier|updatedBy|user
Pending Reply From|pendingReplyFrom|user
Resolver|resolvedBy|user
Voted by|votedBy|user
Summary|summary|summary
Description|description|text
Created|createdAt|datetime
Updated|updatedAt|datetime
Resolved|resolvedAt|datetime
Deadline|deadline|date
Start Date|start|date
End Date|end|date
Votes|votes|number
Story Points|storyPoints|number
Time Spent|spent|timetracking
Original Estimate|originalEstimation|timetracking
Status|status|status
Type|type|issuetype
Priority|priority|priority
Resolution|resolution|resolution
Components|components|component
Affected Version|affectedVersions|version
Fix Version|fixVersions|version
Project|project|project
Sprint|sprint|sprint
Tags|tags|string
"""
# Name, type.
_COMPUTED = """
Comment Author|user
Component Owner|user
Queue Owner|user
Related|user
Favorited by|caller
Comment|text
History|text
Last comment|datetime
Old Queue|queue
Key|issue
"""


def _documented_parameters() -> Iterator[tuple[str, Parameter]]:
    for line in _STORED.strip().splitlines():
        name, field, type_name = line.split("|")
        yield name, StoredParameter(FIELD_TYPES[type_name], field=field)
    for line in _COMPUTED.strip().splitlines():
        name, type_name = line.split("|")
        yield name, ComputedParameter(FIELD_TYPES[type_name], name)
    yield "Queue", ComputedParameter(_QUEUE, "Queue", field="queue")
    yield from RELATIONS.items()
    for name, relation in QUEUE_RELATIONS.items():
        yield name, LinkedQueues(_QUEUE, RELATIONS[relation])
    yield "Sprints By Board", SprintBoards(FIELD_TYPES["board"], only_running=False)
    yield "Sprint In Progress By Board", SprintBoards(FIELD_TYPES["board"], only_running=True)


PARAMETERS: dict[str, Parameter] = {fold(name): parameter for name, parameter in _documented_parameters()}
"""By folded name; `Filter` is missing, since it stands for a whole condition."""


def field_parameter(definition: FieldDef) -> Parameter:
    """Return the parameter of a custom field."""
    return StoredParameter(type_of_field(definition), field=definition.id)


def find_parameter(context: Context, name: ParameterName) -> Parameter:
    """Return the parameter of this name: a documented one, or a custom field; QueryError if there is none."""
    if name.queue is None and fold(name.text) in PARAMETERS:
        return PARAMETERS[fold(name.text)].prepared(context.world)
    fields = _global_fields(context, name) if name.queue is None else _local_fields(context, name)
    if not fields:
        raise unknown_name("неизвестный параметр", "unknown parameter", name.full, name.position)
    return field_parameter(fields[0])


def _global_fields(context: Context, name: ParameterName) -> list[FieldDef]:
    custom = [field for field in context.world.fields.values() if field.category != "system"]
    return [field for field in custom if fold(name.text) in {fold(field.ru), fold(field.en)}]


def _local_fields(context: Context, name: ParameterName) -> list[FieldDef]:
    queue, text = fold(name.queue or ""), fold(name.text)
    return [
        field
        for field in context.world.local_fields.values()
        if field.queue and fold(field.queue) == queue and field.queue not in context.hidden
        if text in {fold(field.key), fold(field.ru), fold(field.en)}
    ]
