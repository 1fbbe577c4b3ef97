"""The order of rows where nobody asked for one: by queue and number."""

from collections.abc import Iterable

import pandas as pd

from tracker_magic.frames import natural_key


def places(keys: Iterable[str]) -> list[int]:
    """Positions of `keys` in the order of queue and number, `DEV-2` before `DEV-10`."""
    return [int(place) for place in natural_key(pd.Series(list(keys), dtype=str)).argsort(kind="stable")]


def by_key(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in that order, numbered anew."""
    return frame.iloc[places(frame["key"])].reset_index(drop=True)
