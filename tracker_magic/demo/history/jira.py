"""Issues of a Jira without history (data/SOURCE.md 2): links, epics, parents, sprints, comments."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracker_magic.demo.history.archive import Archive, key_of, of_length, put
from tracker_magic.demo.issue_lists import Change, Comment, Event, Link
from tracker_magic.demo.model import Board, Issue, LinkType, Sprint

COLUMNS = frozenset({"key", "project", "status", "status_category", "created", "links", "comments"})
_KINDS = {"new": "new", "indeterminate": "inProgress", "done": "done"}
_STATES = {"closed": "released", "active": "in_progress", "future": "draft"}
_NO_BOARD = "1"  # for sprints that tell no board; Jira numbers its boards from 2 on in this data
_NOBODY = "unknown"

# The file's directions are kept, so these kinds bear Jira's names: outward is "duplicates", "depends on", "clones".
_LINK_KINDS = {
    "Relates": LinkType("relates", "Связана с", "Relates", "Связана с", "Relates"),
    "Duplicate": LinkType("duplicates", "Дублируется", "Is duplicated by", "Дублирует", "Duplicates"),
    "Depends": LinkType("depends", "Блокирует", "Is dependent by", "Зависит от", "Depends on"),
    "Cloners": LinkType("clone", "Оригинал", "Is cloned by", "Клон", "Clones"),
    "Blocks": LinkType("blocks", "Блокируется", "Is blocked by", "Блокирует", "Blocks"),
}

Row = dict[str, Any]


def read(rows: Iterable[Row], sprints: Iterable[Row], now: datetime) -> Archive:
    """Take all issues into a world, then what ties them; a tie to outside the set is left out and counted."""
    archive = Archive(names_are_keys=False)
    _plan(archive, sprints, now)
    ties = []
    for row in rows:
        issue = _issue(archive, row)
        archive.world.add(issue)
        ties.append((issue, row["epic"], row["parent"], row["links"]))
    for issue, epic, parent, links in ties:
        _refer(archive, issue, epic=epic, parent=parent)
        _link(archive, issue, links)
    archive.open_queues({})
    _place_boards(archive)
    return archive


def _issue(archive: Archive, row: Row) -> Issue:
    at, author = _moment(row["created"]), archive.user(row["author"] or _NOBODY)
    issue = archive.issue(row["key"], at)
    issue.values["createdBy"] = author
    _describe(archive, issue, row)
    for said, who, length in row["comments"]:
        comment = Comment(archive.ids.number(), _moment(said), archive.user(who or _NOBODY), of_length(length))
        issue.comments.append(comment)
    status = Change("status", None, issue.values["status"])
    issue.events.append(Event(archive.ids.object_id(at), at, author, "IssueCreated", (status,)))
    issue.version = 1 + len(issue.comments)
    return issue


def _describe(archive: Archive, issue: Issue, row: Row) -> None:
    world, queue, values = archive.world, row["project"], issue.values
    resolved = row["resolved"] and _moment(row["resolved"])
    sprints = [str(name) for name in row["sprints"] if str(name) in world.sprints]
    archive.left_out["sprint"] += len(row["sprints"]) - len(sprints)
    put(
        values,
        summary=row["summary"],
        description=of_length(row["description_chars"]) if row["description_chars"] else None,
        type=row["type"] and archive.type(queue, row["type"]),
        priority=row["priority"] and archive.entry(world.priorities, row["priority"]),
        status=archive.entry(world.statuses, row["status"], _KINDS.get(row["status_category"])),
        resolution=row["resolution"] and archive.entry(world.resolutions, row["resolution"]),
        assignee=row["assignee"] and archive.user(row["assignee"]),
        components=[archive.component(queue, name) for name in row["components"]],
        affectedVersions=[archive.version(queue, name) for name in row["versions"]],
        fixVersions=[archive.version(queue, name) for name in row["fix_versions"]],
        tags=row["labels"],
        sprint=sprints,
        boards=list(dict.fromkeys(world.sprints[name].board for name in sprints)),
        updatedAt=_moment(row["updated"]),
        updatedBy=values["createdBy"],
        resolvedAt=resolved,
        statusStartTime=resolved or values["createdAt"],
    )
    put(values, **{archive.field("creator", "user"): row["creator"] and archive.user(row["creator"])})
    put(values, **{archive.field("flagged", "boolean"): row["flagged"] or None})


def _refer(archive: Archive, issue: Issue, **names: str | None) -> None:
    for field, key in names.items():
        other = archive.world.find(key) if key else None
        if other is not None:
            issue.values[field] = other.id
        elif key:
            archive.left_out[field] += 1


def _link(archive: Archive, issue: Issue, links: Iterable[tuple[str, str, str]]) -> None:
    world = archive.world
    for name, direction, key in links:
        other = world.find(key)
        if other is None:
            archive.left_out["link"] += 1
            continue
        kind = _LINK_KINDS.get(name) or LinkType(key_of(name), name, name, name, name)
        world.link_types[kind.id] = kind
        by, at = issue.values["createdBy"], issue.values["createdAt"]
        issue.links.append(Link(archive.ids.number(), kind.id, direction, other.id, by, at))


def _plan(archive: Archive, sprints: Iterable[Row], now: datetime) -> None:
    """Sprints, and a board for every board they name."""
    world = archive.world
    for row in sprints:
        start, end, over = (_maybe(row[name]) for name in ("startDate", "endDate", "completeDate"))
        board = str(row["originBoardId"] or _NO_BOARD)
        if board not in world.boards:
            name = "Без доски" if board == _NO_BOARD else f"Board {board}"
            world.boards[board] = Board(board, name, "", (), "", start or now)
        name, status = str(row["id"]), _STATES.get(row["state"], "draft")
        days = (start.date() if start else None, end.date() if end else None)
        made = start or world.boards[board].created_at
        world.sprints[name] = Sprint(name, row["name"], board, status, *days, start, over, "", made)


def _place_boards(archive: Archive) -> None:
    """A board belongs to the queue most of its issues are in, with a column for each kind of status."""
    world = archive.world
    held: dict[str, Counter[str]] = {}
    for issue in world.issues.values():
        for board in issue.values.get("boards", ()):
            held.setdefault(board, Counter())[issue.values["queue"]] += 1
    kinds = {
        kind: tuple(key for key, status in world.statuses.items() if status.type == kind) for kind in _KINDS.values()
    }
    for number, board in enumerate(world.boards.values()):
        board.queue = held[board.id].most_common(1)[0][0] if board.id in held else next(iter(world.queues))
        board.created_by = world.queues[board.queue].lead
        board.columns = tuple((str(number * 10 + n), kind, keys) for n, (kind, keys) in enumerate(kinds.items(), 1))
    for sprint in world.sprints.values():
        sprint.created_by = world.boards[sprint.board].created_by


def _maybe(text: str | None) -> datetime | None:
    return None if text in {None, "None"} else _moment(str(text))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
