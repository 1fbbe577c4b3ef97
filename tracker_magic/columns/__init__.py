"""Every fixed column of every frame: name, kind, meaning and where in the record its value stands.

`frames` fills these tables; `store`, `flow` and `charts` read them; the README prints them. No pandas here.
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
