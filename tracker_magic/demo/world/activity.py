"""Lets time pass in a world: people create issues, move them, comment and log work while the world is served."""

from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from tracker_magic.demo.model import Issue, Queue, World
from tracker_magic.demo.world.changelog import ChangelogWriter, IdGenerator, transition_order
from tracker_magic.demo.world.issue_details import set_initial_values, take_creation_changes
from tracker_magic.demo.world.planning import IssuePlan, queue_profiles
from tracker_magic.demo.world.sampling import chance, pick, to_milliseconds
from tracker_magic.demo.world.text_generator import TextGenerator
from tracker_magic.demo.world.vocabulary import TAGS

MEAN_INTERVAL_S = 3.0
"""Mean time between two events."""
MAX_EVENTS_PER_CALL = 20
"""Limit of events per call: after a long pause the world goes on from the present."""
_ID_PREFIX = 0xC0C0C0
_SMALL_TEAM = 3  # people of other teams take part, too
_MAX_PEOPLE, _MAX_VERSIONS = 50, 50  # of a large world, only the first ones are used
_FINISHED_SHARE = 0.1  # of the finished issues that are met, these get an event
_ACTIONS = ("create", "move", "comment", "work", "edit")
_ACTION_WEIGHTS = (0.13, 0.45, 0.25, 0.07, 0.1)
_WORK_SECONDS = (1800, 3600, 7200, 14_400)
_CANCELLED_RESOLUTIONS = ("wontFix", "later", "dontDo")


