"""A login in use: renewed before it expires and once after a rejection, by one thread for all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.forks import in_child
from tracker_magic.auth import Login, Organisation, Token, credentials_for
from tracker_magic.errors import LoginExpired, LoginRefused, NotLoggedIn, ServiceBroken, TrackerError, Unreachable
from tracker_magic.secret import Secret
from tracker_magic.tracker import tracker_of

ME = "/v3/myself"
IAM = "/iam/v1/tokens"


@pytest.fixture
def credentials(machine):
    """A login that lives for an hour and renews itself."""
    machine.switches.token_lifetime_s = 3600
    token = machine.access.issue(machine.access.me, device_id="a-notebook")
    grant = machine.access.oauth[token]
    token_with_refresh = Token(Secret(token), "OAuth", grant.expires_at, Secret(grant.refresh))
    return machine.context.oauth_credentials(
        machine.app, token_with_refresh, "test", Organisation(machine.access.org_id, "360")
    )


@pytest.fixture
def tracker(credentials):
    """A Tracker with that login."""
    with tracker_of(credentials, search_rps=None, other_rps=None) as tracker:
        yield tracker


@pytest.mark.parametrize("keeps", [True, False])
def test_a_login_is_renewed_before_it_expires(machine, credentials, tracker, keeps):
    """A token is renewed once, five minutes before it expires, whether or not its text changes."""
    machine.switches.refresh_keeps_token = keeps
    machine.advance(minutes=54)
    assert tracker.get("myself")
    assert machine.requests_to() == []
    machine.advance(minutes=2)
    assert tracker.get("myself")
    assert tracker.get("myself")
    assert len(machine.requests_to()) == 1
    assert credentials.login.expires_at == machine.now + timedelta(hours=1)
    assert {request.status for request in machine.requests_to(ME)} == {200}


@pytest.mark.parametrize("keeps", [True, False])
def test_a_rejected_token_is_renewed_once(machine, credentials, tracker, keeps):
    """After a 401 the token is refreshed once and the request is repeated."""
    machine.switches.refresh_keeps_token = keeps
    machine.access.expire(credentials.login.token().secret.reveal())
    assert tracker.get("myself")
    assert [request.status for request in machine.requests_to(ME)] == [401, 200]
    assert len(machine.requests_to()) == 1


def test_a_login_that_stays_rejected_is_not_renewed_again(machine, credentials, tracker):
    """A second 401 is reported after two requests and one refresh."""
    machine.add_fault("status", ME, times=9, status=401)
    with pytest.raises(NotLoggedIn, match="does not accept the token"):
        tracker.get("myself")
    assert (len(machine.requests_to(ME)), len(machine.requests_to())) == (2, 1)
    assert credentials.login.renewable


@pytest.mark.parametrize("moment", ["before its end", "after a refusal"])
@pytest.mark.parametrize("keeps", [True, False])
def test_concurrent_threads_refresh_once(machine, credentials, tracker, moment, keeps):
    """Eight threads that need a new token at the same moment cause one refresh."""
    machine.switches.refresh_keeps_token = keeps
    barrier = threading.Barrier(8)

    def get_login(_):
        barrier.wait(10)
        return tracker.get("myself")["login"]

    if moment == "before its end":
        machine.advance(minutes=56)
    else:
        machine.access.expire(credentials.login.token().secret.reveal())
    with ThreadPoolExecutor(8) as pool:
        logins = list(pool.map(get_login, range(8)))
    assert len(logins) == 8
    assert len(set(logins)) == 1
    assert len(machine.requests_to()) == 1


@pytest.mark.parametrize("hours", [-10_000, -13, -1, 0, 1, 13, 10_000])
def test_a_new_iam_token_is_trusted_however_wrong_the_clock_is(machine, hours):
    """It is used for the 12 hours that the service gives it, less five minutes, and renewed once after a 401."""
    machine.set(TRACKER_TOKEN=machine.access.token, TRACKER_ORG_ID=machine.access.org_id)
    credentials = credentials_for(machine.context_with_wrong_clock(hours=hours), "exchange")
    with tracker_of(credentials, search_rps=None, other_rps=None) as tracker:
        for minutes, requests in [(0, 1), (11 * 60 + 54, 1), (2, 2), (0, 2)]:
            machine.advance(minutes=minutes)
            assert tracker.get("myself")
            assert len(machine.requests_to(IAM)) == requests
        machine.access.expire(credentials.login.token().secret.reveal())
        assert tracker.get("myself")
    assert len(machine.requests_to(IAM)) == 3


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_process_does_not_wait_for_a_renewal_of_its_parent(machine):
    """A child made by fork while a thread of the parent renews the token renews it by itself."""
    login = credentials_for(machine.set(TRACKER_TOKEN=machine.access.token), "exchange").login
    machine.advance(hours=12)
    renewed = []
    hook = lambda: renewed.append(in_child(lambda: login.token().expires_at))  # noqa: E731
    machine.add_fault("hook", IAM, hook=hook)
    assert renewed == [login.token().expires_at]


@pytest.mark.parametrize("kind", ["drop", "html", "status"])
def test_a_broken_login_service_is_no_error_while_the_token_is_valid(machine, credentials, tracker, kind):
    """A failed renewal is repeated after a pause and becomes an error only once the token has expired."""
    machine.advance(minutes=56)
    machine.add_fault(kind, times=99)
    assert tracker.get("myself")
    assert tracker.get("myself")
    assert len(machine.requests_to()) == 1
    machine.advance(seconds=31)
    assert tracker.get("myself")
    assert len(machine.requests_to()) == 2
    machine.advance(minutes=4)
    with pytest.raises((Unreachable, ServiceBroken)) as excinfo:
        tracker.get("myself")
    assert isinstance(excinfo.value, TrackerError)
    machine.demo.behaviour.faults.clear()
    with pytest.raises(LoginExpired, match="could not be renewed"):
        tracker.get("myself")
    assert credentials.login.scheme == "OAuth"


def test_a_login_service_that_recovers_is_used(machine, tracker):
    """The renewal after a failed one succeeds."""
    machine.advance(minutes=56)
    machine.add_fault("status")
    assert tracker.get("myself")
    machine.advance(seconds=31)
    assert tracker.get("myself")
    assert [request.status for request in machine.requests_to()] == [503, 200]


def test_tokens_shorter_than_the_margin_are_not_refreshed_at_each_request(machine, tracker):
    """Tokens that live for two minutes are refreshed at most every 30 seconds."""
    machine.switches.token_lifetime_s = 120
    machine.advance(minutes=56)
    for _ in range(5):
        assert tracker.get("myself")
    assert len(machine.requests_to()) == 1
    machine.advance(seconds=31)
    assert tracker.get("myself")
    assert len(machine.requests_to()) == 2


def test_a_token_that_is_expired_when_it_is_new_is_not_refreshed_at_each_request(machine, credentials):
    """A service that says `expires_in: 0` is not asked for another token with every request."""
    machine.switches.token_lifetime_s = 0
    machine.advance(minutes=56)
    for _ in range(5):
        credentials.login.token()
    assert len(machine.requests_to()) == 1


def test_a_forgotten_login_sends_nothing(machine, credentials, tracker):
    """After a logout, a Tracker that somebody kept raises NotLoggedIn, and holds no token."""
    assert tracker.get("myself")
    credentials.login.forget()
    sent = len(machine.demo.journal)
    for _ in range(2):
        with pytest.raises(NotLoggedIn, match="logged out"):
            tracker.get("myself")
    assert len(machine.demo.journal) == sent
    assert not credentials.login.renewable


def test_a_fixed_token_is_used_to_its_end(machine):
    """A login without a provider returns its token even after it has expired."""
    token = Token(Secret("y0_a"), "OAuth", machine.now)
    login = Login(token, "test", clock=machine.clock)
    assert login.token() is token
    assert not login.renewed_after(token)
    assert not login.revoke()
    with pytest.raises(LoginRefused, match="cannot be renewed"):
        machine.context.services.refreshed(machine.app, token)


def test_a_revoked_login_cannot_be_renewed(credentials, tracker):
    """Revoking a token at the service also invalidates its refresh token."""
    assert credentials.login.revoke()
    with pytest.raises(LoginExpired, match="could not be renewed"):
        tracker.get("myself")
