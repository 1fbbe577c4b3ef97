"""Who called this package: the line that a warning points at."""

import inspect
from typing import Final

_PACKAGE: Final = __name__.partition(".")[0]


def stacklevel_outside_package() -> int:
    """The `stacklevel` with which a warning points at the first caller outside this package."""
    level, frame = 0, inspect.currentframe()  # this function is level 0, its caller level 1
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    return level
