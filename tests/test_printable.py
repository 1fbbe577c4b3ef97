"""Texts from elsewhere hold nothing that does something else than show itself."""

import pytest

from tracker_magic.errors import TrackerError, masked
from tracker_magic.notebook.show import note
from tracker_magic.printable import escaped, printable

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
