"""Everybody's worklog, however the service numbers and pages its records, and while records come and go."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest


def all_works(demo):
    """Every work record that the login may see, with its issue's key."""
    hidden = {queue.key for queue in demo.world.queues.values() if queue.hidden}
    return [
        (issue.key, work)
        for issue in demo.world.issues.values()
        if issue.values["queue"] not in hidden
        for work in issue.worklog
    ]


EAST, WEST = (timezone(timedelta(hours=hours)) for hours in (14, -12))


@pytest.mark.parametrize("tz", ["UTC", "Europe/Moscow", "America/New_York"])
@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("0001-01-01", "9999-12-31"),
        ("0900-02-01", "9999-12-31 23:59:59"),
        (date.min, date.max),
        (datetime.min.replace(tzinfo=EAST), datetime.max.replace(tzinfo=WEST)),
        (datetime(1700, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_ends_of_the_calendar_mean_all_work(tracker, demo, since, until, tz):
    """Days at either end of the calendar are accepted in every zone and exclude no record."""
    frame = tracker.worklog(since=since, until=until, tz=tz)
    assert sorted(frame["key"]) == sorted(key for key, _ in all_works(demo))
    one = demo.world.issues[frame["key"][0]]
    assert len(tracker.worklog(one.key, since=since, until=until, tz=tz)) == len(one.worklog)
    assert len(tracker.worklog(since=until, tz=tz)) == 0
    assert len(tracker.worklog(one.key, until=since, tz=tz)) == 0


def test_a_filter_takes_the_ends_of_the_calendar(tracker):
    """Moments at the ends of the calendar in a filter select every issue, whatever their zone."""
    created = {"from": datetime.min.replace(tzinfo=EAST), "to": datetime.max.replace(tzinfo=WEST)}
    assert tracker.count(filter={"queue": "DEV", "createdAt": created}) == tracker.count("Queue: DEV")
