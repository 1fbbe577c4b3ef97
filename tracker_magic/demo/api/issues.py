"""One issue and its lists."""

from collections.abc import Callable, Iterable
from itertools import islice
from urllib.parse import unquote

from werkzeug import Response

from tracker_magic.demo.api.lookup import find_issue, first_or_404
from tracker_magic.demo.api.paging import DEFAULT_PAGE_SIZE, page_after_id
from tracker_magic.demo.language.operands import fold
from tracker_magic.demo.model import Issue
from tracker_magic.demo.records.issue import IssueRenderer
from tracker_magic.demo.records.renderer import Json, queue_of
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


def download_attachment(
    service: Service, request: ApiRequest, key: str, attachment_id: str, name: str
) -> HandlerResult:
    """The content of one attachment."""
    issue, wanted = find_issue(service, request, key), (attachment_id, unquote(name))
    attachment = first_or_404(request, (each for each in issue.attachments if (each.id, each.name) == wanted))
    return Response(attachment.content, content_type=attachment.mimetype)


def get_thumbnail(service: Service, request: ApiRequest, key: str, attachment_id: str) -> HandlerResult:
    """The thumbnail of an image, which is the image itself."""
    images = (each for each in find_issue(service, request, key).attachments if each.mimetype.startswith("image/"))
    image = first_or_404(request, (each for each in images if each.id == attachment_id))
    return Response(image.content, content_type=image.mimetype)


def suggest_issues(service: Service, request: ApiRequest) -> HandlerResult:
    """The newest issues whose key or summary contains `input`, at most 50; `queue` selects among them."""
    renderer, queue = IssueRenderer(service.world, request), request.args.get("queue")
    text, fields, expand = fold(request.args.get("input", "")), request.names("fields"), request.names("expand")
    matches = (
        issue
        for issue in reversed(service.world.issues.values())
        if (not queue or queue_of(issue) == queue)
        and (text in fold(issue.key) or text in fold(str(issue.values.get("summary", ""))))
        and renderer.sees(issue)
    )
    return [renderer.issue_record(issue, fields, expand) for issue in islice(matches, DEFAULT_PAGE_SIZE)]


def _whole_list(list_of: List) -> Callable[..., HandlerResult]:
    """A handler that returns a list of an issue without paging."""

    def handler(service: Service, request: ApiRequest, key: str) -> HandlerResult:
        issue = find_issue(service, request, key)
        return list_of(IssueRenderer(service.world, request), issue)

    return handler


def _member(list_of: Callable[[IssueRenderer, Issue], Iterable[Json]]) -> Callable[..., HandlerResult]:
    """A handler that returns one member of a list of an issue, by id."""

    def handler(service: Service, request: ApiRequest, key: str, member_id: str) -> HandlerResult:
        records = list_of(IssueRenderer(service.world, request), find_issue(service, request, key))
        return first_or_404(request, (record for record in records if str(record["id"]) == member_id))

    return handler


def _changelog(renderer: IssueRenderer, issue: Issue) -> Iterable[Json]:
    return (renderer.event(issue, event) for event in issue.events)


def _attachments(renderer: IssueRenderer, issue: Issue) -> list[Json]:
    return [renderer.attachment(issue, attachment) for attachment in issue.attachments]


def _checklist(renderer: IssueRenderer, issue: Issue) -> list[Json]:
    return [renderer.checklist_item(item) for item in issue.checklist]


ROUTES = [
    Route(("GET",), "/issues/_suggest", suggest_issues, api=True),
    Route(("GET",), "/issues/<key>", get_issue, api=True),
    Route(("GET",), "/issues/<key>/changelog", list_changelog, api=True),
    Route(("GET",), "/issues/<key>/changelog/<member_id>", _member(_changelog), api=True),
    Route(("GET",), "/issues/<key>/comments", list_comments, api=True),
    Route(("GET",), "/issues/<key>/comments/<comment_id>", get_comment, api=True),
    Route(("GET",), "/issues/<key>/links", _whole_list(IssueRenderer.links), api=True),
    Route(("GET",), "/issues/<key>/links/<member_id>", _member(IssueRenderer.links), api=True),
    Route(("GET",), "/issues/<key>/remotelinks", _whole_list(lambda _, __: []), api=True),
    Route(("GET",), "/issues/<key>/checklistItems", _whole_list(_checklist), api=True),
    Route(("GET",), "/issues/<key>/transitions", _whole_list(IssueRenderer.transitions), api=True),
    Route(("GET",), "/issues/<key>/transitions/<member_id>", _member(IssueRenderer.transitions), api=True),
    Route(("GET",), "/issues/<key>/attachments", _whole_list(_attachments), api=True),
    Route(("GET",), "/issues/<key>/attachments/<member_id>", _member(_attachments), api=True),
    Route(("GET",), "/issues/<key>/attachments/<attachment_id>/<path:name>", download_attachment, api=True),
    Route(("GET",), "/issues/<key>/thumbnails/<attachment_id>", get_thumbnail, api=True),
]
