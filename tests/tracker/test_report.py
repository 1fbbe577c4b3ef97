"""`Tracker.report` writes a page with the numbers of flow, asks for each history once, and replaces only reports."""

import re
from collections import Counter

import pandas as pd
import pytest

from tracker_magic import flow
from tracker_magic.errors import BadOption, UnknownStatus

KEYS = [f"DEV-{number}" for number in range(1, 41)]
TEAM = """
[tool.tracker_magic.teams.design]
query = "Queue: DESIGN Key: DESIGN-1, DESIGN-2, DESIGN-3"
sle = [85, 14]
tz = "Asia/Tokyo"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a team in its pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text(TEAM, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def number(page, name):
    """A main number of a page, now."""
    return re.search(rf"<td>{re.escape(name)}</td><td class=\"number\">([^<]*)<", page)[1]


def shown(value, digits=0):
    """A number as the page shows it."""
    return "–" if pd.isna(value) else f"{value:,.{digits}f}"


@pytest.mark.usefixtures("folder")
@pytest.mark.filterwarnings("ignore::tracker_magic.errors.FlowWarning")
def test_numbers_are_those_of_flow(tracker, demo):
    """The page has the numbers that `flow` gives for the same issues; each history was fetched once."""
    page = tracker.report(KEYS, "report.html", board=1, sle=(85, 14)).read_text(encoding="utf-8")
    asked = Counter(request.path for request in demo.journal if request.path.endswith("/changelog"))
    assert set(asked.values()) == {1}
    searched = [request for request in demo.journal if request.path.endswith("/_search")]
    assert len(searched) == 2  # the issues, and those of the sprint
    options = {"board": 1, "sle": (85, 14)}
    age = tracker.flow("wip_age", KEYS, stages=1, **options)
    level = flow.service_level(tracker.flow("cycle_time", KEYS, **options), sle=(85, 14)).iloc[0]
    assert number(page, "In progress") == shown(len(age))
    assert number(page, "Half take at most, days") == shown(level["p50"], 1)
    assert number(page, "85 % take at most, days") == shown(level["p85"], 1)
    open_issues = tracker.flow("wip", KEYS)["wip"].iloc[-1]
    assert number(page, "Open, started or not") == shown(open_issues)
    assert [f">{key}</a>" in page for key in age["key"].head(10)] == [True] * len(age.head(10))
    sprints = tracker.sprints(1).query("status != 'draft'")
    ended = sprints[sprints["endDate"] < pd.Timestamp.now("UTC").tz_localize(None).normalize()].sort_values("endDate")
    name = ended["name"].iloc[-1]
    sprint = tracker.flow("sprint_report", board=1, sprints=[name])
    assert f"{name}: of {sprint['committed'].sum():,} issues that were in it at its start" in page
    assert all(f">{key}</a>" in page for key in sprint["key"])


@pytest.mark.filterwarnings("ignore::tracker_magic.errors.FlowWarning")
def test_a_team_has_a_page(tracker, folder):
    """A team's query, zone and name are those of pyproject.toml; a second report replaces the first."""
    path = tracker.report(team="design")
    assert path == folder / "report.html"
    page = path.read_text(encoding="utf-8")
    assert "<h1>Flow report: design</h1>" in page
    assert "(Asia/Tokyo)" in page
    assert "3 issues: Queue: DESIGN" in page
    assert tracker.report("Key: DESIGN-1", path, board=2) == path
    page = path.read_text(encoding="utf-8")
    assert "<h1>Flow report: Key: DESIGN-1</h1>" in page
    assert "The board has no finished sprint." in page
    assert [each.name for each in sorted(folder.iterdir())] == ["pyproject.toml", "report.html"]


def test_only_a_report_is_replaced(tracker, demo, folder):
    """Another file of that name stays as it is, and nothing is requested; the error says what to do."""
    other = folder / "page.html"
    other.write_text("<!DOCTYPE html><title>mine</title>", encoding="utf-8")
    (folder / "folder.html").mkdir()
    for path, words in (
        (other, "already exists, and is not a report. Name another file"),
        ("folder.html", "already exists, and is not a report"),
        ("report.txt", "ends in .html"),
        ("nowhere/report.html", "there is no folder"),
    ):
        with pytest.raises(BadOption, match=words):
            tracker.report(KEYS, path)
    assert other.read_text(encoding="utf-8") == "<!DOCTYPE html><title>mine</title>"
    assert len(demo.journal) == 0


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_reported_is_said_at_once(tracker, demo):
    """A report without issues, or with an unknown field, team or status, fails before issues are requested."""
    for options, words in (
        ({}, "a report needs issues"),
        ({"source": KEYS, "bord": 1}, "Did you mean 'board'"),
        ({"team": "desing"}, "Did you mean 'design'"),
        ({"source": KEYS, "team": "design", "policy": flow.Policy()}, "two policies"),
    ):
        with pytest.raises(BadOption, match=words):
            tracker.report(**options)
    assert len(demo.journal) == 0
    with pytest.raises(UnknownStatus, match="Its key is 'inProgress'"):
        tracker.report(KEYS, start="In progress")
    assert not [request for request in demo.journal if request.path.endswith("_search")]
