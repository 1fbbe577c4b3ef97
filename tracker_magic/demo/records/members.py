"""Renders comments and attachments, which issues and entities have alike."""

from collections.abc import Collection

from tracker_magic.demo.issue_lists import Attachment, Comment
from tracker_magic.demo.records.renderer import Json, Renderer, format_datetime


def comment_record(renderer: Renderer, owner: str, comment: Comment, expand: Collection[str] = ()) -> Json:
    """Render a comment of the object at the address `owner`; `expand` may contain `html` or `all`."""
    record: Json = {
        "self": f"{owner}/comments/{comment.id}",
        "id": comment.id,
        "longId": f"{int(comment.at.timestamp()):08x}{comment.id % 16**16:016x}",
        "text": comment.text,
        "createdBy": renderer.user(comment.by),
        "updatedBy": renderer.user(comment.by),
        "createdAt": format_datetime(comment.at),
        "updatedAt": format_datetime(comment.updated_at or comment.at),
        "version": 1 if comment.updated_at is None else 2,
        "type": comment.type,
        "transport": comment.transport,
    }
    if not {"html", "all"}.isdisjoint(expand):
        escaped = comment.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        record["textHtml"] = f"<p>{escaped}</p>\n"
    return record


def attachment_record(renderer: Renderer, owner: str, attachment: Attachment) -> Json:
    """Render an attachment of the object at the address `owner`; `content` is the address of the file."""
    address = f"{owner}/attachments/{attachment.id}"
    record: Json = {
        "self": address,
        "id": attachment.id,
        "name": attachment.name,
        "content": f"{address}/{attachment.name}",
        "createdBy": renderer.user(attachment.by),
        "createdAt": format_datetime(attachment.at),
        "mimetype": attachment.mimetype,
        "size": len(attachment.content),
    }
    if attachment.mimetype.startswith("image/"):
        record["thumbnail"] = f"{owner}/thumbnails/{attachment.id}"
        record["metadata"] = {"size": "550x175"}
    return record
