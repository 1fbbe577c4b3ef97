"""Names of fields in arguments: by key, as people see them, or as queries call them."""

from dataclasses import replace
from functools import partial

import pytest

from tracker_magic import errors


def refusal(call) -> errors.BadOption:
    """The error of a call."""
    with pytest.raises(errors.BadOption) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("lang", ["ru", "en", None])
@pytest.mark.parametrize(
    ("typed", "column"),
    [
        ("Created", "createdAt"),
        ("created", "createdAt"),
        ("Создана", "createdAt"),
        ("Создано", "createdAt"),
        ("reporter", "createdBy"),
        ("Author", "createdBy"),
        ("Story Points", "storyPoints"),
        ("Исправить в версиях", "fixVersions"),
        ("fix version", "fixVersions"),
        ("Status type", "statusType"),
        ("QA engineer", "qaEngineer"),
        ("тестировщик", "qaEngineer"),
        ("Risk score", "DEV.riskScore"),
        ("DEV.Оценка риска", "DEV.riskScore"),
        ("STATUS", "status"),
    ],
)
def test_a_field_is_named_as_people_see_it(make, lang, typed, column):
    """`fields` takes names of frames, of queries and displayed ones, in Russian and English whatever the language."""
    tracker = make(lang=lang)
    assert list(tracker.issues("Queue: DEV", fields=typed, limit=1).columns[:2]) == ["key", column]
    assert column in tracker.issues("Queue: DEV", fields=f"+{typed}", limit=1).columns


def test_names_of_queries_need_no_list_of_fields(tracker, demo):
    """Names of queries and the usual ones of system fields are known; for others the fields are requested, once."""
    tracker.me
    demo.journal.clear()
    tracker.issues("Queue: DEV", fields="Created,Author,Story Points,Создано,Исполнитель", limit=1)
    assert {request.path for request in demo.journal} == {"/v3/issues/_search"}
    for _ in range(2):
        tracker.issues("Queue: DEV", fields="QA engineer,Status type", limit=1)
    lists = [str(request) for request in demo.journal if request.path in {"/v3/fields", "/v3/queues/DEV/localFields"}]
    assert len(lists) == len(set(lists))


def test_an_unknown_field_is_an_error_with_the_nearest(tracker):
    """A misspelt field names the nearest one in its own language, before any search."""
    for typed, similar in (("Созданна", "Создана"), ("Cretaed", "created"), ("QA enginer", "QA engineer")):
        error = refusal(partial(tracker.issues, "Queue: DEV", fields=typed))
        assert error.reason == "unknown_name"
        assert similar.casefold() in error.message.casefold()


def test_an_order_is_named_as_people_see_it(tracker):
    """`order` takes the same names; with keys, too; an unknown one is an error with the nearest."""
    expected = list(tracker.issues("Queue: DEV", order="-createdAt", limit=5)["key"])
    for order in ("-Created", "-Создана", "-created"):
        assert list(tracker.issues("Queue: DEV", order=order, limit=5)["key"]) == expected
        assert list(tracker.issues(filter={"queue": "DEV"}, order=order, limit=5)["key"]) == expected
        assert list(tracker.issues(keys=sorted(expected), order=order)["key"]) == expected
    risk = tracker.issues("Queue: DEV", order="-Risk score", fields="DEV.riskScore")["DEV.riskScore"].dropna()
    assert risk.is_monotonic_decreasing
    assert "Updated" in str(refusal(lambda: tracker.issues("Queue: DEV", order="Updatd")))


def test_a_filter_is_named_as_people_see_it(tracker):
    """The fields of a filter have the same names; an unknown one is an error, not a search for everything."""
    expected = tracker.count(filter={"queue": "DEV", "status": "closed"})
    assert tracker.count(filter={"Очередь": "DEV", "Status": "closed"}) == expected > 0
    assert "status" in str(refusal(lambda: tracker.count(filter={"queue": "DEV", "statuss": "closed"})))


@pytest.mark.parametrize("typed", ["Статус", "Status", "STATUS"])
def test_changes_are_selected_by_any_name_of_a_field(tracker, demo, typed):
    """`changelog` takes the same names of fields, and its types in any case."""
    moved = next(key for key, issue in demo.world.issues.items() if "previousStatus" in issue.values)
    expected = tracker.changelog(moved, fields="status", types="IssueWorkflow")
    assert len(expected)
    assert list(tracker.changelog(moved, fields=typed, types="issueworkflow")["id"]) == list(expected["id"])


@pytest.mark.parametrize(
    ("arguments", "similar"),
    [
        ({"fields": "стутус"}, "Статус"),
        ({"fields": "worklogs"}, "the nearest: worklog)"),
        ({"fields": "component"}, "the nearest: components"),
        ({"fields": "+status"}, "the nearest: status)"),
        ({"types": "IssueWorkflw"}, "IssueWorkflow"),
        ({"types": "IssueComment"}, "IssueCommentAdded"),
        ({"types": "status"}, "IssueWorkflow"),
    ],
)
def test_an_unknown_change_is_an_error_with_the_nearest(tracker, arguments, similar):
    """A misspelt field or type of changes is an error that names the nearest one, not an empty frame."""
    assert similar in str(refusal(lambda: tracker.changelog("DEV-1", **arguments)))


def test_a_type_of_entries_that_is_not_documented_is_selected(tracker, demo):
    """The service has more types than it documents: one that is like none of these is no mistake."""
    issue = demo.world.find("DEV-1")
    known, last = issue.events[:], issue.events[-1]
    for type_ in ("IssueAttachmentUpdated", "IssueChecklistUpdated", "RelatedIssueLinked"):
        issue.events[-1] = replace(last, type=type_)
        frame = tracker.changelog("DEV-1", types=f"{type_}, issuecreated")
        assert set(frame["type"]) == {type_, "IssueCreated"}
    issue.events[:] = known
