"""Moments, days and zones: texts as numpy datetimes, at once where all look as usual, one by one where not."""

import re
import zoneinfo
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tracker_magic.errors import BadOption

Moments = NDArray[np.datetime64]
Misfits = dict[int, Any]

# The usual texts, 0 for a digit; the service answers in UTC with three decimals (TRACKER_API 4.1).
_MOMENT: Final = "0000-00-00T00:00:00.000+0000"
_DAY: Final = "0000-00-00"
_WITHOUT_ZONE: Final = len("0000-00-00T00:00:00.000")
_BASE: Final = 10
_ANY_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_ANY_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
# A day inside the years 1 to 9999, so that every zone can show the moment.
_FIRST: Final = datetime(1, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)


def checked_zone(name: str) -> str:
    """Give back an IANA zone's name; BadOption with the nearest names for any other."""
    if name == "UTC":  # needs no zone database
        return name
    try:
        # The machine's own zone is no answer: the same notebook would show other days elsewhere.
        known = name not in {"", "localtime"} and bool(zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        known = False
    if known:
        return name
    zones = {zone.casefold(): zone for zone in sorted(zoneinfo.available_timezones())}
    zones |= {folded.rpartition("/")[2]: zone for folded, zone in zones.items()}
    near = [zones[match] for match in get_close_matches(str(name).casefold(), zones, n=3)]
    nearest = f"The nearest: {', '.join(dict.fromkeys(near))}." if near else "For example: Europe/Moscow."
    raise BadOption(f"there is no time zone {name!r}.", hint=f"Zones have IANA names. {nearest}")


def parsed_moments(values: Sequence[Any]) -> tuple[Moments, Misfits]:
    """Give UTC moments (naive, microseconds, NaT where missing) and what does not fit, by row."""
    return _parsed(values, _MOMENT, _moment)


def parsed_days(values: Sequence[Any]) -> tuple[Moments, Misfits]:
    """Give days (naive midnights, never shifted, NaT where missing) and what does not fit, by row."""
    return _parsed(values, _DAY, _day)


def _parsed(values: Sequence[Any], form: str, one: Callable[[str], datetime | None]) -> tuple[Moments, Misfits]:
    texts = [value for value in values if value is not None]
    try:
        usual = _usual(texts, form)
    except (TypeError, ValueError):
        return _one_by_one(values, one)
    if len(texts) == len(values):
        return usual, {}
    moments = np.full(len(values), "NaT", dtype="datetime64[us]")
    moments[[value is not None for value in values]] = usual
    return moments, {}


def _usual(texts: list[str], form: str) -> Moments:
    """Parse texts that all have this form at once; ValueError or TypeError if one has not."""
    if not texts:
        return np.array([], dtype="datetime64[us]")
    joined = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    if set(map(len, texts)) != {len(form)}:
        raise ValueError(form)
    rows = joined.reshape(-1, len(form))
    expected = np.frombuffer(form.encode(), dtype=np.uint8)
    digits = expected == ord("0")
    digits[_WITHOUT_ZONE:] = False
    # Unsigned: what stands before "0" becomes large, so one comparison is enough.
    if not ((rows[:, digits] - ord("0") < _BASE).all() and (rows[:, ~digits] == expected[~digits]).all()):
        raise ValueError(form)
    moments = joined.view(f"S{len(form)}").astype(f"S{_WITHOUT_ZONE}").astype("datetime64[us]")
    if moments.min() < np.datetime64(_FIRST.date()) or moments.max() > np.datetime64(_LAST.date()):
        raise ValueError(form)
    return moments


def _one_by_one(values: Sequence[Any], one: Callable[[str], datetime | None]) -> tuple[Moments, Misfits]:
    moments: list[datetime | None] = []
    misfits: Misfits = {}
    for row, value in enumerate(values):
        moment = one(value) if isinstance(value, str) else None
        if moment is None and value is not None:
            misfits[row] = value
        moments.append(moment)
    return np.array(moments, dtype="datetime64[us]"), misfits


def _moment(text: str) -> datetime | None:
    """One moment in UTC; without an offset it is UTC (TRACKER_API 1.1); a day alone is no moment."""
    if not _ANY_MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None) if _FIRST <= moment <= _LAST else None


def _day(text: str) -> datetime | None:
    """One day; a moment at midnight is that day, whatever its offset."""
    form = _ANY_DAY.fullmatch(text)
    if form is None:
        return None
    try:
        return datetime.fromisoformat(form[1])
    except ValueError:
        return None
