"""Lists of issues: which issues are asked, what the rows are, and what is left where a list breaks off.

The changelog's own rules: test_changelog. Faults of single pages: test_faults_of_lists.
"""

from datetime import date, timedelta

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def requests_for(demo, name):
    """The keys of issues whose list `name` was requested, and the parameters of each one's first request."""
    requests = {}
    for request in demo.journal:
        if request.path.endswith(f"/{name}") and "/issues/" in request.path:
            requests.setdefault(request.path.split("/")[-2], request.query)
    return requests


def searches(demo):
    """The searches for issues that were requested."""
    return [request for request in demo.journal if request.path.endswith("issues/_search")]


def keys_of(demo, *prefixes):
    """The keys that begin so."""
    return [key for key in demo.world.issues if key.startswith(prefixes)]


# Rows.


def test_comments_of_several_pages_are_complete(tracker, demo):
    """More than 50 comments come all, though the service gives 50 and says nothing of the rest."""
    issue = max(demo.world.issues.values(), key=lambda each: len(each.comments))
    assert len(issue.comments) > 50
    frame = tracker.comments(issue.key)
    assert list(frame["id"]) == [str(comment.id) for comment in issue.comments]
    assert list(frame["text"]) == [comment.text for comment in issue.comments]


def test_a_link_is_read_from_the_issue_to_the_other(tracker, demo):
    """`relation` is the link type's name for the direction in which the issue has the link."""
    issue = next(issue for issue in demo.world.issues.values() if issue.links and issue.key.startswith("DEV"))
    types = tracker.link_types(lang="en").set_index("id")
    frame = tracker.links(issue.key, lang="en")
    assert len(frame) == len(issue.links)
    for row in frame.to_dict("records"):
        assert row["relation"] == types.loc[row["type.id"], row["direction"]]


def test_a_link_says_when_and_by_whom_it_was_made(tracker, demo):
    """The columns `createdAt`, `createdBy` and `createdBy.id` of links are about the link, not about the issues."""
    issue = next(issue for issue in demo.world.issues.values() if issue.links and issue.key.startswith("DEV"))
    frame = tracker.links(issue.key)
    assert frame["createdAt"].tolist() == [link.at for link in issue.links]
    assert frame["createdBy.id"].tolist() == [link.by for link in issue.links]
    assert frame["createdBy"].tolist() == [demo.world.users[link.by].display for link in issue.links]


@pytest.mark.parametrize(
    "name", ["comments", "links", "attachments", "checklists", "transitions", "worklog", "changelog"]
)
def test_an_empty_list_has_the_columns_of_a_full_one(tracker, demo, name):
    """Columns and dtypes are the same whether issues have many records or none, or no issue is selected."""
    attribute = {"changelog": "events", "checklists": "checklist"}.get(name, name)
    fullest = max(demo.world.issues.values(), key=lambda issue: len(getattr(issue, attribute, "x")))
    method = getattr(tracker, name)
    nothing = tracker.issues('Queue: DEV Summary: "found nowhere"')
    frames = [method([fullest.key]), method([issue.key for issue in list(demo.world.issues.values())[:3]])]
    frames += [method(source) for source in (nothing, nothing["key"])]
    assert [len(frame) for frame in frames[2:]] == [0, 0]
    assert {tuple(frame.columns) for frame in frames} == {tuple(frames[0].columns)}
    assert {tuple(frame.dtypes) for frame in frames} == {tuple(frames[0].dtypes)}


# Work.


def test_work_is_selected_by_days_worked(tracker, demo):
    """`since` and `until` are half-open days of `start` in the time zone; attrs have these and the days of creation."""
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


def test_a_day_may_be_a_text_or_a_date(tracker):
    """Text, date and Timestamp, with and without a time zone, mean the same day."""
    days = ["2026-10-05", date(2026, 10, 5), pd.Timestamp("2026-10-05"), pd.Timestamp("2026-10-05", tz="UTC")]
    results = [list(tracker.worklog(since=day)["id"]) for day in days]
    assert all(result == results[0] for result in results)


