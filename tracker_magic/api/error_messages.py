"""The service's own words in the body of an error."""

from itertools import islice
from typing import Any, Final

from tracker_magic.api.decoding import decode_json

_MOST: Final = 20  # messages, of one kind and of one field


def error_messages(body: bytes) -> tuple[str, ...]:
    """The texts of the service's error envelope, `{errors, errorMessages}`; of very many, the first ones."""
    try:
        envelope = decode_json(body)
    except ValueError:
        return ()
    if not isinstance(envelope, dict):
        return ()
    by_field = envelope.get("errors")
    texts = _texts(envelope.get("errorMessages"))
    if isinstance(by_field, dict):
        texts += [f"{name}: {text}" for name, value in islice(by_field.items(), _MOST) for text in _texts(value)]
    return tuple(texts)


def _texts(value: Any) -> list[str]:
    """The texts and numbers of a list, or the only one; JSON in JSON is no message."""
    members = value if isinstance(value, list) else [value]
    return [str(each) for each in members[:_MOST] if isinstance(each, (str, int, float))]
