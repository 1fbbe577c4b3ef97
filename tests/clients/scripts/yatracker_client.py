"""The calls of yatracker."""

import asyncio

from calls import FACTS, check, run_each
from yatracker import YaTracker


async def find(tracker: YaTracker) -> None:
    """Find the issues of a queue; it gives them as an iterator or as a list."""
    found = await tracker.find_issues(query=f"Queue: {FACTS['queue']}")
    check([each async for each in found] if hasattr(found, "__aiter__") else list(found))


async def main() -> None:
    """Run every call."""
    tracker = YaTracker(org_id=FACTS["org_id"], token=FACTS["token"], api_host=FACTS["url"])
    issue, queue, board = FACTS["issue"], FACTS["queue"], FACTS["board"]
    project, entity = FACTS["project"], FACTS["project_id"]

    await run_each(
        {
            "issue": lambda: tracker.get_issue(issue, expand="transitions,attachments"),
            "find": lambda: find(tracker),
            "count": lambda: tracker.count_issues(query=f"Queue: {queue}"),
            "comments": lambda: tracker.get_comments(issue),
            "checklist": lambda: tracker.get_checklist(issue),
            "attachments": lambda: tracker.get_attachments(issue),
            "links": lambda: tracker.get_issue_links(issue),
            "remote links": lambda: tracker.get_remote_links(issue),
            "transitions": lambda: tracker.get_transitions(issue),
            "issue worklog": lambda: tracker.get_issue_worklog(issue),
            "worklog": lambda: tracker.get_worklog(),
            "queues": lambda: tracker.get_queues(),
            "queue": lambda: tracker.get_queue(queue, expand="all"),
            "queue fields": lambda: tracker.get_queue_fields(queue),
            "queue versions": lambda: tracker.get_queue_versions(queue),
            "queue components": lambda: tracker.get_queue_components(queue),
            "components": lambda: tracker.get_components(),
            "macros": lambda: tracker.get_macros(queue),
            "macro": lambda: tracker.get_macro(queue, 1),
            "boards": lambda: tracker.get_boards(),
            "boards in pages": lambda: tracker.get_boards_paginated(per_page=1),
            "board": lambda: tracker.get_board(board),
            "columns": lambda: tracker.get_board_columns(board),
            "column": lambda: tracker.get_board_column(board, FACTS["column"]),
            "sprints": lambda: tracker.get_sprints(board),
            "sprint": lambda: tracker.get_sprint(FACTS["sprint"]),
            "projects": lambda: tracker.get_projects(expand="queues"),
            "project": lambda: tracker.get_project(project),
            "project queues": lambda: tracker.get_project_queues(project),
            "priorities": lambda: tracker.get_priorities(),
            "applications": lambda: tracker.get_applications(),
            "entity": lambda: tracker.get_entity("project", entity, fields="summary,lead,entityStatus"),
            "entities": lambda: tracker.search_entities("project"),
            "entity events": lambda: tracker.get_entity_events("project", entity),
            "edit": lambda: tracker.edit_issue(issue, tags={"add": ["seen"]}, deadline="2027-01-31"),
        }
    )
    await tracker.close()


asyncio.run(main())
