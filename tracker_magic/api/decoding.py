"""Decode JSON: fast, or leniently if the fast decoder refuses it; and the service's own words in an error."""

import json
from itertools import islice
from typing import Any, Final

import orjson

_MOST: Final = 20  # messages, of one kind and of one field


def decode_json(body: bytes) -> Any:
    """Decode a body; raises ValueError if it is not JSON.

    Half a surrogate pair, NaN and bytes that are not UTF-8 (which become halves of surrogate pairs) are accepted: one
    odd text must not cost a whole page. Frames keep such values in `NAME.raw`.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body.decode("utf-8-sig", "surrogateescape"))
        except RecursionError:
            raise ValueError("nested too deeply") from None


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
