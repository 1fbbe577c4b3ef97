"""What a chart reads from a frame of `flow`: its columns, its definition, and where its issues are on the web."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracker_magic.errors import WrongFrame
from tracker_magic.printable import printable, web_origin

Floats = NDArray[np.float64]

_MICROSECONDS_OF_A_DAY: Final = 86_400_000_000
_COMPANIONS: Final = (".key", ".id", ".display")


def check_columns(frame: object, columns: Iterable[str], call: str) -> pd.DataFrame:
    """Return the frame. Raises WrongFrame, with the right `call`, if it lacks a column."""
    if not isinstance(frame, pd.DataFrame):
        raise WrongFrame(f"a chart draws a DataFrame, not {type(frame).__name__}", hint=f"Write {call}.")
    if missing := [name for name in columns if name not in frame.columns]:
        raise WrongFrame(f"the frame has no column {', '.join(missing)}", hint=f"Write {call}.")
    return frame


def flow_facts(frame: pd.DataFrame) -> Mapping[str, Any]:
    """Return what flow says about the frame."""
    return frame.attrs.get("flow") or {}


def policy_of(frame: pd.DataFrame) -> Mapping[str, Any]:
    """Return the policy by which the frame was computed, as plain JSON."""
    return flow_facts(frame).get("policy") or {}


def sle_of(frame: pd.DataFrame, sle: Sequence[float] | None) -> tuple[float, float] | None:
    """Return the service-level expectation (per cent, days): the given one, else that of the policy."""
    chosen = sle if sle is not None else policy_of(frame).get("sle")
    return None if chosen is None else (float(chosen[0]), float(chosen[1]))


def web_address(frame: pd.DataFrame, url: str | None) -> str | None:
    """Return the address of the tracker's web interface; None if nobody tells, or it is no address of a web page."""
    # Without the search: the frame's attrs name the page that shows its issues.
    return web_origin(url or flow_facts(frame).get("url") or (frame.attrs.get("tracker") or {}).get("url"))


def issue_link(address: str | None, key: object) -> str | None:
    """Return the address of an issue."""
    return f"{address}/{quote(printable(key), safe='')}" if address and isinstance(key, str) and key else None


def dates(values: "pd.Series[Any] | pd.DatetimeIndex") -> Floats:
    """Return moments as days since 1970 on the clock of their zone, as matplotlib's axes of dates count them."""
    series = pd.Series(values)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        series = series.dt.tz_localize(None)
    moments = series.to_numpy(dtype="datetime64[us]")
    days = moments.astype(np.int64) / _MICROSECONDS_OF_A_DAY
    return np.where(np.isnat(moments), np.nan, days)


def now_of(frame: pd.DataFrame) -> pd.Timestamp | None:
    """Return the moment of the frame, on the clock of its zone."""
    facts = flow_facts(frame)
    if not facts.get("now"):
        return None
    return pd.Timestamp(facts["now"]).tz_convert(facts.get("tz") or "UTC").tz_localize(None)


def group_columns(frame: pd.DataFrame, known: Iterable[str]) -> list[str]:
    """Return the columns by which a frame is grouped: those it has besides `known`, without companions."""
    names = [str(name) for name in frame.columns if name not in set(known)]
    return [name for name in names if not any(name == f"{each}{end}" for each in names for end in _COMPANIONS)]


def names_in(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the values of a column as texts; a missing one is a dash."""
    texts = ["–" if pd.isna(value) else printable(str(value)) for value in column]
    return pd.Series(texts, column.index, dtype=object)


def group_names(frame: pd.DataFrame, columns: Sequence[str]) -> "pd.Series[Any]":
    """Return the name of each row's group."""
    texts = [" · ".join(row) for row in zip(*(names_in(frame[name]) for name in columns), strict=True)]
    return pd.Series(texts, frame.index, dtype=object)


def column_or(frame: pd.DataFrame, name: str, default: Any = None) -> list[Any]:
    """Return the values of a column, or as often the default."""
    return list(frame[name]) if name in frame.columns else [default] * len(frame)
