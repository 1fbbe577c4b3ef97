"""JSON replies of login services, with every secret wrapped in `Secret` before anything can fail."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import orjson

from tracker_magic.errors import masked
from tracker_magic.secret import HIDDEN, Secret
from tracker_magic.transport.transport import Reply

_SECRET_NAMES: Final = frozenset({"access_token", "refresh_token", "device_code", "iamToken"})
_PLAIN_NAMES: Final = frozenset(
    {
        "error",
        "error_description",
        "expires_in",
        "expiresAt",
        "interval",
        "message",
        "scope",
        "token_type",
        "user_code",
        "verification_uri",
        "verification_url",
    }
)


def read_json(reply: Reply) -> dict[str, Any] | None:
    """Read the documented members of the reply's JSON object, secrets as `Secret`; None for anything else."""
    try:
        record = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(record, dict):
        return None
    secrets = {name: Secret(record[name]) for name in _SECRET_NAMES & record.keys() if isinstance(record[name], str)}
    return secrets | {name: _plain(record[name]) for name in _PLAIN_NAMES & record.keys()}


def _plain(value: Any) -> Any:
    """A masked text, a number or None; for all else, such as JSON in JSON, a text that nothing takes for a value."""
    if isinstance(value, str):
        return masked(value)
    return value if value is None or isinstance(value, (int, float)) else "…"


def without_echo(reply: Reply, *sent: Secret) -> Reply:
    """The reply with dots wherever it repeats a secret that was sent: its words become part of error messages."""
    body = reply.body
    if b"\\" in body:
        with suppress(ValueError, TypeError):  # no JSON, or nested too deeply to be written
            body = orjson.dumps(orjson.loads(body))  # without escapes, which would hide a secret
    for secret in sent:
        if secret.reveal():
            body = body.replace(secret.reveal().encode(), HIDDEN.encode())
    return replace(reply, body=body)
