"""Page, relative and scroll paging, by themselves and over HTTP."""

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


def asked(query: str) -> ApiRequest:
    """A request for a list."""
    return ApiRequest(
        EnvironBuilder(path="/v3/things", query_string=query, base_url="http://127.0.0.1:8000").get_environ()
    )


def rel(answer: Response, name: str) -> str | None:
    """The address of a link."""
    for value in answer.headers.getlist("Link"):
        if f'rel="{name}"' in value:
            return value.partition("<")[2].partition(">")[0]
    return None


@given(st.integers(0, 60), st.integers(1, 20))
def test_pages_give_each_row_once(count: int, per: int):
    """However the pages are cut, following `next` gives every row once, in order."""
    rows, query = [], f"perPage={per}"
    while query:
        part, answer = numbered_page(asked(query), range(count))
        rows += part
        query = (rel(answer, "next") or "").partition("?")[2]
    assert rows == list(range(count))


@given(st.integers(0, 60), st.integers(1, 20))
def test_cursors_give_each_row_once(count: int, per: int):
    """The same for paging after an id."""
    rows, query = [], f"perPage={per}"
    while query:
        part, answer = page_after_id(asked(query), range(count), str)
        rows += part
        query = (rel(answer, "next") or "").partition("?")[2]
    assert rows == list(range(count))


