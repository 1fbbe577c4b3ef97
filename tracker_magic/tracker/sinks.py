"""A page sink that builds a frame of issues, and the order of its rows."""

import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tracker_magic.frames import ColumnSelection, IssueBuilder, IssuePage

if TYPE_CHECKING:
    import pandas as pd

_AFTER_ALL: Final = chr(sys.maxunicode)


def natural_text(key: str) -> str:
    """The text of a key by which keys sort as people count, `DEV-2` before `DEV-10`."""
    queue, _, number = key.rpartition("-")
    # A blank sorts before everything a queue's key may hold, so DEV comes before DEVOPS.
    return f"{queue} {number.zfill(12)}"


def natural_order(keys: Iterable[Any]) -> list[int]:
    """Positions of `keys` sorted by queue and number; anything but strings comes last."""
    texts = [natural_text(key) if isinstance(key, str) else _AFTER_ALL for key in keys]
    return sorted(range(len(texts)), key=texts.__getitem__)


def sorted_by_key(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame sorted by queue and number, with a new index."""
    return frame.iloc[natural_order(frame["key"].tolist())].reset_index(drop=True)


@dataclass(slots=True)
class _Reading:
    """The rows of one reading, and the ids of those in the result (None: all)."""

    builder: IssueBuilder
    kept: Collection[str] | None = None

    def __len__(self) -> int:
        return len(self.builder if self.kept is None else self.kept)

    def keep(self, ids: Collection[str]) -> None:
        """Make the rows with these ids the result."""
        self.kept = ids

    def positions(self) -> Sequence[int]:
        """The positions of the result's rows, in order of arrival."""
        if self.kept is None:
            return range(len(self.builder))
        return [position for position, issue_id in enumerate(self.builder.ids) if issue_id in self.kept]


class FrameSink:
    """A page sink that builds a frame of issues; after `frame` was called, further pages are ignored.

    The result is the reading that was kept, else the longest one, or the later of two that are equally long.
    """

    def __init__(self, selection: ColumnSelection, tz: str, logins: Mapping[str, str] | None = None) -> None:
        self._selection = selection
        self._tz = tz
        self._logins = logins
        self._readings: list[_Reading] = []
        self._frame: pd.DataFrame | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._result)

    @property
    def _result(self) -> _Reading:
        if not self._readings:
            return self._new_reading()
        latest = self._readings[-1]
        return latest if latest.kept is not None else max(reversed(self._readings), key=len)

    def _new_reading(self) -> _Reading:
        return _Reading(IssueBuilder(self._selection, self._tz, self._logins))

    def restart(self) -> None:
        """Begin another reading."""
        self._readings.append(self._new_reading())

    @contextmanager
    def page(self) -> Iterator[IssuePage]:
        """A page: taken as a whole when the block ends, or not at all."""
        with self._lock:
            # A thread that outlived its call fills a page that nobody sees.
            reading = self._new_reading() if self._is_closed else self._readings[-1]
            with reading.builder.page() as page:
                yield page

    def keep(self, ids: Collection[str]) -> None:
        """Make the rows of the current reading with these ids the result."""
        self._readings[-1].keep(ids)

    def frame(self, positions: Sequence[int] | None = None, *, is_by_key: bool = False) -> "pd.DataFrame":
        """The frame of the result, built once: rows as they arrived, by queue and number, or at these `positions`."""
        with self._lock:
            self._is_closed = True
            if self._frame is None:
                result = self._result
                self._frame = result.builder.frame(_order(result, positions, is_by_key=is_by_key))
            return self._frame


def _order(result: _Reading, positions: Sequence[int] | None, *, is_by_key: bool) -> Sequence[int] | None:
    if positions is not None:
        return [position for position in positions if position < len(result.builder)]
    if is_by_key:
        keys, rows = result.builder.keys(), result.positions()
        return [rows[position] for position in natural_order([keys[row] for row in rows])]
    return None if len(result) == len(result.builder) else result.positions()
