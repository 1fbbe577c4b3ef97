"""All pages of an answer whose paging is known only when it comes; tests/tracker/test_raw.py has more of them."""

import pytest

from tracker_magic.api import Request
from tracker_magic.api.raw_pagination import fetch_all_pages
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import UnexpectedReply

DEV = {"query": "Queue: DEV"}


@pytest.fixture
def fetch_all(client, make_operation):
    """Fetches all pages of a request; scrolls are released at the end, as a call does."""
    operation = make_operation()
    yield lambda *arguments: fetch_all_pages(client, operation, Request(*arguments))
    client.release_scrolls(operation)


def count_of(demo, queue):
    """How many issues a queue has."""
    return sum(issue.values["queue"] == queue for issue in demo.world.issues.values())


def test_an_answer_without_pages_comes_as_it_is(fetch_all, demo):
    """A number and an object are returned as they are, after one request."""
    assert fetch_all("POST", "issues/_count", {}, DEV) == count_of(demo, "DEV")
    assert fetch_all("GET", "myself")["login"]
    assert len(demo.journal) == 2


@pytest.mark.parametrize(
    "params",
    [{"perPage": 50}, {"perPage": ["50"]}, {"scrollType": "sorted", "perScroll": 50}],
    ids=["numbers", "numbers from an address", "scroll"],
)
def test_pages_of_a_search_are_joined(fetch_all, demo, params):
    """The pages of a search come as one list, by number and in a scroll, whose end gives the scroll back."""
    issues = fetch_all("POST", "issues/_search", params, DEV)
    assert len({issue["key"] for issue in issues}) == len(issues) == count_of(demo, "DEV")
    assert demo.open_scrolls == 0


def test_objects_with_a_list_are_joined(fetch_all, demo):
    """Users and entities come in objects with a list in them: the list is joined, the object stays."""
    users = fetch_all("GET", "users/_relative", {"perPage": 3})
    assert len(users["users"]) == len(demo.world.users)
    projects = fetch_all("POST", "entities/project/_search", {"perPage": 1}, {})
    assert len(projects["values"]) == projects["hits"]


def test_a_page_of_another_shape_is_an_error(fetch_all, demo):
    """If a later page is no list, the list cannot be completed."""
    demo.behaviour.faults.append(Fault("shape", "/_search", skip=1, body={"id": 1}))
    with pytest.raises(UnexpectedReply, match="another shape"):
        fetch_all("POST", "issues/_search", {"perPage": 50}, DEV)


def test_a_list_that_changes_between_pages_is_an_error(fetch_all, demo):
    """If the total of a list in pages by number changes while it is read, records may be missing."""
    demo.behaviour.faults.append(Fault("miscount", "/_search", skip=1, by=-1))
    with pytest.raises(UnexpectedReply, match="the list changed from") as caught:
        fetch_all("POST", "issues/_search", {"perPage": 50}, DEV)
    assert caught.value.reason == "list_changed"


@pytest.mark.parametrize(("kind", "problem"), [("repeat", "same page of a scroll"), ("end_early", "50 of")])
def test_a_scroll_that_cannot_be_completed_is_an_error(fetch_all, demo, kind, problem):
    """A scroll that repeats a page, or ends before its total, gives no partial list."""
    demo.behaviour.faults.append(Fault(kind, "/_search", skip=1 if kind == "repeat" else 0))
    with pytest.raises(UnexpectedReply, match=problem):
        fetch_all("POST", "issues/_search", {"scrollType": "sorted", "perScroll": 50}, DEV)
