"""An embedded Tracker: real HTTP on loopback, no account needed; shares no code with the client."""

from pathlib import Path
from typing import TYPE_CHECKING

from tracker_magic.errors import SettingsError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tracker_magic.demo.server import Demo

__all__ = ["start"]


def start(
    *,
    issues: int = 600,
    seed: int = 1,
    data: Path | None = None,
    lives: bool = True,
    latency_ms: float = 0.0,
    search_rps: float | None = None,
    other_rps: float | None = None,
    port: int = 0,
) -> "AbstractContextManager[Demo]":
    """Serve a world for the length of a block.

    `with start(issues=200, seed=1) as demo: demo.names`: the world is made from `seed`, with `issues` issues, and goes
    on living while it is served (unless `lives` is False); `data` is a file of real history, served as it stands.
    `latency_ms` is the wait before each answer, `search_rps` and `other_rps` the most requests in any second (None: no
    limit), `port` 0 any free one.
    Raises SettingsError for a file that cannot be read, a port that is taken, a missing extra `[demo]`.
    """
    try:
        # The server library is an extra: this import has to wait until somebody wants a demo.
        from tracker_magic.demo.launch.start import serving  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise without_extra(missing) from None
    return serving(
        issues=issues,
        seed=seed,
        data=data,
        lives=lives,
        latency_ms=latency_ms,
        search_rps=search_rps,
        other_rps=other_rps,
        port=port,
    )


def without_extra(missing: ModuleNotFoundError) -> SettingsError:
    """What to tell where a library of the extra `[demo]` is not installed; a module of our own is no such library."""
    if not missing.name or missing.name.partition(".")[0] == "tracker_magic":
        raise missing
    return SettingsError(
        f"the demo needs {missing.name}, which is not installed.", hint='Run: pip install "tracker_magic[demo]"'
    )
