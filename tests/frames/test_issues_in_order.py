"""The order of issues in a frame: by key, or by one that is given."""

import contextlib
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.frames import IssueBuilder, Schema, build_issues, natural_key

COLUMNS = Schema.from_records([], {}).select()
ISSUE = {"key": "DEV-1", "summary": "one", "status": {"id": "1", "key": "open", "display": "Открыт"}}


def frame(*records):
    """Build the frame of these records."""
    return build_issues(records, COLUMNS)


@pytest.mark.parametrize("at", range(0, 60, 7))
def test_an_order_that_was_interrupted_is_put_right(at):
    """An interrupt while columns are put in order leaves none in another order than the rest."""
    records = [{**ISSUE, "key": f"DEV-{row}", "votes": row, "tags": [str(row)]} for row in (3, 1, 2)]
    builder = IssueBuilder(COLUMNS, "UTC")
    with builder.page() as page:
        page.add(records)
    left = [at]

    def press(_, event, argument):
        if event == "c_call" and argument.__name__ == "take":
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt

    sys.setprofile(press)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            builder.frame([1, 2, 0])
    finally:
        sys.setprofile(None)
    expected = frame(records[1], records[2], records[0])
    pd.testing.assert_frame_equal(builder.frame(), expected)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["DEV", "DEVOPS", "A"]), st.integers(1, 10**6))))
def test_keys_sort_as_people_count(parts):
    """Sorting by `natural_key` is sorting by queue and number."""
    keys = pd.Series([f"{queue}-{number}" for queue, number in parts], dtype=object, name="key")
    df = pd.DataFrame({"key": keys}).sort_values("key", key=natural_key, kind="stable")
    assert df["key"].tolist() == [f"{queue}-{number}" for queue, number in sorted(parts)]


def test_natural_keys_keep_the_index_and_what_is_missing():
    """The helper gives a Series of the same index; a missing key stays missing."""
    keys = frame({"key": "DEV-2"}, {}, {"key": "odd"})["key"].set_axis([3, 1, 2])
    assert natural_key(keys).index.tolist() == [3, 1, 2]
    assert natural_key(keys).isna().tolist() == [False, True, False]
