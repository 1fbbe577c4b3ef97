"""Credentials from environment variables."""

import pytest

from tracker_magic.auth import Clock, Organisation, environment, organisation
from tracker_magic.errors import BadOption, LoginExpired, SettingsError

ORG, CLOUD = Organisation("1", "360"), Organisation("bpf", "cloud")


def login_from(environ):
    """The login in these environment variables."""
    return environment.login(environ, Clock())


@pytest.mark.parametrize(
    ("environ", "scheme", "source", "org"),
    [
        ({"TRACKER_TOKEN": "y0_a", "TRACKER_ORG_ID": "1"}, "OAuth", "TRACKER_TOKEN", ORG),
        ({"YANDEX_TRACKER_TOKEN": "y0_a", "YANDEX_TRACKER_ORG_ID": "1"}, "OAuth", "YANDEX_TRACKER_TOKEN", ORG),
        ({"TRACKER_IAM_TOKEN": "t1.a", "TRACKER_CLOUD_ORG_ID": "bpf"}, "Bearer", "TRACKER_IAM_TOKEN", CLOUD),
        ({"YANDEX_TRACKER_CLOUD_ORG_ID": "bpf", "YC_IAM_TOKEN": "t1.a"}, "Bearer", "YC_IAM_TOKEN", CLOUD),
        ({"TRACKER_TOKEN": "y0_a", "YC_IAM_TOKEN": "t1.a"}, "OAuth", "TRACKER_TOKEN", None),
        ({"TRACKER_TOKEN": " y0_a \n"}, "OAuth", "TRACKER_TOKEN", None),
        ({"TRACKER_TOKEN": "'OAuth y0_a'", "TRACKER_ORG_ID": '"1"'}, "OAuth", "TRACKER_TOKEN", ORG),
        ({"YC_IAM_TOKEN": "\ufeffBearer t1.a", "TRACKER_CLOUD_ORG_ID": "bp\u200bf"}, "Bearer", "YC_IAM_TOKEN", CLOUD),
        ({"TRACKER_TOKEN": '""', "YC_IAM_TOKEN": '"t1.a"'}, "Bearer", "YC_IAM_TOKEN", None),
        ({"TRACKER_TOKEN": "", "YC_IAM_TOKEN": "t1.a"}, "Bearer", "YC_IAM_TOKEN", None),
        ({"YC_TOKEN": "t1.a.b"}, "Bearer", "YC_TOKEN", None),
        ({"YC_TOKEN": "y0_a"}, "OAuth", "YC_TOKEN", None),
        ({"YC_TOKEN": "AQAAAA"}, "OAuth", "YC_TOKEN", None),
        ({"YC_OAUTH_TOKEN": "y0_a"}, "OAuth", "YC_OAUTH_TOKEN", None),
        ({"YC_IAM_TOKEN": "t1.a", "YC_TOKEN": "y0_a"}, "Bearer", "YC_IAM_TOKEN", None),
    ],
)  # fmt: skip
def test_each_variable_gives_its_login(environ, scheme, source, org):
    """The first variable with a value decides token, scheme and organisation, and the source names it."""
    login = login_from(environ)
    assert (login.scheme, login.source, environment.organisation_of(environ)) == (scheme, f"environment: {source}", org)
    secret = login.token().secret.reveal()
    assert secret in {"y0_a", "t1.a", "t1.a.b", "AQAAAA"}


def test_without_a_token_there_is_no_login():
    """An organisation alone is not a login."""
    assert login_from({}) is None
    assert login_from({"TRACKER_ORG_ID": "1"}) is None


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"TRACKER_TOKEN": "a", "TRACKER_IAM_TOKEN": "b"}, "TRACKER_TOKEN and TRACKER_IAM_TOKEN"),
        (
            {"TRACKER_TOKEN": "a", "TRACKER_ORG_ID": "1", "TRACKER_CLOUD_ORG_ID": "2"},
            "TRACKER_ORG_ID and TRACKER_CLOUD",
        ),
        ({"TRACKER_TOKEN": "two words"}, "TRACKER_TOKEN contains spaces"),
        ({"TRACKER_TOKEN": "a", "TRACKER_ORG_ID": "1\r\nwords: y"}, "TRACKER_ORG_ID: this is not an organisation id"),
    ],
)
def test_contradictory_or_unusable_variables_are_a_settings_error(environ, message):
    """The error names the variables, never their values."""
    with pytest.raises(SettingsError, match=message) as excinfo:
        login_from(environ)
    assert "words" not in str(excinfo.value)


