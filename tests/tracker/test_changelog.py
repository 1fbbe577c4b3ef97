"""The changelog of issues: complete, in order, narrowed to fields and types, with the names that fields have in frames.

Rules that all lists of issues share: test_issue_lists.
"""

from dataclasses import replace

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.issue_lists import Attachment, Change, Comment, Event, ListChange, Work

KEYS = [f"DEV-{number}" for number in range(1, 40)]


def test_a_changelog_of_several_pages_is_complete(tracker, demo):
    """A changelog of more than 50 entries has each of them once, in the service's order, one row for each field."""
    issue = max(demo.world.issues.values(), key=lambda each: len(each.events))
    assert len(issue.events) > 50
    changelog = tracker.changelog(issue.key)
    assert list(dict.fromkeys(changelog["id"])) == [event.id for event in issue.events]
    assert len(changelog) == sum(max(1, len(event.changes)) for event in issue.events)
    assert changelog["type"].iloc[0] == "IssueCreated"


def test_rows_come_by_issue_in_the_order_asked_for(tracker):
    """Issues come in the order of a list, text or frame of keys, and those of a query by queue and number."""

    def keys_of(source):
        return list(dict.fromkeys(tracker.changelog(source)["key"]))

    assert keys_of(["DEV-12", "DEV-3", "DEV-7"]) == ["DEV-12", "DEV-3", "DEV-7"]
    assert keys_of("DEV-12, DEV-3") == ["DEV-12", "DEV-3"]
    assert keys_of(tracker.issues("DEV-7, DEV-3", fields="key")) == ["DEV-7", "DEV-3"]
    assert keys_of("Key: DEV-12, DEV-3, DEV-7") == ["DEV-3", "DEV-7", "DEV-12"]


def test_a_changelog_can_be_narrowed(tracker):
    """`fields` and `types` keep the changes of one or several fields and types."""
    whole = tracker.changelog(KEYS)
    status = tracker.changelog(KEYS, fields="status")
    assert set(status["field"]) == {"status"}
    assert len(status) == (whole["field"] == "status").sum()
    several = tracker.changelog(KEYS, fields=["status", "assignee"])
    assert len(several) == whole["field"].isin(["status", "assignee"]).sum()
    moves = tracker.changelog(KEYS, types=["IssueWorkflow"])
    assert moves["id"].nunique() == whole.loc[whole["type"] == "IssueWorkflow", "id"].nunique()


def test_names_may_be_a_comma_separated_text(tracker):
    """`fields` and `types` take a comma-separated text for a list, as `issues` does."""
    whole = tracker.changelog(KEYS)
    by_list = tracker.changelog(KEYS, fields=["status", "assignee"], types=["IssueWorkflow", "IssueUpdated"])
    assert tracker.changelog("DEV-1", fields="status,assignee")["field"].isin(["status", "assignee"]).all()
    assert set(by_list["field"]) == {"status", "assignee"}
    assert len(by_list) < len(whole)
    assert by_list.equals(tracker.changelog(KEYS, fields="status, assignee", types="IssueWorkflow, IssueUpdated"))
    assert list(tracker.issues("DEV-1", fields="status,assignee").columns[:2]) == ["key", "status"]


def test_one_field_and_one_type_are_parameters_of_the_request(tracker, demo):
    """One field and one type narrow the request; several, for which nothing is documented, are selected afterwards."""

    def parameters():
        return next(request.query for request in demo.journal if request.path.endswith("DEV-7/changelog"))

    tracker.changelog("DEV-7", fields="status", types="IssueWorkflow")
    assert parameters() == {"field": ["status"], "type": ["IssueWorkflow"], "perPage": ["100"]}
    demo.journal.clear()
    tracker.changelog("DEV-7", fields=["status", "assignee"], types=["IssueWorkflow", "IssueUpdated"])
    assert parameters() == {"perPage": ["100"]}


def test_one_issue_by_two_keys_comes_once(tracker, demo):
    """An issue that is given by its former and its present key comes once, where the first of them stands."""
    former, issue = next((issue.aliases[0], issue) for issue in demo.world.issues.values() if issue.aliases)
    changelog = tracker.changelog([former, issue.key])
    assert list(dict.fromkeys(changelog["id"])) == [event.id for event in issue.events]
    assert len(changelog) == sum(max(1, len(event.changes)) for event in issue.events)


