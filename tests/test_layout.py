"""Text for a terminal of 80 columns."""

import pytest

from tracker_magic.errors import BadOption, BadQuery, Cancelled
from tracker_magic.layout import WIDTH, wrapped

COMMAND = '`%tracker changelog --field status Queue: DEV "Sort By": Updated DESC`'


def plain(error: BadOption | BadQuery | Cancelled) -> list[str]:
    """The lines that a notebook shows in place of a traceback, without their colour."""
    (shown,) = error._render_traceback_()
    return [line.removeprefix("\x1b[31m").removesuffix("\x1b[0m") for line in shown.splitlines()]


def test_a_command_to_copy_stays_on_one_line() -> None:
    """Lines break between words, but not between backticks; one that is too long has a line of its own."""
    lines = wrapped(f"There is a mistake, did you mean {COMMAND}? If not, write it as it is.", 2).splitlines()
    assert lines == ["There is a mistake, did you mean", f"  {COMMAND}? If", "  not, write it as it is."]
    long = COMMAND.replace("DEV", "DEV, OPS, DESIGN")
    assert f"  {long}" in wrapped(f"Did you mean {long} perhaps?", 2).splitlines()


@pytest.mark.parametrize(
    "error", [BadOption("one word " * 20, hint=f"Did you mean {COMMAND}? {'or so ' * 20}"), Cancelled("stopped " * 30)]
)
def test_an_error_fits_a_terminal(error: BadOption | Cancelled) -> None:
    """The lines of an error are not wider than the terminal, and nothing of it is lost."""
    lines = plain(error)
    assert max(map(len, lines)) <= WIDTH
    assert " ".join(lines).rstrip(".").split() == f"{type(error).__name__}: {error}".rstrip(". ").split()


def test_a_caret_stays_under_its_mistake() -> None:
    """The line of a query with a caret under it is not broken."""
    query = f"Queue: DEV Summary: {'x ' * 60}Statsu: open"
    message, line, caret = plain(BadQuery("no such field", query=query, position=query.index("Statsu")))
    assert message == "BadQuery: no such field."
    assert line[caret.index("^") :].startswith("Statsu")
