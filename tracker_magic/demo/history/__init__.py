"""Imports real histories as a world."""

from tracker_magic.demo.history.files import import_history, load_world

__all__ = ["import_history", "load_world"]
