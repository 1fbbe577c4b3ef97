"""Every address that the embedded Tracker answers."""

from tracker_magic.demo.api import boards as routes_boards
from tracker_magic.demo.api import changes as routes_changes
from tracker_magic.demo.api import dictionaries as routes_dictionaries
from tracker_magic.demo.api import entities as routes_entities
from tracker_magic.demo.api import issues as routes_issues
from tracker_magic.demo.api import people as routes_people
from tracker_magic.demo.api import queues as routes_queues
from tracker_magic.demo.api import search as routes_search
from tracker_magic.demo.login import iam, oauth
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
