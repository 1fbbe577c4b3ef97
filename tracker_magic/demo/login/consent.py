"""The pages a person sees while logging in: /authorize, /verification_code and /device (AUTH 1.3 to 1.5, 1.10)."""

import re
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import cast
from urllib.parse import urlencode

from werkzeug import Response
from werkzeug.utils import redirect as to

from tracker_magic.demo.login.access import Access, App
from tracker_magic.demo.login.codes import Code, Device, new_code
from tracker_magic.demo.service import ApiRequest, Route, Service

_DEVICE_ID = re.compile(r"[ -~]{6,50}")
_STATE_LENGTH = 1024

_PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<title>{title}</title><style>body{{font:16px/1.5 sans-serif;max-width:34em;margin:4em auto;padding:0 1em}}
button{{font:inherit;padding:.5em 1.2em;margin-right:.6em}}code{{font-size:1.2em;user-select:all;word-break:break-all}}
</style><h1>{title}</h1>{body}</html>"""

_BUTTONS = """<p><button name="decision" value="allow">Разрешить / Allow</button>
<button name="decision" value="deny">Отказать / Deny</button></p>"""

# An implicit token stands in the fragment, which no server sees: only a script can show it.
_FRAGMENT = """<p>Скопируйте / Copy:</p><p><code id="shown"></code></p><script>
const got = new URLSearchParams(location.hash.slice(1));
document.getElementById("shown").textContent = got.get("access_token") || got.get("error") || "";
</script>"""


class _Rejected(Exception):
    """A login that cannot even be asked about: shown as a page, never redirected."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What /authorize was asked for, checked."""

    app: App
    kind: str  # token, code
    scopes: tuple[str, ...]
    state: str | None
    redirect: str
    device_id: str | None
    challenge: str | None
    method: str


def access_of(service: Service) -> Access:
    """The service's access with all that the login services need of it."""
    return cast("Access", service.access)


def page(title: str, body: str, status: int = 200) -> Response:
    """An HTML page; `title` is escaped here, `body` by its maker."""
    return Response(_PAGE.format(title=escape(title), body=body), status, mimetype="text/html")


def authorize(service: Service, request: ApiRequest) -> Response:
    """ApiRequest the person, or redirect at once where consent was given before."""
    access = access_of(service)
    try:
        asked = _asked(access, request)
    except _Rejected as error:
        return page("400", f"<p>{escape(str(error))}</p>", 400)
    consent, known = access.switches.consent, (asked.app.client_id, asked.scopes) in access.consents
    if consent in {"deny", "moderation"}:
        return _refused(asked, "access_denied" if consent == "deny" else "unauthorized_client")
    if set(asked.scopes) - set(asked.app.scopes):
        return _refused(asked, "invalid_scope")
    if request.method == "POST":
        return _decided(access, asked, request.form.get("decision"))
    if consent == "given" or (known and request.args.get("force_confirm") != "yes"):
        return _allowed(access, asked)
    person = service.world.users[access.me].display
    rights = "".join(f"<li>{escape(scope)}</li>" for scope in asked.scopes)
    text = f"<p>{escape(person)}, приложение просит доступ / the application asks for access:</p><ul>{rights}</ul>"
    return page(asked.app.name, f'{text}<form method="post">{_BUTTONS}</form>')


def _asked(access: Access, request: ApiRequest) -> _Asked:
    args = request.args
    app = access.apps.get(args.get("client_id", ""))
    if app is None:
        raise _Rejected("400 Unknown client with such client_id")
    kind, method = args.get("response_type", ""), args.get("code_challenge_method", "plain")
    device_id, state = args.get("device_id"), args.get("state")
    problems = {
        "response_type": kind not in {"token", "code"},
        "code_challenge_method": method not in {"plain", "S256"},
        "device_id": device_id is not None and not valid_device(device_id),
        "state": state is not None and len(state) > _STATE_LENGTH,
    }
    if any(problems.values()):
        raise _Rejected(f"400 Bad value of {next(name for name, bad in problems.items() if bad)}")
    scopes = tuple(args.get("scope", "").split()) or app.scopes
    challenge = args.get("code_challenge")
    return _Asked(app, kind, scopes, state, _redirect(app, request), device_id, challenge, method)


def valid_device(device_id: str) -> bool:
    """Whether a device id has 6 to 50 printable ASCII characters."""
    return _DEVICE_ID.fullmatch(device_id) is not None


def _redirect(app: App, request: ApiRequest) -> str:
    registered = app.redirects or (f"{request.host_url}verification_code",)
    wanted = request.args.get("redirect_uri", registered[0])
    if wanted not in registered:
        raise _Rejected("400 redirect_uri does not match the registered ones")
    return wanted


def _decided(access: Access, asked: _Asked, decision: str | None) -> Response:
    if decision != "allow":
        return _refused(asked, "access_denied")
    access.consents.add((asked.app.client_id, asked.scopes))
    return _allowed(access, asked)


def _allowed(access: Access, asked: _Asked) -> Response:
    client_id, switches = asked.app.client_id, access.switches
    if asked.kind == "token":
        token = access.issue(access.me, client_id=client_id, scopes=asked.scopes, device_id=asked.device_id)
        access.oauth[token].refresh = None  # the implicit flow gives none (AUTH 1.4.4)
        answer = {"access_token": token, "token_type": "bearer", "expires_in": str(switches.token_lifetime_s)}
        return _back(asked, answer)
    code = new_code(switches.code_form)
    until = access.clock() + timedelta(seconds=switches.code_lifetime_s)
    access.codes[code] = Code(client_id, asked.scopes, until, asked.device_id, asked.challenge, asked.method)
    return _back(asked, {"code": code})


def _refused(asked: _Asked, error: str) -> Response:
    return _back(asked, {"error": error, "error_description": error.replace("_", " ").capitalize()})


def _back(asked: _Asked, answer: dict[str, str]) -> Response:
    if asked.state is not None:
        answer["state"] = asked.state
    mark = "#" if asked.kind == "token" else "&" if "?" in asked.redirect else "?"
    response = to(f"{asked.redirect}{mark}{urlencode(answer)}")
    response.set_data(b"")  # werkzeug's body repeats the address, and with it the token
    return response


def verification_code(_service: Service, request: ApiRequest) -> Response:
    """Show the code (or, from the fragment, the token) for the person to copy."""
    shown = request.args.get("code") or request.args.get("error_description") or request.args.get("error")
    if shown is None:
        return page("Токен / Token", _FRAGMENT)
    title = "Код подтверждения / Confirmation code" if request.args.get("code") else "Отказ / Refused"
    return page(title, f"<p><code>{escape(shown)}</code></p>")


def device_page(service: Service, request: ApiRequest) -> Response:
    """Take the user code that stands on the other device, and the person's decision."""
    title = "Вход на другом устройстве / Login on another device"
    if request.method == "GET":
        code = '<p>Код / Code: <input name="user_code" autocomplete="off" autofocus required></p>'
        return page(title, f'<form method="post">{code}{_BUTTONS}</form>')
    device = _typed(access_of(service), request.form.get("user_code", ""))
    if device is None:
        return page(title, "<p>Код не найден или истёк / No such code, or it has run out.</p>", 400)
    allowed = request.form.get("decision") == "allow"
    device.decision = "allowed" if allowed else "denied"
    return page(title, "<p>Готово / Done.</p>" if allowed else "<p>Отказано / Denied.</p>")


def _typed(access: Access, text: str) -> Device | None:
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
]
