"""The tables: one for each kind of frame, its columns in their order."""

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


def _ref(name: str, kind: str, meaning: str, path: str = "") -> tuple[Column, ...]:
    return field_columns(name, tuple((path or name).split(".")), one(kind, meaning))


def _refs(name: str, kind: str, meaning: str, path: str = "") -> tuple[Column, ...]:
    return field_columns(name, tuple((path or name).split(".")), many(kind, meaning))


_ISSUE: Final = Column("key", "text", "Key of the issue.", ())
_KEY: Final = _column("key", "text", "Key, the same in every language.")
_NAME: Final = _localized("name", "Name people see.")
_DESCRIPTION: Final = _localized("description", "Description.")
_ORDER: Final = _column("order", "integer", "Place in lists.")
_AUTHOR: Final = _ref("createdBy", "user", "Who made it.")
_CREATED: Final = _column("createdAt", "datetime", "When it was made.")
_UPDATED: Final = _column("updatedAt", "datetime", "When it was last edited.")
_ENTITY: Final = (
    _id("Id, 24 hexadecimal digits."),
    _column("shortId", "text", "Number shown in the interface; what `project.id` of an issue holds.", part="id_text"),
    _localized("summary", "Name people see.", "fields.summary"),
    _column("entityStatus", "text", "Status word, such as in_progress or at_risk.", "fields.entityStatus"),
    *_ref("lead", "user", "Who is responsible.", "fields.lead"),
    _column("start", "date", "First day.", "fields.start"),
    _column("end", "date", "Last day.", "fields.end"),
    _column("tags", "list", "Tags.", "fields.tags"),
    _localized("description", "Description.", "fields.description"),
    *_ref("author", "user", "Author.", "fields.author"),
    *_refs("teamUsers", "user", "Members of the team.", "fields.teamUsers"),
    *_refs("clients", "user", "Customers.", "fields.clients"),
    *_refs("followers", "user", "Who follows it.", "fields.followers"),
    _column("quarter", "object", "Quarters it is planned for, as they came.", "fields.quarter"),
    _column("metricItems", "list", "Metrics, as they came.", "fields.metricItems"),
    _column("checklistItems", "list", "Items of the checklist, as they came.", "fields.checklistItems"),
    _column("keyResultItems", "list", "Key results, as they came.", "fields.keyResultItems"),
    _column("progressPercentage", "float", "Progress in percent.", "fields.progressPercentage"),
    *_ref("parentEntity", "project", "Portfolio or goal above it.", "fields.parentEntity"),
    _column("teamAccess", "boolean", "Whether only the team may see it.", "fields.teamAccess"),
    *_refs("issueQueues", "queue", "Keys of the queues of its issues.", "fields.issueQueues"),
    _column("lastCommentUpdatedAt", "datetime", "When a comment last changed.", "fields.lastCommentUpdatedAt"),
    _column("linkedGoalsCount", "integer", "Number of linked goals.", "fields.linkedGoalsCount"),
    _column("linkedProjectsCount", "integer", "Number of linked projects.", "fields.linkedProjectsCount"),
    *_AUTHOR,
    _CREATED,
    _UPDATED,
    _column("version", "integer", "Version; grows with each change."),
)
ENTITY_FIELDS: Final[tuple[str, ...]] = tuple(dict.fromkeys(c.path[1] for c in _ENTITY if c.path[0] == "fields"))

