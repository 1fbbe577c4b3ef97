"""The columns of every frame, in their order."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tracker_magic.columns.column import Column, ColumnKind, ColumnPart, field_columns
from tracker_magic.columns.fields import DEFAULT_FIELDS, SYSTEM_FIELDS, many, one


def _column(name: str, kind: ColumnKind, meaning: str, path: str = "", part: ColumnPart = "value") -> Column:
    return Column(name, kind, meaning, tuple((path or name).split(".")), part)


def _id(meaning: str = "Id.", path: str = "id") -> Column:
    return _column("id", "text", meaning, path, "id_text")


def _localized(name: str, meaning: str, path: str = "") -> Column:
    return _column(name, "text", meaning, path, "localized_text")


def _reference(name: str, type_name: str, meaning: str, path: str = "") -> tuple[Column, ...]:
    return field_columns(name, tuple((path or name).split(".")), one(type_name, meaning))


def _references(name: str, type_name: str, meaning: str, path: str = "") -> tuple[Column, ...]:
    return field_columns(name, tuple((path or name).split(".")), many(type_name, meaning))


_ISSUE: Final = Column("key", "text", "Key of the issue.", ())
_KEY: Final = _column("key", "text", "Key, the same in every language.")
_NAME: Final = _localized("name", "Displayed name.")
_DESCRIPTION: Final = _localized("description", "Description.")
_ORDER: Final = _column("order", "integer", "Position in lists.")
_AUTHOR: Final = _reference("createdBy", "user", "Who created it.")
_CREATED: Final = _column("createdAt", "datetime", "When it was created.")
_UPDATED: Final = _column("updatedAt", "datetime", "When it was last edited.")
_ENTITY: Final = (
    _id("Id, 24 hexadecimal digits."),
    _column("shortId", "text", "Number shown in the interface; `project.id` of an issue holds it.", part="id_text"),
    _localized("summary", "Displayed name.", "fields.summary"),
    _column("entityStatus", "text", "Status, such as in_progress or at_risk.", "fields.entityStatus"),
    *_reference("lead", "user", "Who is responsible.", "fields.lead"),
    _column("start", "date", "First day.", "fields.start"),
    _column("end", "date", "Last day.", "fields.end"),
    _column("tags", "list", "Tags.", "fields.tags"),
    _localized("description", "Description.", "fields.description"),
    *_reference("author", "user", "Author.", "fields.author"),
    *_references("teamUsers", "user", "Members of the team.", "fields.teamUsers"),
    *_references("clients", "user", "Customers.", "fields.clients"),
    *_references("followers", "user", "Who follows it.", "fields.followers"),
    _column("quarter", "object", "Quarters it is planned for, as received.", "fields.quarter"),
    _column("metricItems", "list", "Metrics, as received.", "fields.metricItems"),
    _column("checklistItems", "list", "Checklist items, as received.", "fields.checklistItems"),
    _column("keyResultItems", "list", "Key results, as received.", "fields.keyResultItems"),
    _column("progressPercentage", "float", "Progress, in percent.", "fields.progressPercentage"),
    *_reference("parentEntity", "project", "Parent portfolio or goal.", "fields.parentEntity"),
    _column("teamAccess", "boolean", "Whether only the team has access.", "fields.teamAccess"),
    *_references("issueQueues", "queue", "Keys of its issues' queues.", "fields.issueQueues"),
    _column(
        "lastCommentUpdatedAt", "datetime", "When a comment was last added or edited.", "fields.lastCommentUpdatedAt"
    ),
    _column("linkedGoalsCount", "integer", "Number of linked goals.", "fields.linkedGoalsCount"),
    _column("linkedProjectsCount", "integer", "Number of linked projects.", "fields.linkedProjectsCount"),
    *_AUTHOR,
    _CREATED,
    _UPDATED,
    _column("version", "integer", "Version; it grows with each change."),
)
ENTITY_FIELDS: Final[tuple[str, ...]] = tuple(dict.fromkeys(c.path[1] for c in _ENTITY if c.path[0] == "fields"))

FRAMES: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {
        "issues": tuple(c for name in DEFAULT_FIELDS for c in field_columns(name, (name,), SYSTEM_FIELDS[name])),
        "changelog": (
            _ISSUE,
            _id("Id of the entry, shared by its rows."),
            _column("at", "datetime", "When it happened.", "updatedAt"),
            *_reference("by", "user", "Who did it.", "updatedBy"),
            _column("type", "text", "Type of the entry, such as IssueWorkflow."),
            _column(
                "field",
                "text",
                "Field that changed, or comments, reactions, links, attachments, worklog, relatedResolutions; missing "
                "if the entry names none.",
                "field.id",
            ),
            _column("from", "text", "Displayed value before; several are joined by commas."),
            _column("to", "text", "Displayed value after."),
            _column(
                "from.key", "text", "Value before as stable text: key, else id, else the text of the service.", "from"
            ),
            _column("to.key", "text", "Value after as stable text.", "to"),
            _column("added", "list", "Keys or ids that were added, for many-valued fields and lists.", "to"),
            _column("removed", "list", "Keys or ids that were removed, for many-valued fields and lists.", "from"),
            _column("transport", "text", "Where the change came from, such as front or api."),
        ),
        "comments": (
            _ISSUE,
            _id(),
            _CREATED,
            *_AUTHOR,
            _column("text", "text", "Text, in markup."),
            _column("type", "text", "standard, incoming or outcoming (by email)."),
            _column("transport", "text", "internal or email."),
            _UPDATED,
        ),
        "worklog": (
            _ISSUE,
            _column("summary", "text", "Title of the issue.", "issue", "companion_display"),
            _id(),
            _column("start", "datetime", "When the work began, which gives the day worked."),
            _column("duration", "hours", "Logged work, in working hours."),
            *_AUTHOR,
            _CREATED,
            _UPDATED,
            _column("comment", "text", "Comment."),
        ),
        "links": (
            _ISSUE,
            _id(),
            _column("type.id", "text", "Id of the link type, such as relates.", part="id_text"),
            _column("direction", "text", "outward: this issue is the main one; inward: the other one is."),
            Column("relation", "text", "Name of the link as seen from this issue.", (), "relation"),
            _column("other", "text", "Key of the other issue.", "object", "key"),
            _column("other.summary", "text", "Title of the other issue.", "object", "companion_display"),
            *_reference("other.status", "status", "Status of the other issue.", "status"),
            _CREATED,
            *_AUTHOR,
        ),
        "attachments": (
            _ISSUE,
            _id(),
            _column("name", "text", "File name."),
            _column("mimetype", "text", "Media type of the content."),
            _column("size", "integer", "Size in bytes."),
            _column("url", "text", "URL of the content; a login is needed to open it.", "content"),
            *_AUTHOR,
            _CREATED,
        ),
        "checklists": (
            _ISSUE,
            _id(),
            _column("text", "text", "Text of the item."),
            _column("checked", "boolean", "Whether it is done."),
            *_reference("assignee", "user", "Who is to do it."),
            _column("deadline", "date", "Due date.", "deadline.date"),
        ),
        "transitions": (
            _ISSUE,
            _id(),
            _localized("name", "Name of the button.", "display"),
            *_reference("to", "status", "Status it leads to."),
        ),
        "users": (
            _id("Id (`uid`), as in the `.id` companions.", "uid"),
            _column("login", "text", "Login."),
            _localized("display", "Displayed name."),
            _column("email", "text", "Email address."),
            _column("dismissed", "boolean", "Whether the person has left the organisation."),
        ),
        "sprints": (
            _id(),
            _NAME,
            *_reference("board", "board", "Board it belongs to."),
            _column("status", "text", "draft, in_progress, released or archived."),
            _column("archived", "boolean", "Whether it is archived."),
            _column("startDate", "date", "Planned first day."),
            _column("endDate", "date", "Planned last day."),
            _column("startDateTime", "datetime", "When it actually began."),
            _column("endDateTime", "datetime", "When it actually ended."),
        ),
        "columns": (_id(), _NAME, *_references("statuses", "status", "Statuses shown in the column.")),
        "boards": (
            _id(),
            _NAME,
            *_AUTHOR,
            _CREATED,
            _UPDATED,
            *_references("columns", "board", "Columns of the board."),
        ),
        "queues": (
            _id(),
            _KEY,
            _NAME,
            _DESCRIPTION,
            *_reference("lead", "user", "Owner of the queue."),
            *_reference("defaultType", "issuetype", "Type of a new issue."),
            *_reference("defaultPriority", "priority", "Priority of a new issue."),
            _column("assignAuto", "boolean", "Whether new issues are assigned automatically."),
            _column("allowExternals", "boolean", "Whether email may be sent to external addresses."),
            _column("denyVoting", "boolean", "Whether voting is turned off."),
        ),
        "fields": (
            _id("Id: the name of the field in the API."),
            _column("key", "text", "Short key; frames and queries call a local field QUEUE.KEY."),
            _NAME,
            _column(
                "query",
                "text",
                "What to type in a query: the documented name of a system field (the same in every language), the "
                "displayed name of a custom one, QUEUE.KEY of a local one; missing if a query cannot ask about it.",
            ),
            Column(
                "query.other",
                "list",
                "What else a query accepts: displayed names of a custom or local field, in every language.",
                ("query.other",),
            ),
            _DESCRIPTION,
            _column("type", "text", "Type of the value; array for many-valued fields.", "schema.type"),
            _column("items", "text", "Type of the items of an array.", "schema.items"),
            _column("required", "boolean", "Whether an issue must have it.", "schema.required"),
            _column("readonly", "boolean", "Whether only the service can change it."),
            _column("options", "list", "Values to choose from.", "optionsProvider", "options"),
            _column("queue", "text", "Key of its queue, for a local field.", "queue", "key"),
        ),
        "statuses": (
            _id(),
            _KEY,
            _NAME,
            _DESCRIPTION,
            _ORDER,
            _column("type", "text", "new, inProgress, paused, done or cancelled; missing for some custom statuses."),
        ),
        "types": (_id(), _KEY, _NAME, _DESCRIPTION, _column("deleted", "boolean", "Whether it was deleted.")),
        "priorities": (_id(), _KEY, _NAME, _ORDER),
        "resolutions": (_id(), _KEY, _NAME, _DESCRIPTION, _ORDER),
        "link_types": (
            _id(),
            _localized("inward", "Name as seen from the issue that is not the main one."),
            _localized("outward", "Name as seen from the main issue."),
        ),
        "groups": (_id(), _NAME),
        "components": (
            _id(),
            _NAME,
            *_reference("queue", "queue", "Key of its queue."),
            _DESCRIPTION,
            *_reference("lead", "user", "Owner of the component."),
            _column("assignAuto", "boolean", "Whether its owner is assigned new issues automatically."),
        ),
        "versions": (
            _id(),
            _NAME,
            *_reference("queue", "queue", "Key of its queue."),
            _DESCRIPTION,
            _column("startDate", "date", "First day."),
            _column("dueDate", "date", "Due date."),
            _column("released", "boolean", "Whether it is released."),
            _column("archived", "boolean", "Whether it is archived."),
        ),
        "projects": _ENTITY,
        "portfolios": _ENTITY,
        "goals": _ENTITY,
    }
)
PER_ISSUE: Final = frozenset(kind for kind, table in FRAMES.items() if table[0] is _ISSUE)
