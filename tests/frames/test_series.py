"""The mask over lists."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.frames import has

TAGS = st.sampled_from("abc")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.none() | st.lists(TAGS)), st.lists(TAGS))
def test_a_row_is_true_where_its_list_holds_any_member(cells, members):
    """The mask is boolean, keeps the index, and is True exactly where the list holds one of the members."""
    series = pd.Series(cells, index=range(10, 10 + len(cells)), dtype=object, name="tags")
    mask = has(series, *members)
    assert mask.dtype == bool
    assert mask.index.equals(series.index)
    assert mask.tolist() == [bool(set(cell or ()) & set(members)) for cell in cells]


@pytest.mark.parametrize("cell", [np.array(["a", "b"], dtype=object), ("a",), {"a"}, "a"])
def test_other_containers_are_read_as_lists(cell):
    """Arrays (as Parquet returns lists), tuples, sets, and single values after `explode` are read as lists."""
    assert has(pd.Series([cell, None], dtype=object), "a").tolist() == [True, False]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_cell_holds_nothing(missing):
    """A missing cell is False, whichever value marks it."""
    assert has(pd.Series([missing, ["a"]], dtype=object), "a").tolist() == [False, True]
