"""What the query language calls the fields of the API.

https://yandex.ru/support/tracker/ru/user/query-filter
"""

from typing import Final

# API field key → name in the query language, for the fields that have a documented one.
FIELD_NAMES: Final[dict[str, str]] = {
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
