"""Extracts cells from records: a value itself, or the display, key, id or login of a reference.

Values of the documented shape are extracted all at once, all others one by one. A value without the wanted part is
returned as it is for the field's own column, which rejects it, so that nothing is lost; a companion column (`NAME.key`,
`NAME.id` …) has no value there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from tracker_magic.columns import Column, ColumnPart

Cells = list[Any]

_LIST_TYPES: Final = frozenset({list, type(None)})
_TEXT_TYPES: Final = frozenset({str, type(None)})
# The documented member of a reference that holds a part.
_MEMBERS: Final[Mapping[ColumnPart, str]] = {
    "display": "display",
    "companion_display": "display",
    "key": "key",
    "companion_key": "key",
    "companion_id": "id",
}
_TEXT_PARTS: Final = frozenset({"localized_text", "id_text"})  # which a text already is
_PROJECT_STEPS: Final = frozenset({"primary", "secondary"})


class _HalfText(str):
    """A text with half a surrogate pair, which front ends and terminals cannot show: it is shown with an escape."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.encode("utf-8", "backslashreplace").decode()


def displayable(text: str) -> str:
    """Return an equal text; one that cannot be encoded is shown with an escape."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _HalfText(text)
    return text


class SharedTexts(dict[str, str]):
    """Keeps equal texts as one object: references repeat on thousands of rows. Anything but a text is a TypeError."""

    def __missing__(self, text: str) -> str:
        if type(text) is not str:
            raise TypeError(text)
        self[text] = shared = displayable(text)
        return shared


@dataclass(frozen=True, slots=True)
class Context:
    """What extraction needs besides the record: logins by user id, and the texts seen so far."""

    logins: Mapping[str, str] = field(default_factory=dict)
    texts: SharedTexts = field(default_factory=SharedTexts)


def values_at(records: Sequence[Any], path: tuple[str, ...]) -> Sequence[Any]:
    """Return for every record the value at this path, None if there is none."""
    values = records
    for step in path:
        if step in _PROJECT_STEPS:
            values = [_project_at(value, step) for value in values]
            continue
        try:
            values = [value.get(step) for value in values]
        except AttributeError:  # some are no object
            values = [value.get(step) if isinstance(value, dict) else value for value in values]
    return values


def _project_at(project: Any, step: str) -> Any:
    """Return the primary or the secondary projects: v3 has `{primary, secondary}`, v2 the primary project alone."""
    if isinstance(project, dict) and ("primary" in project or "secondary" in project):
        return project.get(step)
    return project if step == "primary" else None


def extract_cells(column: Column, values: Sequence[Any], context: Context) -> Sequence[Any]:
    """Return the cells of a column, given the values at its path."""
    part, is_many = column.part, column.kind == "list"
    if part == "value":
        return _share_texts(values, context.texts) if is_many else values
    if part in _TEXT_PARTS and _TEXT_TYPES.issuperset(map(type, values)):
        return values
    if part in _MEMBERS:
        try:
            return _documented_members(values, _MEMBERS[part], context.texts, is_many=is_many)
        except (KeyError, TypeError):  # some have another shape
            pass
    return [None if value is None else _cell(column, value, context.logins) for value in values]


def _share_texts(values: Sequence[Any], texts: SharedTexts) -> Sequence[Any]:
    """Return the values, with equal texts as one object if all values are lists of texts."""
    if not _LIST_TYPES.issuperset(map(type, values)):
        return values
    try:
        return [None if value is None else [texts[text] for text in value] for value in values]
    except TypeError:
        return values


def _documented_members(values: Sequence[Any], member: str, texts: SharedTexts, *, is_many: bool) -> Cells:
    """Return this member of references of the documented shape; KeyError or TypeError if one has another shape."""
    if not is_many:
        return [None if value is None else texts[value[member]] for value in values]
    if not _LIST_TYPES.issuperset(map(type, values)):
        raise TypeError
    return [None if value is None else [texts[each[member]] for each in value] for value in values]


def _cell(column: Column, value: Any, logins: Mapping[str, str]) -> Any:
    """Extract one cell from a value of any shape."""
    part = column.part
    is_reference = part in _MEMBERS or part == "login"
    if column.kind == "list" and is_reference:
        # A single reference in a field that may hold many is a list of one.
        references = value if isinstance(value, list) else [value]
        return [_login(each, logins) if part == "login" else _EXTRACTORS[part](each) for each in references]
    return _login(value, logins) if part == "login" else _EXTRACTORS[part](value)


def localized_text(value: Any) -> Any:
    """Return the text of a name; of texts by language (`{"ru": …, "en": …}`) the Russian one if there is one."""
    if not isinstance(value, dict):
        return value
    languages = ("ru", "en", *value)
    return next((value[lang] for lang in languages if lang in value and isinstance(value[lang], str)), value)


def display_text(value: Any) -> Any:
    """Return what people see of a reference: its display, else name, key, value or id; of a plain value its text."""
    if isinstance(value, dict):
        if type(display := value.get("display")) is str:
            return display
        members = (localized_text(value.get(name)) for name in ("display", "name", "key", "value", "id"))
        return next((scalar_text(member) for member in members if isinstance(member, str | int)), value)
    if isinstance(value, list) and len(value) == 1:  # the documentation prints single values as arrays of one
        return display_text(value[0])
    return scalar_text(value)


def scalar_text(value: Any) -> Any:
    """Return the text of a number or boolean as JSON writes it; anything else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _companion_display(value: Any) -> str | None:
    text = display_text(value)
    return text if isinstance(text, str) else None


def _key(value: Any) -> Any:
    if isinstance(value, dict):
        return value["key"] if isinstance(value.get("key"), str) else value
    return display_text(value)


def _companion_key(value: Any) -> str | None:
    reference = _reference(value)
    key = reference.get("key", reference.get("value"))  # a status type may be `{value, order}`
    return key if isinstance(key, str) else None


def _companion_id(value: Any) -> str | None:
    identifier = _reference(value).get("id")
    return str(identifier) if isinstance(identifier, str | int) and not isinstance(identifier, bool) else None


def _id_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _login(value: Any, logins: Mapping[str, str]) -> str | None:
    login = logins.get(_companion_id(value) or "") or _reference(value).get("login")
    return login if isinstance(login, str) else None


def _reference(value: Any) -> Mapping[str, Any]:
    """Return the reference, also out of an array of one; for anything else an empty one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


def _relation(link: Any) -> Any:
    """Return the name of a link as seen from its issue, which is the main one of an outward link."""
    link_type = link.get("type") if isinstance(link, dict) else None
    return localized_text(link_type.get(str(link.get("direction")))) if isinstance(link_type, dict) else None


def _options(provider: Any) -> Any:
    """Return the values to choose from; if every queue has its own, all of them once."""
    values = provider.get("values") if isinstance(provider, dict) else None
    if not isinstance(values, dict):
        return values
    lists = (options for options in (provider.get("defaults"), *values.values()) if isinstance(options, list))
    return list(dict.fromkeys(option for option in chain.from_iterable(lists) if isinstance(option, str | int | float)))


_EXTRACTORS: Final[Mapping[ColumnPart, Callable[[Any], Any]]] = {
    "localized_text": localized_text,
    "id_text": _id_text,
    "display": display_text,
    "companion_display": _companion_display,
    "key": _key,
    "companion_key": _companion_key,
    "companion_id": _companion_id,
    "relation": _relation,
    "options": _options,
}
