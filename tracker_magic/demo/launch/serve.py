"""`demo --serve`: only serve, and say what a client needs."""

from typing import TYPE_CHECKING, TextIO, cast

from tracker_magic.demo.launch.stop import stop_asked

if TYPE_CHECKING:
    from tracker_magic.demo.login.access import Access
    from tracker_magic.demo.server import Demo


def serve(demo: "Demo", out: TextIO) -> int:
    """Write `NAME=value` lines and READY, then answer until told to end; gives the exit code."""
    access = cast("Access", demo.access)  # what `start` makes; the server itself asks for less
    with stop_asked() as stop:
        out.writelines(f"{name}={value}\n" for name, value in demo.names.items())
        # A comment, since a client refuses both organisations at once.
        out.write(f"# TRACKER_CLOUD_ORG_ID={access.cloud_org_id}\nREADY\n")
        out.flush()
        while not stop.wait(1):
            pass
    return 0
