"""The login services; the only module of `auth` that sends requests, which the pure steps build and read."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from tracker_magic.auth import iam, oauth
from tracker_magic.auth.login import Clock
from tracker_magic.auth.oauth import App, Device, DeviceCode, Pending, Pkce
from tracker_magic.auth.replies import without_echo
from tracker_magic.auth.token import Token
from tracker_magic.errors import LoginExpired, LoginRefused, NoAnswer, ServiceBroken
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.transport.body import LARGEST_ERROR
from tracker_magic.transport.cancellation import CancellationToken
from tracker_magic.transport.transport import Data, Form, Reply, Transport

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON: Final = {"Content-Type": "application/json"}
_ERROR: Final = b'"error"'
_TIMEOUT_S: Final = 15.0
_METADATA_TIMEOUT_S: Final = 1.0  # the metadata service is on the same host, or does not exist


class Services:
    """The login services at their addresses. Nothing is sent anywhere else, and no redirect is followed.

    All methods raise NoAnswer and ServiceBroken, and LoginError and UnexpectedReply if the reply is no success.
    """

    def __init__(
        self, addresses: Addresses, *, clock: Clock | None = None, cancellation: CancellationToken | None = None
    ) -> None:
        self.addresses = addresses
        self.clock = clock or Clock()
        self._cancellation = cancellation

    def exchange_code(self, app: App, device: Device, pkce: Pkce, code: Secret) -> Token:
        """Exchange a confirmation code for a token."""
        reply = self._post_form("/token", oauth.code_form(app, device, pkce, code))
        return oauth.read_token_reply(reply, self.clock.now())

    def refreshed(self, app: App, token: Token) -> Token:
        """Renew `token` by its refresh token. Raises LoginRefused if it has none."""
        if token.refresh is None:
            raise LoginRefused(
                "this token cannot be renewed", hint="Log in again: %tracker login.", reason="not_renewable"
            )
        reply = self._post_form("/token", oauth.refresh_form(app, token.refresh))
        try:
            return oauth.read_token_reply(reply, self.clock.now(), former=token)
        except LoginExpired as error:
            # The hint of a code ("open the link again") would be wrong here.
            raise LoginExpired(
                "the login could not be renewed because its refresh token is no longer valid",
                hint="Log in again: %tracker login.",
                reason="refresh_token_invalid",
                detail=error.detail,
            ) from None

    def request_device_code(self, app: App, device: Device) -> DeviceCode:
        """Request a code to type on the service's page."""
        reply = self._post_form("/device/code", oauth.device_form(app, device))
        return oauth.read_device_reply(reply, self.clock.now())

    def poll(self, app: App, code: DeviceCode) -> Token | Pending:
        """Poll once for the token of a device code."""
        return oauth.read_poll_reply(self._post_form("/token", oauth.poll_form(app, code)), self.clock.now())

    def revoke(self, app: App, token: Token) -> None:
        """Revoke a token."""
        reply = self._post_form("/revoke_token", oauth.revoke_form(app, token.secret))
        oauth.read_oauth_reply(reply)

    def exchange_jwt(self, sign: Callable[[datetime], Secret]) -> Token:
        """Exchange a service account's JWT for an IAM token; `sign` makes the JWT that is valid at a moment.

        If it is refused, and the IAM service has another time than this machine, one for that time is tried.
        """
        reply = self._post_to_iam("jwt", sign(self.clock.now()))
        if service_time := iam.other_time(reply, self.clock.now()):
            reply = self._post_to_iam("jwt", sign(service_time))
        return iam.read_iam_reply(reply, "key", self.clock.now())

    def exchange_oauth_token(self, token: Secret) -> Token:
        """Exchange an OAuth token for an IAM token; Yandex Cloud is withdrawing this exchange."""
        return iam.read_iam_reply(self._post_to_iam("yandexPassportOauthToken", token), "oauth", self.clock.now())

    def metadata_token(self) -> Token:
        """Get an IAM token from the virtual machine's metadata service; bypasses any proxy."""
        transport = Transport([], plain_http=[self.addresses.metadata], direct=True)
        url = self.addresses.metadata + iam.METADATA
        try:
            reply = transport.send(
                "GET",
                url,
                headers=iam.METADATA_HEADERS,
                timeout_s=_METADATA_TIMEOUT_S,
                cancellation=self._cancellation,
                largest_bytes=LARGEST_ERROR,
            )
        except NoAnswer:
            reply = None
        finally:
            transport.close()
        if reply is None:
            raise LoginRefused(
                "no metadata service answers here",
                hint="It exists only on virtual machines of Yandex Cloud.",
                reason="no_metadata_service",
            )
        return iam.read_metadata_reply(reply, self.clock.now())

    def _post_to_iam(self, name: str, secret: Secret) -> Reply:
        return self._post(self.addresses.iam, iam.TOKENS, iam.token_body(name, secret), _JSON, secret)

    def _post_form(self, path: str, form: Form) -> Reply:
        secrets = (value for value in form.values() if isinstance(value, Secret))
        return self._post(self.addresses.oauth, path, form, _FORM, *secrets)

    def _post(self, address: str, path: str, data: Data, headers: dict[str, str], *secrets: Secret) -> Reply:
        transport, url = Transport([address]), address + path
        try:
            reply = transport.send(
                "POST",
                url,
                data=data,
                headers=headers,
                timeout_s=_TIMEOUT_S,
                cancellation=self._cancellation,
                largest_bytes=LARGEST_ERROR,
            )
        finally:
            transport.close()
        if reply.status != HTTPStatus.OK or _ERROR in reply.body:  # a success may repeat a refresh token
            reply = without_echo(reply, *secrets)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServiceBroken(
                f"the login service has a problem ({reply.status})",
                hint="This is not your fault; try again later.",
                reason="login_service_broken",
                status=reply.status,
                url=reply.url,
            )
        return reply
