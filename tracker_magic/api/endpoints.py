"""The service's lists: path, kind of pagination, and page size."""

from dataclasses import dataclass
from typing import Final, Literal

from tracker_magic.api.protocol import Shape

Paging = Literal["whole", "link", "last_id", "users", "entities"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One list; `path` may hold `{name}`; `per_page` None: the service returns the whole list; `reads`: its pages."""

    path: str
    paging: Paging = "whole"
    per_page: int | None = None
    reads: Shape = "records"


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "queues": Endpoint("queues", "link", 100),
    "fields": Endpoint("fields"),
    "local_fields": Endpoint("queues/{queue}/localFields"),
    "statuses": Endpoint("statuses"),
    "types": Endpoint("issuetypes"),
    "priorities": Endpoint("priorities"),
    "resolutions": Endpoint("resolutions"),
    "link_types": Endpoint("linktypes"),
    "users": Endpoint("users/_relative", "users", 100, "users"),
    "groups": Endpoint("groups"),
    "boards": Endpoint("boards/_paginate", "last_id", 500),
    "columns": Endpoint("boards/{board}/columns"),
    "sprints": Endpoint("boards/{board}/sprints"),
    "components": Endpoint("components"),
    "versions": Endpoint("queues/{queue}/versions"),
    "projects": Endpoint("entities/project/_search", "entities", 100, "entities"),
    "portfolios": Endpoint("entities/portfolio/_search", "entities", 100, "entities"),
    "goals": Endpoint("entities/goal/_search", "entities", 100, "entities"),
    "changelog": Endpoint("issues/{key}/changelog", "link", 100, "history"),
    "comments": Endpoint("issues/{key}/comments", "link", 100),
    "worklog": Endpoint("issues/{key}/worklog", "last_id", 500),
    "links": Endpoint("issues/{key}/links"),
    "attachments": Endpoint("issues/{key}/attachments"),
    "checklists": Endpoint("issues/{key}/checklistItems"),
    "transitions": Endpoint("issues/{key}/transitions"),
    "all_worklog": Endpoint("worklog/_search", "link", 500),
}

SEARCH: Final = "issues/_search"
COUNT: Final = "issues/_count"
CLEAR_SCROLLS: Final = "system/search/scroll/_clear"
# Paths that count against the service's limit for searches; all others have a higher limit.
# https://yandex.ru/support/tracker/en/api/error-codes
SEARCH_GROUP: Final = ("/_search", "/_count", "/bulkchange/")

PAGE: Final = 1000  # issues per page, numbered or in a scroll
WINDOW: Final = 10_000  # numbered pages end here
CAPPED_PAGE: Final = 100  # a page size that every service accepts
_CAP_STEP: Final = 50  # services cap pages at a multiple of it; pages that are short for another reason rarely have one


def may_be_capped(rows: int) -> bool:
    """Whether a page with this number of rows may have been capped by the service."""
    return rows > 0 and rows % _CAP_STEP == 0


def is_full(rows: int, per_page: int | None) -> bool:
    """Whether more may follow a page: it has as many rows as requested, or may have been capped."""
    return rows > 0 and (rows == per_page or may_be_capped(rows))
