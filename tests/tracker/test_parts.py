"""What hangs on issues."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


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
    """Whether an issue has any or none: columns and dtypes are the same."""
    attribute = {"changelog": "events", "checklists": "checklist"}.get(name, name)
    full = max(demo.world.issues.values(), key=lambda issue: len(getattr(issue, attribute, "x")))
    frames = [getattr(tracker, name)([full.key])]
    frames.append(getattr(tracker, name)([issue.key for issue in list(demo.world.issues.values())[:3]]))
    assert list(frames[0].columns) == list(frames[1].columns)
    assert list(frames[0].dtypes) == list(frames[1].dtypes)


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
    """A refusal of one issue's list is the call's error, and no thread goes on asking."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", path="DEV-5/comments", status=400, times=10))
    with pytest.raises(errors.BadQuery):
        tracker.comments([f"DEV-{number}" for number in range(1, 60)])
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


def asked(demo, name):
    """The keys whose list `name` was asked for, and the parameters of the first request each."""
    found = {}
    for seen in demo.journal:
        if seen.path.endswith(f"/{name}") and "/issues/" in seen.path:
            found.setdefault(seen.path.split("/")[-2], seen.query)
    return found


def can_have_none(issue):
    """Whether an issue has no comments, by what the service tells of it."""
    return not issue.comments and issue.values.get("lastCommentUpdatedAt") is None


@pytest.mark.parametrize("by", ["query", "keys"])
def test_issues_without_comments_are_not_asked(tracker, demo, by):
    """Both counters are there and zero: no request; the frame is the same."""
    issues = [issue for issue in demo.world.issues.values() if issue.key.startswith("OPS-")]
    source = "Queue: OPS" if by == "query" else [issue.key for issue in issues]
    frame = tracker.comments(source)
    assert set(asked(demo, "comments")) == {issue.key for issue in issues if not can_have_none(issue)}
    assert 0 < len(asked(demo, "comments")) < len(issues)
    assert set(frame["id"]) == {str(comment.id) for issue in issues for comment in issue.comments}
    searched = [seen for seen in demo.journal if seen.path.endswith("issues/_search")]
    assert all("commentWithExternalMessageCount" in seen.query["fields"][0] for seen in searched)


@pytest.mark.parametrize(
    "record",
    [
        {"commentWithoutExternalMessageCount": 0},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": None},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": False},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": 1},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": 0, "lastCommentUpdatedAt": "2026"},
        {},
    ],
)
def test_an_issue_that_may_have_comments_is_asked(tracker, demo, record):
    """A counter that is missing, no number or not zero, or a comment that once changed: it is asked."""
    keys = [issue.key for issue in demo.world.issues.values() if issue.key.startswith("OPS-")][:25]
    body = [{"id": str(place), "key": key, **record} for place, key in enumerate(keys)]
    tracker.me
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=body, headers={"X-Total-Count": "25"}))
    tracker.comments(keys)
    assert set(asked(demo, "comments")) == set(keys)


def test_a_search_for_counters_never_replaces_asking(tracker, demo):
    """A key that the search does not give, and all where it fails, are asked; so are few keys, without a search."""
    keys = [issue.key for issue in demo.world.issues.values() if issue.key.startswith("OPS-")][:25]
    demo.behaviour.faults.append(Fault("status", "issues/_search", times=100, status=400))
    tracker.comments(keys)
    assert set(asked(demo, "comments")) == set(keys)
    demo.behaviour.faults.clear()
    demo.journal.clear()
    former = next(issue.aliases[0] for issue in demo.world.issues.values() if issue.aliases)
    frame = tracker.comments([former, *keys])
    assert former in asked(demo, "comments")
    assert frame["id"].is_unique
    demo.journal.clear()
    tracker.comments(keys[:20])
    assert not [seen for seen in demo.journal if seen.path.endswith("issues/_search")]


