"""Builds typed frames from records. Pure: no network, no settings, no clock."""

from tracker_magic.frames.assembly import build_list, value_warning
from tracker_magic.frames.changelog import ChangelogBuilder
from tracker_magic.frames.issues import IssueBuilder, IssuePage
from tracker_magic.frames.list_changes import CHANGED_LISTS
from tracker_magic.frames.parse import validate_zone
from tracker_magic.frames.schema import ColumnSelection, Schema, queues_of_fields
from tracker_magic.frames.series import has

__all__ = [
    "CHANGED_LISTS",
    "ChangelogBuilder",
    "ColumnSelection",
    "IssueBuilder",
    "IssuePage",
    "Schema",
    "build_list",
    "has",
    "queues_of_fields",
    "validate_zone",
    "value_warning",
]
