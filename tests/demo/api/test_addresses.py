"""Every address that the service names leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from tracker_magic.demo.issue_lists import Attachment, Comment
from tracker_magic.demo.server import Demo

STARTS = [
    "/myself",
    "/users",
    "/groups",
    "/statuses",
    "/issuetypes",
    "/priorities",
    "/resolutions",
    "/linktypes",
    "/fields",
    "/fields/categories",
    "/components",
    "/applications",
    "/queues?expand=all",
    "/boards",
    "/sprints",
    "/projects?expand=queues",
    "/filters/41",
    "/filters/42",
    "/workflows",
    "/queues/DEV/localFields",
    "/queues/DEV/versions",
    "/queues/DEV/access",
    "/queues/DEV/permissions",
    "/queues/DEV/triggers",
    "/queues/DEV/macros",
    "/queues/DEV/autoactions",
    "/queues/DEV/workflows",
    "/boards/1/columns",
    "/entities/project/8?fields=lead,parentEntity",
    "/entities/project/8/comments",
    "/entities/project/8/attachments",
    "/entities/project/8/links",
    "/worklog",
    "/issues/DEV-1?expand=links,comments,attachments,transitions",
    "/issues/DEV-1/changelog?perPage=100",
    "/issues/DEV-1/worklog",
    "/issues/DEV-1/checklistItems",
    "/projects/8/queues",
]


def addresses(value: Any) -> Iterator[str]:
    """Every address in a reply."""
    if isinstance(value, list):
        for member in value:
            yield from addresses(member)
    elif isinstance(value, dict):
        yield from (value[name] for name in ("self", "thumbnail", "content") if name in value)
        for member in value.values():
            yield from addresses(member)


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("ids", ["global", "issue"])
def test_every_address_in_a_reply_resolves(api: Any, demo: Demo, version: str, ids: str):
    """Each `self`, `thumbnail` and `content` of a reply can be read, and so can those of what is read."""
    first, project = demo.world.issues["DEV-1"], next(iter(demo.world.entities.values()))
    image = Attachment("123002", "схема 1.png", "image/png", b"png", demo.world.me, first.values["createdAt"])
    first.attachments.append(image)
    project.attachments.append(image)
    project.comments.append(Comment(1, project.created_at, demo.world.me, "Начали"))
    demo.behaviour.worklog_ids = ids
    left, seen, failed = [f"{demo.url}/{version}{path}" for path in STARTS], set(), {}
    while left:
        address = left.pop()
        response = api.session.get(address, timeout=20)
        if response.status_code != 200:
            failed[address] = response.status_code
        if response.ok and response.headers["Content-Type"].startswith("application/json"):
            found = set(addresses(response.json())) - seen
            seen |= found
            left += found
    assert failed == {}
    assert len(seen) > 200
    assert f"{demo.url}/{version}/issues/DEV-1/thumbnails/123002" in seen
