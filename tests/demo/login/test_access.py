"""Credentials that the embedded Tracker accepts, and those that it refuses."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.login.access import WRONG_ORG, Access
from tracker_magic.demo.model import User, World
from tracker_magic.demo.service import ApiError

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ME, ROBOT = "1130000000000001", "1130000000000002"


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that shows nine o'clock."""
    return Clock()


@pytest.fixture
def access(clock: Clock) -> Access:
    """The access of a world with a user and a robot."""
    world = World(me=ME, users={ME: User(ME, "ivanov", "Иван", "Иванов"), ROBOT: User(ROBOT, "robot-x", "R", "X")})
    return Access(world, clock=clock)


Enter = Callable[..., str | int]


@pytest.fixture
def enter(access: Access) -> Enter:
    """The uid of the caller, or the status of the error; `_` in a header's name means `-`."""

    def attempt(authorization: str | None, behaviour: Behaviour | None = None, **organisation: str) -> str | int:
        headers = {name.replace("_", "-"): value for name, value in organisation.items()}
        if authorization is not None:
            headers["Authorization"] = authorization
        try:
            return access.caller(headers, behaviour or Behaviour())
        except ApiError as error:
            return error.status

    return attempt


def test_each_organisation_has_its_header(access: Access, enter: Enter) -> None:
    """Each organisation is accepted in its own header; in the other header it gets 403 with the known text."""
    token = f"OAuth {access.token}"
    assert enter(token, X_Org_ID=access.org_id) == ME
    assert enter(token, X_Cloud_Org_ID=access.cloud_org_id) == ME
    assert enter(token, X_Org_ID=access.cloud_org_id) == 403
    assert enter(token, X_Cloud_Org_ID=access.org_id) == 403
    with pytest.raises(ApiError) as caught:
        access.caller({"Authorization": token, "X-Org-ID": "1"}, Behaviour())
    assert caught.value.messages == (WRONG_ORG,)


def test_header_names_in_any_case(access: Access) -> None:
    """Header names are case-insensitive."""
    headers = {"authorization": f"OAuth {access.token}", "x-org-id": access.org_id}
    assert access.caller(headers, Behaviour()) == ME


def test_exactly_one_organisation(access: Access, enter: Enter) -> None:
    """Two organisation headers are refused, unless one says `not provided`, which counts as missing."""
    token, org, cloud = f"OAuth {access.token}", access.org_id, access.cloud_org_id
    assert enter(token, X_Org_ID=org, X_Cloud_Org_ID=cloud) == 403
    assert enter(token, X_Org_ID="not provided", X_Cloud_Org_ID=cloud) == ME
    assert enter(token, X_Org_ID=org, X_Cloud_Org_ID="not provided") == ME
    assert enter(token, X_Org_ID="not provided") == 403


def test_a_missing_organisation_gets_the_status_of_the_behaviour(enter: Enter, access: Access) -> None:
    """`missing_org_status` is the status for a missing organisation; Yandex's internal Tracker needs none."""
    token = f"OAuth {access.token}"
    assert enter(token) == 403
    assert enter(token, Behaviour(missing_org_status=400)) == 400
    access.internal = True
    assert enter(token) == ME
    assert enter(token, X_Org_ID="17") == 403


@pytest.mark.parametrize("word", ["", "Bearer", "bearer", "oauth", "Token", "Basic"])
def test_an_oauth_token_needs_the_scheme_oauth(access: Access, enter: Enter, word: str) -> None:
    """An OAuth token with another scheme gets 401."""
    assert enter(f"{word} {access.token}".strip(), X_Org_ID=access.org_id) == 401


def test_an_iam_token_needs_the_scheme_bearer(access: Access, enter: Enter) -> None:
    """An IAM token needs the scheme Bearer; `iam_with_org_id` sets whether it works with X-Org-ID."""
    token = access.issue_iam(ME)
    assert enter(f"Bearer {token}", X_Cloud_Org_ID=access.cloud_org_id) == ME
    assert enter(f"OAuth {token}", X_Cloud_Org_ID=access.cloud_org_id) == 401
    assert enter(f"Bearer {token}", X_Org_ID=access.org_id) == ME
    assert enter(f"Bearer {token}", Behaviour(iam_with_org_id=False), X_Org_ID=access.org_id) == 403


