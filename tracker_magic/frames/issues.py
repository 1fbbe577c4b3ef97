"""Issues: pages of records in, one typed frame out. Only plain values are kept, never the records."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracker_magic.frames.assembly import frame_of_arrays
from tracker_magic.frames.dtypes import Array, joined, object_array, to_array
from tracker_magic.frames.extract import Cells, Context, extract_cells, values_at
from tracker_magic.frames.parse import Rejected, validate_zone
from tracker_magic.frames.schema import ColumnSelection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.columns import Column

# Rows that wait as Python values before they become arrays: enough that a chunk costs little, few enough for memory.
_CHUNK: Final = 20_000
# Records whose cells are extracted at once: so few that they stay in the processor's cache from column to column.
_BLOCK: Final = 40


class IssuePage:
    """The cells of one page of issues; `IssueBuilder.page` makes it."""

    def __init__(self, selection: ColumnSelection, context: Context) -> None:
        self.ids: list[str | None] = []  # of the records
        self.cells: list[Cells] = [[] for _ in selection.columns]  # column by column
        self.undescribed: list[dict[str, Any]] = []  # for each record, the values that belong to no column
        self._everything = selection.everything
        self._context = context
        self._columns: dict[tuple[str, ...], list[tuple[Column, Cells]]] = {}  # by path, with the cells they fill
        for column, cells in zip(selection.columns, self.cells, strict=True):
            self._columns.setdefault(column.path, []).append((column, cells))
        self._empty = dict.fromkeys(path[0] for path in self._columns)

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Extract the cells of the next records of the page; the records themselves are not kept."""
        for start in range(0, len(records), _BLOCK):
            self._extract(records[start : start + _BLOCK])
        if self._everything:
            described = self._empty.keys()
            self.undescribed += [{key: record[key] for key in record.keys() - described} for record in records]
        self.ids += [record.get("id") for record in records]

    def _extract(self, records: Sequence[dict[str, Any]]) -> None:
        # With all keys in one order the values of a record are a row, and the rows transposed are columns.
        rows = zip(*[(self._empty | record).values() for record in records], strict=False)
        values_by_key = dict(zip(self._empty, rows, strict=False))
        for path, columns in self._columns.items():
            values = values_at(values_by_key[path[0]], path[1:])
            for column, cells in columns:
                cells.extend(extract_cells(column, values, self._context))


class IssueBuilder:
    """Builds the frame of a selection page by page; `tz` is the zone of moments, `logins` maps user ids to logins."""

    def __init__(self, selection: ColumnSelection, tz: str, logins: Mapping[str, str] | None = None) -> None:
        self.ids: list[str | None] = []  # of the records of all pages, in order of arrival
        self._selection = selection
        self._tz = validate_zone(tz)
        self._context = Context(logins=logins or {})
        self._pages: list[IssuePage] = []  # not yet converted
        self._arrays: list[list[Array]] = [[] for _ in selection.columns]  # for each column, its chunks
        self._rejected: list[Rejected] = [{} for _ in selection.columns]
        self._undescribed: list[dict[str, Any]] = []
        self._converted = 0
        self._rows: NDArray[np.intp] | None = None  # the rows to take, once some were asked for
        self._taken = 0  # the number of columns of which these rows have been taken

    def __len__(self) -> int:
        return len(self.ids)

    @contextmanager
    def page(self) -> Iterator[IssuePage]:
        """Add a page, whole or not at all: `with builder.page() as page: page.add(records); page.add(more)`.

        If the block raises, nothing of the page is added.
        """
        page = IssuePage(self._selection, self._context)
        yield page
        self._pages.append(page)
        self.ids += page.ids
        if len(self) - self._converted >= _CHUNK:
            self._convert()

    def keys(self) -> list[str | None]:
        """Return the `key` of each row added so far, in order, None if a record has none.

        Call it before `frame` takes rows; afterwards only the keys of those rows are left.
        """
        self._convert()
        index = [column.name for column in self._selection.columns].index("key")
        return [key if isinstance(key, str) else None for key in joined(self._arrays[index]).tolist()]

    def frame(self, rows: Sequence[int] | None = None) -> pd.DataFrame:
        """Build the frame of all rows added so far, or of those at the positions `rows`, in their order.

        Columns and dtypes do not depend on the rows. Once rows were given, every later call returns the same ones (it
        may repeat a call that was interrupted), and no page may be added.
        """
        self._convert()
        if self._rows is None and rows is not None:
            self._rows = np.asarray(rows, dtype=np.intp)
        self._join_chunks()
        names = [column.name for column in self._selection.columns]
        arrays = {name: chunks[0] for name, chunks in zip(names, self._arrays, strict=True)}
        positions: Sequence[int] = range(len(self)) if self._rows is None else self._rows.tolist()
        for key in sorted(set().union(*self._undescribed)):
            arrays[key] = object_array([self._undescribed[position].get(key) for position in positions])
        rejected = {
            name: _moved(values, positions) for name, values in zip(names, self._rejected, strict=True) if values
        }
        return frame_of_arrays(arrays, rejected)

    def _join_chunks(self) -> None:
        """Join the chunks of each column and take the rows asked for; one column at a time, to save memory."""
        for index in range(self._taken, len(self._arrays)):
            array = joined(self._arrays[index])
            if self._rows is None:
                self._arrays[index] = [array]
            else:
                # In one statement: an interrupt leaves a column untouched, or done and counted.
                self._arrays[index], self._taken = [array.take(self._rows)], index + 1

    def _convert(self) -> None:
        """Convert the cells of the waiting pages to one more chunk of arrays."""
        if not self._pages and self._arrays[0]:
            return
        rows, arrays, rejected = len(self), list(self._arrays), list(self._rejected)
        for index, column in enumerate(self._selection.columns):
            cells = list(chain.from_iterable(page.cells[index] for page in self._pages))
            array, rejected_cells = to_array(column.kind, cells, self._tz)
            arrays[index] = [*arrays[index], array]
            rejected[index] = rejected[index] | {self._converted + row: value for row, value in rejected_cells.items()}
        undescribed = [*self._undescribed, *chain.from_iterable(page.undescribed for page in self._pages)]
        # Nothing is called from here on, so an interrupt leaves no column longer than the others.
        self._arrays, self._rejected, self._undescribed = arrays, rejected, undescribed
        self._pages, self._converted = [], rows


def _moved(values: Rejected, positions: Sequence[int]) -> Rejected:
    """Return the values of the rows at these positions, by new row."""
    return {row: values[position] for row, position in enumerate(positions) if position in values}
