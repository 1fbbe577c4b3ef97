"""What hangs on issues."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.issue_lists import Change


def longest(demo, part="events"):
    """The issue with most of something."""
    return max(demo.world.issues.values(), key=lambda issue: len(getattr(issue, part)))


def test_the_history_is_whole_beyond_a_page(tracker, demo):
    """Every entry of an issue with more than 50 comes once, in the service's order, fields in theirs."""
    issue = longest(demo)
    assert len(issue.events) > 50
    log = tracker.changelog(issue.key)
    assert list(dict.fromkeys(log["id"])) == [event.id for event in issue.events]
    assert len(log) == sum(max(1, len(event.changes)) for event in issue.events)
    assert log["type"].iloc[0] == "IssueCreated"


def test_the_history_comes_by_issue_in_the_order_asked(tracker):
    """A list of keys keeps its order, a query goes by queue and number, a frame by its rows."""
    keys = ["DEV-12", "DEV-3", "DEV-7"]
    assert list(dict.fromkeys(tracker.changelog(keys)["key"])) == keys
    assert list(dict.fromkeys(tracker.changelog("DEV-12, DEV-3")["key"])) == ["DEV-12", "DEV-3"]
    frame = tracker.issues("DEV-7, DEV-3", fields="key")
    assert list(dict.fromkeys(tracker.changelog(frame)["key"])) == ["DEV-7", "DEV-3"]
    by_query = tracker.changelog("Key: DEV-12, DEV-3, DEV-7")
    assert list(dict.fromkeys(by_query["key"])) == ["DEV-3", "DEV-7", "DEV-12"]


def test_the_history_can_be_narrowed(tracker):
    """`fields` and `types` keep only those changes, one or several of each."""
    keys = [f"DEV-{number}" for number in range(1, 30)]
    whole = tracker.changelog(keys)
    status = tracker.changelog(keys, fields="status")
    assert set(status["field"]) == {"status"}
    assert len(status) == (whole["field"] == "status").sum()
    several = tracker.changelog(keys, fields=["status", "assignee"])
    assert len(several) == whole["field"].isin(["status", "assignee"]).sum()
    moves = tracker.changelog(keys, types=["IssueWorkflow"])
    assert moves["id"].nunique() == whole.loc[whole["type"] == "IssueWorkflow", "id"].nunique()


def test_comments_are_whole_beyond_fifty(tracker, demo):
    """The service cuts at 50 in silence; the frame does not."""
    issue = longest(demo, "comments")
    assert len(issue.comments) > 50
    frame = tracker.comments(issue.key)
    assert list(frame["id"]) == [str(comment.id) for comment in issue.comments]
    assert list(frame["text"]) == [comment.text for comment in issue.comments]


def test_links_say_their_relation_from_the_issues_side(tracker, demo):
    """Outward and inward links of one pair read as the link type's two names."""
    issue = next(issue for issue in demo.world.issues.values() if issue.links and issue.key.startswith("DEV"))
    types = tracker.link_types(lang="en").set_index("id")
    frame = tracker.links(issue.key, lang="en")
    assert len(frame) == len(issue.links)
    for row in frame.itertuples():
        assert row.relation == types.loc[row[list(frame.columns).index("type.id") + 1], row.direction]


