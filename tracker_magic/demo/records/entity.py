"""Renders the lists of projects, portfolios and goals as JSON of the API."""

from datetime import datetime

from tracker_magic.demo.model import Entity
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.records.members import attachment_record, comment_record
from tracker_magic.demo.records.renderer import Json, format_datetime


def entity_comments(renderer: AdminRenderer, entity: Entity) -> list[Json]:
    """Render the comments, oldest first."""
    return [comment_record(renderer, _address(renderer, entity), comment) for comment in entity.comments]


def entity_attachments(renderer: AdminRenderer, entity: Entity) -> list[Json]:
    """Render the attachments; unlike those of issues, they have no thumbnails."""
    owner = _address(renderer, entity)
    records = [attachment_record(renderer, owner, attachment) for attachment in entity.attachments]
    return [{name: value for name, value in record.items() if name != "thumbnail"} for record in records]


def entity_links(renderer: AdminRenderer, entity: Entity) -> list[Json]:
    """Render the links, which are those to the parent entities."""
    parents = entity.fields.get("parentEntity") or []
    return [
        {"type": "parent entity", "linkFieldValues": renderer.entity_reference(parent_id)}
        for parent_id in ([parents] if isinstance(parents, str) else parents)
        if parent_id in renderer.world.entities
    ]


def entity_events(renderer: AdminRenderer, entity: Entity) -> list[Json]:
    """Render the history, oldest first: the creation and the comments."""
    created = renderer.text("Создано", "Created")
    events = [_event(renderer, entity.id, entity.created_by, entity.created_at, created)]
    for comment in entity.comments:
        display, name = renderer.text("Добавлен комментарий", "Comment added"), renderer.text("Текст", "Comment text")
        change = {"diff": f"<added>{comment.text}</added>", "field": {"id": "comment.text", "display": name}}
        events.append(_event(renderer, f"{comment.id:024x}", comment.by, comment.at, display, change))
    return events


def _event(renderer: AdminRenderer, event_id: str, by: str, at: datetime, display: str, *changes: Json) -> Json:
    return {
        "id": event_id,
        "author": renderer.user(by),
        "date": format_datetime(at),
        "transport": "front",
        "display": display,
        "changes": list(changes),
    }


def _address(renderer: AdminRenderer, entity: Entity) -> str:
    return f"{renderer.base}/entities/{entity.kind}/{entity.id}"
