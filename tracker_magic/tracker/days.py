"""Days and moments as arguments: what a person writes, in their zone."""

import re
from datetime import date, datetime
from typing import Any

import pandas as pd

from tracker_magic.errors import BadOption


def moment(value: Any, zone: str) -> pd.Timestamp | None:
    """A day or moment: ISO text, a date or a datetime; naive ones are in `zone`. None stays None.

    A midnight that a change of clocks leaves out is the moment after it; one that comes twice is the first.
    """
    if value is None:
        return None
    given = _read(value) if isinstance(value, str) else value
    if not isinstance(given, date) or pd.isna(given):
        hint = "Write 2026-01-31 or 2026-01-31 18:00, or give a date."
        raise BadOption(f"{value!r} is no day or moment", hint=hint)
    stamp = pd.Timestamp(given)
    if stamp.tzinfo is not None:
        return stamp.tz_convert(zone)
    return stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def shown_range(first: pd.Timestamp | None, last: pd.Timestamp | None) -> list[str | None]:
    """A half-open range as plain JSON."""
    return [first.isoformat() if first is not None else None, last.isoformat() if last is not None else None]
