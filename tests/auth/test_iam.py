"""IAM tokens as pure steps: keys, the JWT, timestamps, and the meaning of each refusal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.auth import Token, environment, iam
from tracker_magic.errors import LoginRefused, SettingsError, UnexpectedReply
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

NOW = datetime(2026, 11, 22, 12, 0, 0, 700_000, tzinfo=UTC)
PREFACE = "PLEASE DO NOT REMOVE THIS LINE! Yandex.Cloud SA Key ID <ajekey>\n"
KEY = iam.ServiceAccountKey("ajekey", "aje1", Secret("-----BEGIN"))
KEY_JSON = '{"id": "ajekey", "service_account_id": "aje1", "private_key": "-----BEGIN"}'
PEM_FORMAT = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """A private and a public key in PEM format."""
    key = rsa.generate_private_key(65_537, 2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(*PEM_FORMAT).decode(), public.decode()


def reply(record: Any, status: int = 200) -> Reply:
    """A reply with this JSON as body; bytes are the body themselves."""
    body = record if isinstance(record, bytes) else orjson.dumps(record)
    return Reply(status, {}, body, "https://iam.api.cloud.yandex.net/iam/v1/tokens")


def test_the_jwt_is_what_yandex_cloud_requires(pair: tuple[str, str]) -> None:
    """The JWT is PS256 with the id of the key, the account, the real audience and at most an hour."""
    private, public = pair
    signed = iam.signed_jwt(iam.service_account_key("ajekey", "ajeaccount", Secret(private)), NOW).reveal()
    assert jwt.get_unverified_header(signed) == {"typ": "JWT", "alg": "PS256", "kid": "ajekey"}
    no_time_checks = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(signed, public, ["PS256"], audience=iam.AUDIENCE, options=no_time_checks)
    assert {"iss": claims["iss"], "aud": claims["aud"]} == {"iss": "ajeaccount", "aud": iam.AUDIENCE}
    assert claims["iat"] <= NOW.timestamp() < claims["exp"] <= claims["iat"] + 3600


@pytest.mark.parametrize("form", ["{}", PREFACE + "{}", "escaped {}", "\n\n{}\n"])
def test_a_key_is_accepted_in_every_form(pair: tuple[str, str], form: str, tmp_path: Path) -> None:
    """A key may have text before its PEM block or escaped line ends, and may come from a file."""
    text = form.format(pair[0])
    text = text.replace("\n", "\\n") if form.startswith("escaped") else text
    key = iam.service_account_key("ajekey", "aje1", Secret(text))
    assert iam.signed_jwt(key, NOW).reveal().count(".") == 2
    file = tmp_path / "key.json"
    file.write_bytes(orjson.dumps({"id": "ajekey", "service_account_id": "aje1", "private_key": text, "more": 1}))
    assert iam.read_key_file(str(file)) == key


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_key_file_is_read_in_every_encoding_of_json(tmp_path: Path, encoding: str) -> None:
    """A key file may have been written again on Windows, with a BOM or as UTF-16."""
    file = tmp_path / "key.json"
    file.write_bytes(KEY_JSON.encode(encoding))
    assert iam.read_key_file(str(file)) == KEY


@pytest.mark.parametrize("form", ["{}", "\ufeff{}", " \n{}\n", "'{}'", '\ufeff"{}"'])
def test_a_key_is_read_from_a_variable(form: str) -> None:
    """The JSON of a key may be in either variable; blanks, quotes and a BOM around it are ignored."""
    text = form.replace("{}", KEY_JSON)
    assert environment.service_key({"TRACKER_SA_KEY": text}) == KEY
    assert environment.service_key({"TRACKER_SA_KEY_FILE": text}) == KEY


@pytest.mark.parametrize("text", ["x", "{", "{}", "[]", "key.json", "-----BEGIN", '{"private_key": "-----BEGIN"}'])
def test_a_variable_without_a_key_is_named(text: str) -> None:
    """Whatever TRACKER_SA_KEY holds instead of a key, the error names the variable and how to create a key."""
    with pytest.raises(SettingsError, match=r"not an authorised key.*: TRACKER_SA_KEY\.") as excinfo:
        environment.service_key({"TRACKER_SA_KEY": text})
    assert "yc iam key create" in excinfo.value.hint


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"id": "a", "service_account_id": "b"}',
     b'{"id": "a", "service_account_id": "b", "private_key": 5}',
     b'{"id": "", "service_account_id": "b", "private_key": "-----BEGIN"}',
     b'{"id": "a", "service_account_id": "b", "private_key": "no block"}'],
)  # fmt: skip
def test_a_file_that_is_not_a_key_says_how_to_create_one(content: bytes, tmp_path: Path) -> None:
    """Whatever is missing in a key file, the hint shows the command that creates one."""
    file = tmp_path / "key.json"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="not an authorised key") as excinfo:
        iam.read_key_file(str(file))
    assert "yc iam key create" in excinfo.value.hint


@pytest.mark.parametrize("path", ["/nowhere/key.json", "a\0b", "x" * 5000, "~nobody-of-that-name/key.json"])
def test_an_unreadable_key_file_is_a_settings_error(path: str) -> None:
    """A missing key file, or a text that is not a path, is reported with the variable's name."""
    with pytest.raises(SettingsError, match="cannot be read") as excinfo:
        iam.read_key_file(path)
    assert "TRACKER_SA_KEY_FILE" in excinfo.value.hint


