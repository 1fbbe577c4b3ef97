"""The demo's own world: made from a seed, and living."""

from tracker_magic.demo.world.make import make_world

__all__ = ["make_world"]
