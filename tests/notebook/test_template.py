"""Variables in a query."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.notebook.template import filled, plain
from tracker_magic.notebook.variables import Scope
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
def test_a_value_is_typed_and_quoted(value, text):
    """Each kind of value stands in the query as its literal."""
    assert filled("A: {{value}} B: x", scope(value=value)) == f"A: {text} B: x"


def test_naive_datetimes_are_in_the_zone():
    """A naive datetime is of the zone that frames use, and stands in UTC."""
    assert (
        filled("Created: > {{at}}", scope(at=datetime.fromisoformat("2026-03-01T09:00")), "Europe/Moscow")
        == 'Created: > "2026-03-01 06:00:00"'
    )


def test_names_attributes_and_indices_are_read():
    """A name, its attributes, and its members by place or name."""
    names = scope(sprint=SimpleNamespace(id=7), rows=[{"who": "ann"}], at={"k": ["x", "y"]}, place=0)
    assert (
        filled("{{sprint.id}} {{rows[0]['who']}} {{at['k'][-1]}} {{rows[place]['who']}}", names) == '7 "ann" "y" "ann"'
    )


def test_local_names_come_before_those_of_the_notebook():
    """A function's own variable hides the notebook's."""
    assert filled("{{q}}", Scope({"q": 1}, {"q": 2})) == "1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{sprnt}}", "Did you mean {{sprint}}?"),
        ("{{f()}}", "Nothing is called"),
        ("{{1 + 1}}", "no name, attribute or index"),
        ("{{a b}}", "no name, attribute or index"),
        ("{{sprint.nope}}", "AttributeError"),
        ("{{rows[9]}}", "IndexError"),
        ("{{nothing}}", "empty list would select everything"),
        ('"{{rows}}"', "Leave the quotes out"),
        ('"{{none}}"', "Leave the quotes out"),
        ("{{f}}", "query language cannot express"),
    ],
)
def test_what_has_no_value_is_an_error(text, said):
    """A wrong name, a call, a missing member and an empty list say what is wrong."""
    called = []
    names = scope(sprint=SimpleNamespace(id=1), rows=[1], nothing=[], none=None, f=lambda: called.append(1))
    with pytest.raises(BadOption, match=re.escape(said)):
        filled(text, names)
    assert not called


@pytest.mark.parametrize("text", ["{x}", "{{", "}}", "a {{ b", "{ {x} }", "$x", "100%", "{}"])
def test_other_braces_are_text(text):
    """Only `{{…}}` is looked at."""
    assert filled(text, scope(x=1)) == text


@given(st.text(st.characters(blacklist_categories=["Cs"])), st.text(st.characters(blacklist_categories=["Cs"])))
def test_between_quotes_the_same_text_is_only_escaped(first, second):
    """Quoted by the person or by us, a value stands for the same characters."""
    names = scope(a=first, b=second)
    assert filled("A: {{a}} B: {{b}}", names) == f"A: {literal(first)} B: {literal(second)}"
    assert filled('A: "{{a}}" B: "x {{b}}"', names) == f'A: {literal(first)} B: "x {literal(second)[1:]}'


def test_values_are_not_looked_into_again():
    """Braces in a value are text."""
    assert filled("A: {{a}}", scope(a="{{b}}", b=1)) == 'A: "{{b}}"'


def test_names_and_options_get_plain_text():
    """Where no query stands, a value is its own text, a list a comma list."""
    assert plain("x {{q}} {{many}}", scope(q="DEV", many=["a", 1])) == "x DEV a,1"
    with pytest.raises(BadOption, match="a name or a list of names is needed"):
        plain("{{q}}", scope(q=None))


def test_a_dollar_names_a_variable():
    """`$df` is the value; other text is none; a wrong name tells a near one."""
    names = scope(bugs=[1])
    assert names.variable(" $bugs ") == [1]
    assert names.variable("bugs") is None
    with pytest.raises(BadOption, match=r"Did you mean \$bugs\?"):
        names.variable("$bgs")
