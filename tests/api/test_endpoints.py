"""Every list of the service: the embedded Tracker has its path, and pages it as the table says."""

import pytest

from tracker_magic.api.endpoints import (
    CLEAR_SCROLLS,
    COUNT,
    ENDPOINTS,
    SEARCH,
    SEARCH_GROUP,
    Endpoint,
    is_full,
    may_be_capped,
)
from tracker_magic.api.pagination import fetch_pages, fetch_records
from tracker_magic.api.protocol import Request

NAMES = {"queue": "DEV", "key": "DEV-1", "board": "1"}
BODIES = {"projects": {}, "portfolios": {}, "goals": {}, "all_worklog": {}}


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_list_exists_at_the_embedded_tracker(client, demo, make_operation, name):
    """Each list of the table is answered with records, from its path, in pages of its size."""
    endpoint = ENDPOINTS[name]
    fetch_records(client, make_operation(), name, names=NAMES, body=BODIES.get(name))
    request = demo.journal[0]
    assert request.path == "/v3/" + endpoint.path.format(**NAMES)
    assert request.query.get("perPage") == (None if endpoint.per_page is None else [str(endpoint.per_page)])
    assert {each.status for each in demo.journal} == {200}


@pytest.mark.parametrize("name", ["queues", "users", "projects", "changelog"])
def test_a_list_in_pages_is_whole(client, demo, make_operation, name):
    """The pages of a list together have as many different records as the list has."""
    pages = list(fetch_pages(client, make_operation(), name, names=NAMES, body=BODIES.get(name)))
    ids = [str(record.get("id", record.get("uid"))) for page in pages for record in page.data]
    assert len(set(ids)) == len(ids) > 0
    if name == "users":
        assert len(ids) == len(demo.world.users)


def test_a_list_that_comes_whole_has_no_page_size():
    """A page size stands in the table exactly if the list has pages."""
    assert [name for name, each in ENDPOINTS.items() if (each.paging == "whole") != (each.per_page is None)] == []
    assert Endpoint("x").per_page is None


@pytest.mark.parametrize(
    ("path", "body", "expected"), [(SEARCH, {}, list), (COUNT, {}, int), (CLEAR_SCROLLS, {}, None)]
)
def test_the_paths_of_a_search_exist(client, make_operation, path, body, expected):
    """Searching, counting and giving scrolls back are requests that the embedded Tracker answers."""
    reads = "bytes" if expected is None else "json"
    data = client.fetch(make_operation(), Request("POST", path, body=body, reads=reads)).data
    assert isinstance(data, expected or bytes)


def test_searches_are_told_from_other_requests():
    """The service limits searches and counts more than other requests: their paths are known by a part of them."""
    searches = {name for name, each in ENDPOINTS.items() if any(part in each.path for part in SEARCH_GROUP)}
    assert searches == {"projects", "portfolios", "goals", "all_worklog"}
    for path in (SEARCH, COUNT):
        assert any(part in f"/{path}" for part in SEARCH_GROUP)
    assert not any(part in f"/{CLEAR_SCROLLS}" for part in SEARCH_GROUP)


def test_a_page_is_full_if_it_has_the_requested_size_or_a_round_number():
    """Services cap pages at multiples of 50: such a page may be cut, a page of another size is the last."""
    assert is_full(7, 7)
    assert is_full(50, 500)
    assert not is_full(7, 500)
    assert not is_full(0, 0)
    assert may_be_capped(100)
    assert not may_be_capped(0)
    assert not may_be_capped(33)
