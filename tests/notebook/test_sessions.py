"""Sessions by name: opened, changed, looked at, left."""

import os
from dataclasses import replace

import pytest

from tracker_magic.auth import Credentials, Login, LoginContext, Organisation, Token, credentials_for
from tracker_magic.auth.environment import AMBIENT_NAMES, CLOUD_ORG_NAMES, IAM_NAMES, OAUTH_NAMES, ORG_NAMES
from tracker_magic.auth.flows import TokenFlow
from tracker_magic.auth.oauth import App
from tracker_magic.errors import BadOption, Forbidden, NotLoggedIn
from tracker_magic.notebook import show
from tracker_magic.notebook.session_opener import demo_credentials
from tracker_magic.notebook.sessions import Sessions, demo_is_around, logged_out
from tracker_magic.secret import Secret
from tracker_magic.settings import ADDRESS_NAMES, Addresses, TrackerMagic


@pytest.fixture
def environ(monkeypatch, tmp_path):
    """An environment that names nothing of the service; gives a function that sets names."""
    for name in (*OAUTH_NAMES, *IAM_NAMES, *AMBIENT_NAMES, *ORG_NAMES, *CLOUD_ORG_NAMES, *ADDRESS_NAMES.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


@pytest.fixture
def sessions(environ, demo):
    """Sessions in an environment that names the services alone."""
    environ(**{name: value for name, value in demo.names.items() if name.endswith("_BASE_URL")})
    made = Sessions(TrackerMagic())
    yield made
    made.close()


def login(demo, *, org: Organisation | None = None, token: str = "") -> Credentials:
    """A login at the embedded Tracker."""
    org = org or Organisation(demo.access.org_id, "360")
    known = Token(Secret(token or demo.access.issue(demo.world.me)))
    return Credentials(Login(known, "test"), org, Addresses(api=demo.url, oauth=demo.url))


def test_sessions_are_kept_by_name(sessions, demo):
    """The last one opened is current; another can be made so; a wrong name tells a near one."""
    sessions.open("main", login(demo))
    sessions.open("work", login(demo))
    first, second = dict(sessions).values()
    assert sessions.tracker() is second
    assert sessions.use("main") is sessions.tracker() is first
    assert sessions.tracker("work") is second
    with pytest.raises(BadOption, match="Did you mean `work`"):
        sessions.tracker("wrok")
    assert "main (current)" in sessions.state()


def test_a_login_that_is_refused_changes_nothing(sessions, demo):
    """The session of that name stays as it was."""
    sessions.open("main", login(demo))
    before = sessions.tracker()
    with pytest.raises(NotLoggedIn):
        sessions.open("main", login(demo, token="y0_of_nobody_at_all"))
    with pytest.raises(Forbidden, match="X-Org-ID: 999"):
        sessions.open("main", login(demo, org=Organisation("999", "360")))
    assert sessions.tracker() is before


def test_the_other_kind_is_tried_once_and_kept(sessions, demo):
    """Also where the login rests, so that it is not tried again."""
    wrong = Organisation(demo.access.org_id, "cloud")
    sessions.open("main", login(demo, org=wrong), "file")
    right = Organisation(demo.access.org_id, "360")
    assert sessions.tracker().organisation == right
    context = LoginContext(os.environ)
    assert context.profiles.load().organisation == right
    context.profiles.save(replace(context.profiles.load(), organisation=wrong))
    sessions.open("main", credentials_for(context, "stored"))
    assert context.profiles.load().organisation == right


def test_after_a_logout_nothing_logs_in_again(sessions, environ, demo):
    """Logging out means it, until the next login."""
    environ(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    assert sessions.tracker().organisation == Organisation(demo.access.org_id, "360")
    sessions.leave()
    with pytest.raises(NotLoggedIn, match="logged out"):
        sessions.tracker()
    sessions.open("main", login(demo))
    assert sessions.tracker()


def test_a_tracker_in_a_variable_ends_with_its_session(sessions, demo):
    """What `%tracker logout` says is true: nothing in the kernel can use the token any more."""
    sessions.open("main", login(demo))
    kept = sessions.tracker()
    assert kept.get("myself")
    assert "no longer in this kernel" in logged_out(sessions, None, "en")
    with pytest.raises(NotLoggedIn, match="logged out"):
        kept.get("myself")


@pytest.mark.usefixtures("environ")
def test_settings_of_the_moment_reach_every_session(demo):
    """`%config` after the login counts, for a named session too."""
    settings = TrackerMagic()
    sessions = Sessions(settings)
    sessions.open("work", login(demo))
    settings.tz, settings.lang = "Europe/Moscow", "en"
    assert (sessions.tracker("work").tz, sessions.tracker().lang) == ("Europe/Moscow", "en")
    sessions.close()


def test_a_session_that_does_not_answer_hides_no_other(sessions, environ, demo):
    """Only the failure of the named session is raised; the frame shows the problems of the others."""
    token = demo.access.issue(demo.world.me)
    environ(TRACKER_TOKEN=token, TRACKER_ORG_ID=demo.access.org_id)
    sessions.tracker()  # the login of the environment, of which the service was not asked yet
    sessions.open("work", login(demo))
    demo.access.expire(token)
    frame = show.sessions(sessions.session_statuses())
    assert list(frame["session"]) == ["work", "main"]
    assert "does not accept the token" in frame.set_index("session")["problem"]["main"]
    assert [str(frame.dtypes[name]) for name in ("current", "expires_at")] == ["boolean", "datetime64[us, UTC]"]
    with pytest.raises(NotLoggedIn):
        sessions.session_statuses("main")


def test_logout_revokes_where_the_service_can(sessions, demo):
    """A token that was issued to this installation is revoked; the profile it was stored in is gone."""
    token = demo.access.issue(demo.world.me, device_id="a-device-of-mine")
    app = App(demo.access.client_id, Secret(demo.access.client_secret))
    issued = Token(Secret(token), refresh=Secret(demo.access.oauth[token].refresh))
    org = Organisation(demo.access.org_id, "360")
    sessions.open("work", LoginContext(os.environ).oauth_credentials(app, issued, "device code", org), "file")
    said = logged_out(sessions, "work", "en")
    assert "Session work is closed" in said
    assert "'work' is removed" in said
    assert "has revoked" in said
    assert demo.access.alive(token) is None


@pytest.mark.parametrize("storage", [None, "file"])
def test_a_pasted_token_is_revoked_only_on_request(sessions, demo, storage):
    """Whatever else uses a pasted token goes on working after a logout; on request it stops, which is said."""
    app = App(demo.access.client_id, Secret(demo.access.client_secret))
    token = demo.access.issue(demo.world.me, device_id="a-device-of-mine")
    for revoke in (False, True):
        flow = TokenFlow(LoginContext(os.environ), app, Organisation(demo.access.org_id, "360"))
        sessions.open("main", flow.finish(token), storage)
        said = logged_out(sessions, "main", "en", revoke=revoke)
        assert (demo.access.alive(token) is None) == revoke
        assert ("other programs that used it must log in again" in said) == revoke
        assert ("stays valid for whatever else uses it" in said) != revoke


def test_a_logout_of_the_demo_names_no_page_of_the_service(sessions, demo):
    """The demo's token is none of the service's, so there is nothing to revoke there."""

    class Host:
        def demo(self):
            return demo

    sessions.open("main", demo_credentials(Host()))
    said = logged_out(sessions, "main", "en")
    assert "%tracker demo" in said
    assert "https://" not in said


@pytest.mark.parametrize("started_by", ["this kernel", "Jupyter"])
def test_only_rates_that_somebody_set_apply_to_the_demo(environ, demo, started_by):
    """The default limits on requests per second are for the service; the demo has only those that somebody sets."""

    class Host:
        def demo(self):
            return demo

    if started_by == "Jupyter":
        environ(**demo.names)
    settings = TrackerMagic(prefetch=False)
    sessions = Sessions(settings)
    sessions.open("main", login(demo))
    limited = sessions.tracker().explain("Queue: DEV", part="changelog")
    assert limited.seconds > limited.matches / settings.other_rps
    sessions.open("main", demo_credentials(Host()))
    assert sessions.tracker().explain("Queue: DEV", part="changelog").seconds < limited.seconds / 2
    settings.other_rps = settings.other_rps / 10
    assert sessions.tracker().explain("Queue: DEV", part="changelog").seconds > limited.matches / settings.other_rps
    sessions.close()


@pytest.mark.parametrize(
    ("device", "secret", "said"),
    [
        (None, True, "did not revoke the token (this token cannot be revoked from here"),
        ("a-device-of-mine", False, "did not revoke the token (the app is unknown, or its secret"),
    ],
)
def test_where_it_cannot_the_address_to_revoke_is_told(sessions, demo, device, secret, said):
    """A token without a device, an app without its secret: the person can, on a page."""
    token = demo.access.issue(demo.world.me, device_id=device)
    app = App(demo.access.client_id, Secret(demo.access.client_secret) if secret else None)
    sessions.open(
        "main", TokenFlow(LoginContext(os.environ), app, Organisation(demo.access.org_id, "360")).finish(token)
    )
    message = logged_out(sessions, None, "en", revoke=True)
    assert said in message
    assert "https://id.yandex.ru/personal/data-access" in message
    assert logged_out(sessions, None, "ru") == "Вход не был выполнен."


def test_a_token_of_the_environment_is_only_forgotten(sessions, environ, demo):
    """It is not ours to revoke, and it is still there: that is said; the demo's token is nothing to unset."""
    environ(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    sessions.open("main", credentials_for(LoginContext(os.environ), "env"))
    assert "The demo itself goes on" in logged_out(sessions, "main", "en")
    sessions.open("main", credentials_for(LoginContext(os.environ), "env"))
    environ(TRACKER_API_BASE_URL="https://api.tracker.yandex.net")  # a service that is no demo
    assert "still names the token (environment: TRACKER_TOKEN)" in logged_out(sessions, "main", "en")
    assert demo.access.alive(demo.access.token)


def test_a_token_of_the_environment_is_revoked_on_request(sessions, environ, demo):
    """With the app that it was issued to, known from the environment too, it can be."""
    token = demo.access.issue(demo.world.me, device_id="a-device-of-mine")
    environ(TRACKER_TOKEN=token, TRACKER_ORG_ID=demo.access.org_id)
    environ(TRACKER_CLIENT_ID=demo.access.client_id, TRACKER_CLIENT_SECRET=demo.access.client_secret)
    sessions.open("main", credentials_for(LoginContext(os.environ), "env"))
    assert "other programs that used it must log in again" in logged_out(sessions, "main", "en", revoke=True)
    assert demo.access.alive(token) is None


@pytest.mark.parametrize(
    ("values", "around"),
    [
        ({"TRACKER_API_BASE_URL": "http://127.0.0.1:8000", "TRACKER_TOKEN": "x"}, True),
        ({"TRACKER_API_BASE_URL": "https://api.tracker.yandex.net", "TRACKER_TOKEN": "x"}, False),
        ({"TRACKER_API_BASE_URL": "http://127.0.0.1:8000"}, False),
        ({}, False),
    ],
)
def test_only_a_service_on_this_machine_is_a_demo(environ, values, around):
    """`%tracker demo` never logs in to the real service."""
    environ(**values)
    assert demo_is_around() is around
