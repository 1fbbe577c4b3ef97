"""Which rows a frame has, in which order: where nobody asked for one, by queue and number."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pandas as pd

from tracker_magic.frames import natural_text

_LAST: Final = chr(sys.maxunicode)


def places(keys: Iterable[str]) -> list[int]:
    """Positions of `keys` in the order of queue and number, `DEV-2` before `DEV-10`; what is no text stands last."""
    texts = [natural_text(key) if isinstance(key, str) else _LAST for key in keys]
    return sorted(range(len(texts)), key=texts.__getitem__)


def by_key(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in that order, numbered anew."""
    return frame.iloc[places(frame["key"].tolist())].reset_index(drop=True)


def chosen(found: Sequence[int] | None, keys: Sequence[Any], *, is_by_key: bool) -> Sequence[int]:
    """Positions of the rows that count (`found`; None: all), as they came, or by key."""
    rows = range(len(keys)) if found is None else present(found, len(keys))
    return [rows[place] for place in places([keys[row] for row in rows])] if is_by_key else rows


def present(found: Sequence[int], rows: int) -> list[int]:
    """Those positions whose rows have come: an interrupt may strike between noting and taking them."""
    return [place for place in found if place < rows]
