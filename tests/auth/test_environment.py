"""Credentials from the environment."""

from datetime import UTC, datetime

import pytest

from tracker_magic.auth import Organisation, environment, organisation
from tracker_magic.errors import BadOption, LoginExpired, SettingsError

ORG, CLOUD = Organisation("1", "360"), Organisation("bpf", "cloud")


def login(environ):
    """The login that the environment names."""
    return environment.login(environ, lambda: datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("environ", "scheme", "source", "org"),
    [
        ({"TRACKER_TOKEN": "y0_a", "TRACKER_ORG_ID": "1"}, "OAuth", "TRACKER_TOKEN", ORG),
        ({"YANDEX_TRACKER_TOKEN": "y0_a", "YANDEX_TRACKER_ORG_ID": "1"}, "OAuth", "YANDEX_TRACKER_TOKEN", ORG),
        ({"TRACKER_IAM_TOKEN": "t1.a", "TRACKER_CLOUD_ORG_ID": "bpf"}, "Bearer", "TRACKER_IAM_TOKEN", CLOUD),
        ({"YANDEX_TRACKER_CLOUD_ORG_ID": "bpf", "YC_IAM_TOKEN": "t1.a"}, "Bearer", "YC_IAM_TOKEN", CLOUD),
        ({"TRACKER_TOKEN": "y0_a", "YC_IAM_TOKEN": "t1.a"}, "OAuth", "TRACKER_TOKEN", None),
        ({"TRACKER_TOKEN": " y0_a \n"}, "OAuth", "TRACKER_TOKEN", None),
        ({"TRACKER_TOKEN": "", "YC_IAM_TOKEN": "t1.a"}, "Bearer", "YC_IAM_TOKEN", None),
        ({"YC_TOKEN": "t1.a.b"}, "Bearer", "YC_TOKEN", None),
        ({"YC_TOKEN": "y0_a"}, "OAuth", "YC_TOKEN", None),
        ({"YC_TOKEN": "AQAAAA"}, "OAuth", "YC_TOKEN", None),
        ({"YC_OAUTH_TOKEN": "y0_a"}, "OAuth", "YC_OAUTH_TOKEN", None),
        ({"YC_IAM_TOKEN": "t1.a", "YC_TOKEN": "y0_a"}, "Bearer", "YC_IAM_TOKEN", None),
    ],
)  # fmt: skip
def test_each_name_gives_its_login(environ, scheme, source, org):
    """First names win over second ones, an empty value is none, and the source says which name it was."""
    found = login(environ)
    assert (found.scheme, found.source, environment.organisation_of(environ)) == (scheme, f"environment: {source}", org)
    secret = found.token().secret.reveal()
    assert secret.strip() == secret


def test_no_token_is_no_login():
    """An organisation alone is no login."""
    assert login({}) is None
    assert login({"TRACKER_ORG_ID": "1"}) is None


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"TRACKER_TOKEN": "a", "TRACKER_IAM_TOKEN": "b"}, "TRACKER_TOKEN and TRACKER_IAM_TOKEN"),
        (
            {"TRACKER_TOKEN": "a", "TRACKER_ORG_ID": "1", "TRACKER_CLOUD_ORG_ID": "2"},
            "TRACKER_ORG_ID and TRACKER_CLOUD",
        ),
        ({"TRACKER_TOKEN": "two words"}, "TRACKER_TOKEN holds blanks"),
        ({"TRACKER_TOKEN": "a", "TRACKER_ORG_ID": "1\r\nwords: y"}, "TRACKER_ORG_ID: this is no organisation id"),
    ],
)
def test_what_contradicts_or_cannot_be_sent_is_a_settings_error(environ, named):
    """The names are told, never the values."""
    with pytest.raises(SettingsError, match=named) as caught:
        login(environ)
    assert "words" not in str(caught.value)


def test_all_mistakes_are_told_at_once():
    """Tokens and organisations together."""
    twice = {"TRACKER_TOKEN": "a", "TRACKER_IAM_TOKEN": "b", "TRACKER_ORG_ID": "1", "TRACKER_CLOUD_ORG_ID": "2"}
    with pytest.raises(SettingsError, match=r"two tokens .*; two organisations"):
        login(twice)


