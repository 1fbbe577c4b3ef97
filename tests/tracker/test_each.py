"""One list for each issue: who is asked, what travels, and what stays where it breaks off."""

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


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
    searches = [seen.query for seen in demo.journal if seen.path.endswith("issues/_search")]
    told = [query["fields"][0] for query in searches if query.get("perPage") != ["1"]]  # one finds a place to cut at
    assert all("commentWithExternalMessageCount" in fields for fields in told)


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
    tracker.comments(keys[:3])
    assert not [seen for seen in demo.journal if seen.path.endswith("issues/_search")]


def test_a_search_for_counters_that_fails_stops_no_other(tracker, demo):
    """One of three is refused while the others are under way: its keys are asked, and nobody has pressed stop."""
    keys = [issue.key for issue in demo.world.issues.values() if issue.key.startswith(("DEV-", "OPS-"))][:1100]
    issues = [demo.world.issues[key] for key in keys]
    for place in (600, 1050):
        demo.behaviour.faults.append(Fault("slow", "issues/_search", seconds=0.6, body_has=f'"{keys[place]}\\"'))
    demo.behaviour.faults.append(Fault("status", "issues/_search", times=1000, status=403, body_has=f'"{keys[9]}\\"'))
    frame = tracker.comments(keys)
    assert set(frame["id"]) == {str(comment.id) for issue in issues for comment in issue.comments}
    assert set(keys[:500]) <= set(asked(demo, "comments"))
    assert len(asked(demo, "comments")) < len(keys)


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
        tracker.comments(keys, timeout=2)
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
    assert caught.value.partial.attrs["tracker"]["truncated"]


def test_names_of_fields_that_cannot_be_had_cost_no_history(tracker, demo):
    """All lists came, then the local fields of a queue do not: Incomplete has every change, by the fields' own ids."""
    keys = [f"DEV-{number}" for number in range(1, 40)]
    whole = tracker.changelog(keys)
    assert whole["field"].str.startswith("DEV.").any()
    for status in (400, 503):
        demo.behaviour.faults[:] = [Fault("status", "localFields", times=1000, status=status)]
        tracker._lists.clear()
        with pytest.raises(errors.Incomplete, match="all 39 issues answered") as caught:
            tracker.changelog(keys, timeout=2)
        assert (caught.value.fetched, caught.value.total) == (39, 39)
        assert list(caught.value.partial["id"]) == list(whole["id"])
        assert caught.value.partial.attrs["tracker"]["missing"] == []
