"""What a login service answered: its JSON, with every secret closed before anything can fail over it."""

from typing import Any, Final

import orjson

from tracker_magic.errors import masked
from tracker_magic.secret import HIDDEN, Secret
from tracker_magic.transport.transport import Data, Reply

_SECRETS: Final = frozenset({"access_token", "refresh_token", "device_code", "iamToken"})
_OPEN: Final = frozenset(
    {
        "error",
        "error_description",
        "expires_in",
        "expiresAt",
        "interval",
        "message",
        "user_code",
        "verification_uri",
        "verification_url",
    }
)


def read_json(reply: Reply) -> dict[str, Any] | None:
    """The documented members of the reply's JSON object, secrets as `Secret`; None for anything else."""
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(answer, dict):
        return None
    closed = {name: Secret(answer[name]) for name in _SECRETS & answer.keys() if isinstance(answer[name], str)}
    shown = {name: answer[name] for name in _OPEN & answer.keys()}
    return closed | {name: masked(value) if isinstance(value, str) else value for name, value in shown.items()}


def without_echo(reply: Reply, sent: Data) -> Reply:
    """The reply with dots wherever it repeats a secret that was sent: its words go into messages."""
    secrets = [sent] if isinstance(sent, Secret) else [] if isinstance(sent, bytes) else list(sent.values())
    body = reply.body
    for secret in secrets:
        if isinstance(secret, Secret) and secret.reveal():
            body = body.replace(secret.reveal().encode(), HIDDEN.encode())
    return Reply(reply.status, reply.headers, body, reply.url)