def test_only_comments_are_left_out(tracker, demo):
    """History, links and work say nothing of themselves in the issue: everyone is asked, with the fewest fields."""
    count = tracker.count("Queue: DESIGN")
    tracker.links("Queue: DESIGN")
    assert len(asked(demo, "links")) == count
    searched = [seen for seen in demo.journal if seen.path.endswith("issues/_search")]
    assert all("comment" not in seen.query["fields"][0] for seen in searched)


def test_only_what_was_asked_for_travels(tracker, demo):
    """The narrowest documented parameters: one field or type, several are cut here; pages as large as documented."""
    tracker.changelog("DEV-7", fields="status", types="IssueWorkflow")
    assert asked(demo, "changelog")["DEV-7"] == {"field": ["status"], "type": ["IssueWorkflow"], "perPage": ["100"]}
    demo.journal.clear()
    tracker.changelog("DEV-7", fields=["status", "assignee"], types=["IssueWorkflow", "IssueUpdated"])
    assert asked(demo, "changelog")["DEV-7"] == {"perPage": ["100"]}
    tracker.comments("DEV-7")
    assert asked(demo, "comments")["DEV-7"] == {"perPage": ["100"]}
    tracker.worklog("DEV-7")
    assert asked(demo, "worklog")["DEV-7"] == {"perPage": ["500"]}
    tracker.links("DEV-7")
    assert asked(demo, "links")["DEV-7"] == {}


def test_an_error_says_how_to_go_on(tracker, demo):
    """How many issues answered, who did not, and the others' keys: what they give completes what came."""
    keys = [issue.key for issue in demo.world.issues.values() if issue.comments and issue.key.startswith("DEV-")][:12]
    demo.behaviour.faults.append(Fault("status", path=f"{keys[8]}/comments", status=503, times=1000))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.comments(keys, timeout=1)
    error = caught.value
    assert (error.fetched, error.total) == (8, 12)
    assert error.message.startswith(f"8 of 12 issues answered, {keys[8]} did not: ")
    assert f"Missing: {keys[8]} and 3 more." in error.hint
    demo.behaviour.faults.clear()
    rest = tracker.comments(error.partial.attrs["tracker"]["missing"])
    assert list(pd.concat([error.partial, rest])["id"]) == list(tracker.comments(keys)["id"])


def test_a_source_that_is_incomplete_names_the_issues_it_found(tracker, demo):
    """The search broke off: whose lists are missing is told, and an empty frame has their keys."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 100, "cap"
    demo.behaviour.faults.append(Fault("end_early", "issues/_search", times=1000))
    with pytest.raises(errors.Incomplete, match="not all found") as caught:
        tracker.comments('Queue: OPS "Sort By": Created')
    found = caught.value.partial.attrs["tracker"]["missing"]
    assert caught.value.fetched == len(caught.value.partial) == 0
    assert found
    assert all(key.startswith("OPS-") for key in found)
    assert not asked(demo, "comments")
    assert f"Missing: {found[0]} and {len(found) - 1:,} more." in caught.value.hint


def test_one_issue_by_two_keys_comes_once(tracker, demo):
    """A former key and the present one: the rows stand where the first of them does."""
    former, issue = next((issue.aliases[0], issue) for issue in demo.world.issues.values() if issue.aliases)
    frame = tracker.changelog([former, issue.key])
    assert list(dict.fromkeys(frame["id"])) == [event.id for event in issue.events]
    assert len(frame) == sum(max(1, len(event.changes)) for event in issue.events)


def test_everybodys_work_that_breaks_off_is_kept(make, demo):
    """The first page came, the second does not: Incomplete has its records."""
    works = [work for issue in demo.world.issues.values() for work in issue.worklog]
    assert len(works) > 500
    demo.behaviour.faults.append(Fault("status", "worklog/_search", times=1000, skip=1, status=503))
    with pytest.raises(errors.Incomplete, match="500 work records came") as caught:
        make().worklog(since="2020-01-01", timeout=2)
    assert caught.value.fetched == len(caught.value.partial) == 500
