"""Types whose values are references by key or id: to people, queues, issues and statuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker_magic.demo.language.operands import Context, find_people, fold, unknown_name, unsuitable_operand
from tracker_magic.demo.language.syntax_tree import FunctionCall, Range, Value
from tracker_magic.demo.language.value_types import (
    FieldType,
    OneOf,
    SortKey,
    ValueTest,
    require_literal,
    wrong_operator,
)
from tracker_magic.demo.model import Entry, Queue, World


@dataclass(frozen=True)
class ReferenceType(FieldType):
    """References to things in the world, which a query names; `ru` and `en` begin the error for an unknown name."""

    ru: str
    en: str
    collection: str  # attribute of World that holds the targets by key or id
    by_id: bool = False  # whether a query may also name them by id

    def targets(self, world: World) -> Mapping[str, Any]:
        """Return the targets that values of this type refer to."""
        targets: Mapping[str, Any] = getattr(world, self.collection)
        return targets

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it refers to one of the targets with that name."""
        literal = require_literal(value)
        stored = frozenset(self.find(context, literal.text))
        if not stored:
            raise unknown_name(self.ru, self.en, literal.text, literal.position)
        return OneOf(stored)

    def find(self, context: Context, text: str) -> Iterable[Any]:
        """Return the stored values that refer to targets with this name."""
        name = fold(text)
        for key, target in self.targets(context.world).items():
            if fold(_title(target)) == name or (self.by_id and key == text):
                yield key

    def sort_key(self, world: World) -> SortKey:
        """Sort by name."""
        targets = self.targets(world)
        return lambda key: fold(_title(targets[key])) if key in targets else ""

    def values_with_id(self, context: Context, text: str) -> frozenset[str]:
        """Return the visible targets with this id."""
        targets = self.targets(context.world).items()
        return frozenset(key for key, target in targets if _has_id(key, target, text) and key not in context.hidden)


def _title(target: Any) -> str:
    """Return the name of a target; a project is named by its summary."""
    return str(target.name if hasattr(target, "name") else target.fields.get("summary", ""))


def _has_id(key: str, target: Any, text: str) -> bool:
    if isinstance(target, Entry | Queue):
        return text == target.id
    return text in {key, str(getattr(target, "short_id", key)), getattr(target, "login", key)}


class DictionaryType(ReferenceType):
    """Keys of a dictionary's entries."""

    def find(self, context: Context, text: str) -> Iterable[str]:
        """Return the keys of entries with this key, Russian or English name."""
        name = fold(text)
        for entry in self.targets(context.world).values():
            if name in {fold(entry.key), fold(entry.ru), fold(entry.en)}:
                yield entry.key

    def sort_key(self, world: World) -> SortKey:
        """Sort in the order of the dictionary."""
        entries = enumerate(self.targets(world).items())
        positions = {key: (entry.order, position) for position, (key, entry) in entries}
        return lambda key: positions.get(key, (0, -1))


class QueueType(ReferenceType):
    """Keys of queues."""

    def find(self, context: Context, text: str) -> Iterable[str]:
        """Return the keys of visible queues with this key or name."""
        name = fold(text)
        for key, queue in self.targets(context.world).items():
            if key not in context.hidden and name in {fold(key), fold(queue.name)}:
                yield key

    def sort_key(self, world: World) -> SortKey:
        """Sort by key."""
        del world
        return _unchanged


class IssueType(ReferenceType):
    """Ids of issues."""

    def find(self, context: Context, text: str) -> Iterable[str]:
        """Return the id of the issue with this key; an unknown key is no error, but matches nothing."""
        issue = context.world.issues.get(text.upper())
        return [issue.id] if issue is not None else ["no such issue"]

    def sort_key(self, world: World) -> SortKey:
        """Sort by key."""

        def key(issue_id: str) -> tuple[str, int]:
            return natural_key_order(world.keys.get(issue_id, issue_id))

        return key

    def values_with_id(self, context: Context, text: str) -> frozenset[str]:
        """Return the id of the issue with this id or key."""
        issue = context.world.find(text)
        return frozenset({issue.id}) if issue is not None else frozenset()


def natural_key_order(key: str) -> tuple[str, int]:
    """Sort key of issue keys: `DEV-2` comes before `DEV-10`."""
    queue, _, number = key.rpartition("-")
    return queue, int(number) if number.isdigit() else 0


class UserType(ReferenceType):
    """Uids of people."""

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it is one of the people."""
        if value.operator not in {"", "!"}:
            raise wrong_operator(value)
        if isinstance(value.operand, Range):
            raise unsuitable_operand(value.operand)
        return find_people(context, value.operand).__contains__

    def sort_key(self, world: World) -> SortKey:
        """Sort by full name."""
        return lambda uid: fold(world.users[uid].display) if uid in world.users else uid


class CallerType(UserType):
    """Uids of which a query may only name the caller's own, as `me()`."""

    def match(self, context: Context, value: Value) -> ValueTest:
        """Test whether it is the caller."""
        if not isinstance(value.operand, FunctionCall) or value.operand.name != "me":
            raise unsuitable_operand(value.operand)
        return super().match(context, value)


def _unchanged(stored: Any) -> Any:
    return stored
