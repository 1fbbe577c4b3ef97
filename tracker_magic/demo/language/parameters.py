"""The query language's parameter names, and where an issue holds what each of them asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tracker_magic.demo.language.kinds import KINDS, OF_FIELD, Kind, option
from tracker_magic.demo.language.tree import Name
from tracker_magic.demo.language.values import Context, fold, unknown
from tracker_magic.demo.model import FieldDef, Issue, World

Get = Callable[[World, Issue], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`get` reads an issue's natives (one, a list, None); `field` is set where a field stands behind it.

    `children` names the field (parent, epic) whose other end this is: such issues are found by looking at all others.
    """

    kind: Kind
    get: Get
    field: str | None = None
    children: str | None = None


def stored(field: str, kind: str) -> Parameter:
    """A parameter that is a field of the issue."""
    return Parameter(KINDS[kind], lambda _, issue: issue.values.get(field), field)


def computed(kind: str, get: Get) -> Parameter:
    """A parameter that is worked out."""
    return Parameter(KINDS[kind], get)


def _queue(_: World, issue: Issue) -> str:
    return issue.key.rpartition("-")[0]


def _old_queues(_: World, issue: Issue) -> list[str]:
    return [alias.rpartition("-")[0] for alias in issue.aliases]


def _related(_: World, issue: Issue) -> list[str]:
    values = issue.values
    return [values.get("createdBy", ""), values.get("assignee", ""), *values.get("followers", ())]


def _queue_owner(world: World, issue: Issue) -> str | None:
    queue = world.queues.get(_queue(world, issue))
    return queue.lead if queue else None


def _component_owners(world: World, issue: Issue) -> list[str]:
    names = (world.components.get(name) for name in issue.values.get("components", ()))
    return [component.lead for component in names if component is not None and component.lead]


def _history(_: World, issue: Issue) -> list[str]:
    """Every text that summary and description ever had."""
    texts = [issue.values.get(name) for name in ("summary", "description")]
    for event in issue.events:
        for change in event.changes:
            if change.field in {"summary", "description"}:
                texts += [change.old, change.new]
    return [text for text in texts if isinstance(text, str)]


def _last_comment(_: World, issue: Issue) -> Any:
    last = issue.values.get("lastCommentUpdatedAt")
    return last or max((comment.updated_at or comment.at for comment in issue.comments), default=None)


def linked(kinds: tuple[str, ...], direction: str | None, field: str | None = None) -> Get:
    """Ids of the issues linked so; direction None: either; `field` (parent, epic) names the same relation."""

    def get(world: World, issue: Issue) -> list[str]:
        found = [
            link.issue
            for link in issue.links
            if (not kinds or link.type in kinds) and direction in {None, link.direction}
        ]
        if field and field in issue.values:
            found.append(issue.values[field])
        return [other.id for name in found if (other := world.find(name)) is not None]

    return get


def _queues_of(get: Get) -> Get:
    def queues(world: World, issue: Issue) -> list[str]:
        others = (world.find(name) for name in get(world, issue))
        return [other.key.rpartition("-")[0] for other in others if other is not None]

    return queues


def _boards(world: World, issue: Issue, *, going: bool) -> list[str]:
    sprints = (world.sprints.get(name) for name in issue.values.get("sprint", ()))
    return [s.board for s in sprints if s is not None and (not going or s.status == "in_progress")]


# relation as written → how the issue stands to the other; outward: it is the main one (parent, epic, original, blocker)
RELATIONS: dict[str, Get] = {
    "Epic": linked(("epic",), "inward", "epic"),
    "Has Epic": linked(("epic",), "inward", "epic"),
    "Is Epic Of": linked(("epic",), "outward"),
    "Is Parent Task For": linked(("subtask",), "outward"),
    "Is Subtask For": linked(("subtask",), "inward", "parent"),
    "Depends On": linked(("depends",), "inward"),
    "Is Dependent By": linked(("depends",), "outward"),
    "Duplicates": linked(("duplicates",), "inward"),
    "Is Duplicated By": linked(("duplicates",), "outward"),
    "Relates": linked(("relates",), None),
    "Linked to": linked((), None),
    "Clone": linked(("clone",), "inward"),
    "Original": linked(("clone",), "outward"),
}
CHILDREN = {"Is Epic Of": "epic", "Is Parent Task For": "parent"}
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