@pytest.mark.parametrize("body", [[{"id": "1", "fields": ["x"]}], [{"id": "1", "fields": 5}]])
def test_an_answer_of_another_shape_is_requested_again(tracker, demo, body):
    """JSON that is no changelog is requested again; if it stays so, the error is typed."""
    tracker.me
    demo.behaviour.faults.append(Fault("shape", "/DEV-1/changelog", body=body))
    assert len(tracker.changelog("DEV-1"))
    demo.behaviour.faults.append(Fault("shape", "/DEV-1/changelog", body=body, times=1000))
    with pytest.raises((errors.UnexpectedReply, errors.TimedOut)):
        tracker.changelog("DEV-1", timeout=0.5)


def test_a_field_may_be_a_text(tracker, demo):
    """A field that is a text, where the service gives an object, is taken as its id."""
    tracker.me
    entry = {"id": "1", "fields": [{"field": "status"}]}
    demo.behaviour.faults.append(Fault("shape", "/DEV-1/changelog", body=[entry]))
    assert list(tracker.changelog("DEV-1")["field"]) == ["status"]


# Changes of lists.


@pytest.fixture
def changed_lists(demo):
    """An issue with an entry of each kind that changes a list; the entries are removed afterwards."""
    issue = next(each for each in demo.world.issues.values() if each.links and each.key.startswith("DEV-"))
    now = issue.events[-1].at
    link, comment = issue.links[0], Comment(901, now, demo.world.me, "New text")
    other_link, old_comment = (
        replace(link, type="relates" if link.type == "depends" else "depends"),
        replace(comment, text="Old text"),
    )
    file = Attachment("902", "test.txt", "text/plain", b"x", demo.world.me, now)
    work = Work(903, demo.world.me, now, 1800, now, now)
    changes = {
        "IssueLinked": ("links", None, link),
        "IssueLinkChanged": ("links", link, other_link),
        "IssueUnlinked": ("links", other_link, None),
        "IssueAttachmentAdded": ("attachments", None, file),
        "IssueAttachmentRemoved": ("attachments", file, None),
        "IssueWorklogAdded": ("worklog", None, work),
        "IssueWorklogUpdated": ("worklog", work, replace(work, seconds=3600)),
        "IssueWorklogRemoved": ("worklog", work, None),
        "RelatedIssueResolutionChanged": ("relatedResolutions", None, (link, "fixed")),
        "IssueCommentAdded": ("comments", None, old_comment),
        "IssueCommentUpdated": ("comments", old_comment, comment),
        "IssueCommentRemoved": ("comments", comment, None),
        "IssueCommentReactionAdded": ("reactions", None, (comment, "like")),
        "IssueCommentReactionRemoved": ("reactions", (comment, "like"), None),
    }
    events = [
        Event(f"{number:024x}", now, demo.world.me, kind, list_changes=(ListChange(*change),))
        for number, (kind, change) in enumerate(changes.items())
    ]
    whole = list(issue.events)
    with demo.lock:
        issue.events[:] = [*issue.events[:1], *events]
    yield issue, demo.world.find(link.issue)
    with demo.lock:
        issue.events[:] = whole


def test_changes_of_lists_are_rows(tracker, changed_lists):
    """Every kind of change of links, files, work, comments and resolutions has its field, and values from and to."""
    issue, other = changed_lists
    changelog = tracker.changelog(issue.key, lang="en")
    rows = changelog[changelog["type"] != "IssueCreated"].set_index("type")
    assert len(rows) == 14
    assert rows["field"].notna().all()
    assert (rows["from"].notna() | rows["to"].notna()).all()
    assert rows["from.key"].notna().equals(rows["from"].notna())
    assert rows["to.key"].notna().equals(rows["to"].notna())
    assert rows.loc["IssueLinked", "to.key"] == rows.loc["IssueUnlinked", "from.key"] == other.key
    assert rows.loc["IssueLinkChanged", "from"] != rows.loc["IssueLinkChanged", "to"]
    assert list(rows.loc["IssueAttachmentAdded", ["to", "to.key"]]) == ["test.txt", "902"]
    assert list(rows.loc["IssueWorklogUpdated", ["from", "to", "to.key"]]) == ["PT30M", "PT1H", "903"]
    assert list(rows.loc["IssueCommentUpdated", ["from", "to", "to.key"]]) == ["Old text", "New text", "901"]
    assert list(rows.loc["IssueCommentReactionAdded", ["to", "to.key"]]) == ["like", "901"]
    assert rows.loc["RelatedIssueResolutionChanged", "to"].startswith(f"{other.key}: ")
    assert rows.loc["RelatedIssueResolutionChanged", "to.key"] == "fixed"
    assert (rows.loc["IssueLinked", "added"], rows.loc["IssueUnlinked", "removed"]) == ([other.key], [other.key])


