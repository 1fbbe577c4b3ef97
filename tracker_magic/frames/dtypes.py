"""A whole column at once: Python values of one kind as a pandas array, and what does not fit it.

A value fits only if it is of the kind: digits as text are no number, 1 is no boolean, True and 3.5 are no integers.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker_magic.columns import Kind
from tracker_magic.frames.durations import hours
from tracker_magic.frames.moments import Misfits, parsed_days, parsed_moments

TEXT: Final = pd.StringDtype(na_value=np.nan)
pyarrow: Final = importlib.import_module("pyarrow") if TEXT.storage == "pyarrow" else None  # texts are its own then
Array = Any  # pandas has no common type for a numpy array and an extension array

_INT64: Final = range(-(2**63), 2**63)
_LISTS: Final = frozenset({list, type(None)})
_TEXTS: Final = frozenset({str, type(None)})


def converted(kind: Kind, values: Sequence[Any], tz: str) -> tuple[Array, Misfits]:
    """Give the pandas array of these values (None is missing) and, by row, the values that do not fit.

    `tz` is the zone of moments; the array has the kind's dtype whatever the values are, and its length is theirs.
    """
    return _CONVERTERS[kind](values, tz)


def objects(values: Sequence[Any]) -> Array:
    """Give an object array of exactly these values, lists included."""
    return np.fromiter(values, dtype=object, count=len(values))


def _datetime(values: Sequence[Any], tz: str) -> tuple[Array, Misfits]:
    moments, misfits = parsed_moments(values)
    return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(tz).array, misfits


def _date(values: Sequence[Any], _tz: str) -> tuple[Array, Misfits]:
    days, misfits = parsed_days(values)
    return pd.DatetimeIndex(days).array, misfits


def _hours(values: Sequence[Any], _tz: str) -> tuple[Array, Misfits]:
    texts = {value for value in values if isinstance(value, str)}  # few on many rows
    known: dict[str | None, float | None] = {text: hours(text) for text in texts}
    if None not in known.values() and _TEXTS.issuperset(map(type, values)):
        known[None] = np.nan
        return np.fromiter(map(known.__getitem__, values), np.float64, len(values)), {}
    fitting = [known[value] if isinstance(value, str) else None for value in values]
    return np.array(fitting, dtype=np.float64), _misfits(values, fitting)


def _list(values: Sequence[Any], _tz: str) -> tuple[Array, Misfits]:
    if _LISTS.issuperset(map(type, values)):
        return objects(values), {}
    return _checked(values, lambda value: value if isinstance(value, list) else None, _same)


def _object(values: Sequence[Any], _tz: str) -> tuple[Array, Misfits]:
    return objects(values), {}


def _by_type(
    usual: frozenset[str], fit: Callable[[Any], Any], array: Callable[[Array], Array]
) -> Callable[[Sequence[Any], str], tuple[Array, Misfits]]:
    """Make a converter that looks at single values only if the column is not, as a whole, of the usual types."""

    def convert(values: Sequence[Any], _tz: str) -> tuple[Array, Misfits]:
        cells = objects(values)
        if pd.api.types.infer_dtype(cells, skipna=True) in usual:
            try:
                return array(cells), {}
            except (OverflowError, UnicodeError):  # an integer of more than 64 bits, half a surrogate pair
                pass
        return _checked(values, fit, array)

    return convert


def _checked(
    values: Sequence[Any], fit: Callable[[Any], Any], array: Callable[[Array], Array]
) -> tuple[Array, Misfits]:
    fitting = [None if value is None else fit(value) for value in values]
    return array(objects(fitting)), _misfits(values, fitting)


def _misfits(values: Sequence[Any], fitting: Sequence[Any]) -> Misfits:
    pairs = enumerate(zip(values, fitting, strict=True))
    return {row: value for row, (value, fitted) in pairs if fitted is None and value is not None}


def _fitting_text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair: no Arrow column can hold it
        return None
    return value


def _fitting_integer(value: Any) -> int | None:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return int(value) if whole and not isinstance(value, bool) and int(value) in _INT64 else None


def _fitting_float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _fitting_boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _missing(cells: Array) -> NDArray[np.bool_]:
    return np.array(pd.isna(cells), dtype=bool)


def _integers(cells: Array) -> Array:
    missing = _missing(cells)
    cells[missing] = 0
    return pd.arrays.IntegerArray(cells.astype(np.int64), missing)


def _booleans(cells: Array) -> Array:
    missing = _missing(cells)
    cells[missing] = False
    return pd.arrays.BooleanArray(cells.astype(bool), missing)


def _floats(cells: Array) -> Array:
    return cells.astype(np.float64)


def _text_array(cells: Array) -> Array:
    return pd.array(cells, dtype=TEXT, copy=False)


_patient_texts: Final = _by_type(frozenset({"string", "empty"}), _fitting_text, _text_array)


def _texts(values: Sequence[Any], tz: str) -> tuple[Array, Misfits]:
    # Arrow takes the texts of a list at once; pandas would look at each of them three times first.
    if pyarrow is not None:
        try:
            return _text_array(pyarrow.array(values, pyarrow.large_string())), {}
        except (TypeError, ValueError):  # one is no text, or has half a surrogate pair
            pass
    return _patient_texts(values, tz)


def _same(cells: Array) -> Array:
    return cells


_CONVERTERS: Final[Mapping[Kind, Callable[[Sequence[Any], str], tuple[Array, Misfits]]]] = {
    "text": _texts,
    "integer": _by_type(frozenset({"integer", "empty"}), _fitting_integer, _integers),
    "float": _by_type(frozenset({"floating", "integer", "mixed-integer-float", "empty"}), _fitting_float, _floats),
    "boolean": _by_type(frozenset({"boolean", "empty"}), _fitting_boolean, _booleans),
    "datetime": _datetime,
    "date": _date,
    "hours": _hours,
    "list": _list,
    "object": _object,
}
