"""From columns of plain values, or records of a fixed table, to one frame; values that do not fit go to `NAME.raw`."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from tracker_magic.columns import FRAMES, PER_ISSUE, Column
from tracker_magic.errors import BadOption, ValueWarning
from tracker_magic.frames.dtypes import Array, object_array, to_array
from tracker_magic.frames.extract import Context, displayable, extract_cells, values_at
from tracker_magic.frames.parse import Rejected, validate_zone


def build_list(kind: str, records: Iterable[Any], tz: str = "UTC") -> pd.DataFrame:
    """Build the frame of a list of this kind (`comments`, `users`, `statuses` …: the tables of `columns.FRAMES`).

    Lists of an issue take `(key, record)` pairs, all others records; `tz` is the zone of moments.
    """
    if kind not in FRAMES or kind in {"issues", "changelog"}:
        raise BadOption(f"there is no list {kind!r}", hint=f"Lists: {', '.join(sorted(FRAMES))}.")
    zone, columns, context = validate_zone(tz), FRAMES[kind], Context()
    rows = list(records)
    if kind not in PER_ISSUE:
        cells = [extract_cells(column, values_at(rows, column.path), context) for column in columns]
        return build_frame(columns, cells, zone)
    keys, rows = [key for key, _ in rows], [record for _, record in rows]
    cells = [extract_cells(column, values_at(rows, column.path), context) for column in columns[1:]]
    return build_frame(columns, [keys, *cells], zone)


def build_frame(columns: Sequence[Column], cells: Sequence[Sequence[Any]], tz: str) -> pd.DataFrame:
    """Build the frame of these columns from their cells, which stand in the same order."""
    arrays: dict[str, Array] = {}
    rejected: dict[str, Rejected] = {}
    for column, values in zip(columns, cells, strict=True):
        arrays[column.name], rejected[column.name] = to_array(column.kind, values, tz)
    return frame_of_arrays(arrays, rejected)


def frame_of_arrays(arrays: Mapping[str, Array], rejected: Mapping[str, Rejected]) -> pd.DataFrame:
    """Return the frame of these arrays; rejected values, by row, stand in `NAME.raw` directly after their column."""
    columns: dict[str, Array] = {}
    for name, array in arrays.items():
        label = str(displayable(name))  # pandas takes no name that cannot be encoded
        columns[label] = array
        if raw := rejected.get(name):
            values = [raw.get(row) for row in range(len(array))]
            columns[f"{label}.raw"] = object_array([displayable(v) if isinstance(v, str) else v for v in values])
    for name, array in columns.items():
        if array.dtype == object:
            # From a bare object array of texts pandas 3 would infer its own text dtype.
            columns[name] = pd.Series(array, dtype=object)
    return pd.DataFrame(columns)


def value_warning(frame: pd.DataFrame) -> ValueWarning | None:
    """Return the warning about the values in the `NAME.raw` columns of a built frame, None if it has none.

    Frames are built in worker threads; the calling thread issues the warning.
    """
    raw_columns = {name: frame[raw] for name, raw in pairwise(frame.columns) if raw == f"{name}.raw"}
    counts = {name: sum(value is not None for value in column) for name, column in raw_columns.items()}
    listed = ", ".join(f"{name} ({count})" for name, count in counts.items() if count)
    if not listed:
        return None
    return ValueWarning(
        f"values that do not fit their column are missing in it and stand as they came in NAME.raw: {listed}"
    )
