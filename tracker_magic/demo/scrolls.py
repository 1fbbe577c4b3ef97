"""Open scrolls: snapshots of who was found, read page by page."""

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tracker_magic.demo.behaviour import FaultKind


@dataclass(slots=True)
class Scroll:
    """A snapshot being read: ids of its members, how far the reader is, until when it lives."""

    members: list[str]
    per: int
    ttl_ms: int
    caller: str
    expires: float
    place: int = 0

    @property
    def finished(self) -> bool:
        """Whether every page was read."""
        return self.place >= len(self.members)


@dataclass(slots=True)
class Scrolls:
    """Open scrolls. Each page has an id and a token of its own; every id of a scroll leads to the same place."""

    clock: Callable[[], float] = time.monotonic
    _by_id: dict[str, Scroll] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def open(self, members: list[str], per: int, ttl_ms: int, caller: str) -> Scroll:
        """Remember who belongs to it; an id comes with its first page."""
        self._sweep()
        return Scroll(members, per, ttl_ms, caller, self.clock() + ttl_ms / 1000)

    def find(self, scroll_id: str, caller: str) -> Scroll | None:
        """The scroll of that id, unless it ended or is somebody else's."""
        self._sweep()
        scroll = self._by_id.get(scroll_id)
        return scroll if scroll is not None and scroll.caller == caller else None

    def read(self, scroll: Scroll, flaw: FaultKind | None = None) -> list[str]:
        """The next members; moves the place, however the answer fares, and begins its time anew.

        `flaw`: the fault that strikes, which may be one of pages.
        """
        scroll.expires = self.clock() + scroll.ttl_ms / 1000
        if flaw == "empty_page":
            return []
        if flaw == "repeat":
            scroll.place = max(0, scroll.place - scroll.per)
        per = max(1, scroll.per // 2) if flaw == "short_page" else scroll.per
        rows = scroll.members[scroll.place : scroll.place + per]
        if flaw == "duplicate":
            rows = scroll.members[max(0, scroll.place - 1) :][:1] + rows
        scroll.place = len(scroll.members) if flaw == "end_early" else scroll.place + per
        return rows

    def name(self, scroll: Scroll) -> tuple[str, str]:
        """A fresh id and token that lead to this scroll."""
        scroll_id = f"{next(self._numbers):08x}{secrets.token_hex(8)}"
        self._by_id[scroll_id] = scroll
        self._tokens[scroll_id] = f"{secrets.token_hex(32)}:{int(scroll.expires * 1000)}"
        return scroll_id, self._tokens[scroll_id]

    def release(self, scroll_id: str, token: str, caller: str) -> bool:
        """Let go of the scroll; True also where it is gone already, False where the token is not its own."""
        scroll = self.find(scroll_id, caller)
        if scroll is None:
            return True
        if not secrets.compare_digest(self._tokens[scroll_id].encode(), token.encode()):
            return False
        self._drop(lambda other: other is scroll)
        return True

    def forget(self) -> None:
        """Forget all scrolls, as after their time."""
        self._drop(lambda _: True)

    def __len__(self) -> int:
        """How many still hold unread pages."""
        self._sweep()
        return len({id(scroll) for scroll in self._by_id.values() if not scroll.finished})

    def _sweep(self) -> None:
        now = self.clock()
        self._drop(lambda scroll: scroll.expires <= now)

    def _drop(self, gone: Callable[[Scroll], bool]) -> None:
        for scroll_id in [name for name, scroll in self._by_id.items() if gone(scroll)]:
            del self._by_id[scroll_id], self._tokens[scroll_id]
