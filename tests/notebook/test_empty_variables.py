"""Empty texts and missing values in a query, in names and in options: none may select more than was meant."""

import numpy as np
import pandas as pd
import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.variables import Scope, fill_query, fill_text
from tracker_magic.query import raw


def notebook(**names: object) -> Scope:
    """A notebook with these variables."""
    return Scope({}, names)


@pytest.mark.parametrize("value", ["", "  \n", raw(""), np.str_("")], ids=repr)
@pytest.mark.parametrize(
    "text",
    ["Summary: {{x}}", 'Summary: "{{x}}"', "Queue: DEV {{x}}", '"{{x}}"', 'Summary: " {{x}}{{x}} "', "A: b, {{x}}"],
)
def test_an_empty_text_is_refused(text, value):
    """A text without a character would select everything, whether its quotes are typed or added."""
    with pytest.raises(BadOption, match=r"^\{\{x\}\}.* an empty text"):
        fill_query(text, notebook(x=value))


def test_an_empty_text_beside_others_is_inserted():
    """Between quotes that contain more, an empty text is one like any other; in a list it is refused."""
    assert fill_query('A: "v{{x}}1" B: "\\"{{x}}\\""', notebook(x="")) == 'A: "v1" B: "\\"\\""'
    with pytest.raises(BadOption, match=r"^\{\{x\}\}: the text is empty"):
        fill_query("A: {{x}}", notebook(x=["b", ""]))


@pytest.mark.parametrize("value", [None, float("nan"), pd.NaT, pd.NA, np.datetime64("NaT")], ids=repr)
@pytest.mark.parametrize(
    "text",
    [
        "Created: >= {{x}}", '"Story Points": > {{x}}', "Status: !{{x}}", "Status: changed(to: {{x}})",
        'Status: changed(by: group(value: "a)") to: {{x}})', "Status: open, {{x}}", "Status: {{x}}, open",
        "Created: {{x}} .. today()", "Created: 2026-01-01 .. {{x}}", "Status: {{many}}", "Queue: DEV {{x}}",
        "{{x}} AND Queue: DEV",
    ],
)  # fmt: skip
def test_a_missing_value_where_it_means_nothing_is_refused(text, value):
    """After an operator, in a function, in a list and without a field, None and its like are an error."""
    with pytest.raises(
        BadOption, match=r"^\{\{x\}\} is .*, which means nothing here|^\{\{many\}\}: a member .* is missing"
    ):
        fill_query(text, notebook(x=value, many=["a", value]))


@pytest.mark.parametrize(
    "text",
    ["A: {{x}}", "Queue: DEV (A: {{x}} OR B: {{x}})", "Status: changed(to: open) A: {{x}}", 'C: "f(" A: ({{x}})'],
)
def test_a_missing_value_alone_is_empty(text):
    """Where a missing value is all that a field has, it stands for issues without a value."""
    assert fill_query(text, notebook(x=None)) == text.replace("{{x}}", "empty()")


@pytest.mark.parametrize("text", ["$x", "{{x}}", "{{x}}{{x}}", " {{ x }} "])
def test_an_option_or_a_name_cannot_be_an_empty_text(text):
    """A variable that is empty would mean the same as no option or no name."""
    with pytest.raises(BadOption, match="is an empty text"):
        fill_text(text, notebook(x=" "))
    assert fill_text("{{x}}queries/{{x}}a.txt", notebook(x="")) == "queries/a.txt"
