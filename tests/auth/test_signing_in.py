"""From a login that was found to a Tracker that has been asked who it is."""

import pytest

from tracker_magic.auth import Organisation, Token, strategies, unasked
from tracker_magic.auth.flows import remembered
from tracker_magic.errors import (
    Forbidden,
    LoginExpired,
    NotLoggedIn,
)
from tracker_magic.secret import Secret
from tracker_magic.tracker import signed_in, tracker_of


def stored(place, name="default", **facts):
    """A stored profile of the embedded Tracker's person."""
    token = Token(Secret(place.access.token), refresh=Secret(place.access.oauth[place.access.token].refresh), **facts)
    found = place.ways.with_oauth(place.app, token, "test", Organisation(place.access.org_id, "360"))
    return remembered(place.ways, found, "me", "file", name)


def test_the_other_header_is_tried_once(place):
    """A Cloud id given as one of Yandex 360 works after all; a wrong id is the first refusal, after two requests."""
    place.set(TRACKER_TOKEN=place.access.token, TRACKER_ORG_ID=place.access.cloud_org_id)
    with signed_in(unasked(place.ways)) as tracker:
        assert tracker.organisation == Organisation(place.access.cloud_org_id, "cloud")
    place.demo.journal.clear()
    with pytest.raises(Forbidden, match="X-Org-ID: 999"):
        signed_in(unasked(place.set(TRACKER_ORG_ID="999")))
    assert len(place.asked("/v3/myself")) == 2


def test_the_internal_variant_needs_no_organisation(place):
    """At an address of its own; at the public one a token without an organisation is told."""
    place.access.internal = True
    assert place.me(unasked(place.set(TRACKER_TOKEN=place.access.token))).org is None
    del place.environ["TRACKER_API_BASE_URL"]
    with pytest.raises(NotLoggedIn, match="no organisation"):
        tracker_of(unasked(place.ways))


def test_an_ended_login_without_a_way_to_renew_is_told(place):
    """One request, no refresh; the name of the source is in the message."""
    place.access.expire(place.access.token)
    with pytest.raises(NotLoggedIn, match="environment: TRACKER_TOKEN"):
        place.me(unasked(place.set(TRACKER_TOKEN=place.access.token, TRACKER_ORG_ID=place.access.org_id)))
    assert place.asked() == []


def test_a_refused_refresh_says_to_log_in_again(place):
    """The refresh token has run out with the token."""
    place.switches.token_lifetime_s = 600
    place.access.token = place.access.issue(place.access.me)
    found = stored(place, expires_at=place.access.oauth[place.access.token].expires_at)
    place.later(seconds=601)
    with pytest.raises(LoginExpired, match="could not be renewed") as caught:
        place.me(found)
    assert "%tracker login" in caught.value.hint


def test_the_app_is_the_one_that_was_given(place):
    """Given, else the environment's, else the default profile's, each with its own secret; a broken profile is none."""
    ways = place.ways
    assert ways.app() is None
    assert ways.app("typed", Secret("s")) == strategies.App("typed", Secret("s"))
    stored(place)
    assert place.ways.app() == place.app
    assert place.ways.app(place.app.client_id) == place.app, "the secret is known already"
    assert place.ways.app("other").secret is None
    named = place.set(TRACKER_CLIENT_ID="env", TRACKER_CLIENT_SECRET="e")
    assert (named.app().client_id, named.app("env", Secret("new")).secret) == ("env", Secret("new"))
    place.environ["TRACKER_CLIENT_ID"] = ""
    (place.home / "profiles" / "default.json").write_text("{")
    assert place.ways.app() is None
