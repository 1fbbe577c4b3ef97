"""The order of rows where nobody asked for one: by queue and number."""

import sys
from collections.abc import Iterable
from typing import Final

import pandas as pd

from tracker_magic.frames import natural_text

_LAST: Final = chr(sys.maxunicode)


def places(keys: Iterable[str]) -> list[int]:
    """Positions of `keys` in the order of queue and number, `DEV-2` before `DEV-10`; what is no text stands last."""
    texts = [natural_text(key) if isinstance(key, str) else _LAST for key in keys]
    return sorted(range(len(texts)), key=texts.__getitem__)


def by_key(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in that order, numbered anew."""
    return placed(frame, places(frame["key"].tolist()))


def placed(frame: pd.DataFrame, rows: list[int] | None) -> pd.DataFrame:
    """These rows, numbered anew; None: all as they stand."""
    return frame if rows is None else frame.iloc[rows].reset_index(drop=True)
