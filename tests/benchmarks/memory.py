"""Memory of this process as the kernel counts it (Linux; elsewhere nothing is told)."""

import contextlib
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KB = 1024


def begin() -> float | None:
    """Resident MB now; forgets the peak so far, where the kernel allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _mb("VmRSS")


def grown_mb(before: float | None) -> float | None:
    """The peak since `begin`, less what was resident then."""
    peak = _mb("VmHWM")
    return None if peak is None or before is None else peak - before


def _mb(name: str) -> float | None:
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / _KB
    return None
