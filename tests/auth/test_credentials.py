"""Every unasked way to a login, end to end against the embedded services over real HTTP."""

import time

import pytest

from tracker_magic.auth import (
    INTERACTIVE,
    NON_INTERACTIVE,
    STRATEGIES,
    Organisation,
    Token,
    credentials_for,
    default_credentials,
)
from tracker_magic.auth.flows import save_login
from tracker_magic.auth.oauth import App
from tracker_magic.errors import (
    BadOption,
    Forbidden,
    LoginExpired,
    LoginRefused,
    NotLoggedIn,
)
from tracker_magic.secret import Secret
from tracker_magic.tracker import signed_in, tracker_of

IAM = "/iam/v1/tokens"
METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"


def test_the_strategies_are_those_of_the_design():
    """In its order; those without typing are told apart."""
    assert STRATEGIES == (
        "env", "stored", "device", "code", "token", "iam", "yc", "service-account", "metadata", "exchange",
    )  # fmt: skip
    assert set(NON_INTERACTIVE) | set(INTERACTIVE) == set(STRATEGIES)


@pytest.mark.parametrize("name", ["TRACKER_TOKEN", "YANDEX_TRACKER_TOKEN", "YC_TOKEN", "YC_OAUTH_TOKEN"])
def test_an_oauth_token_of_the_environment_logs_in(place, name):
    """Whatever its name; who it is says the name, not the value."""
    context = place.set(**{name: place.access.token}, TRACKER_ORG_ID=place.access.org_id)
    me = place.me(credentials_for(context, "env"))
    assert (me.source, me.org, me.org_kind) == (f"environment: {name}", place.access.org_id, "360")
    assert me.login


@pytest.mark.parametrize("name", ["TRACKER_IAM_TOKEN", "YC_IAM_TOKEN", "YC_TOKEN"])
def test_an_iam_token_of_the_environment_logs_in(place, name):
    """With the header of a Cloud organisation."""
    iam = place.access.issue_iam(place.access.me)
    context = place.set(**{name: iam}, YANDEX_TRACKER_CLOUD_ORG_ID=place.access.cloud_org_id)
    assert place.me(credentials_for(context, "env")).org_kind == "cloud"


def test_a_token_that_somebody_else_renews_is_taken_up(place):
    """The name is read anew at each use, its kind as well; an ended one that stays is the service's refusal."""
    first = place.access.issue_iam(place.access.me)
    context = place.set(YC_TOKEN=first, TRACKER_ORG_ID=place.access.org_id)
    with tracker_of(credentials_for(context, "env")) as tracker:
        assert tracker.get("myself")
        place.access.revoke(first)
        with pytest.raises(NotLoggedIn, match="YC_TOKEN"):
            tracker.get("myself")
        place.environ["YC_TOKEN"] = place.access.token
        assert tracker.get("myself")


def test_without_a_login_the_cures_are_named(place):
    """The environment's names, most of all TRACKER_TOKEN."""
    for ask in (
        lambda: default_credentials(place.context),
        lambda: credentials_for(place.context, "env"),
        lambda: credentials_for(place.context, "stored"),
    ):
        with pytest.raises(NotLoggedIn) as caught:
            ask()
        assert "TRACKER_TOKEN" in caught.value.hint
    with pytest.raises(NotLoggedIn, match="no stored profile 'work'"):
        default_credentials(place.context, "work")


@pytest.mark.parametrize("strategy", INTERACTIVE)
def test_a_way_that_needs_typing_is_not_had_unasked(place, strategy):
    """It says which are."""
    with pytest.raises(BadOption, match="somebody who types") as caught:
        credentials_for(place.context, strategy)
    assert "service-account" in caught.value.hint


def stored(place, name="default", **facts):
    """A stored profile of the embedded Tracker's person."""
    token = Token(Secret(place.access.token), refresh=Secret(place.access.oauth[place.access.token].refresh), **facts)
    found = place.context.with_oauth(place.app, token, "test", Organisation(place.access.org_id, "360"))
    return save_login(place.context, found, "me", "file", name)


def test_a_stored_login_logs_in_and_the_environment_hides_it(place):
    """The environment comes first, and says that it hides the profile; a named profile alone is what it is."""
    stored(place)
    assert place.me(default_credentials(place.context)).source == "profile default"
    place.set(TRACKER_TOKEN=place.access.token, TRACKER_ORG_ID=place.access.org_id)
    found = default_credentials(place.context)
    assert found.login.source == "environment: TRACKER_TOKEN"
    assert "TRACKER_TOKEN hides the stored profile 'default'" in found.note
    assert default_credentials(place.context, "default").login.source == "profile default"
    assert credentials_for(place.context, "stored").note == ""


def test_a_profile_of_another_name_is_not_hidden(place):
    """Only the default one would have been used."""
    stored(place, "work")
    assert credentials_for(place.set(TRACKER_TOKEN=place.access.token), "env").note == ""


def test_a_stored_token_goes_to_its_own_address_only(place):
    """Another address in the environment refuses it; nothing is sent."""
    stored(place)
    place.environ["TRACKER_API_BASE_URL"] = "https://tracker.example.com"
    with pytest.raises(
        NotLoggedIn, match=r"belongs to http://127.0.0.1:\d+, and the environment names https://tracker"
    ):
        default_credentials(place.context)
    del place.environ["TRACKER_API_BASE_URL"]
    assert default_credentials(place.context).addresses.api == place.demo.url
    assert place.demo.journal == []


