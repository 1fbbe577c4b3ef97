"""A single issue, requested by its key, is displayed as names beside values."""

import pandas as pd


def test_a_single_issue_shows_names_beside_values(page, tracker):
    """Every field that has a value is a row, without companions; the note says how many there are."""
    issue = tracker.issues("DEV-1")
    seen = page(issue.assign(nothing=""))
    shown = {row[0].removesuffix(" (h)") for row in seen.rows}
    values = {name for name in issue.columns if issue[name].notna().all()}
    assert shown <= values
    assert {name for name in values - shown if name.rpartition(".")[0] not in values} == set()
    assert seen.note.startswith(f"1 row · {len(shown)} of {len(issue.columns) + 1} columns: df.columns, --columns all")
    assert seen.rows[0] == ["key", "DEV-1"]
    assert len(seen.links) >= 1


def test_a_description_is_readable(page, text, tracker):
    """Line breaks and indents of a description are kept, in a notebook and in a terminal."""
    issue = tracker.issues("DEV-1", fields="key,description")
    seen = page(issue)
    assert seen.rows[1] == ["description", "# Title\n\nfirst line\n  second <b>line</b>"]
    assert ".tm-value { white-space: pre-wrap;" in seen.html
    assert text(issue)[:5] == [
        "key          DEV-1",
        "description  # Title",
        "",
        "             first line",
        "               second <b>line</b>",
    ]


def test_a_long_value_is_wrapped_in_a_terminal(text, tracker, monkeypatch):
    """A long value continues below itself, within the terminal's width."""
    monkeypatch.setenv("COLUMNS", "60")
    lines = text(tracker.issues("DEV-2", fields="key,summary"))
    assert max(map(len, lines)) <= 60
    assert sum(line.count("long") for line in lines) == 100
    assert all(line.startswith(" " * 9 + "long") for line in lines[2:-1])


def test_only_a_single_issue_is_shown_this_way(page, tracker, frame):
    """One row of several issues, of a query or of a history is a table."""
    history = tracker.changelog("DEV-1").head(1)
    for one in (frame.head(1), tracker.issues("Queue: DEV", limit=1), history, tracker.issues(keys=["DEV-1", "DEV-2"])):
        assert page(one).rows[0][:2] != ["key", one["key"].iloc[0]]


def test_the_value_is_an_ordinary_frame(tracker, page):
    """What is displayed as names beside values stays a DataFrame of one row."""
    issue = tracker.issues("DEV-1")
    before = issue.copy()
    page(issue)
    assert type(issue) is pd.DataFrame
    pd.testing.assert_frame_equal(issue, before)
    assert issue.attrs == before.attrs