def test_work_is_cut_by_days_worked_in_the_zone(tracker, demo):
    """`since` and `until` are half-open days of `start`; attrs name both ranges."""
    works = [work for issue in demo.world.issues.values() for work in issue.worklog]
    day = sorted(work.start for work in works)[len(works) // 2].date()
    until = day + timedelta(days=3)
    frame = tracker.worklog(since=str(day), until=until)
    expected = {
        str(work.id)
        for work in works
        if day <= work.start.date() < until and work.created_at.date() >= day - timedelta(days=31)
    }
    assert set(frame["id"]) == expected
    ranges = frame.attrs["tracker"]["ranges"]
    assert ranges["started"][0].startswith(str(day))
    assert ranges["created"][0] < ranges["started"][0]
    moscow = tracker.worklog(since=str(day), tz="Europe/Moscow")
    assert moscow["start"].min() >= pd.Timestamp(day, tz="Europe/Moscow")


def test_work_of_issues_and_of_a_person_agree_with_everybodys(tracker):
    """The same records come by issue, by person, and in all."""
    everybody = tracker.worklog(since="2020-01-01")
    one = everybody["key"].iloc[0]
    assert set(tracker.worklog(one)["id"]) == set(everybody.loc[everybody["key"] == one, "id"])
    users = tracker.users().set_index("id")
    uid = everybody["createdBy.id"].iloc[0]
    login = users.loc[uid, "login"]
    mine = everybody[everybody["createdBy.id"] == uid]
    assert set(tracker.worklog(created_by=login)["id"]) == set(mine["id"])
    assert set(tracker.worklog(one, created_by=login)["id"]) == set(mine.loc[mine["key"] == one, "id"])
    assert everybody["duration"].dtype == "float64"
    assert everybody.attrs["tracker"]["units"] == {"duration": "h"}


def test_everybodys_work_of_all_time_is_no_accident(tracker):
    """Neither a source, a person nor a day is an error; so is a day that is none."""
    with pytest.raises(errors.BadOption, match="since"):
        tracker.worklog()
    with pytest.raises(errors.BadOption, match="no day"):
        tracker.worklog(since="yesterday-ish")
    with pytest.raises(errors.BadOption, match="local copy"):
        tracker.comments("@dev")


@pytest.mark.parametrize(
    "name", ["comments", "links", "attachments", "checklists", "transitions", "worklog", "changelog"]
)
def test_an_empty_list_has_the_columns_of_a_full_one(tracker, demo, name):
    """Whether an issue has any or none, or no issue was found: columns and dtypes are the same."""
    attribute = {"changelog": "events", "checklists": "checklist"}.get(name, name)
    full = max(demo.world.issues.values(), key=lambda issue: len(getattr(issue, attribute, "x")))
    frames = [getattr(tracker, name)([full.key])]
    frames.append(getattr(tracker, name)([issue.key for issue in list(demo.world.issues.values())[:3]]))
    nothing = tracker.issues('Queue: DEV Summary: "found nowhere"')
    frames += [getattr(tracker, name)(source) for source in (nothing, nothing["key"])]
    assert [len(frame) for frame in frames[2:]] == [0, 0]
    assert {tuple(frame.columns) for frame in frames} == {tuple(frames[0].columns)}
    assert {tuple(frame.dtypes) for frame in frames} == {tuple(frames[0].dtypes)}


def test_progress_is_told_while_it_runs(tracker):
    """The callable hears of every step, and last that it is finished."""
    heard = []
    log = tracker.changelog(["DEV-1", "DEV-2", "DEV-3"], progress=heard.append)
    assert [(step.what, step.done) for step in heard[:3]] == [("issues", 1), ("issues", 2), ("issues", 3)]
    assert (heard[-1].what, heard[-1].done, heard[-1].finished) == ("changes", len(log), True)
    heard.clear()
    tracker.issues("Queue: DEV, OPS, DESIGN", fields="key", progress=heard.append)
    assert heard[-1].finished
    assert heard[-1].done == heard[-1].total


def test_a_failure_in_the_middle_ends_everything(tracker, demo):
    """A refusal of one issue's list ends the call, which keeps what came before; no thread goes on asking."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", path="DEV-5/comments", status=400, times=10))
    with pytest.raises(errors.Incomplete, match="4 of 59 issues answered, DEV-5 did not") as caught:
        tracker.comments([f"DEV-{number}" for number in range(1, 60)])
    before = [demo.world.issues[f"DEV-{number}"] for number in range(1, 5)]
    assert set(caught.value.partial["id"]) == {str(each.id) for issue in before for each in issue.comments}
    assert len([seen for seen in demo.journal if seen.path.endswith("/comments")]) < 59


def test_a_day_is_a_day_however_it_is_given(tracker):
    """Text, date, datetime and Timestamp mean the same moment."""
    given = ["2026-10-05", date(2026, 10, 5), pd.Timestamp("2026-10-05"), pd.Timestamp("2026-10-05", tz="UTC")]
    results = [list(tracker.worklog(since=each)["id"]) for each in given]
    assert all(result == results[0] for result in results)


def test_local_fields_are_named_in_the_history_as_in_frames(tracker, demo):
    """QUEUE.KEY, also as what to narrow by."""
    changed = next(
        (issue.key, change.field)
        for issue in demo.world.issues.values()
        for event in issue.events
        for change in event.changes
        if "--" in change.field and issue.key.startswith("DEV-")
    )
    key, full = changed
    name = f"DEV.{full.rpartition('--')[2]}"
    assert name in set(tracker.changelog(key)["field"])
    assert set(tracker.changelog(key, fields=name)["field"]) == {name}
    assert len(tracker.changelog(key, fields=[name, "status"])) > len(tracker.changelog(key, fields=name))


def test_what_came_before_a_failure_is_kept(tracker, demo):
    """When the service stays away in the middle, the error holds a frame of the issues that answered."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", path="DEV-30/comments", status=503, times=1000))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.comments([f"DEV-{number}" for number in range(1, 40)], timeout=3)
    assert caught.value.fetched >= 20
    assert set(caught.value.partial["key"]) <= {f"DEV-{number}" for number in range(1, 30)}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("changelog", [{"id": "1", "fields": ["x"]}]),
        ("changelog", [{"id": "1", "fields": 5}]),
    ],
)
def test_a_history_of_another_shape_is_told(tracker, demo, name, body):
    """It is asked for again; where it stays so, that is a typed error."""
    tracker.me
    demo.behaviour.faults.append(Fault("shape", f"/DEV-1/{name}", body=body))
    assert len(getattr(tracker, name)("DEV-1"))
    demo.behaviour.faults.append(Fault("shape", f"/DEV-1/{name}", body=body, times=1000))
    with pytest.raises((errors.UnexpectedReply, errors.TimedOut)):
        getattr(tracker, name)("DEV-1", timeout=0.5)


