"""The calls of YaTrackerApi."""

import asyncio

from calls import FACTS, run_each
from YaTrackerApi import YandexTrackerClient


async def main() -> None:
    """Run every call."""
    client = YandexTrackerClient(FACTS["token"], FACTS["org_id"], log_level="CRITICAL")
    client.base_url = f"{FACTS['url']}/v3"  # it has no parameter for the address
    issue, queue, board, entity = FACTS["issue"], FACTS["queue"], FACTS["board"], FACTS["project_id"]
    async with client:
        await run_each(
            {
                "myself": lambda: client.users.get_myself(),
                "users": lambda: client.users.list(),
                "users in pages": lambda: client.users.get_paginated(),
                "issue": lambda: client.issues.get(issue, expand=["transitions", "attachments"]),
                "search": lambda: client.issues.search(query=f"Queue: {queue}"),
                "count": lambda: client.issues.count(query=f"Queue: {queue}"),
                "suggest": lambda: client.issues.suggest(input=issue),
                "comments": lambda: client.issues.comments.list(issue),
                "links": lambda: client.issues.links.list(issue),
                "attachments": lambda: client.issues.attachments.list(issue),
                "checklist": lambda: client.issues.checklists.list(issue),
                "transitions": lambda: client.issues.transitions.list(issue),
                "queues": lambda: client.queues.list(expand="all"),
                "queue": lambda: client.queues.get(queue),
                "queue fields": lambda: client.queues.fields.list(queue),
                "queue tags": lambda: client.queues.tags.list(queue),
                "queue versions": lambda: client.queues.versions.list(queue),
                "triggers": lambda: client.automations.triggers.get(queue, 1),
                "macros": lambda: client.automations.macros.list(queue),
                "macro": lambda: client.automations.macros.get(queue, 1),
                "autoaction": lambda: client.automations.autoactions.get(queue, 1),
                "boards": lambda: client.boards.list(),
                "boards in pages": lambda: client.boards.list_paginated(),
                "board": lambda: client.boards.get(board),
                "columns": lambda: client.boards.columns.list(board),
                "column": lambda: client.boards.columns.get(board, FACTS["column"]),
                "sprints": lambda: client.boards.sprints.list(board),
                "sprint": lambda: client.boards.sprints.get(FACTS["sprint"]),
                "components": lambda: client.components.list(),
                "filter": lambda: client.filters.get(FACTS["filter"]),
                "worklog": lambda: client.worklog.list(issue),
                "worklog search": lambda: client.worklog.search(),
                "entity": lambda: client.entities.get("project", entity),
                "entities": lambda: client.entities.search("project"),
                "entity comments": lambda: client.entities.comments.list("project", entity),
                "entity links": lambda: client.entities.links.get("project", entity),
                "entity attachments": lambda: client.entities.attachments.list("project", entity),
            }
        )


asyncio.run(main())
