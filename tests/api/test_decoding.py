"""The service's own words in an error, whatever its body is. How JSON is decoded: see test_protocol.py."""

import json
import time

import pytest

from tracker_magic.api.decoding import error_messages

DEEP = [b"[" * depth + b"]" * depth for depth in (100, 990, 1020, 5000)]


def test_the_words_of_both_kinds_are_read():
    """General messages come first, then those of fields; a field may have several."""
    body = {"errorMessages": ["one", 2], "errors": {"summary": "empty", "tags": ["long", "odd"]}}
    expected = ("one", "2", "summary: empty", "tags: long", "tags: odd")
    assert error_messages(json.dumps(body).encode()) == expected


@pytest.mark.parametrize("deep", DEEP, ids=map(len, DEEP))
def test_json_in_json_is_no_message(deep):
    """What is nested, however deeply, is left out; the other messages stay unless the whole cannot be decoded."""
    body = b'{"errorMessages": ["one", %b], "errors": {"a": %b, "b": "two"}}' % (deep, deep)
    assert error_messages(body) in {("one", "b: two"), ()}
    assert error_messages(b'{"errorMessages": %b, "errors": %b}' % (deep, deep)) == ()


def test_half_a_surrogate_pair_does_not_cost_the_words():
    """A text that cannot be encoded is read as it came; the error removes what cannot be shown."""
    assert error_messages(b'{"errorMessages": ["no such value: z\\ud800"]}') == ("no such value: z\ud800",)


def test_very_many_messages_are_read_in_no_time():
    """Of hundreds of thousands of messages the first ones are kept."""
    many = b'["a"' + b',"a"' * 240_000 + b"]"
    fields = b",".join(b'"f%d":%b' % (number, b'"a"') for number in range(50_000))
    started = time.monotonic()
    messages = error_messages(b'{"errorMessages":%b,"errors":{%b}}' % (many, fields))
    assert len(messages) < 100
    assert time.monotonic() - started < 10
