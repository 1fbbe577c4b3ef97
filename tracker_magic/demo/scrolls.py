"""Open scrolls: snapshots of search results, read page by page."""

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tracker_magic.demo.behaviour import FaultKind


@dataclass(slots=True)
class Scroll:
    """A snapshot: the ids of its issues, the position of the reader, and when it expires."""

    issue_ids: list[str]
    page_size: int
    ttl_ms: int
    caller: str
    expires: float
    position: int = 0

    @property
    def finished(self) -> bool:
        """Whether every page was read."""
        return self.position >= len(self.issue_ids)


@dataclass(slots=True)
class Scrolls:
    """Open scrolls. Each page comes with a new id and token; every id of a scroll leads to the same position."""

    clock: Callable[[], float] = time.monotonic
    _by_id: dict[str, Scroll] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def open(self, issue_ids: list[str], page_size: int, ttl_ms: int, caller: str) -> Scroll:
        """Make a scroll over these issues; it gets its first id with its first page."""
        self._remove_expired()
        return Scroll(issue_ids, page_size, ttl_ms, caller, self.clock() + ttl_ms / 1000)

    def find(self, scroll_id: str, caller: str) -> Scroll | None:
        """The scroll with that id, unless it has ended or belongs to another user."""
        self._remove_expired()
        scroll = self._by_id.get(scroll_id)
        return scroll if scroll is not None and scroll.caller == caller else None

    def read(self, scroll: Scroll, fault: FaultKind | None = None) -> list[str]:
        """The ids of the next page; advances the position, even if the response is lost, and renews the lifetime.

        `fault`: the kind of fault that the request gets; those of pages change what is read.
        """
        scroll.expires = self.clock() + scroll.ttl_ms / 1000
        if fault == "empty_page":
            return []
        if fault == "repeat":
            scroll.position = max(0, scroll.position - scroll.page_size)
        page_size = max(1, scroll.page_size // 2) if fault == "short_page" else scroll.page_size
        page = scroll.issue_ids[scroll.position : scroll.position + page_size]
        if fault == "duplicate":
            page = scroll.issue_ids[max(0, scroll.position - 1) :][:1] + page
        scroll.position = len(scroll.issue_ids) if fault == "end_early" else scroll.position + page_size
        return page

    def new_id(self, scroll: Scroll) -> tuple[str, str]:
        """A new id and token of this scroll."""
        scroll_id = f"{next(self._numbers):08x}{secrets.token_hex(8)}"
        self._by_id[scroll_id] = scroll
        self._tokens[scroll_id] = f"{secrets.token_hex(32)}:{int(scroll.expires * 1000)}"
        return scroll_id, self._tokens[scroll_id]

    def release(self, scroll_id: str, token: str, caller: str) -> bool:
        """Close the scroll. True also if it is closed already, False if the token is wrong."""
        scroll = self.find(scroll_id, caller)
        if scroll is None:
            return True
        if not secrets.compare_digest(self._tokens[scroll_id].encode(), token.encode()):
            return False
        self._remove(lambda other: other is scroll)
        return True

    def forget(self) -> None:
        """Close all scrolls, as if they had expired."""
        self._remove(lambda _: True)

    def __len__(self) -> int:
        """The number of scrolls with unread pages."""
        self._remove_expired()
        return len({id(scroll) for scroll in self._by_id.values() if not scroll.finished})

    def _remove_expired(self) -> None:
        now = self.clock()
        self._remove(lambda scroll: scroll.expires <= now)

    def _remove(self, is_gone: Callable[[Scroll], bool]) -> None:
        for scroll_id in [name for name, scroll in self._by_id.items() if is_gone(scroll)]:
            del self._by_id[scroll_id], self._tokens[scroll_id]
