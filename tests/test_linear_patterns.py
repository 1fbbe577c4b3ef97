"""Texts that a server or a person chooses are read in linear time: a longer text must not hold the interpreter."""

import time
from contextlib import suppress

import pytest

from tracker_magic.api.protocol import links, refusal
from tracker_magic.auth import Login, Token
from tracker_magic.auth.pasted import read_pasted_code
from tracker_magic.errors import BadOption, BadQuery, TrackerError, masked
from tracker_magic.notebook.completion import Names, complete
from tracker_magic.notebook.mistakes import guess
from tracker_magic.notebook.parser import parse
from tracker_magic.notebook.variables import Scope, fill_query, fill_text
from tracker_magic.query import free_texts, has_sort, is_keys, queues_in
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

SIZES = (1_000, 4_000, 16_000, 64_000, 256_000)  # characters
MEASURABLE_S = 0.01
LINEAR = 3.0  # twice the text takes twice the time, on a busy machine somewhat more; a quadratic pattern takes 4 times
RUNS = 5
MANY_MESSAGES = b'{"errorMessages": ["%b"]}'


def refused(text):
    """The error for a 400 with this message, to a query that may hold what it quotes."""
    login = Login(Token(Secret("y0_" + "t" * 58)), "typed in")
    reply = Reply(400, {}, MANY_MESSAGES % text.encode(), "http://127.0.0.1/v3/issues/_search")
    return refusal(reply, None, login, {"query": "Queue: DEV"})


def pasted(text):
    """Read what a person pasted, which is no code."""
    with suppress(BadOption):
        read_pasted_code(f"1{text}x", "state")


def filled(text):
    """Fill in a query, which may use `x` and `b`, and whose other variables are mistyped, or not there."""
    for fill in (fill_query, fill_text):
        with suppress(BadOption):
            fill(f"{text} {{b}}", Scope({"x": 1}, {"b": 1}))


def completed(text):
    """Complete the end of a cell whose last braces are closed, or on another line."""
    for cell in (f"%%tracker\n{text}}}}} ", f"%%tracker\n{text}\n"):
        complete(cell, len(cell), Names())


def parsed(text):
    """Parse a line that may be full of mistakes, and guess what it may have meant."""
    with suppress(BadOption):
        parse(text)
    guess(text, found_nothing=True)


READERS = {
    "Link of openings": (lambda text: links({"Link": text}), "<"),
    "Link of relations": (lambda text: links({"Link": "<a>" + text}), "; rel "),
    "token heads": (masked, "eyJ"),
    "token heads after a dot": (masked, "t1.eyJ"),
    "keys": (masked, "-----BEGIN "),
    "escapes": (masked, "\x1b[0;"),
    "titles": (masked, "\x1b]"),
    "names of secrets": (masked, "client_secret   "),
    "an error's message": (TrackerError, "eyJ"),
    "quotes in an error": (refused, "«"),
    "positions in an error": (refused, "position "),
    "escaped quotes in a query": (queues_in, r"\""),
    "quotes in a query": (has_sort, '"\\\n'),
    "queues": (queues_in, "Queue: A "),
    "open brackets in a query": (has_sort, "(a: "),
    "functions in a query": (free_texts, "a: b("),
    "texts in a query": (free_texts, "a DEV. -"),
    "keys in a query": (is_keys, "DEV-1, "),
    "a pasted text": (pasted, " "),
    "braces in a query": (filled, "{{"),
    "braces that are not closed": (filled, "{{x "),
    "variables in a query": (filled, "Key: {{x}} "),
    "braces around braces": (filled, "{{{"),
    "braces and blanks in a query": (filled, "{ x [] "),
    "names in braces": (filled, '"{a[1]}" '),
    "dollars between quotes": (filled, '"$a.b[1" '),
    "braces before the cursor": (completed, "{{a"),
    "limits": (parsed, "limit 5 "),
    "orders": (parsed, "order by a, "),
    "options after a query": (lambda text: parsed(f"Queue: A {text}"), "-n 5 "),
    "columns of SQL": (lambda text: parsed(f"select {text}"), "a, "),
    "blanks in SQL": (lambda text: parsed(f"select a{text}x"), " "),
    "members in brackets": (parsed, "status in (a "),
    "values": (parsed, "Queue: status "),
    "a number that may be a key": (lambda text: parsed(f"A{text}x"), "1"),
    "an option's value": (lambda text: parse(f"--tz {text}"), "{{a "),
}


def seconds(read, text):
    """The shortest of several runs, in time of the processor: other programs do not count."""
    times = []
    for _ in range(RUNS):
        began = time.thread_time()
        read(text)
        times.append(time.thread_time() - began)
    return min(times)


@pytest.mark.parametrize(("read", "part"), READERS.values(), ids=READERS)
def test_the_time_grows_with_the_length(read, part):
    """Twice the text takes about twice the time; texts that are cut before they are read take less."""
    for size in SIZES:
        text = part * (size // len(part))
        if (once := seconds(read, text)) > MEASURABLE_S:  # a quadratic pattern shows in a short text
            break
    assert seconds(read, text + text) < LINEAR * once + MEASURABLE_S / 5


def test_what_is_no_longer_read_twice_is_still_found():
    """Tokens are masked in the middle of a word too, and quoted words and links are found as before."""
    assert "eyJ" not in masked("xeyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl y")
    assert links({"Link": '<http://x/?page=2>; rel="next", <http://x/?page=1>; rel="first"'})["next"] == {"page": "2"}
    assert queues_in(r'Summary: "a \"b\" Queue: X" Queue: DEV') == ["DEV"]
    assert isinstance(error := refused("there is no field «DEV»"), BadQuery)
    assert error.position == len("Queue: ")


def test_a_message_is_cut():
    """A message of megabytes is cut to what a person reads; a token at the end of it is not shown in half."""
    error = TrackerError("x" * 1_999_990 + "y0_" + "t" * 58)
    assert len(str(error)) < 2_100
    assert "y0_" not in str(TrackerError("x" * 1_980 + " y0_" + "t" * 58))


@pytest.mark.parametrize("text", ["\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\x00b", "\x9b2J", "\u202egpj"], ids=repr)
def test_a_message_holds_nothing_that_a_terminal_obeys(text):
    """Escape sequences, control characters and marks that turn the direction are removed from messages."""
    assert str(TrackerError(f"x{text}y")).isprintable()
