"""The query language as text: words, quoting, joining, splitting; asks nothing."""

from tracker_magic.query.literals import Raw, inside, literal, quoted, raw
from tracker_magic.query.text import (
    has_sort,
    is_keys,
    keys_in,
    queues_named,
    sorted_by,
)
from tracker_magic.query.words import NAMES, PARAMETERS

__all__ = [
    "NAMES",
    "PARAMETERS",
    "Raw",
    "has_sort",
    "inside",
    "is_keys",
    "keys_in",
    "literal",
    "queues_named",
    "quoted",
    "raw",
    "sorted_by",
]
