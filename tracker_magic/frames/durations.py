"""Durations of the service as working hours (TRACKER_API 4.4)."""

import re
from typing import Final

# The service mixes weeks with a time part (`P1WT20M`), which strict ISO parsers refuse, and its docs print `P1H`.
_FORM: Final = re.compile(
    r"P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d))?(?:(\d{1,9})H)?(?:(?<=[TH])(\d{1,9})M)?(?:(?<=[THM])(\d{1,9}(?:\.\d+)?)S)?",
    re.ASCII,
)


def hours(text: str) -> float | None:
    """Give the working hours of a duration: a week is 5 days, a day 8 hours; None where it does not fit.

    `P1W2DT3H` is 59.0, `P1WT20M` 40.33. Years and months have no length on a working calendar: only zero fits.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    years, months, weeks, days, whole, minutes, seconds = (float(part or 0) for part in form.groups())
    if years or months:
        return None
    return (((weeks * 5 + days) * 8 + whole) * 3600 + minutes * 60 + seconds) / 3600
