"""Where the keyboard's focus goes: to the answer that is missing or wrong, or to the first one of a new step."""

import threading

import pytest

from tests.notebook.form.conftest import PATIENCE_S, RecordingOpener
from tracker_magic.auth import LoginContext
from tracker_magic.auth.profiles import NOT_WRITABLE
from tracker_magic.errors import LoginError, NoAnswer
from tracker_magic.notebook.form.steps import LoginSteps
from tracker_magic.notebook.session_opener import LoginRequest
from tracker_magic.secret import Secret


class FocusView:
    """Remembers what had the focus last."""

    def __init__(self):
        self.focused = ""
        self.moved = threading.Event()

    def show(self, state):
        """Nothing is drawn here."""

    def focus(self, name):
        """Move the focus."""
        self.focused = name
        self.moved.set()


class Steps:
    """A login whose steps are followed by where the focus is."""

    def __init__(self, environ, failure=None, **request):
        self.view = FocusView()
        opener = RecordingOpener(LoginRequest("main", "en", **request), LoginContext(environ), failure, None)
        self.steps = LoginSteps(opener, self.view)

    def focused_after(self, act, *given):
        """What has the focus after the person did something, and the job that this started has ended."""
        act(*given)
        for thread in threading.enumerate():
            if thread.name == "tracker-login":
                thread.join(PATIENCE_S)
        return self.view.focused


def test_the_form_takes_no_focus_until_somebody_uses_it(environ):
    """The focus stays in the notebook while the form is only shown."""
    assert Steps(environ).view.focused == ""


def test_each_step_begins_at_its_first_answer(environ, demo):
    """What had the focus is hidden by the next step, so that somebody without a mouse would have to search for it."""
    login = Steps(environ, strategy="code")
    assert login.focused_after(login.steps.proceed) == "secret"
    assert login.focused_after(login.steps.back) == "strategy"
    demo.access.switches.device_approve_after = None
    login = Steps(environ, strategy="device")
    login.steps.proceed()
    assert login.view.moved.wait(PATIENCE_S)
    assert (login.steps.state.step, login.view.focused) == ("waiting", "back")
    assert login.focused_after(login.steps.back) == "strategy"


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "environment"])
def test_a_wrong_secret_is_dropped_and_its_field_has_the_focus(environ, demo, is_typed):
    """The secret that the service refused is not sent again: the field is empty, and asks for another one."""
    login = Steps(environ | {"TRACKER_CLIENT_SECRET": "" if is_typed else "0" * 32}, strategy="device")
    if is_typed:
        login.steps.take_secret(Secret("0" * 32))
    assert login.focused_after(login.steps.proceed) == "secret"
    assert "Check the ClientID and the secret" in login.steps.state.error.hint
    assert login.steps.state.secret_placeholder == ""
    login.view.focused = ""
    login.steps.update(organisation_id="77")
    login.steps.update(organisation_id=demo.access.org_id)
    assert login.focused_after(login.steps.proceed) == "secret"
    assert "Enter the secret of the app" in login.steps.state.error.message
    login.steps.take_secret(Secret(demo.access.client_secret))
    login.focused_after(login.steps.proceed)
    assert login.steps.state.step == "done"


def test_a_known_secret_is_only_dropped_for_the_app_that_refused_it(environ, demo):
    """Another ClientID, and then the known one again, begin with the secret of the environment."""
    login = Steps(environ | {"TRACKER_CLIENT_SECRET": "0" * 32}, strategy="device")
    login.focused_after(login.steps.proceed)
    assert "secret" in login.steps.state.rows
    login.steps.update(client_id="f" * 32)
    login.steps.update(client_id=demo.access.client_id)
    assert "secret_known" in login.steps.state.rows


def test_a_refused_organisation_is_corrected_where_it_stands(environ, demo):
    """The error speaks of an ID and an account, as the person knows no header, and the field has the focus."""
    login = Steps(environ, strategy="device")
    login.steps.update(organisation_id="77")
    assert login.focused_after(login.steps.proceed) == "organisation_id"
    assert "Check the ID" in login.steps.state.error.hint
    shown = login.steps.state.error.message + login.steps.state.error.hint
    assert not any(word in shown for word in ("X-Org-ID", "header", "TRACKER_ORG_ID"))
    login.steps.update(organisation_id="")
    login.focused_after(login.steps.proceed)
    assert login.steps.state.error.message == "Enter the ID of your organisation"
    login.steps.update(organisation_id=demo.access.org_id)
    login.focused_after(login.steps.proceed)
    assert login.steps.state.step == "done"


@pytest.mark.parametrize(
    ("failure", "field"),
    [(LoginError("no disk", reason=NOT_WRITABLE), "storage"), (NoAnswer("no network"), "retry")],
    ids=["storage", "network"],
)
def test_what_failed_at_last_has_the_focus(environ, failure, field):
    """A place that cannot be written to is chosen again; after a failed connection Enter tries again."""
    login = Steps(environ, failure, strategy="device")
    assert login.focused_after(login.steps.proceed) == field


def test_a_direct_login_that_cannot_be_saved_has_the_focus_on_a_field_to_see(environ, demo):
    """The place to save is shown if the line asked for one; otherwise the button that tries again has the focus."""
    environ, failure = environ | {"TRACKER_TOKEN": demo.access.token}, LoginError("no disk", reason=NOT_WRITABLE)
    for storage, focused in [("file", "storage"), (None, "retry")]:
        login = Steps(environ, failure, storage=storage)
        assert login.focused_after(login.steps.log_in_directly, "env") == focused
        assert focused in login.steps.state.rows


@pytest.mark.parametrize("strategy", ["code", "device"])
def test_a_deleted_client_id_is_missing(environ, strategy):
    """Who deletes the known ClientID gets no other app's page, but the three steps that lead to one."""
    login = Steps(environ, strategy=strategy)
    login.steps.update(client_id="")
    assert login.focused_after(login.steps.proceed) == "client_id"
    assert "Enter the ClientID" in login.steps.state.error.message
    assert "register" in login.steps.state.rows


def test_a_token_needs_no_known_app(environ):
    """Without a ClientID there is no page to open: a token that somebody has is pasted."""
    login = Steps(environ, strategy="token")
    login.steps.update(client_id="")
    assert login.focused_after(login.steps.proceed) == "secret"
    assert "link" not in login.steps.state.rows
