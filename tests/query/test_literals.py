"""Python values as text of the query language."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from tracker_magic.errors import BadOption
from tracker_magic.query import add_sort, escape, literal, name_text, quote, raw


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("In Progress", '"In Progress"'),
        ('say "hi"\\', r'"say \"hi\"\\"'),
        (3, "3"),
        (2.5, "2.5"),
        (1e-7, "0.0000001"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (10**400, "1" + "0" * 400),
        (True, "true"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), '"2026-03-01 12:00:00"'),
        (pd.Timestamp("2026-03-01 12:00", tz="Europe/Moscow"), '"2026-03-01 09:00:00"'),
        (datetime(900, 3, 1, tzinfo=UTC), '"0900-03-01 00:00:00"'),
        (datetime(1, 1, 1, tzinfo=ZoneInfo("Europe/Moscow")), '"0001-01-01 00:00:00"'),
        (datetime.max.replace(tzinfo=ZoneInfo("America/New_York")), '"9999-12-31 23:59:59"'),
        (timedelta(days=1, hours=2), '"1d 2h"'),
        (timedelta(0), '"0s"'),
        (None, "empty()"),
        (float("nan"), "empty()"),
        (pd.NaT, "empty()"),
        (pd.NA, "empty()"),
        (raw("today() - 1d"), "today() - 1d"),
        (["a", "b"], '"a", "b"'),
        (pd.Series(["A-1", "A-2"]), '"A-1", "A-2"'),
        (pd.Index([1, 2]), "1, 2"),
        (pd.DataFrame({"key": ["A-1"], "summary": ["x"]}), '"A-1"'),
    ],
)
def test_a_value_is_written_as_documented(value, text):
    """A value of each type becomes the text that the service documents for it."""
    assert literal(value) == text


def test_a_naive_datetime_is_in_the_given_zone():
    """A naive datetime is taken to be in `tz` and written in UTC, as the service expects."""
    assert literal(datetime(2026, 3, 1, 3, 0), "Europe/Moscow") == '"2026-03-01 00:00:00"'  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize(
    "empty", [[], pd.Series([], dtype=str), pd.DataFrame({"key": []}), "", " \t", raw(""), ["a", ""]]
)
def test_an_empty_list_or_text_is_refused(empty):
    """An empty list or text is an error, since a name without a value would select everything."""
    with pytest.raises(BadOption, match="everything"):
        literal(empty)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1}, object(), b"x", float("inf"), Decimal("-Infinity"), timedelta(days=-1), pd.DataFrame({"a": [1]}),
        [["a"], ["b"]], [("a", 1)], [b"x"], pd.Series([["a"], None]), pd.Period("2026-03"), Enum("E", "A").A,
    ],
)  # fmt: skip
def test_a_value_the_language_cannot_express_is_refused(value):
    """A value that the query language cannot express is an error that says what can be done, never its repr."""
    with pytest.raises(BadOption) as caught:
        literal(value)
    assert caught.value.hint or "infinity" in str(caught.value)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, pd.NA])
def test_a_missing_member_of_a_list_is_refused(missing):
    """A list with a missing value is an error that says how to leave it out."""
    for members in ([missing], ["open", missing]):
        with pytest.raises(BadOption, match="dropna"):
            literal(members)


def test_escaped_text_is_quoted_text_without_its_quotes():
    """A template that is already in quotes gets the same text without its quotes."""
    assert quote('a"b') == f'"{escape("a" + chr(34) + "b")}"'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Status", "Status"),
        ("Тестировщик", "Тестировщик"),
        ("DEV.team", "DEV.team"),
        ("DEV-1", "DEV-1"),
        ("ann.lee-2@", "ann.lee-2@"),
        ("Story Points", '"Story Points"'),
        ("AND", '"AND"'),
        ("or", '"or"'),
        ("1.0", '"1.0"'),
        ("12", '"12"'),
        ("2w", '"2w"'),
        ("a.b", '"a.b"'),
        ('a"b', r'"a\"b"'),
        ("", ""),
    ],
)
def test_a_name_is_quoted_if_it_might_be_read_as_something_else(name, text):
    """Words of the language, numbers, intervals and several words need quotes; in an order, too."""
    assert name_text(name) == text
    assert add_sort("", [name or "key"]) == f'"Sort By": {text or "Key"} ASC'
