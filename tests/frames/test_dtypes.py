"""A column's dtype follows from its kind, whatever the values are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.columns import DTYPES
from tracker_magic.frames.dtypes import TEXT, to_array

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
EXPECTED = {
    "text": TEXT,
    "datetime": pd.DatetimeTZDtype("us", "Europe/Moscow"),
    "date": np.dtype("datetime64[us]"),
    "integer": pd.Int64Dtype(),
    "float": np.dtype("float64"),
    "hours": np.dtype("float64"),
    "boolean": pd.BooleanDtype(),
    "list": np.dtype(object),
    "object": np.dtype(object),
}


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(DTYPES)), st.lists(JSON))
def test_no_value_changes_the_dtype_or_is_lost(kind, values):
    """Whatever JSON comes, dtype and length hold, and each present value is in the column or is rejected."""
    array, rejected = to_array(kind, values, "Europe/Moscow")
    missing = pd.Series(array).isna()
    assert array.dtype == EXPECTED[kind]
    assert len(array) == len(values)
    for row, value in enumerate(values):
        assert missing[row] == (value is None or row in rejected)
        assert row not in rejected or rejected[row] == value


@pytest.mark.parametrize(
    ("kind", "accepted", "others"),
    [
        ("integer", [3, 3.0, 0, -(2**63)], [3.5, True, "3", 2**63, [3], 1e300]),
        ("float", [3, 3.5, 0], [True, "3.5", 10**400, {}]),
        ("boolean", [True, False], [0, 1, "true", 1.0]),
        ("text", ["", "x", "Имя"], [5, True, {"ru": "x"}, ["x"], "\ud800"]),
        ("hours", ["PT1H", "PT0S"], [1, "P1Y", "1h", ["PT1H"], ""]),
        ("list", [[], ["a"], [1, "a"]], ["a", {"a": 1}, 5]),
    ],
)
def test_only_values_of_the_kind_are_accepted(kind, accepted, others):
    """Values of the kind are accepted; the others are missing and returned as received."""
    array, rejected = to_array(kind, [*accepted, None, *others], "UTC")
    assert rejected == dict(enumerate(others, len(accepted) + 1))
    assert [type(value) for value in rejected.values()] == [type(value) for value in others]
    assert pd.Series(array).notna().tolist() == [True] * len(accepted) + [False] * (len(others) + 1)
    pure, none = to_array(kind, accepted, "UTC")
    assert pure.dtype == array.dtype
    assert none == {}


@pytest.mark.parametrize(("kind", "value"), [("integer", 2**63), ("float", 10**400), ("integer", -(2**63) - 1)])
def test_a_number_too_large_for_its_dtype_is_rejected(kind, value):
    """Of a column of numbers only the one that is too large is rejected."""
    array, rejected = to_array(kind, [1, value, 2], "UTC")
    assert rejected == {1: value}
    assert list(array[[0, 2]]) == [1, 2]


def test_accepted_values_are_unchanged():
    """A column holds the accepted values unchanged."""
    assert list(to_array("integer", [1, None, 3.0], "UTC")[0]) == [1, pd.NA, 3]
    assert list(to_array("boolean", [True, None, False], "UTC")[0]) == [True, pd.NA, False]
    assert to_array("text", ["a", None], "UTC")[0][0] == "a"
    assert to_array("hours", ["P1W2DT3H", None], "UTC")[0][0] == 59.0
    assert to_array("list", [["a"], None], "UTC")[0].tolist() == [["a"], None]
    assert to_array("object", [{"a": 1}, None, [1]], "UTC")[0].tolist() == [{"a": 1}, None, [1]]


def test_moments_are_shown_in_the_zone_and_days_are_not_shifted():
    """A moment is converted to the zone; a day is the same in every zone."""
    moments, _ = to_array("datetime", ["2017-06-11T22:16:01.339+0000"], "Europe/Moscow")
    days, _ = to_array("date", ["2017-06-11"], "Asia/Tokyo")
    assert str(moments[0]) == "2017-06-12 01:16:01.339000+03:00"
    assert str(days[0]) == "2017-06-11 00:00:00"
