"""A query read as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.query import add_sort, has_sort, is_keys, keys_in, queues_in, quote


@pytest.mark.parametrize(
    ("query", "queues"),
    [
        ("Queue: DEV", ["DEV"]),
        ('queue: DEV, "Служба поддержки" Status: open', ["DEV", "Служба поддержки"]),
        ('"Queue": OPS OR Queue: DEV', ["OPS", "DEV"]),
        ("Queue: !HID Status: open", []),
        ("Queue: A, !B, C", ["A", "C"]),
        ("DEV.team: x", ["DEV"]),
        ("Key: DEV-1, OPS-2", ["DEV", "OPS"]),
        ('Summary: "Queue: DEV"', []),
        ("Assignee: me()", []),
    ],
)
def test_the_queues_of_a_query_are_those_it_asks_for(query, queues):
    """Only what the query asks for counts: not what it excludes, and not text in quotes."""
    assert queues_in(query) == queues


@given(st.text(max_size=40))
def test_quoted_text_never_sorts_and_names_no_queue(text):
    """What stands in quotes is a value, whatever it says."""
    query = f"Summary: {quote(text)}"
    assert not has_sort(query)
    assert queues_in(query) == []


@pytest.mark.parametrize("text", ["DEV-1", "DEV-1, OPS-22", " DEV-1 DEV_2-3\n", "A-1,B-2,"])
def test_a_text_of_keys_is_recognised(text):
    """Keys separated by blanks or commas, and nothing else, are keys."""
    assert is_keys(text)
    assert keys_in(text)


@pytest.mark.parametrize("text", ["", "dev-1", "Key: DEV-1", "DEV-1 open", "DEV", "DEV-1;"])
def test_any_other_text_is_a_query(text):
    """Anything beside keys makes the text a query."""
    assert not is_keys(text)


def test_order_becomes_the_queries_own_sorting():
    """Field keys are said in the language's names, descending by a minus."""
    assert add_sort("Queue: A", ["-updatedAt", "key"]) == 'Queue: A "Sort By": Updated DESC, Key ASC'
    assert add_sort("Queue: A", ["storyPoints"]) == 'Queue: A "Sort By": "Story Points" ASC'


def test_a_query_that_sorts_takes_no_order_beside():
    """Two orders are an error: one of them would be dropped in silence."""
    with pytest.raises(BadOption, match="sorts already"):
        add_sort('Queue: A "Sort by": Updated', ["key"])
