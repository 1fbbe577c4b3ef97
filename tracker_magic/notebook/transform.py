"""What stands around the magic in a cell, made into calls before IPython reads it.

IPython would take a query's closing `?` for a question about an object, knows no `df = %%tracker …`, no comment above a
cell magic and no cell magic of one line. Lines are found by Python's tokens, so text inside a string stays untouched.
"""

import re
import tokenize
from collections.abc import Sequence
from typing import Any, Final

from IPython.core.inputtransformer2 import (
    TokenTransformBase,
    TransformerManager,
    assemble_continued_line,
    find_end_of_continued_line,
)

NAME: Final = "tracker"
ASSIGNED: Final = "= "  # what the grammar sees first when Python assigns the result

_CELL: Final = re.compile(rf"(?:(?P<target>[^\W\d]\w*)\s*=\s*)?%%{NAME}(?P<rest>\?\s*|(?:\s.*)?)", re.DOTALL)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_NO_TARGET: Final = frozenset({tokenize.OP, tokenize.ERRORTOKEN})


def lift_cell(lines: list[str]) -> list[str]:
    """Drop comments above `%%tracker` and write `df = %%tracker …` as `%%tracker df << …`; other cells stay."""
    first = next(
        (place for place, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), None
    )
    match = _CELL.fullmatch(lines[first]) if first is not None else None
    if first is None or match is None:
        return lines
    target = f" {match['target']} <<" if match["target"] else ""
    return [f"%%{NAME}{target}{match['rest'] or chr(10)}", *lines[first + 1 :]]


def fill_cell(lines: list[str]) -> list[str]:
    """Give `%%tracker` of one line the empty body that IPython wants; `%%tracker?` asks for help."""
    match = _CELL.fullmatch(lines[0]) if lines else None
    if match is None or match["target"]:
        return lines
    rest = match["rest"]
    body = "".join(lines[1:]) or "\n"
    return [f"get_ipython().run_cell_magic({NAME!r}, {rest.strip()!r}, {body!r})\n"]


class TrackerLine(TokenTransformBase):
    """`%tracker …` and `target = %tracker …` anywhere in a cell, taken before IPython looks for `?` at their ends."""

    priority = 1

    def __init__(self, start: tuple[int, int], magic: tuple[int, int], *, assigned: bool) -> None:
        self.start_line, self.start_col = start[0] - 1, start[1]  # as the base class sets them
        self._magic = magic
        self._assigned = assigned

    @classmethod
    def find(cls, tokens_by_line: Sequence[Sequence[tokenize.TokenInfo]]) -> "TrackerLine | None":
        """The first such line, by its tokens; None where there is none."""
        for line in tokens_by_line:
            tokens = [token for token in line if token.type not in {tokenize.INDENT, tokenize.DEDENT}]
            place = _magic_place(tokens)
            if place is not None:
                return cls(tokens[0].start, tokens[place].start, assigned=place > 0)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Put the call in place of the line, with the text as it was typed."""
        row, column = self._magic[0] - 1, self._magic[1]
        end = find_end_of_continued_line(lines, row)
        typed = assemble_continued_line(lines, (row, column), end)[len(f"%{NAME}") :]
        text = (ASSIGNED if self._assigned else "") + typed.strip()
        call = f"get_ipython().run_line_magic({NAME!r}, {text!r})\n"
        return [*lines[:row], lines[row][:column] + call, *lines[end + 1 :]]


def _magic_place(tokens: Sequence[tokenize.TokenInfo]) -> int | None:
    """Where `%tracker` begins in a line's tokens: first, or after an `=` outside brackets."""
    if _is_magic(tokens, 0):
        return 0
    if not tokens or (tokens[0].type in _NO_TARGET and tokens[0].string not in {"(", "[", "*"}):
        return None  # another escape (`!…`, `%time …`, `?…`) owns this line
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.string in _OPENING) - (token.string in _CLOSING)
        if token.string == "=" and depth == 0 and _is_magic(tokens, place + 1):
            return place + 1
    return None


def _is_magic(tokens: Sequence[tokenize.TokenInfo], place: int) -> bool:
    if place + 1 >= len(tokens):
        return False
    sign, name = tokens[place], tokens[place + 1]
    if sign.string != "%" or name.string != NAME or sign.end != name.start:
        return False
    after = sign.line[name.end[1] :] if name.start[0] == sign.start[0] else ""
    return not after or after[0].isspace() or after[0] == "?"


def install(manager: TransformerManager) -> None:
    """Add the three transformers to a shell's manager."""
    manager.cleanup_transforms.append(lift_cell)
    manager.line_transforms.insert(0, fill_cell)
    manager.token_transformers.append(TrackerLine)


def remove(manager: TransformerManager) -> None:
    """Take them away again, however often they were added."""
    ours = (lift_cell, fill_cell, TrackerLine)
    lists: tuple[list[Any], ...] = (manager.cleanup_transforms, manager.line_transforms, manager.token_transformers)
    for found in lists:
        found[:] = [each for each in found if each not in ours]
