"""Texts from elsewhere hold nothing that does something else than show itself."""

import pytest

from tracker_magic.errors import TrackerError, masked
from tracker_magic.notebook.show import note
from tracker_magic.printable import cleaned, escaped, printable, unwrapped

UNPRINTABLE = {
    "colour": "\x1b[31m",
    "private mode": "\x1b[?25l",
    "cursor": "\x1b[2;3H",
    "title": "\x1b]0;title\x07",
    "title ended by ST": "\x1b]0;title\x1b\\",
    "control": "\x00\x07\x08\r\x7f",
    "C1": "\x9b\x90",
    "direction": "\u061c\u200e\u200f\u202e\u2066\u2069",
    "half a surrogate pair": "\ud83d\udc00",
}


@pytest.mark.parametrize("text", UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_every_text_that_is_shown_is_free_of_it(text):
    """Errors, notes, plain text and HTML leave out the same characters; line feeds and tabs stay."""
    for show in (printable, escaped, masked, lambda each: TrackerError(each).message, lambda each: repr(note(each))):
        assert show(f"a\n{text}\tb") == "a\n\tb"


@pytest.mark.parametrize(
    ("pasted", "clean"),
    [
        ("  y0_a\r\n", "y0_a"),
        ("\ufeff«y0_a»", "y0_a"),
        ("'OAuth y0_a'", "y0_a"),
        ("Authorization: Bearer  t1.a", "t1.a"),
        ("oauth 'y0_a'", "y0_a"),
        ("y0_\u200ba\u00adb\u2060", "y0_ab"),
        ("8 123\u00a0456", "8123456"),
        ("123\u2009456", "123456"),
        ("0123456789abcdef \r\n 0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("0123456789abcdef 0123456789abcde", "0123456789abcdef 0123456789abcde"),
        ("12\n34", "12\n34"),
        ("two words", "two words"),
        ("12 words", "12 words"),
        ("OAuth", "OAuth"),
        ('" "', ""),
    ],
)
def test_what_was_copied_along_with_a_value_is_removed(pasted, clean):
    """Blanks, quotes, signs without width, a header's word, blanks in numbers and ClientIDs go; nothing else does."""
    assert cleaned(pasted) == clean
    assert cleaned(clean) == clean


def test_only_what_is_around_a_path_is_removed():
    """A path or a key keeps everything inside it."""
    assert unwrapped('\ufeff "/a b/1 2/\u200c" \n') == "/a b/1 2/\u200c"
