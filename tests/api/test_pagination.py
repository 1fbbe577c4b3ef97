"""However the pages are cut, every record comes once; a service that leads in a circle is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api import Answer
from tracker_magic.api.pagination import follow_last_id, follow_links, follow_numbers, follow_users
from tracker_magic.errors import UnexpectedReply


def service(records, cut, *, links=True):
    """A list of records behind a cursor; page sizes are taken from `cut` in turn."""
    sizes = iter(cut)

    def ask(params):
        start = 0 if "id" not in params else 1 + [str(record["id"]) for record in records].index(str(params["id"]))
        page = records[start : start + next(sizes, 3)]
        more = page and start + len(page) < len(records)
        link = (
            f'<api.host/v3/x?perPage=5>; rel="first", <api.host/v3/x?id={page[-1]["id"]}&perPage=5>; rel="next"'
            if more
            else ""
        )
        return Answer(page, {"Link": link} if links else {}, "http://api.host/v3/x")

    return ask


@given(size=st.integers(0, 40), cut=st.lists(st.integers(1, 7), max_size=60))
def test_each_record_comes_once_however_pages_are_cut(size, cut):
    """Following links yields every record once, in order."""
    records = [{"id": number} for number in range(size)]
    pages = follow_links(service(records, cut), {"perPage": 5})
    assert [record for page in pages for record in page.data] == records


@given(size=st.integers(0, 40), per_page=st.integers(1, 7))
def test_each_record_comes_once_by_last_id(size, per_page):
    """Without links the last id leads on, until a page is not full."""
    records = [{"id": number} for number in range(size)]
    pages = follow_last_id(service(records, [per_page] * 100, links=False), {"perPage": per_page}, per_page)
    assert [record for page in pages for record in page.data] == records


def test_a_repeated_cursor_is_an_error():
    """A service that gives the same next page for ever does not hang the call."""
    same = Answer([{"id": 1}], {"Link": '<http://h/v3/x?id=1>; rel="next"'}, "http://h/v3/x")
    with pytest.raises(UnexpectedReply, match="same page"):
        list(follow_links(lambda _: same, {}))
    with pytest.raises(UnexpectedReply, match="same page"):
        list(follow_last_id(lambda _: Answer([{"id": 1}], {}, "http://h/v3/x"), {}, 1))


def test_a_next_link_without_a_cursor_is_the_end():
    """A `next` that leads nowhere ends the list."""
    last = Answer([{"id": 1}], {"Link": '<http://h/v3/x?perPage=50>; rel="next"'}, "http://h/v3/x")
    assert len(list(follow_links(lambda _: last, {}))) == 1


def rows(*numbers):
    """Records with these ids."""
    return [{"id": number} for number in numbers]


def answers(*given):
    """What a service answers in turn (data, next), the last one for ever; a next of None is no link."""
    left = list(given)
    asked = []

    def ask(params):
        asked.append(dict(params))
        data, following = left.pop(0) if len(left) > 1 else left[0]
        link = {} if following is None else {"Link": f'<h/v3/x?{following}>; rel="next"'}
        return Answer(data, link, "http://h/v3/x")

    return ask, asked


def came(pages):
    """The ids of all records."""
    return [record["id"] for page in pages for record in page.data]


def test_a_next_without_a_cursor_is_followed_by_the_last_id():
    """Records that come after the last one are not lost, whatever the link leaves out."""
    ask, asked = answers((rows(1, 2), "perPage=2"), (rows(3), None))
    assert came(follow_links(ask, {})) == [1, 2, 3]
    assert asked[1]["id"] == "2"


def test_a_full_page_without_a_link_may_not_be_the_last():
    """What comes after its last record is asked for: a lost header loses no row."""
    ask, asked = answers((rows(1, 2), None), (rows(3, 4), None), (rows(5), None))
    assert came(follow_links(ask, {"perPage": 2})) == [1, 2, 3, 4, 5]
    assert [each.get("id") for each in asked] == [None, "2", "4"]


@pytest.mark.parametrize(("following", "requests"), [([], 2), ([{"id": 1}, {"id": 2}], 2)])
def test_a_full_page_without_a_link_that_is_the_last(following, requests):
    """Nothing comes after it, or a service that knows no `id` gives it again: one request more, no row twice."""
    ask, asked = answers((rows(1, 2), None), (following, None))
    assert came(follow_links(ask, {"perPage": 2})) == [1, 2]
    assert len(asked) == requests


def test_a_full_page_of_records_without_an_id_is_the_last():
    """Nothing names a place after it."""
    ask, asked = answers(([{"name": "a"}, {"name": "b"}], None))
    assert len(list(follow_links(ask, {"perPage": 2}))) == len(asked) == 1


def test_a_link_back_to_the_same_page_is_followed_when_it_gets_well():
    """The page is asked for once more, and taken once."""
    ask, _ = answers((rows(1), "id=1"), (rows(2), "id=1"), (rows(2), "id=2"), (rows(3), None))
    assert came(follow_links(ask, {})) == [1, 2, 3]


def test_an_empty_page_in_the_middle_is_no_end():
    """With a link onward it is passed; with one to itself it is asked for again; where it stays empty, that is told."""
    ask, _ = answers((rows(1), "id=1"), ([], "id=5"), (rows(6), None))
    assert came(follow_links(ask, {})) == [1, 6]
    ask, _ = answers(([], "perPage=2"), (rows(1), None))
    assert came(follow_links(ask, {})) == [1]
    ask, _ = answers(([], "perPage=2"))
    with pytest.raises(UnexpectedReply):
        list(follow_links(ask, {}))


def test_links_that_lead_on_for_ever_without_rows_are_left():
    """A few pages without anything new, then an error."""
    number = iter(range(1000))
    with pytest.raises(UnexpectedReply):
        list(follow_links(lambda _: Answer([], {"Link": f'<h?id={next(number)}>; rel="next"'}, "http://h"), {}))
    assert next(number) < 10


def test_a_service_that_cuts_lower_than_asked_is_read_on():
    """500 were asked for, 50 came: that is no last page."""
    ask, _ = answers((rows(*range(50)), None), (rows(*range(50, 60)), None))
    assert came(follow_last_id(ask, {}, 500)) == list(range(60))


def test_paging_that_is_not_documented_ends_where_nothing_new_comes():
    """A service that takes no id gives the same again: the end after a short page, an error after a full one."""
    ask, _ = answers((rows(1, 2), None))
    assert came(follow_last_id(ask, {}, 500, to_the_end=True)) == [1, 2]
    ask, _ = answers((rows(1, 2), None))
    with pytest.raises(UnexpectedReply):
        list(follow_last_id(ask, {}, 2, to_the_end=True))


def test_an_empty_page_of_users_with_more_to_come_is_asked_for_again():
    """`hasNext` counts; where it leads nowhere, that is told."""
    some = [{"users": [{"uid": 1}], "hasNext": True}, {"users": [], "hasNext": True}, {"users": [{"uid": 2}]}]
    left = iter(some)
    pages = follow_users(lambda _: Answer(next(left), {}, "http://h"), {}, 100)
    assert [user["uid"] for page in pages for user in page.data] == [1, 2]
    with pytest.raises(UnexpectedReply):
        list(follow_users(lambda _: Answer(some[1], {}, "http://h"), {}, 100))


def test_entities_that_shift_between_pages_are_read_again():
    """`hits` says how many there are; fewer, twice, is an error."""
    bodies = [rows(1, 2), rows(2), rows(1, 2), rows(3)]
    left = iter(bodies)
    read = follow_numbers(lambda _: Answer({"hits": 3, "pages": 2, "values": next(left)}, {}, ""), {"perPage": 2})
    assert came(read) == [1, 2, 3]
    with pytest.raises(UnexpectedReply, match="2 of 3"):
        list(follow_numbers(lambda _: Answer({"hits": 3, "pages": 2, "values": rows(1, 2)}, {}, ""), {"perPage": 2}))


def numbered(*given):
    """What pages of two entities answer in turn: hits, ids of this page."""
    left = iter(given)

    def ask(_):
        hits, ids = next(left)
        return Answer({"hits": hits, "values": rows(*ids)}, {}, "")

    return ask


def test_a_reading_during_which_an_entity_left_is_none():
    """Page 2 begins one later than it was: what was drawn past the end of page 1 comes, and what left does not."""
    ask = numbered((4, [1, 2]), (3, [4]), (3, [2, 3]), (3, [4]))
    assert came(follow_numbers(ask, {"perPage": 2})) == [2, 3, 4]


def test_entities_that_change_all_the_time_are_an_error():
    """A few readings, and nothing of them."""
    pages = [(hits, [hits * 2, hits * 2 + 1]) for hits in range(3, 40)]
    read = follow_numbers(numbered(*pages), {"perPage": 2})
    with pytest.raises(UnexpectedReply, match="changed from"):
        next(read)


def test_a_part_of_the_entities_must_not_shift_either():
    """From page 2 on: fewer than there are in all, but of one moment."""
    ask = numbered((5, [3, 4]), (4, [5]), (4, [4, 5]))
    assert came(follow_numbers(ask, {"perPage": 2, "page": 2})) == [4, 5]


@pytest.mark.parametrize("numbers", [{"hits": "1"}, {"hits": 1, "pages": -1}, {"hits": 1, "pages": 1.5}])
def test_numbers_of_entities_that_are_none_are_told(numbers):
    """A typed error, whatever stands there."""
    with pytest.raises(UnexpectedReply):
        list(follow_numbers(lambda _: Answer({"values": [], **numbers}, {}, ""), {}))


def test_a_circle_of_records_without_ids_is_told():
    """A page that is asked for again would give its rows twice, and nobody could tell."""
    named, asks = [{"name": "a"}, {"name": "b"}], []

    def ask(params):
        asks.append(params)
        return Answer(named, {"Link": '<h/v3/x?page=2>; rel="next"'}, "")

    with pytest.raises(UnexpectedReply, match="same page"):
        list(follow_links(ask, {}))
    assert len(asks) == 2


def test_users_without_a_uid_are_followed_by_their_id_or_told():
    """Whatever tells them apart leads on; nothing does: a typed error."""
    pages = iter([{"users": [{"id": 1}], "hasNext": True}, {"users": [{"id": 2}], "hasNext": False}])
    asked = []

    def ask(params):
        asked.append(params.get("id"))
        return Answer(next(pages), {}, "")

    assert [user["id"] for page in follow_users(ask, {}, 100) for user in page.data] == [1, 2]
    assert asked == [None, "1"]
    for user in ({"login": "x"}, "x"):
        with pytest.raises(UnexpectedReply, match="without an id"):
            list(follow_users(lambda _, user=user: Answer({"users": [user], "hasNext": True}, {}, ""), {}, 100))