def test_all_mistakes_are_reported_at_once():
    """One SettingsError reports mistakes about tokens and about organisations together."""
    tokens = {"TRACKER_TOKEN": "a", "TRACKER_IAM_TOKEN": "b"}
    organisations = {"TRACKER_ORG_ID": "1", "TRACKER_CLOUD_ORG_ID": "2"}
    with pytest.raises(SettingsError, match=r"two tokens .*; two organisations"):
        login_from(tokens | organisations)


@pytest.mark.parametrize("name", environment.AMBIENT_NAMES)
def test_an_ambient_variable_is_read_at_each_use(name):
    """A variable that other programs update is read at each use, with its scheme; without a value it has expired."""
    environ = {name: "t1.first.a"}
    login = login_from(environ)
    first = login.token()
    environ[name] = "y0_second"
    assert login.token().secret.reveal() == "y0_second"
    assert login.token().scheme == ("OAuth" if name != "YC_IAM_TOKEN" else "Bearer")
    assert login.renewed_after(first)
    assert not login.renewed_after(login.token()), "the same token is not worth another try"
    del environ[name]
    with pytest.raises(LoginExpired, match=f"no longer holds a token: {name}"):
        login.token()


def test_a_variable_of_our_own_is_read_once():
    """A session keeps its login when TRACKER_TOKEN changes later."""
    environ = {"TRACKER_TOKEN": "y0_first"}
    login = login_from(environ)
    environ["TRACKER_TOKEN"] = "y0_second"
    assert login.token().secret.reveal() == "y0_first"
    assert not login.renewed_after(login.token())


def test_the_app_and_the_token_to_exchange():
    """The app and the OAuth token to exchange come from their variables; YC_TOKEN counts only if it is no IAM token."""
    app = environment.app({"TRACKER_CLIENT_ID": "id", "TRACKER_CLIENT_SECRET": "s"})
    assert (app.client_id, app.secret.reveal()) == ("id", "s")
    assert environment.app({"YANDEX_TRACKER_CLIENT_ID": "id"}).secret is None
    assert environment.app({"TRACKER_CLIENT_SECRET": "s"}) is None
    with pytest.raises(SettingsError, match="TRACKER_CLIENT_ID: this is not a ClientID"):
        environment.app({"TRACKER_CLIENT_ID": "y0_" + "a" * 58})
    environs = [{"TRACKER_TOKEN": "y0_a"}, {"YC_OAUTH_TOKEN": "y0_a"}, {"YC_TOKEN": "y0_a"}]
    assert [environment.oauth_token(each).reveal() for each in environs] == ["y0_a"] * 3
    assert environment.oauth_token({"YC_TOKEN": "t1.a.b"}) is None
    assert environment.oauth_token({"TRACKER_TOKEN": "two words"}) is None


def test_a_key_in_three_variables_must_be_complete():
    """A service account key with a missing variable is a SettingsError that names it."""
    assert environment.service_key({}) is None
    with pytest.raises(SettingsError, match="not set: TRACKER_SA_KEY_ID, TRACKER_SA_SERVICE_ACCOUNT_ID"):
        environment.service_key({"TRACKER_SA_PRIVATE_KEY": "-----BEGIN"})
    key = environment.service_key(
        {"TRACKER_SA_KEY_ID": "k", "TRACKER_SA_SERVICE_ACCOUNT_ID": "a", "TRACKER_SA_PRIVATE_KEY": "x -----BEGIN y"}
    )
    assert (key.id, key.account_id, key.private_key.reveal()) == ("k", "a", "-----BEGIN y")


def test_each_kind_of_organisation_has_one_header():
    """Organisations of Yandex 360 and Yandex Cloud have different headers, and two ids are refused."""
    assert organisation(123, None).header == "X-Org-ID"
    assert organisation(None, "bpf1").header == "X-Cloud-Org-ID"
    assert organisation(None, "") is None
    with pytest.raises(BadOption, match="two"):
        organisation("1", "bpf")


@pytest.mark.parametrize(("text", "kind"), [("1234567", "360"), (" bpfabc ", "cloud"), ("0", "360")])
def test_the_kind_of_an_organisation_is_guessed_from_its_id(text, kind):
    """An id of digits belongs to Yandex 360, any other to Yandex Cloud."""
    guess = Organisation.guessed(text)
    assert (guess.id, guess.kind) == (text.strip(), kind)
    assert guess.other.other == guess
    assert guess.other.header != guess.header


@pytest.mark.parametrize(
    "text",
    ["", "  ", "a b", "id\r\nX: y", "бпф", "y0_" + "a" * 58, "AQAD-" + "q" * 34, "0123456789abcdef" * 2, "1" * 37],
)
def test_an_invalid_organisation_id_is_refused(text):
    """A text that cannot be an organisation id, such as a token or an app's secret, is a BadOption."""
    with pytest.raises(BadOption, match="organisation id"):
        Organisation.guessed(text)
