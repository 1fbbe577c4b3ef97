"""Issues: pages of records in, one typed frame out. Only plain values are kept, never the records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracker_magic.frames.assembly import framed
from tracker_magic.frames.dtypes import Array, converted, objects
from tracker_magic.frames.extract import Cells, Context, extractor, picked
from tracker_magic.frames.moments import Misfits, checked_zone
from tracker_magic.frames.schema import Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows that wait as Python values before they become arrays: large enough that a chunk costs little, small in memory.
_CHUNK: Final = 20_000
# Records whose cells are taken at once: so few that they stay in the processor's cache from column to column.
_BLOCK: Final = 40

Order = Callable[[Sequence[Any]], Sequence[int]]


class IssueBuilder:
    """Builds the frame of a selection page by page; `tz` is the zone of moments, `logins` maps user ids to logins."""

    def __init__(self, selection: Selection, tz: str, logins: Mapping[str, str] | None = None) -> None:
        self._selection = selection
        self._tz = checked_zone(tz)
        context = Context(logins=logins or {})
        self._plan: dict[tuple[str, ...], list[tuple[int, Callable[[Cells], Cells]]]] = {}
        for place, column in enumerate(selection.columns):
            self._plan.setdefault(column.path, []).append((place, extractor(column, context)))
        self._absent = dict.fromkeys(path[0] for path in self._plan)
        self._waiting: list[Cells] = [[] for _ in selection.columns]
        self._arrays: list[list[Array]] = [[] for _ in selection.columns]
        self._misfits: dict[str, Misfits] = {column.name: {} for column in selection.columns}
        self._undescribed: dict[str, dict[int, Any]] = {}
        self._rows = self._converted = 0
        self._places: NDArray[np.intp] | None = None  # the order of the rows, once one was asked for
        self._ordered: dict[int, Array] = {}  # the columns that are in it

    def __len__(self) -> int:
        return self._rows

    def add(self, page: Iterable[Sequence[dict[str, Any]]]) -> None:
        """Take the cells of a page's records, which come in parts, in this order; the records themselves are not kept.

        Where a part cannot be had, and the page raises in the middle, nothing of it is taken.
        """
        fresh: list[Cells] = [[] for _ in self._waiting]
        undescribed: list[dict[str, Any]] = []
        rows = 0
        for records in page:
            rows += len(records)
            for start in range(0, len(records), _BLOCK):
                self._take(records[start : start + _BLOCK], fresh)
            if self._selection.everything:
                undescribed += [{key: record[key] for key in record.keys() - self._absent} for record in records]
        for row, record in enumerate(undescribed, self._rows):
            for key, value in record.items():
                self._undescribed.setdefault(key, {})[row] = value
        for waiting, cells in zip(self._waiting, fresh, strict=True):
            waiting.extend(cells)
        self._rows += rows
        if self._rows - self._converted >= _CHUNK:
            self._convert()

    def _take(self, records: Sequence[dict[str, Any]], into: Sequence[Cells]) -> None:
        # Every record with all keys in one order: its values are then a row, and the rows turned around are columns.
        rows = zip(*[(self._absent | record).values() for record in records], strict=False)
        columns = dict(zip(self._absent, rows, strict=False))
        for path, takers in self._plan.items():
            values = picked(columns[path[0]], path[1:])
            for place, extract in takers:
                into[place].extend(extract(values))

    def frame(self, order: Order | None = None) -> pd.DataFrame:
        """Give the frame of all rows added so far; its columns and dtypes do not depend on them.

        `order` gives of the keys the places of the rows in their order, perhaps not of all; from then on the rows stand
        in it, and no others may be added.
        """
        if self._places is None:
            if self._rows > self._converted or not self._rows:
                self._convert()
            keys = [column.name for column in self._selection.columns].index("key")
            if order is not None:
                self._places = np.asarray(order(_one(self._arrays[keys]).tolist()), dtype=np.intp)
        arrays = dict(zip([column.name for column in self._selection.columns], self._whole(), strict=True))
        rows: Sequence[int] = range(self._rows) if self._places is None else self._places.tolist()
        for key in sorted(self._undescribed):
            found = self._undescribed[key]
            arrays[key] = pd.Series(objects([found.get(row) for row in rows]), dtype=object)
        misfits = self._misfits
        if self._places is not None:
            misfits = {name: _moved(raw, rows) for name, raw in misfits.items()}
        return framed(arrays, misfits)

    def _whole(self) -> list[Array]:
        """The columns in one piece and in order, made one after the other: what they were made of is let go."""
        for place, chunks in enumerate(self._arrays):
            if self._places is None:
                self._arrays[place] = [_one(chunks)]
            elif place not in self._ordered:  # or an interrupt came, and this is another try
                self._ordered[place] = _one(chunks).take(self._places)
                self._arrays[place] = []
        return [self._ordered[place] if self._ordered else chunks[0] for place, chunks in enumerate(self._arrays)]

    def _convert(self) -> None:
        columns = self._selection.columns
        whole = self._rows - self._converted  # an interrupted `add` leaves cells of rows that are not whole
        pairs = zip(columns, self._waiting, strict=True)
        fresh = [converted(column.kind, cells[:whole], self._tz) for column, cells in pairs]
        for column, (_, misfits) in zip(columns, fresh, strict=True):
            self._misfits[column.name].update({self._converted + row: value for row, value in misfits.items()})
        grown = [[*chunks, array] for chunks, (array, _) in zip(self._arrays, fresh, strict=True)]
        self._arrays, self._converted = grown, self._rows  # at once: an interrupt leaves no column longer than others
        for cells in self._waiting:
            cells.clear()


def build_issues(
    records: Sequence[dict[str, Any]],
    selection: Selection,
    tz: str = "UTC",
    logins: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Give the frame of these issues; see `IssueBuilder`, which takes them page by page."""
    builder = IssueBuilder(selection, tz, logins)
    builder.add([records])
    return builder.frame()


def natural_key(keys: "pd.Series[str]") -> "pd.Series[str]":
    """Give texts that sort as people count, `DEV-2` before `DEV-10`: `df.sort_values("key", key=natural_key)`."""
    return keys.map(natural_text, na_action="ignore").astype(keys.dtype)


def natural_text(key: str) -> str:
    """Give the text of one key by which keys sort as people count."""
    queue, _, number = key.rpartition("-")
    # A blank sorts before everything a queue's key may hold, so DEV comes before DEVOPS.
    return f"{queue} {number.zfill(12)}"


def _moved(found: Mapping[int, Any], places: Sequence[int]) -> dict[int, Any]:
    return {row: found[place] for row, place in enumerate(places) if place in found} if found else {}


def _one(chunks: Sequence[Array]) -> Array:
    if len(chunks) == 1:
        return chunks[0]
    if isinstance(chunks[0], np.ndarray):
        return np.concatenate(chunks)
    return pd.concat([pd.Series(chunk) for chunk in chunks], ignore_index=True).array
