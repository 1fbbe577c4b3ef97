"""What notebooks do with columns of a frame: masks over lists."""

from typing import Any

import numpy as np
import pandas as pd


def has(series: "pd.Series[Any]", *members: object) -> "pd.Series[bool]":
    """Return the mask of the rows whose list holds any of the members: `df[has(df["tags"], "backend")]`.

    A missing list holds nothing; a cell that is no list (after `explode`) holds itself. The mask has the series' index.
    """
    mask = [any(member in cell for member in members) for cell in map(_members, series)]
    return pd.Series(np.array(mask, dtype=bool), index=series.index, name=series.name)


def _members(cell: Any) -> list[Any]:
    if isinstance(cell, list | tuple | set | frozenset):
        return list(cell)
    if isinstance(cell, np.ndarray):  # Parquet returns lists as arrays
        return list(cell)
    return [] if pd.api.types.is_scalar(cell) and pd.isna(cell) else [cell]
