"""What a typed name stands for: a user, a queue or a board, by key, id, login or displayed name. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tracker_magic.api import Records
from tracker_magic.errors import BadOption
from tracker_magic.names import folded, nearest
from tracker_magic.printable import quoted
from tracker_magic.query.parameters import texts_of

_MOST_SHOWN: Final = 5
_ONESELF: Final = frozenset({"me", "@me", "myself", "current", "currentuser", "currentuser()", "я"})


@dataclass(frozen=True, slots=True)
class ItemKind:
    """What is looked up: its word in messages, the list that has it, and the members of a record that identify it.

    `unique` is the member that people may type in any case, and `display` the one that they see. `by_words`: whole
    words of the displayed name are enough, if only one item has them.
    """

    word: str
    list_name: str
    id: str
    unique: str
    display: str = "name"
    by_words: bool = False


USER: Final = ItemKind("user", "users", "uid", "login", "display", by_words=True)
QUEUE: Final = ItemKind("queue", "queues", "key", "key")
BOARD: Final = ItemKind("board", "boards", "id", "id")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list: its id, its login or key (of a board the id again), and its displayed names."""

    id: str
    unique: str
    displays: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call it."""
        return (self.unique, *self.displays)

    def __str__(self) -> str:
        """How a message shows it."""
        return f"{self.unique} ({self.displays[0]})" if self.displays else self.unique


def matches(kind: ItemKind, records: Records, typed: str) -> list[Item]:
    """The items with this id or name; else those that have it in any case; else those whose name has these words."""
    typed, items = _plain(kind, typed), [_item(kind, record) for record in records]
    exact = [item for item in items if typed in {item.id, *item.names}]
    same = exact or [item for item in items if folded(typed) in map(folded, item.names)]
    words = set(folded(typed).split())
    return same or [item for item in items if _has_words(kind, item, words)]


def _plain(kind: ItemKind, typed: str) -> str:
    """The text without blanks around it, and without the `@` that queries write after a login."""
    return typed.strip().removesuffix("@") if kind is USER else typed.strip()


def _item(kind: ItemKind, record: Mapping[str, Any]) -> Item:
    return Item(str(record.get(kind.id)), str(record.get(kind.unique, "")), texts_of(record.get(kind.display)))


def _has_words(kind: ItemKind, item: Item, typed: set[str]) -> bool:
    """Whether the typed words are words of one displayed name. A beginning of one is not: `kotov` is not Kotova."""
    return kind.by_words and bool(typed) and any(typed <= set(folded(name).split()) for name in item.displays)


def several(kind: ItemKind, typed: str, items: Sequence[Item]) -> BadOption:
    """The error for a name that several items have."""
    shown = ", ".join(map(str, items[:_MOST_SHOWN]))
    more = f" and {len(items) - _MOST_SHOWN} more" if len(items) > _MOST_SHOWN else ""
    problem = f"{len(items)} {kind.word}s are called {quoted(typed)}: {shown}{more}"
    return BadOption(problem, hint=f"Give the {kind.unique} of one of them.", reason="ambiguous_name")


def unknown(kind: ItemKind, typed: str, records: Records) -> BadOption:
    """The error for a name that no item has, with the nearest ones."""
    is_oneself = kind is USER and folded(typed) in _ONESELF
    hint = "Whoever is logged in is `me()`." if is_oneself else did_you_mean(kind, typed, records)
    return BadOption(f"there is no {kind.word} {quoted(typed)}", hint=hint, reason="unknown_name")


def did_you_mean(kind: ItemKind, typed: str, records: Records) -> str:
    """The nearest items to an unknown name, else all if they are few, else the command that lists them."""
    items = [_item(kind, record) for record in records]
    shown = {name: str(item) for item in reversed(items) for name in (*item.names, *_words(kind, item))}
    similar = ", ".join(dict.fromkeys(shown[name] for name in nearest(typed, shown)))
    hint = f"%tracker {kind.list_name} (t.{kind.list_name}()) lists those that this login may see."
    if similar:
        return f"Did you mean {similar}? {hint}"
    return f"There are {', '.join(map(str, items))}." if 0 < len(items) <= _MOST_SHOWN else hint


def _words(kind: ItemKind, item: Item) -> list[str]:
    return [word for name in item.displays for word in name.split()] if kind.by_words else []
