"""Numbered pages, pages after an id, and scrolls: as functions and over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response
from werkzeug.test import EnvironBuilder

from tracker_magic.demo.api.paging import numbered_page, page_after_id
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.scrolls import Scrolls
from tracker_magic.demo.server import Demo
from tracker_magic.demo.service import ApiError, ApiRequest

ALL = {"query": "Queue: DEV"}


def list_request(query: str) -> ApiRequest:
    """A request for a list."""
    return ApiRequest(
        EnvironBuilder(path="/v3/things", query_string=query, base_url="http://127.0.0.1:8000").get_environ()
    )


def rel(response: Response, name: str) -> str | None:
    """The address of a link."""
    for value in response.headers.getlist("Link"):
        if f'rel="{name}"' in value:
            return value.partition("<")[2].partition(">")[0]
    return None


@given(st.integers(0, 60), st.integers(1, 20))
def test_numbered_pages_have_each_row_once(count: int, per: int):
    """Following `next` links of numbered pages gives every row once and in order, whatever the page size."""
    rows, query = [], f"perPage={per}"
    while query:
        part, response = numbered_page(list_request(query), range(count))
        rows += part
        query = (rel(response, "next") or "").partition("?")[2]
    assert rows == list(range(count))


@given(st.integers(0, 60), st.integers(1, 20))
def test_pages_after_an_id_have_each_row_once(count: int, per: int):
    """Following `next` links of pages after an id gives every row once and in order, whatever the page size."""
    rows, query = [], f"perPage={per}"
    while query:
        part, response = page_after_id(list_request(query), range(count), str)
        rows += part
        query = (rel(response, "next") or "").partition("?")[2]
    assert rows == list(range(count))


@pytest.mark.parametrize("query", ["perPage=0", "perPage=-1", "perPage=x", "page=0", "perPage=101"])
def test_bad_numbers_are_refused(query: str):
    """A page number or size that is zero, negative, no number or above the maximum gets 400."""
    with pytest.raises(ApiError) as caught:
        numbered_page(list_request(query), range(10), max_page_size=100)
    assert caught.value.status == 400


class Clock:
    """A clock that tests set."""

    now = 0.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that shows 0."""
    return Clock()


@pytest.fixture
def scrolls(clock: Clock) -> Scrolls:
    """Scrolls with that clock."""
    return Scrolls(clock=clock)


def test_a_scroll_expires(scrolls: Scrolls, clock: Clock):
    """Each read renews the lifetime of a scroll; when it has passed, the scroll is gone."""
    scroll = scrolls.open(["a", "b", "c"], 1, 1000, "me")
    name, _ = scrolls.new_id(scroll)
    clock.now = 0.9
    scrolls.read(scroll)
    clock.now = 1.8
    assert scrolls.find(name, "me") is scroll
    clock.now = 1.9
    assert scrolls.find(name, "me") is None
    assert len(scrolls) == 0


def test_a_scroll_belongs_to_its_caller(scrolls: Scrolls):
    """A scroll is not found for another user."""
    scroll = scrolls.open(["a", "b"], 1, 1000, "me")
    name, _ = scrolls.new_id(scroll)
    assert scrolls.find(name, "you") is None


def test_releasing_needs_the_right_token(scrolls: Scrolls):
    """A wrong token is refused, the right one closes the scroll, and releasing it again is allowed."""
    scroll = scrolls.open(["a", "b"], 1, 1000, "me")
    name, token = scrolls.new_id(scroll)
    assert not scrolls.release(name, "wrong", "me")
    assert len(scrolls) == 1
    assert scrolls.release(name, token, "me")
    assert len(scrolls) == 0
    assert scrolls.release(name, token, "me")


def test_numbered_pages(api: Any, demo: Demo):
    """Numbered pages have totals and links; the last page has no `next`, and pages after it are empty."""
    first = api("/issues/_search?perPage=50", ALL)
    assert (first.headers["X-Total-Count"], first.headers["X-Total-Pages"]) == ("120", "3")
    assert first.links["next"]["url"] == f"{demo.url}/v3/issues/_search?perPage=50&page=2"
    assert first.links["seek"]["url"] == f"{demo.url}/v3/issues/_search?perPage=50{{&page}}"
    assert len(api("/issues/_search", ALL).json()) == 50
    assert "next" not in api("/issues/_search?perPage=50&page=3", ALL).links
    assert api("/issues/_search?perPage=50&page=4", ALL).json() == []


def test_page_window(serve: Callable[..., Demo], client_of: Callable[[Demo], Any]):
    """Totals of numbered pages end at `page_window` and pages beyond it are refused; scrolls have no such limit."""
    api = client_of(serve(behaviour=Behaviour(page_window=100)))
    first = api("/issues/_search?perPage=30", ALL)
    assert (first.headers["X-Total-Count"], first.headers["X-Total-Pages"]) == ("100", "4")
    assert len(api("/issues/_search?perPage=30&page=4", ALL).json()) == 10
    assert api("/issues/_search?perPage=30&page=5", ALL).status_code == 400
    assert api("/issues/_count", ALL).json() == 120
    assert api("/issues/_search?scrollType=sorted&perScroll=10", ALL).headers["X-Total-Count"] == "120"


