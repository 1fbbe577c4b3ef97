"""Whether the extension can work in this process; checked before anything is installed or imported."""

import re
import sys
from typing import Final

from tracker_magic.errors import SettingsError

_LOWEST_PANDAS: Final = (2, 3)  # as in pyproject.toml


def check_runtime() -> None:
    """Raise SettingsError in a browser's Python, and if an older pandas was imported before it was updated."""
    if sys.platform == "emscripten":
        raise SettingsError(
            "tracker_magic needs threads and sockets, which Python inside a browser (JupyterLite) does not have",
            hint="Use a Jupyter whose kernel runs on a computer.",
        )
    version = getattr(sys.modules.get("pandas"), "__version__", None)
    if isinstance(version, str) and _is_older(version, _LOWEST_PANDAS):
        lowest = ".".join(map(str, _LOWEST_PANDAS))
        raise SettingsError(
            f"pandas {version} is in this kernel's memory, and tracker_magic needs {lowest} or newer",
            hint=f"Restart the kernel. If that does not do, run `%pip install -U 'pandas>={lowest}'`, then restart.",
        )


def _is_older(version: str, lowest: tuple[int, ...]) -> bool:
    numbers = tuple(map(int, re.findall(r"\d+", version)[: len(lowest)]))
    return bool(numbers) and numbers < lowest
