"""An issue and what hangs on it, as the API shows them."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, time
from typing import Any

from tracker_magic.demo.issue_lists import Attachment, ChecklistItem, Comment, Event, Link, Work
from tracker_magic.demo.model import FieldDef, Issue
from tracker_magic.demo.records.base import Json, Renderer, duration, moment

EXTERNAL = {"incoming", "outcoming"}  # comments that were e-mails
TRANSITION = tuple[str, str, str, str]


class IssueRenderer(Renderer):
    """Renders issues; `fields` narrows them (self, id, key and version always come)."""

    @property
    def reader(self) -> tuple[str, str, str, bool]:
        """What else a record depends on: address and version, language, who reads, how texts come."""
        return self.base, self.lang, self.caller, self.localized

    def issue_record(self, issue: Issue, fields: Collection[str] = (), expand: Collection[str] = ()) -> Json:
        """An issue; unset fields are left out."""
        record: Json = {
            "self": f"{self.base}/issues/{issue.key}",
            "id": issue.id,
            "key": issue.key,
            "version": issue.version,
        }
        self._put_stored(issue, record, fields)
        self._put_derived(issue, record, fields)
        for part in expand:
            if part in PARTS:
                record[part] = PARTS[part](self, issue)
        return record

    def _put_stored(self, issue: Issue, record: Json, fields: Collection[str]) -> None:
        values, converters = issue.values, self._of_field
        for name in fields or values:
            stored = values.get(name)
            if stored is None:
                continue
            convert = converters[name]
            shown = stored if convert is None else convert(stored)
            if shown is not None and shown != []:
                record[name] = shown

    def _put_derived(self, issue: Issue, record: Json, fields: Collection[str]) -> None:
        for name in fields or DERIVED:
            if name in DERIVED and name not in record:
                derived = DERIVED[name](self, issue)
                if derived is not None and derived != []:
                    record[name] = derived

    def comment(self, issue: Issue, comment: Comment, expand: Collection[str] = ()) -> Json:
        """A comment; `expand` may ask for `html` and `attachments` (`all`: both)."""
        record: Json = {
            "self": f"{self.base}/issues/{issue.key}/comments/{comment.id}",
            "id": comment.id,
            "longId": f"{int(comment.at.timestamp()):08x}{comment.id % 16**16:016x}",
            "text": comment.text,
            "createdBy": self.user(comment.by),
            "updatedBy": self.user(comment.by),
            "createdAt": moment(comment.at),
            "updatedAt": moment(comment.updated_at or comment.at),
            "version": 1 if comment.updated_at is None else 2,
            "type": comment.type,
            "transport": comment.transport,
        }
        if not {"html", "all"}.isdisjoint(expand):
            escaped = comment.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            record["textHtml"] = f"<p>{escaped}</p>\n"
        return record

    def work(self, issue: Issue, work: Work) -> Json:
        """A worklog record; an empty comment is left out."""
        record: Json = {
            "self": f"{self.base}/issues/{issue.key}/worklog/{work.id}",
            "id": work.id,
            "version": int(work.updated_at.timestamp() * 1000),
            "issue": self.issue_ref(issue),
            "createdBy": self.user(work.by),
            "updatedBy": self.user(work.by),
            "createdAt": moment(work.created_at),
            "updatedAt": moment(work.updated_at),
            "start": moment(work.start),
            "duration": duration(work.seconds),
        }
        if work.comment:
            record["comment"] = work.comment
        return record

    def links(self, issue: Issue) -> list[Json]:
        """Its links; those to issues the caller may not see are left out."""
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
            "object": self.issue_ref(other),
            "createdBy": self.user(link.by),
            "updatedBy": self.user(link.by),
            "createdAt": moment(link.at),
            "updatedAt": moment(link.at),
        }
        if assignee := other.values.get("assignee"):
            record["assignee"] = self.user(assignee)
        if status := other.values.get("status"):
            record["status"] = self.status(status)
        return record

    def link_type(self, name: str) -> Json:
        """A kind of link, named from either end."""
        kind = self.world.link_types[name]
        return {
            "self": f"{self.base}/linktypes/{name}",
            "id": name,
            "inward": self.text(kind.inward_ru, kind.inward_en),
            "outward": self.text(kind.outward_ru, kind.outward_en),
        }

    def attachment(self, issue: Issue, attachment: Attachment) -> Json:
        """A file; `content` is where it can be had."""
        address = f"{self.base}/issues/{issue.key}/attachments/{attachment.id}"
        record: Json = {
            "self": address,
            "id": attachment.id,
            "name": attachment.name,
            "content": f"{address}/{attachment.name}",
            "createdBy": self.user(attachment.by),
            "createdAt": moment(attachment.at),
            "mimetype": attachment.mimetype,
            "size": len(attachment.content),
        }
        if attachment.mimetype.startswith("image/"):
            record["thumbnail"] = f"{self.base}/issues/{issue.key}/thumbnails/{attachment.id}"
            record["metadata"] = {"size": "550x175"}
        return record

    def checklist_item(self, item: ChecklistItem) -> Json:
        """A line of a checklist; its assignee and deadline have forms of their own."""
        record: Json = {"id": item.id, "text": item.text, "textHtml": item.text, "checked": item.checked}
        if item.assignee and item.assignee in self.world.users:
            record["assignee"] = self._checklist_user(item.assignee)
        if item.deadline:
            at = datetime.combine(item.deadline, time(), UTC)
            late = not item.checked and at.date() < datetime.now(UTC).date()
            record["deadline"] = {"date": moment(at), "deadlineType": "date", "isExceeded": late}
        return {**record, "checklistItemType": "standard"}

    def _checklist_user(self, uid: str) -> Json:
        person = self.world.users[uid]
        return {
            "id": int(uid),
            "display": person.display,
            "passportUid": int(uid),
            "login": person.login,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "email": f"{person.login}@example.com",
            "trackerUid": int(uid),
        }

    def transitions(self, issue: Issue) -> list[Json]:
        """Moves that leave its present status."""
        queue = self.world.queues[issue.key.rpartition("-")[0]]
        return [self._transition(issue, step) for step in queue.workflow.get(issue.values.get("status", ""), ())]

    def _transition(self, issue: Issue, step: TRANSITION) -> Json:
        name, ru, en, target = step
        return {
            "id": name,
            "self": f"{self.base}/issues/{issue.key}/transitions/{name}",
            "display": self.text(ru, en),
            "to": self.status(target),
        }

    def event(self, issue: Issue, event: Event) -> Json:
        """A changelog entry; `fields` is absent where it only tells of comments."""
        record: Json = {
            "id": event.id,
            "self": f"{self.base}/issues/{issue.key}/changelog/{event.id}",
            "issue": self.issue_ref(issue),
            "updatedAt": moment(event.at),
            "updatedBy": self.user(event.by),
            "type": event.type,
            "transport": event.transport,
        }
        if event.changes:
            record["fields"] = [self._change(change.field, change.old, change.new) for change in event.changes]
        if event.comments_added:
            texts = {comment.id: comment.text for comment in issue.comments}
            record["comments"] = {"added": [self._added(issue, n, texts.get(n, "")) for n in event.comments_added]}
        return record

    def _change(self, name: str, old: Any, new: Any) -> Json:
        field = self.field(self.definition(name) or FieldDef(name, name, name, name, "string"))
        return {"field": field, "from": self.value(name, old), "to": self.value(name, new)}

    def _added(self, issue: Issue, number: int, text: str) -> Json:
        address = f"{self.base}/issues/{issue.key}/comments/{number}"
        return {"self": address, "id": str(number), "objectId": f"{number:024x}", "display": text[:100]}


def _queue(renderer: IssueRenderer, issue: Issue) -> Json:
    return renderer.queue(issue.key.rpartition("-")[0])


def _status_type(renderer: IssueRenderer, issue: Issue) -> Json | None:
    status = renderer.world.statuses.get(issue.values.get("status", ""))
    return renderer.status_type(status.type) if status is not None and status.type else None


def _last_comment(_: IssueRenderer, issue: Issue) -> str | None:
    return moment(max(comment.updated_at or comment.at for comment in issue.comments)) if issue.comments else None


def _count(comments: Iterable[Comment], *, external: bool) -> int:
    return sum((comment.type in EXTERNAL) is external for comment in comments)


def _checklist(renderer: IssueRenderer, issue: Issue) -> list[Json]:
    return [renderer.checklist_item(item) for item in issue.checklist]


DERIVED: dict[str, Callable[[IssueRenderer, Issue], Any]] = {
    "queue": _queue,
    "statusType": _status_type,
    "aliases": lambda _, issue: list(issue.aliases),
    "votes": lambda _, issue: issue.values.get("votes", 0),
    "favorite": lambda renderer, issue: renderer.caller in issue.favorite_of,
    "lastCommentUpdatedAt": _last_comment,
    "commentWithExternalMessageCount": lambda _, issue: _count(issue.comments, external=True),
    "commentWithoutExternalMessageCount": lambda _, issue: _count(issue.comments, external=False),
    "checklistItems": _checklist,
    "checklistDone": lambda _, issue: sum(item.checked for item in issue.checklist) if issue.checklist else None,
    "checklistTotal": lambda _, issue: len(issue.checklist) or None,
}
"""Fields that follow from others, when they are not stored."""

PARTS: dict[str, Callable[[IssueRenderer, Issue], list[Json]]] = {
    "links": lambda renderer, issue: renderer.links(issue),
    "comments": lambda renderer, issue: [renderer.comment(issue, comment) for comment in issue.comments],
    "attachments": lambda renderer, issue: [renderer.attachment(issue, file) for file in issue.attachments],
    "transitions": lambda renderer, issue: renderer.transitions(issue),
}
"""What `expand` adds to an issue."""
