"""The calls of the official client."""

from calls import FACTS, check, run
from yandex_tracker_client import TrackerClient

for version in ("v2", "v3"):
    client = TrackerClient(
        token=FACTS["token"], org_id=FACTS["org_id"], base_url=FACTS["url"], retries=0, api_version=version
    )
    issue = client.issues[FACTS["issue"]]
    run(f"{version} myself", lambda: client.myself.login)
    run(f"{version} find", lambda: check(len(client.issues.find(f"Queue: {FACTS['queue']}")) == FACTS["queue_size"]))
    run(
        f"{version} find with an empty filter",
        lambda: check(
            client.issues.find(f"Queue: {FACTS['queue']}", filter={}, count_only=True) == FACTS["queue_size"]
        ),
    )
    run(f"{version} issue", lambda: (issue.summary, issue.status.name, issue.createdBy.login, issue.queue.lead))
    for name in ("comments", "worklog", "links", "attachments", "transitions", "changelog"):
        run(f"{version} {name}", lambda: [member.as_dict() for member in getattr(issue, name)])
    for name in (
        "queues",
        "fields",
        "statuses",
        "priorities",
        "resolutions",
        "issue_types",
        "boards",
        "users",
        "components",
        "linktypes",
        "workflows",
        "projects",
    ):
        run(f"{version} {name}", lambda: [member.as_dict() for member in getattr(client, name).get_all()])
    queue = client.queues[FACTS["queue"]]
    for name in ("components", "versions", "local_fields", "workflows", "triggers", "macros"):
        run(f"{version} queue {name}", lambda: list(getattr(queue, name)))
    for name in ("access", "permissions"):
        run(f"{version} queue {name}", lambda: getattr(queue, name).as_dict()["write"])
    board = client.boards[FACTS["board"]]
    run(f"{version} columns", lambda: [(column.name, column.self) for column in board.columns])
    run(f"{version} sprints", lambda: [sprint.name for sprint in board.sprints])
    run(f"{version} update", lambda: issue.update(tags={"add": [f"seen-{version}"]}, deadline="2027-01-31"))
    run(f"{version} add a comment", lambda: issue.comments.create(text="seen"))
    run(f"{version} entity", lambda: client.project.get(FACTS["project_id"]).as_dict())
