"""What ties issues together : epics, parents, links, duplicates; and the few issues that everybody knows."""

from random import Random

from tracker_magic.demo.model import Issue
from tracker_magic.demo.world.chronicle import Chronicle, milliseconds, moment
from tracker_magic.demo.world.texts import Writer, chance, pick
from tracker_magic.demo.world.timing import DAY

_NEAR = 60  # relations reach so many issues back
_EPIC_SHARE, _PARENT_SHARE, _LINKED_SHARE, _DUPLICATE_SHARE = 0.3, 0.1, 0.12, 0.5
_KINDS = ("relates", "relates", "depends", "depends", "clone")
_LONG_LIVES, _LONG_EVENTS, _LONG_TALK = 3, 60, 65
_HIDDEN_LINK_EVERY = 10  # every tenth hidden issue is linked with a visible one


def relate(chronicle: Chronicle, rng: Random, writer: Writer, now: int) -> None:
    """Tie the world's issues, each to earlier ones; `now` in milliseconds."""
    epics: dict[str, list[Issue]] = {}
    before: dict[str, list[Issue]] = {}
    for issue in sorted(chronicle.world.issues.values(), key=lambda issue: (issue.values["createdAt"], issue.id)):
        queue = issue.values["queue"]
        own = before.setdefault(queue, [])
        if issue.values["type"] == "epic":
            epics.setdefault(queue, []).append(issue)
        elif own:
            _tie(chronicle, rng, issue, own[-_NEAR:], epics.get(queue, [])[-8:])
        own.append(issue)
    _make_known(chronicle, rng, writer, before.get("DEV", []), now)
    _tie_hidden(chronicle, rng, before)


def _tie(chronicle: Chronicle, rng: Random, issue: Issue, near: list[Issue], epics: list[Issue]) -> None:
    at, by = issue.values["createdAt"], issue.values["createdBy"]
    if epics and chance(rng, _EPIC_SHARE):
        epic = pick(rng, epics)
        issue.values["epic"] = epic.id
        chronicle.link(epic, issue, "epic", at, by)
    if chance(rng, _PARENT_SHARE):
        parent = pick(rng, near)
        if "parent" not in parent.values:
            issue.values["parent"] = parent.id
            chronicle.link(parent, issue, "subtask", at, by)
    if chance(rng, _LINKED_SHARE):
        chronicle.link(pick(rng, near), issue, pick(rng, _KINDS), issue.values["updatedAt"], by)
    if issue.values.get("resolution") == "duplicate":
        original = pick(rng, near)
        chronicle.link(original, issue, "duplicates", issue.values["resolvedAt"], issue.values["resolvedBy"])
        if chance(rng, _DUPLICATE_SHARE) and not _renamed(issue):
            issue.values["summary"] = original.values["summary"]


def _renamed(issue: Issue) -> bool:
    return any(change.field == "summary" for event in issue.events for change in event.changes)


def _make_known(chronicle: Chronicle, rng: Random, writer: Writer, issues: list[Issue], now: int) -> None:
    """A few old issues with very long histories, the last of them with very many comments."""
    known = issues[: len(issues) // 3][:: max(1, len(issues) // 9)][:_LONG_LIVES]
    for number, issue in enumerate(known):
        begin = milliseconds(issue.events[-1].at) + 1000
        count = _LONG_TALK if number == len(known) - 1 else _LONG_EVENTS
        moments = sorted(begin + int(rng.random() * (now - begin)) for _ in range(count)) if begin < now else []
        for step, ms in enumerate(moments):
            by, at = pick(rng, list(chronicle.world.queues["DEV"].team)), moment(ms)
            if number == len(known) - 1:
                chronicle.comment(issue, at, by, writer.comment())
            else:
                day = moment(ms + (step + 1) * DAY).date()
                chronicle.record(issue, "IssueUpdated", at, by, [("deadline", day)])


def _tie_hidden(chronicle: Chronicle, rng: Random, before: dict[str, list[Issue]]) -> None:
    """A link from what everybody sees to what nobody may see."""
    for hidden in before.get("SEC", [])[::_HIDDEN_LINK_EVERY]:
        if before.get("DEV"):
            other = pick(rng, before["DEV"])
            at = max(hidden.values["updatedAt"], other.values["updatedAt"])
            chronicle.link(hidden, other, "relates", at, hidden.values["createdBy"])
