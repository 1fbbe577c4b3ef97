"""Real histories, served as a world."""

from tracker_magic.demo.history.files import load_archive, load_world

__all__ = ["load_archive", "load_world"]
