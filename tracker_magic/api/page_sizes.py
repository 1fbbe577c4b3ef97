"""How many issues a page may have, as learned from the service's replies."""

import threading
from typing import Final

from tracker_magic.api.endpoints import CAPPED_PAGE, PAGE, may_be_capped
from tracker_magic.forks import PerProcess

_PAGE_S: Final = 0.35  # what a full page takes, until one has been timed
_BELIEVED: Final = 4  # an answer repeated this many times in a row is no accident


class PageSizes:
    """How many issues a page may have, learned from the service's replies and shared by all threads.

    `page`, `scroll`: the sizes to request. `page_s`: how long the last full page took.
    """

    def __init__(self) -> None:
        self.page = PAGE
        self.scroll = PAGE
        self.page_s = _PAGE_S
        self._page_is_known = False
        self._short_page = 0  # rows of the last numbered page that was short
        self._scroll_is_known = False
        self._undated = 0  # replies in a row whose issues had no creation time
        self._lock = PerProcess(threading.Lock)

    def is_known(self, parameter: str, size: int) -> bool:
        """Whether the service is known to accept `size` for this parameter (perPage, perScroll)."""
        if parameter == "perPage":
            return self._page_is_known
        return self._scroll_is_known and size <= self.scroll

    def cap(self, parameter: str) -> None:
        """Fall back to the size that every service accepts, after a larger one was refused."""
        with self._lock.value:
            if parameter == "perPage":
                self.page = CAPPED_PAGE
            else:
                self.scroll = CAPPED_PAGE

    def note_page(self, requested: int, rows: int, total: int, took_s: float, *, readings: int = 2) -> None:
        """Learn from a numbered page: fewer rows than requested, although there are more, are the maximum.

        After a single reading, only if the short page before it had as many: it may be short for another reason.
        """
        with self._lock.value:
            self._page_is_known = self._page_is_known or requested >= self.page
            if rows == self.page:
                self.page_s = took_s
            if rows < min(requested, total) and may_be_capped(rows):
                self.page = rows if readings > 1 or rows == self._short_page else self.page
                self._short_page = rows

    def note_first_page(self, requested: int) -> None:
        """Learn that the first page of a scroll was accepted."""
        with self._lock.value:
            self._scroll_is_known = self._scroll_is_known or requested >= self.scroll

    def note_scroll_page(self, requested: int, previous: int, rows: int) -> None:
        """Learn from two consecutive pages of a scroll: the same number of rows, fewer than requested, is the maximum.

        A single page may be short for another reason, and larger pages would never be requested again.
        """
        with self._lock.value:
            if previous == rows < requested and may_be_capped(rows):
                self.scroll = min(self.scroll, rows)

    @property
    def needs_created(self) -> bool:
        """Whether issues without a creation time are an error, as they are unless the service never sends it."""
        return self._undated < _BELIEVED

    def note_created(self, *, is_missing: bool) -> None:
        """Count the replies in a row without creation times."""
        with self._lock.value:
            if self._undated < _BELIEVED:
                self._undated = self._undated + 1 if is_missing else 0
