"""Criteria as the service takes them: ordered, counted, cut to a range of creation."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tracker_magic.api import Criteria
from tracker_magic.api.criteria import EVERYTHING, Range, api_time, shifted

DAY = datetime(2026, 1, 1, tzinfo=UTC)
NEXT_DAY = DAY + timedelta(days=1)


def test_a_moment_is_written_in_utc():
    """The API gets milliseconds in UTC, whatever zone the moment was given in."""
    moment = datetime(2026, 1, 1, 3, 0, 7, 999, tzinfo=timezone(timedelta(hours=3)))
    assert api_time(moment) == "2026-01-01T00:00:07.000+0000"


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_the_ends_of_the_calendar_can_be_written(hours):
    """The first and last moments of the calendar are written with four digits of the year, whatever their zone."""
    zone = timezone(timedelta(hours=hours))
    first, last = datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone)
    assert api_time(first) == "0001-01-01T00:00:00.000+0000"
    assert api_time(last) == "9999-12-31T23:59:59.999+0000"
    assert Range(first, last).clause == 'Created: >= "0001-01-01 00:00:00" AND Created: < "9999-12-31 23:59:59"'
    assert shifted(first, -timedelta(hours=12)) == datetime.min.replace(tzinfo=UTC)
    assert shifted(last, timedelta(hours=12)) == datetime.max.replace(tzinfo=UTC)
    assert shifted(DAY, timedelta(hours=12)) == DAY + timedelta(hours=12)


def test_neighbouring_ranges_share_their_bound():
    """In a query the same text bounds both ranges, and the user's query stays in brackets."""
    criteria = Criteria(query="Queue: DEV OR Queue: OPS")
    before, after = criteria.within(Range(None, DAY)), criteria.within(Range(DAY))
    assert before.query == '(Queue: DEV OR Queue: OPS) AND Created: < "2026-01-01 00:00:00"'
    assert after.query == '(Queue: DEV OR Queue: OPS) AND Created: >= "2026-01-01 00:00:00"'
    assert criteria.within(EVERYTHING) == criteria


def test_a_range_of_a_filter_has_full_timestamps():
    """In a filter object both ends of the range are timestamps in UTC."""
    criteria = Criteria(filter={"queue": "DEV"}).within(Range(DAY, NEXT_DAY))
    assert criteria.filter == {
        "queue": "DEV",
        "createdAt": {"from": "2026-01-01T00:00:00.000+0000", "to": "2026-01-02T00:00:00.000+0000"},
    }


def test_criteria_with_an_order_or_a_range_of_creation_are_not_cut():
    """A search may be cut into ranges unless it has an order or filters by creation itself."""
    assert Criteria(query="Queue: DEV").can_be_cut
    assert Criteria(filter={"queue": "DEV"}).can_be_cut
    assert not Criteria(filter={"createdAt": {"from": "2026-01-01"}}).can_be_cut
    assert not Criteria(filter={"queue": "DEV"}, order=("+key",)).can_be_cut
    assert not Criteria(query='Queue: DEV "Sort By": Key').can_be_cut


def test_the_order_of_creation_is_part_of_the_request():
    """A query is sorted in its text, a filter by `order`."""
    by_query = Criteria(query="Queue: DEV").by_creation()
    by_filter = Criteria(filter={"queue": "DEV"})
    assert by_query.is_ordered
    assert "Sort By" in str(by_query.query)
    assert by_filter.by_creation().order == ("+createdAt",)
    assert by_filter.by_creation(is_newest_first=True).order == ("-createdAt",)
    assert Criteria(query="Queue: DEV").by_creation(is_newest_first=True).query == 'Queue: DEV "Sort By": Created DESC'


def test_a_count_sends_no_order():
    """The body of a search has the order, that of a count has not."""
    criteria = Criteria(filter={"queue": "DEV"}, order=("-key",))
    assert criteria.body() == {"filter": {"queue": "DEV"}, "order": ["-key"]}
    assert criteria.body(counting=True) == {"filter": {"queue": "DEV"}}
    assert Criteria(query="Queue: DEV").body() == {"query": "Queue: DEV"}
