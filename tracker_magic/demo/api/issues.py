"""One issue and its subresources."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from werkzeug import Response

from tracker_magic.demo.api.lookup import issue_of, only
from tracker_magic.demo.api.paging import after, number
from tracker_magic.demo.model import Issue
from tracker_magic.demo.parts import Work
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service, filled, names

MOST_WORK = 500
FIRST_WORK = 50
MOST_GLOBAL_WORK = 10_000

Show = Callable[[IssueRenderer, Issue], Answer]


def issue(service: Service, ask: ApiRequest, key: str) -> Answer:
    """`GET /issues/{key}`."""
    found = issue_of(service, ask, key)
    ask.rows = 1
    return IssueRenderer(service.world, ask).issue_record(found, names(ask, "fields"), names(ask, "expand"))


def changelog(service: Service, ask: ApiRequest, key: str) -> Answer:
    """Entries oldest first, `perPage` 50; `field` and `type` narrow, `id` continues."""
    found = issue_of(service, ask, key)
    fields, types = set(names(ask, "field")), set(names(ask, "type"))
    events = [
        event
        for event in found.events
        if (not types or event.type in types) and (not fields or any(c.field in fields for c in event.changes))
    ]
    rows, answer = after(ask, events, lambda event: event.id, scheme=service.behaviour.link_scheme)
    renderer = IssueRenderer(service.world, ask)
    return filled(answer, [renderer.event(found, event) for event in rows])


def comments(service: Service, ask: ApiRequest, key: str) -> Answer:
    """Comments oldest first, `perPage` 50."""
    found = issue_of(service, ask, key)
    rows, answer = after(ask, found.comments, lambda comment: str(comment.id), scheme=service.behaviour.link_scheme)
    renderer, expand = IssueRenderer(service.world, ask), names(ask, "expand")
    return filled(answer, [renderer.comment(found, comment, expand) for comment in rows])


def comment(service: Service, ask: ApiRequest, key: str, number: str) -> Answer:
    """One comment, by id."""
    found = issue_of(service, ask, key)
    one = only(ask, (comment for comment in found.comments if str(comment.id) == number))
    return IssueRenderer(service.world, ask).comment(found, one, names(ask, "expand"))


def worklog(service: Service, ask: ApiRequest, key: str) -> Answer:
    """Records of one issue, ascending id, at most 500 a call; no links: `id` continues."""
    found = issue_of(service, ask, key)
    records = [(found, work) for work in sorted(found.worklog, key=lambda work: work.id)]
    return _work_page(service, ask, records, MOST_WORK, MOST_WORK)


def all_worklog(service: Service, ask: ApiRequest) -> Answer:
    """`GET /worklog?createdBy=&createdAt=from:…&createdAt=to:…`: by creation of the record."""
    given = dict(part.partition(":")[::2] for part in ask.args.getlist("createdAt"))
    return _work_page(service, ask, _work(service, ask, ask.args.get("createdBy"), given), FIRST_WORK, MOST_GLOBAL_WORK)


def search_worklog(service: Service, ask: ApiRequest) -> Answer:
    """`POST /worklog/_search` with `{createdBy, createdAt: {from, to}}`, both optional."""
    body = ask.data_json or {}
    given = body.get("createdAt") or {}
    if not isinstance(given, dict):
        raise ApiError(400, fields={"createdAt": ask.text("нужны from и to", "from and to are needed")})
    return _work_page(service, ask, _work(service, ask, body.get("createdBy"), given), FIRST_WORK, MOST_GLOBAL_WORK)


def _work(service: Service, ask: ApiRequest, by: str | None, given: dict[str, Any]) -> list[tuple[Issue, Work]]:
    low, high = (_moment(ask, given.get(name)) for name in ("from", "to"))
    uids = None if not by else {user.uid for user in service.world.users.values() if str(by) in {user.uid, user.login}}
    renderer = IssueRenderer(service.world, ask)
    found = [
        (issue, work)
        for issue in service.world.issues.values()
        if issue.worklog and renderer.sees(issue)
        for work in issue.worklog
        if (low is None or work.created_at >= low) and (high is None or work.created_at <= high)
        if uids is None or work.by in uids
    ]
    return sorted(found, key=lambda pair: pair[1].id)


def _moment(ask: ApiRequest, text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise ApiError(400, fields={"createdAt": ask.text(f"непонятная дата {text}", f"not a date: {text}")}) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _work_page(service: Service, ask: ApiRequest, found: list[tuple[Issue, Work]], default: int, most: int) -> Answer:
    per, cursor = number(ask, "perPage", default, most), "" if ask.struck_by("repeat") else ask.args.get("id", "")
    if cursor and not cursor.isdigit():
        raise ApiError(400, ask.text(f"Недопустимый id: {cursor}.", f"Bad id: {cursor}."))
    rest = [pair for pair in found if not cursor or pair[1].id > int(cursor)]
    renderer = IssueRenderer(service.world, ask)
    rows = rest[:per]
    if ask.struck_by("duplicate"):  # an empty page would be the end: nothing but the rows tells that more follow
        rows = found[max(0, len(found) - len(rest) - 1) :][:1] + rows
    return [renderer.work(issue, work) for issue, work in rows]


def attachments(service: Service, ask: ApiRequest, key: str) -> Answer:
    """Files of the issue."""
    found = issue_of(service, ask, key)
    return [IssueRenderer(service.world, ask).attachment(found, file) for file in found.attachments]


def attachment(service: Service, ask: ApiRequest, key: str, number: str) -> Answer:
    """What is known of one file."""
    found = issue_of(service, ask, key)
    one = only(ask, (file for file in found.attachments if file.id == number))
    return IssueRenderer(service.world, ask).attachment(found, one)


def content(service: Service, ask: ApiRequest, key: str, number: str, name: str) -> Answer:
    """The file itself."""
    found = issue_of(service, ask, key)
    file = only(ask, (file for file in found.attachments if (file.id, file.name) == (number, unquote(name))))
    return Response(file.content, content_type=file.mimetype)


def transition(service: Service, ask: ApiRequest, key: str, step: str) -> Answer:
    """One of the moves that leave the present status."""
    found = issue_of(service, ask, key)
    return only(ask, (one for one in IssueRenderer(service.world, ask).transitions(found) if one["id"] == step))


def _list(show: Show) -> Callable[..., Answer]:
    """A handler that shows some list of the issue whole."""

    def handler(service: Service, ask: ApiRequest, key: str) -> Answer:
        found = issue_of(service, ask, key)
        return show(IssueRenderer(service.world, ask), found)

    return handler


def _checklist(renderer: IssueRenderer, found: Issue) -> Answer:
    return [renderer.checklist_item(item) for item in found.checklist]


ROUTES = [
    Route(("GET",), "/issues/<key>", issue, api=True),
    Route(("GET",), "/issues/<key>/changelog", changelog, api=True),
    Route(("GET",), "/issues/<key>/comments", comments, api=True),
    Route(("GET",), "/issues/<key>/comments/<number>", comment, api=True),
    Route(("GET",), "/issues/<key>/worklog", worklog, api=True),
    Route(("GET",), "/worklog", all_worklog, api=True),
    Route(("POST",), "/worklog/_search", search_worklog, api=True),
    Route(("GET",), "/issues/<key>/links", _list(lambda renderer, found: renderer.links(found)), api=True),
    Route(("GET",), "/issues/<key>/remotelinks", _list(lambda _, __: []), api=True),
    Route(("GET",), "/issues/<key>/checklistItems", _list(_checklist), api=True),
    Route(("GET",), "/issues/<key>/transitions", _list(lambda r, found: r.transitions(found)), api=True),
    Route(("GET",), "/issues/<key>/transitions/<step>", transition, api=True),
    Route(("GET",), "/issues/<key>/attachments", attachments, api=True),
    Route(("GET",), "/issues/<key>/attachments/<number>", attachment, api=True),
    Route(("GET",), "/issues/<key>/attachments/<number>/<path:name>", content, api=True),
]
