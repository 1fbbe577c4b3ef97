"""Every fixed column of every frame: its name, dtype, meaning, and where its value is in a record.

`frames` fills these tables, other parts read them, and the reference shows them. Nothing here needs pandas.
"""

from tracker_magic.columns.column import DTYPES, REFERENCES, Column, ColumnKind, ColumnPart, FieldType, field_columns
from tracker_magic.columns.fields import DEFAULT_FIELDS, EXPANDED_FIELDS, SYSTEM_FIELDS
from tracker_magic.columns.tables import ENTITY_FIELDS, FRAMES, PER_ISSUE

__all__ = [
    "DEFAULT_FIELDS",
    "DTYPES",
    "ENTITY_FIELDS",
    "EXPANDED_FIELDS",
    "FRAMES",
    "PER_ISSUE",
    "REFERENCES",
    "SYSTEM_FIELDS",
    "Column",
    "ColumnKind",
    "ColumnPart",
    "FieldType",
    "field_columns",
]
