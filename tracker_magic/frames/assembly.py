"""From columns of plain values to one frame: dtypes, the extra `.raw` columns, the warning about them."""

import inspect
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from tracker_magic.columns import Column
from tracker_magic.errors import ValueWarning
from tracker_magic.frames.dtypes import Array, converted, objects
from tracker_magic.frames.moments import Misfits


def assembled(columns: Sequence[Column], values: Sequence[Sequence[Any]], tz: str) -> pd.DataFrame:
    """Give the frame of these columns, `values` in the same order; what does not fit goes to `NAME.raw`."""
    arrays: dict[str, Array] = {}
    misfits: dict[str, Misfits] = {}
    for column, cells in zip(columns, values, strict=True):
        arrays[column.name], misfits[column.name] = converted(column.kind, cells, tz)
    return framed(arrays, misfits)


def framed(arrays: Mapping[str, Array], misfits: Mapping[str, Misfits]) -> pd.DataFrame:
    """Give the frame of these arrays; misfits (by row) stand in `NAME.raw` directly after their column."""
    filled: dict[str, Array] = {}
    for name, array in arrays.items():
        filled[name] = _kept(array)
        if raw := misfits.get(name):
            filled[f"{name}.raw"] = _kept(objects([raw.get(row) for row in range(len(array))]))
    return pd.DataFrame(filled)


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


def _kept(array: Array) -> Array:
    # From a bare object array of texts pandas 3 would infer its own text dtype.
    return pd.Series(array, dtype=object) if array.dtype == object else array


def stacklevel_outside_package() -> int:
    """Return the `stacklevel` with which the caller's warning points at the first line outside this package."""
    package = __name__.partition(".")[0]
    level, frame = 0, inspect.currentframe()  # this function is level 0, its caller, which warns, level 1
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    return level
