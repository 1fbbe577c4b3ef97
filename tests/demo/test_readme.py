"""The README of the embedded Tracker: its examples run, and its table names files that exist."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tracker_magic"
README = (PACKAGE / "demo" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_runs(example: str) -> None:
    """Each Python example of the README runs, and the assertions in it hold."""
    exec(compile(example, "README.md", "exec"), {})


def test_every_named_file_exists() -> None:
    """Each path in the table of undocumented behaviour is a file or folder of the package."""
    table = README.partition("## Behaviour of the service that is not documented")[2]
    paths = set(re.findall(r"`([a-z]+/[a-z_/]+(?:\.py)?)`", table))
    assert len(paths) > 10
    assert [path for path in sorted(paths) if not (PACKAGE / path).exists()] == []


def test_every_row_says_how_sure_it_is() -> None:
    """Each row of the table ends with one of the four degrees that its introduction explains."""
    table = README.partition("## Behaviour of the service that is not documented")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| what")]
    degrees = re.compile(r"(documented|seen|assumed)[^|]* \|$")
    assert len(rows) > 30
    assert [row for row in rows if row.count("|") != 5 or not degrees.search(row)] == []
