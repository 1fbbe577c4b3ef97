"""Find the text of the magic before the cursor, in any of the forms that a cell may have."""

from dataclasses import dataclass

from IPython.core.inputtransformer2 import find_end_of_continued_line, make_tokens_by_line

from tracker_magic.notebook.transform import NAME, TrackerLine, find_cell_magic


@dataclass(frozen=True, slots=True)
class TypedText:
    """What was typed before the cursor: the text after `%tracker`, and that below it (None: the cursor is above it).

    `following` is the rest of the cursor's line.
    """

    line: str
    body: str | None
    following: str


def typed_text(code: str, cursor: int) -> TypedText | None:
    """Return the magic's text before the cursor; None if the cursor is not in the magic."""
    lines = code[:cursor].split("\n")
    lines = [*(f"{line}\n" for line in lines[:-1]), lines[-1]]
    following = code[cursor:].partition("\n")[0]
    try:
        return _in_cell(lines, following) or _in_line(lines, following)
    except SyntaxError:  # code with an indentation that cannot be
        return None


def _in_cell(lines: list[str], following: str) -> TypedText | None:
    if (found := find_cell_magic(lines)) is None:
        return None
    first, match = found
    below = lines[first + 1 :]
    if not below and not match["rest"]:
        return None  # directly after the name
    return TypedText(match["rest"].removesuffix("\n"), "".join(below) if below else None, following)


def _in_line(lines: list[str], following: str) -> TypedText | None:
    # Each magic becomes a call before the next one is found, as in IPython: a quote in it may confuse the tokenizer.
    while magic := TrackerLine.find(make_tokens_by_line(lines)):
        row, column = magic.position
        if find_end_of_continued_line(lines, row) >= len(lines) - 1:
            typed = "".join([lines[row][column + 1 + len(NAME) :], *lines[row + 1 :]]).replace("\\\n", "  ")
            return TypedText(typed, None, following) if typed and not magic.is_misplaced else None
        lines = magic.transform(lines)
    return None
