"""The token services of Yandex Cloud: IAM tokens for a JWT or an OAuth token, and the metadata service."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from werkzeug import Response

from tracker_magic.demo.login.access import Access, ServiceAccount
from tracker_magic.demo.login.consent import access_of
from tracker_magic.demo.service import ApiRequest, Route, Service

AUDIENCE = "https://iam.api.cloud.yandex.net/iam/v1/tokens"
_MAX_LIFETIME_S = 3600
_INVALID, _FORBIDDEN, _NOT_IMPLEMENTED, _UNAVAILABLE, _UNAUTHENTICATED = 3, 7, 12, 14, 16  # gRPC codes
_STATUS = {_INVALID: 400, _FORBIDDEN: 403, _NOT_IMPLEMENTED: 501, _UNAVAILABLE: 503, _UNAUTHENTICATED: 401}


class _Denied(Exception):
    """An error with the body of a gRPC gateway."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message

    def response(self) -> Response:
        """The response: code, message, details."""
        return _json({"code": self.code, "message": self.message, "details": []}, _STATUS[self.code])


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")


def _json_handler(
    step: Callable[[Access, dict[str, str]], dict[str, str]],
) -> Callable[[Service, ApiRequest], Response]:
    """A handler for a function from a JSON body to a JSON reply, which may raise `_Denied`."""

    def handler(service: Service, request: ApiRequest) -> Response:
        try:
            return _json(step(access_of(service), _body(request)))
        except _Denied as error:
            return error.response()

    return handler


def _create(access: Access, body: dict[str, str]) -> dict[str, str]:
    """POST /iam/v1/tokens: exactly one of `jwt` and `yandexPassportOauthToken` for an IAM token."""
    _raise_switched_error(access)
    if sorted(body) == ["jwt"]:
        account = _account_of(access, body["jwt"])
        token = access.issue_iam(account.uid, account=account.id)
    elif sorted(body) == ["yandexPassportOauthToken"]:
        token = access.issue_iam(_user_of(access, body["yandexPassportOauthToken"]))
    else:
        raise _Denied(_INVALID, "Exactly one of jwt, yandexPassportOauthToken is expected")
    digits = access.switches.iam_fraction_digits
    return {"iamToken": token, "expiresAt": timestamp(access.iam[token].expires_at, digits)}


def timestamp(moment: datetime, digits: int) -> str:
    """A protobuf timestamp with this many fraction digits: `2021-10-22T05:54:53.035215444Z`."""
    text = moment.astimezone(UTC).isoformat(timespec="seconds")[:19]
    fraction = f"{moment.microsecond:06d}444"[:digits]  # made-up nanoseconds: Python has microseconds
    return f"{text}.{fraction}Z" if digits else f"{text}Z"


def _raise_switched_error(access: Access) -> None:
    status = access.switches.iam_error
    if status is not None:
        code = next(code for code, known in _STATUS.items() if known == status)
        raise _Denied(code, {400: "Bad request", 401: "Unauthenticated", 403: "Forbidden"}.get(status, "Unavailable"))


def _body(request: ApiRequest) -> dict[str, str]:
    try:
        body: Any = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise _Denied(_INVALID, "The body is not JSON") from None
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise _Denied(_INVALID, "The body must be an object of texts")
    return body


def _user_of(access: Access, token: str) -> str:
    if not access.switches.passport_exchange:
        raise _Denied(_FORBIDDEN, "Exchange of OAuth tokens is switched off")
    grant = access.alive(token) if token.startswith("y") else None
    if grant is None:
        raise _Denied(_UNAUTHENTICATED, "OAuth token is invalid or expired")
    return grant.uid


def _account_of(access: Access, text: str) -> ServiceAccount:
    """The service account whose key signed the JWT, after all checks.

    The rules: https://yandex.cloud/ru/docs/iam/operations/iam-token/create-for-sa
    """
    try:
        jwt = importlib.import_module("jwt")  # only this exchange needs both libraries; the demo works without them
        importlib.import_module("cryptography")
    except ImportError:
        raise _Denied(_NOT_IMPLEMENTED, "Checking a JWT needs pyjwt: pip install 'pyjwt[crypto]'") from None
    try:
        header, claims = jwt.get_unverified_header(text), jwt.decode(text, options={"verify_signature": False})
        account, public = _key_of(access, header, claims)
        _check_times(access, claims)
        # Times were checked with `access.clock`, which tests set; pyjwt would use the clock of the machine.
        own_clock = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        jwt.decode(text, public, algorithms=["PS256"], audience=AUDIENCE, options=own_clock)
    except jwt.PyJWTError as error:
        raise _Denied(_UNAUTHENTICATED, f"JWT is invalid: {error}") from None
    return account


def _key_of(access: Access, header: dict[str, Any], claims: dict[str, Any]) -> tuple[ServiceAccount, str]:
    if header.get("alg") != "PS256":
        raise _Denied(_UNAUTHENTICATED, "JWT must be signed with PS256")
    account = access.accounts.get(str(claims.get("iss")))
    if account is None:
        raise _Denied(_UNAUTHENTICATED, "Service account is not found")
    public = account.keys.get(str(header.get("kid")))
    if public is None:
        raise _Denied(_UNAUTHENTICATED, "Key is not found or belongs to another account")
    return account, public


def _check_times(access: Access, claims: dict[str, Any]) -> None:
    issued_at, expires_at, now = claims.get("iat"), claims.get("exp"), access.clock().timestamp()
    if not isinstance(issued_at, int | float) or not isinstance(expires_at, int | float):
        raise _Denied(_UNAUTHENTICATED, "JWT needs iat and exp in Unix seconds")
    if issued_at > now + 1:  # iat has whole seconds: allow for rounding
        raise _Denied(_UNAUTHENTICATED, "JWT is issued in the future")
    if expires_at <= now:
        raise _Denied(_UNAUTHENTICATED, "JWT is expired")
    if expires_at > issued_at + _MAX_LIFETIME_S:
        raise _Denied(_UNAUTHENTICATED, "JWT may live an hour at most")


def _revoke(access: Access, body: dict[str, str]) -> dict[str, str]:
    """POST /iam/v1/tokens:revoke."""
    token = body.get("iamToken", "")
    if not token.startswith("t1."):
        raise _Denied(_INVALID, "iamToken is missing or malformed")
    grant = access.revoke(token)
    if grant is None:
        raise _Denied(_UNAUTHENTICATED, "IAM token is unknown or expired")
    return {"subjectId": grant.account or grant.uid}


def metadata(service: Service, request: ApiRequest) -> Response:
    """The token of the virtual machine; requires a header that no web page can set."""
    access = access_of(service)
    if request.headers.get("Metadata-Flavor") != "Google":
        return Response("Missing Metadata-Flavor: Google header", 403, mimetype="text/plain")
    if not access.switches.metadata_account:
        return Response("Service account is not found", 404, mimetype="text/plain")
    token = access.issue_iam(access.account.uid, account=access.account.id)
    expires_in = int((access.iam[token].expires_at - access.clock()).total_seconds())
    return _json({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"})


ROUTES = [
    Route(("POST",), "/iam/v1/tokens", _json_handler(_create)),
    Route(("POST",), "/iam/v1/tokens:revoke", _json_handler(_revoke)),
    Route(("GET",), "/computeMetadata/v1/instance/service-accounts/default/token", metadata),
]
