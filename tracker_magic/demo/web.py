"""The page of an issue: where links to the tracker lead."""

from html import escape

from werkzeug import Response

from tracker_magic.demo.records.renderer import queue_of
from tracker_magic.demo.service import ApiError, ApiRequest, Route, Service

_PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>{title}</title><style>body{{font:16px/1.5 sans-serif;max-width:44em;margin:4em auto;padding:0 1em}}
p{{white-space:pre-wrap}}</style><h1>{title}</h1><p>{facts}</p><p>{description}</p></html>"""


def issue_page(service: Service, request: ApiRequest, key: str) -> Response:
    """Key, summary, type, status, assignee and description of an issue; 404 for one that the login may not see."""
    with service.lock:
        world, issue = service.world, service.world.find(key)
        if issue is None or world.queues[queue_of(issue)].hidden:
            raise ApiError(404, request.text("Такой страницы нет.", "There is no such page."))
        values = issue.values
        entries = (world.types.get(values.get("type", "")), world.statuses.get(values.get("status", "")))
        assignee = world.users.get(values.get("assignee", ""))
        facts = [*(entry.name(request.lang) for entry in entries if entry), *([assignee.display] if assignee else [])]
        texts = {
            "title": f"{issue.key} {values.get('summary', '')}",
            "facts": " · ".join(facts),
            "description": values.get("description") or "",
        }
    body = _PAGE.format(lang=request.lang, **{name: escape(text) for name, text in texts.items()})
    return Response(body, mimetype="text/html")


ROUTES = (Route(("GET",), "/<key>", issue_page),)
