"""Issues: pages of records in, one typed frame out. Only plain values are kept, never the records."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from tracker_magic.frames.assembly import framed
from tracker_magic.frames.dtypes import Array, converted, objects
from tracker_magic.frames.moments import Misfits, checked_zone
from tracker_magic.frames.parts import Cells, Context, extractor, picked
from tracker_magic.frames.schema import Selection

# Rows that wait as Python values before they become arrays: large enough that a chunk costs little, small in memory.
_CHUNK: Final = 20_000
# Records whose cells are taken at once: so few that they stay in the processor's cache from column to column.
_BLOCK: Final = 40


class IssueBuilder:
    """Builds the frame of a selection page by page; `tz` is the zone of moments, `logins` maps user ids to logins."""

    def __init__(self, selection: Selection, tz: str, logins: Mapping[str, str] | None = None) -> None:
        self._selection = selection
        self._tz = checked_zone(tz)
        context = Context(logins=logins or {})
        self._plan: dict[tuple[str, ...], list[tuple[Cells, Callable[[Cells], Cells]]]] = {}
        self._waiting: list[Cells] = [[] for _ in selection.columns]
        for cells, column in zip(self._waiting, selection.columns, strict=True):
            self._plan.setdefault(column.path, []).append((cells, extractor(column, context)))
        self._arrays: list[list[Array]] = [[] for _ in selection.columns]
        self._misfits: dict[str, Misfits] = {column.name: {} for column in selection.columns}
        self._undescribed: dict[str, dict[int, Any]] = {}
        self._rows = self._converted = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Take the cells of these records, in this order; the records themselves are not kept."""
        for start in range(0, len(records), _BLOCK):
            block = records[start : start + _BLOCK]
            for path, takers in self._plan.items():
                values = picked(block, path)
                for cells, extract in takers:
                    cells.extend(extract(values))
        if self._selection.everything:
            self._keep_undescribed(records)
        self._rows += len(records)
        if self._rows - self._converted >= _CHUNK:
            self._convert()

    def frame(self) -> pd.DataFrame:
        """Give the frame of all rows added so far; its columns and dtypes do not depend on them.

        Of an `add` that was interrupted there are none.
        """
        if self._rows > self._converted or not self._rows:
            self._convert()
        columns = self._selection.columns
        arrays = {column.name: _one(chunks) for column, chunks in zip(columns, self._arrays, strict=True)}
        for key in sorted(self._undescribed):
            found = self._undescribed[key]
            arrays[key] = pd.Series(objects([found.get(row) for row in range(self._rows)]), dtype=object)
        return framed(arrays, self._misfits)

    def _keep_undescribed(self, records: Sequence[dict[str, Any]]) -> None:
        described = {path[0] for path in self._plan}
        for row, record in enumerate(records, self._rows):
            for key in record.keys() - described:
                self._undescribed.setdefault(key, {})[row] = record[key]

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
    builder.add(records)
    return builder.frame()


def natural_key(keys: "pd.Series[str]") -> "pd.Series[str]":
    """Give texts that sort as people count, `DEV-2` before `DEV-10`: `df.sort_values("key", key=natural_key)`."""
    return keys.map(natural_text, na_action="ignore").astype(keys.dtype)


def natural_text(key: str) -> str:
    """Give the text of one key by which keys sort as people count."""
    queue, _, number = key.rpartition("-")
    # A blank sorts before everything a queue's key may hold, so DEV comes before DEVOPS.
    return f"{queue} {number.zfill(12)}"


def _one(chunks: Sequence[Array]) -> Array:
    if len(chunks) == 1:
        return chunks[0]
    if isinstance(chunks[0], np.ndarray):
        return np.concatenate(chunks)
    return pd.concat([pd.Series(chunk) for chunk in chunks], ignore_index=True).array