def test_a_key_that_cannot_sign_is_a_settings_error() -> None:
    """A damaged key, or one of another type, is reported without any part of it."""
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(*PEM_FORMAT).decode()
    for text in (other, "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"):
        with pytest.raises(SettingsError, match="cannot be used") as excinfo:
            iam.signed_jwt(iam.service_account_key("k", "a", Secret(text)), NOW)
        assert excinfo.value.__context__ is None
    with pytest.raises(SettingsError, match="no PEM block"):
        iam.service_account_key("k", "a", Secret("MIIE"))


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(0, 9), st.booleans())  # noqa: DTZ001
def test_a_timestamp_may_have_any_number_of_digits(moment: datetime, digits: int, zulu: bool) -> None:  # noqa: FBT001
    """Timestamps of protobuf have 0 to 9 fractional digits."""
    fraction = f".{moment.microsecond:06d}123"[: digits + 1] if digits else ""
    text = moment.isoformat(timespec="seconds") + fraction + ("Z" if zulu else "+00:00")
    read = iam.parse_timestamp(text)
    microsecond = int(f"{moment.microsecond:06d}"[:digits].ljust(6, "0")) if digits else 0
    assert read == moment.replace(microsecond=microsecond, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, 5, "", "soon", "2026-13-01T00:00:00Z", {}])
def test_an_invalid_timestamp_is_an_unknown_expiry(text: Any) -> None:
    """A token with an unreadable expiry can be used."""
    assert iam.parse_timestamp(text) is None
    assert iam.read_iam_reply(reply({"iamToken": "t1.a.b", "expiresAt": text}), "key", NOW) == Token(
        Secret("t1.a.b"), "Bearer"
    )


def test_an_expiry_without_the_time_of_the_service_is_believed_if_it_is_to_come() -> None:
    """Without `Date` the expiry is compared with this machine's clock; if it has passed there, it is unknown."""
    for hours, expected in [(1, NOW + timedelta(hours=1)), (-1, None)]:
        record = {"iamToken": "t1.a.b", "expiresAt": (NOW + timedelta(hours=hours)).isoformat()}
        assert iam.read_iam_reply(reply(record), "key", NOW).expires_at == expected


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [(400, 3, "Bad argument"), (401, 16, "JWT is invalid"), (403, 7, "No required scope"), (404, None, None)],
)
def test_a_refusal_of_iam_says_why_and_what_to_check(status: int, code: int | None, message: str | None) -> None:
    """A refusal carries the service's own message, if there is one, and a hint about the key and the clock."""
    body = {"code": code, "message": message, "details": []} if message else b"<html>"
    with pytest.raises(LoginRefused, match=rf"IAM service refused .* \({status}\)") as excinfo:
        iam.read_iam_reply(reply(body, status), "key", NOW)
    assert excinfo.value.detail == (message or "")
    assert "clock" in excinfo.value.hint


@pytest.mark.parametrize("record", [{}, [], b"", {"iamToken": 5}, {"iamToken": "two words"}])
def test_an_iam_reply_without_a_token_is_unexpected(record: Any) -> None:
    """An IAM reply without a usable token is an UnexpectedReply."""
    with pytest.raises(UnexpectedReply, match="without a token"):
        iam.read_iam_reply(reply(record), "key", NOW)


def test_a_reply_of_the_metadata_service() -> None:
    """The metadata service's reply holds a token with its expiry; 404 means that no account is linked."""
    token = iam.read_metadata_reply(reply({"access_token": "t1.a.b", "expires_in": 39944}), NOW)
    assert token == Token(Secret("t1.a.b"), "Bearer", NOW + timedelta(seconds=39944))
    with pytest.raises(LoginRefused, match="no service account is linked"):
        iam.read_metadata_reply(reply(b"", 404), NOW)
    for other in (reply({"access_token": "t1.a.b"}, 403), reply({}), reply(b"<html>")):
        with pytest.raises(LoginRefused, match="gave no token"):
            iam.read_metadata_reply(other, NOW)
