"""Users, dictionaries, fields, queues, boards, sprints, entities, filters over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tracker_magic.demo.issue_lists import Comment
from tracker_magic.demo.model import Entity, User, World
from tracker_magic.demo.server import Demo

ENGLISH = {"Accept-Language": "en"}


def test_myself(api: Any, demo: Demo):
    """`/myself` has uids as numbers, and groups with `expand`."""
    me = api("/myself").json()
    assert (me["login"], str(me["uid"]), me["hasLicense"]) == ("ivanov", demo.world.me, True)
    assert "groups" not in me
    assert api("/myself?expand=groups").json()["groups"][0]["display"] == "Все"


@pytest.mark.parametrize("name", ["ivanov", "1130000000000001", "login:ivanov"])
def test_a_user(api: Any, name: str):
    """A user is found by login, by uid, or by login with the prefix `login:`."""
    assert api(f"/users/{name}").json()["login"] == "ivanov"


def test_a_login_of_digits(api: Any):
    """A login that consists of digits needs the prefix `login:`."""
    assert api("/users/77123").status_code == 404
    assert api("/users/login:77123").json()["display"] == "Пётр Петров"


def test_users_in_pages(serve: Callable[..., Demo], client_of: Any, world: World):
    """A page of users has at most 100; `_relative` says whether more follow; dismissed users are included."""
    for number in range(150):
        uid = str(1130000000001000 + number)
        world.users[uid] = User(uid, f"user{number}", "Имя", str(number))
    api = client_of(serve(world))
    first = api("/users?perPage=100")
    assert (len(first.json()), first.headers["X-Total-Count"]) == (100, "153")
    assert len(api("/users?perPage=100&page=2").json()) == 53
    assert api("/users?perPage=101").status_code == 400
    uids, last, has_next = [], 0, True
    while has_next:
        part = api(f"/users/_relative?perPage=40&id={last}").json()
        uids += [user["uid"] for user in part["users"]]
        last, has_next = uids[-1], part["hasNext"]
    assert uids == sorted(int(uid) for uid in world.users)
    assert [user["login"] for user in first.json() if user["dismissed"]] == ["robot-ci"]
    assert [user["login"] for user in api("/users?group=2").json()] == ["77123"]


@pytest.mark.parametrize("path", ["statuses", "issuetypes", "priorities", "resolutions"])
def test_dictionaries(api: Any, demo: Demo, path: str):
    """A dictionary is listed whole with numbers as ids; each entry is found by id and key; names are localized."""
    entries = api(f"/{path}").json()
    assert all(isinstance(entry["id"], int) and isinstance(entry["name"], str) for entry in entries)
    first = entries[0]
    assert first["self"] == f"{demo.url}/v3/{path}/{first['id']}"
    assert api(f"/{path}/{first['id']}").json() == api(f"/{path}/{first['key']}").json() == first
    assert api(f"/{path}/nothing").status_code == 404
    both = api(f"/{path}?localized=false").json()[0]["name"]
    assert both == {"ru": first["name"], "en": api(f"/{path}", headers=ENGLISH).json()[0]["name"]}


def test_the_type_of_a_status_may_be_absent(api: Any):
    """Some custom statuses have no type."""
    types = {status["key"]: status.get("type") for status in api("/statuses").json()}
    assert types["open"] == "new"
    assert types["rc"] is None


def test_fields(api: Any):
    """All global fields are listed; those with lists name their items, and options have their values."""
    fields = {field["id"]: field for field in api("/fields").json()}
    assert fields["summary"]["schema"] == {"type": "string", "required": True}
    assert fields["followers"]["schema"] == {"type": "array", "items": "user"}
    assert fields["customer"]["optionsProvider"]["values"][0] == "Север"
    assert (fields["status"]["name"], api("/fields/status", headers=ENGLISH).json()["name"]) == ("Статус", "Status")
    assert not [name for name in fields if "--" in name]
    assert api("/fields/nothing").status_code == 404
    assert len(api("/fields/categories").json()) == 2


def test_local_fields(api: Any, demo: Demo):
    """Local fields are found by queue, by short key and by full id."""
    fields = api("/queues/DEV/localFields").json()
    assert [(field["key"], field["schema"]["type"], field["type"]) for field in fields] == [
        ("team", "string", "local"),
        ("score", "integer", "local"),
    ]
    assert fields[0]["self"] == f"{demo.url}/v3/queues/DEV/localFields/team"
    assert api("/queues/DEV/localFields/team").json() == api(f"/localFields/{fields[0]['id']}").json() == fields[0]
    assert api("/queues/OPS/localFields").json() == []


def test_queues(api: Any):
    """Only visible queues are listed, with totals; a queue is found by key, which is case-sensitive, or id."""
    response = api("/queues/?perPage=1")
    assert (response.headers["X-Total-Count"], [queue["key"] for queue in response.json()]) == ("2", ["DEV"])
    queue = api("/queues/DEV").json()
    assert queue["id"] == 1
    assert "issueTypes" not in queue
    assert api("/queues/1").json() == queue
    assert api("/queues/dev").status_code == 404
    assert api("/queues/SEC").status_code == 403


def test_an_expanded_queue(api: Any):
    """`expand` adds parts to a queue; its workflows are an object."""
    assert [kind["key"] for kind in api("/queues/DEV?expand=types").json()["issueTypes"]] == ["task", "bug"]
    whole = api("/queues/DEV?expand=all").json()
    assert isinstance(whole["workflows"], dict)
    assert {"versions", "components", "teamUsers", "issueTypesConfig"} <= set(whole)


def test_lists_of_a_queue(api: Any):
    """Versions, components, tags, types and screen fields of a queue are listed."""
    assert [version["dueDate"] for version in api("/queues/DEV/versions").json()] == ["2026-04-01"]
    assert [component["lead"]["display"] for component in api("/queues/DEV/components").json()] == ["Иван Иванов"]
    assert "frontend" in api("/queues/DEV/tags").json()
    assert [kind["key"] for kind in api("/queues/DEV/issuetypes").json()] == ["task", "bug"]
    assert "summary" in {field["id"] for field in api("/queues/DEV/fields").json()}
    assert api("/components").json()[0]["id"] == 5
    assert api("/versions/7").json()["name"] == api("/queues/DEV/versions").json()[0]["name"]


def test_boards_columns_and_sprints(api: Any):
    """Boards, columns and sprints have numbers as ids; a board without sprints gets 400."""
    assert [board["id"] for board in api("/boards").json()] == [1, 2]
    assert [board["id"] for board in api("/boards/_paginate?id=1").json()] == [2]
    assert api("/boards/_paginate?perPage=501").status_code == 400
    assert api("/boards/1").json()["columns"][0]["display"] == "Открыт"
    columns = api("/boards/1/columns").json()
    assert [[status["key"] for status in column["statuses"]] for column in columns] == [
        ["open"],
        ["inProgress", "closed"],
    ]
    sprints = api("/boards/1/sprints").json()
    assert [(sprint["id"], sprint["status"], "endDateTime" in sprint) for sprint in sprints] == [
        (10, "released", True),
        (11, "in_progress", False),
    ]
    assert api("/sprints/10").json() == sprints[0]
    refused = api("/boards/2/sprints", headers=ENGLISH)
    assert (refused.status_code, refused.json()["errorMessages"]) == (
        400,
        ["A board of this type cannot have sprints."],
    )


def test_entities(api: Any):
    """Entities come in an object with totals, have only the requested fields, and are found by id and short id."""
    result = api("/entities/project/_search?fields=summary,lead,start", {}).json()
    assert (result["hits"], result["pages"]) == (1, 1)
    assert result["values"][0]["fields"]["start"] == "2026-03-02"
    assert result["values"][0]["fields"]["lead"]["display"] == "Иван Иванов"
    assert "tags" not in result["values"][0]["fields"]
    assert "fields" not in api("/entities/project/8").json()
    assert api(f"/entities/project/{result['values'][0]['id']}?fields=tags").json()["fields"] == {"tags": ["big"]}
    assert api("/entities/project/_search", {"input": "юг"}).json()["hits"] == 0
    assert api("/entities/goal/_search", {}).json() == {"hits": 0, "pages": 0, "values": []}
    assert api("/projects/8").json()["name"] == api("/projects").json()[0]["name"] == "Проект «Север»"


def test_lists_of_an_entity(api: Any, demo: Demo):
    """Comments and events of an entity come whole or in parts around a member; links are those to parents."""
    project = next(iter(demo.world.entities.values()))
    project.comments += [Comment(number, project.created_at, demo.world.me, f"Шаг {number}") for number in range(1, 6)]
    path = f"/entities/project/{project.id}"
    assert [comment["id"] for comment in api(f"{path}/comments").json()] == [1, 2, 3, 4, 5]
    assert api(f"{path}/comments/2").json()["text"] == "Шаг 2"
    for query, ids, has_next, has_prev in (
        ("", [1, 2, 3, 4, 5], False, False),
        ("?perPage=2", [1, 2], True, False),
        ("?perPage=2&from=2", [3, 4], True, True),
        ("?perPage=2&from=4&direction=backward", [2, 3], True, True),
        ("?perPage=3&selected=3", [2, 3, 4], True, True),
        ("?perPage=2&newCommentsOnTop=true", [5, 4], True, False),
    ):
        part = api(f"{path}/comments/_relative{query}").json()
        assert [comment["id"] for comment in part["comments"]] == ids, query
        assert (part["hasNext"], part["hasPrev"]) == (has_next, has_prev), query
    assert api(f"{path}/comments/_relative?from=1&selected=2").status_code == 400
    assert [
        event["display"] for event in api(f"{path}/events/_relative?perPage=2", headers=ENGLISH).json()["events"]
    ] == [
        "Created",
        "Comment added",
    ]
    assert api(f"{path}/attachments").json() == api(f"{path}/links").json() == []
    child = Entity("655f8ce5d6a3983300000002", 9, "project", demo.world.me, project.created_at, project.created_at, {})
    child.fields["parentEntity"] = project.id
    demo.world.entities[child.id] = child
    assert [link["linkFieldValues"]["id"] for link in api("/entities/project/9/links").json()] == [project.id]


def test_queues_of_a_project(api: Any, demo: Demo):
    """The queues of a project are listed, without those that the caller may not see."""
    project = next(iter(demo.world.entities.values()))
    project.fields["issueQueues"] = ["OPS", "SEC"]
    assert [queue["key"] for queue in api("/projects/8/queues").json()] == ["OPS"]
    assert [queue["key"] for queue in api("/projects/8?expand=queues").json()["queues"]] == ["OPS"]
    assert api("/projects/9/queues").status_code == 404


def test_columns_sprints_and_settings_of_a_queue(api: Any):
    """Single columns, all sprints, and the access, workflow, triggers, macros and autoactions of a queue are read."""
    assert api("/boards/1/columns/2").json() == api("/boards/1/columns").json()[1]
    assert api("/boards/1/columns/3").status_code == 404
    assert [sprint["id"] for sprint in api("/sprints").json()] == [10, 11]
    for path in ("access", "permissions"):
        assert [user["display"] for user in api(f"/queues/DEV/{path}").json()["write"]["users"]] == ["Иван Иванов"]
    types = api("/queues/DEV/workflows").json()
    assert {name: [kind["key"] for kind in kinds] for name, kinds in types.items()} == {"DEV": ["task", "bug"]}
    workflow = api("/workflows/DEV").json()
    assert [each["id"] for each in api("/workflows").json()] == ["DEV", "OPS"]
    assert [(step["status"]["key"], step["actions"][0]["target"]["key"]) for step in workflow["steps"]] == [
        ("open", "inProgress"),
        ("inProgress", "closed"),
        ("closed", "open"),
    ]
    for path in ("triggers", "macros", "autoactions"):
        (record,) = api(f"/queues/DEV/{path}").json()
        assert api(f"/queues/DEV/{path}/1").json() == record
        assert api(f"/queues/DEV/{path}/2").status_code == 404
        assert api(f"/queues/SEC/{path}").status_code == 403


def test_filters_link_types_applications_and_groups(api: Any):
    """A filter is found by id; link types are localized; applications and groups are listed."""
    assert api("/filters/41").json()["filter"] == {"assignee": "me()", "status": "open"}
    assert api("/filters/42").json()["query"] == "Type: bug"
    assert api("/filters/9").status_code == 404
    assert {kind["id"] for kind in api("/linktypes").json()} >= {"relates", "subtask", "depends"}
    assert api("/linktypes/subtask", headers=ENGLISH).json()["inward"] == "Subtask"
    assert len(api("/applications").json()) == 1
    assert api("/groups").json()[0]["name"] == "Все"
