"""The conditions of a query, however wrong it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.query import quote
from tracker_magic.query.conditions import conditions_in


def read(query: str) -> list[tuple[str, list[str]]]:
    """The names and values of the conditions."""
    return [(each.name.text, [value.text for value in (*each.values, *each.changes)]) for each in conditions_in(query)]


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("Queue: DEV Status: open, closed", [("Queue", ["DEV"]), ("Status", ["open", "closed"])]),
        ('"Story Points": > 3 text "more"', [("Story Points", ["3"])]),
        ('DEV.team: x OPS."Risk score": !"a b"', [("DEV.team", ["x"]), ("OPS.Risk score", ["a b"])]),
        ("(Author: me() OR Epic: notEmpty()) Key: A", [("Author", ["me()"]), ("Epic", ["notEmpty()"]), ("Key", ["A"])]),
        ('"Sort by": Updated DESC, "A b", DEV."A b" ASC', [("Sort by", ["Updated", "A b", "DEV.A b"])]),
        (
            'Status: changed(from: a to: "b c" by: d date: > today()) Type: bug',
            [("Status", ["changed()", "a", "b c"]), ("Type", ["bug"])],
        ),
        ("Assignee: group(value: x) Key: DEV-1", [("Assignee", ["group()"]), ("Key", ["DEV-1"])]),
        ("Created: 2026-01-01 .. 2026-02-01", [("Created", ["2026-01-01"])]),
        ('Queue: ) ( "unclosed', [("Queue", [])]),
        ("", []),
    ],
)
def test_names_and_values_are_found(query, conditions):
    """A name stands before a colon, its values after it; arguments of functions are no conditions."""
    assert read(query) == conditions


def test_the_people_of_a_change_are_found():
    """`by` of changed() has people, whatever the parameter has."""
    [condition] = conditions_in("Status: changed(by: ann to: open)")
    assert [each.text for each in condition.changed_by] == ["ann"]
    assert [each.text for each in (*condition.values, *condition.changes)] == ["changed()", "open"]


@given(st.text(alphabet='ab.,:()"!<> \\\n'))
def test_every_word_stands_where_it_says(query):
    """Whatever the text, each name and value is at its place in the query."""
    for condition in conditions_in(query):
        for word in (condition.name, *condition.values, *condition.changes, *condition.changed_by):
            assert 0 <= word.start < word.end <= len(query)
            plain = query[word.start : word.end]
            assert '"' in plain or plain == word.text.removesuffix("()")


@given(st.text(min_size=1))
def test_a_quoted_name_is_read_back(name):
    """Any quoted text before a colon is the name."""
    assert [each.name.text for each in conditions_in(f"{quote(name)}: x")] == [name]
