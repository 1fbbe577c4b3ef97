"""The order of rows where nobody asked for one."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.frames import natural_key
from tracker_magic.tracker.order import by_key, places

KEY = st.builds("{}-{}".format, st.sampled_from(["DEV", "DEVOPS", "A"]), st.integers(1, 10**6)) | st.text(max_size=5)


@settings(deadline=None, max_examples=30)
@given(st.lists(KEY))
def test_places_are_those_of_a_stable_sort_by_the_natural_key(keys):
    """One order, whether rows are put into it here or by `sort_values(key=natural_key)`."""
    ordered = pd.Series(keys, dtype=object).sort_values(key=natural_key, kind="stable")
    assert places(keys) == ordered.index.tolist()


def test_rows_without_a_key_stand_last():
    """A missing key is no reason to fail; rows are numbered anew."""
    df = by_key(pd.DataFrame({"key": pd.Series(["DEV-10", None, "DEV-2"], dtype="str"), "row": [0, 1, 2]}))
    assert df["row"].tolist() == [2, 0, 1]
    assert df.index.tolist() == [0, 1, 2]
