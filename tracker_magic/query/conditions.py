"""The conditions of a query: the names of their parameters and their values, each with its place in the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tracker_magic.query.text import TOKEN

_HISTORY: Final = frozenset({"from", "to"})  # arguments of changed(), whose values are those of the parameter
_BY: Final = "by"


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a quoted text (without its quotes), and its place in the query."""

    text: str
    start: int
    end: int

    def has(self, position: int | None) -> bool:
        """Whether the position is in it; None is nowhere."""
        return position is not None and self.start <= position < self.end


@dataclass(frozen=True, slots=True)
class Condition:
    """A name before a colon, and the values after it; those of `Sort By` are names of parameters.

    Values include functions, with `()`, and what changed() changes; `people` are those who changed it.
    """

    name: Word
    values: list[Word] = field(default_factory=list)
    people: list[Word] = field(default_factory=list)

    @property
    def is_sort(self) -> bool:
        """Whether it is the order of the query."""
        return " ".join(self.name.text.lower().split()) == "sort by"


def conditions_in(query: str) -> list[Condition]:
    """The conditions of a query, however wrong it is; operators and words of a text search are left out."""
    reader = _Reader(list(TOKEN.finditer(query)))
    return reader.conditions()


class _Reader:
    """Reads the conditions from the tokens of a query."""

    def __init__(self, tokens: Sequence[re.Match[str]]) -> None:
        self._tokens = tokens
        self._conditions: list[Condition] = []
        self._brackets: list[bool] = []  # for each open one, whether it is that of a function
        self._expects_value = False
        self._argument = ""  # of a function

    def conditions(self) -> list[Condition]:
        """The conditions, in order."""
        for index, token in enumerate(self._tokens):
            if token["mark"]:
                self._take_mark(index, token[0])
            elif self._has_next(index, ":"):
                self._take_name(index)
            elif self._conditions:
                self._take_value(index)
        return self._conditions

    def _take_mark(self, index: int, mark: str) -> None:
        if mark == "(":
            self._brackets.append(index > 0 and self._has_next(index - 1, "(", adjacent=True))
        elif mark == ")":
            self._argument, self._expects_value = "", False
            del self._brackets[-1:]
        elif mark == ",":
            self._expects_value = True

    def _take_name(self, index: int) -> None:
        if any(self._brackets):  # the name of an argument
            self._argument = self._tokens[index][0].lower()
            self._expects_value = self._argument in {*_HISTORY, _BY}
        else:
            self._conditions.append(Condition(self._word(index)))
            self._argument, self._expects_value = "", True

    def _take_value(self, index: int) -> None:
        condition = self._conditions[-1]
        if condition.is_sort and condition.values and self._continues(index):
            condition.values[-1] = self._word(index)
        elif self._expects_value:
            self._expects_value = False
            (condition.people if self._argument == _BY else condition.values).append(self._value(index))

    def _value(self, index: int) -> Word:
        word = self._word(index)
        return replace(word, text=f"{word.text}()") if self._has_next(index, "(", adjacent=True) else word

    def _has_next(self, index: int, mark: str, *, adjacent: bool = False) -> bool:
        """Whether the mark follows this word, directly if it must be `adjacent`."""
        token, following = self._tokens[index], self._tokens[index + 1 : index + 2]
        is_next = bool(following) and following[0][0] == mark and not token["mark"]
        return is_next and (not adjacent or following[0].start() == token.end())

    def _continues(self, index: int) -> bool:
        """Whether this quoted text is the second half of `QUEUE."Name"`."""
        token, before = self._tokens[index], self._tokens[index - 1] if index else None
        if before is None or token["quoted"] is None or before.end() != token.start():
            return False
        return before["word"] is not None and before[0].endswith(".")

    def _word(self, index: int) -> Word:
        token = self._tokens[index]
        text = token[0] if token["quoted"] is None else re.sub(r"\\(.)", r"\1", token["quoted"])
        if self._continues(index):
            return Word(self._tokens[index - 1][0] + text, self._tokens[index - 1].start(), token.end())
        return Word(text, token.start(), token.end())
