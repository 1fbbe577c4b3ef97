"""Everybody's worklog, however the service numbers and pages its records, and while records come and go."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.issue_lists import Work

SEARCH = "/worklog/_search"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
EAST, WEST = (timezone(timedelta(hours=hours)) for hours in (14, -12))
numbers = count(5_000_000)


def add_work(demo, key, at):
    """Add a record that was created, and begun, at that time; its duration in seconds identifies it."""
    number = next(numbers)
    demo.world.issues[key].worklog.append(Work(number, demo.world.me, at, number, at, at))


def visible_works(demo):
    """How often each record that the login may see should be returned, by issue and hours."""
    hidden = {queue.key for queue in demo.world.queues.values() if queue.hidden}
    issues = [issue for issue in demo.world.issues.values() if issue.values["queue"] not in hidden]
    return Counter((issue.key, work.seconds / 3600) for issue in issues for work in issue.worklog)


def rows_of(frame):
    """How often each record was returned, by issue and hours."""
    return Counter(zip(frame["key"], frame["duration"], strict=True))


def searches(demo):
    """The requests for everybody's worklog."""
    return [request for request in demo.journal if request.path.endswith(SEARCH)]


@pytest.fixture(params=[(ids, paging) for ids in ("global", "issue") for paging in ("page", "id")])
def _every_form(request, demo):
    """Each way in which the service may number and page the records."""
    demo.behaviour.worklog_ids, demo.behaviour.worklog_paging = request.param


@pytest.fixture
def set_works(demo):
    """Replaces all work records by this number of new ones on two issues, created over the last years."""
    before = {key: issue.worklog for key, issue in demo.world.issues.items()}

    def replace_works(number):
        for issue in demo.world.issues.values():
            issue.worklog = []
        for position in range(number):
            age = timedelta(hours=26_000) * (number - position) / number
            add_work(demo, ("DEV-1", "OPS-1")[position % 2], NOW - age)

    yield replace_works
    with demo.lock:
        for key, worklog in before.items():
            demo.world.issues[key].worklog = worklog


# However records are numbered and paged.


@pytest.mark.parametrize("number", [54, 1200])
@pytest.mark.usefixtures("_every_form")
def test_every_record_comes_once(tracker, demo, set_works, number):
    """Every record comes once, whether its id is unique in the organisation or in its issue, however they are paged."""
    set_works(number)
    frame = tracker.worklog(since="2020-01-01")
    assert rows_of(frame) == visible_works(demo)
    assert len(frame.drop_duplicates(["key", "id"])) == number
    assert not frame.attrs["tracker"]["truncated"]
    assert number > 54 or len(searches(demo)) <= 2
    assert rows_of(tracker.worklog(["DEV-1", "OPS-1"])) == visible_works(demo)


@pytest.mark.parametrize("fault", ["end_early", "repeat", "duplicate", "empty_page"])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_flawed_page_loses_no_record(tracker, demo, set_works, fault, skip):
    """A page without its link, without its rows or with rows of another page does not change the result."""
    set_works(1200)
    demo.behaviour.link_scheme = False
    demo.behaviour.faults.append(Fault(fault, SEARCH, skip=skip))
    assert rows_of(tracker.worklog(since="2020-01-01")) == visible_works(demo)


@pytest.mark.parametrize("ids", ["global", "issue"])
def test_raw_records_come_once(tracker, demo, set_works, ids):
    """`t.get` and `t.post` return every record once, too, whatever its id is unique in."""
    demo.behaviour.worklog_ids = ids
    set_works(130)
    for records in (tracker.get("worklog"), tracker.post("worklog/_search", {})):
        assert len({(record["issue"]["id"], record["id"]) for record in records}) == len(records) == 130


def test_a_service_that_always_returns_the_same_page(tracker, demo):
    """If number and id are ignored, a page that is not full is all; a full one is an error with its records."""
    works = [{"id": number, "start": "2026-01-01T00:00:00.000+0000"} for number in range(100)]
    demo.behaviour.faults.append(Fault("shape", SEARCH, times=2, body=works[:54]))
    assert len(tracker.worklog(since="2020-01-01")) == 54
    demo.behaviour.faults.append(Fault("shape", SEARCH, times=1000, body=works))
    with pytest.raises(errors.Incomplete, match="the same work records again") as caught:
        tracker.worklog(since="2020-01-01")
    assert len(caught.value.partial) == 100
    assert len(searches(demo)) < 200


# More than the service pages.


@pytest.mark.usefixtures("_every_form")
def test_records_beyond_the_window_come_too(tracker, demo, set_works):
    """If the service refuses pages beyond a number of records, ranges of creation times are read that share a bound."""
    demo.behaviour.worklog_window = 1000
    set_works(2600)
    assert rows_of(tracker.worklog(created_by=tracker.me.login)) == visible_works(demo)
    ranges = [request.body["createdAt"] for request in searches(demo)]
    bounds = [{each.get(name) for each in ranges} for name in ("from", "to")]
    assert len(bounds[0] & bounds[1]) >= 2
    assert any("from" not in each for each in ranges)


def test_more_than_ten_thousand_records_are_read_in_ranges(tracker, demo, set_works):
    """If more records are reported than the service pages, the range is cut at once."""
    set_works(10_300)
    frame = tracker.worklog(since="2020-01-01")
    assert rows_of(frame) == visible_works(demo)
    assert {request.status for request in searches(demo)} == {200}
    assert len(searches(demo)) <= 27


def test_a_range_that_is_refused_for_its_size_is_cut(tracker, demo, set_works):
    """If the first page is refused, but not that of an empty range, the range is too large."""
    set_works(300)
    demo.behaviour.faults.append(Fault("status", SEARCH, status=400))
    assert rows_of(tracker.worklog(since="2020-01-01")) == visible_works(demo)


