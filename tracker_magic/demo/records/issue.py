"""Renders issues and their parts as JSON of the API."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, time
from typing import Any

from tracker_magic.demo.behaviour import StatusType
from tracker_magic.demo.issue_lists import Attachment, ChecklistItem, Comment, Event, Link, Work
from tracker_magic.demo.model import FieldDef, Issue
from tracker_magic.demo.records.list_changes import add_list_changes, comment_reference
from tracker_magic.demo.records.members import attachment_record, comment_record
from tracker_magic.demo.records.renderer import STATUS_TYPES, Json, Renderer, format_datetime, format_duration, queue_of

EXTERNAL = {"incoming", "outcoming"}  # types of comments that were e-mails


class IssueRenderer(Renderer):
    """Renders issues for one request."""

    @property
    def reader(self) -> tuple[str, str, str, bool, StatusType]:
        """What a record depends on besides the issue: address, language, caller, and two forms of values."""
        return self.base, self.lang, self.caller, self.localized, self.status_type_form

    def issue_record(self, issue: Issue, fields: Collection[str] = (), expand: Collection[str] = ()) -> Json:
        """Render an issue without its unset fields; with `fields`, only these, self, id, key and version."""
        record: Json = {
            "self": f"{self.base}/issues/{issue.key}",
            "id": issue.id,
            "key": issue.key,
            "version": issue.version,
        }
        self._add_stored_fields(issue, record, fields)
        self._add_derived_fields(issue, record, fields)
        for part in expand:
            if part in EXPANDABLE:
                record[part] = EXPANDABLE[part](self, issue)
        return record

    def _add_stored_fields(self, issue: Issue, record: Json, fields: Collection[str]) -> None:
        values, converters = issue.values, self._converters_by_field
        for name in fields or values:
            native = values.get(name)
            if native is None:
                continue
            convert = converters[name]
            rendered = native if convert is None else convert(native)
            if rendered is not None and rendered != []:
                record[name] = rendered

    def _add_derived_fields(self, issue: Issue, record: Json, fields: Collection[str]) -> None:
        for name in fields or DERIVED:
            if name in DERIVED and name not in record:
                rendered = DERIVED[name](self, issue)
                if rendered is not None and rendered != []:
                    record[name] = rendered

    def comment(self, issue: Issue, comment: Comment, expand: Collection[str] = ()) -> Json:
        """Render a comment; `expand` may contain `html` or `all`."""
        return comment_record(self, f"{self.base}/issues/{issue.key}", comment, expand)

    def work(self, issue: Issue, work: Work, number: int) -> Json:
        """Render a worklog record with this id; an empty comment is left out."""
        record: Json = {
            "self": f"{self.base}/issues/{issue.key}/worklog/{number}",
            "id": number,
            "version": int(work.updated_at.timestamp() * 1000),
            "issue": self.issue_reference(issue),
            "createdBy": self.user(work.by),
            "updatedBy": self.user(work.by),
            "createdAt": format_datetime(work.created_at),
            "updatedAt": format_datetime(work.updated_at),
            "start": format_datetime(work.start),
            "duration": format_duration(work.seconds),
        }
        if work.comment:
            record["comment"] = work.comment
        return record

    def links(self, issue: Issue) -> list[Json]:
        """Render the links of an issue, except those to issues that are hidden from the caller."""
        return [record for link in issue.links if (record := self._link(issue, link))]

    def _link(self, issue: Issue, link: Link) -> Json | None:
        other = self.world.find(link.issue)
        if other is None or not self.sees(other):
            return None
        record: Json = {
            "self": f"{self.base}/issues/{issue.key}/links/{link.id}",
            "id": link.id,
            "type": self.link_type(link.type),
            "direction": link.direction,
            "object": self.issue_reference(other),
            "createdBy": self.user(link.by),
            "updatedBy": self.user(link.by),
            "createdAt": format_datetime(link.at),
            "updatedAt": format_datetime(link.at),
        }
        if assignee := other.values.get("assignee"):
            record["assignee"] = self.user(assignee)
        if status := other.values.get("status"):
            record["status"] = self.status(status)
        return record

    def attachment(self, issue: Issue, attachment: Attachment) -> Json:
        """Render an attachment."""
        return attachment_record(self, f"{self.base}/issues/{issue.key}", attachment)

    def checklist_item(self, item: ChecklistItem) -> Json:
        """Render an item of a checklist, whose assignee and deadline are not rendered as elsewhere."""
        record: Json = {"id": item.id, "text": item.text, "textHtml": item.text, "checked": item.checked}
        if item.assignee and item.assignee in self.world.users:
            record["assignee"] = self._checklist_user(item.assignee)
        if item.deadline:
            at = datetime.combine(item.deadline, time(), UTC)
            overdue = not item.checked and at.date() < datetime.now(UTC).date()
            record["deadline"] = {"date": format_datetime(at), "deadlineType": "date", "isExceeded": overdue}
        return {**record, "checklistItemType": "standard"}

    def _checklist_user(self, uid: str) -> Json:
        user = self.world.users[uid]
        return {
            "id": int(uid),
            "display": user.display,
            "passportUid": int(uid),
            "login": user.login,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "email": f"{user.login}@example.com",
            "trackerUid": int(uid),
        }

    def transitions(self, issue: Issue) -> list[Json]:
        """Render the transitions from the issue's present status."""
        queue = self.world.queues[queue_of(issue)]
        transitions = queue.workflow.get(issue.values.get("status", ""), ())
        return [self._transition(issue, *transition) for transition in transitions]

    def _transition(self, issue: Issue, transition_id: str, ru: str, en: str, target: str) -> Json:
        return {
            "id": transition_id,
            "self": f"{self.base}/issues/{issue.key}/transitions/{transition_id}",
            "display": self.text(ru, en),
            "to": self.status(target),
        }

    def event(self, issue: Issue, event: Event) -> Json:
        """Render a changelog entry; without changes of fields it has no `fields`."""
        record: Json = {
            "id": event.id,
            "self": f"{self.base}/issues/{issue.key}/changelog/{event.id}",
            "issue": self.issue_reference(issue),
            "updatedAt": format_datetime(event.at),
            "updatedBy": self.user(event.by),
            "type": event.type,
            "transport": event.transport,
        }
        if event.changes:
            record["fields"] = [self._change(change.field, change.old, change.new) for change in event.changes]
        if event.comments_added:
            texts = {comment.id: comment.text for comment in issue.comments}
            record["comments"] = {
                "added": [
                    comment_reference(self, issue, number, texts.get(number, "")) for number in event.comments_added
                ]
            }
        add_list_changes(self, issue, event.list_changes, record)
        return record

    def _change(self, field_id: str, old: Any, new: Any) -> Json:
        definition = self.definition(field_id) or FieldDef(field_id, field_id, field_id, field_id, "string")
        return {"field": self.field(definition), "from": self.value(field_id, old), "to": self.value(field_id, new)}


