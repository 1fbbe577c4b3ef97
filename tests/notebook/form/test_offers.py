"""What the form offers: only what exists here, the fitting way first, and by one click what needs no typing."""

import threading

import pytest

from tests.notebook.form.conftest import Visitor
from tracker_magic.auth import LoginContext, Organisation
from tracker_magic.auth.profiles import Profile
from tracker_magic.auth.token import Token
from tracker_magic.errors import NotLoggedIn
from tracker_magic.notebook.form import LoginForm
from tracker_magic.notebook.form.steps import LoginSteps
from tracker_magic.notebook.offers import storages
from tracker_magic.notebook.session_opener import LoginRequest, SessionOpener
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.secret import Secret
from tracker_magic.settings import TrackerMagic


def test_the_environments_token_is_one_click(visit, demo):
    """A token in the environment is offered by its name, logs in by one click, and the card says where it came from."""
    visitor = visit(more={"TRACKER_TOKEN": demo.access.token})
    assert visitor.form.buttons["env"].description == "Use the token in TRACKER_TOKEN"
    visitor.clicks("env")
    assert "TRACKER_TOKEN" in visitor.reads("card")


def test_only_what_exists_is_offered(visit, demo, environ):
    """First three ways, then the rest on request; a stored login, a key, a token or a keyring only if it is there."""
    visitor = visit()
    assert not {"env", "stored", "demo"} & visitor.seen
    assert [value for _, value in visitor.form.rows["strategy"].options] == ["device", "code", "token"]
    visitor.chooses("strategy", "Paste a confirmation code")
    visitor.clicks("more")
    strategies = [value for _, value in visitor.form.rows["strategy"].options]
    assert strategies[-1] == "iam"
    assert not {"env", "stored", "service-account", "metadata", "exchange"} & {*strategies}
    assert visitor.form.rows["strategy"].value == "code"
    assert "more" not in visitor.seen
    assert [value for _, value in visitor.form.rows["storage"].options] == list(storages(visitor.opener))
    context = LoginContext(environ)
    token = Token(Secret(demo.access.token))
    context.profiles.save(Profile("default", demo.url, demo.url, None, token, user="kotova"))
    assert visit().form.buttons["stored"].description == "Use the saved login: kotova"


def test_the_demo_is_one_click(visit, demo):
    """The demo is offered, and needs no organisation."""

    class Host:
        def demo(self):
            return demo

    visitor = visit(demo_host=Host())
    visitor.types("organisation_id", "")
    visitor.clicks("demo")
    assert demo.world.users[demo.access.me].display in visitor.reads("card")


def test_a_direct_way_that_fails_leaves_the_form_usable(visit):
    """After a wrong token in the environment the other ways are there as before."""
    visitor = visit(more={"TRACKER_TOKEN": "y0_" + "w" * 50})
    visitor.clicks("env")
    assert visitor.seen >= {"error", "strategy", "continue"}
    visitor.clicks("continue")
    assert "card" in visitor.seen


def test_the_requested_profile_is_read_if_the_strategy_is_chosen_in_the_form(visit, demo, environ):
    """`--profile NAME` names the saved login also if its strategy is chosen in the form."""
    context = LoginContext(environ)
    token = Token(Secret(demo.access.token))
    for name, org in (("default", "77"), ("other", demo.access.org_id)):
        profile = Profile(name, demo.url, demo.url, Organisation(org, "360"), token, user=name)
        context.profiles.save(profile)
    visitor = visit(profile="other")
    assert "other" in visitor.form.buttons["stored"].description
    visitor.clicks("stored")
    assert visitor.opener.opened[0].profile == "other"


@pytest.mark.parametrize("name", ["work", "of yc, only"])
def test_a_profile_of_yc_is_no_saved_login(visit, demo, environ, name):
    """With `--strategy yc --profile NAME` the organisation is not that of a login that was saved by this name."""
    context = LoginContext(environ)
    token = Token(Secret(demo.access.token))
    for saved, org in (("default", demo.access.org_id), ("work", "77")):
        context.profiles.save(Profile(saved, demo.url, demo.url, Organisation(org, "360"), token, user=saved))
    visitor = visit(without=("TRACKER_ORG_ID",), strategy="yc", profile=name)
    assert visitor.form.rows["organisation_id"].value == demo.access.org_id


def test_a_direct_way_with_a_wrong_organisation_can_be_tried_again(visit, demo):
    """A token in the environment is kept while the organisation is corrected; no place to save it is asked."""
    visitor = visit(more={"TRACKER_TOKEN": demo.access.token})
    visitor.types("organisation_id", "77")
    visitor.clicks("env")
    assert visitor.seen >= {"error", "organisation_id", "retry"}
    assert "storage" not in visitor.seen
    visitor.types("organisation_id", demo.access.org_id)
    visitor.clicks("retry")
    assert "card" in visitor.seen


def test_nothing_is_saved_where_nothing_can_be_written(visit, tmp_path):
    """In a home that cannot be written to the login lasts as long as the kernel, and no other place is offered."""
    (tmp_path / "file").touch()
    visitor = visit(more={"TRACKER_HOME": str(tmp_path / "file" / "below")})
    assert storages(visitor.opener) == ("kernel",)
    assert "storage" not in visitor.seen
    visitor.clicks("continue")
    assert "card" in visitor.seen


def test_a_direct_login_that_cannot_be_saved_can_be_opened_without_saving(environ, demo, monkeypatch, tmp_path):
    """The place that the line names is refused: another one is chosen in the form, and the login opens the session."""
    (tmp_path / "file").touch()
    environ = environ | {"TRACKER_TOKEN": demo.access.token, "TRACKER_HOME": str(tmp_path / "file" / "below")}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    sessions = Sessions(TrackerMagic())
    opener = SessionOpener(LoginRequest("main", "en", storage="file"), LoginContext(environ), sessions)
    visitor = Visitor(LoginForm(opener), opener)
    sessions.add_form(visitor.form)
    visitor.clicks("env")
    assert visitor.seen >= {"error", "storage", "retry"}
    visitor.chooses("storage", "in this kernel only")
    assert "storage" in visitor.seen
    visitor.clicks("retry")
    assert "run this cell again" in visitor.reads("card")
    sessions.close()


class HastyView:
    """Somebody who clicks on *Cancel* as soon as the session is being opened."""

    def __init__(self, opener):
        self.steps = LoginSteps(opener, self)

    def show(self, state):
        """Cancel if this is the state before the session is opened."""
        if state.step == "working" and threading.current_thread().name == "tracker-login":
            self.steps.cancel()

    def focus(self, name):
        """Nothing has a focus here."""


def test_a_cancelled_login_leaves_the_saved_one_as_it_was(environ, demo, monkeypatch):
    """*Cancel* while a saved login opens its session closes the session, and removes or revokes nothing."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    context, token = LoginContext(environ), demo.access.issue(demo.world.me, device_id="a-device-of-mine")
    organisation = Organisation(demo.access.org_id, "360")
    context.profiles.save(Profile("default", demo.url, demo.url, organisation, Token(Secret(token)), user="kotova"))
    sessions = Sessions(TrackerMagic())
    view = HastyView(SessionOpener(LoginRequest("main", "en"), context, sessions))
    view.steps.log_in_directly("stored")
    for thread in threading.enumerate():
        if thread.name == "tracker-login":
            thread.join()
    assert view.steps.state.step == "cancelled"
    with pytest.raises(NotLoggedIn):
        sessions.tracker()
    assert "default" in context.profiles.names()
    assert demo.access.alive(token)
