"""Every address that the embedded Tracker answers."""

from tracker_magic.demo.api import boards, changes, dictionaries, entities, issues, people, queues, search
from tracker_magic.demo.login import iam, oauth
from tracker_magic.demo.service import Route

GROUPS = (
    search,
    issues,
    people,
    dictionaries,
    queues,
    boards,
    changes,
    entities,
    oauth,
    iam,
)


def all_routes() -> list[Route]:
    """API, OAuth pages, IAM and metadata together."""
    return [route for group in GROUPS for route in group.ROUTES]
