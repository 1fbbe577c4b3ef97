"""Keys that do not exist: told once, never lost in silence."""

import warnings
from collections.abc import Sequence

from tracker_magic.errors import MissingIssues, NotFound, TrackerError
from tracker_magic.frames import stacklevel_outside_package

_MOST_SHOWN = 20


def told_missing(missing: Sequence[str], asked: int) -> list[str]:
    """Warn of `missing` keys and return them; raises NotFound where none of the `asked` exists."""
    if not missing:
        return []
    shown = ", ".join(missing[:_MOST_SHOWN]) + (", …" if len(missing) > _MOST_SHOWN else "")
    if len(missing) >= asked:
        raise NotFound(f"no such issue: {shown}", hint="It does not exist, or this login may not see it.", status=404)
    warnings.warn(
        f"{len(missing)} of {asked} issues do not exist or may not be seen: {shown}",
        MissingIssues,
        stacklevel=stacklevel_outside_package(),
    )
    return list(missing)


def go_on(error: TrackerError, method: str, left: Sequence[str]) -> str:
    """What to do where not everything came: what `error` says, and how `method` (`t.links({})`) gives what is `left`.

    The keys that are left stand in the attrs of what came.
    """
    cure = "" if error.hint == "Try again." else error.hint
    kept = "What came is in .partial (in a notebook: _tracker_partial)."
    if not left:
        return f"{cure} {kept} Try again.".strip()
    more = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
    again = method.format('error.partial.attrs["tracker"]["missing"]')
    again = f"Missing: {left[0]}{more}. Try again, or ask for those alone: {again}."
    return f"{cure} {kept} {again}".strip()
