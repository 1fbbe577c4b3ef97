"""A whole column at once: Python values of one kind as a pandas array, and the values it rejects.

A value is accepted only if it is of the kind: digits as text are no number, 1 is no boolean, True and 3.5 are no
integers.
"""

import importlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from tracker_magic.columns import ColumnKind
from tracker_magic.frames.parse import Rejected, parse_days, parse_durations, parse_moments, rejected_values

TEXT: Final = pd.StringDtype(na_value=np.nan)
pyarrow: Final = importlib.import_module("pyarrow") if TEXT.storage == "pyarrow" else None  # texts are its own then
Array = Any  # pandas has no common type for a numpy array and an extension array

_INT64: Final = range(-(2**63), 2**63)
# A column of these types alone needs no look at its single values.
_EXPECTED_TYPES: Final[Mapping[ColumnKind, frozenset[type]]] = {
    "text": frozenset({str, type(None)}),
    "integer": frozenset({int, type(None)}),
    "float": frozenset({float, int, type(None)}),
    "boolean": frozenset({bool, type(None)}),
    "list": frozenset({list, type(None)}),
}


def to_array(kind: ColumnKind, values: Sequence[Any], tz: str) -> tuple[Array, Rejected]:
    """Return the pandas array of these values (None is missing) and, by row, the values it rejects.

    `tz` is the zone of moments; the array has the kind's dtype whatever the values are, and their length.
    """
    match kind:
        case "datetime":
            moments, rejected = parse_moments(values)
            return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(tz).array, rejected
        case "date":
            days, rejected = parse_days(values)
            return pd.DatetimeIndex(days).array, rejected
        case "hours":
            return parse_durations(values)
        case "object":
            return object_array(values), {}
        case _:
            return _checked_array(kind, values)


def object_array(values: Sequence[Any]) -> Array:
    """Return an object array of exactly these values, lists included."""
    return np.fromiter(values, dtype=object, count=len(values))


def joined(chunks: Sequence[Array]) -> Array:
    """Return the arrays of one column, one after the other, as one."""
    if len(chunks) == 1:
        return chunks[0]
    if isinstance(chunks[0], np.ndarray):
        return np.concatenate(chunks)
    return pd.concat([pd.Series(chunk) for chunk in chunks], ignore_index=True).array


def _checked_array(kind: ColumnKind, values: Sequence[Any]) -> tuple[Array, Rejected]:
    try:
        if kind == "text" and pyarrow is not None:
            # Arrow takes the texts of a list at once; pandas would look at each of them three times first.
            return pd.array(pyarrow.array(values, pyarrow.large_string()), dtype=TEXT, copy=False), {}
        if _EXPECTED_TYPES[kind].issuperset(map(type, values)):
            array = _array_of_accepted(kind, values)
            if kind != "float" or np.isnan(array).sum() == values.count(None):
                return array, {}
    except (OverflowError, TypeError, ValueError):
        pass  # an integer of more than 64 bits; a value that is no text, or holds half a surrogate pair; NaN
    accepted = [value if value is None else _accept(kind, value) for value in values]
    return _array_of_accepted(kind, accepted), rejected_values(values, accepted)


def _array_of_accepted(kind: ColumnKind, values: Sequence[Any]) -> Array:
    cells = object_array(values)
    match kind:
        case "text":
            return pd.array(cells, dtype=TEXT, copy=False)
        case "float":
            return cells.astype(np.float64)
        case "integer":
            missing = np.array(pd.isna(cells), dtype=bool)
            cells[missing] = 0
            return pd.arrays.IntegerArray(cells.astype(np.int64), missing)
        case "boolean":
            missing = np.array(pd.isna(cells), dtype=bool)
            cells[missing] = False
            return pd.arrays.BooleanArray(cells.astype(bool), missing)
        case _:
            return cells


def _float_or_none(value: float) -> float | None:
    """Return a number; None for NaN, which in a column stands for a missing value."""
    number = float(value)
    return None if math.isnan(number) else number


def _accept(kind: ColumnKind, value: Any) -> Any:
    """Return the value as its column holds it, None if it is not of this kind."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        match kind:
            case "text" if isinstance(value, str):
                value.encode()  # no Arrow column can hold half a surrogate pair
                return value
            case "integer" if is_number and int(value) == value and int(value) in _INT64:
                return int(value)
            case "float" if is_number:
                return _float_or_none(value)
            case "boolean" if isinstance(value, bool):
                return value
            case "list" if isinstance(value, list):
                return value
    except (OverflowError, ValueError):  # infinity, or an integer too large for a float; half a surrogate pair
        pass
    return None
