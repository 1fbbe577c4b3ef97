"""What an entry of a changelog says besides its fields: changes of links, files, work, comments, related resolutions.

The documentation describes only added comments; a form that is not known here comes through as JSON.
https://yandex.ru/support/tracker/en/api-ref/issues/get-changelog
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tracker_magic.frames.extract import display_text, localized_text, scalar_text

CHANGED_LISTS: Final = ("comments", "reactions", "links", "attachments", "worklog", "relatedResolutions")

_NOTHING: Final = (None, None, ())

Row = tuple[Any, ...]  # the name of the list, from, to, from.key, to.key, added, removed
Member = tuple[str, str | None]  # the text people see, and the key or id


def list_changes(entry: Mapping[str, Any]) -> list[Row]:
    """Return a row's part for each change: all added and removed members of a list are one, other changes one each."""
    rows: list[Row] = []
    for name in CHANGED_LISTS:
        if changes := entry.get(name):
            rows += _changes_of(name, changes)
    return rows


def _changes_of(name: str, changes: Any) -> list[Row]:
    if not isinstance(changes, dict):
        return [_read(name, each) for each in _listed(changes)]
    removed, added, updated = changes.get("removed"), changes.get("added"), changes.get("updated")
    before, after = _members(removed) if removed else [], _members(added) if added else []
    rows = [_change(name, before, after)] if before or after else []
    return rows + [_read(name, each) for each in _listed(updated)] if updated else rows


def _listed(value: Any) -> list[Any]:
    """Return a list as it is, a single value as a list of one, and nothing as an empty list."""
    return value if isinstance(value, list) else [value] if value else []


def _members(references: Any) -> list[Member]:
    return [_member(each) for each in _listed(references) if each]


def _read(name: str, change: Any) -> Row:
    """Read a change with `from` and `to`, of a reaction, or of a related issue's resolution."""
    if not isinstance(change, dict):
        return _change(name, [], [_member(change)])
    if change.get("issue"):
        return _resolution_change(name, change)
    record = change.get("comment") or change.get("record")
    old, new = change.get("removedReaction"), change.get("addedReaction")
    if old or new:
        name = "reactions"
    else:
        old, new = change.get("from"), change.get("to")
    if old is None and new is None:  # a form that is not known here
        return _change(name, [], [_member(change)])
    sides = (_work_text(old, new), _work_text(new, old))
    return _change(name, *([] if each is None else [_member(each, record)] for each in sides))


def _resolution_change(name: str, change: Mapping[str, Any]) -> Row:
    issue, old, new = change["issue"], change.get("oldResolution"), change.get("newResolution")
    before = [_of_issue(issue, old)] if old else []
    after = [_of_issue(issue, new)] if new or not old else []
    return _change(name, before, after)


def _change(name: str, before: list[Member], after: list[Member]) -> Row:
    text, joined, keys = _joined(before) if before else _NOTHING
    text_after, joined_after, keys_after = _joined(after) if after else _NOTHING
    if not (keys and keys_after):
        return name, text, text_after, joined, joined_after, keys_after, keys
    added = tuple([key for key in keys_after if key not in keys])
    removed = tuple([key for key in keys if key not in keys_after])
    return name, text, text_after, joined, joined_after, added, removed


def _joined(members: list[Member]) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the texts of members and their keys, both joined, and the keys alone."""
    if len(members) == 1:
        text, key = members[0]
        return (text, key, (key,)) if key else (text, None, ())
    keys = tuple([key for _, key in members if key])
    return ", ".join([text for text, _ in members]), ", ".join(keys) or None, keys


def _member(value: Any, record: Any = None) -> Member:
    """Return what people see of a member, and its key or id; of a value of `record` (a comment) the record's id."""
    if record is None and type(value) is dict and "object" not in value:
        text, key = value.get("display"), value.get("key") or value.get("id")
        if type(text) is str and type(key) is str:
            return text, key
    return _undocumented(value, record)


def _undocumented(value: Any, record: Any) -> Member:
    if isinstance(value, dict) and isinstance(value.get("object"), dict):
        return _linked_issue(value)
    text = display_text(value)
    source = value if record is None else record
    key = (source.get("key") or source.get("id")) if isinstance(source, dict) else source
    if key is not None and type(key) is not str:
        key = str(scalar_text(key))
    return text if isinstance(text, str) else json.dumps(value, ensure_ascii=False), key


def _linked_issue(end: Mapping[str, Any]) -> Member:
    """Return the issue at the other end of a link, after the name of the link as seen from this one."""
    text, key = _member(end["object"])
    link_type = end.get("type")
    names = link_type if isinstance(link_type, dict) else {}
    relation = localized_text(names.get(str(end.get("direction")))) or names.get("id")
    return " ".join(each for each in (relation, key or text) if isinstance(each, str)), key


def _of_issue(issue: Any, resolution: Any) -> Member:
    """Return an issue's resolution, after the key of the issue."""
    text, key = _member(issue)
    if resolution is None:
        return key or text, None
    name, resolution_key = _member(resolution)
    return f"{key or text}: {name}", resolution_key


def _work_text(work: Any, other: Any) -> Any:
    """Return the duration of a work record, or its start if only that changed; any other value as it is."""
    if not isinstance(work, dict) or "duration" not in work:
        return work
    is_moved = isinstance(other, dict) and other.get("duration") == work["duration"]
    return work.get("start") if is_moved else work["duration"]
