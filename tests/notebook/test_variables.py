"""Variables in a query, in names and in options."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.notebook.variables import Scope, fill_query, fill_text
from tracker_magic.query import literal, raw


def scope(**names: object) -> Scope:
    """A notebook with these variables."""
    return Scope({}, names)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("in progress", '"in progress"'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        (5, "5"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 9, tzinfo=UTC), '"2026-03-01 09:00:00"'),
        (timedelta(days=1, hours=2), '"1d 2h"'),
        (["ann", "bob"], '"ann", "bob"'),
        (pd.Series(["ann", "bob"]), '"ann", "bob"'),
        (pd.DataFrame({"key": ["DEV-1", "DEV-2"]}), '"DEV-1", "DEV-2"'),
        (None, "empty()"),
        (float("nan"), "empty()"),
        (raw("me()"), "me()"),
    ],
)
def test_a_value_becomes_a_literal(value, text):
    """A value of each type becomes a literal of the query language."""
    assert fill_query("A: {{value}} B: x", scope(value=value)) == f"A: {text} B: x"


def test_naive_datetimes_are_in_the_given_zone():
    """A naive datetime is taken to be in the zone of the frames, and converted to UTC."""
    assert (
        fill_query("Created: > {{at}}", scope(at=datetime.fromisoformat("2026-03-01T09:00")), "Europe/Moscow")
        == 'Created: > "2026-03-01 06:00:00"'
    )


def test_names_attributes_and_indices_are_read():
    """An expression is a name, its attributes, and its members by position or key."""
    names = scope(sprint=SimpleNamespace(id=7), rows=[{"who": "ann"}], at={"k": ["x", "y"]}, index=0)
    assert (
        fill_query("{{sprint.id}} {{rows[0]['who']}} {{at['k'][-1]}} {{rows[index]['who']}}", names)
        == '7 "ann" "y" "ann"'
    )


def test_local_names_come_before_those_of_the_notebook():
    """A local variable of the calling function hides one of the notebook."""
    assert fill_query("{{q}}", Scope({"q": 1}, {"q": 2})) == "1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{sprnt}}", "Did you mean {{sprint}}?"),
        ("{{f()}}", "Nothing is called"),
        ("{{1 + 1}}", "not a name, attribute or index"),
        ("{{a b}}", "not a name, attribute or index"),
        ("{{sprint.nope}}", "AttributeError"),
        ("{{rows[9]}}", "IndexError"),
        ("{{nothing}}", "empty list would select everything"),
        ('"{{rows}}"', "Leave the quotes out"),
        ('"{{none}}"', "Leave the quotes out"),
        ("{{f}}", "query language cannot express"),
        ("{{_private}}", "begins with an underscore"),
        ("{{sprint.__class__.__name__}}", "begins with an underscore"),
        ("{{sprint._secret}}", "begins with an underscore"),
        ("{{rows[sprint._secret]}}", "begins with an underscore"),
    ],
)
def test_an_expression_without_a_value_is_an_error(text, message):
    """An unknown name, a call, a missing member and an empty list raise BadOption with the reason."""
    called = []
    sprint = SimpleNamespace(id=1, _secret=0)
    names = scope(sprint=sprint, rows=[1], nothing=[], none=None, f=lambda: called.append(1), _private=1)
    with pytest.raises(BadOption, match=re.escape(message)):
        fill_query(text, names)
    assert not called


@pytest.mark.parametrize("text", ["A: {{half}}", 'A: "x {{half}}"', "A: {{many}}"])
def test_half_a_surrogate_pair_is_an_error_that_names_the_cure(text):
    """A text that cannot be sent, such as a cut emoji, is refused with its position and how to remove it."""
    names = scope(half="cut \ud83d", many=["a", "cut \ud83d"])
    with pytest.raises(BadOption, match=r"'\\ud83d' at position 4") as caught:
        fill_query(text, names)
    assert "errors='ignore'" in caught.value.hint


@pytest.mark.parametrize("text", ["{x}", "{{", "}}", "a {{ b", "{ {x} }", "$x", "100%", "{}"])
def test_other_braces_are_text(text):
    """Nothing but `{{…}}` is replaced."""
    assert fill_query(text, scope(x=1)) == text


@given(st.text(st.characters(blacklist_categories=["Cs"])), st.text(st.characters(blacklist_categories=["Cs"])))
def test_inside_quotes_a_text_is_only_escaped(first, second):
    """A text gives the same literal, whether the quotes are typed or added."""
    names = scope(a=first, b=second)
    assert fill_query("A: {{a}} B: {{b}}", names) == f"A: {literal(first)} B: {literal(second)}"
    assert fill_query('A: "{{a}}" B: "x {{b}}"', names) == f'A: {literal(first)} B: "x {literal(second)[1:]}'


def test_many_values_may_stand_between_the_same_quotes():
    """What is inside quotes follows from the text around the values; the innermost of several braces count."""
    assert fill_query('A: "{{a}} x {{a}}\\"{{a}}" B: {{a}} "{{a}}"', scope(a="v")) == 'A: "v x v\\"v" B: "v" "v"'
    assert fill_query("{{ {{a}}", scope(a=1)) == "{{ 1"


def test_braces_in_a_value_are_text():
    """Values are not searched for further placeholders."""
    assert fill_query("A: {{a}}", scope(a="{{b}}", b=1)) == 'A: "{{b}}"'


def test_names_and_options_get_plain_text():
    """In names and options a value is replaced by its plain text, a list by a comma-separated one."""
    assert fill_text("x {{q}} {{many}}", scope(q="DEV", many=["a", 1])) == "x DEV a,1"
    with pytest.raises(BadOption, match="a name or a list of names is needed"):
        fill_text("{{q}}", scope(q=None))


def test_a_dollar_sign_marks_a_variable():
    """`$df` gives the value of `df`, other text gives None, and a misspelt name is an error with a suggestion."""
    names = scope(bugs=[1])
    assert names.variable(" $bugs ") == [1]
    assert names.variable("bugs") is None
    with pytest.raises(BadOption, match=r"Did you mean \$bugs\?"):
        names.variable("$bgs")
