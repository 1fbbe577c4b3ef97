"""Every strategy that asks no questions, end to end against the embedded services over real HTTP."""

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


def test_strategies_have_a_fixed_order():
    """The strategies are documented in this order, and each is either interactive or not."""
    assert STRATEGIES == (
        "env", "stored", "device", "code", "token", "iam", "yc", "service-account", "metadata", "exchange",
    )  # fmt: skip
    assert set(NON_INTERACTIVE) | set(INTERACTIVE) == set(STRATEGIES)


@pytest.mark.parametrize("name", ["TRACKER_TOKEN", "YANDEX_TRACKER_TOKEN", "YC_TOKEN", "YC_OAUTH_TOKEN"])
def test_an_oauth_token_of_the_environment_logs_in(machine, name):
    """An OAuth token in any of its variables logs in; the source names the variable, not its value."""
    context = machine.set(**{name: machine.access.token}, TRACKER_ORG_ID=machine.access.org_id)
    me = machine.me(credentials_for(context, "env"))
    assert (me.source, me.org, me.org_kind) == (f"environment: {name}", machine.access.org_id, "360")
    assert me.login


@pytest.mark.parametrize("name", ["TRACKER_IAM_TOKEN", "YC_IAM_TOKEN", "YC_TOKEN"])
def test_an_iam_token_of_the_environment_logs_in(machine, name):
    """An IAM token in any of its variables logs in with the header of a Cloud organisation."""
    iam = machine.access.issue_iam(machine.access.me)
    context = machine.set(**{name: iam}, YANDEX_TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id)
    assert machine.me(credentials_for(context, "env")).org_kind == "cloud"


def test_a_variable_that_another_program_updates_is_read_again(machine):
    """An ambient variable is read at each use, so that a login recovers once the variable holds a valid token."""
    first = machine.access.issue_iam(machine.access.me)
    context = machine.set(YC_TOKEN=first, TRACKER_ORG_ID=machine.access.org_id)
    with tracker_of(credentials_for(context, "env")) as tracker:
        assert tracker.get("myself")
        machine.access.revoke(first)
        with pytest.raises(NotLoggedIn, match="YC_TOKEN"):
            tracker.get("myself")
        machine.environ["YC_TOKEN"] = machine.access.token
        assert tracker.get("myself")


def test_without_any_login_the_hint_names_the_variables(machine):
    """Where there is no login, the hint names TRACKER_TOKEN."""
    for find in (
        lambda: default_credentials(machine.context),
        lambda: credentials_for(machine.context, "env"),
        lambda: credentials_for(machine.context, "stored"),
    ):
        with pytest.raises(NotLoggedIn) as excinfo:
            find()
        assert "TRACKER_TOKEN" in excinfo.value.hint
    with pytest.raises(NotLoggedIn, match="no stored profile with this name: `work`"):
        default_credentials(machine.context, "work")


@pytest.mark.parametrize("strategy", INTERACTIVE)
def test_an_interactive_strategy_is_refused(machine, strategy):
    """credentials_for refuses an interactive strategy and names those that ask no questions."""
    with pytest.raises(BadOption, match="person who answers questions") as excinfo:
        credentials_for(machine.context, strategy)
    assert "service-account" in excinfo.value.hint


def store_login(machine, name="default", **details):
    """Store a login of the embedded Tracker's person and return its credentials."""
    token = Token(
        Secret(machine.access.token), refresh=Secret(machine.access.oauth[machine.access.token].refresh), **details
    )
    credentials = machine.context.oauth_credentials(
        machine.app, token, "test", Organisation(machine.access.org_id, "360")
    )
    return save_login(machine.context, credentials, "me", "file", name)


def test_a_stored_login_logs_in_and_the_environment_hides_it(machine):
    """The environment comes before the stored profile and its note says so; a named profile is used alone."""
    store_login(machine)
    assert machine.me(default_credentials(machine.context)).source == "profile default"
    machine.set(TRACKER_TOKEN=machine.access.token, TRACKER_ORG_ID=machine.access.org_id)
    credentials = default_credentials(machine.context)
    assert credentials.login.source == "environment: TRACKER_TOKEN"
    assert "TRACKER_TOKEN hides the stored profile 'default'" in credentials.note
    assert default_credentials(machine.context, "default").login.source == "profile default"
    assert credentials_for(machine.context, "stored").note == ""


def test_a_profile_of_another_name_is_not_hidden(machine):
    """A token in the environment has no note about profiles other than the default one."""
    store_login(machine, "work")
    assert credentials_for(machine.set(TRACKER_TOKEN=machine.access.token), "env").note == ""


def test_a_stored_token_goes_to_its_own_address_only(machine):
    """A stored token is never sent to another address than the one it was made for."""
    store_login(machine)
    machine.environ["TRACKER_API_BASE_URL"] = "https://tracker.example.com"
    with pytest.raises(
        NotLoggedIn, match=r"belongs to http://127.0.0.1:\d+, but the environment names https://tracker"
    ):
        default_credentials(machine.context)
    del machine.environ["TRACKER_API_BASE_URL"]
    assert default_credentials(machine.context).addresses.api == machine.demo.url
    assert machine.demo.journal == []


