"""The page of a report: one HTML text that needs nothing beside it, and shows what a server said as text."""

import re
import warnings
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic.charts.style import THEMES, css_variables
from tracker_magic.errors import FlowWarning
from tracker_magic.flow import Policy
from tracker_magic.report import IS_REPORT, Work, compute_answers, make_sections, render_page
from tracker_magic.report.answers import first_day
from tracker_magic.report.numbers import last_monday
from tracker_magic.report.sections import Cell, Section, Table

NOW = pd.Timestamp("2026-11-28T12:00:00", tz="UTC")
URL = "https://tracker.example"
HOSTILE = """</td><script>alert(1)</script><img src=x onerror=alert(2)>"'&lt;!--{{ style="fill: #0072b2" $x$ \x1b[31m"""
LARGEST = 3_000_000


class Parsed(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts, self.inside = Counter(), [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Note the tag and its attributes."""
        self.tags[tag] += 1
        self.inside = tag
        self.attributes += attrs

    def handle_data(self, data):
        """Note the text."""
        if self.inside not in {"style", "script"}:
            self.texts.append(data)


def made_work(count, summary="Task", status="In progress"):
    """Issues of the last year, three quarters of them finished, each with one or two changes of its status."""
    numbers = pd.Series(range(count))
    created = NOW - pd.to_timedelta(numbers % 330 + 1, unit="D") - pd.to_timedelta(numbers % 7, unit="h")
    started = created + pd.to_timedelta((numbers % 5 + 1) * 3, unit="h")
    finished = started + pd.to_timedelta((numbers * 7) % 40 + 1, unit="h") * 12
    is_done = (finished < NOW) & (numbers % 4 > 0)
    keys = "DEV-" + (numbers + 1).astype(str)
    issues = pd.DataFrame(
        {
            "key": keys, "summary": summary, "type": "Task", "type.key": "task", "assignee": summary,
            "status": status, "status.key": is_done.map({True: "closed", False: "inProgress"}),
            "statusType.key": is_done.map({True: "done", False: "inProgress"}),
            "resolution.key": is_done.map({True: "fixed", False: None}),
            "createdAt": created, "resolvedAt": finished.where(is_done),
            "statusStartTime": finished.where(is_done, started),
        }
    )  # fmt: skip
    types = {"open": "new", "inProgress": "inProgress", "closed": "done"}
    issues.attrs = {"tracker": {"statuses": types, "fetched_at": NOW.isoformat(), "url": URL}}
    parts = [
        pd.DataFrame({"key": keys, "at": created, "type": "IssueCreated", "from.key": None, "to.key": "open"}),
        pd.DataFrame({"key": keys, "at": started, "type": "IssueWorkflow", "from.key": "open", "to.key": "inProgress"}),
        pd.DataFrame(
            {"key": keys, "at": finished, "type": "IssueWorkflow", "from.key": "inProgress", "to.key": "closed"}
        )[is_done],
    ]
    log = pd.concat(parts, ignore_index=True).sort_values(["key", "at"], kind="stable", ignore_index=True)
    log["field"], log["from"], log["to"] = "status", log["from.key"], status
    log["added"] = log["removed"] = None
    log.attrs = {"tracker": {"statuses": types}}
    return Work(issues, issues, log, Policy(sle=(85, 14)), NOW)


def page_of(work, title="Team"):
    """The page of a report, as text."""
    return render_page(title, ["today"], make_sections(compute_answers(work), work), URL)


@pytest.fixture(scope="module")
def page():
    """The page of a hundred issues."""
    return page_of(made_work(100))


def test_the_page_needs_nothing_beside_it(page):
    """There is no script, and no attribute or rule that loads something; links lead to issues and sections only."""
    parsed = Parsed(page)
    assert IS_REPORT in page[:1000]
    assert not {"script", "link", "iframe", "object", "embed", "base"} & set(parsed.tags)
    assert not [value for name, value in parsed.attributes if name in {"src", "srcset"} and value[:5] != "data:"]
    assert not re.search(r"@import|url\((?!#|[\"']?#)", page)
    links = [value for name, value in parsed.attributes if name in {"href", "xlink:href"}]
    assert all(link.startswith((f"{URL}/DEV-", "#", "data:")) for link in links)
    assert any(link.startswith(f"{URL}/DEV-") for link in links)


def test_every_section_has_a_heading_and_its_definition(page):
    """The page answers seven questions, with a board eight; definitions stand as text below the pictures."""
    assert Parsed(page).tags["h2"] == 7
    assert page.count("Days of 24 hours from the first entry") == 2  # of the number, and of the picture
    assert page.count("<figure>") == 6
    assert "sprint" not in page
    with_board = page_of(replace(made_work(10), policy=Policy(board=2)))
    assert Parsed(with_board).tags["h2"] == 8
    assert "The board has no finished sprint." in with_board


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_have_the_colours_of_the_theme(page, theme):
    """Colours of pictures are variables, and the style sheet has their values for light and for dark."""
    variables = css_variables(THEMES[theme])
    assert all(f"{name}: {colour};" in page for name, colour in variables.items())
    used = set(re.findall(r"var\((--chart-[a-z]+-\d)\)", page))
    assert {"--chart-ink-0", "--chart-paper-0", "--chart-series-0"} <= used <= set(variables)
    body = page[page.index("<body>") :]
    assert not {colour for colour in css_variables(THEMES["light"]).values() if f"{colour};" in body}


def test_names_of_a_server_are_text(page):
    """Hostile summaries, statuses and titles add no element and no attribute, in tables as in pictures."""
    hostile = page_of(made_work(100, HOSTILE, HOSTILE), HOSTILE)
    parsed, plain = Parsed(hostile), Parsed(page)
    assert set(parsed.tags) == set(plain.tags)
    assert {name for name, _ in parsed.attributes} == {name for name, _ in plain.attributes}
    assert "\x1b" not in hostile
    shown = HOSTILE.replace("\x1b[31m", "")
    assert sum(shown.strip() in text for text in parsed.texts) >= 10


@given(st.text(max_size=60), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_text_stays_a_text(text, key):
    """Whatever a server says in a text or a key, the page has the same elements as for a harmless one."""

    def rendered(text, key):
        table = Table((text, "n"), [(Cell(text, (key,), text), Cell("1", is_number=True))], text)
        return render_page(text, [text], [Section(text, text, text, tables=(table,))], URL)

    parsed, plain = Parsed(rendered(text, key)), Parsed(rendered("a", "DEV-1"))
    below = Parsed(rendered("", "DEV-1"))
    assert set(parsed.tags) <= set(plain.tags) | set(below.tags)
    assert parsed.tags["a"] == plain.tags["a"]
    assert {name for name, _ in parsed.attributes} <= {name for name, _ in plain.attributes}


def test_an_address_that_is_no_web_page_is_no_link():
    """Without a web address, or with one of another kind, keys are text."""
    section = Section("Q", "", "", tables=(Table(("",), [(Cell(keys=("DEV-1",)),)]),))
    for address in (None, "javascript:alert(1)//"):
        page = render_page("T", [], [section], address)
        assert "javascript" not in page
        assert "<td>DEV-1</td>" in page


def test_fifty_thousand_issues_make_a_small_page():
    """The page of 50,000 issues, more than 10,000 of them in progress, is smaller than 3 MB."""
    page = page_of(made_work(50_000))
    assert len(page.encode()) < LARGEST
    assert "younger in progress are not in this table" in page


def test_no_issues_make_a_page():
    """Without issues, sections say that there is nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", FlowWarning)
        page = page_of(made_work(0))
    assert "Nothing is in progress." in page
    assert "There is no forecast" in page
    assert Parsed(page).tags["h2"] == 7


def test_warnings_of_flow_are_notes_of_the_page():
    """What flow warns of is a note for the page, and no warning."""
    work = made_work(30)
    work.issues.attrs["tracker"]["query"] = "Queue: DEV Created: >= 2026-01-01"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        notes = compute_answers(work).notes
    assert any("but the issues were chosen by Created: >=" in note for note in notes)
    assert len(notes) == len({re.sub(r"\d+", "", note) for note in notes})  # not those of the last Monday as well
    section = Section("Q", "", "", notes=tuple(notes))
    page = Parsed(render_page("T", [], [section], None))
    assert page.tags["li"] == 1 + len(notes)  # and one in the contents
    assert set(notes) <= set(page.texts)


@pytest.mark.parametrize(
    ("now", "monday", "first"),
    [
        ("2026-11-30T09:00", "2026-11-23", "2026-06-08"),  # on a Monday, the one before
        ("2026-12-01T00:00", "2026-11-30", "2026-06-08"),
        ("2026-11-29T23:59", "2026-11-23", "2026-06-01"),
    ],
)
@pytest.mark.parametrize("tz", ["UTC", "Asia/Tokyo", "America/Santiago"])
def test_the_last_monday_is_before_today(now, monday, first, tz):
    """The main numbers are compared with the last Monday before today; 26 weeks begin with a Monday, too."""
    moment = pd.Timestamp(now, tz=tz)
    assert str(last_monday(moment).date()) == monday
    assert str(first_day(moment).date()) == first
