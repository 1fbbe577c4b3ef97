"""Builds one issue: plans the events of its life, then writes them into its changelog."""

from operator import attrgetter
from random import Random
from typing import Any

from tracker_magic.demo.issue_lists import Attachment, ListChange
from tracker_magic.demo.model import Issue
from tracker_magic.demo.world.changelog import ChangelogWriter, transition_order
from tracker_magic.demo.world.issue_details import plan_edits, set_initial_values, take_creation_changes
from tracker_magic.demo.world.planning import IssuePlan, PlannedEvent, QueueProfile
from tracker_magic.demo.world.sampling import (
    DAY,
    HOUR,
    MINUTE,
    chance,
    from_milliseconds,
    pick,
    time_in_status,
    working_time,
)
from tracker_magic.demo.world.seasons import SLOWDOWN, slow_quarter
from tracker_magic.demo.world.text_generator import TextGenerator
from tracker_magic.demo.world.workflows import WORKING_STATUSES

_MAX_TRANSITIONS = 40
_CANCELLED_RESOLUTIONS = ("wontFix", "later", "dontDo", "cantReproduce", "duplicate")
_WORK_COMMENTS = ("", "", "", "Разработка", "Разбор и созвон", "Code review")
_WORK_SECONDS = (1800, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800)


class IssueBuilder:
    """Builds issues whose lives end at `now` (milliseconds)."""

    def __init__(self, changelog: ChangelogWriter, rng: Random, texts: TextGenerator, now: int) -> None:
        self.changelog, self.rng, self.texts, self.now = changelog, rng, texts, now
        self.slow_quarter = slow_quarter(now)

    def build(self, plan: IssuePlan) -> Issue:
        """Plan everything that happens to the issue, and write it into the issue."""
        set_initial_values(plan, self.rng, self.texts)
        self._plan_transitions(plan)
        self._plan_sprints(plan)
        self._plan_comments(plan)
        if chance(self.rng, plan.profile.habits.has_worklog):
            self._plan_worklog(plan)
        plan_edits(plan, self.rng, self.now)
        self._write_events(plan)
        return plan.issue

    # the workflow

    def _plan_transitions(self, plan: IssuePlan) -> None:
        profile, status = plan.profile, plan.profile.workflow.initial_status
        plan.moves.append((plan.created_ms, status))
        self._walk_workflow(plan, profile, plan.created_ms, status, plan.moved_ms or self.now)
        if plan.moved_ms is not None and plan.target is not None:
            target, at_ms = plan.target, plan.moved_ms
            status = target.workflow.initial_status
            author = pick(self.rng, profile.team)
            changes = [
                ("queue", target.queue),
                ("type", "bug"),
                ("status", status),
                ("statusStartTime", from_milliseconds(at_ms)),
            ]
            plan.events.append(PlannedEvent(at_ms, "IssueMoved", author, changes))
            plan.moves.append((at_ms, status))
            self._walk_workflow(plan, target, at_ms, status, self.now)

    def _walk_workflow(self, plan: IssuePlan, profile: QueueProfile, ms: int, status: str, end: int) -> None:
        """Plan transitions from `status` until the issue stays where it is or the time reaches `end`."""
        rng = self.rng
        for _ in range(_MAX_TRANSITIONS):
            stage = profile.workflow.stages[status]
            share = rng.random()
            target = next((name for name, up_to in stage.next_statuses if share < up_to), None)
            if target is None:
                return
            ms = self._end_of_stage(plan, profile, ms, status)
            if ms >= end:
                return
            plan.events.append(self._transition(plan, profile, ms, status, target))
            plan.moves.append((ms, target))
            status = target

    def _end_of_stage(self, plan: IssuePlan, profile: QueueProfile, ms: int, status: str) -> int:
        """Draw when an issue leaves a status that it enters at `ms`: work may be blocked for some days."""
        rng, stage, habits = self.rng, profile.workflow.stages[status], profile.habits
        duration = time_in_status(rng, stage.log_hours, stage.sigma)
        if ms in self.slow_quarter:
            duration = int(duration * SLOWDOWN)
        if status in WORKING_STATUSES and chance(rng, habits.blocked):
            begin = ms + duration // 2
            waited = int((1 + 6 * rng.random()) * DAY)
            plan.blocked.append((begin, begin + waited))
            duration += waited
        return working_time(rng, ms + duration, habits.odd_hours)

    def _transition(self, plan: IssuePlan, profile: QueueProfile, ms: int, old: str, new: str) -> PlannedEvent:
        rng, habits = self.rng, profile.habits
        changes: list[tuple[str, Any]] = [("status", new), ("statusStartTime", from_milliseconds(ms))]
        if new in WORKING_STATUSES and (plan.assignee is None or chance(rng, habits.reassigned)):
            plan.assignee = pick(rng, profile.team)
            changes.append(("assignee", plan.assignee))
        changes += self._resolution_changes(profile, old, new)
        if chance(rng, habits.shuffled):
            rng.shuffle(changes)
            changes.sort(key=transition_order)
        return PlannedEvent(ms, "IssueWorkflow", plan.assignee or plan.author, changes)

    def _resolution_changes(self, profile: QueueProfile, old: str, new: str) -> list[tuple[str, Any]]:
        """Set the resolution when the issue is finished, unset it when it is reopened."""
        rng, habits, finished = self.rng, profile.habits, self.changelog.finished_statuses
        if new in finished and old not in finished:
            if chance(rng, habits.unresolved):
                return []
            return [("resolution", pick(rng, _CANCELLED_RESOLUTIONS) if new == "cancelled" else habits.success)]
        return [("resolution", None)] if old in finished and new not in finished else []

    # sprints

    def _plan_sprints(self, plan: IssuePlan) -> None:
        """Put the issue into the sprint in which work starts, and carry it over until it is done."""
        sprints, habits, rng = plan.profile.sprints, plan.profile.habits, self.rng
        started = next((ms for ms, status in plan.moves if status in WORKING_STATUSES), None)
        if started is None or not sprints or not chance(rng, habits.in_sprint):
            return
        number = (started - sprints[0].begin) // (sprints[0].end - sprints[0].begin)
        if not 0 <= number < len(sprints):
            return
        begin = sprints[number].begin
        if begin < plan.created_ms or chance(rng, habits.added_late):
            added = max(plan.created_ms, started - int(rng.random() * HOUR))
        else:
            added = max(plan.created_ms, begin - HOUR)
        plan.events.append(_sprint_change(plan, added + 1, [sprints[number].id]))
        if not self._remove_from_sprint(plan, added, sprints[number].end):
            self._carry_over(plan, number)

    def _remove_from_sprint(self, plan: IssuePlan, added: int, end: int) -> bool:
        """Now and then, take the unfinished issue out of its sprint again; returns whether that happens."""
        removed = added + int((0.2 + 0.7 * self.rng.random()) * (end - added))
        if removed >= self._end_of_life(plan) or not chance(self.rng, plan.profile.habits.removed):
            return False
        plan.events.append(_sprint_change(plan, removed, None))
        return True

    def _end_of_life(self, plan: IssuePlan) -> int:
        """When the issue was finished, or now."""
        last_ms, last_status = plan.moves[-1]
        return last_ms if last_status in self.changelog.finished_statuses else self.now

    def _carry_over(self, plan: IssuePlan, number: int) -> None:
        sprints, habits, rng = plan.profile.sprints, plan.profile.habits, self.rng
        value = [sprints[number].id]
        end = self._end_of_life(plan)
        while number + 1 < len(sprints) and sprints[number].end <= end:
            if chance(rng, habits.dropped):  # back to the backlog, not into the next sprint
                break
            number += 1
            current = sprints[number]
            value = [*value, current.id] if chance(rng, habits.keeps_old_sprints) else [current.id]
            plan.events.append(_sprint_change(plan, current.begin + 90_000, value))

    # comments and work

    def _plan_comments(self, plan: IssuePlan) -> None:
        rng, habits = self.rng, plan.profile.habits
        end = min(self.now, plan.moves[-1][0] + 3 * DAY)
        for _ in range(int(rng.expovariate(0.5))):
            at_ms = plan.created_ms + MINUTE + int(rng.random() * (end - plan.created_ms))
            at_ms = working_time(rng, at_ms, habits.odd_hours)
            external = chance(rng, habits.external)
            author = plan.author if external else pick(rng, plan.profile.team)
            payload = (self.texts.comment(), "incoming" if external else "standard")
            plan.events.append(PlannedEvent(at_ms, "IssueCommentAdded", author, payload=payload))

    def _plan_worklog(self, plan: IssuePlan) -> None:
        rng, habits = self.rng, plan.profile.habits
        for (entered, status), (left, _) in zip(plan.moves, [*plan.moves[1:], (self.now, "")], strict=True):
            if status not in WORKING_STATUSES or not chance(rng, habits.stage_logged):
                continue
            for _ in range(1 + int(rng.random() * 2)):
                seconds = pick(rng, _WORK_SECONDS)
                done = entered + int(rng.random() * min(left - entered, 5 * DAY))
                done = working_time(rng, done, habits.odd_hours)
                start = max(plan.created_ms, done - seconds * 1000) // MINUTE * MINUTE
                delay = int(rng.random() * 20 * DAY) if chance(rng, habits.logged_late) else MINUTE
                author = plan.assignee or plan.author
                plan.events.append(PlannedEvent(done + delay, "IssueWorklogAdded", author, payload=(start, seconds)))

    # writing

    def _write_events(self, plan: IssuePlan) -> None:
        created_at = from_milliseconds(plan.created_ms)
        changes = [("status", plan.moves[0][1]), *take_creation_changes(plan, self.rng)]
        self.changelog.add_event(plan.issue, "IssueCreated", created_at, plan.author, changes)
        plan.events.sort(key=attrgetter("at_ms"))
        for event in plan.events:
            if plan.created_ms < event.at_ms < self.now:
                self._write_event(plan.issue, event)

    def _write_event(self, issue: Issue, event: PlannedEvent) -> None:
        changelog, at, author = self.changelog, from_milliseconds(event.at_ms), event.author
        if event.type == "IssueCommentAdded":
            changelog.add_comment(issue, at, author, *event.payload)
        elif event.type == "IssueWorklogAdded":
            start, seconds = event.payload
            comment = pick(self.rng, _WORK_COMMENTS)
            changelog.log_work(issue, at, author, from_milliseconds(start), seconds, comment=comment)
        elif event.type == "IssueAttachmentAdded":
            name, mimetype, content = event.payload
            attachment = Attachment(str(changelog.ids.number()), name, mimetype, content, author, at)
            issue.attachments.append(attachment)
            added = ListChange("attachments", None, attachment)
            changelog.add_event(issue, event.type, at, author, list_changes=(added,))
        elif event.type == "IssueVoteAdded":
            issue.values["votes"] += 1
            changelog.add_event(issue, event.type, at, author)
        elif any(issue.values.get(name) != new for name, new in event.changes):
            changelog.add_event(issue, event.type, at, author, event.changes)


def _sprint_change(plan: IssuePlan, at_ms: int, sprints: list[str] | None) -> PlannedEvent:
    return PlannedEvent(at_ms, "IssueUpdated", plan.profile.lead, [("sprint", sprints)])
