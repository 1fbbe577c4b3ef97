"""The pages that a person sees during a login: /authorize, /verification_code and /device."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import cast
from urllib.parse import urlencode

from werkzeug import Response
from werkzeug.utils import redirect

from tracker_magic.demo.login.access import Access, App
from tracker_magic.demo.login.codes import Code, Device, new_code
from tracker_magic.demo.service import ApiRequest, Route, Service

_DEVICE_ID = re.compile(r"[ -~]{6,50}")
_STATE_LENGTH = 1024

_PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>{title}</title><style>body{{font:16px/1.5 sans-serif;max-width:34em;margin:4em auto;padding:0 1em}}
button{{font:inherit;padding:.5em 1.2em;margin-right:.6em}}code{{font-size:1.2em;user-select:all;word-break:break-all}}
</style><h1>{title}</h1>{body}</html>"""

_FORM = """<form method="post">{fields}<input type="hidden" name="confirmation" value="{confirmation}">
<p><button name="decision" value="allow">Разрешить / Allow</button>
<button name="decision" value="deny">Отказать / Deny</button></p></form>"""

_UNCONFIRMED = "400 Откройте страницу заново / Open the page again"

# The implicit flow returns the token in the fragment, which is not sent to the server: only a script can show it.
_FRAGMENT = """<p>Скопируйте / Copy:</p><p><code id="shown"></code></p><script>
const got = new URLSearchParams(location.hash.slice(1));
document.getElementById("shown").textContent = got.get("access_token") || got.get("error") || "";
</script>"""


class _Rejected(Exception):
    """An invalid request to /authorize: shown as a page, never redirected."""


@dataclass(frozen=True, slots=True)
class _Authorization:
    """A valid request to /authorize."""

    app: App
    response_type: str  # token, code
    scopes: tuple[str, ...]
    state: str | None
    redirect_uri: str
    device_id: str | None
    challenge: str | None
    method: str


def access_of(service: Service) -> Access:
    """The access of the service, which the login services need as the whole class."""
    return cast("Access", service.access)


def page(title: str, body: str, status: int = 200) -> Response:
    """An HTML page; `title` is escaped here, `body` by the caller."""
    return Response(_PAGE.format(title=escape(title), body=body), status, mimetype="text/html")


def authorize(service: Service, request: ApiRequest) -> Response:
    """Ask the person for consent, or redirect at once if it was given before."""
    access = access_of(service)
    try:
        authorization = _parse_authorization(access, request)
    except _Rejected as error:
        return page("400", f"<p>{escape(str(error))}</p>", 400)
    consent, known = access.switches.consent, (authorization.app.client_id, authorization.scopes) in access.consents
    if consent in {"deny", "moderation"}:
        return _refuse(authorization, "access_denied" if consent == "deny" else "unauthorized_client")
    if set(authorization.scopes) - set(authorization.app.scopes):
        return _refuse(authorization, "invalid_scope")
    if request.method == "POST":
        return _apply_decision(access, authorization, request.form.get("decision"))
    if consent == "given" or (known and request.args.get("force_confirm") != "yes"):
        return _allow(access, authorization)
    person = service.world.users[access.me].display
    rights = "".join(f"<li>{escape(scope)}</li>" for scope in authorization.scopes)
    text = f"<p>{escape(person)}, приложение просит доступ / the application asks for access:</p><ul>{rights}</ul>"
    return page(authorization.app.name, text + _form(access))


def _form(access: Access, fields: str = "") -> str:
    """The form of a decision; its confirmation shows that a decision comes from this page and from no other site."""
    return _FORM.format(fields=fields, confirmation=access.confirmation)


def _is_confirmed(access: Access, request: ApiRequest) -> bool:
    """Whether a decision comes from the page itself; a request without a decision needs no confirmation."""
    if request.method != "POST":
        return True
    return secrets.compare_digest(request.form.get("confirmation", "").encode(), access.confirmation.encode())


def _parse_authorization(access: Access, request: ApiRequest) -> _Authorization:
    if not _is_confirmed(access, request):
        raise _Rejected(_UNCONFIRMED)
    args = request.args
    app = access.apps.get(args.get("client_id", ""))
    if app is None:
        raise _Rejected("400 Unknown client with such client_id")
    response_type, method = args.get("response_type", ""), args.get("code_challenge_method", "plain")
    device_id, state = args.get("device_id"), args.get("state")
    problems = {
        "response_type": response_type not in {"token", "code"},
        "code_challenge_method": method not in {"plain", "S256"},
        "device_id": device_id is not None and not is_device_id(device_id),
        "state": state is not None and len(state) > _STATE_LENGTH,
    }
    if any(problems.values()):
        raise _Rejected(f"400 Bad value of {next(name for name, bad in problems.items() if bad)}")
    scopes = tuple(args.get("scope", "").split()) or app.scopes
    challenge = args.get("code_challenge")
    return _Authorization(app, response_type, scopes, state, _redirect_uri(app, request), device_id, challenge, method)


