"""A login as it runs: renewed before its end and once after a refusal, by one thread for all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tracker_magic.auth import Login, Organisation, Token
from tracker_magic.errors import LoginExpired, LoginRefused, NotLoggedIn, ServiceBroken, TrackerError, Unreachable
from tracker_magic.secret import Secret
from tracker_magic.tracker import tracker_of

ME = "/v3/myself"


@pytest.fixture
def found(place):
    """A login that lives for an hour and renews itself."""
    place.switches.token_lifetime_s = 3600
    token = place.access.issue(place.access.me, device_id="a-notebook")
    grant = place.access.oauth[token]
    held = Token(Secret(token), "OAuth", grant.expires_at, Secret(grant.refresh))
    return place.context.with_oauth(place.app, held, "test", Organisation(place.access.org_id, "360"))


@pytest.fixture
def tracker(found):
    """A Tracker with that login."""
    with tracker_of(found, search_rps=None, other_rps=None) as tracker:
        yield tracker


@pytest.mark.parametrize("keeps", [True, False])
def test_a_login_is_renewed_before_its_end(place, found, tracker, keeps):
    """Five minutes before, whether the access token stays the same or not; not earlier, and not twice."""
    place.switches.refresh_keeps_token = keeps
    place.later(minutes=54)
    assert tracker.get("myself")
    assert place.asked() == []
    place.later(minutes=2)
    assert tracker.get("myself")
    assert tracker.get("myself")
    assert len(place.asked()) == 1
    assert found.login.expires_at == place.now + timedelta(hours=1)
    assert {seen.status for seen in place.asked(ME)} == {200}


@pytest.mark.parametrize("keeps", [True, False])
def test_a_login_is_renewed_once_after_a_refusal(place, found, tracker, keeps):
    """The token ended early: one refresh, the request again, and nobody notices."""
    place.switches.refresh_keeps_token = keeps
    place.access.expire(found.login.token().secret.reveal())
    assert tracker.get("myself")
    assert [seen.status for seen in place.asked(ME)] == [401, 200]
    assert len(place.asked()) == 1


def test_a_login_that_stays_refused_is_not_renewed_again(place, found, tracker):
    """Two requests, one refresh, then the person is told."""
    place.fault("status", ME, times=9, status=401)
    with pytest.raises(NotLoggedIn, match="does not accept the token"):
        tracker.get("myself")
    assert (len(place.asked(ME)), len(place.asked())) == (2, 1)
    assert found.login.renewable


@pytest.mark.parametrize("moment", ["before its end", "after a refusal"])
@pytest.mark.parametrize("keeps", [True, False])
def test_threads_in_flight_refresh_once(place, found, tracker, moment, keeps):
    """Eight threads at the same moment: one refresh, all of them answered."""
    place.switches.refresh_keeps_token = keeps
    gate = threading.Barrier(8)

    def ask(_):
        gate.wait(10)
        return tracker.get("myself")["login"]

    if moment == "before its end":
        place.later(minutes=56)
    else:
        place.access.expire(found.login.token().secret.reveal())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert len(place.asked()) == 1


@pytest.mark.parametrize("kind", ["drop", "html", "status"])
def test_a_login_service_that_is_down_is_no_error_while_the_token_lives(place, found, tracker, kind):
    """The old token serves until its end, and the service is not asked at every request; then it is an error."""
    place.later(minutes=56)
    place.fault(kind, times=99)
    assert tracker.get("myself")
    assert tracker.get("myself")
    assert len(place.asked()) == 1
    place.later(seconds=31)
    assert tracker.get("myself")
    assert len(place.asked()) == 2
    place.later(minutes=4)
    with pytest.raises((Unreachable, ServiceBroken)) as caught:
        tracker.get("myself")
    assert isinstance(caught.value, TrackerError)
    place.demo.behaviour.faults.clear()
    with pytest.raises(LoginExpired, match="could not be renewed"):
        tracker.get("myself")
    assert found.login.scheme == "OAuth"


def test_a_login_service_that_comes_back_in_time_is_used(place, tracker):
    """The next try renews."""
    place.later(minutes=56)
    place.fault("status")
    assert tracker.get("myself")
    place.later(seconds=31)
    assert tracker.get("myself")
    assert [seen.status for seen in place.asked()] == [503, 200]


def test_tokens_shorter_than_the_margin_are_not_refreshed_at_each_request(place, tracker):
    """A service whose tokens live two minutes."""
    place.switches.token_lifetime_s = 120
    place.later(minutes=56)
    for _ in range(5):
        assert tracker.get("myself")
    assert len(place.asked()) == 1
    place.later(seconds=31)
    assert tracker.get("myself")
    assert len(place.asked()) == 2


def test_a_login_that_cannot_be_renewed_is_left_alone(place):
    """Without a refresh token there is nothing to do; the token is given to the end."""
    token = Token(Secret("y0_a"), "OAuth", place.now)
    login = Login(token, "test", clock=lambda: place.now)
    assert login.token() is token
    assert not login.renewed_after(token)
    assert not login.revoke()
    with pytest.raises(LoginRefused, match="cannot be renewed"):
        place.context.services.refreshed(place.app, token)


def test_a_revoked_login_cannot_come_back(found, tracker):
    """After the service has forgotten the token its refresh token is worth nothing."""
    assert found.login.revoke()
    with pytest.raises(LoginExpired, match="could not be renewed"):
        tracker.get("myself")
