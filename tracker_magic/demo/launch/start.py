"""From options to a running embedded Tracker."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.history.files import load_world
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo, Evolve
from tracker_magic.demo.world.activity import Activity
from tracker_magic.demo.world.make import make_world
from tracker_magic.errors import SettingsError


@contextmanager
def serving(
    *,
    issues: int,
    seed: int,
    data: Path | None,
    evolve: bool,
    latency_ms: float,
    search_rps: float | None,
    other_rps: float | None,
    port: int,
) -> Iterator[Demo]:
    """Serve a world while the block runs; the arguments are those of `tracker_magic.demo.start`."""
    world = _load(data) if data else make_world(seed=seed, issues=issues)
    life = Activity(world, seed) if evolve and not data else None
    behaviour = Behaviour(latency_ms=latency_ms, search_rps=search_rps, other_rps=other_rps)
    with _listen(world, behaviour, life, port) as demo:
        yield demo


def _load(path: Path) -> World:
    try:
        return load_world(path)
    except (OSError, EOFError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise SettingsError(f"the data file {path} cannot be read ({str(reason).rstrip('.')})") from None


def _listen(world: World, behaviour: Behaviour, evolve: Evolve | None, port: int) -> Demo:
    try:
        return Demo(
            world,
            Access(world),
            behaviour=behaviour,
            evolve=evolve,
            port=port,
            any_host="JUPYTERHUB_SERVICE_PREFIX" in os.environ,  # the browser comes through the proxy of the hub
        )
    except OSError as error:
        message, hint = f"port {port} cannot be used ({error.strerror})", "Without --port, a free port is used."
        raise SettingsError(message, hint=hint) from None
