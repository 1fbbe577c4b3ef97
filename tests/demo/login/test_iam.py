"""The IAM and metadata services of the embedded Tracker, over HTTP."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.login.access import Access
from tracker_magic.demo.login.iam import AUDIENCE, timestamp
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo

TOKENS = "/iam/v1/tokens"
METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"
FLAVOR = {"Metadata-Flavor": "Google"}


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """A private and a public key, PEM."""
    key = rsa.generate_private_key(65_537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


class Service:
    """IAM, served, with one service account that has one key, and a clock that tests set."""

    def __init__(self, world: World, pair: tuple[str, str]) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.private, public = pair
        self.access = Access(world, clock=lambda: self.now)
        self.account = self.access.add_account(world.me, {"ajekey": public})
        self.demo = Demo(world, self.access)
        self.session = requests.Session()
        self.session.trust_env = False

    def post(self, body: Any, path: str = TOKENS) -> tuple[int, Any]:
        """Send JSON; returns status and body."""
        response = self.session.post(self.demo.url + path, json=body, timeout=10)
        return response.status_code, response.json()

    def signed(self, algorithm: str = "PS256", kid: str = "ajekey", **claims: Any) -> str:
        """A JWT signed with the key of the account; `claims` replace the right ones, and None removes one."""
        now = int(self.now.timestamp())
        valid = {"iss": self.account.id, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
        payload = {name: value for name, value in (valid | claims).items() if value is not None}
        key = self.private if algorithm != "HS256" else "k" * 64
        return jwt.encode(payload, key, algorithm, headers={"kid": kid})

    def status(self, token: str) -> int:
        """The status of an API request with this IAM token."""
        headers = {"Authorization": f"Bearer {token}", "X-Cloud-Org-ID": self.access.cloud_org_id}
        return self.session.get(f"{self.demo.url}/v3/myself", headers=headers, timeout=10).status_code


@pytest.fixture
def service(world: World, pair: tuple[str, str]) -> Iterator[Service]:
    """A new IAM service for each test."""
    service = Service(world, pair)
    with service.demo, service.session:
        yield service


def test_a_jwt_gives_a_token(service: Service) -> None:
    """A valid JWT gives an IAM token of the published form, which works until it expires."""
    status, body = service.post({"jwt": service.signed()})
    assert status == 200
    assert re.fullmatch(r"t1\.[A-Za-z0-9_-]+={0,2}\.[A-Za-z0-9_-]{86}={0,2}", body["iamToken"])
    assert body["expiresAt"].startswith("2026-03-02T21:00:00")
    assert service.status(body["iamToken"]) == 200
    service.now += timedelta(hours=12)
    assert service.status(body["iamToken"]) == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithm": "RS256"},
        {"algorithm": "HS256"},
        {"kid": "another"},
        {"iss": "ajeanother"},
        {"aud": "https://example.com"},
        {"aud": None},
        {"iat": None},
        {"exp": None},
        {"exp": 1},
        {"iat": 4_000_000_000, "exp": 4_000_003_600},
        {"exp": 4_000_000_000},
    ],
    ids=str,
)
def test_a_wrong_jwt_is_refused(service: Service, wrong: dict[str, Any]) -> None:
    """A JWT with a wrong algorithm, key, account, audience or time gets 401 in the form of a gRPC gateway."""
    status, body = service.post({"jwt": service.signed(**wrong)})
    assert status == 401
    assert (body["code"], body["details"]) == (16, [])


def test_a_signature_must_be_of_the_accounts_key(service: Service) -> None:
    """A JWT signed with another key, of another account, or malformed gets 401."""
    other = rsa.generate_private_key(65_537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    service.private, own = other.decode(), service.private
    assert service.post({"jwt": service.signed()})[0] == 401
    service.private = own
    stranger = service.access.add_account(service.access.me)
    assert service.post({"jwt": service.signed(iss=stranger.id)})[0] == 401
    assert service.post({"jwt": "no.jwt.here"})[0] == 401


def test_an_oauth_token_is_exchanged(service: Service) -> None:
    """A valid OAuth token is exchanged for an IAM token; a switch ends the exchange."""
    status, body = service.post({"yandexPassportOauthToken": service.access.token})
    assert status == 200
    assert service.status(body["iamToken"]) == 200
    assert service.post({"yandexPassportOauthToken": "y0_x"})[0] == 401
    assert service.post({"yandexPassportOauthToken": body["iamToken"]})[0] == 401
    service.access.switches.passport_exchange = False
    status, body = service.post({"yandexPassportOauthToken": service.access.token})
    assert (status, body["code"]) == (403, 7)


@pytest.mark.parametrize("body", [{}, {"jwt": "a", "yandexPassportOauthToken": "b"}, {"other": "x"}, [], {"jwt": 1}])
def test_exactly_one_credential_is_needed(service: Service, body: Any) -> None:
    """A body without exactly one of the two credentials is a bad argument."""
    status, response = service.post(body)
    assert (status, response["code"]) == (400, 3)


def test_switches_of_the_exchange(service: Service) -> None:
    """Switches set the error, the digits of the expiry, and whether the same token is returned twice."""
    switches, request = service.access.switches, {"yandexPassportOauthToken": service.access.token}
    switches.iam_error = 503
    assert service.post(request)[0] == 503
    switches.iam_error = None
    switches.iam_same_token = True
    tokens = set()
    for digits in (0, 3, 6, 9):
        switches.iam_fraction_digits = digits
        _, body = service.post(request)
        tokens.add(body["iamToken"])
        assert re.fullmatch(r"[-\dT:]{19}" + (rf"\.\d{{{digits}}}" if digits else "") + "Z", body["expiresAt"])
    assert len(tokens) == 1


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from([0, 3, 6, 9]))
def test_timestamps_are_read_back(at: datetime, digits: int) -> None:
    """A timestamp, cut to six digits, parses to the original time within its precision."""
    read = datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", timestamp(at, digits)))
    assert timedelta() <= at - read < timedelta(seconds=10**-digits if digits <= 3 else 10**-6)


def test_revocation(service: Service) -> None:
    """A revoked token gets 401 from the API; revoking returns its subject, and a second time gets 401."""
    _, body = service.post({"jwt": service.signed()})
    request = {"iamToken": body["iamToken"]}
    assert service.post(request, f"{TOKENS}:revoke") == (200, {"subjectId": service.account.id})
    assert service.status(body["iamToken"]) == 401
    assert service.post(request, f"{TOKENS}:revoke")[0] == 401
    assert service.post({}, f"{TOKENS}:revoke")[0] == 400


def test_the_metadata_service(service: Service) -> None:
    """It requires its header, returns a Bearer token, and gets 404 if the machine has no service account."""
    address = service.demo.url + METADATA
    assert service.session.get(address, timeout=10).status_code == 403
    body = service.session.get(address, headers=FLAVOR, timeout=10).json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 43_200)
    assert service.status(body["access_token"]) == 200
    service.access.switches.metadata_account = False
    assert service.session.get(address, headers=FLAVOR, timeout=10).status_code == 404


def test_an_account_that_is_not_enabled(service: Service) -> None:
    """A service account that is not enabled gets a token, but 401 from the API."""
    service.account.enabled = False
    status, body = service.post({"jwt": service.signed()})
    assert status == 200
    assert service.status(body["iamToken"]) == 401