def test_the_metadata_service_logs_in_past_any_proxy(place, monkeypatch):
    """As this machine's service account, which is told."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    found = credentials_for(place.set(TRACKER_CLOUD_ORG_ID=place.access.cloud_org_id), "metadata")
    assert place.me(found).source == "metadata of this machine"
    assert "not as you" in found.note
    assert place.asked(METADATA)[0].headers["Metadata-Flavor"] == "Google"
    assert "Authorization" not in place.asked(METADATA)[0].headers


def test_a_metadata_service_that_is_absent_or_slow_is_told_soon(place):
    """Nobody there, no account, an answer that takes too long."""
    place.switches.metadata_account = False
    with pytest.raises(LoginRefused, match="no service account is linked"):
        credentials_for(place.context, "metadata")
    place.fault("slow", METADATA, seconds=3.0)
    began = time.monotonic()
    with pytest.raises(LoginRefused, match="no metadata service answers") as caught:
        credentials_for(place.context, "metadata")
    assert time.monotonic() - began < 2.5
    assert "virtual machine" in caught.value.hint
    place.environ["TRACKER_METADATA_BASE_URL"] = "http://127.0.0.1:9"
    with pytest.raises(LoginRefused, match="no metadata service answers"):
        credentials_for(place.context, "metadata")


def test_the_metadata_service_is_asked_only_when_asked_for(place):
    """Neither `env` nor what is tried unasked goes there."""
    with pytest.raises(NotLoggedIn):
        default_credentials(place.context)
    assert place.demo.journal == []


@pytest.mark.parametrize("name", ["TRACKER_TOKEN", "YC_OAUTH_TOKEN", "YC_TOKEN"])
def test_the_exchange_logs_in_and_says_that_it_is_being_withdrawn(place, name):
    """OAuth becomes IAM; the API sees only the latter."""
    context = place.set(**{name: place.access.token}, TRACKER_CLOUD_ORG_ID=place.access.cloud_org_id)
    found = credentials_for(context, "exchange")
    assert place.me(found).source == "OAuth token exchanged for an IAM token"
    assert "withdrawing" in found.note
    assert [seen.headers["Authorization"][:10] for seen in place.asked("/v3/myself")] == ["Bearer t1."]


def test_an_exchange_that_is_switched_off_names_other_ways(place):
    """As it will be; without an OAuth token there is nothing to exchange."""
    place.switches.passport_exchange = False
    with pytest.raises(LoginRefused, match="Exchange of OAuth tokens is switched off") as caught:
        credentials_for(place.set(TRACKER_TOKEN=place.access.token), "exchange")
    assert "yc" in caught.value.hint
    with pytest.raises(NotLoggedIn, match="needs an OAuth token"):
        credentials_for(place.set(TRACKER_TOKEN=""), "exchange")


def test_the_other_header_is_tried_once(place):
    """A Cloud id given as one of Yandex 360 works after all; a wrong id is the first refusal, after two requests."""
    place.set(TRACKER_TOKEN=place.access.token, TRACKER_ORG_ID=place.access.cloud_org_id)
    with signed_in(default_credentials(place.context)) as tracker:
        assert tracker.organisation == Organisation(place.access.cloud_org_id, "cloud")
    place.demo.journal.clear()
    with pytest.raises(Forbidden, match="X-Org-ID: 999"):
        signed_in(default_credentials(place.set(TRACKER_ORG_ID="999")))
    assert len(place.asked("/v3/myself")) == 2


def test_the_internal_variant_needs_no_organisation(place):
    """At an address of its own; at the public one a token without an organisation is told."""
    place.access.internal = True
    assert place.me(default_credentials(place.set(TRACKER_TOKEN=place.access.token))).org is None
    del place.environ["TRACKER_API_BASE_URL"]
    with pytest.raises(NotLoggedIn, match="no organisation"):
        tracker_of(default_credentials(place.context))


def test_an_ended_login_without_a_way_to_renew_is_told(place):
    """One request, no refresh; the name of the source is in the message."""
    place.access.expire(place.access.token)
    with pytest.raises(NotLoggedIn, match="environment: TRACKER_TOKEN"):
        place.me(default_credentials(place.set(TRACKER_TOKEN=place.access.token, TRACKER_ORG_ID=place.access.org_id)))
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
    context = place.context
    assert context.app() is None
    assert context.app("typed", Secret("s")) == App("typed", Secret("s"))
    stored(place)
    assert place.context.app() == place.app
    assert place.context.app(place.app.client_id) == place.app, "the secret is known already"
    assert place.context.app("other").secret is None
    named = place.set(TRACKER_CLIENT_ID="env", TRACKER_CLIENT_SECRET="e")
    assert (named.app().client_id, named.app("env", Secret("new")).secret) == ("env", Secret("new"))
    place.environ["TRACKER_CLIENT_ID"] = ""
    (place.home / "profiles" / "default.json").write_text("{")
    assert place.context.app() is None