def test_a_field_or_person_that_is_a_text_is_taken_as_such(tracker, demo):
    """The service's own form is an object; nothing falls over another."""
    tracker.me
    demo.behaviour.faults.append(
        Fault("shape", "/DEV-1/changelog", body=[{"id": "1", "fields": [{"field": "status"}]}])
    )
    assert list(tracker.changelog("DEV-1")["field"]) == ["status"]
    work = [{"id": 1, "createdBy": tracker.me.id}, {"id": 2, "createdBy": "x"}]
    demo.behaviour.faults.append(Fault("shape", "/DEV-1/worklog", body=work))
    assert list(tracker.worklog("DEV-1", created_by=tracker.me.login)["id"]) == ["1"]


@pytest.fixture
def left(demo):
    """An issue, its former key, and a local field of the queue it has left, of which its history has a change."""
    local = {field.queue: field.id for field in demo.world.local_fields.values()}
    issue, key = next(
        (issue, key)
        for issue in demo.world.issues.values()
        for key in issue.aliases
        if key.rpartition("-")[0] in local.keys() - {issue.key.rpartition("-")[0]}
    )
    queue = key.rpartition("-")[0]
    change = Change(local[queue], None, "x")
    added = replace(issue.events[0], id="7033f98000000000000000ff", type="IssueUpdated", changes=(change,))
    issue.events.insert(1, added)
    yield issue, key, f"{queue}.{local[queue].rpartition('--')[2]}"
    issue.events.remove(added)


@pytest.mark.parametrize("types", [None, "IssueUpdated"])
def test_a_local_field_of_a_queue_that_was_left_keeps_its_name(tracker, left, types):
    """The history tells of the move, or the former key that was asked for does, or the field itself."""
    issue, former, name = left
    assert name in set(tracker.changelog(former, types=types)["field"])
    assert types or name in set(tracker.changelog(issue.key)["field"])
    assert set(tracker.changelog(issue.key, fields=name, types=types)["field"]) == {name}
