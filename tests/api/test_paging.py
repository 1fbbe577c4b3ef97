"""However the pages are cut, every record comes once; a service that leads in a circle is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.api import Answer
from tracker_magic.api.paging import follow_last_id, follow_links
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
