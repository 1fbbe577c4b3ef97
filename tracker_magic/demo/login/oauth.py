"""The OAuth endpoints for programs: /device/code, /token, /revoke_token (https://yandex.ru/dev/id/doc/ru/)."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import orjson
from werkzeug import Response

from tracker_magic.demo.login import consent
from tracker_magic.demo.login.access import Access, App, Grant
from tracker_magic.demo.login.codes import Device, is_code, random_text
from tracker_magic.demo.login.consent import access_of, is_device_id
from tracker_magic.demo.service import ApiRequest, Route, Service

_FORM = "application/x-www-form-urlencoded"


class _Denied(Exception):
    """An error with the body of OAuth."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(error, description)
        self.error, self.description, self.status = error, description or error, status


@dataclass(frozen=True, slots=True)
class _Client:
    """The application that sent a request, and whether it sent its secret."""

    app: App
    has_secret: bool


def _json(body: object, status: int = 200) -> Response:
    response = Response(orjson.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _json_handler(
    step: Callable[[Service, ApiRequest], dict[str, object]],
) -> Callable[[Service, ApiRequest], Response]:
    """A handler for a function that returns JSON or raises `_Denied`."""

    def handler(service: Service, request: ApiRequest) -> Response:
        try:
            _check_form(request)
            return _json(step(service, request))
        except _Denied as error:
            return _json({"error": error.error, "error_description": error.description}, error.status)

    return handler


def _check_form(request: ApiRequest) -> None:
    if request.mimetype != _FORM:
        raise _Denied("invalid_request", "The body must be a form")


def _client(access: Access, request: ApiRequest) -> _Client:
    """The application that sent the request; a Basic header takes precedence over the body."""
    client_id, secret = request.form.get("client_id", ""), request.form.get("client_secret") or None
    header = request.headers.get("Authorization")
    if header is not None:
        client_id, secret = _basic(header)
    if not client_id:
        raise _Denied("invalid_request", "client_id is missing")
    app = access.apps.get(client_id)
    invalid_client = _Denied(
        "invalid_client", "Client not found or wrong secret", access.switches.invalid_client_status
    )
    if app is None:
        raise invalid_client
    if secret is None:
        return _Client(app, has_secret=False)
    if app.secret is None or not hmac.compare_digest(secret.encode(), app.secret.encode()):
        raise invalid_client
    return _Client(app, has_secret=True)


def _basic(header: str) -> tuple[str, str | None]:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        raise _Denied("invalid_request", "Basic auth required")
    try:
        client_id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _Denied("invalid_request", "Malformed Authorization header") from None
    return client_id, secret or None


def _required(request: ApiRequest, name: str) -> str:
    value = request.form.get(name)
    if not value:
        raise _Denied("invalid_request", f"{name} is missing")
    return value


def _check_secret(access: Access, client: _Client, *, optional: bool) -> None:
    if not client.has_secret and not optional:
        raise _Denied("invalid_client", "client_secret is missing", access.switches.invalid_client_status)


def _token(service: Service, request: ApiRequest) -> dict[str, object]:
    access = access_of(service)
    if access.switches.token_error:
        raise _Denied(access.switches.token_error)
    grant = _GRANTS.get(_required(request, "grant_type"))
    if grant is None:
        raise _Denied("unsupported_grant_type")
    return grant(access, _client(access, request), request)


def _exchange_code(access: Access, client: _Client, request: ApiRequest) -> dict[str, object]:
    text = _required(request, "code")
    if not is_code(text):
        raise _Denied("bad_verification_code", "Invalid code")
    code = access.codes.get(text)
    if code is None or code.expires_at <= access.clock():
        raise _Denied("invalid_grant", "Code has expired")
    if code.client_id != client.app.client_id:
        raise _Denied("invalid_grant", "Code was issued to another client")
    secretless = access.switches.secretless and code.challenge is not None
    _check_secret(access, client, optional=secretless)
    if access.codes.pop(text, None) is None:  # another request has used it meanwhile
        raise _Denied("invalid_grant", "Code has expired")
    if not code.verified(request.form.get("code_verifier")):
        raise _Denied("invalid_grant", "code_verifier does not match")
    device = code.device_id or request.form.get("device_id")
    return _issue_token(access, client, code.scopes, device, secretless=secretless)


def _refresh(access: Access, client: _Client, request: ApiRequest) -> dict[str, object]:
    text = _required(request, "refresh_token")
    token = next((token for token, grant in list(access.oauth.items()) if grant.refresh == text), None)
    if token is None or access.oauth[token].client_id != client.app.client_id:
        raise _Denied("invalid_grant", "Wrong refresh token")
    grant = access.oauth[token]
    if grant.refresh_until is not None and grant.refresh_until <= access.clock():
        raise _Denied("expired_token", "Refresh token has expired")
    _check_secret(access, client, optional=access.switches.secretless and grant.secretless)
    token = access.renew(token)
    return _token_reply(access, token, access.oauth[token])


def _exchange_device_code(access: Access, client: _Client, request: ApiRequest) -> dict[str, object]:
    _check_secret(access, client, optional=access.switches.device_secretless)
    code = _required(request, "code")
    device = access.devices.get(code)
    if device is None or device.client_id != client.app.client_id or device.expires_at <= access.clock():
        raise _Denied("invalid_grant", "Code has expired")
    _poll(access, device)
    if access.devices.pop(code, None) is None:
        raise _Denied("invalid_grant", "Code has expired")
    return _issue_token(access, client, device.scopes, device.device_id, secretless=not client.has_secret)


def _poll(access: Access, device: Device) -> None:
    """Count a poll; raises unless the person has allowed the login."""
    now, previous, switches = access.clock(), device.polled_at, access.switches
    device.polls, device.polled_at = device.polls + 1, now
    too_fast = previous is not None and (now - previous).total_seconds() < switches.device_interval_s
    if switches.device_slow_down and too_fast:
        raise _Denied("slow_down", "Polling too fast")
    if switches.device_approve_after is not None and device.polls >= switches.device_approve_after:
        device.decision = "allowed"
    if switches.device_deny or device.decision == "denied":
        raise _Denied("access_denied", "User has denied the access")
    if device.decision == "pending":
        raise _Denied("authorization_pending", "User has not yet authorized your application")


def _issue_token(
    access: Access, client: _Client, scopes: tuple[str, ...], device_id: str | None, *, secretless: bool
) -> dict[str, object]:
    narrower = access.switches.granted_scope
    if narrower is not None:
        scopes = tuple(narrower.split())
    token = access.issue(
        access.me, client_id=client.app.client_id, scopes=scopes, device_id=device_id, secretless=secretless
    )
    reply = _token_reply(access, token, access.oauth[token])
    return reply if narrower is None else reply | {"scope": narrower}


def _token_reply(access: Access, token: str, grant: Grant) -> dict[str, object]:
    expires_in = int((grant.expires_at - access.clock()).total_seconds())
    return {"access_token": token, "expires_in": expires_in, "refresh_token": grant.refresh, "token_type": "bearer"}


def _device_code(service: Service, request: ApiRequest) -> dict[str, object]:
    access = access_of(service)
    app, device_id = _client(access, request).app, request.form.get("device_id")
    if device_id is not None and not is_device_id(device_id):
        raise _Denied("invalid_request", "device_id must have 6 to 50 printable ASCII characters")
    scopes = tuple(request.form.get("scope", "").split()) or app.scopes
    if set(scopes) - set(app.scopes):
        raise _Denied("invalid_scope")
    code, user_code, lifetime = secrets.token_hex(16), random_text(8), access.switches.device_lifetime_s
    until = access.clock() + timedelta(seconds=lifetime)
    access.devices[code] = Device(app.client_id, user_code, scopes, until, device_id)
    return {
        "device_code": code,
        "expires_in": lifetime,
        "interval": access.switches.device_interval_s,
        "user_code": user_code,
        "verification_url": f"{request.host_url}device",
    }


def _revoke(service: Service, request: ApiRequest) -> dict[str, object]:
    access = access_of(service)
    client, token = _client(access, request), _required(request, "access_token")
    grant = access.oauth.get(token)
    _check_secret(access, client, optional=grant is not None and grant.secretless)
    if grant is not None:
        if grant.client_id != client.app.client_id:
            raise _Denied("invalid_grant", "Token was issued to another client")
        if grant.device_id is None:
            raise _Denied("unsupported_token_type", "Only tokens with a device_id can be revoked")
        access.revoke(token)
    return {"status": "ok"}


_GRANTS: dict[str, Callable[[Access, _Client, ApiRequest], dict[str, object]]] = {
    "authorization_code": _exchange_code,
    "refresh_token": _refresh,
    "device_code": _exchange_device_code,
}

ROUTES = [
    *consent.ROUTES,
    Route(("POST",), "/token", _json_handler(_token)),
    Route(("POST",), "/device/code", _json_handler(_device_code)),
    Route(("POST",), "/revoke_token", _json_handler(_revoke)),
]