def test_work_of_issues_and_of_people_agrees_with_everybodys(tracker):
    """The same work records come by issue, by person, and among everybody's."""
    everybody = tracker.worklog(since="2020-01-01")
    key, uid = everybody["key"].iloc[0], everybody["createdBy.id"].iloc[0]
    login = tracker.users().set_index("id").loc[uid, "login"]
    own = everybody[everybody["createdBy.id"] == uid]
    assert set(tracker.worklog(key)["id"]) == set(everybody.loc[everybody["key"] == key, "id"])
    assert set(tracker.worklog(created_by=login)["id"]) == set(own["id"])
    assert set(tracker.worklog(key, created_by=login)["id"]) == set(own.loc[own["key"] == key, "id"])
    assert everybody["duration"].dtype == "float64"
    assert everybody.attrs["tracker"]["units"] == {"duration": "h"}


def test_everybodys_work_of_all_time_needs_a_criterion(tracker):
    """`worklog` without a source, a person and a day is refused; so are a wrong day and a local copy."""
    with pytest.raises(errors.BadOption, match="since"):
        tracker.worklog()
    with pytest.raises(errors.BadOption, match="not a day"):
        tracker.worklog(since="yesterday-ish")
    with pytest.raises(errors.BadOption, match="local copy"):
        tracker.comments("@dev")


def test_an_author_may_be_a_text(tracker, demo):
    """An author that is a text, where the service gives an object, is taken as the uid."""
    me = tracker.me
    works = [{"id": 1, "createdBy": me.id}, {"id": 2, "createdBy": "x"}]
    demo.behaviour.faults.append(Fault("shape", "/DEV-1/worklog", body=works))
    assert list(tracker.worklog("DEV-1", created_by=me.login)["id"]) == ["1"]


def test_everybodys_work_that_breaks_off_is_kept(make, demo):
    """If the second page of everybody's work does not come, Incomplete has the records of the first."""
    assert sum(len(issue.worklog) for issue in demo.world.issues.values()) > 500
    demo.behaviour.faults.append(Fault("status", "worklog/_search", times=1000, skip=1, status=503))
    with pytest.raises(errors.Incomplete, match="only 500 work records were fetched") as caught:
        make().worklog(since="2020-01-01", timeout=2)
    assert caught.value.fetched == len(caught.value.partial) == 500
    assert caught.value.partial.attrs["tracker"]["truncated"]


# Which issues are asked.


@pytest.mark.parametrize("by", ["query", "keys"])
def test_issues_without_comments_are_not_asked(tracker, demo, by):
    """An issue with both counters of comments at zero is not asked; the frame is the same."""
    issues = [demo.world.issues[key] for key in keys_of(demo, "OPS-")]
    may_have_some = {
        issue.key for issue in issues if issue.comments or issue.values.get("lastCommentUpdatedAt") is not None
    }
    frame = tracker.comments("Queue: OPS" if by == "query" else [issue.key for issue in issues])
    assert set(requests_for(demo, "comments")) == may_have_some
    assert 0 < len(may_have_some) < len(issues)
    assert set(frame["id"]) == {str(comment.id) for issue in issues for comment in issue.comments}
    # A page of one issue finds out where to cut the search.
    fields = [request.query["fields"][0] for request in searches(demo) if request.query.get("perPage") != ["1"]]
    assert all("commentWithExternalMessageCount" in each for each in fields)


@pytest.fixture
def quiet_issue(demo):
    """An issue without comments, restored after the test."""
    issue = next(issue for issue in demo.world.issues.values() if issue.key.startswith("OPS-") and not issue.comments)
    values, events = dict(issue.values), list(issue.events)
    yield issue
    with demo.lock:
        issue.comments, issue.values, issue.events = [], values, events