def test_a_changelog_can_be_narrowed_to_lists(tracker, demo, changed_lists):
    """`fields` takes the names of lists, beside those of fields; the service is not asked to select them."""
    issue, _ = changed_lists
    assert set(tracker.changelog(issue.key, fields="links")["type"]) == {
        "IssueLinked",
        "IssueUnlinked",
        "IssueLinkChanged",
    }
    assert set(tracker.changelog(issue.key, fields="relatedResolutions, status")["field"]) == {
        "relatedResolutions",
        "status",
    }
    assert not any("field" in request.query for request in demo.journal)


# Names of local fields.


def test_local_fields_have_the_names_of_frames(tracker, demo):
    """A local field is named QUEUE.KEY, in the rows as well as in `fields`."""
    key, field_id = next(
        (issue.key, change.field)
        for issue in demo.world.issues.values()
        for event in issue.events
        for change in event.changes
        if "--" in change.field and issue.key.startswith("DEV-")
    )
    name = f"DEV.{field_id.rpartition('--')[2]}"
    assert name in set(tracker.changelog(key)["field"])
    assert set(tracker.changelog(key, fields=name)["field"]) == {name}
    assert len(tracker.changelog(key, fields=[name, "status"])) > len(tracker.changelog(key, fields=name))


@pytest.fixture
def moved_issue(demo):
    """An issue, its former key, and a local field of its former queue that its changelog has a change of."""
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
def test_a_local_field_of_a_former_queue_keeps_its_name(tracker, moved_issue, types):
    """A local field of a queue that the issue has left is known by its move, by its former key, or by `fields`."""
    issue, former, name = moved_issue
    assert name in set(tracker.changelog(former, types=types)["field"])
    assert types or name in set(tracker.changelog(issue.key)["field"])
    assert set(tracker.changelog(issue.key, fields=name, types=types)["field"]) == {name}


@pytest.mark.parametrize("status", [400, 503])
def test_changes_survive_a_failure_to_get_the_names_of_fields(make, demo, status):
    """If all changelogs were fetched and the local fields cannot be, Incomplete has every change, by field id."""
    whole = make().changelog(KEYS)
    assert whole["field"].str.startswith("DEV.").any()
    demo.behaviour.faults.append(Fault("status", "localFields", times=1000, status=status))
    with pytest.raises(errors.Incomplete, match="all 39 issues were read") as caught:
        make().changelog(KEYS, timeout=2)
    assert (caught.value.fetched, caught.value.total) == (39, 39)
    assert list(caught.value.partial["id"]) == list(whole["id"])
    assert caught.value.partial.attrs["tracker"]["missing"] == []


def test_the_attrs_tell_what_the_log_can_answer(demo, tracker, visible_keys):
    """The attrs hold the types of all statuses, asked for once, and the fields and entries that were selected."""
    key = min(visible_keys)
    facts = [
        tracker.changelog(key).attrs["tracker"],
        tracker.changelog(key, fields="status", types=["IssueCreated", "IssueWorkflow"]).attrs["tracker"],
    ]
    types = tracker.statuses().set_index("key")["type"]
    expected = types.astype(object).where(types.notna(), None).to_dict()
    assert [each["statuses"] for each in facts] == [expected, expected]
    assert [each["fields"] for each in facts] == [[], ["status"]]
    assert [each["types"] for each in facts] == [[], ["IssueCreated", "IssueWorkflow"]]
    assert sum(request.path.endswith("/statuses") for request in demo.journal) == 1
