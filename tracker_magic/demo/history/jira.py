"""Imports issues of a Jira without changelog: links, epics, parents, sprints, comments (data/SOURCE.md, section 2)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracker_magic.demo.history.importer import Importer, key_of, placeholder, set_values
from tracker_magic.demo.issue_lists import Change, Comment, Event, Link
from tracker_magic.demo.model import Board, Issue, LinkType, Sprint

COLUMNS = frozenset({"key", "project", "status", "status_category", "created", "links", "comments"})
"""Keys by which a row of this format is recognized."""
_STATUS_TYPES = {"new": "new", "indeterminate": "inProgress", "done": "done"}
_SPRINT_STATUSES = {"closed": "released", "active": "in_progress", "future": "draft"}
_NO_BOARD = "1"  # for sprints without a board; the boards of this Jira are numbered from 2
_UNKNOWN_USER = "unknown"

# Links keep the directions of the file, so these types have Jira's names: outward is "duplicates", "depends on" …
_LINK_TYPES = {
    "Relates": LinkType("relates", "Связана с", "Relates", "Связана с", "Relates"),
    "Duplicate": LinkType("duplicates", "Дублируется", "Is duplicated by", "Дублирует", "Duplicates"),
    "Depends": LinkType("depends", "Блокирует", "Is dependent by", "Зависит от", "Depends on"),
    "Cloners": LinkType("clone", "Оригинал", "Is cloned by", "Клон", "Clones"),
    "Blocks": LinkType("blocks", "Блокируется", "Is blocked by", "Блокирует", "Blocks"),
}

Row = dict[str, Any]


def import_issues(rows: Iterable[Row], sprints: Iterable[Row], now: datetime) -> Importer:
    """Import all issues, then their references to each other; those to issues outside the data become texts."""
    importer = Importer(names_are_keys=False)
    _add_sprints(importer, sprints, now)
    references = []
    for row in rows:
        issue = _import_issue(importer, row)
        importer.world.add(issue)
        references.append((issue, row["epic"], row["parent"], row["links"]))
    for issue, epic, parent, links in references:
        _set_reference(importer, issue, "epic", epic)
        _set_reference(importer, issue, "parent", parent)
        _add_links(importer, issue, links)
    importer.add_queues({})
    _complete_boards(importer)
    return importer


def _import_issue(importer: Importer, row: Row) -> Issue:
    at, author = _parse_time(row["created"]), importer.user(row["author"] or _UNKNOWN_USER)
    issue = importer.new_issue(row["key"], at)
    issue.values["createdBy"] = author
    _set_values(importer, issue, row)
    for commented_at, name, length in row["comments"]:
        comment_id, user = importer.ids.number(), importer.user(name or _UNKNOWN_USER)
        issue.comments.append(Comment(comment_id, _parse_time(commented_at), user, placeholder(length)))
    status = Change("status", None, issue.values["status"])
    issue.events.append(Event(importer.ids.object_id(at), at, author, "IssueCreated", (status,)))
    issue.version = 1 + len(issue.comments)
    return issue


def _set_values(importer: Importer, issue: Issue, row: Row) -> None:
    world, values = importer.world, issue.values
    resolved_at = row["resolved"] and _parse_time(row["resolved"])
    sprints = [str(sprint_id) for sprint_id in row["sprints"] if str(sprint_id) in world.sprints]
    outside = [str(sprint_id) for sprint_id in row["sprints"] if str(sprint_id) not in world.sprints]
    importer.set_outside(issue, "sprint", outside)
    set_values(
        values,
        summary=row["summary"],
        description=placeholder(row["description_chars"]) if row["description_chars"] else None,
        **_dictionary_values(importer, row),
        tags=row["labels"],
        sprint=sprints,
        boards=list(dict.fromkeys(world.sprints[sprint_id].board for sprint_id in sprints)),
        updatedAt=_parse_time(row["updated"]),
        updatedBy=values["createdBy"],
        resolvedAt=resolved_at,
        statusStartTime=resolved_at or values["createdAt"],
    )
    _set_custom_values(importer, values, row)


def _set_custom_values(importer: Importer, values: dict[str, Any], row: Row) -> None:
    """Set the fields that Tracker does not have; a mark that is not set, and a zero, count as unset."""
    custom = {
        importer.custom_field("creator", "user"): row["creator"] and importer.user(row["creator"]),
        importer.custom_field("flagged", "boolean"): row["flagged"] or None,
        importer.custom_field("subtask", "boolean"): row.get("subtask") or None,
        importer.custom_field("fileCount", "integer"): row.get("attachments") or None,
    }
    set_values(values, **custom)


def _dictionary_values(importer: Importer, row: Row) -> dict[str, Any]:
    """Return the values that refer to entries of dictionaries, people, components and versions."""
    world, queue = importer.world, row["project"]
    return {
        "type": row["type"] and importer.type(queue, row["type"]),
        "priority": row["priority"] and importer.entry(world.priorities, row["priority"]),
        "status": importer.entry(world.statuses, row["status"], _STATUS_TYPES.get(row["status_category"])),
        "resolution": row["resolution"] and importer.entry(world.resolutions, row["resolution"]),
        "assignee": row["assignee"] and importer.user(row["assignee"]),
        "components": [importer.component(queue, name) for name in row["components"]],
        "affectedVersions": [importer.version(queue, name) for name in row["versions"]],
        "fixVersions": [importer.version(queue, name) for name in row["fix_versions"]],
    }


def _set_reference(importer: Importer, issue: Issue, field: str, key: str | None) -> None:
    other = importer.world.find(key) if key else None
    if other is not None:
        issue.values[field] = other.id
    elif key:
        importer.set_outside(issue, field, [key])


def _add_links(importer: Importer, issue: Issue, links: Iterable[tuple[str, str, str]]) -> None:
    world, outside = importer.world, []
    for name, direction, key in links:
        other = world.find(key)
        if other is None:
            outside.append(f"{name} {direction} {key}")
            continue
        link_type = _LINK_TYPES.get(name) or LinkType(key_of(name), name, name, name, name)
        world.link_types[link_type.id] = link_type
        author, at = issue.values["createdBy"], issue.values["createdAt"]
        issue.links.append(Link(importer.ids.number(), link_type.id, direction, other.id, author, at))
    importer.set_outside(issue, "link", outside)


def _add_sprints(importer: Importer, rows: Iterable[Row], now: datetime) -> None:
    """Add sprints, and each board that one of them names."""
    world = importer.world
    for row in rows:
        start, end, completed = (_parse_optional_time(row[name]) for name in ("startDate", "endDate", "completeDate"))
        board_id = str(row["originBoardId"] or _NO_BOARD)
        if board_id not in world.boards:
            board_name = "Без доски" if board_id == _NO_BOARD else f"Board {board_id}"
            world.boards[board_id] = Board(board_id, board_name, "", (), "", start or now)
        sprint_id, status = str(row["id"]), _SPRINT_STATUSES.get(row["state"], "draft")
        days = (start.date() if start else None, end.date() if end else None)
        created_at = start or world.boards[board_id].created_at
        world.sprints[sprint_id] = Sprint(
            sprint_id, row["name"], board_id, status, *days, start, completed, "", created_at
        )


def _complete_boards(importer: Importer) -> None:
    """Give each board the queue of most of its issues, and a column for each type of statuses."""
    world = importer.world
    queues: dict[str, Counter[str]] = {}
    for issue in world.issues.values():
        for board_id in issue.values.get("boards", ()):
            queues.setdefault(board_id, Counter())[issue.values["queue"]] += 1
    statuses = {
        status_type: tuple(key for key, status in world.statuses.items() if status.type == status_type)
        for status_type in _STATUS_TYPES.values()
    }
    for number, board in enumerate(world.boards.values()):
        board.queue = queues[board.id].most_common(1)[0][0] if board.id in queues else next(iter(world.queues))
        board.created_by = world.queues[board.queue].lead
        board.columns = tuple(
            (str(number * 10 + column), name, keys) for column, (name, keys) in enumerate(statuses.items(), 1)
        )
    for sprint in world.sprints.values():
        sprint.created_by = world.boards[sprint.board].created_by


def _parse_optional_time(text: str | None) -> datetime | None:
    return None if text in {None, "None"} else _parse_time(str(text))


def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
