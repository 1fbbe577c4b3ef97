"""Credentials from the environment."""

import pytest

from tracker_magic.auth import Organisation, from_environment, organisation
from tracker_magic.errors import BadOption, SettingsError

ORG, CLOUD = Organisation("1", "360"), Organisation("bpf", "cloud")


@pytest.mark.parametrize(
    ("environ", "scheme", "source", "org"),
    [
        ({"TRACKER_TOKEN": "y0_a", "TRACKER_ORG_ID": "1"}, "OAuth", "TRACKER_TOKEN", ORG),
        ({"YANDEX_TRACKER_TOKEN": "y0_a", "YANDEX_TRACKER_ORG_ID": "1"}, "OAuth", "YANDEX_TRACKER_TOKEN", ORG),
        ({"TRACKER_IAM_TOKEN": "t1.a", "TRACKER_CLOUD_ORG_ID": "bpf"}, "Bearer", "TRACKER_IAM_TOKEN", CLOUD),
        ({"TRACKER_TOKEN": "y0_a", "YC_IAM_TOKEN": "t1.a"}, "OAuth", "TRACKER_TOKEN", None),
        ({"TRACKER_TOKEN": " y0_a \n"}, "OAuth", "TRACKER_TOKEN", None),
        ({"TRACKER_TOKEN": "", "YC_IAM_TOKEN": "t1.a"}, "Bearer", "YC_IAM_TOKEN", None),
    ],
)  # fmt: skip
def test_each_name_gives_its_login(environ, scheme, source, org):
    """First names win over second ones, an empty value is none, and the source says which name it was."""
    credentials, found = from_environment(environ)
    assert (credentials.scheme, credentials.source, found) == (scheme, f"environment: {source}", org)
    assert credentials.token.reveal().strip() == credentials.token.reveal()


def test_no_token_is_no_login():
    """An organisation alone is no login."""
    assert from_environment({}) is None
    assert from_environment({"TRACKER_ORG_ID": "1"}) is None


@pytest.mark.parametrize(
    "environ",
    [
        {"TRACKER_TOKEN": "a", "TRACKER_IAM_TOKEN": "b"},
        {"TRACKER_TOKEN": "a", "TRACKER_ORG_ID": "1", "TRACKER_CLOUD_ORG_ID": "2"},
        {"TRACKER_TOKEN": "two words"},
        {"TRACKER_TOKEN": "a", "TRACKER_ORG_ID": "1\r\nX: y"},
    ],
)
def test_what_contradicts_or_cannot_be_sent_is_a_settings_error(environ):
    """The names are told, never the values."""
    with pytest.raises(SettingsError, match="TRACKER") as caught:
        from_environment(environ)
    assert "words" not in str(caught.value)


def test_one_organisation_has_one_header():
    """Yandex 360 and Yandex Cloud each have their own; two are refused, none is none."""
    assert organisation(123, None).header == "X-Org-ID"
    assert organisation(None, "bpf1").header == "X-Cloud-Org-ID"
    assert organisation(None, "") is None
    with pytest.raises(BadOption, match="two"):
        organisation("1", "bpf")