@pytest.mark.parametrize("query", ["perPage=0", "perPage=-1", "perPage=x", "page=0", "perPage=101"])
def test_bad_numbers_are_refused(query: str):
    """Zero, negative, text, above the maximum: 400."""
    with pytest.raises(ApiError) as caught:
        numbered_page(asked(query), range(10), max_page_size=100)
    assert caught.value.status == 400


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at zero."""
    return Clock()


@pytest.fixture
def scrolls(clock: Clock) -> Scrolls:
    """Scrolls of that clock."""
    return Scrolls(clock=clock)


def test_a_scroll_ends_with_its_time(scrolls: Scrolls, clock: Clock):
    """Each reading begins the time anew; then the scroll is gone."""
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
    """Somebody else does not find it."""
    scroll = scrolls.open(["a", "b"], 1, 1000, "me")
    name, _ = scrolls.new_id(scroll)
    assert scrolls.find(name, "you") is None


def test_releasing_wants_the_right_token(scrolls: Scrolls):
    """A wrong token is refused, the right one ends the scroll, later ones are passed over."""
    scroll = scrolls.open(["a", "b"], 1, 1000, "me")
    name, token = scrolls.new_id(scroll)
    assert not scrolls.release(name, "wrong", "me")
    assert len(scrolls) == 1
    assert scrolls.release(name, token, "me")
    assert len(scrolls) == 0
    assert scrolls.release(name, token, "me")


def test_page_mode(ask: Any, demo: Demo):
    """Totals, `next` and `seek` with a scheme; the last page has no `next`; behind it nothing comes."""
    first = ask("/issues/_search?perPage=50", ALL)
    assert (first.headers["X-Total-Count"], first.headers["X-Total-Pages"]) == ("120", "3")
    assert first.links["next"]["url"] == f"{demo.url}/v3/issues/_search?perPage=50&page=2"
    assert first.links["seek"]["url"] == f"{demo.url}/v3/issues/_search?perPage=50{{&page}}"
    assert len(ask("/issues/_search", ALL).json()) == 50
    assert "next" not in ask("/issues/_search?perPage=50&page=3", ALL).links
    assert ask("/issues/_search?perPage=50&page=4", ALL).json() == []


def test_the_window_of_page_mode(serve: Callable[..., Demo], client_of: Callable[[Demo], Any]):
    """Totals stop at the window; a page behind it is refused; a scroll is not bound."""
    ask = client_of(serve(behaviour=Behaviour(page_window=100)))
    first = ask("/issues/_search?perPage=30", ALL)
    assert (first.headers["X-Total-Count"], first.headers["X-Total-Pages"]) == ("100", "4")
    assert len(ask("/issues/_search?perPage=30&page=4", ALL).json()) == 10
    assert ask("/issues/_search?perPage=30&page=5", ALL).status_code == 400
    assert ask("/issues/_count", ALL).json() == 120
    assert ask("/issues/_search?scrollType=sorted&perScroll=10", ALL).headers["X-Total-Count"] == "120"


@pytest.mark.parametrize(("over_max", "status", "rows"), [("refuse", 400, None), ("cap", 200, 20)])
def test_above_the_maximum(serve: Any, client_of: Any, over_max: Any, status: int, rows: int | None):
    """PerPage above the maximum is refused or lowered, as the behaviour says."""
    ask = client_of(serve(behaviour=Behaviour(max_per_page=20, over_max=over_max)))
    answer = ask("/issues/_search?perPage=21", ALL)
    assert answer.status_code == status
    assert rows is None or len(answer.json()) == rows


@pytest.mark.parametrize("scheme", [True, False])
def test_relative_mode(serve: Any, client_of: Any, scheme: bool):  # noqa: FBT001
    """`queue` gives `next` alone, after an id, in the order of keys; `page` is refused."""
    demo = serve(behaviour=Behaviour(link_scheme=scheme))
    ask = client_of(demo)
    first = ask("/issues/_search?perPage=50", {"queue": "DEV"})
    assert [issue["key"] for issue in first.json()] == [f"DEV-{number}" for number in range(1, 51)]
    assert set(first.links) == {"next"}
    address = first.links["next"]["url"]
    assert address.startswith("http://") is scheme
    second = ask(f"/issues/_search?{address.partition('?')[2]}", {"queue": "DEV"})
    assert second.json()[0]["key"] == "DEV-51"
    assert ask("/issues/_search?page=2", {"queue": "DEV"}).status_code == 400


@pytest.mark.parametrize("version", ["", "/v2"])
def test_scroll_mode(ask: Any, demo: Demo, version: str):
    """A snapshot in pages, a new id each, two links; none on the last page; then it is closed."""
    address = f"{version}/issues/_search?scrollType=sorted&perScroll=50"
    answers = [ask(address, ALL)]
    assert demo.open_scrolls == 1
    while name := answers[-1].headers.get("X-Scroll-Id"):
        answers.append(ask(f"{version}/issues/_search?scrollId={name}", ALL))
    assert [len(answer.json()) for answer in answers] == [50, 50, 20]
    assert {issue["key"] for answer in answers for issue in answer.json()} == {f"DEV-{n}" for n in range(1, 121)}
    assert len({answer.headers.get("X-Scroll-Id") for answer in answers}) == 3
    assert set(answers[0].links) == {"first", "next"}
    assert "dummy-token-you-dont-have-to-specify-it" in answers[0].links["next"]["url"]
    assert not answers[-1].links
    assert "X-Scroll-Token" not in answers[-1].headers
    assert answers[0].headers["X-Total-Count"] == "120"
    assert demo.open_scrolls == 0


def test_a_scroll_is_a_snapshot(ask: Any, demo: Demo):
    """Membership is fixed when it opens; the place moves with every request, whatever id is used."""
    first = ask("/issues/_search?scrollType=unsorted&perScroll=60", {"query": 'Status: open "Sort By": Key'})
    for issue in demo.world.issues.values():
        issue.values["status"] = "closed"
    name = first.headers["X-Scroll-Id"]
    second = ask(f"/issues/_search?scrollId={name}", {})
    assert len(second.json()) == 33
    assert ask(f"/issues/_search?scrollId={name}", {}).json() == []


@pytest.mark.parametrize("body", [{"queue": "DEV"}, {"keys": ["DEV-1"]}])
def test_scroll_is_not_for_queue_and_keys(ask: Any, body: Any):
    """The documented text."""
    answer = ask("/issues/_search?scrollType=sorted&perScroll=10", body)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == ["Прокрутка результатов не поддерживается"]
    english = ask("/issues/_search?scrollType=sorted", body, headers={"Accept-Language": "en"})
    assert english.json()["errorMessages"] == ["Scroll is not supported"]


@pytest.mark.parametrize(
    "query", ["perScroll=1001", "perScroll=0", "scrollType=other", "perScroll=9&scrollTTLMillis=x"]
)
def test_bad_scrolls_are_refused(ask: Any, query: str):
    """More than 1000 a page, unknown types."""
    assert ask(f"/issues/_search?{query}", ALL).status_code == 400


def test_an_unknown_scroll(ask: Any):
    """404."""
    assert ask("/issues/_search?scrollId=nothing", ALL).status_code == 404


def test_clearing_scrolls(ask: Any, demo: Demo):
    """The body maps ids to tokens; unknown ids are passed over; a wrong token is refused."""
    answer = ask("/issues/_search?scrollType=sorted&perScroll=10", ALL)
    name, token = answer.headers["X-Scroll-Id"], answer.headers["X-Scroll-Token"]
    assert ask("/system/search/scroll/_clear", {name: "wrong"}).status_code == 400
    assert demo.open_scrolls == 1
    cleared = ask("/system/search/scroll/_clear", {name: token, "older": "gone"})
    assert (cleared.status_code, cleared.content) == (200, b"")
    assert demo.open_scrolls == 0
    assert ask(f"/issues/_search?scrollId={name}", ALL).status_code == 404
