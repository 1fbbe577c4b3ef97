"""A person's answers, read: which organisation, which app; what is missing is told in the form's own words."""

from tracker_magic.auth.credentials import NON_INTERACTIVE, LoginContext
from tracker_magic.auth.oauth import App
from tracker_magic.auth.token import Organisation
from tracker_magic.errors import BadOption
from tracker_magic.notebook.form.state import State
from tracker_magic.notebook.form.texts import Say
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses


class Answers:
    """Reads a state; what the environment or the profile knows stands behind it."""

    def __init__(self, context: LoginContext, say: Say) -> None:
        self._ways = context
        self._say = say

    def organisation(self, state: State) -> Organisation | None:
        """The organisation; None where the login names its own, or a service of one's own has none."""
        text = state.org.strip()
        if not text and (state.way in NON_INTERACTIVE or self._ways.addresses.api != Addresses().api):
            return None
        try:
            guessed = Organisation.guessed(text)
        except BadOption:
            raise BadOption(self._say("org_wrong" if text else "org_missing")) from None
        return Organisation(guessed.id, state.kind or guessed.kind)

    def app(self, state: State, secret: Secret | None) -> App | None:
        """The app with its secret, typed or known; None where there is no ClientID."""
        return self._ways.app(state.client_id.strip(), secret)

    def app_needed(self, state: State, secret: Secret | None) -> App:
        """The app, where this way cannot do without; the device code cannot do without its secret (AUTH 1.10.7)."""
        app = self.app(state, secret)
        if app is None:
            raise BadOption(self._say("client_id_missing"))
        if app.secret is None and state.way == "device":
            raise BadOption(self._say("secret_missing"))
        return app

    def has_secret(self, state: State, secret: Secret | None) -> bool:
        """Whether the app's secret is known."""
        app = self.app(state, secret)
        return app is not None and app.secret is not None
