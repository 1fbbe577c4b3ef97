"""Injected faults of pages, and the behaviour of page sizes, totals and moved issues."""

from typing import Any

import pytest
import requests

from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.server import Demo

DEV = {"query": "Queue: DEV"}
SCROLL = "/issues/_search?scrollType=sorted&perScroll=50"
DEV_COUNT = 120


def inject(demo: Demo, *faults: Fault) -> None:
    """Inject these faults from now on."""
    demo.behaviour.faults.extend(faults)


def scroll_pages(api: Any) -> list[list[str]]:
    """The ids on each page of a scroll over DEV, read by a client without any checks."""
    pages = [api(SCROLL, DEV)]
    while scroll_id := pages[-1].headers.get("X-Scroll-Id"):
        pages.append(api(f"/issues/_search?scrollId={scroll_id}", DEV))
    return [[issue["id"] for issue in page.json()] for page in pages]


def linked_pages(api: Any, path: str, body: Any = None, most: int = 20) -> list[list[Any]]:
    """The ids on each page of a list, following `Link: rel="next"` for at most `most` pages."""
    pages = [api(path, body)]
    while "next" in pages[-1].links and len(pages) < most:
        pages.append(api(pages[-1].links["next"]["url"].partition("/v3")[2], body))
    return [[record["id"] for record in page.json()] for page in pages]


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("empty_page", [50, 0, 50, 20]),
        ("repeat", [50, 50, 50, 20]),
        ("duplicate", [50, 51, 20]),
        ("end_early", [50, 50]),
    ],
)
def test_page_faults_of_a_scroll(api: Any, demo: Demo, kind: Any, sizes: list[int]):
    """After a page fault of a scroll, rows come later, again, twice or never, and the scroll is closed."""
    inject(demo, Fault(kind, "_search", skip=1))
    pages = scroll_pages(api)
    assert [len(page) for page in pages] == sizes
    assert len({issue_id for page in pages for issue_id in page}) == (100 if kind == "end_early" else DEV_COUNT)
    assert demo.open_scrolls == 0


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("empty_page", [50, 0, 20]),
        ("repeat", [50, 50, 50, 20]),
        ("duplicate", [50, 51, 20]),
        ("end_early", [50, 50]),
    ],
)
def test_page_faults_of_numbered_pages(api: Any, demo: Demo, kind: Any, sizes: list[int]):
    """After a fault of a numbered page, rows are left out, come again or come twice, or the next link is missing."""
    inject(demo, Fault(kind, "_search", skip=1))
    assert [len(page) for page in linked_pages(api, "/issues/_search?perPage=50", DEV)] == sizes


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [("empty_page", [20, 0, 20, 20]), ("repeat", [20, 20, 20, 20]), ("duplicate", [20, 21, 20])],
)
def test_page_faults_of_pages_after_an_id(api: Any, demo: Demo, kind: Any, sizes: list[int]):
    """After a fault of a page of comments, the same cursor or a row comes again, and no row is lost."""
    inject(demo, Fault(kind, "/comments", skip=1))
    pages = linked_pages(api, "/issues/DEV-1/comments?perPage=20")
    assert [len(page) for page in pages] == sizes
    assert len({issue_id for page in pages for issue_id in page}) == 60


@pytest.mark.parametrize(("kind", "ids"), [("repeat", [1]), ("duplicate", [1, 2])])
def test_page_faults_of_worklog(api: Any, demo: Demo, kind: Any, ids: list[int]):
    """After a fault of a worklog page, the cursor is ignored or a row comes again."""
    inject(demo, Fault(kind, "/worklog"))
    page = api("/issues/DEV-1/worklog?perPage=1&id=1").json()
    assert [work["id"] for work in page] == ids


def test_fault_miscount(api: Any, demo: Demo):
    """`_count` and X-Total-Count are off by `by`, but never below 0."""
    inject(demo, Fault("miscount", times=3, by=-7), Fault("miscount", by=-500))
    assert api("/issues/_count", DEV).json() == DEV_COUNT - 7
    assert api("/issues/_search", DEV).headers["X-Total-Count"] == "113"
    scroll = api(f"{SCROLL}0", DEV)
    assert (scroll.headers["X-Total-Count"], len(scroll.json())) == ("113", DEV_COUNT)
    assert api("/issues/_count", DEV).json() == 0


