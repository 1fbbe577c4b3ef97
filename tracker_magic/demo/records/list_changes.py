"""Renders changes of an issue's lists for its changelog; of these forms, only that of added comments is documented."""

from collections.abc import Callable, Iterable
from typing import Any

from tracker_magic.demo.issue_lists import Comment, Link, ListChange, Work
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.renderer import Json, Renderer, format_datetime, format_duration


def add_list_changes(renderer: Renderer, issue: Issue, changes: Iterable[ListChange], record: Json) -> None:
    """Add the changes to the record of a changelog entry of `issue`."""
    for change in changes:
        _RENDERERS[change.list](renderer, issue, change, record)


def comment_reference(renderer: Renderer, issue: Issue, number: int, text: str) -> Json:
    """Return the reference to a comment, whose display is the beginning of its text."""
    return {**_reference(renderer, issue, "comments", number, text[:100]), "objectId": f"{number:024x}"}


def _reference(renderer: Renderer, issue: Issue, path: str, member_id: int | str, display: str) -> Json:
    return {"self": f"{renderer.base}/issues/{issue.key}/{path}/{member_id}", "id": str(member_id), "display": display}


def _add(record: Json, name: str, kind: str, value: Json) -> None:
    record.setdefault(name, {}).setdefault(kind, []).append(value)


def _comment(renderer: Renderer, issue: Issue, change: ListChange, record: Json) -> None:
    comment: Comment = change.new or change.old
    reference = comment_reference(renderer, issue, comment.id, comment.text)
    if change.old is not None and change.new is not None:
        _add(record, "comments", "updated", {"comment": reference, "from": change.old.text, "to": change.new.text})
    else:
        _add(record, "comments", "added" if change.old is None else "removed", reference)


def _reaction(renderer: Renderer, issue: Issue, change: ListChange, record: Json) -> None:
    comment, reaction = change.new or change.old
    kind = "addedReaction" if change.old is None else "removedReaction"
    reference = comment_reference(renderer, issue, comment.id, comment.text)
    _add(record, "comments", "updated", {kind: reaction, "comment": reference})


def _attachment(renderer: Renderer, issue: Issue, change: ListChange, record: Json) -> None:
    file = change.new or change.old
    reference = _reference(renderer, issue, "attachments", file.id, file.name)
    _add(record, "attachments", "added" if change.old is None else "removed", reference)


def _work(renderer: Renderer, issue: Issue, change: ListChange, record: Json) -> None:
    work: Work = change.new or change.old
    sides = [
        each and {"duration": format_duration(each.seconds), "start": format_datetime(each.start)}
        for each in (change.old, change.new)
    ]
    reference = _reference(renderer, issue, "worklog", work.id, work.comment)
    record.setdefault("worklog", []).append({"record": reference, "from": sides[0], "to": sides[1]})


def _link(renderer: Renderer, _: Issue, change: ListChange, record: Json) -> None:
    """Add a change of a link, unless the other issue is hidden from the caller."""
    sides = [_end(renderer, each) for each in (change.old, change.new)]
    if any(sides):
        record.setdefault("links", []).append({"from": sides[0], "to": sides[1]})


def _end(renderer: Renderer, link: Link | None) -> Json | None:
    other = renderer.issue(link.issue) if link else None
    if link is None or other is None:
        return None
    return {"direction": link.direction, "object": other, "type": renderer.link_type(link.type)}


def _resolution(renderer: Renderer, _: Issue, change: ListChange, record: Json) -> None:
    link, resolution = change.new
    end = _end(renderer, link)
    if end is None:
        return
    names: dict[str, Any] = {"direction": end["direction"], "issue": end["object"], "linkType": end["type"]}
    record.setdefault("relatedResolutions", []).append({**names, "newResolution": renderer.resolution(resolution)})


_RENDERERS: dict[str, Callable[[Renderer, Issue, ListChange, Json], None]] = {
    "comments": _comment,
    "reactions": _reaction,
    "attachments": _attachment,
    "worklog": _work,
    "links": _link,
    "relatedResolutions": _resolution,
}