@pytest.mark.parametrize(("over_max", "status", "rows"), [("refuse", 400, None), ("cap", 200, 20)])
def test_a_page_size_above_the_maximum(serve: Any, client_of: Any, over_max: Any, status: int, rows: int | None):
    """A perPage above the maximum is refused or lowered, as `over_max` sets."""
    api = client_of(serve(behaviour=Behaviour(max_per_page=20, over_max=over_max)))
    response = api("/issues/_search?perPage=21", ALL)
    assert response.status_code == status
    assert rows is None or len(response.json()) == rows


@pytest.mark.parametrize("scheme", [True, False])
def test_pages_of_a_queue(serve: Any, client_of: Any, scheme: bool):  # noqa: FBT001
    """`queue` gives `next` alone, after an id, in the order of keys; `page` is refused."""
    demo = serve(behaviour=Behaviour(link_scheme=scheme))
    api = client_of(demo)
    first = api("/issues/_search?perPage=50", {"queue": "DEV"})
    assert [issue["key"] for issue in first.json()] == [f"DEV-{number}" for number in range(1, 51)]
    assert set(first.links) == {"next"}
    address = first.links["next"]["url"]
    assert address.startswith("http://") is scheme
    second = api(f"/issues/_search?{address.partition('?')[2]}", {"queue": "DEV"})
    assert second.json()[0]["key"] == "DEV-51"
    assert api("/issues/_search?page=2", {"queue": "DEV"}).status_code == 400


def read_scroll(api: Any, version: str = "") -> list[Any]:
    """The responses of a scroll over DEV, 50 issues a page."""
    responses = [api(f"{version}/issues/_search?scrollType=sorted&perScroll=50", ALL)]
    while scroll_id := responses[-1].headers.get("X-Scroll-Id"):
        responses.append(api(f"{version}/issues/_search?scrollId={scroll_id}", ALL))
    return responses


@pytest.mark.parametrize("version", ["", "/v2"])
def test_scroll_pages(api: Any, demo: Demo, version: str):
    """A scroll gives each issue once, in pages that each have a new id; the last page closes it."""
    responses = read_scroll(api, version)
    assert [len(response.json()) for response in responses] == [50, 50, 20]
    assert {issue["key"] for response in responses for issue in response.json()} == {f"DEV-{n}" for n in range(1, 121)}
    assert len({response.headers.get("X-Scroll-Id") for response in responses}) == 3
    assert demo.open_scrolls == 0


def test_scroll_headers(api: Any):
    """Each page of a scroll but the last has a token and two links; the total is on the first page, too."""
    first, *_, last = read_scroll(api)
    assert set(first.links) == {"first", "next"}
    assert "dummy-token-you-dont-have-to-specify-it" in first.links["next"]["url"]
    assert first.headers["X-Total-Count"] == "120"
    assert not last.links
    assert "X-Scroll-Token" not in last.headers


def test_a_scroll_is_a_snapshot(api: Any, demo: Demo):
    """The issues of a scroll are fixed when it opens; every request advances its position, whatever id is used."""
    first = api("/issues/_search?scrollType=unsorted&perScroll=60", {"query": 'Status: open "Sort By": Key'})
    for issue in demo.world.issues.values():
        issue.values["status"] = "closed"
    name = first.headers["X-Scroll-Id"]
    second = api(f"/issues/_search?scrollId={name}", {})
    assert len(second.json()) == 33
    assert api(f"/issues/_search?scrollId={name}", {}).json() == []


@pytest.mark.parametrize("body", [{"queue": "DEV"}, {"keys": ["DEV-1"]}])
def test_scroll_is_not_for_queue_and_keys(api: Any, body: Any):
    """A scroll over `queue` or `keys` gets 400 with the documented text."""
    response = api("/issues/_search?scrollType=sorted&perScroll=10", body)
    assert response.status_code == 400
    assert response.json()["errorMessages"] == ["Прокрутка результатов не поддерживается"]
    english = api("/issues/_search?scrollType=sorted", body, headers={"Accept-Language": "en"})
    assert english.json()["errorMessages"] == ["Scroll is not supported"]


@pytest.mark.parametrize(
    "query", ["perScroll=1001", "perScroll=0", "scrollType=other", "perScroll=9&scrollTTLMillis=x"]
)
def test_bad_scrolls_are_refused(api: Any, query: str):
    """A bad page size, type or lifetime of a scroll gets 400."""
    assert api(f"/issues/_search?{query}", ALL).status_code == 400


def test_an_unknown_scroll(api: Any):
    """An unknown scroll id gets 404."""
    assert api("/issues/_search?scrollId=nothing", ALL).status_code == 404


def test_clearing_scrolls(api: Any, demo: Demo):
    """Clearing takes an object from ids to tokens; unknown ids are ignored and a wrong token is refused."""
    response = api("/issues/_search?scrollType=sorted&perScroll=10", ALL)
    name, token = response.headers["X-Scroll-Id"], response.headers["X-Scroll-Token"]
    assert api("/system/search/scroll/_clear", {name: "wrong"}).status_code == 400
    assert demo.open_scrolls == 1
    cleared = api("/system/search/scroll/_clear", {name: token, "older": "gone"})
    assert (cleared.status_code, cleared.content) == (200, b"")
    assert demo.open_scrolls == 0
    assert api(f"/issues/_search?scrollId={name}", ALL).status_code == 404
