"""What is displayed of a frame: a choice of columns and rows, and values as safe and short texts."""

import pandas as pd
import pytest

CHOICE = ["key", "summary", "type", "status", "priority", "assignee", "updatedAt"]


def test_a_frame_of_issues_shows_the_columns_that_a_person_works_with(page, frame):
    """The table has seven columns, without companions, and one line says how many there are and how to see them."""
    seen = page(frame)
    assert seen.heads == CHOICE
    count = len(frame.columns)
    assert (
        seen.note
        == f"20 of {len(frame)} rows · 7 of {count} columns: df.columns, --columns all · times in Europe/Moscow"
    )
    assert [row[0] for row in seen.rows[1:]] == list(frame["key"].head(20))
    assert list(frame.columns)[:3] == ["key", "summary", "type"], "the frame itself stays as it is"


@pytest.mark.parametrize(
    ("fields", "heads"),
    [
        ("+storyPoints,+description", [*CHOICE, "storyPoints", "description"]),
        ("+DEV.team", [*CHOICE, "DEV.team"]),
        ("deadline,status,assignee.login", ["key", "deadline", "status", "assignee.login"]),
        ("status.key,status", ["key", "status.key", "status"]),
        ("key", ["key"]),
    ],
)
def test_requested_columns_are_shown(page, tracker, fields, heads):
    """Columns named with `--columns` are displayed, also those that belong to the default ones, without companions."""
    assert page(tracker.issues("Queue: DEV", fields=fields, limit=3)).heads == heads


def test_all_columns_are_shown_on_request(page, tracker):
    """`--columns all` displays every field; only companions are hidden."""
    heads = page(tracker.issues("Queue: DEV", fields="all", limit=3)).heads
    assert {"key", "description", "votes", "DEV.team"} < set(heads)
    assert not {"status.key", "assignee.id"} & set(heads)


def test_columns_chosen_or_added_in_python_are_shown(page, frame):
    """A selection of columns is displayed as it is, and a new column beside the usual ones."""
    assert page(frame[["key", "status", "status.key"]]).heads == ["key", "status", "status.key"]
    assert page(frame.assign(age=1)).heads == [*CHOICE, "age"]
    assert page(frame.drop(columns=["votes", "priority"])).heads == [n for n in CHOICE if n != "priority"]


def test_parts_of_a_frame_are_shown_the_same_way(page, frame):
    """`head()`, filtered, sorted and empty frames look like the whole one; their number of rows is their own."""
    for part in (frame.head(), frame[frame["key"] == "DEV-2"], frame.sort_values("updatedAt").head(1), frame.iloc[:0]):
        seen = page(part)
        assert seen.heads == CHOICE
        assert seen.note.startswith(f"{len(part)} row{'' if len(part) == 1 else 's'} · 7 of")


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("changelog", ["key", "at", "by", "type", "field", "from", "to"]),
        ("comments", ["key", "createdAt", "createdBy", "text"]),
        ("worklog", ["key", "summary", "start", "duration (h)", "createdBy", "comment"]),
        ("links", ["key", "relation", "other", "other.summary", "other.status"]),
        ("attachments", ["key", "name", "mimetype", "size", "createdBy", "createdAt"]),
        ("checklists", ["key", "text", "checked", "assignee", "deadline"]),
        ("transitions", ["key", "id", "name", "to"]),
    ],
)
def test_lists_of_issues_show_what_matters(page, tracker, wild_demo, name, heads):
    """Histories, worklogs, links and the other lists have a choice of their own; their keys are links, too."""
    seen = page(getattr(tracker, name)("Queue: DEV"))
    assert seen.heads == heads
    assert seen.links
    assert seen.links[0].startswith(f"{wild_demo.url}/DEV-")


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("users", ["id", "login", "display", "email", "dismissed"]),
        ("statuses", ["id", "key", "name", "description", "order", "type"]),
        ("queues", ["key", "name", "description", "lead", "defaultType", "defaultPriority"]),
        ("projects", ["shortId", "summary", "entityStatus", "lead", "start", "end", "tags", "progressPercentage"]),
    ],
)
def test_lists_of_the_organisation_show_what_matters(page, tracker, name, heads):
    """Short lists are displayed whole, long ones as a choice, all without companions; their keys are no links."""
    seen = page(getattr(tracker, name)())
    assert seen.heads == heads
    assert seen.links == []


