"""What completion knows without a request: fields, their values, and the notebook's variables."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import Any, Final

from tracker_magic.notebook.completion.candidates import Candidate
from tracker_magic.query.parameters import VALUE_LISTS, Parameter, known_parameters, texts_of, value_names
from tracker_magic.secret import SafeRepr

Records = Sequence[Mapping[str, Any]]

LISTS: Final = ("fields", "local_fields", "users", *VALUE_LISTS.values())
_SEEN_IN: Final = frozenset({"string", "issue", "sprint", "version", "component", "project", "user"})
_SEEN_ROWS: Final = 1000  # of a frame, so that completion stays fast
_MOST_PEOPLE: Final = 200  # so that functions are among the first 500 completions
# What stands without quotes: a key, a login, the name of a local field. It cannot begin like an option.
_WORD: Final = re.compile(r"\w[\w.@+-]*")
_SEQUENCES: Final = (list, tuple, set, frozenset)


@dataclass(frozen=True, slots=True, repr=False)
class Names(SafeRepr):
    """What may be offered.

    The records of lists that were fetched before, by the list's name; the variables; the sessions; time zones; the
    files and folders of the working folder, these with a slash.
    """

    records: Mapping[str, Records] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sessions: Sequence[str] = ()
    zones: Sequence[str] = ()
    files: Sequence[str] = ()


def known_fields(names: Names) -> list[Parameter]:
    """Return the fields of the system and of the organisation, and the other parameters of the query language."""
    parameters = known_parameters(names.records.get("fields", ()), names.records.get("local_fields", ()))
    return [each for each in parameters if not each.queue or _has_word(each)]


def field_named(names: Names, name: str) -> Parameter | None:
    """Return the field that a query calls `name`, case-insensitively."""
    fields = known_fields(names)
    return next((each for each in fields if each.is_called(name) or (each.query and each.is_known_as(name))), None)


def query_names(names: Names) -> Iterator[Candidate]:
    """Yield what a condition of a query may begin with; people may look for it by key or displayed name."""
    for each in known_fields(names):
        if each.query:
            yield Candidate(each.query, "property", (*each.labels, each.key), quotable=not each.queue, suffix=":")


def sort_names(names: Names) -> Iterator[Candidate]:
    """Yield the fields by which a query may sort."""
    for each in known_fields(names):
        if each.query and each.key:
            yield Candidate(each.query, "property", (*each.labels, each.key), quotable=not each.queue)


def column_names(names: Names) -> Iterator[Candidate]:
    """Yield the names of fields as `--columns` takes them."""
    for each in known_fields(names):
        if _has_word(each):
            yield Candidate(each.key, "property", each.labels)


def values(parameter: Parameter, names: Names, typed: str = "") -> Iterator[Candidate]:
    """Yield the known values of a field: its options, its type's list, and what the notebook's frames have."""
    for option in parameter.options:
        yield Candidate(option, "value", quotable=True)
    if parameter.type == "user":
        for name, login in islice(_people(names, typed), _MOST_PEOPLE):
            yield Candidate(name, "value", (login,), quotable=True)
            if _WORD.fullmatch(login):
                yield Candidate(f"{login}@", "value", (name,))
    for record in names.records.get(VALUE_LISTS.get(parameter.type, ""), ()):
        yield from _named(record, parameter.type)
    if parameter.type in _SEEN_IN and parameter.key not in {"", "summary", "description"}:
        for text in _seen(parameter.key, names.variables):
            yield Candidate(text, "value", quotable=True)


def logins(names: Names, typed: str) -> Iterator[Candidate]:
    """Yield people's logins; people are looked for by name, too."""
    for name, login in _people(names, typed):
        if _WORD.fullmatch(login):
            yield Candidate(login, "value", (name,))


def members(list_name: str, names: Names) -> Iterator[Candidate]:
    """Yield queues and statuses by key, boards and sprints by name: arguments, and values of options."""
    for record in names.records.get(list_name, ()):
        labels = texts_of(record.get("name") or record.get("display"))
        for text in [str(record["key"])] if "key" in record else labels:
            yield Candidate(text, "value", labels, quotable=True)


def issue_variables(names: Names) -> Iterator[Candidate]:
    """Yield the variables that can stand for issues: frames with `key`, lists of keys, queries in a text."""
    for name, value in names.variables.items():
        if _stands_for_issues(value):
            yield Candidate(name, "instance")


def expression_names(head: str, names: Names) -> Iterator[Candidate]:
    """Yield variables with a value; with a `head`, the attributes of that variable. Nothing is called or evaluated."""
    if not head:
        for name, value in names.variables.items():
            if not callable(value) and not isinstance(value, ModuleType):
                yield Candidate(name, "instance")
        return
    value = names.variables.get(head)
    for name in dir(value) if head in names.variables else ():
        if not name.startswith("_") and not callable(inspect.getattr_static(value, name, None)):
            yield Candidate(name, "instance")


def _has_word(each: Parameter) -> bool:
    return _WORD.fullmatch(each.key) is not None


def _people(names: Names, typed: str) -> Iterator[tuple[str, str]]:
    """Yield name and login of those who may match `typed`: there may be very many, of whom few are looked at."""
    typed = typed.casefold()
    for user in names.records.get("users", ()):
        name, login = user.get("display"), user.get("login")
        if typed in f"{name} {login}@".casefold():
            yield str(name), str(login)


def _named(record: Mapping[str, Any], type_: str) -> Iterator[Candidate]:
    """Yield how a query names an item of a list; people look for a queue by its name, too."""
    labels = texts_of(record.get("name")) if type_ == "queue" else ()
    for text in value_names(record, type_):
        yield Candidate(text, "value", labels, quotable=True)


def _seen(key: str, variables: Mapping[str, Any]) -> Iterable[str]:
    """Return the texts in a column of the frames that the magic has returned."""
    seen: dict[str, None] = {}
    for frame in list(variables.values()):
        if type(frame).__name__ == "DataFrame" and "tracker" in frame.attrs and key in frame.columns:
            for value in frame[key].head(_SEEN_ROWS).tolist():
                texts = value if isinstance(value, list) else [value]
                seen.update(dict.fromkeys(each for each in texts if isinstance(each, str)))
    return seen


def _stands_for_issues(value: Any) -> bool:
    if type(value).__name__ == "DataFrame":
        return "key" in value.columns
    if isinstance(value, _SEQUENCES):
        return isinstance(next(iter(value), None), str)
    return isinstance(value, str) or type(value).__name__ in {"Series", "Index"}
