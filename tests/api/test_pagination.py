"""However a list is cut into pages, every record comes once; a list that cannot be completed is an error."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api import Answer
from tracker_magic.api.pagination import (
    fetch_pages,
    fetch_records,
    follow_last_id,
    follow_links,
    follow_numbers,
    follow_users,
)
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import NotFound, UnexpectedReply

URL = "http://api.host/v3/x"


def rows(*ids):
    """Records with these ids."""
    return [{"id": number} for number in ids]


def next_link(parameters):
    """The headers of a page whose next page has these parameters; None: of a page without a link."""
    return {} if parameters is None else {"Link": f'<api.host/v3/x?{parameters}>; rel="next"'}


def with_link(data, parameters=None):
    """An answer with these data and a link to the next page."""
    return Answer(data, next_link(parameters), URL)


class Pages:
    """A reader that gives these answers in turn, the last one for ever; `requests` are the parameters it was given."""

    def __init__(self, *answers):
        self.requests = []
        self._answers = list(answers)

    def page(self, params):
        """The next answer."""
        self.requests.append(params)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class CursorPages:
    """Reads a list of records page by page after the `id` of a request; the sizes of pages are taken from `sizes`."""

    def __init__(self, records, sizes, *, has_links=True):
        self._records = records
        self._sizes = iter(sizes)
        self._has_links = has_links

    def page(self, params):
        """The page after the record with this id."""
        ids = [str(record["id"]) for record in self._records]
        start = 0 if "id" not in params else 1 + ids.index(str(params["id"]))
        page = self._records[start : start + next(self._sizes, 3)]
        has_more = self._has_links and page and start + len(page) < len(self._records)
        return with_link(page, f"id={page[-1]['id']}&perPage=5" if has_more else None)


def ids_of(answers):
    """The ids of all records of these answers."""
    return [record["id"] for answer in answers for record in answer.data]


@given(size=st.integers(0, 40), page_sizes=st.lists(st.integers(1, 7), max_size=60))
def test_links_lead_to_every_record_once(size, page_sizes):
    """Following links gives every record once and in order, however large the pages are."""
    answers = follow_links(CursorPages(rows(*range(size)), page_sizes), {"perPage": 5})
    assert ids_of(answers) == list(range(size))


@given(size=st.integers(0, 40), per_page=st.integers(1, 7))
def test_last_ids_lead_to_every_record_once(size, per_page):
    """Without links the id of the last record leads on, until a page is not full."""
    reader = CursorPages(rows(*range(size)), itertools.repeat(per_page), has_links=False)
    assert ids_of(follow_last_id(reader, {"perPage": per_page}, per_page)) == list(range(size))


def test_a_service_that_always_gives_the_same_page_is_an_error():
    """A list whose next page is the same again cannot be completed: that is an error and no endless loop."""
    with pytest.raises(UnexpectedReply, match="same page"):
        list(follow_links(Pages(with_link(rows(1), "id=1")), {}))
    with pytest.raises(UnexpectedReply, match="same page"):
        list(follow_last_id(Pages(with_link(rows(1))), {}, 1))


def test_a_list_without_new_records_after_a_link_without_position_is_complete():
    """If a link names no position and nothing comes after the last record, the list is complete."""
    reader = Pages(with_link(rows(1), "perPage=50"))
    assert ids_of(follow_links(reader, {})) == [1]


def test_a_link_without_a_position_is_replaced_by_the_last_id():
    """If a link leaves out where the next page begins, the last record's id says it: no later record is lost."""
    reader = Pages(with_link(rows(1, 2), "perPage=2"), with_link(rows(3)))
    assert ids_of(follow_links(reader, {})) == [1, 2, 3]
    assert reader.requests[1]["id"] == "2"


def test_a_full_page_without_a_link_is_read_on():
    """A full page may have lost its link on the way: what comes after its last record is requested."""
    reader = Pages(with_link(rows(1, 2)), with_link(rows(3, 4)), with_link(rows(5)))
    assert ids_of(follow_links(reader, {"perPage": 2})) == [1, 2, 3, 4, 5]
    assert [params.get("id") for params in reader.requests] == [None, "2", "4"]