def test_values_are_short(page, tracker, frame):
    """Moments are minutes in the frame's zone, dates are days, missing values empty, lists joined, hours marked."""
    shown = frame[["key", "createdAt", "deadline", "spent", "tags"]].head(20)
    seen = page(shown)
    assert seen.heads == ["key", "createdAt", "deadline", "spent (h)", "tags"]
    for row, (_, values) in zip(seen.rows[1:], shown.iterrows(), strict=True):
        assert row[1] == f"{values['createdAt']:%Y-%m-%d %H:%M}"
        assert row[2] == ("" if pd.isna(values["deadline"]) else f"{values['deadline']:%Y-%m-%d}")
        assert row[3] == ("" if pd.isna(values["spent"]) else f"{values['spent']:.15g}")
    assert seen.rows[1][4].endswith(", two")
    assert not {"NaN", "NaT", "None", "<NA>"} & {cell for row in seen.rows for cell in row}
    assert "times in Asia/Tokyo" in page(tracker.issues("DEV-1, DEV-2", tz="Asia/Tokyo")).note


def test_keys_are_links_to_the_tracker_on_one_line(page, frame, wild_demo):
    """A key links to the issue's page and is never broken; a foreign address of another scheme makes no link."""
    seen = page(frame)
    assert seen.links == [f"{wild_demo.url}/{key}" for key in frame["key"].head(20)]
    assert '<td class="tm-line"><a href=' in seen.html
    assert ".tm-line { white-space: nowrap;" in seen.html
    strange = frame.head()
    strange.attrs["tracker"] |= {"url": "javascript:alert(1)"}
    assert page(strange).links == []


def test_texts_of_a_server_are_only_shown(page, text, tracker, frame):
    """Markup of a server is displayed as text; control characters and colours reach neither page nor terminal."""
    for shown in (frame, frame[["key", "summary", "tags"]], tracker.issues("DEV-1")):
        seen = page(shown)
        assert seen.tags <= {"div", "style", "table", "thead", "tbody", "tr", "th", "td", "a", "p", "code"}
        assert 'a "quote" <img src=x onerror=alert(1)> & done' in {cell for row in seen.rows for cell in row}
        for output in (seen.html, "\n".join(text(shown))):
            assert not {"\x1b", "\x07", "\u202e"} & set(output)


def test_long_texts_are_shortened_with_the_whole_text_on_hover(page, frame):
    """A long text ends with an ellipsis; its cell has the whole text as its title."""
    seen = page(frame)
    assert seen.rows[2][1] == ("long " * 24)[:119].rstrip() + "…"
    assert seen.titles == ["long " * 100]
    story = "word " * 3_000
    assert page(frame.assign(comment=[story, *frame["summary"][1:]])).titles == [story, "long " * 100, "long " * 100]


@pytest.mark.parametrize("shape", ["table", "single issue"])
def test_the_output_stays_small_whatever_the_values(loaded, frame, tracker, shape):
    """Texts, lists and names of ten megabytes give less than a megabyte of output."""
    rows = frame.head(20) if shape == "table" else tracker.issues("DEV-1")
    others = [""] * (len(rows) - 1)
    huge = rows.assign(
        summary=["<" * 10_000_000, *others],
        text=["я" * 10_000_000, *others],
        tags=[[{"a": "x" * 10_000_000}, *"abc" * 1_000_000], *others],
        **{"z" * 1_000_000: 1},
    )
    shown = loaded.display_formatter.format(huge)[0]
    assert sum(len(output.encode()) for output in shown.values()) < 1_000_000


def test_the_output_stays_small_if_every_value_is_long(loaded, frame):
    """Many long texts are cut so that all together give less than a megabyte, even if HTML escapes each character."""
    shown = loaded.display_formatter.format(frame.assign(**dict.fromkeys("abcdefgh", '"' * 50_000)))[0]
    assert sum(len(output.encode()) for output in shown.values()) < 1_000_000


def test_a_large_frame_says_how_many_rows_it_has(page, frame):
    """Of 50,000 rows 20 are displayed."""
    large = frame.loc[frame.index.repeat(50_000 // len(frame) + 1)]
    seen = page(large)
    assert seen.note.startswith(f"20 of {len(large):,} rows")


def test_colours_follow_the_theme(page, frame):
    """Colours are those of JupyterLab's theme; elsewhere links have a colour for the system's dark mode."""
    html = page(frame).html
    assert "var(--jp-content-font-color1, inherit)" in html
    assert "@media (prefers-color-scheme: dark)" in html
