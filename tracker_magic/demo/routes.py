"""Every address that the embedded Tracker answers."""

from tracker_magic.demo import (
    iam,
    oauth,
    routes_boards,
    routes_changes,
    routes_dictionaries,
    routes_entities,
    routes_issues,
    routes_people,
    routes_queues,
    routes_search,
)
from tracker_magic.demo.service import Route

GROUPS = (
    routes_search,
    routes_issues,
    routes_people,
    routes_dictionaries,
    routes_queues,
    routes_boards,
    routes_changes,
    routes_entities,
    oauth,
    iam,
)


def all_routes() -> list[Route]:
    """API, OAuth pages, IAM and metadata together."""
    return [route for group in GROUPS for route in group.ROUTES]
