"""What a query searches for as text, and what is a condition or a value."""

import pytest

from tracker_magic.query import free_texts, has_condition


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("crash on start", ["crash on start"]),
        ("Queue: DEV", []),
        ("issues Queue: DEV on start", ["issues", "on start"]),
        ("Queue: DEV AND (crash OR Status: open, closed) or x", ["crash", "x"]),
        ('"exact text" Queue: DEV', ['"exact text"']),
        ("Assignee: me() late", ["late"]),
        ("Created: > today() - 1w Updated: now() -12h late", ["late"]),
        ('Created: > today() - "1w 1d" late', ["late"]),
        ("Created: 2026-01-01 .. 2026-02-01 Votes: 1..5 Votes: 1 ... 5 late", ["late"]),
        ('Status: changed(from: "Open" to: Closed date: > today()) late', ["late"]),
        ('DEV."Risk score": > 3 DEV.risk: 5 late', ["late"]),
        ('Status: !open Summary: #"a b" Summary: ~x late', ["late"]),
        ('Queue: DEV late "Sort By": Updated DESC, Key', ["late"]),
        ("= Queue: DEV Summary: a #b x < y", ["=", "#b x < y"]),
        ("Summary:", []),
        ("Status: changed(", []),
        ("", []),
    ],
)
def test_free_texts_are_what_is_neither_condition_nor_value(query, texts):
    """Words behind a value, before a condition, or alone are searched for as text; neighbours are one text."""
    assert free_texts(query) == texts


@pytest.mark.parametrize(
    ("query", "expected"),
    [("Queue: DEV", True), ("x (Queue : DEV)", True), ('"Sort By": Key', True), ("x y", False), ('"a: b"', False)],
)
def test_a_colon_behind_a_name_makes_a_condition(query, expected):
    """A query has a condition if a colon outside quotes follows a name."""
    assert has_condition(query) is expected
