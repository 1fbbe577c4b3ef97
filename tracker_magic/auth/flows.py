"""The ways to a login that need a person, one class each: what to open, what to paste, how it ends.

The form and the text dialogue walk the same steps; nothing here prints or asks.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from tracker_magic.auth import device, oauth
from tracker_magic.auth.credentials import Credentials, LoginContext, by_profile
from tracker_magic.auth.login import Login
from tracker_magic.auth.oauth import App, DeviceCode, Pkce
from tracker_magic.auth.organisation import Organisation
from tracker_magic.auth.pasted import read_pasted_code, read_pasted_token
from tracker_magic.auth.profiles import DEFAULT, Profile, TokenStorage
from tracker_magic.auth.token import Token
from tracker_magic.errors import BadOption
from tracker_magic.secret import Secret


class CodeFlow:
    """A confirmation code with PKCE: open `link`, paste the code or the page's address (AUTH 1.5, 1.6)."""

    def __init__(self, context: LoginContext, app: App, organisation: Organisation | None) -> None:
        self._ways = context
        self._app = app
        self._organisation = organisation
        self._proof = Pkce.new()

    @property
    def link(self) -> str:
        """Where the person gets the code."""
        return oauth.code_link(self._ways.addresses.oauth, self._app, self._ways.device, self._proof)

    def prove(self, secret: Secret) -> None:
        """Use the app's secret from now on; the link that was opened, and its code, stay good."""
        self._app = replace(self._app, secret=secret)

    def finish(self, pasted: str | Secret) -> Credentials:
        """Exchange what was pasted. Raises LoginRefused, LoginExpired, BadOption, NoAnswer."""
        pasted = Secret.of(pasted)
        code = read_pasted_code(pasted, self._proof.state)
        token = self._ways.services.token_by_code(self._app, self._ways.device, self._proof, code)
        return self._ways.with_oauth(self._app, token, "confirmation code", self._organisation)


class TokenFlow:
    """A debug token: open `link`, paste the token or the page's address (AUTH 1.4)."""

    def __init__(self, context: LoginContext, app: App | None, organisation: Organisation | None) -> None:
        self._ways = context
        self._app = app
        self._organisation = organisation

    @property
    def link(self) -> str:
        """Where the person gets the token; empty where no app is known."""
        return oauth.token_link(self._ways.addresses.oauth, self._app, self._ways.device) if self._app else ""

    def finish(self, pasted: str | Secret) -> Credentials:
        """Take what was pasted; `signed_in` will show whether it is any good. Raises LoginRefused, BadOption."""
        pasted = Secret.of(pasted)
        token = read_pasted_token(pasted, self._ways.clock())
        if self._app and token.scheme == "OAuth":
            return self._ways.with_oauth(self._app, token, "pasted token", self._organisation)
        return Credentials(
            Login(token, "pasted token", clock=self._ways.clock), self._organisation, self._ways.addresses
        )


class IamFlow:
    """An IAM token, pasted; it lives 12 hours at most and cannot be renewed from here."""

    def __init__(self, context: LoginContext, organisation: Organisation | None) -> None:
        self._ways = context
        self._organisation = organisation

    def finish(self, pasted: str | Secret) -> Credentials:
        """Take what was pasted. Raises BadOption for what is no IAM token."""
        pasted = Secret.of(pasted)
        token = read_pasted_token(pasted, self._ways.clock())
        if not token.secret.reveal().startswith("t1."):
            raise BadOption("this is no IAM token: those begin with t1.", hint="Get one: yc iam create-token")
        login = Login(Token(token.secret, "Bearer", token.expires_at), "pasted IAM token", clock=self._ways.clock)
        return Credentials(login, self._organisation, self._ways.addresses)


class DeviceFlow:
    """A code to type on another page (AUTH 1.10): `begin`, show the code, `finish` in a thread."""

    def __init__(self, context: LoginContext, app: App, organisation: Organisation | None) -> None:
        self._ways = context
        self._app = app
        self._organisation = organisation

    def begin(self) -> DeviceCode:
        """The code and where to type it. Raises LoginRefused, UnexpectedReply, NoAnswer."""
        return self._ways.services.device_code(self._app, self._ways.device)

    def finish(
        self,
        code: DeviceCode,
        stop: threading.Event,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> Credentials:
        """Wait until the person has typed it, or `stop`. Raises LoginRefused, LoginExpired."""
        token = device.wait_for_token(self._ways.services, self._app, code, stop, wait)
        return self._ways.with_oauth(self._app, token, "device code", self._organisation)


def save_login(
    context: LoginContext, found: Credentials, who: str, place: TokenStorage, name: str = DEFAULT
) -> Credentials:
    """The login, now resting in `place` under `name`, and renewing itself there. Raises LoginError, BadOption."""
    profile = Profile(
        name=name,
        api=found.addresses.api,
        oauth=found.addresses.oauth,
        organisation=found.organisation,
        token=found.login.token(),
        app=found.app,
        who=who,
        place=place,
    )
    context.profiles.save(profile)
    return by_profile(context, name)
