"""`%tracker report`: the page of a team or of issues, its place, and how its line is read, helped and completed."""

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.completion import Names, complete
from tracker_magic.notebook.help import topic
from tracker_magic.notebook.parser import parse
from tracker_magic.notebook.report_request import report_request

TEAM = '[tool.tracker_magic.teams.shop]\nquery = "Key: DEV-1, DEV-2"\n'


def request(line):
    """What a line asks for."""
    command = parse(line, None)
    return report_request(command.text or None, command.text, command.options)


def test_a_line_names_a_team_or_issues():
    """A word, and maybe an HTML file after it, is a team; keys and queries are issues."""
    assert request("report shop") == (None, {"team": "shop"})
    assert request("report shop monday.html") == (None, {"team": "shop", "path": "monday.html"})
    assert request("report --path monday.html shop") == (None, {"team": "shop", "path": "monday.html"})
    assert request("report --team shop") == (None, {"team": "shop"})
    assert request("report DEV-1") == ("DEV-1", {})
    assert request("report --board 1 --sle 85,14 Queue: DEV") == ("Queue: DEV", {"board": "1", "sle": (85, 14)})
    with pytest.raises(BadOption, match=r"two values of --path: a\.html and b\.html"):
        request("report --path b.html shop a.html")


def test_a_report_is_written_and_linked(kernel, tmp_path):
    """The path is the result; it is shown with the size, and as a link if it is below the notebook's folder."""
    kernel.run(f"import os\nos.chdir({str(tmp_path)!r})")
    (tmp_path / "pyproject.toml").write_text(TEAM, encoding="utf-8")
    cell = kernel.run("%tracker report shop monday.html")
    assert cell.error is None, cell.error
    (data,) = [each["data"] for each in cell.of("display_data") if "monday" in each["data"]["text/plain"]]
    assert 'href="monday.html"' in data["text/html"]
    assert "kB)" in data["text/plain"]
    assert "Flow report: shop" in (tmp_path / "monday.html").read_text(encoding="utf-8")
    kernel.run("keys = ['DEV-1', 'DEV-2']")
    assert kernel.run("path = %tracker report --path a.html $keys\nstr(path.name)").result == "'a.html'"
    assert "Did you mean 'shop'" in " ".join(kernel.run("%tracker report shpo").error)


def test_a_dry_run_writes_nothing(kernel, tmp_path):
    """`--dry-run` says the cost at most: one history for each issue."""
    kernel.run(f"import os\nos.chdir({str(tmp_path)!r})")
    cell = kernel.run("%tracker report --dry-run Key: DEV-1, DEV-2")
    assert cell.error is None
    assert "requests" in cell.shown
    assert not list(tmp_path.iterdir())


def test_the_report_is_helped_and_completed():
    """The help names the options; Tab offers the command and its options, not those of a metric."""
    assert "--path FILE" in topic("report")
    assert "TEAM [FILE]" in topic("report")
    assert complete("%tracker rep", 12, Names()).items[0][0] == "report"
    line = "%tracker report --"
    offered = {text for text, _ in complete(line, len(line), Names()).items}
    assert {"--path", "--board", "--team"} <= offered
    assert "--period" not in offered
