"""Programs that others wrote for the service, and what becomes of their calls to the embedded Tracker."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker_magic.demo import start
from tracker_magic.demo.server import Demo

SCRIPTS = Path(__file__).parent / "scripts"
LIMIT_S = 1200  # a client that is a command starts Python for each call, which takes seconds on a busy machine


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its distribution, its script, and what is its own fault."""

    distribution: str
    script: str
    python: str | None = None  # the version that it needs, if it does not run on every one
    missing: tuple[str, ...] = ()  # distributions that it needs and does not name
    sprint_is_list: bool = False  # works only if the schema of `sprint` says so; nobody knows what the service says
    fault: str = ""


CLIENTS = (
    Client("yandex_tracker_client", "official_client.py"),
    Client("yatracker", "yatracker_client.py"),
    Client("YaTrackerApi", "yatrackerapi_client.py"),
    Client("yandex-tracker-mcp", "mcp_client.py"),
    Client("yandex-tracker-cli", "ytcli.py"),
    Client(
        "tracker-exporter",
        "exporter.py",
        python="3.12",
        missing=("pyyaml",),
        sprint_is_list=True,
        fault="does not name pyyaml, which it imports",
    ),
    Client("yandex-cli", "ycli_client.py", python="3.12"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call, and why it failed; None if it worked."""

    call: str
    error: str | None


def facts_of(demo: Demo) -> dict[str, Any]:
    """What the scripts need to know of a served world."""
    world, access = demo.world, demo.access
    board = next(board for board in world.boards.values() if board.has_sprints)
    project = next(entity for entity in world.entities.values() if entity.kind == "project")
    issues = [issue for issue in world.issues.values() if issue.key.startswith(f"{board.queue}-")]
    return {
        "url": demo.url,
        "token": access.token,
        "org_id": access.org_id,
        "queue": board.queue,
        "queue_size": len(issues),
        "issue": max(issues, key=lambda issue: len(issue.events)).key,
        "board": board.id,
        "column": board.columns[0][0],
        "sprint": next(sprint.id for sprint in world.sprints.values() if sprint.board == board.id),
        "project": str(project.short_id),
        "project_id": project.id,
        "filter": next(iter(world.filters)),
        "user": world.me,
    }


def run_client(client: Client, python: str, *, other_forms: bool = False) -> list[Outcome]:
    """Run the script of a client with an interpreter that has the client, against a world of its own.

    With `other_forms`, the service behaves in the other way wherever nobody knows how it does.
    """
    with start(issues=60, seed=5, evolve=False) as demo:
        demo.world.fields["sprint"].many = client.sprint_is_list
        if other_forms:
            demo.behaviour.worklog_ids, demo.behaviour.worklog_paging = "issue", "id"
            demo.behaviour.status_type, demo.behaviour.index_lag_s = "value", 5.0
        return _run_script(client, python, facts_of(demo))


def _run_script(client: Client, python: str, facts: Mapping[str, Any]) -> list[Outcome]:
    # A proxy or a login of this machine must not reach the client.
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    env = {**kept, "CLIENT_FACTS": json.dumps(dict(facts)), "PYTHONWARNINGS": "ignore", "NO_PROXY": "127.0.0.1"}
    command = [python, str(SCRIPTS / client.script)]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return [Outcome("the script", f"not finished within {LIMIT_S} s")]
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"call": ')]
    outcomes = [Outcome(**json.loads(line)) for line in lines]
    if done.returncode or not outcomes:
        outcomes.append(Outcome("the script", f"exit status {done.returncode}: {done.stderr[-2000:]}"))
    return outcomes
