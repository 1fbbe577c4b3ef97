"""The lists that completion offers are fetched after a login, in the background, if somebody is there to use them."""

import threading

import pytest

from tracker_magic.auth import Credentials, Login, Organisation, Token
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.notebook.prefetch import LISTS, Prefetch
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses, TrackerMagic


def threads():
    """The threads that fetch."""
    return [thread for thread in threading.enumerate() if "prefetch" in thread.name]


def wait_until_fetched():
    """Wait for the end of the threads that fetch."""
    for thread in threads():
        thread.join(30)


def known(sessions):
    """The lists of the current session that were fetched."""
    dictionaries = dict(sessions)[sessions.current].connection.dictionaries
    return [name for name in LISTS if dictionaries.known(name)]


@pytest.fixture
def prefetch():
    """A prefetch as in a notebook with a user."""
    return Prefetch(TrackerMagic(), is_interactive=True)


@pytest.fixture
def sessions(demo, prefetch, monkeypatch, tmp_path):
    """The sessions of a notebook."""
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    made = Sessions(TrackerMagic(), prefetch)
    yield made
    made.close()
    demo.service.behaviour = Behaviour()


@pytest.fixture
def credentials(demo):
    """A login at the embedded Tracker."""
    token = Token(Secret(demo.access.issue(demo.world.me)))
    organisation = Organisation(demo.access.org_id, "360")
    return Credentials(Login(token, "test"), organisation, Addresses(api=demo.url, oauth=demo.url))


def test_every_list_is_fetched_once_after_a_login(sessions, credentials, demo):
    """There is one request for each list, and a command that needs one of them sends none."""
    sessions.open("main", credentials)
    before = len(demo.journal)
    wait_until_fetched()
    assert known(sessions) == list(LISTS)
    assert len({request.path for request in demo.journal[before:]}) == len(demo.journal) - before
    before = len(demo.journal)
    assert len(sessions.tracker().statuses())
    assert len(demo.journal) == before


def test_nothing_is_fetched_while_a_command_runs(sessions, prefetch, credentials, demo):
    """A command breaks the request off, and what is missing is fetched after it."""
    demo.behaviour.latency_ms = 400
    sessions.open("main", credentials)
    (thread,) = threads()
    with prefetch.paused():
        thread.join(10)
        assert not threads()
        assert known(sessions) == []
        demo.behaviour.latency_ms = 0
    wait_until_fetched()
    assert known(sessions) == list(LISTS)


def test_a_login_during_a_command_waits_for_its_end(sessions, prefetch, credentials):
    """A session that a command opens itself is followed after the command."""
    with prefetch.paused():
        sessions.open("main", credentials)
        assert not threads()
    assert threads()


@pytest.mark.parametrize(("is_interactive", "setting"), [(False, True), (True, False)])
def test_nothing_is_fetched_unless_it_is_wanted(credentials, is_interactive, setting):
    """No thread is started if nobody types, or if the setting is off."""
    settings = TrackerMagic(prefetch=setting)
    sessions = Sessions(settings, Prefetch(settings, is_interactive=is_interactive))
    sessions.open("main", credentials)
    assert not threads()
    sessions.close()


def test_a_failure_is_silent(sessions, credentials, demo, capsys):
    """A list that is refused is left out; the others come, and nothing is said."""
    demo.behaviour.faults.append(Fault("status", "/statuses", status=403, times=100))
    sessions.open("main", credentials)
    wait_until_fetched()
    assert known(sessions) == [name for name in LISTS if name != "statuses"]
    assert capsys.readouterr() == ("", "")


def test_it_ends_with_the_session(sessions, credentials, demo):
    """Closing a session, even during a request, leaves no thread."""
    demo.behaviour.latency_ms = 400
    sessions.open("main", credentials)
    assert threads()
    sessions.leave()
    assert not threads()
