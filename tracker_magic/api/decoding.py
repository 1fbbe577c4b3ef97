"""Decode JSON: fast, or leniently if the fast decoder refuses it."""

import json
from typing import Any

import orjson


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
