"""The lists of issues (comments, links …): one for each key, in order; tests/tracker/test_issue_lists.py has more."""

import pytest

from tracker_magic.api import Client
from tracker_magic.api.issue_lists import IssueListReader, IssueRecords
from tracker_magic.auth import Organisation
from tracker_magic.demo.behaviour import Fault
from tracker_magic.errors import ServiceBroken, WrongOrganisation


@pytest.fixture
def make_reader(client, make_operation):
    """Makes readers of a list."""

    def make(name="comments", progress=None, **options):
        return IssueListReader(client, make_operation(progress=progress), name, {}, **options)

    return make


def comment_counts(demo, keys):
    """How many comments each of these issues has."""
    return [len(demo.world.find(key).comments) for key in keys]


def test_lists_come_in_the_order_of_the_keys(make_reader, demo):
    """Each issue has its whole list, in the order of the keys, although several are read in parallel."""
    keys = [f"DEV-{number}" for number in range(40, 0, -1)]
    lists = list(make_reader().read_all(keys))
    assert [each.key for each in lists] == [each.requested_key for each in lists] == keys
    assert [len(each.records) for each in lists] == comment_counts(demo, keys)


def test_progress_counts_issues(make_reader):
    """Progress says of how many issues the list was read."""
    reports = []
    reader = make_reader(progress=reports.append)
    reader.operation.run(list, reader.read_all(["DEV-1", "DEV-2"]))
    assert (reports[-1].what, reports[-1].done, reports[-1].total) == ("issues", 2, 2)


def test_a_moved_issue_comes_under_its_present_key(make_reader, demo):
    """A list of an issue's former key has the present key, and the key that was requested."""
    moved = next(issue for issue in demo.world.issues.values() if issue.aliases)
    read = make_reader().read(moved.aliases[0])
    assert (read.key, read.requested_key) == (moved.key, moved.aliases[0])


def test_an_issue_that_does_not_exist_has_no_list(make_reader):
    """An issue that this login cannot see has None for a list; the other issues come."""
    lists = list(make_reader().read_all(["DEV-1", "DEV-999999", "DEV-2"]))
    assert lists[1] == IssueRecords("DEV-999999", "DEV-999999", None)
    assert [each.records is None for each in lists] == [False, True, False]


def test_a_list_that_is_known_to_be_empty_is_not_requested(make_reader, demo):
    """If the issue itself said that it has no such records, no request is sent for it."""
    assert make_reader(known_empty={"DEV-1"}).read("DEV-1") == IssueRecords("DEV-1", "DEV-1", [])
    assert demo.journal == []


def test_a_wrong_organisation_is_no_missing_issue(client, make_operation):
    """A 403 about the organisation ends the call: it would be the same for every issue."""
    wrong = Client(client.transport, client.login, Organisation("404", "360"), client.base_url, client.limiters)
    with pytest.raises(WrongOrganisation):
        IssueListReader(wrong, make_operation(), "comments", {}).read("DEV-1")


def test_a_service_that_fails_is_no_missing_issue(make_reader, demo):
    """If the service fails for good, the call ends with its error."""
    demo.behaviour.faults.append(Fault("status", "/comments", times=1000, status=500))
    with pytest.raises(ServiceBroken):
        list(make_reader().read_all(["DEV-1", "DEV-2"]))