@pytest.mark.parametrize("following", [[], rows(1, 2)])
def test_a_full_page_without_a_link_may_be_the_last(following):
    """If nothing new comes after a full page, it was the last: that costs one request, and no row comes twice."""
    reader = Pages(with_link(rows(1, 2)), with_link(following))
    assert ids_of(follow_links(reader, {"perPage": 2})) == [1, 2]
    assert len(reader.requests) == 2


def test_a_full_page_of_records_without_ids_is_the_last():
    """Without an id and a link nothing can be requested after the page."""
    reader = Pages(with_link([{"name": "a"}, {"name": "b"}]))
    assert len(list(follow_links(reader, {"perPage": 2}))) == len(reader.requests) == 1


def test_a_link_back_to_the_same_page_is_requested_again():
    """A page that links to itself is requested once more; if it then leads on, every record comes once."""
    reader = Pages(
        with_link(rows(1), "id=1"), with_link(rows(2), "id=1"), with_link(rows(2), "id=2"), with_link(rows(3))
    )
    assert ids_of(follow_links(reader, {})) == [1, 2, 3]


def test_an_empty_page_with_a_link_is_not_the_end():
    """The link of an empty page is followed; if it leads nowhere, the page is requested again, and then an error."""
    reader = Pages(with_link(rows(1), "id=1"), with_link([], "id=5"), with_link(rows(6)))
    assert ids_of(follow_links(reader, {})) == [1, 6]
    assert ids_of(follow_links(Pages(with_link([], "perPage=2"), with_link(rows(1))), {})) == [1]
    with pytest.raises(UnexpectedReply):
        list(follow_links(Pages(with_link([], "perPage=2")), {}))


def test_a_few_empty_pages_in_a_row_are_an_error():
    """Links that lead on for ever without a record are followed for a few pages only."""
    reader = Pages(*(with_link([], f"id={number}") for number in range(1000)))
    with pytest.raises(UnexpectedReply):
        list(follow_links(reader, {}))
    assert len(reader.requests) < 10


def test_pages_that_are_cut_at_a_maximum_are_read_on():
    """If 500 records were requested and 50 returned, the service may have its own maximum: it is no last page."""
    reader = Pages(with_link(rows(*range(50))), with_link(rows(*range(50, 60))))
    assert ids_of(follow_last_id(reader, {}, 500)) == list(range(60))


def test_a_link_says_more_than_the_last_id():
    """Where a list is paged by the last id, the parameters of a link take its place, unless they name no position."""
    reader = Pages(with_link(rows(1), "page=2&perPage=1"), with_link(rows(2), "perPage=1"), with_link(rows(3)))
    assert ids_of(follow_last_id(reader, {}, 500)) == [1, 2, 3]
    assert [(params.get("page"), params.get("id")) for params in reader.requests] == [
        (None, None),
        ("2", None),
        ("2", "2"),
    ]


def test_records_of_different_issues_may_have_the_same_id():
    """Issue and id together identify a record; an issue is known by its id even if its key changes meanwhile."""
    works = [{"id": 1, "issue": {"id": issue, "key": key}} for issue, key in (("a", "DEV-1"), ("b", "OPS-1"))]
    moved = {"id": 1, "issue": {"id": "a", "key": "OPS-9"}}
    reader = Pages(with_link(works, "page=2"), with_link([moved, {"id": 2, "issue": {"key": "OPS-9"}}]))
    assert [(record["issue"]["key"], record["id"]) for page in follow_links(reader, {}) for record in page.data] == [
        ("DEV-1", 1),
        ("OPS-1", 1),
        ("OPS-9", 2),
    ]


def test_repeated_records_without_ids_are_an_error():
    """A page of records without ids is not requested again: whether they are new cannot be known."""
    reader = Pages(with_link([{"name": "a"}, {"name": "b"}], "page=2"))
    with pytest.raises(UnexpectedReply, match="same page"):
        list(follow_links(reader, {}))
    assert len(reader.requests) == 2


def users(*users, has_next=None):
    """A page of users."""
    return Answer({"users": list(users)} | ({} if has_next is None else {"hasNext": has_next}), {}, URL)


