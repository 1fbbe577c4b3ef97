"""Injected faults of pages, and the switches of page sizes, totals and moved issues."""

from typing import Any

import pytest
import requests

from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.server import Demo

DEV = {"query": "Queue: DEV"}
SCROLL = "/issues/_search?scrollType=sorted&perScroll=50"
DEV_COUNT = 120


def inject(demo: Demo, *faults: Fault) -> None:
    """Let these faults strike from now on."""
    demo.behaviour.faults.extend(faults)


def scrolled(ask: Any) -> list[list[str]]:
    """The ids of each page of a scroll over DEV, as a client that notices nothing reads them."""
    pages = [ask(SCROLL, DEV)]
    while scroll_id := pages[-1].headers.get("X-Scroll-Id"):
        pages.append(ask(f"/issues/_search?scrollId={scroll_id}", DEV))
    return [[issue["id"] for issue in page.json()] for page in pages]


def followed(ask: Any, path: str, body: Any = None, most: int = 20) -> list[list[Any]]:
    """The ids of each page of a list, by `Link: rel="next"`, at most `most` pages."""
    pages = [ask(path, body)]
    while "next" in pages[-1].links and len(pages) < most:
        pages.append(ask(pages[-1].links["next"]["url"].partition("/v3")[2], body))
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
def test_a_flawed_page_of_a_scroll(ask: Any, demo: Demo, kind: Any, sizes: list[int]):
    """Rows come later, again, twice, or never; the scroll is over afterwards."""
    inject(demo, Fault(kind, "_search", skip=1))
    pages = scrolled(ask)
    assert [len(page) for page in pages] == sizes
    assert len({each for page in pages for each in page}) == (100 if kind == "end_early" else DEV_COUNT)
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
def test_a_flawed_page_by_number(ask: Any, demo: Demo, kind: Any, sizes: list[int]):
    """Rows are left out, come again, come twice, or the way on is missing."""
    inject(demo, Fault(kind, "_search", skip=1))
    assert [len(page) for page in followed(ask, "/issues/_search?perPage=50", DEV)] == sizes


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [("empty_page", [20, 0, 20, 20]), ("repeat", [20, 20, 20, 20]), ("duplicate", [20, 21, 20])],
)
def test_a_flawed_page_after_an_id(ask: Any, demo: Demo, kind: Any, sizes: list[int]):
    """Comments: the cursor of the page before comes again, or a row does."""
    inject(demo, Fault(kind, "/comments", skip=1))
    pages = followed(ask, "/issues/DEV-1/comments?perPage=20")
    assert [len(page) for page in pages] == sizes
    assert len({each for page in pages for each in page}) == 60


@pytest.mark.parametrize(("kind", "found"), [("repeat", [1]), ("duplicate", [1, 2])])
def test_a_flawed_page_of_work(ask: Any, demo: Demo, kind: Any, found: list[int]):
    """Work goes on after the last id: the cursor is forgotten, or a row comes again."""
    inject(demo, Fault(kind, "/worklog"))
    page = ask("/issues/DEV-1/worklog?perPage=1&id=1").json()
    assert [work["id"] for work in page] == found


def test_a_wrong_number(ask: Any, demo: Demo):
    """`_count` and X-Total-Count are off by `by`, never below nothing."""
    inject(demo, Fault("miscount", times=3, by=-7), Fault("miscount", by=-500))
    assert ask("/issues/_count", DEV).json() == DEV_COUNT - 7
    assert ask("/issues/_search", DEV).headers["X-Total-Count"] == "113"
    scroll = ask(f"{SCROLL}0", DEV)
    assert (scroll.headers["X-Total-Count"], len(scroll.json())) == ("113", DEV_COUNT)
    assert ask("/issues/_count", DEV).json() == 0


def test_json_of_another_shape(ask: Any, demo: Demo):
    """200, valid, and not what was asked for."""
    inject(demo, Fault("shape", "_search", body={"issues": []}))
    answer = ask("/issues/_search", DEV)
    assert (answer.status_code, answer.json()) == (200, {"issues": []})


def test_a_reset_before_the_request_is_carried_out(ask: Any, demo: Demo):
    """Nothing happens and nothing comes: a scroll stays where it was."""
    scroll_id = ask(SCROLL, DEV).headers["X-Scroll-Id"]
    inject(demo, Fault("reset", "_search"))
    with pytest.raises(requests.ConnectionError):
        ask(f"/issues/_search?scrollId={scroll_id}", DEV)
    assert len(ask(f"/issues/_search?scrollId={scroll_id}", DEV).json()) == 50
    assert [seen.status for seen in demo.journal] == [200, 0, 200]


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_of_any_kind(ask: Any, demo: Demo, status: int):
    """Injected by `status`, of a moved issue by `moved_status`."""
    inject(demo, Fault("redirect", "/myself", status=status, location="/elsewhere"))
    assert ask("/myself", allow_redirects=False).status_code == status
    demo.behaviour.moved_status = status
    moved = ask("/issues/OPS-77/links", allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (status, f"{demo.url}/v3/issues/DEV-2/links")


@pytest.mark.parametrize("size", ["perPage=41", "scrollType=sorted&perScroll=41"])
@pytest.mark.parametrize("over", ["refuse", "cap"])
def test_a_service_with_smaller_pages(serve: Any, client_of: Any, size: str, over: Any):
    """More than it gives is refused, or lowered in silence; without a size it gives what it has."""
    ask = client_of(serve(behaviour=Behaviour(max_per_page=40, max_per_scroll=40, over_max=over)))
    answer = ask(f"/issues/_search?{size}", DEV)
    assert answer.status_code == (400 if over == "refuse" else 200)
    assert over == "refuse" or len(answer.json()) == 40
    assert len(ask("/issues/_search?" + size.partition("per")[0], DEV).json()) == 40


def test_a_scroll_whose_total_ends_early(serve: Any, client_of: Any):
    """The number is capped, the rows are not."""
    ask = client_of(serve(behaviour=Behaviour(scroll_window=100)))
    assert ask(SCROLL, DEV).headers["X-Total-Count"] == "100"
    assert sum(map(len, scrolled(ask))) == DEV_COUNT


@pytest.mark.parametrize("path", ["/issues/_search?perPage=50", SCROLL, "/issues/DEV-1/comments?perPage=50"])
def test_links_without_a_scheme(serve: Any, client_of: Any, path: str):
    """All of them, as the documentation of v3 prints them."""
    demo = serve(behaviour=Behaviour(link_scheme=False))
    answer = client_of(demo)(path, None if "comments" in path else DEV)
    assert all(link["url"].startswith(demo.url.partition("://")[2]) for link in answer.links.values())
    assert "next" in answer.links
