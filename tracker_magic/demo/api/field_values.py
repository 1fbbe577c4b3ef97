"""Reads the values of fields that a client writes: keys, ids, dates, objects, and `add`, `remove`, `set`, `replace`."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from tracker_magic.demo.model import FieldDef, World

PLAIN_TYPES = {"string": str, "text": str, "integer": int, "float": int | float, "boolean": bool}
OPERATIONS = frozenset({"add", "remove", "set", "replace"})
REFERENCE_KEYS = ("key", "id", "uid", "login", "name")


def parse_value(world: World, definition: FieldDef, old: Any, value: Any) -> Any:
    """The native value that a field gets, from that in a request and the present one; ValueError if it is bad."""
    operations = value if isinstance(value, Mapping) and OPERATIONS.issuperset(value) else {"set": value}
    if not definition.many and definition.type != "sprint":  # which is a list, whatever its schema says
        if operations.keys() != {"set"}:
            raise ValueError(value)
        return None if operations["set"] is None else _parse_member(world, definition, operations["set"])
    members = list(old or ())
    for operation, operand in operations.items():
        members = _OPERATIONS[operation](members, _parse_operand(world, definition, operation, operand))
    return list(dict.fromkeys(members))


def _parse_operand(world: World, definition: FieldDef, operation: str, operand: Any) -> list[Any]:
    """The members that an operation is about; for `replace`, pairs of them."""
    listed = operand if isinstance(operand, list) else [] if operand is None else [operand]
    if operation != "replace":
        return [_parse_member(world, definition, member) for member in listed]
    if not all(isinstance(pair, Mapping) and pair.keys() == {"target", "replacement"} for pair in listed):
        raise ValueError(operand)
    return [tuple(_parse_member(world, definition, pair[n]) for n in ("target", "replacement")) for pair in listed]


_OPERATIONS: dict[str, Callable[[list[Any], list[Any]], list[Any]]] = {
    "set": lambda _, operand: operand,
    "add": lambda members, operand: members + operand,
    "remove": lambda members, operand: [member for member in members if member not in operand],
    "replace": lambda members, operand: [dict(operand).get(member, member) for member in members],
}


def _parse_member(world: World, definition: FieldDef, value: Any) -> Any:
    """The native value for a plain value, a date, a key, an id, a login, or an object that has one of these."""
    plain_type = PLAIN_TYPES.get(definition.type)
    if plain_type is not None:
        if not isinstance(value, plain_type):
            raise ValueError(value)
        return value
    if definition.type == "date":
        return date.fromisoformat(str(value))
    if definition.type == "datetime":
        time = datetime.fromisoformat(str(value))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    if isinstance(value, Mapping):
        value = next((value[name] for name in REFERENCE_KEYS if name in value), None)
    return _find_reference(world, definition.type, str(value))


def _find_reference(world: World, field_type: str, text: str) -> str:
    """The native reference to what has this key, id, login or name."""
    if field_type == "issue":
        issue = world.find(text)
        if issue is None:
            raise ValueError(text)
        return issue.id
    for name, entry in _dictionary(world, field_type).items():
        if text in {name, *(getattr(entry, attribute, name) for attribute in ("id", "login", "ru", "en", "name"))}:
            return name
    raise ValueError(text)


def _dictionary(world: World, field_type: str) -> Mapping[str, Any]:
    dictionaries: dict[str, Mapping[str, Any]] = {
        "user": world.users,
        "priority": world.priorities,
        "issuetype": world.types,
        "resolution": world.resolutions,
        "component": world.components,
        "version": world.versions,
        "sprint": world.sprints,
        "board": world.boards,
    }
    return dictionaries.get(field_type, {})