@pytest.mark.parametrize("name", environment.AMBIENT_NAMES)
def test_a_name_that_others_renew_is_read_anew_at_each_use(name):
    """Its kind too, where the name holds both; a name that is gone has run out."""
    environ = {name: "t1.first.a"}
    found = login(environ)
    first = found.token()
    environ[name] = "y0_second"
    assert found.token().secret.reveal() == "y0_second"
    assert found.token().scheme == ("OAuth" if name != "YC_IAM_TOKEN" else "Bearer")
    assert found.renewed_after(first)
    assert not found.renewed_after(found.token()), "the same token is not worth another try"
    del environ[name]
    with pytest.raises(LoginExpired, match=f"{name} is no longer set"):
        found.token()


def test_a_name_of_ours_is_read_once():
    """A session keeps its login when the cell that set it changes it."""
    environ = {"TRACKER_TOKEN": "y0_first"}
    found = login(environ)
    environ["TRACKER_TOKEN"] = "y0_second"
    assert found.token().secret.reveal() == "y0_first"
    assert not found.renewed_after(found.token())


def test_the_app_and_the_token_for_the_exchange():
    """Their names and second names; YC_TOKEN only where it holds an OAuth token."""
    app = environment.app({"TRACKER_CLIENT_ID": "id", "TRACKER_CLIENT_SECRET": "s"})
    assert (app.client_id, app.secret.reveal()) == ("id", "s")
    assert environment.app({"YANDEX_TRACKER_CLIENT_ID": "id"}).secret is None
    assert environment.app({"TRACKER_CLIENT_SECRET": "s"}) is None
    given = [{"TRACKER_TOKEN": "y0_a"}, {"YC_OAUTH_TOKEN": "y0_a"}, {"YC_TOKEN": "y0_a"}]
    assert [environment.oauth_token(each).reveal() for each in given] == ["y0_a"] * 3
    assert environment.oauth_token({"YC_TOKEN": "t1.a.b"}) is None
    assert environment.oauth_token({"TRACKER_TOKEN": "two words"}) is None


def test_a_key_of_three_names_is_whole_or_an_error():
    """The missing names are told."""
    assert environment.service_key({}) is None
    with pytest.raises(SettingsError, match="lacks TRACKER_SA_KEY_ID, TRACKER_SA_SERVICE_ACCOUNT_ID"):
        environment.service_key({"TRACKER_SA_PRIVATE_KEY": "-----BEGIN"})
    key = environment.service_key(
        {"TRACKER_SA_KEY_ID": "k", "TRACKER_SA_SERVICE_ACCOUNT_ID": "a", "TRACKER_SA_PRIVATE_KEY": "x -----BEGIN y"}
    )
    assert (key.id, key.account, key.private_key.reveal()) == ("k", "a", "-----BEGIN y")


def test_one_organisation_has_one_header():
    """Yandex 360 and Yandex Cloud each have their own; two are refused, none is none."""
    assert organisation(123, None).header == "X-Org-ID"
    assert organisation(None, "bpf1").header == "X-Cloud-Org-ID"
    assert organisation(None, "") is None
    with pytest.raises(BadOption, match="two"):
        organisation("1", "bpf")


@pytest.mark.parametrize(("text", "kind"), [("1234567", "360"), (" bpfabc ", "cloud"), ("0", "360")])
def test_the_kind_of_an_organisation_is_guessed_from_its_form(text, kind):
    """Digits belong to Yandex 360; the other kind has the same id."""
    found = Organisation.guessed(text)
    assert (found.id, found.kind) == (text.strip(), kind)
    assert found.other.other == found
    assert found.other.header != found.header


@pytest.mark.parametrize("text", ["", "  ", "a b", "id\r\nX: y", "бпф"])
def test_what_is_no_organisation_is_refused(text):
    """With the address where the id stands, or what it looks like."""
    with pytest.raises(BadOption, match="organisation id"):
        Organisation.guessed(text)
