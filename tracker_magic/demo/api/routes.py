"""All routes of the embedded Tracker."""

from tracker_magic.demo import web
from tracker_magic.demo.api import (
    boards,
    changes,
    dictionaries,
    entities,
    entity_lists,
    issues,
    people,
    queue_settings,
    queues,
    search,
    worklog,
)
from tracker_magic.demo.login import iam, oauth
from tracker_magic.demo.service import Route

MODULES = (
    search,
    issues,
    worklog,
    people,
    dictionaries,
    queues,
    queue_settings,
    boards,
    changes,
    entities,
    entity_lists,
    oauth,
    iam,
    web,
)


def all_routes() -> list[Route]:
    """The routes of the API, OAuth, IAM, metadata and the pages of issues."""
    return [route for module in MODULES for route in module.ROUTES]
