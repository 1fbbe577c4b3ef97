"""The rows of a changelog once more, cell by cell and without a builder: slow, short and independent."""

import json
from functools import cache

from tests.frames.builders import build_changelog
from tracker_magic.columns import FRAMES
from tracker_magic.frames import CHANGED_LISTS
from tracker_magic.frames.assembly import build_frame

NO_CHANGE = (None,) * 7
LATER_COLUMNS = ["field", "from", "to", "from.key", "to.key", "added", "removed"]


def expected_changelog(entries, schema, tz="UTC"):
    """The frame of (key, entry) pairs: by issue in order of appearance, the creation entry first."""
    entries = list(entries)
    issues = list(dict.fromkeys(key for key, _ in entries))
    entries.sort(key=lambda pair: (issues.index(pair[0]), pair[1].get("type") != "IssueCreated"))
    rows = [row for key, entry in entries for row in _rows(key, entry, schema)]
    columns = FRAMES["changelog"]
    return build_frame(columns, [[row[position] for row in rows] for position in range(len(columns))], tz)


def _rows(key, entry, schema):
    entry_id = entry.get("id")
    author, author_id = texts(entry.get("updatedBy"))
    changes = [_change(change, schema) for change in entry.get("fields") or ()] + _list_changes(entry)
    for change in changes or [NO_CHANGE]:
        yield (
            key,
            json.dumps(entry_id) if isinstance(entry_id, bool | int | float) else entry_id,
            entry.get("updatedAt"),
            author,
            author_id,
            entry.get("type"),
            *change,
            entry.get("transport"),
        )


def _list_changes(entry):
    """Changes of lists, which have tests of their own: the rows of an entry that has nothing else."""
    return _rows_of_lists(json.dumps({name: entry[name] for name in CHANGED_LISTS if name in entry}))


@cache
def _rows_of_lists(lists):
    frame = build_changelog([("X-1", json.loads(lists))])
    frame = frame.astype(object).where(frame.notna(), None)[LATER_COLUMNS]
    return [row for row in frame.itertuples(index=False, name=None) if row != NO_CHANGE]


def _change(change, schema):
    field, before, after = change.get("field"), change.get("from"), change.get("to")
    field = field.get("id") if isinstance(field, dict) else field
    known = schema.field(field) if isinstance(field, str) else None
    name = known.name if known else field
    if (known and known.type.many) or isinstance(before, list) or isinstance(after, list):
        (text, key, members), (text_after, key_after, members_after) = map(_members, (before, after))
        added = [member for member in members_after if member not in members]
        removed = [member for member in members if member not in members_after]
        return name, text, text_after, key, key_after, added, removed
    (text, key), (text_after, key_after) = texts(before), texts(after)
    return name, text, text_after, key, key_after, None, None


def _members(value):
    if value is None:
        return None, None, []
    members = [texts(member) for member in (value if isinstance(value, list) else [value]) if member is not None]
    keys = [str(key) for _, key in members]
    return ", ".join(str(text) for text, _ in members), ", ".join(keys), keys


def texts(value):
    """The text people see, and the stable text."""
    if value is None or isinstance(value, str):
        return value, value
    if not isinstance(value, dict):
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        return (json.dumps(number, ensure_ascii=False),) * 2
    key = value.get("key") or value.get("id")
    text = value.get("display")
    if not (isinstance(text, str) and isinstance(key, str)) and {"primary", "secondary"} & value.keys():
        primary = [value["primary"]] if value.get("primary") is not None else []
        return _members(primary + (value.get("secondary") or []))[:2]
    names = (value.get(name) for name in ("display", "name", "key", "value", "id"))
    text = next((json.dumps(name) if not isinstance(name, str) else name for name in names if is_scalar(name)), None)
    whole = json.dumps(value, ensure_ascii=False)
    return whole if text is None else text, whole if key is None else str(key)


def is_scalar(value):
    """Whether a value is a text or a whole number."""
    return isinstance(value, str | int)
