"""Posts what the pure steps made and hands back what they read: OAuth, IAM, metadata; the only edge of this folder."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from tracker_magic.auth import iam, oauth
from tracker_magic.auth.login import utc_now
from tracker_magic.auth.oauth import App, Device, DeviceCode, Pending, Pkce
from tracker_magic.auth.replies import without_echo
from tracker_magic.auth.token import Token
from tracker_magic.errors import LoginExpired, LoginRefused, NoAnswer, ServiceBroken
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.transport.transport import Data, Form, Reply, Transport

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON: Final = {"Content-Type": "application/json"}
_TIMEOUT_S: Final = 15.0
_METADATA_S: Final = 1.0  # it is next door or not there at all (AUTH 2.6.3)


class Services:
    """The login services at their addresses. Nothing is sent anywhere else, and no redirect is followed."""

    def __init__(self, addresses: Addresses, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.addresses = addresses
        self.clock = clock

    def token_by_code(self, app: App, device: Device, proof: Pkce, code: Secret) -> Token:
        """Exchange a confirmation code (AUTH 1.5, 1.6)."""
        reply = self._post_form("/token", oauth.code_form(app, device, proof, code))
        return oauth.read_token_reply(reply, self.clock())

    def refreshed(self, app: App, token: Token) -> Token:
        """Renew a token (AUTH 1.8). Raises LoginRefused where nothing renews it."""
        if token.refresh is None:
            raise LoginRefused("this token cannot be renewed", hint="Log in again: %tracker login")
        reply = self._post_form("/token", oauth.refresh_form(app, token.refresh))
        try:
            return oauth.read_token_reply(reply, self.clock(), former=token)
        except LoginExpired as ended:
            # The hint of a code ("open the link again") would lead nowhere here.
            raise LoginExpired(
                f"the login could not be renewed: {ended.message}", hint="Log in again: %tracker login"
            ) from None

    def device_code(self, app: App, device: Device) -> DeviceCode:
        """Ask for a code to type on another page (AUTH 1.10)."""
        reply = self._post_form("/device/code", oauth.device_form(app, device))
        return oauth.read_device_reply(reply, self.clock())

    def poll(self, app: App, code: DeviceCode) -> Token | Pending:
        """Ask once whether the person has typed it."""
        return oauth.read_poll_reply(self._post_form("/token", oauth.poll_form(app, code)), self.clock())

    def revoke(self, app: App, token: Token) -> None:
        """End a token at the service (AUTH 1.9)."""
        reply = self._post_form("/revoke_token", oauth.revoke_form(app, token.secret))
        oauth.read_answer(reply)

    def iam_by_jwt(self, jwt: Secret) -> Token:
        """Exchange a service account's JWT for an IAM token (AUTH 2.3)."""
        return self._iam(iam.jwt_body(jwt), iam.JWT_HINT)

    def iam_by_oauth(self, token: Secret) -> Token:
        """Exchange an OAuth token for an IAM token (AUTH 2.2; being withdrawn)."""
        return self._iam(iam.oauth_body(token), iam.OAUTH_HINT)

    def iam_by_metadata(self) -> Token:
        """Ask the virtual machine's metadata service, past any proxy and briefly (AUTH 2.6)."""
        wire = Transport([], plain_http=[self.addresses.metadata], direct=True)
        url = self.addresses.metadata + iam.METADATA
        try:
            reply = wire.send("GET", url, headers=iam.METADATA_HEADERS, timeout_s=_METADATA_S)
        except NoAnswer:
            reply = None
        finally:
            wire.close()
        if reply is None:
            raise LoginRefused(
                "no metadata service answers here", hint="It is there on a virtual machine of Yandex Cloud only."
            )
        return iam.read_metadata_reply(reply, self.clock())

    def _iam(self, body: Secret, hint: str) -> Token:
        return iam.read_iam_reply(self._post(self.addresses.iam, iam.TOKENS, body, _JSON), hint)

    def _post_form(self, path: str, form: Form) -> Reply:
        return self._post(self.addresses.oauth, path, form, _FORM)

    @staticmethod
    def _post(address: str, path: str, data: Data, headers: dict[str, str]) -> Reply:
        wire = Transport([address])
        try:
            reply = wire.send("POST", address + path, data=data, headers=headers, timeout_s=_TIMEOUT_S)
        finally:
            wire.close()
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServiceBroken(
                f"the login service has a problem ({reply.status})",
                hint="This is not your doing; try again later.",
                status=reply.status,
                url=reply.url,
            )
        return reply if reply.status == HTTPStatus.OK else without_echo(reply, data)