@pytest.mark.parametrize("page", ["/issues/_search?perPage=50", SCROLL])
def test_fault_lose_rows(api: Any, demo: Demo, page: str):
    """`by` rows of a page are missing, which its total counts."""
    whole = [issue["id"] for issue in api(page, DEV).json()]
    inject(demo, Fault("lose_rows", "_search", by=2))
    response = api(page, DEV)
    rows = [issue["id"] for issue in response.json()]
    assert (len(rows), response.headers["X-Total-Count"]) == (48, str(DEV_COUNT))
    assert rows == [each for each in whole if each in rows]


@pytest.mark.parametrize("page", ["/issues/_search?perPage=50", SCROLL, "/queues"])
def test_fault_no_total(api: Any, demo: Demo, page: str):
    """The fault `no_total` leaves out X-Total-Count and nothing else."""
    body = None if page == "/queues" else DEV
    rows = [each["id"] for each in api(page, body).json()]
    inject(demo, Fault("no_total"))
    response = api(page, body)
    assert "X-Total-Count" not in response.headers
    assert [each["id"] for each in response.json()] == rows


def test_fault_shape(api: Any, demo: Demo):
    """The fault `shape` answers with 200 and valid JSON of another shape."""
    inject(demo, Fault("shape", "_search", body={"issues": []}))
    response = api("/issues/_search", DEV)
    assert (response.status_code, response.json()) == (200, {"issues": []})


def test_fault_reset(api: Any, demo: Demo):
    """The fault `reset` closes the connection before the request is carried out: a scroll keeps its position."""
    scroll_id = api(SCROLL, DEV).headers["X-Scroll-Id"]
    inject(demo, Fault("reset", "_search"))
    with pytest.raises(requests.ConnectionError):
        api(f"/issues/_search?scrollId={scroll_id}", DEV)
    assert len(api(f"/issues/_search?scrollId={scroll_id}", DEV).json()) == 50
    assert [request.status for request in demo.journal] == [200, 0, 200]


@pytest.mark.parametrize("status", [301, 307])
def test_the_status_of_redirects(api: Any, demo: Demo, status: int):
    """`status` sets the status of an injected redirect, `moved_status` that of a moved issue."""
    inject(demo, Fault("redirect", "/myself", status=status, location="/elsewhere"))
    assert api("/myself", allow_redirects=False).status_code == status
    demo.behaviour.moved_status = status
    moved = api("/issues/OPS-77/links", allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (status, f"{demo.url}/v3/issues/DEV-2/links")


@pytest.mark.parametrize("size", ["perPage=41", "scrollType=sorted&perScroll=41"])
@pytest.mark.parametrize("over", ["refuse", "cap"])
def test_a_service_with_small_pages(serve: Any, client_of: Any, size: str, over: Any):
    """A page size above the maximum is refused or lowered; without a size the maximum is used."""
    api = client_of(serve(behaviour=Behaviour(max_per_page=40, max_per_scroll=40, over_max=over)))
    response = api(f"/issues/_search?{size}", DEV)
    assert response.status_code == (400 if over == "refuse" else 200)
    assert over == "refuse" or len(response.json()) == 40
    assert len(api("/issues/_search?" + size.partition("per")[0], DEV).json()) == 40


def test_scroll_window(serve: Any, client_of: Any):
    """`scroll_window` caps the total of a scroll, but not its rows."""
    api = client_of(serve(behaviour=Behaviour(scroll_window=100)))
    assert api(SCROLL, DEV).headers["X-Total-Count"] == "100"
    assert sum(map(len, scroll_pages(api))) == DEV_COUNT


@pytest.mark.parametrize("path", ["/issues/_search?perPage=50", SCROLL, "/issues/DEV-1/comments?perPage=50"])
def test_links_without_a_scheme(serve: Any, client_of: Any, path: str):
    """With `link_scheme` off, no address in Link has a scheme."""
    demo = serve(behaviour=Behaviour(link_scheme=False))
    response = client_of(demo)(path, None if "comments" in path else DEV)
    assert all(link["url"].startswith(demo.url.partition("://")[2]) for link in response.links.values())
    assert "next" in response.links
