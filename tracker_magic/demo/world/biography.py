"""The life of one issue, planned as steps in time and then told to the chronicle."""

from operator import itemgetter
from random import Random
from typing import Any

from tracker_magic.demo.issue_lists import Attachment
from tracker_magic.demo.model import Issue
from tracker_magic.demo.world import trimmings
from tracker_magic.demo.world.casting import Cast
from tracker_magic.demo.world.chronicle import Chronicle, moment
from tracker_magic.demo.world.draft import Draft, Step
from tracker_magic.demo.world.process import WORK
from tracker_magic.demo.world.texts import Writer, chance, pick
from tracker_magic.demo.world.timing import DAY, HOUR, at_work, stay

_MOST_MOVES = 40
_GIVEN_UP = ("wontFix", "later", "dontDo", "cantReproduce", "duplicate")
_WORK_NOTES = ("", "", "", "Разработка", "Разбор и созвон", "Code review")
_SECONDS = (1800, 3600, 5400, 7200, 10_800, 14_400, 21_600, 28_800)


class Biographer:
    """Writes lives up to `now` (milliseconds)."""

    def __init__(self, chronicle: Chronicle, rng: Random, writer: Writer, now: int) -> None:
        self.chronicle, self.rng, self.writer, self.now = chronicle, rng, writer, now

    def live(self, draft: Draft) -> Issue:
        """Plan all that happens to the issue and write it down."""
        trimmings.dress(draft, self.rng, self.writer)
        self._plan_moves(draft)
        self._plan_sprints(draft)
        self._plan_talk(draft)
        trimmings.plan_updates(draft, self.rng, self.now)
        self._tell(draft)
        return draft.issue

    # the workflow

    def _plan_moves(self, draft: Draft) -> None:
        cast, status = draft.cast, draft.cast.process.first
        end = draft.moved_at or self.now
        draft.moves.append((draft.born, status))
        status = self._walk(draft, cast, draft.born, status, end)
        if draft.moved_at is not None and draft.target is not None:
            target = draft.target
            status = target.process.first
            at, by = draft.moved_at, pick(self.rng, cast.team)
            changes = [("queue", target.queue), ("type", "bug"), ("status", status), ("statusStartTime", moment(at))]
            draft.steps.append((at, "IssueMoved", by, changes, None))
            draft.moves.append((at, status))
            self._walk(draft, target, at, status, self.now)

    def _walk(self, draft: Draft, cast: Cast, ms: int, status: str, end: int) -> str:
        rng = self.rng
        for _ in range(_MOST_MOVES):
            stage = cast.process.stages[status]
            share = rng.random()
            target = next((name for name, up_to in stage.moves if share < up_to), None)
            if target is None:
                break
            ms = at_work(rng, ms + stay(rng, stage.log_hours, stage.sigma), cast.habits.shift)
            if ms >= end:
                break
            draft.steps.append(self._move(draft, cast, ms, status, target))
            draft.moves.append((ms, target))
            status = target
        return status

    def _move(self, draft: Draft, cast: Cast, ms: int, old: str, new: str) -> Step:
        rng = self.rng
        changes: list[tuple[str, Any]] = [("status", new), ("statusStartTime", moment(ms))]
        if new in WORK and (draft.assignee is None or chance(rng, cast.habits.handover)):
            draft.assignee = pick(rng, cast.team)
            changes.append(("assignee", draft.assignee))
        finished = self.chronicle.finished
        if new in finished and old not in finished and not chance(rng, cast.habits.unresolved):
            changes.append(("resolution", pick(rng, _GIVEN_UP) if new == "cancelled" else cast.habits.success))
        elif old in finished and new not in finished:
            changes.append(("resolution", None))
        if chance(rng, cast.habits.disorder):
            rng.shuffle(changes)
        by = draft.assignee or draft.author
        return (ms, "IssueWorkflow", by, changes, None)

    # sprints

    def _plan_sprints(self, draft: Draft) -> None:
        """The sprint in which work begins, added before it or late; then the next one as long as it is not done."""
        sprints, rng = draft.cast.sprints, self.rng
        begun = next((ms for ms, status in draft.moves if status in WORK), None)
        if begun is None or not sprints or not chance(rng, draft.cast.habits.planned):
            return
        number = (begun - sprints[0][0]) // (sprints[0][1] - sprints[0][0])
        if not 0 <= number < len(sprints):
            return
        lead, start = draft.cast.lead, sprints[number][0]
        late = start < draft.born or chance(rng, draft.cast.habits.late)
        added = max(draft.born, begun - int(rng.random() * HOUR)) if late else max(draft.born, start - HOUR)
        held = [sprints[number][2]]
        draft.steps.append((added + 1, "IssueUpdated", lead, [("sprint", list(held))], None))
        done = self._done(draft)
        while number + 1 < len(sprints) and sprints[number][1] <= min(done, self.now):
            if chance(rng, draft.cast.habits.dropped):  # back to the backlog, not into the next sprint
                break
            number += 1
            held = [*held, sprints[number][2]] if chance(rng, draft.cast.habits.kept) else [sprints[number][2]]
            draft.steps.append((sprints[number][0] + 90_000, "IssueUpdated", lead, [("sprint", list(held))], None))

    def _done(self, draft: Draft) -> int:
        ms, status = draft.moves[-1]
        return ms if status in self.chronicle.finished else self.now

    # talk and work

    def _plan_talk(self, draft: Draft) -> None:
        rng, team = self.rng, draft.cast.team
        end = min(self.now, draft.moves[-1][0] + 3 * DAY)
        for _ in range(int(rng.expovariate(0.5))):
            ms = at_work(rng, draft.born + 60_000 + int(rng.random() * (end - draft.born)), draft.cast.habits.shift)
            external = chance(rng, draft.cast.habits.external)
            by = draft.author if external else pick(rng, team)
            said = (self.writer.comment(), "incoming" if external else "standard")
            draft.steps.append((ms, "IssueCommentAdded", by, [], said))
        if chance(rng, draft.cast.habits.logged):
            self._plan_work(draft)

    def _plan_work(self, draft: Draft) -> None:
        rng = self.rng
        for (begun, status), (over, _) in zip(draft.moves, [*draft.moves[1:], (self.now, "")], strict=True):
            if status not in WORK or not chance(rng, draft.cast.habits.logged_stage):
                continue
            for _ in range(1 + int(rng.random() * 2)):
                seconds = pick(rng, _SECONDS)
                done = at_work(rng, begun + int(rng.random() * min(over - begun, 5 * DAY)), draft.cast.habits.shift)
                start = max(draft.born, done - seconds * 1000) // 60_000 * 60_000
                late = int(rng.random() * 20 * DAY) if chance(rng, draft.cast.habits.late_log) else 60_000
                who = draft.assignee or draft.author
                draft.steps.append((done + late, "IssueWorklogAdded", who, [], (start, seconds)))

    # telling

    def _tell(self, draft: Draft) -> None:
        issue, chronicle = draft.issue, self.chronicle
        first = [("status", draft.moves[0][1]), *trimmings.told_at_birth(draft, self.rng)]
        chronicle.record(issue, "IssueCreated", moment(draft.born), draft.author, first)
        draft.steps.sort(key=itemgetter(0))
        for step in draft.steps:
            if draft.born < step[0] < self.now:
                self._happen(issue, step)

    def _happen(self, issue: Issue, step: Step) -> None:
        ms, kind, by, changes, extra = step
        chronicle, at = self.chronicle, moment(ms)
        if kind == "IssueCommentAdded":
            chronicle.comment(issue, at, by, *extra)
        elif kind == "IssueWorklogAdded":
            chronicle.log_work(issue, at, by, moment(extra[0]), extra[1], comment=pick(self.rng, _WORK_NOTES))
        elif kind == "IssueAttachmentAdded":
            name, mimetype, content = extra
            issue.attachments.append(Attachment(chronicle.ids.object(at), name, mimetype, content, by, at))
            chronicle.record(issue, kind, at, by)
        elif kind == "IssueVoteAdded":
            issue.values["votes"] += 1
            chronicle.record(issue, kind, at, by)
        elif any(issue.values.get(name) != new for name, new in changes):
            chronicle.record(issue, kind, at, by, changes)
