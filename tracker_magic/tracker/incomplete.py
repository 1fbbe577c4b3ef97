"""Report keys that do not exist and results that are incomplete: nothing is lost silently."""

from collections.abc import Sequence
from typing import Final

from tracker_magic.api import Operation
from tracker_magic.api.execution import WHERE_ROWS_ARE
from tracker_magic.api.results import specific_hint
from tracker_magic.errors import MissingIssues, NotFound, TrackerError

_MAX_SHOWN: Final = 20


def report_missing(operation: Operation, missing: Sequence[str], requested: int) -> list[str]:
    """Warn about `missing` keys and return them; raises NotFound if none of the `requested` ones exists."""
    if not missing:
        return []
    shown = ", ".join(missing[:_MAX_SHOWN]) + (", …" if len(missing) > _MAX_SHOWN else "")
    if len(missing) >= requested:
        raise NotFound(f"no such issue: {shown}", hint="It does not exist, or this login may not see it.", status=404)
    message = f"{len(missing)} of {requested} issues do not exist, or this login may not see them: {shown}"
    operation.warn(MissingIssues(message))
    return list(missing)


def how_to_go_on(error: TrackerError, method: str, missing: Sequence[str]) -> str:
    """The hint for an incomplete result: that of `error`, and how `method` (`t.links({})`) fetches what is `missing`.

    The missing keys are in the attrs of the partial frame.
    """
    start = f"{specific_hint(error)} {WHERE_ROWS_ARE.capitalize()}."
    if not missing:
        return f"{start} Try again.".strip()
    more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
    call = method.format('error.partial.attrs["tracker"]["missing"]')
    return f"{start} Missing: {missing[0]}{more}. Try again, or ask only for those: {call}.".strip()
