"""The login flows that need a person, one class each: what to open, what to paste, how the flow finishes.

The form and the console go through the same steps; nothing here prints or prompts.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from tracker_magic.auth import oauth
from tracker_magic.auth.credentials import Credentials, LoginContext, stored_credentials
from tracker_magic.auth.login import Login
from tracker_magic.auth.oauth import App, DeviceCode, Pkce
from tracker_magic.auth.pasted import read_pasted_code, read_pasted_token
from tracker_magic.auth.profiles import DEFAULT, Profile, TokenStorage
from tracker_magic.auth.token import Organisation, Token
from tracker_magic.errors import BadOption, LoginExpired, NoAnswer, ServiceBroken, UnexpectedReply
from tracker_magic.secret import SafeRepr, Secret

SLOW_DOWN_S: Final = 5.0  # added to the polling interval at each slow_down (RFC 8628, section 3.5)


@dataclass(slots=True, repr=False)
class CodeFlow(SafeRepr):
    """A confirmation code with PKCE: open `link`, then paste the code or the page's address.

    https://yandex.ru/dev/id/doc/ru/codes/screen-code
    """

    context: LoginContext
    app: App
    organisation: Organisation | None
    pkce: Pkce = field(default_factory=Pkce.new)

    @property
    def link(self) -> str:
        """The page that shows the code."""
        return oauth.code_link(self.context.addresses.oauth, self.app, self.context.device, self.pkce)

    def set_client_secret(self, secret: Secret) -> None:
        """Use the app's secret from now on; a link that was opened, and its code, stay valid."""
        self.app = replace(self.app, secret=secret)

    def finish(self, pasted: str | Secret) -> Credentials:
        """Exchange the pasted code for a token. Raises LoginRefused, LoginExpired, BadOption, NoAnswer."""
        pasted = Secret.of(pasted)
        code = read_pasted_code(pasted, self.pkce.state)
        token = self.context.services.exchange_code(self.app, self.context.device, self.pkce, code)
        return self.context.oauth_credentials(self.app, token, "confirmation code", self.organisation)


@dataclass(slots=True, repr=False)
class TokenFlow(SafeRepr):
    """A debug token: open `link`, then paste the token or the page's address.

    https://yandex.ru/dev/id/doc/ru/tokens/debug-token
    """

    context: LoginContext
    app: App | None
    organisation: Organisation | None

    @property
    def link(self) -> str:
        """The page that shows the token; empty if no app is known."""
        return oauth.token_link(self.context.addresses.oauth, self.app, self.context.device) if self.app else ""

    def finish(self, pasted: str | Secret) -> Credentials:
        """Accept the pasted token without trying it; `signed_in` does. Raises LoginRefused, BadOption."""
        pasted = Secret.of(pasted)
        token = read_pasted_token(pasted, self.context.clock.now())
        if self.app and token.scheme == "OAuth":
            return self.context.oauth_credentials(self.app, token, "pasted token", self.organisation)
        login = Login(token, "pasted token", clock=self.context.clock)
        return Credentials(login, self.organisation, self.context.addresses)


@dataclass(slots=True, repr=False)
class IamFlow(SafeRepr):
    """A pasted IAM token; it expires within 12 hours and cannot be renewed from here."""

    context: LoginContext
    organisation: Organisation | None
    link: ClassVar[str] = ""  # there is no page to open

    def finish(self, pasted: str | Secret) -> Credentials:
        """Accept the pasted token without trying it. Raises BadOption if it is not an IAM token."""
        pasted = Secret.of(pasted)
        token = read_pasted_token(pasted, self.context.clock.now())
        if token.scheme != "Bearer":
            raise BadOption(
                "this is not an IAM token: those begin with t1.",
                hint="Get one with `yc iam create-token`.",
                reason="not_an_iam_token",
            )
        login = Login(token, "pasted IAM token", clock=self.context.clock)
        return Credentials(login, self.organisation, self.context.addresses)


PasteFlow = CodeFlow | TokenFlow | IamFlow


@dataclass(slots=True, repr=False)
class DeviceFlow(SafeRepr):
    """A code to type on another page: `begin`, show the code, and `finish`.

    https://yandex.ru/dev/id/doc/ru/codes/screen-code-oauth
    """

    context: LoginContext
    app: App
    organisation: Organisation | None

    def begin(self) -> DeviceCode:
        """Request a code. Raises LoginRefused, UnexpectedReply, NoAnswer."""
        return self.context.services.request_device_code(self.app, self.context.device)

    def finish(self, code: DeviceCode, wait: Callable[[float], object] = time.sleep) -> Credentials:
        """Poll until the person has confirmed the code; failed requests and broken replies do not end the polling.

        `wait` waits for a number of seconds; what it raises ends the polling. Raises LoginRefused (denied),
        LoginExpired.
        """
        services = self.context.services
        interval_s = code.interval_s
        while True:
            wait(interval_s)
            if code.seconds_left(services.clock.now()) <= 0:
                raise LoginExpired(
                    "the code expired before it was confirmed",
                    hint="Ask for a new code.",
                    reason="device_code_expired",
                )
            try:
                result = services.poll(self.app, code)
            except (NoAnswer, ServiceBroken, UnexpectedReply):
                continue
            if isinstance(result, Token):
                return self.context.oauth_credentials(self.app, result, "device code", self.organisation)
            if result == "slow_down":
                interval_s += SLOW_DOWN_S


def save_login(
    context: LoginContext, credentials: Credentials, user: str, storage: TokenStorage, name: str = DEFAULT
) -> Credentials:
    """Save a login as the profile `name` and return the credentials of that profile, which renew themselves there.

    Raises LoginError, BadOption.
    """
    profile = Profile(
        name=name,
        api=credentials.addresses.api,
        oauth=credentials.addresses.oauth,
        organisation=credentials.organisation,
        token=credentials.login.token(),
        app=credentials.app,
        user=user,
        storage=storage,
    )
    context.profiles.save(profile)
    return stored_credentials(context, name)
