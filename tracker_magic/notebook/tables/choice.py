"""Which columns of a frame are displayed; pure functions of the names of its columns and the facts in its `attrs`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tracker_magic.columns import FRAMES

# The columns that a person works with. Of a kind that is not listed, all are displayed.
_CHOICE: Final[Mapping[str, tuple[str, ...]]] = {
    "issues": ("key", "summary", "type", "status", "priority", "assignee", "updatedAt"),
    "changelog": ("key", "at", "by", "type", "field", "from", "to"),
    "comments": ("key", "createdAt", "createdBy", "text"),
    "worklog": ("key", "summary", "start", "duration", "createdBy", "comment"),
    "links": ("key", "relation", "other", "other.summary", "other.status"),
    "attachments": ("key", "name", "mimetype", "size", "createdBy", "createdAt"),
    "checklists": ("key", "text", "checked", "assignee", "deadline"),
    "queues": ("key", "name", "description", "lead", "defaultType", "defaultPriority"),
    "boards": ("id", "name", "columns", "createdBy", "updatedAt"),
    **dict.fromkeys(
        ("projects", "portfolios", "goals"),
        ("shortId", "summary", "entityStatus", "lead", "start", "end", "tags", "progressPercentage"),
    ),
}
_NAMES: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(column.name for column in table) for kind, table in FRAMES.items()
}
# A frame of issues with no more columns was made by choosing them, with `--columns` or in Python.
_FEW: Final = 14
_MOST: Final = 100


def is_of_issues(facts: Mapping[str, Any]) -> bool:
    """Whether these are the facts of a frame of issues."""
    return "columns" in facts


def displayed_columns(names: Sequence[str], facts: Mapping[str, Any], *, all_fields: bool = False) -> list[str]:
    """Return the columns to display, in their order; companions (`status.key`) only if they were requested by name.

    `all_fields`: not a choice, but all columns except companions.
    """
    requested = facts.get("columns") or []
    main = _without_companions(names, requested)
    if all_fields or requested == ["all"]:
        return main[:_MOST]
    if is_of_issues(facts) and (len(names) <= _FEW or set(main) <= {"key", *requested}):
        return main if requested else list(names)
    return _chosen(names, facts, main)


def _chosen(names: Sequence[str], facts: Mapping[str, Any], main: Sequence[str]) -> list[str]:
    """Return our choice of columns for rows of this kind, and those that were added; of unknown rows all."""
    kind = _kind(names, facts)
    if kind is None:
        return list(names)
    choice = [name for name in _CHOICE.get(kind, main) if name in names]
    return list(dict.fromkeys([*choice, *added_columns(names, facts)]))[:_MOST]


def added_columns(names: Sequence[str], facts: Mapping[str, Any]) -> list[str]:
    """Return the columns that were requested by name or, being neither in our table nor a local field, added later."""
    requested = facts.get("columns") or []
    if requested == ["all"]:
        return []
    known = _NAMES.get(_kind(names, facts) or "", names)
    return [name for name in names if name in requested or (name not in known and "." not in name)]


def _without_companions(names: Sequence[str], requested: Sequence[str]) -> list[str]:
    return [name for name in names if name in requested or not _is_companion(name, names)]


def _is_companion(name: str, names: Sequence[str]) -> bool:
    """Whether the name is that of another column and a suffix, as `status.key`."""
    parts = name.split(".", 4)
    return any(".".join(parts[:end]) in names for end in range(1, len(parts)))


def _kind(names: Sequence[str], facts: Mapping[str, Any]) -> str | None:
    """Return what the rows are, None if columns of the list are missing."""
    if is_of_issues(facts):
        return "issues"
    whole = [kind for kind, known in _NAMES.items() if known.issubset(names)]
    return max(whole, key=lambda kind: len(_NAMES[kind]), default=None)
