"""The made-up Tracker of `%tracker demo`: the one that started this Jupyter, or one started in this kernel."""

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol
from urllib.parse import urlsplit

from tracker_magic.config import is_loopback
from tracker_magic.errors import LoginRefused


class Embedded(Protocol):
    """A running embedded Tracker (`demo.Demo`)."""

    @property
    def url(self) -> str:
        """Scheme, host and port."""

    @property
    def names(self) -> Mapping[str, str]:
        """What a client needs in its environment."""

    def close(self) -> None:
        """Stop answering."""


def is_around() -> bool:
    """Whether this Jupyter was started by a demo: the environment names a token and a service on this machine."""
    address = urlsplit(os.environ.get("TRACKER_API_BASE_URL", ""))
    return bool(os.environ.get("TRACKER_TOKEN")) and is_loopback(address.hostname or "")


def start() -> Embedded:
    """Start one in this process. Raises LoginRefused where its server library is not installed."""
    try:
        # Its server library is an extra, so the import has to wait until somebody asks for a demo.
        server, access, world = (import_module(f"tracker_magic.demo.{name}") for name in ("server", "access", "world"))
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("tracker_magic"):
            raise
        raise LoginRefused(
            f"the demo needs {missing.name}, which is not installed.", hint='Run: pip install "tracker_magic[demo]"'
        ) from None
    made = world.make_world()
    running: Embedded = server.Demo(made, access.Access(made)).start()
    return running
