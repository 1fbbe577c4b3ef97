"""Links issues with each other (epics, parents, duplicates …), and gives a few of them very long histories."""

from random import Random

from tracker_magic.demo.model import Issue
from tracker_magic.demo.world.changelog import ChangelogWriter
from tracker_magic.demo.world.sampling import DAY, chance, from_milliseconds, pick, to_milliseconds
from tracker_magic.demo.world.text_generator import TextGenerator
from tracker_magic.demo.world.waits import link_waits

_MAX_DISTANCE = 60  # issues are linked with one of so many before them
_MAX_EPICS = 8  # only the latest ones get new issues
_EPIC_SHARE, _PARENT_SHARE, _LINKED_SHARE, _SAME_SUMMARY_SHARE = 0.3, 0.1, 0.12, 0.5
_LINK_TYPES = ("relates", "relates", "depends", "depends", "clone")
_LONG_ISSUES, _LONG_EVENTS, _LONG_COMMENTS = 3, 60, 65
_HIDDEN_LINK_INTERVAL = 10  # every tenth hidden issue is linked with a visible one


def link_issues(changelog: ChangelogWriter, rng: Random, texts: TextGenerator, now: int) -> None:
    """Link the issues of the changelog's world to earlier ones; `now` in milliseconds."""
    epics: dict[str, list[Issue]] = {}
    earlier: dict[str, list[Issue]] = {}
    for issue in sorted(changelog.world.issues.values(), key=lambda issue: (issue.values["createdAt"], issue.id)):
        queue = issue.values["queue"]
        same_queue = earlier.setdefault(queue, [])
        if issue.values["type"] == "epic":
            epics.setdefault(queue, []).append(issue)
        elif same_queue:
            _link_issue(changelog, rng, issue, same_queue[-_MAX_DISTANCE:], epics.get(queue, [])[-_MAX_EPICS:])
        same_queue.append(issue)
    _add_long_histories(changelog, rng, texts, earlier.get("DEV", []), now)
    _link_hidden_issues(changelog, rng, earlier)
    link_waits(changelog, rng, earlier)


def _link_issue(changelog: ChangelogWriter, rng: Random, issue: Issue, nearby: list[Issue], epics: list[Issue]) -> None:
    created_at, author = issue.values["createdAt"], issue.values["createdBy"]
    if epics and chance(rng, _EPIC_SHARE):
        epic = pick(rng, epics)
        issue.values["epic"] = epic.id
        changelog.link(epic, issue, "epic", created_at, author)
    if chance(rng, _PARENT_SHARE):
        parent = pick(rng, nearby)
        if "parent" not in parent.values:
            issue.values["parent"] = parent.id
            changelog.link(parent, issue, "subtask", created_at, author)
    if chance(rng, _LINKED_SHARE):
        changelog.link(pick(rng, nearby), issue, pick(rng, _LINK_TYPES), issue.values["updatedAt"], author)
    if issue.values.get("resolution") == "duplicate":
        original = pick(rng, nearby)
        changelog.link(original, issue, "duplicates", issue.values["resolvedAt"], issue.values["resolvedBy"])
        if chance(rng, _SAME_SUMMARY_SHARE) and not _was_renamed(issue):
            issue.values["summary"] = original.values["summary"]


def _was_renamed(issue: Issue) -> bool:
    return any(change.field == "summary" for event in issue.events for change in event.changes)


def _add_long_histories(
    changelog: ChangelogWriter, rng: Random, texts: TextGenerator, issues: list[Issue], now: int
) -> None:
    """Give a few old issues very many events; in the last of them, these are comments."""
    chosen = issues[: len(issues) // 3][:: max(1, len(issues) // 9)][:_LONG_ISSUES]
    for number, issue in enumerate(chosen):
        with_comments = number == len(chosen) - 1
        begin = to_milliseconds(issue.events[-1].at) + 1000
        count = _LONG_COMMENTS if with_comments else _LONG_EVENTS
        times = sorted(begin + int(rng.random() * (now - begin)) for _ in range(count)) if begin < now else []
        for step, ms in enumerate(times):
            author, at = pick(rng, list(changelog.world.queues["DEV"].team)), from_milliseconds(ms)
            if with_comments:
                changelog.add_comment(issue, at, author, texts.comment())
            else:
                deadline = from_milliseconds(ms + (step + 1) * DAY).date()
                changelog.add_event(issue, "IssueUpdated", at, author, [("deadline", deadline)])


def _link_hidden_issues(changelog: ChangelogWriter, rng: Random, issues: dict[str, list[Issue]]) -> None:
    """Link some issues of the hidden queue with visible ones."""
    for hidden in issues.get("SEC", [])[::_HIDDEN_LINK_INTERVAL]:
        if issues.get("DEV"):
            other = pick(rng, issues["DEV"])
            at = max(hidden.values["updatedAt"], other.values["updatedAt"])
            changelog.link(hidden, other, "relates", at, hidden.values["createdBy"])
