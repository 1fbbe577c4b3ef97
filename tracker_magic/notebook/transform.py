"""Input transformers: the forms of the magic that IPython does not know become calls before IPython reads the cell.

IPython takes a `?` at the end of a query for a question about an object, and supports neither `df = %%tracker …`, nor a
comment above a cell magic, nor a cell magic of one line. Lines are found by Python's tokens, so strings stay untouched.
`nbconvert --to python` knows as little: in a notebook that becomes a script, these forms must be avoided.
"""

import keyword
import re
import tokenize
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from IPython.core.inputtransformer2 import (
    TokenTransformBase,
    TransformerManager,
    assemble_continued_line,
    find_end_of_continued_line,
)

from tracker_magic.errors import BadOption

NAME: Final = "tracker"
MISPLACED_CELL: Final = f"%{NAME}"  # the line magic that IPython calls for `%%tracker` below another line
ASSIGNED: Final = "="  # tells the parser that Python assigns the result
MISPLACED: Final = "<<<"  # tells the parser that the magic stands where Python knows none

_CELL: Final = re.compile(rf"(?:(?P<target>[^\W\d]\w*)\s*=\s*)?%%{NAME}(?P<rest>\?\s*|(?:\s.*)?)", re.DOTALL)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_COMPOUND: Final = frozenset({"if", "elif", "else", "while", "for", "with", "try", "def", "class", "async", "@"})
_OTHER_ESCAPE: Final = frozenset({tokenize.OP, tokenize.ERRORTOKEN})


def find_cell_magic(lines: Sequence[str]) -> tuple[int, re.Match[str]] | None:
    """Return where `%%tracker` is, and its parts, if nothing but comments and blank lines is above it; else None."""
    for index, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            match = _CELL.fullmatch(line)
            return (index, match) if match else None
    return None


def move_assignment_into_cell_magic(lines: list[str]) -> list[str]:
    """Drop comments above `%%tracker` and write `df = %%tracker …` as `%%tracker df << …`; other cells stay."""
    if (found := find_cell_magic(lines)) is None:
        return lines
    first, match = found
    target = f" {match['target']} <<" if match["target"] else ""
    return [f"%%{NAME}{target}{match['rest'] or chr(10)}", *lines[first + 1 :]]


def call_cell_magic(lines: list[str]) -> list[str]:
    """Write `%%tracker …` as a call, with an empty body if it has one line only; `%%tracker?` asks for help."""
    match = _CELL.fullmatch(lines[0]) if lines else None
    if match is None or match["target"]:
        return lines
    rest = match["rest"]
    body = "".join(lines[1:]) or "\n"
    return [f"get_ipython().run_cell_magic({NAME!r}, {rest.strip()!r}, {body!r})\n"]


def refuse_cell_magic(_line: str) -> NoReturn:
    """Say that `%%tracker` stands below something else. Raises BadOption."""
    raise BadOption(
        "`%%tracker` is not at the beginning of its cell",
        hint="Put what is above it, such as `%load_ext tracker_magic`, into a cell of its own.",
    )


class MisplacedCellMagic(TokenTransformBase):
    """`%%tracker` below another line: what follows is no Python, so a call that refuses it replaces all of it."""

    priority = 0

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[tokenize.TokenInfo]]) -> "MisplacedCellMagic | None":
        """Find the first such line in the tokens of a cell; None if there is none."""
        starts = (token for line in tokens_by_line for token in line[:1] if token.start[0] > 1)
        return next((cls(token.start) for token in starts if _CELL.fullmatch(token.line.strip())), None)

    def transform(self, lines: list[str]) -> list[str]:
        """Keep what is above it, so that an extension that is loaded there is loaded the next time."""
        call = f"get_ipython().run_line_magic({MISPLACED_CELL!r}, '')\n"
        indent = lines[self.start_line][: self.start_col]
        return [*lines[: self.start_line], indent + call]


