"""Users, dictionaries, fields, queues, boards, sprints, entities, filters over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tracker_magic.demo.model import User, World
from tracker_magic.demo.server import Demo

ENGLISH = {"Accept-Language": "en"}


def test_myself(ask: Any, demo: Demo):
    """Numbers for uids; groups on demand."""
    me = ask("/myself").json()
    assert (me["login"], str(me["uid"]), me["hasLicense"]) == ("ivanov", demo.world.me, True)
    assert "groups" not in me
    assert ask("/myself?expand=groups").json()["groups"][0]["display"] == "Все"


@pytest.mark.parametrize("name", ["ivanov", "1130000000000001", "login:ivanov"])
def test_a_user(ask: Any, name: str):
    """By login, uid, or login with its prefix."""
    assert ask(f"/users/{name}").json()["login"] == "ivanov"


def test_a_login_of_digits(ask: Any):
    """It needs the prefix."""
    assert ask("/users/77123").status_code == 404
    assert ask("/users/login:77123").json()["display"] == "Пётр Петров"


def test_users_in_pages(serve: Callable[..., Demo], client_of: Any, world: World):
    """At most 100 a page; `_relative` tells whether more follow; dismissed ones stay."""
    for number in range(150):
        uid = str(1130000000001000 + number)
        world.users[uid] = User(uid, f"user{number}", "Имя", str(number))
    ask = client_of(serve(world))
    first = ask("/users?perPage=100")
    assert (len(first.json()), first.headers["X-Total-Count"]) == (100, "153")
    assert len(ask("/users?perPage=100&page=2").json()) == 53
    assert ask("/users?perPage=101").status_code == 400
    seen, last, more = [], 0, True
    while more:
        part = ask(f"/users/_relative?perPage=40&id={last}").json()
        seen += [user["uid"] for user in part["users"]]
        last, more = seen[-1], part["hasNext"]
    assert seen == sorted(int(uid) for uid in world.users)
    assert [user["login"] for user in first.json() if user["dismissed"]] == ["robot-ci"]
    assert [user["login"] for user in ask("/users?group=2").json()] == ["77123"]


@pytest.mark.parametrize("path", ["statuses", "issuetypes", "priorities", "resolutions"])
def test_dictionaries(ask: Any, demo: Demo, path: str):
    """Whole lists with number ids; each member by id and by key; names in the caller's language."""
    entries = ask(f"/{path}").json()
    assert all(isinstance(entry["id"], int) and isinstance(entry["name"], str) for entry in entries)
    first = entries[0]
    assert first["self"] == f"{demo.url}/v3/{path}/{first['id']}"
    assert ask(f"/{path}/{first['id']}").json() == ask(f"/{path}/{first['key']}").json() == first
    assert ask(f"/{path}/nothing").status_code == 404
    both = ask(f"/{path}?localized=false").json()[0]["name"]
    assert both == {"ru": first["name"], "en": ask(f"/{path}", headers=ENGLISH).json()[0]["name"]}


def test_the_type_of_a_status_may_be_absent(ask: Any):
    """As with some custom statuses."""
    types = {status["key"]: status.get("type") for status in ask("/statuses").json()}
    assert types["open"] == "new"
    assert types["rc"] is None


def test_fields(ask: Any):
    """All global ones; lists name their items and no `required`; options carry their values."""
    fields = {field["id"]: field for field in ask("/fields").json()}
    assert fields["summary"]["schema"] == {"type": "string", "required": True}
    assert fields["followers"]["schema"] == {"type": "array", "items": "user"}
    assert fields["customer"]["optionsProvider"]["values"][0] == "Север"
    assert (fields["status"]["name"], ask("/fields/status", headers=ENGLISH).json()["name"]) == ("Статус", "Status")
    assert not [name for name in fields if "--" in name]
    assert ask("/fields/nothing").status_code == 404
    assert len(ask("/fields/categories").json()) == 2


def test_local_fields(ask: Any, demo: Demo):
    """By queue, by short key, by full id."""
    fields = ask("/queues/DEV/localFields").json()
    assert [(field["key"], field["schema"]["type"], field["type"]) for field in fields] == [
        ("team", "string", "local"),
        ("score", "integer", "local"),
    ]
    assert fields[0]["self"] == f"{demo.url}/v3/queues/DEV/localFields/team"
    assert ask("/queues/DEV/localFields/team").json() == ask(f"/localFields/{fields[0]['id']}").json() == fields[0]
    assert ask("/queues/OPS/localFields").json() == []


