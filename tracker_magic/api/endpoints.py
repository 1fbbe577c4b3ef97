"""Every list of the service: its path, how it is paged, how large a page may be (TRACKER_API 2.5, 5, 6)."""

from dataclasses import dataclass
from typing import Final, Literal

Paging = Literal["whole", "link", "last_id", "last_id_to_the_end", "users"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` may hold `{name}`; `per_page` None: the service gives the list whole."""

    path: str
    paging: Paging = "whole"
    per_page: int | None = None


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "queues": Endpoint("queues", "link", 100),
    "fields": Endpoint("fields"),
    "local_fields": Endpoint("queues/{queue}/localFields"),
    "statuses": Endpoint("statuses"),
    "types": Endpoint("issuetypes"),
    "priorities": Endpoint("priorities"),
    "resolutions": Endpoint("resolutions"),
    "link_types": Endpoint("linktypes"),
    "users": Endpoint("users/_relative", "users", 100),
    "groups": Endpoint("groups"),
    "boards": Endpoint("boards/_paginate", "last_id", 500),
    "columns": Endpoint("boards/{board}/columns"),
    "sprints": Endpoint("boards/{board}/sprints"),
    "components": Endpoint("components"),
    "versions": Endpoint("queues/{queue}/versions"),
    "changelog": Endpoint("issues/{key}/changelog", "link", 100),
    "comments": Endpoint("issues/{key}/comments", "link", 100),
    "worklog": Endpoint("issues/{key}/worklog", "last_id", 500),
    "links": Endpoint("issues/{key}/links"),
    "attachments": Endpoint("issues/{key}/attachments"),
    "checklists": Endpoint("issues/{key}/checklistItems"),
    "transitions": Endpoint("issues/{key}/transitions"),
    "all_worklog": Endpoint("worklog/_search", "last_id_to_the_end", 500),
}

PAGE: Final = 1000  # issues a page, in page mode and in a scroll
WINDOW: Final = 10_000  # where page mode ends
CAPPED_PAGE: Final = 100  # a size that clients are known to ask for everywhere


PAGE_S: Final = 0.35  # what a full page takes where none was timed yet
_ROUND: Final = 50  # what services cap pages at is a multiple; a page that is short for another reason seldom is


def may_be_capped(rows: int) -> bool:
    """Whether a page with this number of rows may have been cut short by the service's own ceiling."""
    return rows > 0 and rows % _ROUND == 0


@dataclass(slots=True)
class PageSizes:
    """How many issues a page may have, as far as this service has shown: found out once, and remembered.

    `page_s`: how long a full page took last; `undated`: pages in a row of issues that did not tell their creation.
    """

    page: int = PAGE
    page_is_known: bool = False
    scroll: int = PAGE
    scroll_is_known: bool = False
    page_s: float = PAGE_S
    undated: int = 0

    def page_came(self, asked: int, rows: int, total: int) -> None:
        """Take note of a page by number: fewer rows than asked, of more that there are, are a cap."""
        self.page_is_known = self.page_is_known or asked >= self.page
        if rows < min(asked, total) and may_be_capped(rows):
            self.page = rows

    def scroll_came(self, asked: int, before: int, rows: int) -> None:
        """Take note of two pages of a scroll in a row: as many rows twice, and fewer than asked, are a cap.

        One page may be short for another reason, and what was learned here is never asked for again.
        """
        if before == rows < asked and may_be_capped(rows):
            self.scroll = min(self.scroll, rows)

    def of_scroll(self, rows: int) -> int:
        """How large the pages of a scroll may be whose first one has `rows`, with more behind it."""
        return min(rows, self.scroll) if may_be_capped(rows) else self.scroll
