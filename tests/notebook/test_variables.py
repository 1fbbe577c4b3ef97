"""Variables in a query, in names and in options."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, StrEnum
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.notebook.variables import Scope, fill_list, fill_query, fill_text, named_issues
from tracker_magic.query import literal, raw
from tracker_magic.tracker.selection import select_issues


def scope(**names: object) -> Scope:
    """A notebook with these variables."""
    return Scope({}, names)


class Colour(Enum):
    """A member is no text."""

    RED = "red"


class Kind(StrEnum):
    """A member is a text."""

    BUG = "bug"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(5), "5"),
        (np.float64(2.5), "2.5"),
        (np.bool_(True), "true"),  # noqa: FBT003 - a value
        (np.datetime64("2026-03-01T09:00"), '"2026-03-01 09:00:00"'),
        (np.array(["ann", "bob"]), '"ann", "bob"'),
        (Decimal("1.50"), "1.50"),
        (Decimal("NaN"), "empty()"),
        (pd.NaT, "empty()"),
        (pd.NA, "empty()"),
        (Kind.BUG, '"bug"'),
        (Colour.RED.value, '"red"'),
        (pd.Timestamp("2026-03-01 09:00", tz="Europe/Moscow"), '"2026-03-01 06:00:00"'),
        (pd.Period("2026-03").start_time, '"2026-03-01 00:00:00"'),
        ({"ann"}, '"ann"'),
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


def test_names_of_the_shell_are_not_suggested():
    """What IPython itself put into the notebook's variables is no suggestion, and no mistyped variable."""
    names = Scope({"In": []}, {"In": [], "exit": print, "team": "x"}, hidden={"In", "exit"})
    with pytest.raises(BadOption) as caught:
        fill_text("{{n}}", names)
    assert "Did you mean" not in str(caught.value)
    assert fill_query("Summary: {exit}", names) == "Summary: {exit}"
    with pytest.raises(BadOption, match=re.escape("Did you mean {{team}}?")):
        fill_text("{{tea}}", names)


@pytest.mark.parametrize("text", ["Summary: a{k}b", "Summary: a{{k}}b", "Queue: DEV{{k}}"])
def test_a_list_that_continues_a_word_is_an_error_that_says_so(text):
    """Several values in the middle of a word are not said to lack a field, which stands there."""
    with pytest.raises(BadOption, match=r"is of type list, and cannot continue a word\. Put a comma before \{\{k\}\}"):
        fill_query(text, scope(k=["DEV-1"]))


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
        ("{{f}}", "{{f}}: the query language cannot express"),
        ("{{colour}}", "type Colour. Use its `value`"),
        ("{{month}}", "type Period. Use its `start_time`"),
        ("{{nested}}", "a member of the list is of type list"),
        ("{{infinite}}", "cannot express infinity"),
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
    odd = {"colour": Colour.RED, "month": pd.Period("2026-03"), "nested": [["a"]], "infinite": Decimal("Infinity")}
    names = scope(sprint=sprint, rows=[1], nothing=[], none=None, f=lambda: called.append(1), _private=1, **odd)
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


@pytest.mark.parametrize("read", [named_issues, fill_text, fill_list])
def test_half_a_surrogate_pair_in_a_name_or_an_option_is_an_error(read):
    """Such a text could not even be shown in a message of the kernel."""
    for text in ("$half", "{{half}}"):
        with pytest.raises(BadOption, match=r"half(\}\})?: a text has '\\ud83d' at position 4"):
            read(text, scope(half="cut \ud83d"))


