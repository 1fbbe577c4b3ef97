"""An embedded Tracker: real HTTP on loopback, no account needed. It shares no code with the client; see README.md."""

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
    evolve: bool = True,
    latency_ms: float = 0.0,
    search_rps: float | None = None,
    other_rps: float | None = None,
    port: int = 0,
) -> "AbstractContextManager[Demo]":
    """Serve a world while a `with` block runs.

    For example: `with start(issues=200, seed=1) as demo: print(demo.names)`. The world is generated from `seed` with
    `issues` issues. Unless `evolve` is False, its issues go on changing while it is served. `data` is a file of real
    history, served unchanged instead. `latency_ms` is the wait before each response, `search_rps` and `other_rps` are
    the most requests in any second (None: no limit), and port 0 is any free port.

    Raises SettingsError if the file cannot be read, the port is taken, or the extra `[demo]` is not installed.
    """
    try:
        # The extra `[demo]` brings werkzeug, which everything below here needs.
        from tracker_magic.demo.launch.start import serving  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_extra(error) from None
    return serving(
        issues=issues,
        seed=seed,
        data=data,
        evolve=evolve,
        latency_ms=latency_ms,
        search_rps=search_rps,
        other_rps=other_rps,
        port=port,
    )


def missing_extra(error: ModuleNotFoundError) -> SettingsError:
    """The error for a missing library of the extra `[demo]`; raises `error` again if it is about our own modules."""
    if not error.name or error.name.partition(".")[0] == "tracker_magic":
        raise error
    return SettingsError(
        f"the demo needs {error.name}, which is not installed", hint='Run: pip install "tracker_magic[demo]"'
    )