def is_device_id(device_id: str) -> bool:
    """Whether a device id has 6 to 50 printable ASCII characters."""
    return _DEVICE_ID.fullmatch(device_id) is not None


def _redirect_uri(app: App, request: ApiRequest) -> str:
    own_page = f"{request.host_url}verification_code"
    registered = app.redirects or (own_page,)
    wanted = request.args.get("redirect_uri", registered[0])
    if wanted not in registered:
        raise _Rejected("400 redirect_uri does not match the registered ones")
    is_proxied = "X-Forwarded-Prefix" in request.headers  # below a path that only the proxy and the browser know
    return "verification_code" if is_proxied and wanted == own_page else wanted


def _apply_decision(access: Access, authorization: _Authorization, decision: str | None) -> Response:
    if decision != "allow":
        return _refuse(authorization, "access_denied")
    access.consents.add((authorization.app.client_id, authorization.scopes))
    return _allow(access, authorization)


def _allow(access: Access, authorization: _Authorization) -> Response:
    client_id, switches = authorization.app.client_id, access.switches
    if authorization.response_type == "token":
        token = access.issue(
            access.me, client_id=client_id, scopes=authorization.scopes, device_id=authorization.device_id
        )
        access.oauth[token].refresh = None  # the implicit flow has none
        lifetime_s = str(switches.token_lifetime_s)
        parameters = {"access_token": token, "token_type": "bearer", "expires_in": lifetime_s}
        return _redirect_back(authorization, parameters)
    code = new_code(switches.code_form)
    until = access.clock() + timedelta(seconds=switches.code_lifetime_s)
    access.codes[code] = Code(
        client_id, authorization.scopes, until, authorization.device_id, authorization.challenge, authorization.method
    )
    return _redirect_back(authorization, {"code": code})


def _refuse(authorization: _Authorization, error: str) -> Response:
    return _redirect_back(authorization, {"error": error, "error_description": error.replace("_", " ").capitalize()})


def _redirect_back(authorization: _Authorization, parameters: dict[str, str]) -> Response:
    if authorization.state is not None:
        parameters["state"] = authorization.state
    separator = "#" if authorization.response_type == "token" else "&" if "?" in authorization.redirect_uri else "?"
    response = redirect(f"{authorization.redirect_uri}{separator}{urlencode(parameters)}")
    response.set_data(b"")  # werkzeug's body repeats the address, which holds the token
    return response


def verification_code(_service: Service, request: ApiRequest) -> Response:
    """Show the code (or the token in the fragment) for the person to copy."""
    text = request.args.get("code") or request.args.get("error_description") or request.args.get("error")
    if text is None:
        return page("Токен / Token", _FRAGMENT)
    title = "Код подтверждения / Confirmation code" if request.args.get("code") else "Отказ / Refused"
    return page(title, f"<p><code>{escape(text)}</code></p>")


def device_page(service: Service, request: ApiRequest) -> Response:
    """Ask the person for the user code of the other device, and for consent."""
    title = "Вход на другом устройстве / Login on another device"
    access = access_of(service)
    if request.method != "POST":
        code = '<p>Код / Code: <input name="user_code" autocomplete="off" autofocus required></p>'
        return page(title, _form(access, code))
    if not _is_confirmed(access, request):
        return page(title, f"<p>{_UNCONFIRMED}</p>", 400)
    device = _find_device(access, request.form.get("user_code", ""))
    if device is None:
        return page(title, "<p>Код не найден или истёк / No such code, or it has run out.</p>", 400)
    allowed = request.form.get("decision") == "allow"
    device.decision = "allowed" if allowed else "denied"
    return page(title, "<p>Готово / Done.</p>" if allowed else "<p>Отказано / Denied.</p>")


def organisations_page(service: Service, _request: ApiRequest) -> Response:
    """Show the ids of the demo's organisation."""
    access = access_of(service)
    title = "Организации / Organizations"
    return page(
        title, f"<p>Yandex 360: <code>{access.org_id}</code></p><p>Cloud: <code>{access.cloud_org_id}</code></p>"
    )


def app_page(service: Service, _request: ApiRequest) -> Response:
    """Show the app that the demo has already, since none can be registered."""
    access = access_of(service)
    known = f"<p>ClientID: <code>{access.client_id}</code></p><p>Client secret: <code>{access.client_secret}</code></p>"
    return page("Приложение / App", known)


def _find_device(access: Access, text: str) -> Device | None:
    code = "".join(text.split()).lower()
    return next(
        (
            device
            for device in list(access.devices.values())
            if device.user_code == code and device.decision == "pending" and device.expires_at > access.clock()
        ),
        None,
    )


ROUTES = [
    Route(("GET", "POST"), "/authorize", authorize),
    Route(("GET",), "/verification_code", verification_code),
    Route(("GET", "POST"), "/device", device_page),
    Route(("GET",), "/admin/orgs", organisations_page),
    Route(("GET",), "/client/new/", app_page),
    Route(("GET",), "/", app_page),
]