def _named() -> Iterator[tuple[str, Parameter]]:
    for line in _STORED.strip().splitlines():
        name, field, kind = line.split("|")
        yield name, stored(field, kind)
    yield "Comment Author", computed("user", lambda _, issue: [comment.by for comment in issue.comments])
    yield "Component Owner", computed("user", _component_owners)
    yield "Queue Owner", computed("user", _queue_owner)
    yield "Related", computed("user", _related)
    yield "Favorited by", computed("myself", lambda _, issue: list(issue.favorite_of))
    yield "Comment", computed("text", lambda _, issue: [comment.text for comment in issue.comments])
    yield "History", computed("text", _history)
    yield "Last comment", computed("datetime", _last_comment)
    yield "Queue", Parameter(KINDS["queue"], _queue, "queue")
    yield "Old Queue", computed("queue", _old_queues)
    yield "Key", computed("issue", lambda _, issue: issue.id)
    for name, get in RELATIONS.items():
        yield name, Parameter(KINDS["issue"], get, children=CHILDREN.get(name))
    for name, relation in QUEUE_RELATIONS.items():
        yield name, Parameter(KINDS["queue"], _queues_of(RELATIONS[relation]), children=CHILDREN.get(relation))
    yield "Sprints By Board", computed("board", partial(_boards, going=False))
    yield "Sprint In Progress By Board", computed("board", partial(_boards, going=True))


PARAMETERS: dict[str, Parameter] = {fold(name): parameter for name, parameter in _named()}
"""By name, letter case aside; `Filter` is not here: it stands for a whole condition."""


def of_field(definition: FieldDef) -> Parameter:
    """The parameter of a custom field."""
    if definition.options:
        kind = option(definition.options)
    else:
        kind = KINDS.get(OF_FIELD.get(definition.type, definition.type), KINDS["text"])
    return Parameter(kind, lambda _, issue: issue.values.get(definition.id), definition.id)


def find_parameter(context: Context, name: Name) -> Parameter:
    """What a name stands for: a documented one, `QUEUE.field`, a custom field's name; QueryError otherwise."""
    if name.queue is None:
        known = PARAMETERS.get(fold(name.text))
        if known is not None:
            return _with_children(context.world, known) if known.children else known
        candidates = [field for field in context.world.fields.values() if field.category != "system"]
        wanted = fold(name.text)
        found = [field for field in candidates if wanted in {fold(field.ru), fold(field.en)}]
    else:
        found = _local(context, name)
    if not found:
        raise unknown("неизвестный параметр", "unknown parameter", name.full, name.position)
    return of_field(found[0])


def _with_children(world: World, parameter: Parameter) -> Parameter:
    """The parameter that also knows whom the field `children` of all other issues points to."""
    of_queues, below = parameter.kind is KINDS["queue"], dict[str, list[str]]()
    for child in world.issues.values():
        above = child.values.get(parameter.children or "")
        if above:
            below.setdefault(above, []).append(_queue(world, child) if of_queues else child.id)
    linked_ones = parameter.get
    return replace(parameter, get=lambda world, issue: [*linked_ones(world, issue), *below.get(issue.id, ())])


def _local(context: Context, name: Name) -> list[FieldDef]:
    queue, wanted = fold(name.queue or ""), fold(name.text)
    return [
        field
        for field in context.world.local_fields.values()
        if field.queue and fold(field.queue) == queue and field.queue not in context.hidden
        if wanted in {fold(field.key), fold(field.ru), fold(field.en)}
    ]
