"""Sessions by name, and where a login comes from."""

import pytest

from tracker_magic.auth import Organisation
from tracker_magic.auth.environment import CLOUD_ORG_NAMES, IAM_NAMES, OAUTH_NAMES, ORG_NAMES
from tracker_magic.config import ADDRESS_NAMES, TrackerMagic
from tracker_magic.errors import BadOption, NotLoggedIn, SettingsError
from tracker_magic.notebook.sessions import Sessions, credentials, demo_is_around
from tracker_magic.tracker import Tracker


@pytest.fixture
def environ(monkeypatch):
    """An environment that names nothing of the service; gives a function that sets names."""
    for name in (*OAUTH_NAMES, *IAM_NAMES, *ORG_NAMES, *CLOUD_ORG_NAMES, *ADDRESS_NAMES.values()):
        monkeypatch.delenv(name, raising=False)

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


def opened() -> Tracker:
    """A Tracker that is never asked anything."""
    return Tracker(token="y0_nobody", base_url="http://127.0.0.1:9")


def test_the_environment_names_token_and_organisation(environ):
    """Both come from there; an organisation on the line wins."""
    environ(TRACKER_TOKEN="y0_of_ann", TRACKER_ORG_ID="42")
    found, org = credentials("env", None, answerable=False)
    assert (found.token.reveal(), org) == ("y0_of_ann", Organisation("42", "360"))
    given = Organisation("bpf1", "cloud")
    assert credentials(None, given, answerable=False)[1] == given


@pytest.mark.parametrize(
    ("strategy", "said"), [(None, "names no token"), ("env", "names no token"), ("token", "nobody")]
)
def test_where_nobody_can_answer_the_cure_is_named(environ, strategy, said):
    """No question is asked; the error names the variables to set."""
    environ()
    with pytest.raises(NotLoggedIn, match=said) as caught:
        credentials(strategy, None, answerable=False)
    assert "TRACKER_TOKEN" in str(caught.value)


def test_two_tokens_in_the_environment_are_an_error(environ):
    """Which one is meant is not guessed."""
    environ(TRACKER_TOKEN="y0_of_ann", TRACKER_IAM_TOKEN="t1.a.b")
    with pytest.raises(SettingsError, match="two tokens"):
        credentials(None, None, answerable=True)


def test_sessions_are_kept_by_name():
    """The last one opened is current; another can be made so; a wrong name tells a near one."""
    sessions = Sessions(TrackerMagic())
    first, second = opened(), opened()
    sessions.add("main", first)
    sessions.add("work", second)
    assert sessions.tracker() is second
    assert sessions.use("main") is sessions.tracker() is first
    assert sessions.tracker("work") is second
    with pytest.raises(BadOption, match="Did you mean `work`"):
        sessions.tracker("wrok")
    assert "main (current)" in sessions.state()
    assert "y0_nobody" not in sessions.state()


def test_after_a_logout_the_environment_does_not_log_in_again(environ):
    """Logging out means it, until the next login."""
    environ(TRACKER_TOKEN="y0_of_ann", TRACKER_ORG_ID="42")
    sessions = Sessions(TrackerMagic())
    assert sessions.tracker().organisation == Organisation("42", "360")
    sessions.leave(None)
    with pytest.raises(NotLoggedIn, match="logged out"):
        sessions.tracker()


def test_settings_of_the_moment_reach_every_session():
    """`%config` after the login counts, for a named session too."""
    settings = TrackerMagic()
    sessions = Sessions(settings)
    sessions.add("work", opened())
    settings.tz, settings.lang = "Europe/Moscow", "en"
    assert (sessions.tracker("work").tz, sessions.tracker().lang) == ("Europe/Moscow", "en")


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