@pytest.mark.parametrize("clock_ahead_s", [0.0, -86_000.0, None])
@pytest.mark.parametrize("by", ["query", "keys"])
def test_a_fresh_comment_comes_although_the_index_is_behind(tracker, demo, quiet_issue, by, clock_ahead_s):
    """An issue that was updated a moment ago, on the service's clock, is asked whatever its counters say."""
    demo.behaviour.index_lag_s, demo.behaviour.clock_ahead_s = 5.0, clock_ahead_s
    tracker.post(f"issues/{quiet_issue.key}/comments", {"text": "fresh"})
    quiet_issue.values["updatedAt"] += timedelta(seconds=clock_ahead_s or 0)
    quiet_issue.comments[0].at += timedelta(seconds=clock_ahead_s or 0)
    frame = tracker.comments("Queue: OPS" if by == "query" else keys_of(demo, "OPS-"))
    assert frame.loc[frame["key"] == quiet_issue.key, "text"].tolist() == ["fresh"]
    assert len(requests_for(demo, "comments")) < len(keys_of(demo, "OPS-"))


OLD = "2020-01-01T00:00:00.000+0000"
ZERO = {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": 0}


@pytest.mark.parametrize(
    "record",
    [
        {**ZERO, "updatedAt": None},
        {**ZERO, "updatedAt": "0001-01-01T00:00:00.000+0500"},
        {**ZERO, "updatedAt": "soon"},
        {**ZERO, "updatedAt": "2099-01-01T00:00:00.000+0000"},
        {"commentWithoutExternalMessageCount": 0},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": None},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": False},
        {"commentWithoutExternalMessageCount": 0, "commentWithExternalMessageCount": 1},
        {**ZERO, "lastCommentUpdatedAt": "2026"},
        {},
    ],
)
def test_an_issue_that_may_have_comments_is_asked(tracker, demo, record):
    """An issue is asked if a counter is missing, no number or not zero, or if it or a comment changed recently."""
    keys = keys_of(demo, "OPS-")[:25]
    body = [{"id": str(number), "key": key, "updatedAt": OLD, **record} for number, key in enumerate(keys)]
    tracker.me
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=body, headers={"X-Total-Count": "25"}))
    tracker.comments(keys)
    assert set(requests_for(demo, "comments")) == set(keys)


def test_issues_whose_counters_are_unknown_are_asked(tracker, demo):
    """Issues are asked where the search for counters fails or does not give them; few keys cost no search."""
    keys = keys_of(demo, "OPS-")[:25]
    demo.behaviour.faults.append(Fault("status", "issues/_search", times=100, status=400))
    tracker.comments(keys)
    assert set(requests_for(demo, "comments")) == set(keys)
    demo.behaviour.faults.clear()
    demo.journal.clear()
    former = next(issue.aliases[0] for issue in demo.world.issues.values() if issue.aliases)
    frame = tracker.comments([former, *keys])
    assert former in requests_for(demo, "comments")
    assert frame["id"].is_unique
    demo.journal.clear()
    tracker.comments(keys[:3])
    assert not searches(demo)


def test_a_failed_search_for_counters_ends_no_other(tracker, demo):
    """If one of three searches for counters is refused, its issues are asked, and the other searches are finished."""
    keys = keys_of(demo, "DEV-", "OPS-")[:1100]
    for position in (600, 1050):
        demo.behaviour.faults.append(Fault("slow", "issues/_search", seconds=0.6, body_has=f'"{keys[position]}\\"'))
    demo.behaviour.faults.append(Fault("status", "issues/_search", times=1000, status=403, body_has=f'"{keys[9]}\\"'))
    frame = tracker.comments(keys)
    assert set(frame["id"]) == {str(comment.id) for key in keys for comment in demo.world.issues[key].comments}
    assert set(keys[:500]) <= set(requests_for(demo, "comments"))
    assert len(requests_for(demo, "comments")) < len(keys)


def test_only_comments_have_counters(tracker, demo):
    """For other lists every issue is asked, and the search for them requests no counters."""
    tracker.links("Queue: DESIGN")
    assert len(requests_for(demo, "links")) == tracker.count("Queue: DESIGN")
    assert all("comment" not in request.query["fields"][0] for request in searches(demo))