def _status_type(renderer: IssueRenderer, issue: Issue) -> Json | None:
    status = renderer.world.statuses.get(issue.values.get("status", ""))
    if status is None or not status.type:
        return None
    if renderer.status_type_form == "value":
        return {"value": status.type, "order": list(STATUS_TYPES).index(status.type) + 1}
    return renderer.status_type(status.type)


def _last_comment(_: IssueRenderer, issue: Issue) -> str | None:
    if not issue.comments:
        return None
    return format_datetime(max(comment.updated_at or comment.at for comment in issue.comments))


def _count_comments(comments: Iterable[Comment], *, external: bool) -> int:
    return sum((comment.type in EXTERNAL) is external for comment in comments)


def _checklist(renderer: IssueRenderer, issue: Issue) -> list[Json]:
    return [renderer.checklist_item(item) for item in issue.checklist]


DERIVED: dict[str, Callable[[IssueRenderer, Issue], Any]] = {
    "queue": lambda renderer, issue: renderer.queue(queue_of(issue)),
    "statusType": _status_type,
    "aliases": lambda _, issue: list(issue.aliases),
    "votes": lambda _, issue: issue.values.get("votes", 0),
    "favorite": lambda renderer, issue: renderer.caller in issue.favorite_of,
    "lastCommentUpdatedAt": _last_comment,
    "commentWithExternalMessageCount": lambda _, issue: _count_comments(issue.comments, external=True),
    "commentWithoutExternalMessageCount": lambda _, issue: _count_comments(issue.comments, external=False),
    "checklistItems": _checklist,
    "checklistDone": lambda _, issue: sum(item.checked for item in issue.checklist) if issue.checklist else None,
    "checklistTotal": lambda _, issue: len(issue.checklist) or None,
}
"""Fields that are derived from other values where they are not stored."""

EXPANDABLE: dict[str, Callable[[IssueRenderer, Issue], list[Json]]] = {
    "links": lambda renderer, issue: renderer.links(issue),
    "comments": lambda renderer, issue: [renderer.comment(issue, comment) for comment in issue.comments],
    "attachments": lambda renderer, issue: [renderer.attachment(issue, file) for file in issue.attachments],
    "transitions": lambda renderer, issue: renderer.transitions(issue),
}
"""Parts of an issue that `expand` adds."""
