"""Records in, typed frames out. Pure: no network, no settings, no clock."""

from tracker_magic.frames.assembly import level_outside
from tracker_magic.frames.changelog import build_changelog
from tracker_magic.frames.issues import IssueBuilder, Order, build_issues, natural_key, natural_text
from tracker_magic.frames.lists import build_list
from tracker_magic.frames.masks import has
from tracker_magic.frames.moments import checked_zone
from tracker_magic.frames.schema import Schema, Selection, named_queues

__all__ = [
    "IssueBuilder",
    "Order",
    "Schema",
    "Selection",
    "build_changelog",
    "build_issues",
    "build_list",
    "checked_zone",
    "has",
    "level_outside",
    "named_queues",
    "natural_key",
    "natural_text",
]
