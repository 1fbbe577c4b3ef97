"""The calls of yandex-tracker-mcp, through the client below its tools."""

import asyncio

from calls import FACTS, check, run_each
from mcp_tracker.tracker.custom.client import TrackerClient


async def main() -> None:
    """Run every call."""
    client = TrackerClient(token=FACTS["token"], org_id=FACTS["org_id"], base_url=FACTS["url"])
    await client.prepare()
    issue, queue, board, entity = FACTS["issue"], FACTS["queue"], FACTS["board"], FACTS["project_id"]

    async def count() -> None:
        check(await client.issues_count(f"Queue: {queue}") == FACTS["queue_size"])

    await run_each(
        {
            "myself": lambda: client.user_get_current(),
            "users": lambda: client.users_list(),
            "user": lambda: client.user_get(FACTS["user"]),
            "queues": lambda: client.queues_list(),
            "queue": lambda: client.queue_get(queue),
            "queue local fields": lambda: client.queues_get_local_fields(queue),
            "queue fields": lambda: client.queues_get_fields(queue),
            "queue tags": lambda: client.queues_get_tags(queue),
            "queue versions": lambda: client.queues_get_versions(queue),
            "queue components": lambda: client.queues_get_components(queue),
            "fields": lambda: client.get_global_fields(),
            "statuses": lambda: client.get_statuses(),
            "types": lambda: client.get_issue_types(),
            "priorities": lambda: client.get_priorities(),
            "resolutions": lambda: client.get_resolutions(),
            "issue": lambda: client.issue_get(issue),
            "find": lambda: client.issues_find(f"Queue: {queue}"),
            "count": count,
            "links": lambda: client.issues_get_links(issue),
            "comments": lambda: client.issue_get_comments(issue),
            "worklog": lambda: client.issue_get_worklogs(issue),
            "attachments": lambda: client.issue_get_attachments(issue),
            "checklist": lambda: client.issue_get_checklist(issue),
            "transitions": lambda: client.issue_get_transitions(issue),
            "changelog": lambda: client.issue_get_changelog(issue),
            "boards": lambda: client.boards_list(),
            "board": lambda: client.board_get(int(board)),
            "columns": lambda: client.board_get_columns(int(board)),
            "sprints": lambda: client.board_get_sprints(int(board)),
            "project": lambda: client.project_get(entity),
            "projects": lambda: client.project_find(),
            "portfolios": lambda: client.portfolio_find(),
            "goals": lambda: client.goal_find(),
            "project comments": lambda: client.project_get_comments(entity),
        }
    )
    await client.close()


asyncio.run(main())
