"""How the embedded Tracker behaves: speed, limits, quirks and faults; tests and the command line set it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal["status", "html", "empty", "cut", "drop", "slow", "drip", "redirect", "expire_scroll", "hook"]


@dataclass(slots=True)
class Fault:
    """One injected fault: for requests whose path contains `path`, after `skip` of them, `times` times.

    `status`: answer `status` · `html`: an HTML page with `status` · `empty`: no body · `cut`: half a body, then the
    connection ends · `drop`: the request is carried out, the connection ends without an answer · `slow`: `seconds`
    before the answer · `drip`: the body comes a few bytes at a time, `seconds` apart, until the connection ends (it
    is never whole) · `redirect`: to `location` · `expire_scroll`: forget all scrolls first · `hook`: call `hook`
    first (say, to change the world between two pages), then answer as usual.
    """

    kind: FaultKind
    path: str = "/"
    times: int = 1
    skip: int = 0
    status: int = 503
    seconds: float = 0.0
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hook: Callable[[], None] | None = None


@dataclass(slots=True)
class Behaviour:
    """Speed, limits and quirks, changeable while the server runs; None = no limit."""

    latency_ms: float = 0.0  # an answer takes this long, its own making included
    issue_ms: float = 0.0  # on top, for each issue of an answer
    search_rps: float | None = None  # search, count, bulk: most requests in any sliding second
    other_rps: float | None = None
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    retry_after_s: int = 1
    max_per_page: int = 1000  # of issue search in page mode
    over_max: Literal["refuse", "cap"] = "refuse"  # what a larger perPage gets: 400, or fewer rows
    link_scheme: bool = True  # the v3 documentation prints Link addresses without a scheme
    page_window: int = 10_000  # page mode and X-Total-Count end here
    missing_org_status: int = 403
    iam_with_org_id: bool = True
    faults: list[Fault] = field(default_factory=list)
