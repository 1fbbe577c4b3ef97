"""Completion in a text of the query language: names of parameters, operators, functions, values."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from tracker_magic.notebook.completion.candidates import Candidate, Completions, completions
from tracker_magic.notebook.completion.names import Names, field_named, query_names, sort_names, values
from tracker_magic.query.conditions import TOKEN
from tracker_magic.query.literals import unescape
from tracker_magic.query.parameters import FUNCTIONS, Parameter

_FUNCTION: Final = re.compile(r"\w+")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*(?P<end>"?)', re.DOTALL)
_SORT: Final = "sort by"

_ORDERED: Final = frozenset({"datetime", "date", "integer", "float", "timetracking", "money"})
_TEXTS: Final = frozenset({"string", "text"})
_ARGUMENTS: Final = {"changed": ("from", "to", "by", "date"), "group": ("value",)}
_TYPES_OF_ARGUMENTS: Final = {"by": "user", "date": "datetime", "value": "group"}


@dataclass(frozen=True, slots=True)
class _Place:
    """What the query language expects after a text.

    The value of the parameter `name`, unless it is complete (`is_done`); else a name. In the brackets of `function`,
    names are those of its arguments, and `outer` is the parameter that it tests.
    """

    start: int = 0  # where the words begin that are being typed
    name: str = ""
    is_done: bool = False
    has_operator: bool = False
    function: str = ""
    outer: str = ""

    @property
    def expects_value(self) -> bool:
        """Whether a value comes next."""
        return bool(self.name) and not self.is_done


def complete_query(text: str, following: str, names: Names, others: Iterable[Candidate] = ()) -> Completions:
    """Complete the end of a query; `others` may stand in place of its first word."""
    start = _open_quote(text)
    if start is not None:
        place = _place(text[:start])
        typed = unescape(text[start + 1 :])
        candidates = _values(place, names, typed) if _is_value(text, place, start) else _names(place, names)
        return completions(candidates, text[start:], following, quoted=typed)
    place = _place(text)
    # A name or a value may be several words long, and its quotes may be missing.
    for start in _word_starts(text, place.start):
        candidates = _values(place, names, text[start:]) if _is_value(text, place, start) else _names(place, names)
        if not text[:start].strip():
            candidates = chain(others, candidates)
        matches = completions(candidates, text[start:], following)
        if matches.items:
            return matches
    return Completions("")


def _is_value(text: str, place: _Place, start: int) -> bool:
    """Whether what begins at `start` is a value: no words stand before it, which would be the value."""
    return place.expects_value and not text[place.start : start].strip()


def _word_starts(text: str, start: int) -> list[int]:
    """Return where the words of the last line begin, from `start` on; a blank at the end begins a new one."""
    starts = [match.start() for match in re.finditer(r"\S+", text[start:])]
    if not starts or text[-1:].isspace():
        starts.append(len(text) - start)
    return [start + each for each in starts if "\n" not in text[start + each :]]


def _open_quote(text: str) -> int | None:
    """Return where the quote begins that is not closed, if there is one."""
    return next((match.start() for match in _QUOTED.finditer(text) if not match["end"]), None)


def _place(text: str) -> _Place:
    """Return what is expected after `text`, in which every quote is closed."""
    place = _Place()
    outer: list[_Place] = []
    word = 0  # where the last word or quoted text began
    for match in TOKEN.finditer(text):
        begin, end = match.span()
        if match[0] == "(":
            outer.append(place)
            is_function = _FUNCTION.fullmatch(text, word, begin)
            place = _Place(end, function=text[word:begin], outer=place.name) if is_function else _Place(end)
        elif match[0] == ")":
            place = replace(outer.pop() if outer else _Place(), start=end, is_done=True)
        elif match[0] == ":":
            place = replace(place, start=end, name=_unquoted(text[word:begin]), is_done=False, has_operator=False)
        elif match["mark"]:
            place = replace(place, start=end, is_done=False, has_operator=match[0] != ",")
        else:
            place = _after_word(place, match[0], end)
            word = word if text[begin - 1 : begin] == "." else begin  # QUEUE."Name"
    return place


def _after_word(place: _Place, word: str, end: int) -> _Place:
    if word == "..":
        return replace(place, start=end, is_done=False, has_operator=True)
    return replace(place, start=end, is_done=True) if word.startswith('"') else place


def _unquoted(name: str) -> str:
    return unescape(name.strip().replace('"', ""))


def _names(place: _Place, names: Names) -> Iterator[Candidate]:
    """Yield what can begin the next condition."""
    if place.function:
        yield from (Candidate(each, "param", suffix=":") for each in _ARGUMENTS.get(place.function, ()))
    elif place.name.casefold() == _SORT:
        yield from (Candidate(each, "keyword") for each in ("ASC", "DESC"))
    else:
        yield from query_names(names)
        yield Candidate("Sort By", "keyword", quotable=True, suffix=":")
        if place.start:
            yield from (Candidate(each, "keyword") for each in ("AND", "OR"))


def _values(place: _Place, names: Names, typed: str) -> Iterator[Candidate]:
    """Yield the values of a parameter, with functions and operators."""
    if place.name.casefold() == _SORT:
        yield from sort_names(names)
        return
    parameter = _parameter(place, names)
    if parameter is None:
        return
    yield from values(parameter, names, typed)
    functions = FUNCTIONS.get(parameter.type, ())
    if not place.function:
        has_history = parameter.key and parameter.type not in _ORDERED
        functions = (*functions, "empty()", "notEmpty()", *(["changed("] if has_history else []))
    # Not of the kind "function": a terminal would show brackets after each.
    yield from (Candidate(function, "keyword") for function in functions)
    if not place.has_operator:
        yield from (Candidate(operator, "operator") for operator in _operators(parameter.type))


def _parameter(place: _Place, names: Names) -> Parameter | None:
    """Return the parameter, or a made-up one for an argument of a function."""
    if not place.function:
        return field_named(names, place.name)
    if type_ := _TYPES_OF_ARGUMENTS.get(place.name):
        return Parameter("", place.name, type_)
    return field_named(names, place.outer)


def _operators(type_: str) -> tuple[str, ...]:
    if type_ in _ORDERED:
        return (">", ">=", "<", "<=", "!")
    return ("!", "#", "~") if type_ in _TEXTS else ("!",)
