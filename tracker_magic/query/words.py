"""The words of the query language (TRACKER_API 7.5) and which field of the API each names."""

from typing import Final

# API field key → name in the query language, where one is documented.
NAMES: Final[dict[str, str]] = {
    "access": "Access",
    "affectedVersions": "Affected Version",
    "assignee": "Assignee",
    "components": "Components",
    "createdAt": "Created",
    "createdBy": "Author",
    "deadline": "Deadline",
    "description": "Description",
    "end": "End Date",
    "epic": "Epic",
    "fixVersions": "Fix Version",
    "followers": "Followers",
    "key": "Key",
    "lastCommentUpdatedAt": "Last comment",
    "originalEstimation": "Original Estimate",
    "parent": "Is Subtask For",
    "pendingReplyFrom": "Pending Reply From",
    "priority": "Priority",
    "project": "Project",
    "queue": "Queue",
    "resolution": "Resolution",
    "resolvedAt": "Resolved",
    "resolvedBy": "Resolver",
    "spent": "Time Spent",
    "sprint": "Sprint",
    "start": "Start Date",
    "status": "Status",
    "storyPoints": "Story Points",
    "summary": "Summary",
    "tags": "Tags",
    "type": "Type",
    "updatedAt": "Updated",
    "updatedBy": "Modifier",
    "votes": "Votes",
}

# Names that stand for no single field.
_OTHERS: Final = (
    "Block Queue", "Clone", "Clones Of Queue", "Comment", "Comment Author", "Component Owner",
    "Depend On Queue", "Depends On", "Duplicated In Queue", "Duplicates", "Duplicates In Queue",
    "Epics For Queue", "Favorited by", "Filter", "Has Epic", "Have Links To Queue", "History",
    "In Epics Of Queue", "Is Dependent By", "Is Duplicated By", "Is Epic Of", "Is Parent Task For",
    "Linked to", "Old Queue", "Original", "Originals Of Queue", "Parent Tasks For Queue", "Queue Owner",
    "Related", "Related To Queue", "Relates", "Sprint In Progress By Board", "Sprints By Board",
    "Subtasks For Queue", "Voted by",
)  # fmt: skip

PARAMETERS: Final = tuple(sorted({*NAMES.values(), *_OTHERS}))
