"""Who asks, users, groups."""

from tracker_magic.demo.api.lookup import only, user_named
from tracker_magic.demo.api.paging import FIRST_PAGE, flawed, number, page
from tracker_magic.demo.model import User
from tracker_magic.demo.records.admin import AdminRenderer
from tracker_magic.demo.service import Answer, ApiRequest, Route, Service, filled, names

MOST_USERS = 10_000
MOST_PER_PAGE = 100


def myself(service: Service, ask: ApiRequest) -> Answer:
    """Whose token it is."""
    return AdminRenderer(service.world, ask).user_record(service.world.users[ask.caller], names(ask, "expand"))


def user(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One user."""
    return AdminRenderer(service.world, ask).user_record(user_named(service, ask, name), names(ask, "expand"))


def _ascending(service: Service, ask: ApiRequest) -> list[User]:
    """Users by uid, narrowed by `email` and `group`."""
    email, group = ask.args.get("email"), ask.args.get("group")
    users = sorted(service.world.users.values(), key=lambda user: int(user.uid))
    return [
        user
        for user in users
        if (not email or f"{user.login}@example.com" == email) and (not group or group in user.groups)
    ]


def users(service: Service, ask: ApiRequest) -> Answer:
    """Page-based, at most 100 a page and 10,000 in all; dismissed ones stay."""
    renderer, expand = AdminRenderer(service.world, ask), names(ask, "expand")
    first = ask.args.get("id", type=int) or 0
    found = [user for user in _ascending(service, ask) if int(user.uid) >= first]
    rows, answer = page(ask, found, window=MOST_USERS, most=MOST_PER_PAGE)
    return filled(answer, [renderer.user_record(user, expand) for user in rows])


def users_relative(service: Service, ask: ApiRequest) -> Answer:
    """All users, however many: those after `id`, and whether more follow."""
    renderer, expand = AdminRenderer(service.world, ask), names(ask, "expand")
    last = 0 if ask.struck_by("repeat") else ask.args.get("id", type=int) or 0
    found = _ascending(service, ask)
    rest = [user for user in found if int(user.uid) > last]
    per = number(ask, "perPage", FIRST_PAGE, MOST_PER_PAGE)
    rows = flawed(ask, rest[:per], found[max(0, len(found) - len(rest) - 1) :][:1])
    more = bool(rest) if ask.struck_by("empty_page") else len(rest) > per
    return {"users": [renderer.user_record(user, expand) for user in rows], "hasNext": more}


def groups(service: Service, ask: ApiRequest) -> Answer:
    """All groups."""
    base = f"{ask.base}/groups"
    known = service.world.groups.items()
    return [{"self": f"{base}/{name}", "id": int(name), "name": title} for name, title in known]


def group(service: Service, ask: ApiRequest, name: str) -> Answer:
    """One group."""
    title = only(ask, (title for known, title in service.world.groups.items() if known == name))
    return {"self": f"{ask.base}/groups/{name}", "id": int(name), "name": title}


ROUTES = [
    Route(("GET",), "/myself", myself, api=True),
    Route(("GET",), "/users", users, api=True),
    Route(("GET",), "/users/_relative", users_relative, api=True),
    Route(("GET",), "/users/<name>", user, api=True),
    Route(("GET",), "/groups", groups, api=True),
    Route(("GET",), "/groups/<name>", group, api=True),
]
