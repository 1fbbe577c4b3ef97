"""A service account's key becomes a JWT, and that an IAM token: end to end against the embedded services."""

from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tracker_magic.auth import credentials_for, default_credentials
from tracker_magic.errors import LoginRefused, NotLoggedIn, ServiceBroken, SettingsError
from tracker_magic.tracker import signed_in

IAM = "/iam/v1/tokens"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """A key, made once: that takes time."""
    return rsa.generate_private_key(65_537, 2048)


@pytest.fixture
def key_file(place, key, tmp_path) -> Path:
    """The authorised key of a service account that the embedded Tracker knows."""
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    place.account = place.access.add_account(place.access.me, {"ajekey": public.decode()})
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    record = {"id": "ajekey", "service_account_id": place.account.id, "private_key": f"PLEASE DO NOT REMOVE\n{private}"}
    file = tmp_path / "key.json"
    file.write_bytes(orjson.dumps(record))
    return file


def test_a_service_account_logs_in(place, key_file):
    """By the key's file, or by three names; renewed by another JWT before the token ends."""
    record = orjson.loads(key_file.read_bytes())
    names = dict(zip(("TRACKER_SA_KEY_ID", "TRACKER_SA_SERVICE_ACCOUNT_ID", "TRACKER_SA_PRIVATE_KEY"),
                     (record["id"], record["service_account_id"], record["private_key"].replace("\n", "\\n")),
                     strict=True))  # fmt: skip
    place.set(TRACKER_CLOUD_ORG_ID=place.access.cloud_org_id)
    for given in ({"TRACKER_SA_KEY_FILE": str(key_file)}, names):
        place.environ = {name: text for name, text in place.environ.items() if "_SA_" not in name} | given
        found = credentials_for(place.context, "service-account")
        assert place.me(found).source == f"service account {place.account.id}"
        assert default_credentials(place.context).login.source == found.login.source, "connect() takes it too"
    place.later(hours=11, minutes=56)
    first = place.asked(IAM)
    assert place.me(found)
    assert len(place.asked(IAM)) == len(first) + 1


def test_a_service_account_that_is_not_let_in_says_whom_to_write_to(place, key_file):
    """The exchange succeeded, so a 401 of the API means Tracker's support; not another login."""
    place.account.enabled = False
    place.set(TRACKER_CLOUD_ORG_ID=place.access.cloud_org_id, TRACKER_SA_KEY_FILE=str(key_file))
    with pytest.raises(NotLoggedIn, match="service account") as caught:
        signed_in(credentials_for(place.context, "service-account"))
    assert "Tracker's support" in caught.value.hint
    assert "Logging in again will not help" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [(400, LoginRefused, "Bad request"), (401, LoginRefused, "Unauthenticated"), (403, LoginRefused, "Forbidden"),
     (503, ServiceBroken, "has a problem")],
)  # fmt: skip
def test_refusals_of_the_iam_service(place, key_file, status, kind, said):
    """With its own words; that it is down is not the person's doing."""
    place.switches.iam_error = status
    with pytest.raises(kind, match=said):
        credentials_for(place.set(TRACKER_SA_KEY_FILE=str(key_file)), "service-account")


def test_a_key_of_nobody_is_refused(place, key_file):
    """The account is unknown, or the key is not its own."""
    place.access.accounts.clear()
    with pytest.raises(LoginRefused, match="Service account is not found") as caught:
        credentials_for(place.set(TRACKER_SA_KEY_FILE=str(key_file)), "service-account")
    assert "Check the key" in caught.value.hint
    with pytest.raises(NotLoggedIn, match="no service account's key"):
        credentials_for(place.set(TRACKER_SA_KEY_FILE=""), "service-account")


def test_mistakes_of_the_environment_are_told_before_anything_is_fetched(place, key_file):
    """Two organisations: the IAM service is not asked."""
    place.set(TRACKER_SA_KEY_FILE=str(key_file), TRACKER_ORG_ID="1", TRACKER_CLOUD_ORG_ID="bpf")
    with pytest.raises(SettingsError, match="two organisations"):
        credentials_for(place.context, "service-account")
    assert place.asked(IAM) == []
