"""What belongs to one process: after a fork, the child process has locks and connections of its own.

Only the thread that forks exists in the child, so a lock that another thread holds at that moment would stay locked
there. On a shared connection, parent and child would read each other's answers.
"""

import os
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Holds a `value` that `make` returns; a child process made by fork has a new one from the beginning."""

    def __init__(self, make: Callable[[], T]) -> None:
        self.value = make()
        self._make = make
        _all.add(self)

    def renew(self) -> None:
        """Replace the value."""
        self.value = self._make()


_all: Final[WeakSet[PerProcess[Any]]] = WeakSet()


def _renew_all() -> None:
    for each in list(_all):  # making a value may make others
        each.renew()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew_all)