def test_the_metadata_service_is_asked_without_a_proxy(machine, monkeypatch):
    """The metadata service is asked directly, and a note says that it logs in as the machine's service account."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    credentials = credentials_for(machine.set(TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id), "metadata")
    assert machine.me(credentials).source == "metadata of this machine"
    assert "not as you" in credentials.note
    assert machine.requests_to(METADATA)[0].headers["Metadata-Flavor"] == "Google"
    assert "Authorization" not in machine.requests_to(METADATA)[0].headers


def test_a_missing_metadata_service_is_reported_quickly(machine):
    """A machine without a metadata service or without a service account is reported within seconds."""
    machine.switches.metadata_account = False
    with pytest.raises(LoginRefused, match="no service account is linked"):
        credentials_for(machine.context, "metadata")
    machine.add_fault("slow", METADATA, seconds=3.0)
    started = time.monotonic()
    with pytest.raises(LoginRefused, match="no metadata service answers") as excinfo:
        credentials_for(machine.context, "metadata")
    assert time.monotonic() - started < 10
    assert "virtual machine" in excinfo.value.hint
    machine.environ["TRACKER_METADATA_BASE_URL"] = "http://127.0.0.1:9"
    with pytest.raises(LoginRefused, match="no metadata service answers"):
        credentials_for(machine.context, "metadata")


def test_the_metadata_service_is_used_only_on_request(machine):
    """The default credentials never come from the metadata service."""
    with pytest.raises(NotLoggedIn):
        default_credentials(machine.context)
    assert machine.demo.journal == []


@pytest.mark.parametrize("name", ["TRACKER_TOKEN", "YC_OAUTH_TOKEN", "YC_TOKEN"])
def test_the_exchange_logs_in_and_says_that_it_is_being_withdrawn(machine, name):
    """The exchange sends only the IAM token to the API, and its note says that Yandex Cloud is withdrawing it."""
    context = machine.set(**{name: machine.access.token}, TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id)
    credentials = credentials_for(context, "exchange")
    assert machine.me(credentials).source == "OAuth token exchanged for an IAM token"
    assert "withdrawing" in credentials.note
    assert [request.headers["Authorization"][:10] for request in machine.requests_to("/v3/myself")] == ["Bearer t1."]


def test_a_refused_exchange_names_other_ways(machine):
    """A refused exchange reports the service's words and names other ways to log in."""
    machine.switches.passport_exchange = False
    with pytest.raises(LoginRefused, match="Exchange of OAuth tokens is switched off") as excinfo:
        credentials_for(machine.set(TRACKER_TOKEN=machine.access.token), "exchange")
    assert "yc" in excinfo.value.hint
    with pytest.raises(NotLoggedIn, match="needs an OAuth token"):
        credentials_for(machine.set(TRACKER_TOKEN=""), "exchange")


def test_the_other_organisation_header_is_tried_once(machine):
    """An organisation id of the wrong kind works with the other header; a wrong id costs two requests."""
    machine.set(TRACKER_TOKEN=machine.access.token, TRACKER_ORG_ID=machine.access.cloud_org_id)
    with signed_in(default_credentials(machine.context)) as tracker:
        assert tracker.organisation == Organisation(machine.access.cloud_org_id, "cloud")
    machine.demo.journal.clear()
    with pytest.raises(Forbidden, match="X-Org-ID: 999"):
        signed_in(default_credentials(machine.set(TRACKER_ORG_ID="999")))
    assert len(machine.requests_to("/v3/myself")) == 2


def test_the_internal_variant_needs_no_organisation(machine):
    """Only at the default address is a token without an organisation refused."""
    machine.access.internal = True
    assert machine.me(default_credentials(machine.set(TRACKER_TOKEN=machine.access.token))).org is None
    del machine.environ["TRACKER_API_BASE_URL"]
    with pytest.raises(NotLoggedIn, match="no organisation"):
        tracker_of(default_credentials(machine.context))


def test_an_expired_token_that_cannot_be_renewed_is_reported(machine):
    """An expired token without a refresh token fails after one request, and the message names its source."""
    machine.access.expire(machine.access.token)
    with pytest.raises(NotLoggedIn, match="environment: TRACKER_TOKEN"):
        machine.me(
            default_credentials(machine.set(TRACKER_TOKEN=machine.access.token, TRACKER_ORG_ID=machine.access.org_id))
        )
    assert machine.requests_to() == []


def test_a_refused_refresh_says_to_log_in_again(machine):
    """An expired refresh token leads to a hint to log in again."""
    machine.switches.token_lifetime_s = 600
    machine.access.token = machine.access.issue(machine.access.me)
    credentials = store_login(machine, expires_at=machine.access.oauth[machine.access.token].expires_at)
    machine.advance(seconds=601)
    with pytest.raises(LoginExpired, match="could not be renewed") as excinfo:
        machine.me(credentials)
    assert "%tracker login" in excinfo.value.hint


def test_the_app_is_taken_from_the_first_place_that_has_one(machine):
    """The app is the given one, else that of the environment, else that of the default profile."""
    context = machine.context
    assert context.app() is None
    assert context.app("typed", Secret("s")) == App("typed", Secret("s"))
    store_login(machine)
    assert machine.context.app() == machine.app
    assert machine.context.app(machine.app.client_id) == machine.app, "the secret is known already"
    assert machine.context.app("other").secret is None
    named = machine.set(TRACKER_CLIENT_ID="env", TRACKER_CLIENT_SECRET="e")
    assert (named.app().client_id, named.app("env", Secret("new")).secret) == ("env", Secret("new"))
    machine.environ["TRACKER_CLIENT_ID"] = ""
    (machine.home / "profiles" / "default.json").write_text("{")
    assert machine.context.app() is None