FRAMES: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {
        "issues": tuple(c for name in DEFAULT_FIELDS for c in field_columns(name, (name,), SYSTEM_FIELDS[name])),
        "changelog": (
            _ISSUE,
            _id("Id of the entry; its rows share it."),
            _column("at", "datetime", "When it happened.", "updatedAt"),
            *_ref("by", "user", "Who did it.", "updatedBy"),
            _column("type", "text", "Type of the entry, such as IssueWorkflow."),
            _column("field", "text", "Field that changed; missing where an entry names none.", "field.id"),
            _column("from", "text", "Value before, as people see it; members are joined by a comma."),
            _column("to", "text", "Value after, as people see it."),
            _column(
                "from.key", "text", "Value before as stable text: key, else id, else the service's own text.", "from"
            ),
            _column("to.key", "text", "Value after as stable text.", "to"),
            _column("added", "list", "Keys or ids that came, for many-valued fields.", "to"),
            _column("removed", "list", "Keys or ids that went, for many-valued fields.", "from"),
            _column("transport", "text", "Way it came in, such as front or api."),
        ),
        "comments": (
            _ISSUE,
            _id(),
            _CREATED,
            *_AUTHOR,
            _column("text", "text", "Text, as markup."),
            _column("type", "text", "standard, incoming or outcoming (by mail)."),
            _column("transport", "text", "internal or email."),
            _UPDATED,
        ),
        "worklog": (
            _ISSUE,
            _column("summary", "text", "Title of the issue.", "issue", "companion_display"),
            _id(),
            _column("start", "datetime", "When the work began: the day worked."),
            _column("duration", "hours", "Work, in working hours."),
            *_AUTHOR,
            _CREATED,
            _UPDATED,
            _column("comment", "text", "Comment."),
        ),
        "links": (
            _ISSUE,
            _id(),
            _column("type.id", "text", "Id of the link's type, such as relates.", part="id_text"),
            _column("direction", "text", "outward: this issue is the main one; inward: the other is."),
            Column("relation", "text", "Name of the link as seen from this issue.", (), "relation"),
            _column("other", "text", "Key of the other issue.", "object", "key"),
            _column("other.summary", "text", "Title of the other issue.", "object", "companion_display"),
            *_ref("other.status", "status", "Status of the other issue.", "status"),
        ),
        "attachments": (
            _ISSUE,
            _id(),
            _column("name", "text", "Name of the file."),
            _column("mimetype", "text", "Type of the content."),
            _column("size", "integer", "Size in bytes."),
            _column("url", "text", "Address of the content; needs the login.", "content"),
            *_AUTHOR,
            _CREATED,
        ),
        "checklists": (
            _ISSUE,
            _id(),
            _column("text", "text", "Text of the item."),
            _column("checked", "boolean", "Whether it is done."),
            *_ref("assignee", "user", "Who is to do it."),
            _column("deadline", "date", "Day it is due.", "deadline.date"),
        ),
        "transitions": (
            _ISSUE,
            _id(),
            _localized("name", "Name of the button.", "display"),
            *_ref("to", "status", "Status it leads to."),
        ),
        "users": (
            _id("Id (`uid`), as in the `.id` companions.", "uid"),
            _column("login", "text", "Login."),
            _localized("display", "Name people see."),
            _column("email", "text", "Mail address."),
            _column("dismissed", "boolean", "Whether the person has left."),
        ),
        "sprints": (
            _id(),
            _NAME,
            *_ref("board", "board", "Board of the sprint."),
            _column("status", "text", "draft, in_progress, released or archived."),
            _column("archived", "boolean", "Whether it is in the archive."),
            _column("startDate", "date", "Planned first day."),
            _column("endDate", "date", "Planned last day."),
            _column("startDateTime", "datetime", "When it really began."),
            _column("endDateTime", "datetime", "When it really ended."),
        ),
        "columns": (_id(), _NAME, *_refs("statuses", "status", "Statuses shown in the column.")),
        "boards": (_id(), _NAME, *_AUTHOR, _CREATED, _UPDATED, *_refs("columns", "board", "Columns of the board.")),
        "queues": (
            _id(),
            _KEY,
            _NAME,
            _DESCRIPTION,
            *_ref("lead", "user", "Owner of the queue."),
            *_ref("defaultType", "issuetype", "Type of a new issue."),
            *_ref("defaultPriority", "priority", "Priority of a new issue."),
            _column("assignAuto", "boolean", "Whether new issues get an assignee by themselves."),
            _column("allowExternals", "boolean", "Whether mail may be sent outside."),
            _column("denyVoting", "boolean", "Whether voting is off."),
        ),
        "fields": (
            _id("Id: what the API calls the field."),
            _column("key", "text", "Short key; a local field is named QUEUE.KEY in frames and queries."),
            _NAME,
            _DESCRIPTION,
            _column("type", "text", "Type of the value; array for many-valued fields.", "schema.type"),
            _column("items", "text", "Type of the members of an array.", "schema.items"),
            _column("required", "boolean", "Whether an issue must have it.", "schema.required"),
            _column("readonly", "boolean", "Whether only the service writes it."),
            _column("options", "list", "Values to choose from.", "optionsProvider", "options"),
            _column("queue", "text", "Key of its queue, for a local field.", "queue", "key"),
        ),
        "statuses": (
            _id(),
            _KEY,
            _NAME,
            _DESCRIPTION,
            _ORDER,
            _column(
                "type", "text", "new, inProgress, paused, done or cancelled; missing for some statuses of one's own."
            ),
        ),
        "types": (_id(), _KEY, _NAME, _DESCRIPTION, _column("deleted", "boolean", "Whether it was deleted.")),
        "priorities": (_id(), _KEY, _NAME, _ORDER),
        "resolutions": (_id(), _KEY, _NAME, _DESCRIPTION, _ORDER),
        "link_types": (
            _id(),
            _localized("inward", "Name seen from the issue that is not the main one."),
            _localized("outward", "Name seen from the main issue."),
        ),
        "groups": (_id(), _NAME),
        "components": (
            _id(),
            _NAME,
            *_ref("queue", "queue", "Key of its queue."),
            _DESCRIPTION,
            *_ref("lead", "user", "Owner of the component."),
            _column("assignAuto", "boolean", "Whether its owner gets new issues by itself."),
        ),
        "versions": (
            _id(),
            _NAME,
            *_ref("queue", "queue", "Key of its queue."),
            _DESCRIPTION,
            _column("startDate", "date", "First day."),
            _column("dueDate", "date", "Day it is due."),
            _column("released", "boolean", "Whether it is out."),
            _column("archived", "boolean", "Whether it is in the archive."),
        ),
        "projects": _ENTITY,
        "portfolios": _ENTITY,
        "goals": _ENTITY,
    }
)
PER_ISSUE: Final = frozenset(kind for kind, table in FRAMES.items() if table[0] is _ISSUE)
