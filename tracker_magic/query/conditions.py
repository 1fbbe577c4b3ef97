"""The query language as it is read here: conditions, their values, and what is searched for as text.

https://yandex.ru/support/tracker/ru/user/query-filter
"""

import re
from dataclasses import dataclass, field
from typing import Final

from tracker_magic.query.literals import unescape

# A text whose quotes are never closed goes on to the end, so that nothing is read twice.
TOKEN: Final = re.compile(
    r'"(?P<quoted>(?:[^"\\]++|\\.)*+)(?:"|\\?\Z)|(?P<mark>[:,()!#~<>=])|(?P<word>[^\s":,()!#~<>=]+)', re.DOTALL
)
_OPERATORS: Final = frozenset("!#~<>=")
_JOINING: Final = frozenset({"and", "or"})
_BETWEEN_VALUES: Final = frozenset({",", "+", "-", "..", "..."})
_ATTACHED: Final = re.compile(r"[+-]|\.\.")  # `-12h`, `..5`


@dataclass(frozen=True, slots=True)
class Term:
    """A name or a value: a word, a quoted text (without its quotes) or a function (with `()`), and its place."""

    text: str
    start: int
    end: int
    operator: str = ""  # before a value

    def covers(self, position: int | None) -> bool:
        """Whether the position is in it; None is nowhere."""
        return position is not None and self.start <= position < self.end


@dataclass(frozen=True, slots=True)
class Condition:
    """A name before a colon, and the values after it; those of `Sort By` are names of parameters.

    `changes` are the values from and to which changed() looks for a change, `changed_by` the people who made it.
    """

    name: Term
    values: list[Term] = field(default_factory=list)
    changes: list[Term] = field(default_factory=list)
    changed_by: list[Term] = field(default_factory=list)

    @property
    def is_sort(self) -> bool:
        """Whether it is the order of the query."""
        return " ".join(self.name.text.lower().split()) == "sort by"


def conditions_in(query: str) -> list[Condition]:
    """The conditions of a query, however wrong it is."""
    return _Reader(query).conditions


def has_condition(query: str) -> bool:
    """Whether a query has a condition (`Queue: DEV`), not only text."""
    return bool(conditions_in(query))


def has_empty_condition(query: str) -> bool:
    """Whether a query names a field with a colon, but no value (`Queue: DEV Summary:`)."""
    return any(not each.values or each.values[0].text.lower() in _JOINING for each in conditions_in(query))


def free_texts(query: str) -> list[str]:
    """The texts that a query searches for in summaries, descriptions and comments, as written."""
    return [query[start:end] for start, end in _Reader(query).texts]


class _Reader:
    """Reads a query from its beginning to its end."""

    def __init__(self, query: str) -> None:
        self.conditions: list[Condition] = []
        self.texts: list[tuple[int, int]] = []  # where those that are searched for begin and end
        self._tokens = list(TOKEN.finditer(query))
        self._index = 0
        end_of_text = 0  # the index behind it
        while self._index < len(self._tokens):
            token = self._tokens[self._index]
            if self._is_name():
                self._read_condition()
            elif (token["mark"] or "?") in "(),:" or token[0].lower() in _JOINING:
                self._index += 1
            else:
                start = self.texts.pop()[0] if self.texts and self._index == end_of_text else token.start()
                self.texts.append((start, token.end()))
                self._index = end_of_text = self._index + 1

    def _read_condition(self) -> None:
        condition = Condition(self._read_term())
        self.conditions.append(condition)
        self._index += 1  # the colon
        if condition.is_sort:
            self._read_order(condition)
        else:
            self._read_values(condition)

    def _read_order(self, condition: Condition) -> None:
        """Read the names by which the query sorts; what else stands there is left out."""
        expects_name = True
        while self._index < len(self._tokens) and not self._is_name():
            if expects_name and not self._tokens[self._index]["mark"]:
                condition.values.append(self._read_term())
                expects_name = False
            else:
                expects_name = self._is_mark(",")
                self._index += 1

    def _read_values(self, condition: Condition) -> None:
        """Read a comma list, in which `- 12h` and ranges belong to the value before them."""
        values, is_first = condition.values, True
        while True:
            start = self._index
            values += self._read_value(condition)[:is_first]
            word = self._tokens[self._index][0] if self._index < len(self._tokens) else ""
            is_first = word == ","
            if word in _BETWEEN_VALUES:
                self._index += 1
            elif self._index == start or not (_ATTACHED.match(word) or self._tokens[self._index - 1][0].endswith("..")):
                return

    def _read_value(self, condition: Condition) -> list[Term]:
        """Read operators and a value, if there is one."""
        operator = ""
        while self._index < len(self._tokens) and self._tokens[self._index][0] in _OPERATORS:
            operator += self._tokens[self._index][0]
            self._index += 1
        if self._index == len(self._tokens) or self._tokens[self._index]["mark"] or self._is_name():
            return []
        term = self._read_term()
        is_function = self._is_mark("(") and self._tokens[self._index].start() == term.end
        if is_function:
            self._read_arguments(condition)
        return [Term(f"{term.text}()" if is_function else term.text, term.start, term.end, operator)]

    def _read_arguments(self, condition: Condition) -> None:
        """Read the brackets of a function; the arguments of changed() have values of their own."""
        arguments = {"from": condition.changes, "to": condition.changes, "by": condition.changed_by}
        depth, values, expects_value = 0, None, False
        while self._index < len(self._tokens):
            if self._is_name():
                values, expects_value = arguments.get(self._read_term().text.lower()), True
            elif expects_value and values is not None and not self._tokens[self._index]["mark"]:
                values.append(self._read_term())
                expects_value = False
                continue
            depth += self._is_mark("(") - self._is_mark(")")
            expects_value |= self._is_mark(",")
            self._index += 1
            if depth == 0:
                return

    def _is_mark(self, mark: str, ahead: int = 0) -> bool:
        index = self._index + ahead
        return index < len(self._tokens) and self._tokens[index]["mark"] == mark

    def _is_name(self) -> bool:
        """Whether a colon follows what stands here."""
        return not self._tokens[self._index]["mark"] and self._is_mark(":", ahead=self._length())

    def _read_term(self) -> Term:
        tokens = self._tokens[self._index : self._index + self._length()]
        self._index += len(tokens)
        text = "".join(token[0] if token["quoted"] is None else unescape(token["quoted"]) for token in tokens)
        return Term(text, tokens[0].start(), tokens[-1].end())

    def _length(self) -> int:
        """The number of tokens of what stands here: `QUEUE."Name"` has two."""
        token, *following = self._tokens[self._index : self._index + 2]
        is_prefix = token["word"] is not None and token[0].endswith(".") and bool(following)
        return 2 if is_prefix and following[0]["quoted"] is not None and following[0].start() == token.end() else 1