@pytest.mark.parametrize(
    "text",
    [
        "{x}", "{{", "}}", "a {{ b", "{ {x} }", "{x y}", "100%", "{}", "$5", "$", "$$", "a$df", "{5}", "{df",
        '"$df"', '"a {df} $x"', 'f"{x} y"', 'f"df"', """'"df"'""", r'"\"$df"', '"unclosed $df',
    ],
)  # fmt: skip
def test_other_braces_and_dollars_are_text(text):
    """Nothing but `{{…}}` is replaced; `{x}` is text if there is no variable `x`, and so is all between quotes."""
    assert fill_query(text, scope(df=1)) == text


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("{{q}} AND Status: open", "Join them in Python and give the result alone, `%tracker $query`"),
        ("Status: open AND ({{q}})", "Join them in Python"),
        ("Status: open {{sorted}}", "Join them in Python"),
        ("DEV-1 {{ks}}", "Write Key: {{ks}}"),
        ("{{ks}} {{ks}}", "Write Key: {{ks}}"),
        ("Queue: DEV {{bugs}}", "Write Key: {{bugs}}"),
        ("Queue: DEV {{empty}}", "empty list would select everything"),
        ('Queue: DEV "{{q}}"', None),
        ("Queue: DEV {{as_is}}", None),
        ("Queue: DEV {{word}} {{title}}", None),
        ("Key: {{ks}}, {{ks}} Type: !{{kinds}}", None),
    ],
)
def test_a_list_or_a_query_that_would_be_searched_as_text_is_an_error(text, advice):
    """Where no field stands before it, a list or a query is an error; a single text is searched for."""
    names = scope(
        bugs=FRAME, ks=["DEV-1"], kinds=["bug"], q="Queue: DEV", word="crash", title="Error: timeout", empty=[],
        as_is=raw("Type: bug"), sorted='"Sort By": Updated',
    )  # fmt: skip
    if advice is None:
        assert fill_query(text, names)
        return
    with pytest.raises(BadOption, match=re.escape(advice)):
        fill_query(text, names)


FRAME = pd.DataFrame({"key": ["DEV-1", "DEV-2"]})


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("$bugs['key']", "Write {{bugs['key']}}"),
        ("$bugs.key", "Write {{bugs.key}}"),
        ("$ks[0]", "Write {{ks[0]}}"),
        ("Key: $bugs", "Write {{bugs}}"),
        ("Key: DEV-1, $ks", "Write {{ks}}"),
        ('Summary: "$a" Key:$bugs', "Write {{bugs}}"),
        ("Story Points: > $n", "Write {{n}}"),
        ("Queue: DEV $bugs", "Write Key: {{bugs}}"),
        ("$bugs $ks", "Write Key: {{bugs}}"),
        ("$q AND Status: open", "Join them in Python"),
        ("Queue: DEV $q", 'or write "{{q}}" if it is text'),
        ("Queue: DEV $word", "Write {{word}}"),
        ("Type: $kind", "Did you mean {{kinds}}?"),
        ("$bgs.key", "Did you mean {{bugs.key}}?"),
        ("Queue: {{}}", "{{}} names no variable"),
        ("Summary: $y", "$y is not defined. Put it in quotes if it is text."),
        ("$$y", "$y is not defined"),
        ("Type: {kinds}", "{kinds} inserts no value here. Write {{kinds}}"),
        ("Type: { kinds[0] }", "Write {{kinds[0]}}"),
        ("Type: {{kinds}", "Write {{kinds}}"),
        ("${kinds}", "${kinds} inserts no value here. Write {{kinds}}"),
        ('f"{q} Status: open"', "Leave out the f, and write {{q}}"),
        ("Type: f'{kinds[0]}'", "Leave out the f, and write {{kinds}}"),
        ("Type: '{{kinds}}'", "Leave them out: {{kinds}} is quoted as needed"),
        ("Type: {{kinds}} Key: {bugs.key}", "Write {{bugs.key}}"),
    ],
)
def test_a_mistyped_variable_is_an_error_with_what_to_type(text, advice):
    """Outside quotes `$name…`, and `{name}` of a variable, are errors that show the right form."""
    names = scope(bugs=FRAME, ks=["DEV-1"], kinds=["bug"], q="Queue: DEV", n=3, word="crash")
    with pytest.raises(BadOption, match=re.escape(advice)):
        fill_query(text, names)


@pytest.mark.parametrize(
    "keys",
    [
        "DEV-1, DEV-2", ["DEV-1", "DEV-2"], ("DEV-1", "DEV-2"), FRAME, FRAME.key, pd.Index(FRAME.key),
        FRAME.key.to_numpy(), dict.fromkeys(FRAME.key).keys(), FRAME.key.astype("category"),
    ],
    ids=lambda keys: type(keys).__name__,
)  # fmt: skip
@pytest.mark.parametrize("text", ["$k", "{{k}}", " {{ k }} ", "{{held['k']}}"])
def test_a_variable_alone_stands_for_its_keys(keys, text):
    """Whatever contains keys names these issues, as `$k` and as `{{k}}`."""
    found = named_issues(text, scope(k=keys, held={"k": keys}))
    assert found in ("DEV-1, DEV-2", ["DEV-1", "DEV-2"])


