"""From what a person asked for to a running embedded Tracker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.history.files import load_world
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo, Evolve
from tracker_magic.demo.world.living import Life
from tracker_magic.demo.world.make import make_world
from tracker_magic.errors import SettingsError


@contextmanager
def serving(
    *,
    issues: int,
    seed: int,
    data: Path | None,
    lives: bool,
    latency_ms: float,
    search_rps: float | None,
    other_rps: float | None,
    port: int,
) -> Iterator[Demo]:
    """Serve a world while the block runs; the arguments are those of `tracker_magic.demo.start`."""
    world = _history(data) if data else make_world(seed=seed, issues=issues)
    live = Life(world, seed) if lives and not data else None
    behaviour = Behaviour(latency_ms=latency_ms, search_rps=search_rps, other_rps=other_rps)
    with _listening(world, behaviour, live, port) as demo:
        yield demo


def _history(path: Path) -> World:
    try:
        return load_world(path)
    except (OSError, EOFError, ValueError) as problem:
        said = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
        raise SettingsError(f"the data file {path} cannot be read ({str(said).rstrip('.')}).") from None


def _listening(world: World, behaviour: Behaviour, live: Evolve | None, port: int) -> Demo:
    try:
        return Demo(world, Access(world), behaviour=behaviour, live=live, port=port)
    except OSError as problem:
        raise SettingsError(
            f"port {port} cannot be used ({problem.strerror}).", hint="Without --port a free one is taken."
        ) from None
