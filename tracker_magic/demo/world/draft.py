"""An issue whose life is being planned."""

from dataclasses import dataclass, field
from typing import Any

from tracker_magic.demo.model import Issue
from tracker_magic.demo.world.casting import Cast

Step = tuple[int, str, str, list[tuple[str, Any]], Any]
"""Milliseconds, kind of event, who, changes, and what hangs on it: a comment's text, a worklog record, a file."""


@dataclass(slots=True)
class Draft:
    """An issue being planned: `moves` are (ms, status) as it goes along the workflow."""

    issue: Issue
    cast: Cast
    author: str
    born: int
    moved_at: int | None = None
    target: Cast | None = None
    assignee: str | None = None
    moves: list[tuple[int, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
