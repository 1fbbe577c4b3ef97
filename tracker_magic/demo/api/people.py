"""The current user, users, groups."""

from tracker_magic.demo.api.lookup import by_id, find_user
from tracker_magic.demo.api.paging import DEFAULT_PAGE_SIZE, number, numbered_page, with_row_faults
from tracker_magic.demo.model import User
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.service import ApiRequest, HandlerResult, Route, Service, with_rows

MAX_USERS = 10_000
MAX_PAGE_SIZE = 100


def get_myself(service: Service, request: ApiRequest) -> HandlerResult:
    """The user whose token it is."""
    user = service.world.users[request.caller]
    return AdminRenderer(service.world, request).user_record(user, request.names("expand"))


def get_user(service: Service, request: ApiRequest, name: str) -> HandlerResult:
    """One user."""
    return AdminRenderer(service.world, request).user_record(find_user(service, request, name), request.names("expand"))


def _selected_users(service: Service, request: ApiRequest) -> list[User]:
    """Users by uid; the parameters `email` and `group` select among them."""
    email, group = request.args.get("email"), request.args.get("group")
    users = sorted(service.world.users.values(), key=lambda user: int(user.uid))
    return [
        user
        for user in users
        if (not email or f"{user.login}@example.com" == email) and (not group or group in user.groups)
    ]


def list_users(service: Service, request: ApiRequest) -> HandlerResult:
    """Users by page number, at most 100 a page and 10,000 in all; dismissed users are included."""
    renderer, expand = AdminRenderer(service.world, request), request.names("expand")
    first = request.args.get("id", type=int) or 0
    users = [user for user in _selected_users(service, request) if int(user.uid) >= first]
    rows, response = numbered_page(request, users, window=MAX_USERS, max_page_size=MAX_PAGE_SIZE)
    return with_rows(response, [renderer.user_record(user, expand) for user in rows])


def list_users_after_id(service: Service, request: ApiRequest) -> HandlerResult:
    """Users with a uid above `id`, and whether more follow; without a limit on their number."""
    renderer, expand = AdminRenderer(service.world, request), request.names("expand")
    last = 0 if request.has_fault("repeat") else request.args.get("id", type=int) or 0
    users = _selected_users(service, request)
    following = [user for user in users if int(user.uid) > last]
    page_size = number(request, "perPage", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    previous = users[max(0, len(users) - len(following) - 1) :][:1]
    rows = with_row_faults(request, following[:page_size], previous)
    has_next = bool(following) if request.has_fault("empty_page") else len(following) > page_size
    return {"users": [renderer.user_record(user, expand) for user in rows], "hasNext": has_next}


def list_groups(service: Service, request: ApiRequest) -> HandlerResult:
    """All groups."""
    return [
        {"self": f"{request.base}/groups/{group_id}", "id": int(group_id), "name": name}
        for group_id, name in service.world.groups.items()
    ]


def get_group(service: Service, request: ApiRequest, group_id: str) -> HandlerResult:
    """One group."""
    name = by_id(request, service.world.groups, group_id)
    return {"self": f"{request.base}/groups/{group_id}", "id": int(group_id), "name": name}


ROUTES = [
    Route(("GET",), "/myself", get_myself, api=True),
    Route(("GET",), "/users", list_users, api=True),
    Route(("GET",), "/users/_relative", list_users_after_id, api=True),
    Route(("GET",), "/users/<name>", get_user, api=True),
    Route(("GET",), "/groups", list_groups, api=True),
    Route(("GET",), "/groups/<group_id>", get_group, api=True),
]