def test_an_empty_page_of_users_with_more_to_come_is_requested_again():
    """`hasNext` says that users follow; if it never leads to one, that is an error."""
    empty = users(has_next=True)
    reader = Pages(users({"uid": 1}, has_next=True), empty, users({"uid": 2}))
    assert [user["uid"] for answer in follow_users(reader, {}, 100) for user in answer.data] == [1, 2]
    with pytest.raises(UnexpectedReply):
        list(follow_users(Pages(empty), {}, 100))


def test_users_without_a_uid_are_followed_by_their_id():
    """Users are identified by any of their ids; users without one are an error."""
    reader = Pages(users({"id": 1}, has_next=True), users({"id": 2}, has_next=False))
    assert [user["id"] for answer in follow_users(reader, {}, 100) for user in answer.data] == [1, 2]
    assert [params.get("id") for params in reader.requests] == [None, "1"]
    for user in ({"login": "x"}, "x"):
        with pytest.raises(UnexpectedReply, match="without an id"):
            list(follow_users(Pages(users(user, has_next=True)), {}, 100))


def entities(hits, *ids, **numbers):
    """A page of entities of which there are `hits` in all."""
    return Answer({"hits": hits, "values": rows(*ids), **numbers}, {}, URL)


def test_entities_that_are_missing_are_read_again():
    """If fewer records were returned than `hits` says, all pages are read again, and then it is an error."""
    reader = Pages(*(entities(3, *ids, pages=2) for ids in ([1, 2], [2], [1, 2], [3])))
    assert ids_of(follow_numbers(reader, {"perPage": 2})) == [1, 2, 3]
    with pytest.raises(UnexpectedReply, match="2 of 3"):
        list(follow_numbers(Pages(entities(3, 1, 2, pages=2)), {"perPage": 2}))


def test_entities_that_change_while_they_are_read_are_read_again():
    """If an entity leaves the list, others move to an earlier page: nothing of that reading is used."""
    reader = Pages(entities(4, 1, 2), entities(3, 4), entities(3, 2, 3), entities(3, 4))
    assert ids_of(follow_numbers(reader, {"perPage": 2})) == [2, 3, 4]


def test_entities_that_change_in_every_reading_are_an_error():
    """After three readings with changes no entity is given at all."""
    answers = follow_numbers(Pages(*(entities(hits, hits * 2, hits * 2 + 1) for hits in range(3, 40))), {"perPage": 2})
    with pytest.raises(UnexpectedReply, match="changed from"):
        next(answers)


def test_entities_from_a_later_page_on_are_of_one_moment_too():
    """From page 2 on fewer come than `hits` says, but a change while they are read counts all the same."""
    reader = Pages(entities(5, 3, 4), entities(4, 5), entities(4, 4, 5))
    assert ids_of(follow_numbers(reader, {"perPage": 2, "page": 2})) == [4, 5]


def test_a_list_of_the_service_is_read_by_its_own_paging(client, demo, make_operation):
    """`fetch_pages` knows the path and paging of each list; the parts of a path are quoted."""
    pages = list(fetch_pages(client, make_operation(), "changelog", names={"key": "DEV-1"}, params={"perPage": 1}))
    assert pages
    assert demo.journal[0].path == "/v3/issues/DEV-1/changelog"
    assert demo.journal[0].query["perPage"] == ["100"]
    with pytest.raises(NotFound):
        list(fetch_pages(client, make_operation(), "comments", names={"key": "DEV/1?x"}))


def test_reading_a_list_reports_its_progress(client, make_operation):
    """`fetch_records` joins all pages, and reports how many records were fetched."""
    reports = []
    operation = make_operation(progress=reports.append)
    records = operation.run(fetch_records, client, operation, "queues")
    assert [queue["key"] for queue in records]
    assert (reports[-1].what, reports[-1].done) == ("queues", len(records))


def test_a_list_of_another_shape_is_an_error(client, demo, make_operation):
    """If a list is no list of records, the request is repeated and then fails with UnexpectedReply."""
    demo.behaviour.faults.append(Fault("shape", "/statuses", times=100, body={"id": 1}))
    with pytest.raises(UnexpectedReply, match="something other than a list of records"):
        fetch_records(client, make_operation(), "statuses")
