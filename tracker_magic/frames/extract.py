"""What of a record's value a cell holds: the value itself, or the display, key, id, login of a reference.

Every part has a fast way for values of the documented shape and a patient one for all others; a value that has no such
part comes through as it is, so that its column finds that it does not fit and nothing is lost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from tracker_magic.columns import Column, Part

Cells = list[Any]

_LISTS: Final = frozenset({list, type(None)})
_TEXTS: Final = frozenset({str, type(None)})


class Shared(dict[str, str]):
    """Equal texts as one object: references repeat on thousands of rows. Anything but a text is a TypeError."""

    def __missing__(self, text: str) -> str:
        if type(text) is not str:
            raise TypeError(text)
        self[text] = text
        return text


@dataclass(frozen=True, slots=True)
class Context:
    """What parts need besides the record: logins by user id, the texts seen so far."""

    logins: Mapping[str, str] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)


def picked(records: Sequence[Any], path: tuple[str, ...]) -> Cells:
    """Give for every record the value at this path, None where there is none."""
    values = list(records)
    for step in path:
        try:
            values = _PROJECT_STEPS[step](values) if step in _PROJECT_STEPS else [value.get(step) for value in values]
        except AttributeError:
            values = [value.get(step) if isinstance(value, dict) else value for value in values]
    return values


def extractor(column: Column, context: Context) -> Callable[[Cells], Cells]:
    """Give the function from the values at a column's path to its cells."""
    many = column.kind == "list"
    patient = _PATIENT.get(column.part)
    if patient is None:
        return _sharing_members(context.shared) if many else _as_they_are
    one_by_one = _each_list(patient, context) if many and column.part in _OF_REFERENCES else _each(patient, context)
    if column.part in _OF_TEXTS:
        return _unless_texts(patient, context)
    if column.part not in _FAST:
        return one_by_one
    name, shared = _FAST[column.part], context.shared

    def fast(values: Cells) -> Cells:
        if not many:
            return [None if value is None else shared[value[name]] for value in values]
        _only_lists(values)
        return [None if value is None else [shared[member[name]] for member in value] for value in values]

    return _trying(fast, one_by_one)


def worded(value: Any, _context: Context) -> Any:
    """Give the text of a name; an object of languages (`{"ru": …, "en": …}`) answers in Russian if it can."""
    if not isinstance(value, dict):
        return value
    languages = ("ru", "en", *value)
    return next((value[lang] for lang in languages if lang in value and isinstance(value[lang], str)), value)


def displayed(value: Any, context: Context) -> Any:
    """Give what people see of a reference: display, else name, key, id; of a plain value its text."""
    if isinstance(value, dict):
        known = (worded(value.get(name), context) for name in ("display", "name", "key", "id"))
        return next((scalar_text(text) for text in known if isinstance(text, str | int)), value)
    if isinstance(value, list) and len(value) == 1:  # the docs print single values as arrays of one
        return displayed(value[0], context)
    return scalar_text(value)


def scalar_text(value: Any) -> Any:
    """Give the text of a number or boolean as JSON writes it; anything else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _named_by_key(value: Any, context: Context) -> Any:
    if isinstance(value, dict):
        return value["key"] if isinstance(value.get("key"), str) else value
    return displayed(value, context)


def _title(value: Any, context: Context) -> str | None:
    text = displayed(value, context)
    return text if isinstance(text, str) else None


def _key(value: Any, _context: Context) -> Any:
    key = _sole(value).get("key")
    return key if isinstance(key, str) else None


def _id(value: Any, _context: Context) -> str | None:
    own = _sole(value).get("id")
    return str(own) if isinstance(own, str | int) and not isinstance(own, bool) else None


def _own_id(value: Any, _context: Context) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _login(value: Any, context: Context) -> str | None:
    login = context.logins.get(_id(value, context) or "") or _sole(value).get("login")
    return login if isinstance(login, str) else None


def _sole(value: Any) -> Mapping[str, Any]:
    """Give the reference, also out of an array of one; of anything else an empty one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


def _relation(link: Any, context: Context) -> Any:
    """Give the name of a link from the asked issue's side: outward means that the asked issue is the main one."""
    kind = link.get("type") if isinstance(link, dict) else None
    return worded(kind.get(str(link.get("direction"))), context) if isinstance(kind, dict) else None


def _options(provider: Any, _context: Context) -> Any:
    """Give the values to choose from; where every queue has its own, all of them once."""
    values = provider.get("values") if isinstance(provider, dict) else None
    if not isinstance(values, dict):
        return values
    lists = (part for part in (provider.get("defaults"), *values.values()) if isinstance(part, list))
    return list(dict.fromkeys(option for option in chain.from_iterable(lists) if isinstance(option, str | int | float)))


_FAST: Final[Mapping[Part, str]] = {
    "display": "display",
    "title": "display",
    "key": "key",
    "named_by_key": "key",
    "id": "id",
}
_OF_REFERENCES: Final = frozenset({*_FAST, "login"})
_OF_TEXTS: Final = frozenset({"words", "own_id"})  # a text is already what they give
_PATIENT: Final[Mapping[Part, Callable[[Any, Context], Any]]] = {
    "words": worded,
    "own_id": _own_id,
    "display": displayed,
    "title": _title,
    "key": _key,
    "id": _id,
    "login": _login,
    "named_by_key": _named_by_key,
    "relation": _relation,
    "options": _options,
}


def _as_they_are(values: Cells) -> Cells:
    return values


def _each(patient: Callable[[Any, Context], Any], context: Context) -> Callable[[Cells], Cells]:
    return lambda values: [None if value is None else patient(value, context) for value in values]


def _unless_texts(patient: Callable[[Any, Context], Any], context: Context) -> Callable[[Cells], Cells]:
    one_by_one = _each(patient, context)
    return lambda values: values if _TEXTS.issuperset(map(type, values)) else one_by_one(values)


def _each_list(patient: Callable[[Any, Context], Any], context: Context) -> Callable[[Cells], Cells]:
    def members(value: Any) -> list[Any]:
        # A single reference where many are possible is a list of one.
        return [patient(member, context) for member in (value if isinstance(value, list) else [value])]

    return lambda values: [None if value is None else members(value) for value in values]


def _sharing_members(shared: Shared) -> Callable[[Cells], Cells]:
    def share(values: Cells) -> Cells:
        _only_lists(values)
        return [None if value is None else [shared[member] for member in value] for value in values]

    return _trying(share, _as_they_are)


def _trying(fast: Callable[[Cells], Cells], patient: Callable[[Cells], Cells]) -> Callable[[Cells], Cells]:
    def extract(values: Cells) -> Cells:
        try:
            return fast(values)
        except (KeyError, TypeError):
            return patient(values)

    return extract


def _only_lists(values: Cells) -> None:
    if not _LISTS.issuperset(map(type, values)):
        raise TypeError


def _primary(values: Cells) -> Cells:
    """v3 has `{primary, secondary}`, v2 the primary project alone."""
    return [value.get("primary") if value and _is_v3_project(value) else value for value in values]


def _secondary(values: Cells) -> Cells:
    return [value.get("secondary") if value and _is_v3_project(value) else None for value in values]


def _is_v3_project(value: Any) -> bool:
    return isinstance(value, dict) and ("primary" in value or "secondary" in value)


_PROJECT_STEPS: Final[Mapping[str, Callable[[Cells], Cells]]] = {"primary": _primary, "secondary": _secondary}