class Activity:
    """The activity in one world; the same seed and the same times of calls give the same events."""

    def __init__(self, world: World, seed: int = 1) -> None:
        self._rng = Random(seed)
        self._ids = IdGenerator(_ID_PREFIX, _next_free_number(world))
        self._changelog = ChangelogWriter(world, self._ids)
        self._profiles = queue_profiles(world)
        names = [user.first_name for user in islice(world.users.values(), _MAX_PEOPLE) if not user.dismissed]
        versions = [version.name for version in islice(world.versions.values(), _MAX_VERSIONS)]
        self._texts = TextGenerator(self._rng, names or ["Анна"], versions or ["1.0"])
        self._last_numbers = _last_numbers(world)
        self._open_keys = [key for key, issue in world.issues.items() if not self._is_finished(issue)]
        self._next_at: datetime | None = None

    def __call__(self, world: World, now: datetime) -> None:
        """Add the events that are due up to `now`."""
        if self._next_at is None:
            self._next_at = now + self._interval()
        for _ in range(MAX_EVENTS_PER_CALL):
            if self._next_at > now:
                return
            self._act(world, self._next_at)
            self._next_at += self._interval()
        self._next_at = max(self._next_at, now + self._interval())

    def _interval(self) -> timedelta:
        return timedelta(seconds=self._rng.expovariate(1 / MEAN_INTERVAL_S))

    def _act(self, world: World, at: datetime) -> None:
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        issue = self._pick_issue(world)
        action = self._rng.choices(_ACTIONS, _ACTION_WEIGHTS)[0]
        if issue is None or action == "create":
            self._create_issue(world, at)
            return
        if issue.events:
            at = max(at, issue.events[-1].at + timedelta(milliseconds=1))
        person = self._pick_person(world, world.queues[_queue_key(issue)])
        if action == "move" and self._move_issue(world, issue, at):
            return
        if action == "work":
            seconds = pick(self._rng, _WORK_SECONDS)
            self._changelog.log_work(issue, at, person, at - timedelta(seconds=seconds), seconds)
        elif action == "edit":
            self._changelog.add_event(issue, "IssueUpdated", at, person, [self._draw_edit(world, issue)])
        else:
            self._changelog.add_comment(issue, at, person, self._texts.comment())

    # choices

    def _pick_issue(self, world: World) -> Issue | None:
        """Pick an open issue, now and then one that was just finished; other finished ones leave the list here."""
        while self._open_keys:
            position = int(self._rng.random() * len(self._open_keys))
            issue = world.find(self._open_keys[position])
            if issue is not None and (not self._is_finished(issue) or chance(self._rng, _FINISHED_SHARE)):
                return issue
            self._open_keys[position] = self._open_keys[-1]
            self._open_keys.pop()
        return None

    def _is_finished(self, issue: Issue) -> bool:
        return issue.values.get("status") in self._changelog.finished_statuses

    def _pick_person(self, world: World, queue: Queue) -> str:
        team = queue.team if len(queue.team) > _SMALL_TEAM else tuple(islice(world.users, _MAX_PEOPLE))
        present = [uid for uid in team if uid in world.users and not world.users[uid].dismissed]
        return pick(self._rng, present or [queue.lead])

    def _pick_target(self, queue: Queue, status: str) -> str | None:
        """Pick the next status: with the queue's usual probabilities, where they are known."""
        targets = [target for *_, target in queue.workflow.get(status, ())]
        if not targets:
            return None
        profile = self._profiles.get(queue.key)
        stage = profile.workflow.stages.get(status) if profile else None
        usual = stage.next_statuses if stage else ()
        share = self._rng.random()
        return next((name for name, up_to in usual if share < up_to and name in targets), pick(self._rng, targets))

    def _pick_resolution(self, world: World, status: str) -> str:
        known = [name for name in _CANCELLED_RESOLUTIONS if name in world.resolutions]
        if world.statuses[status].type == "cancelled" and known:
            return pick(self._rng, known)
        return "fixed" if "fixed" in world.resolutions else next(iter(world.resolutions))

    def _draw_edit(self, world: World, issue: Issue) -> tuple[str, Any]:
        """Draw a field and a new value that differs from the present one."""
        values, rng = issue.values, self._rng
        sprint = _sprint_to_join(world, issue)
        if sprint is not None and chance(rng, 0.4):
            return "sprint", [*values.get("sprint", []), sprint]
        tags = [tag for tag in TAGS if tag not in values.get("tags", [])]
        if tags and chance(rng, 0.5):
            return "tags", [*values.get("tags", []), pick(rng, tags)]
        priorities = [key for key in world.priorities if key != values.get("priority")]
        return "priority", pick(rng, priorities) if priorities else values.get("priority")

    # actions

    def _move_issue(self, world: World, issue: Issue, at: datetime) -> bool:
        """Move the issue to another status; return False where none can be reached."""
        queue = world.queues[_queue_key(issue)]
        target = self._pick_target(queue, issue.values.get("status", ""))
        if target is None:
            return False
        assignee = issue.values.get("assignee")
        person = assignee if assignee in world.users else self._pick_person(world, queue)
        changes: list[tuple[str, Any]] = [("status", target), ("statusStartTime", at)]
        if target in self._changelog.finished_statuses:
            if not self._is_finished(issue):
                changes.append(("resolution", self._pick_resolution(world, target)))
        else:
            changes.append(("resolution", None))
            if assignee is None and world.statuses[target].type != "new":
                changes.append(("assignee", person))
        self._rng.shuffle(changes)
        changes.sort(key=transition_order)
        self._changelog.add_event(issue, "IssueWorkflow", at, person, changes)
        return True

    def _create_issue(self, world: World, at: datetime) -> None:
        queues = [queue for queue in world.queues.values() if not queue.hidden]
        if not queues:
            return
        queue = pick(self._rng, queues)
        key = self._next_key(world, queue.key)
        issue = Issue(self._ids.object_id(at), key, {})
        changes = self._set_initial_values(world, queue, issue, at)
        self._changelog.add_event(issue, "IssueCreated", at, issue.values["createdBy"], changes)
        world.add(issue)
        self._open_keys.append(key)

    def _set_initial_values(self, world: World, queue: Queue, issue: Issue, at: datetime) -> list[tuple[str, Any]]:
        """Set the values of a new issue; return the changes of its creation event."""
        author, profile = self._pick_person(world, queue), self._profiles.get(queue.key)
        if profile is not None:
            plan = IssuePlan(issue, profile, author, to_milliseconds(at))
            set_initial_values(plan, self._rng, self._texts)
            return [("status", profile.workflow.initial_status), *take_creation_changes(plan, self._rng)]
        issue.values |= {
            "queue": queue.key,
            "summary": self._texts.summary("task"),
            "description": self._texts.description(),
            "type": queue.default_type,
            "priority": queue.default_priority,
            "createdAt": at,
            "createdBy": author,
            "votes": 0,
        }
        initial = [key for key, status in world.statuses.items() if status.type == "new"]
        return [("status", (initial or list(world.statuses))[0])]

    def _next_key(self, world: World, queue: str) -> str:
        while True:
            self._last_numbers[queue] = self._last_numbers.get(queue, 0) + 1
            key = f"{queue}-{self._last_numbers[queue]}"
            if key not in world.keys:
                return key


def _queue_key(issue: Issue) -> str:
    return issue.key.rpartition("-")[0]


def _sprint_to_join(world: World, issue: Issue) -> str | None:
    """Id of the sprint in progress on a board of the issue's queue; None if there is none, or the issue is in it."""
    queue = _queue_key(issue)
    for sprint in world.sprints.values():
        if sprint.status == "in_progress" and world.boards[sprint.board].queue == queue:
            return sprint.id if sprint.id not in issue.values.get("sprint", []) else None
    return None


def _last_numbers(world: World) -> dict[str, int]:
    """Highest number of each queue's keys, including former keys."""
    last: dict[str, int] = {}
    for key in world.keys:
        queue, dash, number = key.rpartition("-")
        if dash and number.isdigit():
            last[queue] = max(last.get(queue, 0), int(number))
    return last


def _next_free_number(world: World) -> int:
    """Return a number greater than the id of any comment, worklog record and link."""
    last = 0
    for issue in world.issues.values():
        for parts in (issue.comments, issue.worklog, issue.links):
            last = max([last, *(part.id for part in parts)])
    return last + 1
