"""The frame of a changelog: one row for each change of a field or list; an entry without changes is one row."""

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracker_magic.collector import collector_paused
from tracker_magic.columns import FRAMES
from tracker_magic.frames.assembly import frame_of_arrays
from tracker_magic.frames.changes import CHANGE_COLUMNS, ChangeReader, Row
from tracker_magic.frames.dtypes import Array, joined, object_array, to_array
from tracker_magic.frames.extract import Cells, scalar_text
from tracker_magic.frames.list_changes import CHANGED_LISTS, list_changes
from tracker_magic.frames.parse import Rejected, validate_zone
from tracker_magic.frames.schema import Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray

Entry = dict[str, Any]
Values = tuple[Array, Rejected]  # an array, and by row the values that it rejects

_KINDS: Final = {column.name: column.kind for column in FRAMES["changelog"]}
_LIST_COLUMNS: Final = [name for name, kind in _KINDS.items() if kind == "list"]
_ENTRY_COLUMNS: Final = ("key", "id", "at", "by", "by.id", "type", "transport")
_LISTS: Final = frozenset(CHANGED_LISTS)
_NO_CHANGE: Final[list[Row]] = [(None,) * len(CHANGE_COLUMNS)]
_CREATION: Final = "IssueCreated"
# Rows that wait as tuples before they become cells of columns, and cells that wait before they become arrays: the
# garbage collector searches both again and again.
_FEW: Final = 50
_CHUNK: Final = 10_000


class ChangelogBuilder:
    """Builds the frame of changelogs issue by issue, and keeps almost none of the records; `tz` is the zone of `at`.

    Changes of local fields that the schema lacks are kept until `frame` gets a schema that has them.
    """

    def __init__(self, tz: str = "UTC", schema: Schema | None = None) -> None:
        zone = validate_zone(tz)
        self._reader = ChangeReader(schema or Schema.from_records([], {}))
        self._entries, self._changes = _Table(_ENTRY_COLUMNS, zone), _Table(CHANGE_COLUMNS, zone)
        self._issue_numbers: dict[str, int] = {}
        self._ranks: list[int] = []  # for each entry, by which they are sorted
        self._change_counts: list[int] = []  # for each entry
        self._unnamed: dict[int, Entry] = {}  # by row
        self._lock = threading.Lock()  # `frame` may be called in another thread than `add`

    def add(self, key: str, entries: Iterable[Entry]) -> bool:
        """Add entries of the issue with this present key; return whether the schema lacks a local field of theirs."""
        with self._lock:
            rank = 2 * self._issue_numbers.setdefault(key, len(self._issue_numbers))
            unnamed = len(self._unnamed)
            for entry in entries:
                self._ranks.append(rank + (entry.get("type") != _CREATION))
                self._add_entry(key, entry)
            self._entries.settle()
            self._changes.settle()
            return len(self._unnamed) > unnamed

    def _add_entry(self, key: str, entry: Entry) -> None:
        get, reader = entry.get, self._reader
        author, author_id = reader.texts(get("updatedBy"))
        entry_id = scalar_text(get("id"))
        self._entries.add([(key, entry_id, get("updatedAt"), author, author_id, get("type"), get("transport"))])
        fields = get("fields") or ()
        rows = [reader.change(change) for change in fields] if fields else []
        if reader.unnamed_fields:
            first, changes = len(self._changes), zip(rows, fields, strict=True)
            self._unnamed |= {
                first + n: change for n, (row, change) in enumerate(changes) if row[0] in reader.unnamed_fields
            }
        if not _LISTS.isdisjoint(entry):
            rows += list_changes(entry)
        self._changes.add(rows or _NO_CHANGE)
        self._change_counts.append(len(rows) or 1)

    def frame(self, schema: Schema | None = None) -> pd.DataFrame:
        """Build the frame of all entries added so far; `schema` names the local fields that the first one lacks.

        Rows are grouped by issue, in the order in which the issues first appear, and keep the order of the entries,
        except that the creation entry comes first whatever its time.
        """
        with self._lock:
            entry_of_row = np.repeat(np.arange(len(self._ranks)), np.array(self._change_counts, dtype=np.intp))
            order = np.argsort(np.array(self._ranks, dtype=np.intp)[entry_of_row], kind="stable")
            reader = self._reader if schema is None else ChangeReader(schema)
            named = [reader.change(change) for change in self._unnamed.values()]  # in place of the rows of these
            places = np.arange(len(order))
            places[list(self._unnamed)] = len(order) + np.arange(len(named))
            columns = self._entries.take(entry_of_row[order]) | self._changes.take(places[order], named)
        arrays = {name: columns[name][0] for name in _KINDS}
        with collector_paused():
            for name in _LIST_COLUMNS:
                arrays[name] = object_array([None if each is None else list(each) for each in arrays[name]])
        return frame_of_arrays(arrays, {name: rejected for name, (_, rejected) in columns.items()})


class _Table:
    """Some columns of the frame, filled row by row."""

    def __init__(self, names: Sequence[str], zone: str) -> None:
        self._names = names
        self._zone = zone
        self._rows: list[Row] = []  # the latest
        self._cells: list[Cells] = [[] for _ in names]  # of the rows before, column by column
        self._chunks: list[list[Values]] = []  # of those before
        self._settled = 0  # rows in both

    def __len__(self) -> int:
        return self._settled + len(self._rows)

    def add(self, rows: Iterable[Row]) -> None:
        self._rows.extend(rows)

    def settle(self) -> None:
        """Make cells of the rows, and arrays of the cells, if there are enough of them."""
        if len(self._rows) < _FEW:
            return
        _extend(self._cells, self._rows)
        self._settled += len(self._rows)
        self._rows.clear()
        if len(self._cells[0]) >= _CHUNK:
            self._chunks.append(self._arrays(self._cells))
            self._cells = [[] for _ in self._names]

    def take(self, positions: "NDArray[np.intp]", more: Sequence[Row] = ()) -> dict[str, Values]:
        """Return the columns of the rows at these positions, of those of the table and some `more`.

        The table stays as it is, so that a call that was interrupted can be repeated.
        """
        cells = [list(each) for each in self._cells]
        _extend(cells, [*self._rows, *more])
        columns = zip(*self._chunks, self._arrays(cells), strict=True)
        return {name: _taken(chunks, positions) for name, chunks in zip(self._names, columns, strict=True)}

    def _arrays(self, cells: Sequence[Cells]) -> list[Values]:
        # Lists are tuples until there is a frame: the garbage collector stops searching tuples of texts.
        kinds = ["object" if name in _LIST_COLUMNS else _KINDS[name] for name in self._names]
        return [to_array(kind, each, self._zone) for kind, each in zip(kinds, cells, strict=True)]


def _extend(columns: Sequence[Cells], rows: Sequence[Row]) -> None:
    for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
        column.extend(cells)


def _taken(chunks: Sequence[Values], positions: "NDArray[np.intp]") -> Values:
    """Return the values of all chunks at these positions, and by new row those that they reject."""
    rejected: Rejected = {}
    start = 0
    for array, of_chunk in chunks:
        rejected |= {start + row: value for row, value in of_chunk.items()}
        start += len(array)
    if rejected:
        rejected = {row: rejected[old] for row, old in enumerate(positions.tolist()) if old in rejected}
    return joined([array for array, _ in chunks]).take(positions), rejected
