"""Every list of the service: its path, how it is paged, how large a page may be (TRACKER_API 2.5, 5, 6)."""

from dataclasses import dataclass
from typing import Final, Literal

Paging = Literal["whole", "link", "last_id", "last_id_to_the_end", "users"]


@dataclass(frozen=True, slots=True)
class Resource:
    """`path` may hold `{name}`; `per_page` None: the service gives the list whole."""

    path: str
    paging: Paging = "whole"
    per_page: int | None = None


RESOURCES: Final[dict[str, Resource]] = {
    "queues": Resource("queues", "link", 100),
    "fields": Resource("fields"),
    "local_fields": Resource("queues/{queue}/localFields"),
    "statuses": Resource("statuses"),
    "types": Resource("issuetypes"),
    "priorities": Resource("priorities"),
    "resolutions": Resource("resolutions"),
    "link_types": Resource("linktypes"),
    "users": Resource("users/_relative", "users", 100),
    "groups": Resource("groups"),
    "boards": Resource("boards/_paginate", "last_id", 500),
    "columns": Resource("boards/{board}/columns"),
    "sprints": Resource("boards/{board}/sprints"),
    "components": Resource("components"),
    "versions": Resource("queues/{queue}/versions"),
    "changelog": Resource("issues/{key}/changelog", "link", 100),
    "comments": Resource("issues/{key}/comments", "link", 100),
    "worklog": Resource("issues/{key}/worklog", "last_id", 500),
    "links": Resource("issues/{key}/links"),
    "attachments": Resource("issues/{key}/attachments"),
    "checklists": Resource("issues/{key}/checklistItems"),
    "transitions": Resource("issues/{key}/transitions"),
    "all_worklog": Resource("worklog/_search", "last_id_to_the_end", 500),
}

PAGE: Final = 1000  # issues a page, in page mode and in a scroll
WINDOW: Final = 10_000  # where page mode ends
