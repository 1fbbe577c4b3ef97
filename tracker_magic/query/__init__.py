"""The query language as text: quoting, joining, splitting. Nothing is sent or checked here; the service does that."""

from tracker_magic.query.conditions import free_texts, has_condition, has_empty_condition
from tracker_magic.query.field_names import FIELD_NAMES, OTHER_NAMES, QUERY_NAMES
from tracker_magic.query.literals import (
    EMPTY_HINT,
    Raw,
    as_utc,
    escape,
    is_frame,
    is_missing,
    literal,
    moment_text,
    name_text,
    python_value,
    quote,
    raw,
)
from tracker_magic.query.text import add_sort, has_sort, is_key, is_keys, keys_in, queues_in

__all__ = [
    "EMPTY_HINT",
    "FIELD_NAMES",
    "OTHER_NAMES",
    "QUERY_NAMES",
    "Raw",
    "add_sort",
    "as_utc",
    "escape",
    "free_texts",
    "has_condition",
    "has_empty_condition",
    "has_sort",
    "is_frame",
    "is_key",
    "is_keys",
    "is_missing",
    "keys_in",
    "literal",
    "moment_text",
    "name_text",
    "python_value",
    "queues_in",
    "quote",
    "raw",
]