class TrackerLine(TokenTransformBase):
    """`%tracker …` and `target = %tracker …` anywhere in a cell, found before IPython looks for a `?` at the end.

    In other places, such as `df << %tracker …`, it becomes an error that says what to write instead of Python's.
    """

    priority = 1

    def __init__(self, start: tuple[int, int], magic: tuple[int, int], marker: str, depth: int = 0) -> None:
        self.start_line, self.start_col = start[0] - 1, start[1]  # attributes of the base class
        self.position = magic[0] - 1, magic[1]  # row and column of the `%`
        self.is_misplaced = marker == MISPLACED
        self._marker = marker
        self._depth = depth  # brackets that are open before a misplaced magic

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[tokenize.TokenInfo]]) -> "TrackerLine | None":
        """Find the first such line in the tokens of a cell; None if there is none."""
        for line in tokens_by_line:
            tokens = [token for token in line if token.type not in {tokenize.INDENT, tokenize.DEDENT}]
            index = _index_of_magic(tokens)
            if index is not None:
                return cls(tokens[0].start, tokens[index].start, ASSIGNED if index > 0 else "")
            if (misplaced := _misplaced(tokens)) is not None:
                index, depth = misplaced
                return cls(tokens[0].start, tokens[index].start, MISPLACED, depth)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Replace the line by a call with the text as it was typed."""
        row, column = self.position
        end = find_end_of_continued_line(lines, row)
        typed = assemble_continued_line(lines, (row, column), end)[len(f"%{NAME}") :].strip()
        if self.is_misplaced:
            row, column = self.start_line, self.start_col
            for _ in range(self._depth):
                typed = re.sub(r"[)\]}]\s*\Z", "", typed)
        line = f"{self._marker} {typed}" if self._marker else typed
        call = f"get_ipython().run_line_magic({NAME!r}, {line!r})\n"
        return [*lines[:row], lines[row][:column] + call, *lines[end + 1 :]]


def _index_of_magic(tokens: Sequence[tokenize.TokenInfo]) -> int | None:
    """Return where `%tracker` is in a line's tokens: at the beginning, or after an `=` outside brackets."""
    if _is_magic(tokens, 0):
        return 0
    if _is_other_escape(tokens):
        return None
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.string in _OPENING) - (token.string in _CLOSING)
        if token.string == "=" and depth == 0 and _is_magic(tokens, index + 1):
            return index + 1
    return None


def _is_other_escape(tokens: Sequence[tokenize.TokenInfo]) -> bool:
    """Whether a line is empty, or belongs to another escape (`!…`, `%time …`, `?…`)."""
    return not tokens or (tokens[0].type in _OTHER_ESCAPE and tokens[0].string not in {"(", "[", "*"})


def _misplaced(tokens: Sequence[tokenize.TokenInfo]) -> tuple[int, int] | None:
    """Return where `%tracker` follows an operator or a keyword, and how many brackets are open before it."""
    if _is_other_escape(tokens) or tokens[0].string in _COMPOUND:
        return None
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.string in _OPENING) - (token.string in _CLOSING)
        is_operator = token.type == tokenize.OP and token.string not in _CLOSING
        if (is_operator or keyword.iskeyword(token.string)) and _is_magic(tokens, index + 1):
            return index + 1, depth
    return None


def _is_magic(tokens: Sequence[tokenize.TokenInfo], index: int) -> bool:
    if index + 1 >= len(tokens):
        return False
    percent, name = tokens[index], tokens[index + 1]
    if percent.string != "%" or name.string != NAME or percent.end != name.start:
        return False
    following = percent.line[name.end[1] :] if name.start[0] == percent.start[0] else ""
    return not following or following[0].isspace() or following[0] == "?"


def install(manager: TransformerManager) -> None:
    """Add the four transformers to a shell's manager."""
    manager.cleanup_transforms.append(move_assignment_into_cell_magic)
    manager.line_transforms.insert(0, call_cell_magic)
    manager.token_transformers.extend([MisplacedCellMagic, TrackerLine])


def remove(manager: TransformerManager) -> None:
    """Remove them again, however often they were added."""
    ours = (move_assignment_into_cell_magic, call_cell_magic, MisplacedCellMagic, TrackerLine)
    lists: tuple[list[Any], ...] = (manager.cleanup_transforms, manager.line_transforms, manager.token_transformers)
    for transformers in lists:
        transformers[:] = [each for each in transformers if each not in ours]
