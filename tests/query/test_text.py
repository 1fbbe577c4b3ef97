"""Queries as text: their queues, keys and sorting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.query import add_sort, has_sort, is_key, is_keys, keys_in, queues_in, quote


@pytest.mark.parametrize(
    ("query", "queues"),
    [
        ("Queue: DEV", ["DEV"]),
        ('queue: DEV, "Служба поддержки" Status: open', ["DEV", "Служба поддержки"]),
        ('"Queue": OPS OR Queue: DEV', ["OPS", "DEV"]),
        ("Queue: !HID Status: open", []),
        ("Queue: A, !B, C", ["A", "C"]),
        ("DEV.team: x", ["DEV"]),
        ('DEV."Risk score": > 3 "OPS.team": x', ["DEV"]),
        ("Queue: changed(from: A to: B)", []),
        ("Key: DEV-1, OPS-2", ["DEV", "OPS"]),
        ('Summary: "Queue: DEV"', []),
        ("Assignee: me()", []),
    ],
)
def test_the_queues_of_a_query_are_those_it_selects(query, queues):
    """A queue is found only where the query selects it, not where it is excluded or part of a quoted value."""
    assert queues_in(query) == queues


@given(st.text(max_size=40))
def test_a_quoted_value_neither_sorts_nor_names_a_queue(text):
    """A text in quotes is a value, whatever it contains."""
    query = f"Summary: {quote(text)}"
    assert not has_sort(query)
    assert queues_in(query) == []


@pytest.mark.parametrize("text", ["DEV-1", "DEV-1, OPS-22", " DEV-1 DEV_2-3\n", "A-1,B-2,"])
def test_a_text_of_keys_is_recognized(text):
    """A text made only of keys, separated by blanks or commas, is recognised as keys."""
    assert is_keys(text)
    assert keys_in(text)


@pytest.mark.parametrize("text", ["", "dev-1", "Key: DEV-1", "DEV-1 open", "DEV", "DEV-1;"])
def test_any_other_text_is_a_query(text):
    """A text that holds anything but keys is a query."""
    assert not is_keys(text)


@pytest.mark.parametrize(
    ("text", "is_one"), [("DEV-1", True), (" DEV-1,", True), ("DEV-1 DEV-2", False), ("DEV", False)]
)
def test_a_single_key_is_recognized(text, is_one):
    """A text is one key if it is made only of keys, and of one."""
    assert is_key(text) == is_one


def test_an_order_becomes_the_sorting_of_the_query():
    """Field keys become the names of the query language; a minus sorts in descending order."""
    assert add_sort("Queue: A", ["-updatedAt", "key"]) == 'Queue: A "Sort By": Updated DESC, Key ASC'
    assert add_sort("Queue: A", ["storyPoints"]) == 'Queue: A "Sort By": "Story Points" ASC'


def test_a_query_that_sorts_takes_no_order():
    """A query with its own sorting and an order is an error, since the service would silently drop one of them."""
    with pytest.raises(BadOption, match="sorts already"):
        add_sort('Queue: A "Sort by": Updated', ["key"])
