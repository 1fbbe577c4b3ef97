"""The built-in table of the system fields of issues: key, type, one value or many, meaning.

https://yandex.ru/support/tracker/en/api-ref/issues/response-fields
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tracker_magic.columns.column import FieldType


def one(type_name: str, meaning: str) -> FieldType:
    """Return the type of a single-valued field."""
    return FieldType(type_name, many=False, meaning=meaning)


def many(type_name: str, meaning: str) -> FieldType:
    """Return the type of a many-valued field."""
    return FieldType(type_name, many=True, meaning=meaning)


# This table wins over the organisation's schema, which describes the lists `sprint` and `boards` as single values.
SYSTEM_FIELDS: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "key": one("string", "Key of the issue: its queue and number."),
        "summary": one("string", "Title of the issue."),
        "type": one("issuetype", "Type of the issue."),
        "priority": one("priority", "Priority."),
        "status": one("status", "Current status."),
        "statusType": one("statusType", "Type of the status: new, in progress, paused, done or cancelled."),
        "resolution": one("resolution", "How it was resolved; missing until then."),
        "assignee": one("user", "Who works on it."),
        "createdBy": one("user", "Who created it."),
        "createdAt": one("datetime", "When it was created."),
        "updatedAt": one("datetime", "When it last changed."),
        "resolvedAt": one("datetime", "When it was resolved."),
        "queue": one("queue", "Key of the queue."),
        "parent": one("issue", "Key of the parent issue."),
        "epic": one("issue", "Key of the epic."),
        "project": one("project", "Primary project."),
        "sprint": many("sprint", "Sprints it is in."),
        "components": many("component", "Components it belongs to."),
        "tags": many("string", "Tags."),
        "fixVersions": many("version", "Versions in which it is fixed."),
        "affectedVersions": many("version", "Versions in which it was found."),
        "storyPoints": one("float", "Size in story points."),
        "originalEstimation": one("timetracking", "Original estimate, in working hours."),
        "estimation": one("timetracking", "Remaining work, in working hours."),
        "spent": one("timetracking", "Logged work, in working hours."),
        "start": one("date", "Planned first day."),
        "end": one("date", "Planned last day."),
        "deadline": one("date", "Due date."),
        "statusStartTime": one("datetime", "When it got its current status."),
        "previousStatus": one("status", "Status before the current one."),
        "lastCommentUpdatedAt": one("datetime", "When a comment was last added or edited."),
        "followers": many("user", "Who follows it."),
        "votes": one("integer", "Number of votes."),
        "favorite": one("boolean", "Whether it is a favourite of the logged-in user."),
        "id": one("id", "Id; it stays when the key changes."),
        "version": one("integer", "Version; it grows with each change."),
        # The fields above are the default columns, in this order; those below come only when they are asked for.
        "description": one("text", "Description, in markup."),
        "updatedBy": one("user", "Who last changed it."),
        "resolvedBy": one("user", "Who resolved it."),
        "previousStatusLastAssignee": one("user", "Assignee when the previous status ended."),
        "access": many("user", "Who has access in addition to the queue's members."),
        "followingMaillists": many("maillist", "Mailing lists that follow it."),
        "followingGroups": many("group", "Groups that follow it."),
        "pendingReplyFrom": many("user", "Whose reply is awaited."),
        "aliases": many("string", "Keys it had before it was moved."),
        "boards": many("board", "Boards it is on."),
        "unique": one("string", "Unique value set by the program that created it."),
        "commentWithExternalMessageCount": one("integer", "Number of comments sent or received by email."),
        "commentWithoutExternalMessageCount": one("integer", "Number of comments written in Tracker."),
        "checklistItems": many("checklistItem", "Items of the checklist."),
        "checklistDone": one("integer", "Number of checked items."),
        "checklistTotal": one("integer", "Number of items in the checklist."),
        "emailFrom": one("string", "Sender of the email it was created from."),
        "emailTo": one("string", "Recipient of that email."),
        "emailCc": many("string", "Recipients of copies of that email."),
        "emailCreatedBy": one("string", "Address of the author of that email."),
        "previousQueue": one("queue", "Key of the queue it was moved from."),
        "sla": one("sla", "Service level timers, as received."),
        "messengerId": one("messengerId", "Id of a messenger chat, as it came."),
        "ranks": one("rank", "Ranks on boards, as received."),
        "self": one("string", "URL of the issue in the API."),
    }
)
# These come only with `expand`; a frame holds them as received.
EXPANDED_FIELDS: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "attachments": many("attachment", "Attached files, as received."),
        "comments": many("comment", "Comments, as received."),
        "links": many("link", "Links, as received."),
        "transitions": many("transition", "Available transitions, as received."),
        "permissions": one("permissions", "Permissions on the issue, as received."),
        "descriptionHtml": one("string", "Description as HTML."),
    }
)
_KEYS: Final = tuple(SYSTEM_FIELDS)
DEFAULT_FIELDS: Final[tuple[str, ...]] = _KEYS[: _KEYS.index("version") + 1]
