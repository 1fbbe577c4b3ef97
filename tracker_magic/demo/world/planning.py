"""What the life of an issue is planned from (its queue's people, sprints and habits), and the plan itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from tracker_magic.demo.model import Board, Component, Issue, World
from tracker_magic.demo.world.sampling import DAY, WEEK, to_milliseconds
from tracker_magic.demo.world.workflows import WORKFLOWS, Workflow

_DISMISSED_BEFORE = 150 * DAY  # people who have left took part until so long ago


@dataclass(frozen=True, slots=True)
class Habits:
    """How often things happen in a queue, as probabilities."""

    odd_hours: float  # work outside working hours
    success: str  # the resolution of successful work
    in_sprint: float = 0.9  # of started work
    added_late: float = 0.25  # to a sprint that has begun
    removed: float = 0.1  # from the first sprint before its end
    dropped: float = 0.05  # from the sprint, instead of being carried over
    keeps_old_sprints: float = 0.7  # in the field, when carried over
    reassigned: float = 0.12  # with a new status
    blocked: float = 0.06  # work that has to wait for something, with the tag `blocked`
    unresolved: float = 0.02  # finished without a resolution
    shuffled: float = 0.5  # transitions whose other fields come in another order
    external: float = 0.0  # comments that came by e-mail
    has_worklog: float = 0.5
    stage_logged: float = 0.6  # stages with logged time, in issues with a worklog
    logged_late: float = 0.15  # worklog records made days after the work


_HABITS = {
    "DEV": Habits(0.06, "fixed"),
    "OPS": Habits(0.4, "fixed", external=0.2, has_worklog=0.35),
    "DESIGN": Habits(0.04, "successful", added_late=0.4),
    "SEC": Habits(0.05, "fixed", has_worklog=0.1),
}

# Cumulative share of each issue type.
_TYPES = {
    "DEV": (
        ("bug", 0.34),
        ("task", 0.62),
        ("improvement", 0.74),
        ("newFeature", 0.84),
        ("story", 0.93),
        ("epic", 0.95),
        ("refactoring", 1.0),
    ),
    "OPS": (("incident", 0.4), ("serviceRequest", 0.75), ("change", 0.9), ("task", 1.0)),
    "DESIGN": (("layout", 0.68), ("research", 0.83), ("task", 0.97), ("epic", 1.0)),
    "SEC": (("task", 0.6), ("bug", 1.0)),
}


@dataclass(frozen=True, slots=True)
class SprintPeriod:
    """A sprint that has started; `begin` and `end` in milliseconds."""

    begin: int
    end: int
    id: str


@dataclass(frozen=True, slots=True)
class QueueProfile:
    """Everything about a queue that the lives of its issues depend on; times are milliseconds."""

    queue: str
    workflow: Workflow
    habits: Habits
    type_shares: tuple[tuple[str, float], ...]
    lead: str
    team: list[str]
    full_team: list[str]  # includes people who have left
    all_people: list[str]
    sprints: list[SprintPeriod]
    boards: list[str]
    components: list[str]
    versions: list[tuple[int, str]]  # due, id
    projects: list[str]
    local_fields: dict[str, str]  # key → full id

    def type_at(self, share: float) -> str:
        """Issue type at this position (0 to 1) of the queue's cumulative shares."""
        return next(name for name, up_to in self.type_shares if share <= up_to)

    def team_at(self, ms: int, now: int) -> list[str]:
        """Team members at that time, including those who have left since."""
        return self.full_team if ms < now - _DISMISSED_BEFORE else self.team


@dataclass(slots=True)
class PlannedEvent:
    """An event to come. `payload` is what it adds: a comment's text and type, work's start and seconds, a file."""

    at_ms: int
    type: str
    author: str
    changes: list[tuple[str, Any]] = field(default_factory=list)
    payload: Any = None


@dataclass(slots=True)
class IssuePlan:
    """The plan of an issue's life; `moves` holds (ms, status) for each status on its way.

    `blocked` holds the begin and end of each time in which work had to wait.
    """

    issue: Issue
    profile: QueueProfile
    author: str
    created_ms: int
    moved_ms: int | None = None  # to the queue of `target`
    target: QueueProfile | None = None
    type: str | None = None  # None: as the queue's shares have it
    assignee: str | None = None
    moves: list[tuple[int, str]] = field(default_factory=list)
    blocked: list[tuple[int, int]] = field(default_factory=list)
    events: list[PlannedEvent] = field(default_factory=list)


def queue_profiles(world: World) -> dict[str, QueueProfile]:
    """Profiles of the queues whose workflow is known, by key."""
    return {key: _profile(world, key) for key in world.queues if key in WORKFLOWS}


def _profile(world: World, key: str) -> QueueProfile:
    queue = world.queues[key]
    boards = _ids_in_queue(world.boards, key)
    return QueueProfile(
        key,
        WORKFLOWS[key],
        _HABITS[key],
        _TYPES[key],
        queue.lead,
        [uid for uid in queue.team if not world.users[uid].dismissed],
        list(queue.team),
        [user.uid for user in world.users.values() if not user.dismissed],
        _sprints(world, boards),
        boards,
        _ids_in_queue(world.components, key),
        _versions(world, key),
        [entity.id for entity in world.entities.values() if entity.kind == "project"],
        {definition.key: definition.id for definition in world.local_fields.values() if definition.queue == key},
    )


def _ids_in_queue(items: Mapping[str, Board | Component], queue: str) -> list[str]:
    return [item.id for item in items.values() if item.queue == queue]


def _sprints(world: World, boards: list[str]) -> list[SprintPeriod]:
    started = [sprint for sprint in world.sprints.values() if sprint.board in boards and sprint.started_at]
    begins = [(_start_of_day(sprint.start, hour=7), sprint.id) for sprint in started if sprint.start]
    return [SprintPeriod(begin, begin + 2 * WEEK, sprint_id) for begin, sprint_id in begins]


def _versions(world: World, queue: str) -> list[tuple[int, str]]:
    return [(_start_of_day(v.due), v.id) for v in world.versions.values() if v.queue == queue and v.due]


def _start_of_day(day: date, hour: int = 0) -> int:
    return to_milliseconds(datetime.combine(day, time(hour), UTC))
