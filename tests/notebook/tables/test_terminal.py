"""Frames in a terminal have the same columns as in a notebook, at the terminal's width."""

import re
from unicodedata import east_asian_width

import pytest

CHOICE = ["key", "summary", "type", "status", "priority", "assignee", "updatedAt"]


def width(line: str) -> int:
    """The terminal cells that a line takes."""
    return len(line) + sum(east_asian_width(char) in "WF" for char in line)


@pytest.mark.parametrize("columns", [50, 80, 120, 250])
def test_a_table_fits_the_terminal(text, frame, monkeypatch, columns):
    """No line is wider than the terminal; keys are whole, and the last columns are left out if there is no room."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = text(frame)
    assert max(map(width, lines)) <= columns
    heads = lines[0].split()
    assert all(name.startswith(head.rstrip("…")) for head, name in zip(heads, CHOICE, strict=False))
    assert len(heads) == len(CHOICE) or columns < 80
    assert [line.split()[0] for line in lines[1:21]] == list(frame["key"].head(20))
    note = " ".join(lines[21:])
    assert note.startswith(f"20 of {len(frame)} rows · 7 of {len(frame.columns)} columns: df.columns, --columns all")
    left_out = len(CHOICE) - len(heads)
    assert note.endswith(f"{left_out} more in a wider terminal" if left_out else "times in Europe/Moscow")


def test_columns_are_aligned(text, frame, monkeypatch):
    """Columns begin at the same place in every line, also after characters that take two cells."""
    monkeypatch.setenv("COLUMNS", "120")
    lines = text(frame[["key", "summary", "createdAt"]].head(3))
    dates = [re.search(r"\d{4}-\d\d-\d\d", line) for line in lines[1:4]]
    starts = {date and width(line[: date.start()]) for line, date in zip(lines[1:4], dates, strict=True)}
    assert len(starts) == 1
    assert None not in starts
    assert lines[3].count("\u6f22") == 20, "a text that fits is whole"


def test_requested_columns_stay_in_a_narrow_terminal(text, tracker, monkeypatch):
    """Columns that were requested are left out last."""
    monkeypatch.setenv("COLUMNS", "60")
    heads = text(tracker.issues("Queue: DEV", fields="+storyPoints,+DEV.team", limit=3))[0].split()
    assert heads[:2] + heads[-2:] == ["key", "summary", "storyPoints", "DEV.te…"]


def test_numbers_are_aligned_to_the_right(text, frame):
    """Numbers end in the same column."""
    lines = text(frame.assign(n=range(8, 8 + len(frame)))[["key", "n"]].head(4))
    assert [line[-3:] for line in lines[:5]] == ["  n", "  8", "  9", " 10", " 11"]
