"""What the README and the changelog say is so: tables, examples, commands, names, links."""

import atexit
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic import __version__
from tracker_magic.columns import FRAMES
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, FETCHING, OPTIONS, QUERY

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
FIRST_SCREEN_LINES = 40


def blocks(kind: str) -> list[str]:
    """The fenced blocks of one kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_tables_are_up_to_date():
    """Commands, options and columns in the README are what the code says; else: python tests/write_readme.py."""
    check = [sys.executable, str(ROOT / "tests" / "write_readme.py"), "--check"]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_table_that_is_out_of_date_is_noticed(tmp_path):
    """The check above can fail: it reads the README itself."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tracker_magic").symlink_to(ROOT / "tracker_magic", target_is_directory=True)
    writer = tmp_path / "tests" / "write_readme.py"
    writer.write_bytes((ROOT / "tests" / "write_readme.py").read_bytes())
    (tmp_path / "README.md").write_text(README.replace("how many issues a query gives", "old"), encoding="utf-8")
    found = subprocess.run([sys.executable, writer, "--check"], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "+| `%tracker count QUERY` | how many issues" in found.stdout
    subprocess.run([sys.executable, writer], check=True)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == README


def test_every_word_is_in_the_readme():
    """Each command, option, kind of frame and column is named."""
    wanted = [f"%tracker {name}" for name in COMMANDS if name not in {QUERY, BY_KEY}]
    wanted += [f"--{option.name}" for option in OPTIONS.values()]
    wanted += [f"| `{column.name}` |" for columns in FRAMES.values() for column in columns]
    assert [each for each in wanted if each not in README] == []


def test_the_options_said_to_be_common_are():
    """The sentence above the options: four that every command knows, and those of whatever fetches."""
    common = {"output", "quiet", "session", "debug"}
    assert [each.name for each in COMMANDS.values() if not common <= set(each.options)] == []
    assert set(FETCHING) - common == {"tz", "lang", "timeout"}


def test_two_commands_of_one_line_are_all_it_takes():
    """Each makes its own virtual environment, installs an extra that exists, and runs what it promises."""
    demo, tests = blocks("sh")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for line, extra, last in ((demo, "demo", "-m tracker_magic demo"), (tests, "dev", "-m pytest")):
        assert line.count("\n") == 1
        make, install, run = (shlex.split(part) for part in line.split(" && "))
        assert make == ["python3", "-m", "venv", ".venv"]
        assert install == [".venv/bin/pip", "install", f".[{extra}]"]
        assert run == [".venv/bin/python", *last.split()]
        assert extra in extras
    assert README.index(tests) < README.index("## Install")


def test_the_first_screen_shows_it():
    """One sentence, three cells and the two commands come before anything else."""
    first = README[: README.index("## Install")]
    assert len(re.findall(r"^```python$", first, re.MULTILINE)) == 3
    assert len(first.splitlines()) <= FIRST_SCREEN_LINES


def test_the_extras_are_those_of_the_project():
    """The table of extras names every one, and no other."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    part = README[README.index("| extra |") : README.index("## In a notebook")]
    assert set(re.findall(r"`\[([\w-]+)\]`", part)) == set(extras)


def test_the_map_shows_every_folder():
    """Each part of the package, and each folder beside it, stands in the picture of how it is built."""
    picture = README[README.index("## How it is built") :]
    parts = [
        path.name + "/" * path.is_dir()
        for path in (ROOT / "tracker_magic").iterdir()
        if not path.name.startswith("__") and path.name != "py.typed"
    ]
    tracked = [f"{name}/" for name in ("notebooks", "tests", "binder", "tracker_magic")]
    assert [name for name in [*parts, *tracked, "__main__.py", ".ci/run"] if name not in picture] == []


def test_links_lead_somewhere():
    """Every relative link of the README is a file here."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_newest_change_is_this_version():
    """The changelog's first heading is the version that is built."""
    assert re.findall(r"^## (\S+)", CHANGES, re.MULTILINE)[0] == __version__


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    """A fresh shell with a history and folders of its own."""
    made = InteractiveShell(ipython_dir=str(tmp_path))
    made.history_manager.enabled = False
    yield made
    made.run_line_magic("unload_ext", "tracker_magic")
    made.atexit_operations()
    atexit.unregister(made.atexit_operations)  # a second time would fail


def test_every_example_runs(shell, demo_environment, capsys):
    """The README's cells run one after the other, as a reader would type them."""
    examples = blocks("python")
    for source in examples:
        result = shell.run_cell(source)
        assert result.success, f"{source}\n{capsys.readouterr().out}"
    assert len(examples) > 8
    assert demo_environment["TRACKER_TOKEN"] not in capsys.readouterr().out
    values = shell.user_ns
    assert list(values["overdue"].columns)[:2] == ["key", "summary"]
    assert len(values["bugs"])
    assert len(values["history"])
    assert str(values["issues"]["createdAt"].dt.tz) == "Europe/Moscow"
    assert len(values["sprints"])
