"""Issues: pages of records in, one typed frame out. Only plain values are kept, never the records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
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


class IssuePage:
    """The cells of one page; `IssueBuilder.page` makes it."""

    def __init__(self, plan: "_Plan", *, everything: bool) -> None:
        self.cells: list[Cells] = [[] for _ in range(plan.width)]
        self.undescribed: list[dict[str, Any]] = []  # of each record the values that no column takes
        self._plan = plan
        self._everything = everything
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Take the cells of these records, the next ones of the page; the records themselves are not kept."""
        for start in range(0, len(records), _BLOCK):
            self._plan.extract(records[start : start + _BLOCK], self.cells)
        if self._everything:
            known = self._plan.keys
            self.undescribed += [{key: record[key] for key in record.keys() - known} for record in records]
        self._rows += len(records)


class _Plan:
    """Which columns take their cells from which value of a record."""

    def __init__(self, selection: Selection, logins: Mapping[str, str]) -> None:
        context = Context(logins=logins)
        self.width = len(selection.columns)
        self._extractors: dict[tuple[str, ...], list[tuple[int, Callable[[Cells], Cells]]]] = {}
        for position, column in enumerate(selection.columns):
            self._extractors.setdefault(column.path, []).append((position, extractor(column, context)))
        self._empty = dict.fromkeys(path[0] for path in self._extractors)

    @property
    def keys(self) -> set[str]:
        """The keys of a record that columns take."""
        return set(self._empty)

    def extract(self, records: Sequence[dict[str, Any]], into: Sequence[Cells]) -> None:
        """Append the records' cells to the columns."""
        # Every record with all keys in one order: its values are then a row, and the rows transposed are columns.
        rows = zip(*[(self._empty | record).values() for record in records], strict=False)
        columns = dict(zip(self._empty, rows, strict=False))
        for path, extractors in self._extractors.items():
            values = picked(columns[path[0]], path[1:])
            for position, extract in extractors:
                into[position].extend(extract(values))


class IssueBuilder:
    """Builds the frame of a selection page by page; `tz` is the zone of moments, `logins` maps user ids to logins."""

    def __init__(self, selection: Selection, tz: str, logins: Mapping[str, str] | None = None) -> None:
        self._selection = selection
        self._tz = checked_zone(tz)
        self._plan = _Plan(selection, logins or {})
        self._pages: list[IssuePage] = []  # not yet converted
        self._arrays: list[list[Array]] = [[] for _ in selection.columns]  # of each column, chunk by chunk
        self._misfits: dict[str, Misfits] = {column.name: {} for column in selection.columns}
        self._undescribed: list[dict[str, Any]] = []
        self._converted = 0
        self._rows: NDArray[np.intp] | None = None  # the rows to take, once some were asked for
        self._taken = 0  # the number of columns of which these rows have been taken

    def __len__(self) -> int:
        return self._converted + sum(map(len, self._pages))

    @contextmanager
    def page(self) -> Iterator[IssuePage]:
        """Add a page, whole or not at all: `with builder.page() as page: page.add(records); page.add(more)`.

        Where the block raises, nothing of the page is taken.
        """
        page = IssuePage(self._plan, everything=self._selection.everything)
        yield page
        self._pages.append(page)
        if len(self) - self._converted >= _CHUNK:
            self._convert()

    def keys(self) -> list[str | None]:
        """Give the `key` of each row added so far, in order, None where a record has none.

        Call it before `frame` takes rows; afterwards only the keys of those rows are left.
        """
        self._convert()
        position = [column.name for column in self._selection.columns].index("key")
        return [key if isinstance(key, str) else None for key in _joined(self._arrays[position]).tolist()]

    def frame(self, rows: Sequence[int] | None = None) -> pd.DataFrame:
        """Give the frame of all rows added so far, or of those at the positions `rows`, in their order.

        Columns and dtypes do not depend on the rows. Once rows were given, every later call gives the same ones (it may
        repeat a call that was interrupted), and no page may be added.
        """
        self._convert()
        if self._rows is None and rows is not None:
            self._rows = np.asarray(rows, dtype=np.intp)
        for position in range(self._taken, len(self._arrays)):
            # Column by column, so that no more than one is held twice.
            array = _joined(self._arrays[position])
            if self._rows is None:
                self._arrays[position] = [array]
            else:
                # In one statement: an interrupt leaves a column untouched, or done and counted.
                self._arrays[position], self._taken = [array.take(self._rows)], position + 1
        names = [column.name for column in self._selection.columns]
        arrays = {name: chunks[0] for name, chunks in zip(names, self._arrays, strict=True)}
        positions: Sequence[int] = range(len(self)) if self._rows is None else self._rows.tolist()
        for key in sorted(set().union(*self._undescribed)):
            arrays[key] = objects([self._undescribed[position].get(key) for position in positions])
        return framed(arrays, {name: _at(positions, misfits) for name, misfits in self._misfits.items() if misfits})

    def _convert(self) -> None:
        """Make a chunk of arrays of the pages that wait."""
        if not self._pages and self._arrays[0]:
            return
        columns = self._selection.columns
        arrays, misfits = list(self._arrays), dict(self._misfits)
        for position, column in enumerate(columns):
            cells = list(chain.from_iterable(page.cells[position] for page in self._pages))
            array, odd = converted(column.kind, cells, self._tz)
            arrays[position] = [*arrays[position], array]
            if odd:
                shifted = {self._converted + row: value for row, value in odd.items()}
                misfits[column.name] = misfits[column.name] | shifted
        undescribed = [*self._undescribed, *chain.from_iterable(page.undescribed for page in self._pages)]
        rows = len(self)
        # Nothing is called from here on, so an interrupt leaves no column longer than the others.
        self._arrays, self._misfits, self._undescribed = arrays, misfits, undescribed
        self._pages, self._converted = [], rows


def build_issues(
    records: Sequence[dict[str, Any]],
    selection: Selection,
    tz: str = "UTC",
    logins: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Give the frame of these issues; see `IssueBuilder`, which takes them page by page."""
    builder = IssueBuilder(selection, tz, logins)
    with builder.page() as page:
        page.add(records)
    return builder.frame()


def natural_key(keys: "pd.Series[str]") -> "pd.Series[str]":
    """Give texts that sort as people count, `DEV-2` before `DEV-10`: `df.sort_values("key", key=natural_key)`."""
    return keys.map(natural_text, na_action="ignore").astype(keys.dtype)


def natural_text(key: str) -> str:
    """Give the text of one key by which keys sort as people count."""
    queue, _, number = key.rpartition("-")
    # A blank sorts before everything a queue's key may hold, so DEV comes before DEVOPS.
    return f"{queue} {number.zfill(12)}"


def _at(positions: Sequence[int], values: Mapping[int, Any]) -> dict[int, Any]:
    return {row: values[position] for row, position in enumerate(positions) if position in values}


def _joined(chunks: Sequence[Array]) -> Array:
    if len(chunks) == 1:
        return chunks[0]
    if isinstance(chunks[0], np.ndarray):
        return np.concatenate(chunks)
    return pd.concat([pd.Series(chunk) for chunk in chunks], ignore_index=True).array
