"""How the embedded Tracker behaves: speed, limits, quirks and faults; set by tests and the command line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status", "html", "empty", "shape", "garble", "damage", "cut", "drop", "reset", "slow", "trickle", "drip",
    "redirect", "short_length", "replace", "expire_scroll", "hook", "empty_page", "repeat", "duplicate", "end_early",
    "short_page", "lose_rows", "miscount", "no_total", "gzip", "endless", "header", "refuse",
]  # fmt: skip

StatusType = Literal["reference", "value"]


@dataclass(slots=True)
class Fault:
    """One injected fault, for `times` requests whose path contains `path`, after `skip` of them.

    With `body_has`, only requests whose body contains that text get the fault or count for `skip`. The response to a
    fault `without_length` has no Content-Length, and the connection ends with it.

    Responses:

    - `status`: responds with `status` and an error body.
    - `refuse`: responds with `status` and `body` as JSON; bytes are sent as they are.
    - `header`: carries out the request and replaces `headers` of the response.
    - `html`: responds with an HTML page and `status`.
    - `empty`: responds with 200 and no body.
    - `shape`: responds with `body` as JSON or as bytes, which is not what was requested.
    - `garble`: carries out the request and sends half of the body, with headers as if it were whole.
    - `damage`: carries out the request and sends a body that is no JSON somewhere in its middle.
    - `replace`: carries out the request and replaces `old` in the body by `new`.
    - `redirect`: redirects to `location`, by `status` if that is a redirect, else by 302.
    - `gzip`: carries out the request and sends the body compressed, with `by` megabytes of blanks behind it.
    - `slow`: waits `seconds` before it responds.
    - `hook`: calls `hook` first (for example to change the world between two pages), then responds as usual. Faults
      of every other kind call their `hook`, too.
    - `expire_scroll`: closes all scrolls before the request is carried out.

    Connections:

    - `cut`: sends half of the body, then closes the connection.
    - `short_length`: sends the body, and half of its length as Content-Length.
    - `drop`: carries out the request and closes the connection without a response.
    - `reset`: closes the connection without carrying out the request.
    - `trickle`: sends the body in ten parts, `seconds` apart.
    - `drip`: sends the body a few bytes at a time, `seconds` apart, and never ends.
    - `endless`: sends the body in a chunk, then megabytes of blanks as fast as they are read, and never ends.

    Pages of a list:

    - `empty_page`: no rows, and a link to the rows that were left out (by page number: to the page after them). Not
      for the worklog of an issue, where an empty page is the end.
    - `repeat`: the link leads to the same page again; a scroll sends its previous page again.
    - `duplicate`: one row of the previous page is sent again.
    - `end_early`: the link to the next page is missing; the remaining rows of a scroll are lost.
    - `short_page`: half a page of a scroll; the next page continues with the other half.
    - `lose_rows`: `by` rows of the page are missing, although X-Total-Count counts them.
    - `miscount`: `_count` and X-Total-Count are off by `by`.
    - `no_total`: there is no X-Total-Count.
    """

    kind: FaultKind
    path: str = "/"
    times: int = 1
    skip: int = 0
    body_has: str = ""
    status: int = 503
    seconds: float = 0.0
    location: str = ""
    by: int = 0
    without_length: bool = False
    body: Any = field(default_factory=dict)
    old: bytes = b""
    new: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hook: Callable[[], None] | None = None


@dataclass(slots=True)
class Behaviour:
    """Speed, limits and quirks; may be changed while the server runs. None means no limit."""

    latency_ms: float = 0.0  # the least time until a response, the time for making it included
    issue_ms: float = 0.0  # additional latency for each issue in the response
    search_rps: float | None = None  # search and count: requests in any sliding second
    other_rps: float | None = None  # all other requests
    retry_after: Literal["seconds", "date", "none"] = "seconds"  # the form of Retry-After in a 429
    retry_after_s: int = 1
    max_per_page: int = 1000  # of issue search by page number
    max_per_scroll: int = 1000
    over_max: Literal["refuse", "cap"] = "refuse"  # a larger perPage or perScroll gets 400, or fewer rows
    link_scheme: bool = True  # False: addresses in Link have no scheme, as in the examples of the v3 documentation
    page_window: int = 10_000  # pages by number, and X-Total-Count with them, end here
    worklog_ids: Literal["global", "issue"] = "global"  # what the id of a work record is unique in
    worklog_paging: Literal["page", "id"] = "page"  # everybody's worklog by number, with totals, or by the last id
    worklog_window: int | None = 10_000  # a page of everybody's worklog that ends beyond it gets 400
    status_type: StatusType = "reference"  # of an issue: `{id, key, display}` or `{value, order}`
    scroll_window: int | None = None  # the X-Total-Count of a scroll ends here; its rows do not
    query_offset_h: float = 0.0  # the offset from UTC of the time zone in which dates in a query are read
    index_lag_s: float = 0.0  # searches and counts know no issue, and no comment, of the last seconds
    clock_ahead_s: float | None = 0.0  # how far `Date` is ahead of this machine's clock; None: there is no `Date`
    moved_status: int = 301  # the redirect from a former key of an issue
    missing_org_status: int = 403  # for requests without an organisation header
    iam_with_org_id: bool = True  # False: IAM tokens need X-Cloud-Org-ID
    faults: list[Fault] = field(default_factory=list)