@pytest.mark.parametrize(
    ("name", "parameters"), [("comments", {"perPage": ["100"]}), ("worklog", {"perPage": ["500"]}), ("links", {})]
)
def test_pages_are_as_large_as_documented(tracker, demo, name, parameters):
    """Pages of a list are requested as large as the service documents."""
    getattr(tracker, name)("DEV-7")
    assert requests_for(demo, name)["DEV-7"] == parameters


# Lists that break off.


def test_a_refusal_ends_the_call_and_keeps_the_lists_before_it(tracker, demo):
    """If one issue's list is refused, the call ends with the lists of the issues before it; no thread asks on."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", path="DEV-5/comments", status=400, times=10))
    with pytest.raises(errors.Incomplete, match="4 of 59 issues were read, but not DEV-5") as caught:
        tracker.comments([f"DEV-{number}" for number in range(1, 60)])
    before = [demo.world.issues[f"DEV-{number}"] for number in range(1, 5)]
    assert set(caught.value.partial["id"]) == {str(each.id) for issue in before for each in issue.comments}
    assert len(requests_for(demo, "comments")) < 59


def test_the_lists_that_came_before_the_time_limit_are_kept(tracker, demo):
    """If the service stops answering for one issue, the error has a frame of the issues that answered."""
    tracker.me
    keys = [key for key in keys_of(demo, "DEV-") if demo.world.issues[key].comments][:39]
    demo.behaviour.faults.append(Fault("status", path=f"{keys[29]}/comments", status=503, times=1000))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.comments(keys, timeout=3)
    assert caught.value.fetched >= 20
    assert set(caught.value.partial["key"]) <= set(keys[:29])


def test_an_incomplete_list_says_how_to_get_the_rest(tracker, demo):
    """Incomplete says how many issues were read and which were not; the lists of the missing keys complete the rows."""
    keys = [key for key in keys_of(demo, "DEV-") if demo.world.issues[key].comments][:12]
    demo.behaviour.faults.append(Fault("status", path=f"{keys[8]}/comments", status=503, times=1000))
    with pytest.raises(errors.Incomplete) as caught:
        tracker.comments(keys, timeout=2)
    error = caught.value
    assert (error.fetched, error.total) == (8, 12)
    assert error.message.startswith(f"8 of 12 issues were read, but not {keys[8]}: ")
    assert f"Missing: {keys[8]} and 3 more." in error.hint
    demo.behaviour.faults.clear()
    rest = tracker.comments(error.partial.attrs["tracker"]["missing"])
    assert list(pd.concat([error.partial, rest])["id"]) == list(tracker.comments(keys)["id"])


def test_an_incomplete_search_names_the_issues_that_were_found(tracker, demo):
    """If the search for issues breaks off, no list is requested; an empty frame has the keys that were found."""
    demo.behaviour.max_per_scroll, demo.behaviour.over_max = 100, "cap"
    demo.behaviour.faults.append(Fault("end_early", "issues/_search", times=1000))
    with pytest.raises(errors.Incomplete, match="not all found") as caught:
        tracker.comments('Queue: OPS "Sort By": Created')
    missing = caught.value.partial.attrs["tracker"]["missing"]
    assert caught.value.fetched == len(caught.value.partial) == 0
    assert missing
    assert all(key.startswith("OPS-") for key in missing)
    assert not requests_for(demo, "comments")
    assert f"Missing: {missing[0]} and {len(missing) - 1:,} more." in caught.value.hint


@pytest.mark.parametrize("part", ["changelog", "comments", "worklog", "links", "attachments", "checklists"])
def test_explain_knows_the_cost_of_lists(tracker, demo, part):
    """`explain` of a part adds a request for each issue; the lists of two keys need no search."""
    issues = tracker.count("Queue: DESIGN")
    demo.journal.clear()
    assert tracker.explain("Queue: DESIGN", part=part).requests == issues + 1
    assert tracker.explain(keys=["DESIGN-1", "DESIGN-2"], part=part).requests == 2
    assert [request.path.rsplit("/", 1)[1] for request in demo.journal] == ["_count", "_count"]
    with pytest.raises(errors.BadOption, match="Parts are issues, changelog"):
        tracker.explain("Queue: DESIGN", part="history")
