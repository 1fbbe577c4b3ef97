"""Records in, typed frames out. Pure: no network, no settings, no clock."""

from tracker_magic.frames.assembly import stacklevel_outside_package, value_warning
from tracker_magic.frames.changelog import build_changelog
from tracker_magic.frames.issues import IssueBuilder, IssuePage, build_issues, natural_key, natural_text
from tracker_magic.frames.lists import build_list
from tracker_magic.frames.masks import has
from tracker_magic.frames.moments import checked_zone
from tracker_magic.frames.schema import Schema, Selection, named_queues

__all__ = [
    "IssueBuilder",
    "IssuePage",
    "Schema",
    "Selection",
    "build_changelog",
    "build_issues",
    "build_list",
    "checked_zone",
    "has",
    "named_queues",
    "natural_key",
    "natural_text",
    "stacklevel_outside_package",
    "value_warning",
]
