"""A service account's key, exchanged for an IAM token, end to end against the embedded services."""

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
    """A key, generated once because that takes time."""
    return rsa.generate_private_key(65_537, 2048)


@pytest.fixture
def key_file(machine, key, tmp_path) -> Path:
    """The authorised key of a service account that the embedded Tracker knows."""
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    machine.account = machine.access.add_account(machine.access.me, {"ajekey": public.decode()})
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    record = {
        "id": "ajekey",
        "service_account_id": machine.account.id,
        "private_key": f"PLEASE DO NOT REMOVE\n{private}",
    }
    file = tmp_path / "key.json"
    file.write_bytes(orjson.dumps(record))
    return file


def test_a_service_account_logs_in(machine, key_file):
    """A key from a file, from JSON or from three variables logs in, and a new JWT renews the token."""
    record = orjson.loads(key_file.read_bytes())
    names = dict(zip(("TRACKER_SA_KEY_ID", "TRACKER_SA_SERVICE_ACCOUNT_ID", "TRACKER_SA_PRIVATE_KEY"),
                     (record["id"], record["service_account_id"], record["private_key"].replace("\n", "\\n")),
                     strict=True))  # fmt: skip
    machine.set(TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id)
    text = key_file.read_text()
    for variables in (
        {"TRACKER_SA_KEY_FILE": str(key_file)},
        {"TRACKER_SA_KEY": text, "TRACKER_SA_KEY_FILE": "/none.json"},
        {"TRACKER_SA_KEY_FILE": f"\ufeff{text}"},
        names,
    ):
        machine.environ = {name: text for name, text in machine.environ.items() if "_SA_" not in name} | variables
        credentials = credentials_for(machine.context, "service-account")
        assert machine.me(credentials).source == f"service account {machine.account.id}"
        assert default_credentials(machine.context).login.source == credentials.login.source, "connect() takes it too"
    machine.advance(hours=11, minutes=56)
    first = machine.requests_to(IAM)
    assert machine.me(credentials)
    assert len(machine.requests_to(IAM)) == len(first) + 1


@pytest.mark.parametrize(("hours", "statuses"), [(-30, [401, 200]), (0, [200]), (30, [401, 200])])
def test_a_service_account_logs_in_however_wrong_the_clock_is(machine, key_file, hours, statuses):
    """A JWT that is refused because of this machine's clock is signed again for the time of the service."""
    machine.set(TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id, TRACKER_SA_KEY_FILE=str(key_file))
    credentials = credentials_for(machine.context_with_wrong_clock(hours=hours), "service-account")
    assert machine.me(credentials)
    assert [request.status for request in machine.requests_to(IAM)] == statuses


def test_a_service_account_that_is_not_enabled_is_sent_to_support(machine, key_file):
    """A 401 after a successful exchange has a hint about Tracker's support, not about another login."""
    machine.account.enabled = False
    machine.set(TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id, TRACKER_SA_KEY_FILE=str(key_file))
    with pytest.raises(NotLoggedIn, match="service account") as excinfo:
        signed_in(credentials_for(machine.context, "service-account"))
    assert "Tracker's support" in excinfo.value.hint
    assert "Logging in again will not help" in excinfo.value.hint


@pytest.mark.parametrize(
    ("status", "error_class", "message"),
    [(400, LoginRefused, "Bad request"), (401, LoginRefused, "Unauthenticated"), (403, LoginRefused, "Forbidden"),
     (503, ServiceBroken, "has a problem")],
)  # fmt: skip
def test_refusals_of_the_iam_service_are_reported(machine, key_file, status, error_class, message):
    """A refusal is reported in the service's words; a server error is not the person's fault."""
    machine.switches.iam_error = status
    with pytest.raises(error_class, match=message):
        credentials_for(machine.set(TRACKER_SA_KEY_FILE=str(key_file)), "service-account")


def test_a_key_of_an_unknown_account_is_refused(machine, key_file):
    """An unknown account, or no key at all, is reported with what to check."""
    machine.access.accounts.clear()
    with pytest.raises(LoginRefused, match="Service account is not found") as excinfo:
        credentials_for(machine.set(TRACKER_SA_KEY_FILE=str(key_file)), "service-account")
    assert "Check the key" in excinfo.value.hint
    assert len(machine.requests_to(IAM)) == 1
    with pytest.raises(NotLoggedIn, match="no service account key"):
        credentials_for(machine.set(TRACKER_SA_KEY_FILE=""), "service-account")


def test_mistakes_in_the_environment_are_reported_before_anything_is_sent(machine, key_file):
    """Contradictory variables are reported before the IAM service is contacted."""
    machine.set(TRACKER_SA_KEY_FILE=str(key_file), TRACKER_ORG_ID="1", TRACKER_CLOUD_ORG_ID="bpf")
    with pytest.raises(SettingsError, match="two organisations"):
        credentials_for(machine.context, "service-account")
    assert machine.requests_to(IAM) == []
