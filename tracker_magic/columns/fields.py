"""The built-in table of the system fields of issues (TRACKER_API 4.3): key, type, one value or many, meaning."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tracker_magic.columns.column import FieldType


def one(kind: str, meaning: str) -> FieldType:
    """Give the type of a single-valued field."""
    return FieldType(kind, many=False, meaning=meaning)


def many(kind: str, meaning: str) -> FieldType:
    """Give the type of a many-valued field."""
    return FieldType(kind, many=True, meaning=meaning)


# The table wins over the schema: `sprint` and `boards` are lists whatever their schema says.
SYSTEM_FIELDS: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "key": one("string", "Key of the issue: queue and number."),
        "summary": one("string", "Title of the issue."),
        "type": one("issuetype", "Type of the issue."),
        "priority": one("priority", "Priority."),
        "status": one("status", "Status now."),
        "statusType": one("statusType", "Type of the status: new, in progress, paused, done, cancelled."),
        "resolution": one("resolution", "How it was resolved; missing while it is not."),
        "assignee": one("user", "Who works on it."),
        "createdBy": one("user", "Who created it."),
        "createdAt": one("datetime", "When it was created."),
        "updatedAt": one("datetime", "When it last changed."),
        "resolvedAt": one("datetime", "When it was resolved."),
        "queue": one("queue", "Key of its queue."),
        "parent": one("issue", "Key of its parent issue."),
        "epic": one("issue", "Key of its epic."),
        "project": one("project", "Its primary project."),
        "sprint": many("sprint", "Sprints it is in."),
        "components": many("component", "Components of the queue it belongs to."),
        "tags": many("string", "Tags."),
        "fixVersions": many("version", "Versions it is fixed in."),
        "affectedVersions": many("version", "Versions it was found in."),
        "storyPoints": one("float", "Size in story points."),
        "originalEstimation": one("timetracking", "First estimate, in working hours."),
        "estimation": one("timetracking", "Work left, in working hours."),
        "spent": one("timetracking", "Work logged, in working hours."),
        "start": one("date", "Planned first day."),
        "end": one("date", "Planned last day."),
        "deadline": one("date", "Day it is due."),
        "statusStartTime": one("datetime", "Since when it has its status."),
        "previousStatus": one("status", "Status before this one."),
        "lastCommentUpdatedAt": one("datetime", "When a comment was last written or edited."),
        "followers": many("user", "Who follows it."),
        "votes": one("integer", "Number of votes."),
        "favorite": one("boolean", "Whether it is a favourite of the person logged in."),
        "id": one("id", "Id; stays when the key changes."),
        "version": one("integer", "Version; grows with each change."),
        # Above in the order of a frame without `fields`; below only when asked for.
        "description": one("text", "Description, as markup."),
        "updatedBy": one("user", "Who changed it last."),
        "resolvedBy": one("user", "Who resolved it."),
        "previousStatusLastAssignee": one("user", "Assignee when the status before ended."),
        "access": many("user", "Who may see it besides those with a right."),
        "followingMaillists": many("maillist", "Mailing lists that follow it."),
        "followingGroups": many("group", "Groups that follow it."),
        "pendingReplyFrom": many("user", "From whom an answer is awaited."),
        "aliases": many("string", "Keys it had before it was moved."),
        "boards": many("board", "Boards it is on."),
        "unique": one("string", "Mark set by the program that created it."),
        "commentWithExternalMessageCount": one("integer", "Number of comments sent or received by mail."),
        "commentWithoutExternalMessageCount": one("integer", "Number of comments inside the tracker."),
        "checklistItems": many("checklistItem", "Items of the checklist."),
        "checklistDone": one("integer", "Number of checked items."),
        "checklistTotal": one("integer", "Number of items in the checklist."),
        "emailFrom": one("string", "Sender of the mail it was made from."),
        "emailTo": one("string", "Addressee of that mail."),
        "emailCc": many("string", "Copy addressees of that mail."),
        "emailCreatedBy": one("string", "Address of the mail's author."),
        "previousQueue": one("queue", "Key of the queue it was moved from."),
        "sla": one("sla", "Service level clocks, as they came."),
        "messengerId": one("messengerId", "Mark of a messenger chat, as it came."),
        "ranks": one("rank", "Places on boards, as they came."),
        "self": one("string", "Address of the issue in the API."),
    }
)
# These come only with `expand`; a frame shows them as they came.
EXPANDED_FIELDS: Final[Mapping[str, FieldType]] = MappingProxyType(
    {
        "attachments": many("attachment", "Attached files, as they came."),
        "comments": many("comment", "Comments, as they came."),
        "links": many("link", "Links, as they came."),
        "transitions": many("transition", "Possible transitions, as they came."),
        "permissions": one("permissions", "Rights on the issue, as they came."),
        "descriptionHtml": one("string", "Description as HTML."),
    }
)
_NAMES: Final = tuple(SYSTEM_FIELDS)
DEFAULT_FIELDS: Final[tuple[str, ...]] = _NAMES[: _NAMES.index("version") + 1]
