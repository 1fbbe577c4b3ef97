"""The official client works with the embedded Tracker."""

from collections.abc import Iterator

import pytest
from yandex_tracker_client import TrackerClient
from yandex_tracker_client.exceptions import Forbidden, NotFound

from tracker_magic.demo.server import Demo


@pytest.fixture(params=["v2", "v3"])
def client(request: pytest.FixtureRequest, demo: Demo) -> Iterator[TrackerClient]:
    """The official client, with either version of the API."""
    client = TrackerClient(
        token=demo.access.token, org_id=demo.access.org_id, base_url=demo.url, retries=0, api_version=request.param
    )
    with client._connection.session as session:
        session.trust_env = False
        yield client


def test_login(client: TrackerClient, demo: Demo):
    """`myself` is the user whose token it is."""
    assert client.myself.login == "ivanov"
    assert str(client.myself.uid) == demo.world.me


def test_a_cloud_organisation(demo: Demo):
    """`X-Org-Id: not provided`, which the client sends along with a cloud organisation, counts as missing."""
    client = TrackerClient(token=demo.access.token, cloud_org_id=demo.access.cloud_org_id, base_url=demo.url, retries=0)
    with client._connection.session:
        assert client.myself.login == "ivanov"


def test_a_wrong_organisation(demo: Demo):
    """Another organisation is refused with 403."""
    client = TrackerClient(token=demo.access.token, org_id="1", base_url=demo.url, retries=0)
    with client._connection.session, pytest.raises(Forbidden):
        _ = client.myself.login


def test_find_reads_all_pages(client: TrackerClient):
    """`find` follows `Link: next` to the end and takes the count from the headers."""
    issues = client.issues.find("Queue: DEV", per_page=25)
    assert len(issues) == 120
    assert {issue.key for issue in issues} == {f"DEV-{number}" for number in range(1, 121)}


def test_find_seeks_a_page(client: TrackerClient):
    """`Link: seek` leads to any page."""
    issues = client.issues.find('Queue: DEV "Sort By": Key', per_page=50)
    assert [issue.key for issue in issues.get_page(3)] == [f"DEV-{number}" for number in range(101, 121)]


def test_find_by_filter_with_an_order(client: TrackerClient):
    """`find` takes a filter with an order as a list."""
    issues = client.issues.find(filter={"queue": "DEV", "status": "closed", "assignee": "me()"}, order=["-key"])
    assert [issue.key for issue in issues][:2] == ["DEV-116", "DEV-112"]


def test_find_by_queue_pages_after_ids(client: TrackerClient):
    """A search by `queue` is paged by `next` links alone."""
    assert [issue.key for issue in client.issues.find(queue="DEV")] == [f"DEV-{n}" for n in range(1, 121)]


def test_count(client: TrackerClient):
    """`count_only` returns a number."""
    assert client.issues.find("Queue: OPS", count_only=True) == 3


def test_references_are_loaded(client: TrackerClient):
    """Further attributes of a reference are loaded from its own address."""
    issue = client.issues["DEV-1"]
    assert issue.status.key == "open"
    assert issue.status.name == "Открыт"
    assert issue.assignee.login == "ivanov"
    assert issue.queue.lead.display == "Иван Иванов"
    assert issue.parent.summary == "Задача 2"
    assert issue.sprint[1].status == "in_progress"
    assert issue.resolution is None


def test_local_fields(client: TrackerClient):
    """A local field is an attribute by its short key, and the queue lists its local fields."""
    assert client.issues["DEV-1"].team == "Red"
    assert client.issues["DEV-1"].as_dict()["603fb94c38bbe65800000001--team"] == "Red"
    fields = client.queues["DEV"].local_fields
    assert {field.key for field in fields} == {"team", "score"}


def test_changelog_of_several_pages(client: TrackerClient):
    """The changelog follows its links beyond the first 50 entries."""
    entries = list(client.issues["DEV-1"].changelog.get_all())
    assert len(entries) == 64
    moves = [entry for entry in entries if entry.type == "IssueWorkflow"]
    assert [move.fields[0]["to"].key for move in moves] == ["inProgress", "open"]


def test_comments_of_several_pages(client: TrackerClient):
    """All comments are read, with their authors."""
    comments = list(client.issues["DEV-1"].comments.get_all())
    assert [comment.id for comment in comments] == list(range(1, 61))
    assert comments[0].createdBy.display == "Пётр Петров"


def test_subresources(client: TrackerClient):
    """Links, attachments, transitions and worklog of an issue are read."""
    issue = client.issues["DEV-1"]
    assert [link.object.key for link in issue.links] == ["DEV-2", "OPS-1"]
    assert [attachment.name for attachment in issue.attachments] == ["заметка.txt"]
    assert [transition.to.key for transition in issue.transitions] == ["inProgress"]
    assert [work.duration for work in issue.worklog] == ["PT4H", "P1W2D"]


def test_queues_users_and_dictionaries(client: TrackerClient):
    """Queues, users, statuses and sprints are listed whole; a hidden queue is left out."""
    assert [queue.key for queue in client.queues] == ["DEV", "OPS"]
    assert {user.login for user in client.users} == {"ivanov", "77123", "robot-ci"}
    assert "closed" in {status.key for status in client.statuses}
    assert [sprint.name for sprint in client.boards[1].sprints] == ["Sprint 1", "Sprint 2"]


def test_as_dict_is_the_record(client: TrackerClient):
    """`as_dict` returns references as plain objects."""
    record = client.issues["DEV-1"].as_dict()
    assert record["status"]["key"] == "open"
    assert record["originalEstimation"] == "P1WT20M"


def test_not_found(client: TrackerClient):
    """An unknown key is the client's NotFound, with the message of the service."""
    with pytest.raises(NotFound) as caught:
        client.issues["DEV-99999"]
    assert caught.value.error_messages == ["Задача не существует."]


def test_a_moved_issue(client: TrackerClient):
    """A former key of a moved issue leads to the issue."""
    issue = client.issues["OPS-77"]
    assert issue.key == "DEV-2"
    assert issue.aliases == ["OPS-77"]