def test_a_row_of_a_frame_stands_for_its_issue():
    """A row, as `iloc` gives it, names one issue."""
    assert named_issues("$row", scope(row=FRAME.assign(parent=None).iloc[1])) == ["DEV-2"]


def test_a_text_alone_is_the_query_itself():
    """`$q` and `{{q}}` alone are the query, unquoted; its braces and `$` are text. Beside other text there is none."""
    names = scope(q=" Queue: DEV {x} $y {{z}}\n", word="crash")
    assert named_issues("$q", names) == named_issues("{{q}}", names) == "Queue: DEV {x} $y {{z}}"
    assert named_issues("{{word}}", names) == "crash"
    assert named_issues("{{q}} {{q}}", names) is named_issues("Queue: {{q}}", names) is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "$k is an empty list, and names no issues"),
        ((), "$k is an empty tuple, and names no issues"),
        (set(), "$k is an empty set, and names no issues"),
        ("", "$k is an empty str, and names no issues"),
        ("  ", "$k is an empty str, and names no issues"),
        (FRAME[:0], "$k is an empty DataFrame, and names no issues"),
        (FRAME.key[:0], "$k is an empty Series, and names no issues"),
        (pd.Index([]), "$k is an empty Index, and names no issues"),
        (None, "$k is None"),
        (float("nan"), "$k is nan"),
        (pd.NaT, "$k is NaT"),
        (5, "$k: keys must be a list or a string, not int"),
        ({"DEV-1": 1}, "$k: keys must be a list or a string, not dict"),
        (pd.DataFrame({"id": [1]}), "$k: this frame has no column `key`"),
        (pd.Series(["DEV-1", None]), "$k: 1 of 2 keys are missing. Leave them out: dropna()."),
        ([["DEV-1"]], "$k: not an issue key"),
        (["dev"], "$k: not an issue key: 'dev'"),
        (["ß-1"], "$k: not an issue key: 'ß-1'"),  # in upper case, another queue
    ],
)
def test_a_variable_without_keys_is_an_error(value, message):
    """A variable that is empty, or contains something else than keys, is an error that names it."""
    with pytest.raises(BadOption, match=re.escape(message)):
        named_issues("$k", scope(k=value))


TEXTS = st.text(st.characters(blacklist_categories=["Cs"])).filter(str.strip)


@given(TEXTS, TEXTS)
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
    assert fill_text("x {{q}} {{many}}", scope(q="DEV", many=["a", 1]), is_list=True) == "x DEV a,1"
    for text in ("{{q}}", "$q", "a {{q}}"):
        with pytest.raises(BadOption, match=r"q(\}\})? is None"):
            fill_text(text, scope(q=None))


def test_a_dollar_sign_marks_a_variable():
    """`$df` gives the value of `df`, other text gives None, and a misspelt name is an error with a suggestion."""
    names = scope(bugs=[1])
    assert names.variable(" $bugs ") == [1]
    assert names.variable("bugs") is None
    with pytest.raises(BadOption, match=r"Did you mean \$bugs\?"):
        names.variable("$bgs")


@pytest.mark.parametrize(
    "expression",
    [
        "a" + ".a" * 3000,
        "-" * 5000 + "1",
        "a" + "[0]" * 3000,
        "(" * 500 + "a" + ")" * 500,
        "[" * 400,
        "not " * 100 + "a",
    ],
    ids=["attributes", "signs", "members", "brackets", "open brackets", "words"],
)
def test_a_nested_expression_is_refused(expression):
    """Whatever Python's parser makes of it, the error is one of ours."""
    with pytest.raises(BadOption):
        fill_query(f"Summary: {{{{{expression}}}}}", scope(a=5))


class HasColumns:
    """An object that is no frame, such as a Tracker."""

    def columns(self):
        """A method."""

    def __repr__(self):
        return "HasColumns"


def test_an_object_with_a_method_columns_is_no_frame():
    """In a query, as keys and as a queue, it is refused by its type."""
    values = scope(t=HasColumns())
    for call in (lambda: fill_query("Key: {{t}}", values), lambda: named_issues("$t", values)):
        with pytest.raises(BadOption, match="HasColumns"):
            call()
    with pytest.raises(BadOption, match="HasColumns"):
        fill_list("$t", values)
    with pytest.raises(BadOption, match="queue"):
        select_issues(queue=HasColumns())
