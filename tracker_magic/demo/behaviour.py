"""How the embedded Tracker behaves: speed, limits, quirks and faults; tests and the command line set it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status", "html", "empty", "shape", "garble", "cut", "drop", "reset", "slow", "drip", "redirect", "expire_scroll",
    "hook", "empty_page", "repeat", "duplicate", "end_early", "short_page", "miscount",
]  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One injected fault: for requests whose path contains `path`, after `skip` of them, `times` times.

    Where `body_has` is given, only requests whose body holds that text are struck, or counted.

    `status`: answer `status` · `html`: an HTML page with `status` · `empty`: no body · `shape`: `body` as JSON, which
    is valid and not what was asked for · `garble`: the request is carried out, and half a body comes with all headers
    as if it were whole · `cut`: half a body, then the connection ends · `drop`: the request is carried
    out, the connection ends without an answer · `reset`: it ends before the request is carried out · `slow`: `seconds`
    before the answer · `drip`: the body comes a few bytes at a time, `seconds` apart, until the connection ends (it
    is never whole) · `redirect`: to `location`, by `status` where that is one of 3xx, else 302 · `expire_scroll`:
    forget all scrolls first · `hook`: call `hook` first (say, to change the world between two pages), then answer as
    usual; any other kind calls its `hook` first, too.

    Of a page of a list: `empty_page`: no rows, and the way on to those that should have come (in page mode: to the
    next page; none of a worklog, whose rows alone tell that more follow) · `repeat`: the way on leads to the same page
    again (a scroll gives the page before once more) · `duplicate`: one row has come already · `end_early`: the way on
    is missing (a scroll's other rows never come) · `short_page`: half of a scroll's page, the next one goes on with the
    other half · `miscount`: `_count` and X-Total-Count are off by `by`.
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
    body: Any = field(default_factory=dict)
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
    max_per_scroll: int = 1000
    over_max: Literal["refuse", "cap"] = "refuse"  # what a larger perPage or perScroll gets: 400, or fewer rows
    link_scheme: bool = True  # the v3 documentation prints Link addresses without a scheme
    page_window: int = 10_000  # page mode and its X-Total-Count end here
    scroll_window: int | None = None  # X-Total-Count of a scroll ends here; its rows do not
    moved_status: int = 301  # how a GET of an issue's former key is led on
    missing_org_status: int = 403
    iam_with_org_id: bool = True
    faults: list[Fault] = field(default_factory=list)
