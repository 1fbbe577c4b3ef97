"""Every frame but issues and changelog: a table of columns, records in, a typed frame out."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from tracker_magic.columns import FRAMES, PER_ISSUE
from tracker_magic.errors import BadOption
from tracker_magic.frames.assembly import assembled
from tracker_magic.frames.extract import Context, extractor, picked
from tracker_magic.frames.moments import checked_zone


def build_list(kind: str, records: Iterable[Any], tz: str = "UTC") -> pd.DataFrame:
    """Give the frame of this kind (`comments`, `users`, `statuses` …: the tables of `columns.FRAMES`).

    Lists of an issue take `(key, record)` pairs, all others records; `tz` is the zone of moments.
    """
    if kind not in FRAMES or kind in {"issues", "changelog"}:
        raise BadOption(f"there is no list {kind!r}.", hint=f"Lists: {', '.join(sorted(FRAMES))}.")
    zone, columns, context = checked_zone(tz), FRAMES[kind], Context()
    rows = list(records)
    if kind not in PER_ISSUE:
        return assembled(columns, [extractor(column, context)(picked(rows, column.path)) for column in columns], zone)
    keys, rows = [key for key, _ in rows], [record for _, record in rows]
    cells = [extractor(column, context)(picked(rows, column.path)) for column in columns[1:]]
    return assembled(columns, [keys, *cells], zone)
