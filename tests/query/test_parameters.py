"""What a query calls a field, and what else people call it."""

import pytest

from tracker_magic.names import folded
from tracker_magic.query import FIELD_NAMES, OTHER_NAMES, QUERY_NAMES
from tracker_magic.query.parameters import known_parameters, parameter_of

CUSTOM = {"id": "qaEngineer", "name": {"ru": "Тестировщик", "en": "QA engineer"}, "schema": {"type": "user"}}
LOCAL = {"id": "6--team", "key": "team", "name": "Моя команда", "queue": {"key": "DEV"}, "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("record", "text", "texts"),
    [
        ({"id": "createdAt", "name": "Создана"}, "Created", ["Created"]),
        ({"id": "storyPoints", "name": "Story Points"}, '"Story Points"', ['"Story Points"']),
        ({"id": "statusType", "name": "Тип статуса"}, "", []),
        (CUSTOM, "Тестировщик", ["Тестировщик", '"QA engineer"']),
        (LOCAL, "DEV.team", ["DEV.team", 'DEV."Моя команда"']),
        ({"id": "x"}, "x", ["x"]),
    ],
)
def test_a_field_is_typed_as_queries_call_it(record, text, texts):
    """A system field has its documented name, a custom one its displayed names, a local one QUEUE.KEY and QUEUE.NAME.

    Quotes are added where a query needs them.
    """
    assert (parameter_of(record).text, parameter_of(record).texts) == (text, texts)


def test_every_documented_name_is_a_parameter():
    """A query may use every documented name, and every name of the organisation's fields, in any case."""
    parameters = known_parameters([CUSTOM], [LOCAL])
    names = [*FIELD_NAMES.values(), *OTHER_NAMES, "qa engineer", "ТЕСТИРОВЩИК", "dev.team", "DEV.моя команда"]
    assert [name for name in names if not any(each.is_called(name) for each in parameters)] == []
    wrong = ["createdAt", "Тип статуса", "team", "Моя команда"]
    assert [name for name in wrong if any(each.is_called(name) for each in parameters)] == []


def test_names_of_other_languages_are_added():
    """Further records of a field only add its names in other languages."""
    records = [{"id": "createdAt", "name": "Создана"}, {"id": "createdAt", "name": "Created on"}]
    created = next(each for each in known_parameters(records) if each.key == "createdAt")
    assert {"Создана", "Created on"} < set(created.labels)
    assert created.is_known_as("создана")
    assert folded("Created  ON") == "created on"


def test_the_words_for_fields_lead_to_names_of_queries():
    """Keys, names of queries, displayed names and words of other trackers lead to the name in queries, in any case."""
    for word in ("createdAt", "Created", "Создана", "СОЗДАНО"):
        assert QUERY_NAMES[folded(word)] == "Created"
    assert QUERY_NAMES[folded("reporter")] == "Author"
    assert set(QUERY_NAMES.values()) == {*FIELD_NAMES.values(), *OTHER_NAMES}