def test_queues(ask: Any):
    """Only visible ones, with totals; a number as id; the key's letter case counts."""
    answer = ask("/queues/?perPage=1")
    assert (answer.headers["X-Total-Count"], [queue["key"] for queue in answer.json()]) == ("2", ["DEV"])
    queue = ask("/queues/DEV").json()
    assert queue["id"] == 1
    assert "issueTypes" not in queue
    assert ask("/queues/1").json() == queue
    assert ask("/queues/dev").status_code == 404
    assert ask("/queues/SEC").status_code == 403


def test_an_expanded_queue(ask: Any):
    """`expand` adds parts; workflows are an object."""
    assert [kind["key"] for kind in ask("/queues/DEV?expand=types").json()["issueTypes"]] == ["task", "bug"]
    whole = ask("/queues/DEV?expand=all").json()
    assert isinstance(whole["workflows"], dict)
    assert {"versions", "components", "teamUsers", "issueTypesConfig"} <= set(whole)


def test_parts_of_a_queue(ask: Any):
    """Versions, components, tags, types, screens' fields."""
    assert [version["dueDate"] for version in ask("/queues/DEV/versions").json()] == ["2026-04-01"]
    assert [component["lead"]["display"] for component in ask("/queues/DEV/components").json()] == ["Иван Иванов"]
    assert "frontend" in ask("/queues/DEV/tags").json()
    assert [kind["key"] for kind in ask("/queues/DEV/issuetypes").json()] == ["task", "bug"]
    assert "summary" in {field["id"] for field in ask("/queues/DEV/fields").json()}
    assert ask("/components").json()[0]["id"] == 5
    assert ask("/versions/7").json()["name"] == ask("/queues/DEV/versions").json()[0]["name"]


def test_boards_columns_and_sprints(ask: Any):
    """Numbers as ids; a board without sprints answers 400."""
    assert [board["id"] for board in ask("/boards").json()] == [1, 2]
    assert [board["id"] for board in ask("/boards/_paginate?id=1").json()] == [2]
    assert ask("/boards/_paginate?perPage=501").status_code == 400
    assert ask("/boards/1").json()["columns"][0]["display"] == "Открыт"
    columns = ask("/boards/1/columns").json()
    assert [[status["key"] for status in column["statuses"]] for column in columns] == [
        ["open"],
        ["inProgress", "closed"],
    ]
    sprints = ask("/boards/1/sprints").json()
    assert [(sprint["id"], sprint["status"], "endDateTime" in sprint) for sprint in sprints] == [
        (10, "released", True),
        (11, "in_progress", False),
    ]
    assert ask("/sprints/10").json() == sprints[0]
    refused = ask("/boards/2/sprints", headers=ENGLISH)
    assert (refused.status_code, refused.json()["errorMessages"]) == (
        400,
        ["A board of this type cannot have sprints."],
    )


def test_entities(ask: Any):
    """An envelope with totals; only asked-for fields; found by id and short id."""
    found = ask("/entities/project/_search?fields=summary,lead,start", {}).json()
    assert (found["hits"], found["pages"]) == (1, 1)
    assert found["values"][0]["fields"]["start"] == "2026-03-02"
    assert found["values"][0]["fields"]["lead"]["display"] == "Иван Иванов"
    assert "tags" not in found["values"][0]["fields"]
    assert "fields" not in ask("/entities/project/8").json()
    assert ask(f"/entities/project/{found['values'][0]['id']}?fields=tags").json()["fields"] == {"tags": ["big"]}
    assert ask("/entities/project/_search", {"input": "юг"}).json()["hits"] == 0
    assert ask("/entities/goal/_search", {}).json() == {"hits": 0, "pages": 0, "values": []}
    assert ask("/projects/8").json()["name"] == ask("/projects").json()[0]["name"] == "Проект «Север»"


def test_filters_and_the_rest(ask: Any):
    """A filter by id; link types in either language; applications."""
    assert ask("/filters/41").json()["filter"] == {"assignee": "me()", "status": "open"}
    assert ask("/filters/42").json()["query"] == "Type: bug"
    assert ask("/filters/9").status_code == 404
    assert {kind["id"] for kind in ask("/linktypes").json()} >= {"relates", "subtask", "depends"}
    assert ask("/linktypes/subtask", headers=ENGLISH).json()["inward"] == "Subtask"
    assert len(ask("/applications").json()) == 1
    assert ask("/groups").json()[0]["name"] == "Все"
