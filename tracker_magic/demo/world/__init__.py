"""The demo's own world: made from a seed, with activity that goes on while it is served."""

from tracker_magic.demo.world.make import make_world

__all__ = ["make_world"]