def test_a_request_that_is_refused_whatever_its_range_is_an_error(tracker, demo):
    """If an empty range is refused, too, the refusal is the error; no smaller ranges are tried."""
    demo.behaviour.faults.append(Fault("status", SEARCH, status=400, times=1000))
    with pytest.raises(errors.BadQuery, match="Injected"):
        tracker.worklog(since="2020-01-01")
    assert len(searches(demo)) == 2


# While records come and go.


@pytest.mark.parametrize("paging", ["page", "id"])
def test_records_that_keep_coming_do_not_prolong_the_call(tracker, demo, set_works, paging):
    """Records created after the call began, on the service's clock, are not read, so that the call ends."""
    demo.behaviour.worklog_paging, demo.behaviour.clock_ahead_s = paging, -60.0
    set_works(700)
    expected = visible_works(demo)

    def add():
        for _ in range(600):
            add_work(demo, "DEV-1", datetime.now(UTC))

    demo.behaviour.faults.append(Fault("hook", SEARCH, times=40, hook=add))
    assert rows_of(tracker.worklog(since="2020-01-01", timeout=30)) == expected
    assert len(searches(demo)) < 10


@pytest.mark.parametrize("ahead_s", [3600.0, 0.0, None])
def test_a_record_of_this_moment_is_read(tracker, demo, set_works, ahead_s):
    """A record that was there when the call began is read, wherever the service's clock stands, known or not."""
    set_works(1)
    demo.behaviour.clock_ahead_s = ahead_s
    add_work(demo, "OPS-1", datetime.now(UTC) + timedelta(seconds=3600 if ahead_s is None else ahead_s))
    assert rows_of(tracker.worklog(since="2020-01-01")) == visible_works(demo)
    add_work(demo, "OPS-1", datetime.now(UTC) + timedelta(seconds=3600 if ahead_s is None else ahead_s))
    assert rows_of(tracker.worklog(since="2020-01-01")) == visible_works(demo)


@pytest.mark.usefixtures("_every_form")
@pytest.mark.parametrize("added", [0, 1])
@pytest.mark.parametrize("skip", [1, 2])
def test_a_record_that_is_deleted_meanwhile_hides_no_other(tracker, demo, set_works, skip, added):
    """A deletion between two pages moves others to the page before: they come, even if an addition restores a total."""
    set_works(1200)
    before = visible_works(demo)

    def change():
        demo.world.issues["DEV-1"].worklog.pop(0)
        for _ in range(added):
            add_work(demo, "OPS-1", datetime.now(UTC))

    demo.behaviour.faults.append(Fault("hook", SEARCH, skip=skip, hook=change))
    rows = rows_of(tracker.worklog(since="2020-01-01"))
    stayed = before & visible_works(demo)
    assert stayed.total() == 1199
    assert stayed - rows == Counter()


def test_a_total_that_is_never_reached_is_an_error(tracker, demo, set_works):
    """If fewer records come than reported, however small the range, Incomplete has those that came."""
    set_works(1200)
    demo.behaviour.faults.append(Fault("miscount", SEARCH, times=1000, by=3))
    with pytest.raises(errors.Incomplete, match=r"only \d+ of \d+ records were returned") as caught:
        tracker.worklog(since="2020-01-01")
    assert caught.value.fetched == len(caught.value.partial) == 1200
    assert len(searches(demo)) < 30


# The ends of the calendar.


@pytest.mark.parametrize("tz", ["UTC", "Europe/Moscow", "America/New_York"])
@pytest.mark.parametrize(
    "days",
    [
        ("0001-01-01", "9999-12-31"),
        ("0900-02-01", "9999-12-31 23:59:59"),
        (date.min, date.max),
        (datetime.min.replace(tzinfo=EAST), datetime.max.replace(tzinfo=WEST)),
        (datetime(1700, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_ends_of_the_calendar_mean_all_work(tracker, demo, set_works, days, tz):
    """Days at either end of the calendar are accepted in every zone and exclude no record."""
    since, until = days
    set_works(10)
    assert rows_of(tracker.worklog(since=since, until=until, tz=tz)) == visible_works(demo)
    assert len(tracker.worklog("DEV-1", since=since, until=until, tz=tz)) == 5
    assert len(tracker.worklog(since=until, tz=tz)) == 0
    assert len(tracker.worklog("DEV-1", until=since, tz=tz)) == 0


@pytest.mark.parametrize("until", ["2026-03-01", "2026-04-01", date(2026, 3, 31), datetime(2026, 4, 1, tzinfo=EAST)])
@pytest.mark.parametrize("source", [None, "DEV-1"])
def test_days_in_the_wrong_order_are_refused(tracker, demo, source, until):
    """A range of days that has no moment is an error, not an empty frame; nothing is sent."""
    with pytest.raises(errors.BadOption, match=r"since \(2026-04-01\) must be before until"):
        tracker.worklog(source, since="2026-04-01", until=until)
    assert not demo.journal


def test_a_filter_takes_the_ends_of_the_calendar(tracker):
    """Moments at the ends of the calendar in a filter select every issue, whatever their zone."""
    created = {"from": datetime.min.replace(tzinfo=EAST), "to": datetime.max.replace(tzinfo=WEST)}
    assert tracker.count(filter={"queue": "DEV", "createdAt": created}) == tracker.count("Queue: DEV")


@pytest.mark.parametrize("person", ["", " ", ["kotova"], "nobody"])
def test_work_of_nobody_is_an_error(tracker, person):
    """A `created_by` that is no login or uid of a user is an error, not everybody's work or an empty frame."""
    with pytest.raises(errors.BadOption):
        tracker.worklog(created_by=person)