@pytest.mark.parametrize("authorization", [None, "", "OAuth not provided", "OAuth", "Bearer not provided", "y0_x"])
def test_without_a_token_401_comes_before_403(enter: Enter, authorization: str | None) -> None:
    """Without a valid token the status is 401, whatever the organisation."""
    assert enter(authorization) == 401


@given(st.text(max_size=80))
def test_no_other_text_is_accepted(text: str) -> None:
    """Any text that is not a token gets 401."""
    access = Access(World(me=ME), clock=Clock())
    with pytest.raises(ApiError) as caught:
        access.caller({"Authorization": f"OAuth {text}", "X-Org-ID": access.org_id}, Behaviour())
    assert caught.value.status == 401


def test_tokens_end(access: Access, enter: Enter, clock: Clock) -> None:
    """A token ends when it expires, by `expire` and by `revoke`; each gets 401."""
    org = {"X_Org_ID": access.org_id}
    by_time, expired, revoked = (access.issue(ME) for _ in range(3))
    access.expire(expired)
    access.revoke(revoked)
    assert [enter(f"OAuth {token}", **org) for token in (by_time, expired, revoked)] == [ME, 401, 401]
    clock.now = T0 + timedelta(days=365)
    assert enter(f"OAuth {by_time}", **org) == 401
    iam = access.issue_iam(ME)
    clock.now += timedelta(hours=12)
    assert enter(f"Bearer {iam}", **org) == 401


def test_a_service_account_has_to_be_enabled(access: Access, enter: Enter) -> None:
    """Requests of a service account get 401 until it is enabled."""
    account = access.add_account(ROBOT, enabled=False)
    token = f"Bearer {access.issue_iam(ROBOT, account=account.id)}"
    assert enter(token, X_Cloud_Org_ID=access.cloud_org_id) == 401
    account.enabled = True
    assert enter(token, X_Cloud_Org_ID=access.cloud_org_id) == ROBOT


def test_refresh_keeps_or_changes_the_token(access: Access) -> None:
    """A refresh returns a new refresh token, and by a switch also a new access token, which ends the old one."""
    first = access.issue(ME)
    refresh = access.oauth[first].refresh
    assert access.renew(first) == first
    assert access.oauth[first].refresh != refresh
    access.switches.refresh_keeps_token = False
    second = access.renew(first)
    assert second != first
    assert access.alive(first) is None
    assert access.alive(second) is not None


def test_the_same_iam_token_twice_by_a_switch(access: Access) -> None:
    """By a switch, a second request returns the same IAM token, but never one of another user."""
    access.switches.iam_same_token = True
    token = access.issue_iam(ME)
    assert access.issue_iam(ME) == token
    assert access.issue_iam(ROBOT) != token


def test_tokens_have_the_published_form(access: Access) -> None:
    """Tokens and ids have the published forms and differ at every start."""
    iam = access.issue_iam(ME)
    assert re.fullmatch(r"y0_[A-Za-z0-9]{58}", access.token)
    assert re.fullmatch(r"1:[-\w]{8,}:[-\w.]{8,}", access.oauth[access.token].refresh or "")
    assert re.fullmatch(r"t1\.[A-Za-z0-9_-]+={0,2}\.[A-Za-z0-9_-]{86}={0,2}", iam)
    assert access.org_id.isdigit()
    assert re.fullmatch(r"bpf[a-z0-9]{17}", access.cloud_org_id)
    other = Access(World(me=ME))
    assert {access.token, access.client_id, access.client_secret}.isdisjoint(
        {other.token, other.client_id, other.client_secret}
    )


def test_nothing_secret_in_a_repr(access: Access) -> None:
    """The reprs of access, grants and applications show no secret."""
    app, grant = access.apps[access.client_id], access.oauth[access.token]
    reprs = f"{access!r} {app!r} {grant!r} {access.account!r}"
    for secret in (access.token, access.client_secret, grant.refresh):
        assert secret
        assert secret not in reprs
