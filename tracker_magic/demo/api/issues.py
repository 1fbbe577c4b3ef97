"""One issue and its lists."""

from collections.abc import Callable
from urllib.parse import unquote

from werkzeug import Response

from tracker_magic.demo.api.lookup import find_issue, first_or_404
from tracker_magic.demo.api.paging import page_after_id
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.service import ApiRequest, HandlerResult, Route, Service, with_rows

List = Callable[[IssueRenderer, Issue], HandlerResult]


def get_issue(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """`GET /issues/{key}`."""
    issue = find_issue(service, request, key)
    request.rows = 1
    fields, expand = request.names("fields"), request.names("expand")
    return IssueRenderer(service.world, request).issue_record(issue, fields, expand)


def list_changelog(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """Changelog entries, oldest first, 50 a page; `field` and `type` select, `id` continues."""
    issue = find_issue(service, request, key)
    fields, types = set(request.names("field")), set(request.names("type"))
    events = [
        event
        for event in issue.events
        if (not types or event.type in types) and (not fields or any(c.field in fields for c in event.changes))
    ]
    scheme = service.behaviour.link_scheme
    rows, response = page_after_id(request, events, lambda event: event.id, scheme=scheme)
    renderer = IssueRenderer(service.world, request)
    return with_rows(response, [renderer.event(issue, event) for event in rows])


def list_comments(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """Comments, oldest first, 50 a page."""
    issue, scheme = find_issue(service, request, key), service.behaviour.link_scheme
    rows, response = page_after_id(request, issue.comments, lambda comment: str(comment.id), scheme=scheme)
    renderer, expand = IssueRenderer(service.world, request), request.names("expand")
    return with_rows(response, [renderer.comment(issue, comment, expand) for comment in rows])


def get_comment(service: Service, request: ApiRequest, key: str, comment_id: str) -> HandlerResult:
    """One comment, by id."""
    issue = find_issue(service, request, key)
    comment = first_or_404(request, (comment for comment in issue.comments if str(comment.id) == comment_id))
    return IssueRenderer(service.world, request).comment(issue, comment, request.names("expand"))


def list_attachments(service: Service, request: ApiRequest, key: str) -> HandlerResult:
    """The attachments of an issue."""
    issue, renderer = find_issue(service, request, key), IssueRenderer(service.world, request)
    return [renderer.attachment(issue, attachment) for attachment in issue.attachments]


def get_attachment(service: Service, request: ApiRequest, key: str, attachment_id: str) -> HandlerResult:
    """The metadata of one attachment."""
    issue = find_issue(service, request, key)
    attachment = first_or_404(request, (each for each in issue.attachments if each.id == attachment_id))
    return IssueRenderer(service.world, request).attachment(issue, attachment)


def download_attachment(
    service: Service, request: ApiRequest, key: str, attachment_id: str, name: str
) -> HandlerResult:
    """The content of one attachment."""
    issue, wanted = find_issue(service, request, key), (attachment_id, unquote(name))
    attachment = first_or_404(request, (each for each in issue.attachments if (each.id, each.name) == wanted))
    return Response(attachment.content, content_type=attachment.mimetype)


def get_transition(service: Service, request: ApiRequest, key: str, transition_id: str) -> HandlerResult:
    """One transition from the present status."""
    transitions = IssueRenderer(service.world, request).transitions(find_issue(service, request, key))
    return first_or_404(request, (transition for transition in transitions if transition["id"] == transition_id))


def _whole_list(list_of: List) -> Callable[..., HandlerResult]:
    """A handler that returns a list of an issue without paging."""

    def handler(service: Service, request: ApiRequest, key: str) -> HandlerResult:
        issue = find_issue(service, request, key)
        return list_of(IssueRenderer(service.world, request), issue)

    return handler


def _checklist(renderer: IssueRenderer, issue: Issue) -> HandlerResult:
    return [renderer.checklist_item(item) for item in issue.checklist]


ROUTES = [
    Route(("GET",), "/issues/<key>", get_issue, api=True),
    Route(("GET",), "/issues/<key>/changelog", list_changelog, api=True),
    Route(("GET",), "/issues/<key>/comments", list_comments, api=True),
    Route(("GET",), "/issues/<key>/comments/<comment_id>", get_comment, api=True),
    Route(("GET",), "/issues/<key>/links", _whole_list(IssueRenderer.links), api=True),
    Route(("GET",), "/issues/<key>/remotelinks", _whole_list(lambda _, __: []), api=True),
    Route(("GET",), "/issues/<key>/checklistItems", _whole_list(_checklist), api=True),
    Route(("GET",), "/issues/<key>/transitions", _whole_list(IssueRenderer.transitions), api=True),
    Route(("GET",), "/issues/<key>/transitions/<transition_id>", get_transition, api=True),
    Route(("GET",), "/issues/<key>/attachments", list_attachments, api=True),
    Route(("GET",), "/issues/<key>/attachments/<attachment_id>", get_attachment, api=True),
    Route(("GET",), "/issues/<key>/attachments/<attachment_id>/<path:name>", download_attachment, api=True),
]
