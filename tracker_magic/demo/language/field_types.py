"""The types of the parameters of a query, by the name that fields use for them.

A type says how a written value is matched with stored ones, and how stored values are sorted. Stored values are native
values, as described in `demo.model`.
"""

from tracker_magic.demo.language.ordered_types import DatetimeType, DateType, DurationType, NumberType
from tracker_magic.demo.language.reference_types import (
    CallerType,
    DictionaryType,
    IssueType,
    QueueType,
    ReferenceType,
    UserType,
)
from tracker_magic.demo.language.value_types import FieldType, OptionType, StringType, SummaryType, TextType
from tracker_magic.demo.model import FieldDef

FIELD_TYPES: dict[str, FieldType] = {
    "status": DictionaryType("неизвестный статус", "unknown status", "statuses"),
    "issuetype": DictionaryType("неизвестный тип", "unknown type", "types"),
    "priority": DictionaryType("неизвестный приоритет", "unknown priority", "priorities"),
    "resolution": DictionaryType("неизвестная резолюция", "unknown resolution", "resolutions"),
    "queue": QueueType("неизвестная очередь", "unknown queue", "queues"),
    "component": ReferenceType("неизвестный компонент", "unknown component", "components"),
    "version": ReferenceType("неизвестная версия", "unknown version", "versions"),
    "sprint": ReferenceType("неизвестный спринт", "unknown sprint", "sprints", by_id=True),
    "board": ReferenceType("неизвестная доска", "unknown board", "boards", by_id=True),
    "project": ReferenceType("неизвестный проект", "unknown project", "entities"),
    "issue": IssueType("неизвестная задача", "unknown issue", "issues"),
    "user": UserType("неизвестный пользователь", "unknown user", "users"),
    "caller": CallerType("неизвестный пользователь", "unknown user", "users"),
    "text": TextType(),
    "summary": SummaryType(),
    "string": StringType(),
    "datetime": DatetimeType(),
    "date": DateType(),
    "number": NumberType(),
    "timetracking": DurationType(),
}
_NUMBERS = {"integer", "float", "money"}


def type_of_field(definition: FieldDef) -> FieldType:
    """Return the type of a custom field's values; a field of an unknown type is searched as text."""
    if definition.options:
        return OptionType(definition.options)
    name = {"type": "issuetype"}.get(definition.type, definition.type)
    return FIELD_TYPES.get("number" if name in _NUMBERS else name, FIELD_TYPES["text"])
