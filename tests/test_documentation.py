"""README, guide, reference, CONTRIBUTING and CHANGELOG match the code: tables, examples, commands, names, links."""

import atexit
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from tracker_magic import __version__
from tracker_magic.columns import FRAMES
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, FETCHING, OPTIONS, QUERY
from tracker_magic.notebook.flow_options import METRICS
from tracker_magic.settings import TrackerMagic

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tracker_magic"
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / ".github" / "GUIDE.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / ".github" / "REFERENCE.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LONGEST_README = 250
LARGEST_PICTURE = 50_000
FIRST_SCREEN_LINES = 40
DOCUMENTS = ["README.md", ".github/GUIDE.md", ".github/REFERENCE.md", ".github/CONTRIBUTING.md"]


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order; blocks inside a list are indented."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def relative_links(text: str) -> list[str]:
    """The targets of all links to files, without their anchors."""
    return re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text)


def extras() -> dict[str, list[str]]:
    """The optional dependencies of the project."""
    return PROJECT["project"]["optional-dependencies"]


def test_generated_tables_are_up_to_date():
    """The tables of the reference match the code; if not, run: python tests/write_readme.py."""
    command = [sys.executable, str(ROOT / "tests" / "write_readme.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_outdated_table_is_reported(tmp_path):
    """`write_readme.py --check` fails and shows the difference if a table of the reference differs from the code."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tracker_magic").symlink_to(PACKAGE, target_is_directory=True)
    script = tmp_path / "tests" / "write_readme.py"
    script.write_bytes((ROOT / "tests" / "write_readme.py").read_bytes())
    current = COMMANDS["count"].help
    (tmp_path / ".github").mkdir()
    copy = tmp_path / ".github" / "REFERENCE.md"
    copy.write_text(REFERENCE.replace(current, "outdated"), encoding="utf-8")
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    (added,) = [line for line in result.stdout.splitlines() if line.startswith("+| `%tracker count ")]
    assert f"` | {current}" in added
    subprocess.run([sys.executable, script], check=True)
    assert copy.read_text(encoding="utf-8") == REFERENCE


def test_the_reference_names_everything():
    """The reference names each command, option, metric and setting, and each column of each frame."""
    expected = [f"%tracker {name}" for name in COMMANDS if name not in {QUERY, BY_KEY}]
    expected += [f"--{option.name}" for option in OPTIONS.values()]
    names = [*METRICS, *TrackerMagic.setting_names(), *(each.name for columns in FRAMES.values() for each in columns)]
    expected += [f"| `{name}` |" for name in names]
    assert [each for each in expected if each not in REFERENCE] == []


def test_common_options_are_common():
    """Every command accepts the five options that the reference calls common, and every fetching command three more."""
    common = {"output", "quiet", "session", "debug", "help"}
    assert [each.name for each in COMMANDS.values() if not common <= set(each.options)] == []
    assert set(FETCHING) - common == {"tz", "lang", "timeout"}


def test_one_command_starts_the_demo_and_one_runs_the_tests():
    """Each creates a virtual environment, installs an existing extra, and runs what the README says."""
    demo, tests = code_blocks(README, "sh")
    for line, extra, module in ((demo, "demo", "-m tracker_magic demo"), (tests, "dev", "-m pytest")):
        assert line.count("\n") == 1
        create, install, run = (shlex.split(part) for part in line.split(" && "))
        assert create == ["python3", "-m", "venv", ".venv"]
        assert install == [".venv/bin/pip", "install", f".[{extra}]"]
        assert run == [".venv/bin/python", *module.split()]
        assert extra in extras()


def test_the_first_screen_shows_what_the_package_does():
    """Three cells, the picture that they give and the command that starts the demo are what a reader sees first."""
    cells, found, _ = README.partition("## Install")
    assert found
    assert len(code_blocks(cells, "python")) == 3
    assert len(re.findall(r"^!\[", cells, re.MULTILINE)) == 1
    (demo, _) = code_blocks(README, "sh")
    assert len(README[: README.index(demo)].splitlines()) <= FIRST_SCREEN_LINES
    assert len(README.splitlines()) <= LONGEST_README


def test_the_readme_counts_the_metrics():
    """The number of metrics in the README is theirs."""
    assert f"{len(METRICS)} [metrics]" in README


def test_the_first_picture_is_what_the_first_cells_show(tmp_path):
    """`tests/draw_readme.py` draws the picture of the README from its first cells: a PNG as large as the stored one."""
    (stored,) = re.findall(r"^!\[[^\]]*\]\(([^)]+)\)", README.partition("## Install")[0], re.MULTILINE)
    command = [sys.executable, str(ROOT / "tests" / "draw_readme.py"), str(tmp_path / "drawn.png")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    drawn, old = ((path.read_bytes()) for path in (tmp_path / "drawn.png", ROOT / stored))
    assert drawn[:8] == old[:8] == b"\x89PNG\r\n\x1a\n"
    assert drawn[16:24] == old[16:24]  # width and height
    assert len(old) < LARGEST_PICTURE


def test_readme_lists_every_extra():
    """The table of extras names every extra of the project and no other."""
    table = README[README.index("| extra |") : README.index("## Log in")]
    assert set(re.findall(r"`\[([\w-]+)\]`", table)) == set(extras())


def test_every_extra_and_error_is_used():
    """The package uses a library of each extra, and raises, catches or derives from each error."""
    errors = (PACKAGE / "errors.py").read_text(encoding="utf-8")
    others = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "errors.py"]
    source = "\n".join(others)
    names = {extra: [re.match(r"\w+", each)[0] for each in libraries] for extra, libraries in extras().items()}
    modules = {extra: [{"pyjwt": "jwt"}.get(name, name) for name in found] for extra, found in names.items()}
    unused = [
        extra
        for extra, found in modules.items()
        if extra not in {"test", "dev"} and not any(re.search(rf"\b{name}\b", source) for name in found)
    ]
    assert unused == []
    bases = set(re.findall(r"^class \w+\((\w+)\)", errors, re.MULTILINE))
    classes = re.findall(r"^class ([A-Z]\w+)", errors, re.MULTILINE)
    assert [each for each in classes if each not in bases and not re.search(rf"\b{each}\b", source)] == []


def test_readme_maps_every_folder():
    """The map in the README shows every part of the package and the folders beside it."""
    text = README[README.index("### How it is built") :]
    parts = [
        path.name + "/" * path.is_dir()
        for path in PACKAGE.iterdir()
        if not path.name.startswith("__") and path.name != "py.typed"
    ]
    folders = [f"{name}/" for name in ("notebooks", "tests", "binder", "tracker_magic", ".github")]
    assert [name for name in [*parts, *folders, "__main__.py", ".ci/run"] if name not in text] == []


def mapped_paths() -> set[str]:
    """The paths that the map in CONTRIBUTING shows; two blanks of indentation are one level."""
    block, *_ = code_blocks(CONTRIBUTING[CONTRIBUTING.index("## Every module") :], "")
    paths, parents = set(), []
    for line in block.splitlines():
        name, level = line.split()[0], (len(line) - len(line.lstrip())) // 2
        parents[level:] = [name]
        paths.add("".join(parents))
    return paths


def test_contributing_maps_every_module():
    """The map shows exactly the modules that exist; the embedded Tracker and the form are shown by folder."""
    modules = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and not {"demo", "form", "texts"} & set(path.relative_to(PACKAGE).parts)
    }
    mapped = mapped_paths()
    assert sorted(modules - mapped) == []
    assert sorted(path for path in mapped if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name):
    """Every relative link leads to a file of the repository, and an anchor in it to a heading."""
    document = ROOT / name
    text = document.read_text(encoding="utf-8")
    links = relative_links(text)
    assert links
    assert [link for link in links if not (document.parent / link).exists()] == []
    anchors = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text)
    targets = [((document.parent / path if path else document), anchor) for path, anchor in anchors]
    assert [(path, anchor) for path, anchor in targets if anchor not in headings(path)] == []


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_notebook_is_linked():
    """The README links every notebook."""
    notebooks = {f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks <= set(relative_links(README))


def test_the_description_of_the_package_has_no_dead_links():
    """Outside the repository the README has neither relative links nor relative pictures, but all of its text."""
    readme = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    assert readme["fragments"] == [{"path": "README.md"}]
    text = README
    for substitution in readme["substitutions"]:
        text = re.sub(substitution["pattern"], substitution["replacement"], text)
    assert relative_links(text) == re.findall(r"!\[[^\]]*\]\((?!https:)|\]\(#", text) == []
    assert code_blocks(text, "python") == code_blocks(README, "python")
    assert "reference" in text


def inline_code(text: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


@pytest.mark.parametrize("text", [CONTRIBUTING, README[README.index("### How it is built") :]], ids=["own", "readme"])
def test_named_files_exist(text):
    """Every path in CONTRIBUTING and in the README's part about the code exists; its names appear in a file beside."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    missing = []
    for paragraph in re.split(r"\n\n|\n(?=(?:-|\d\.) )", prose):
        code = inline_code(paragraph)
        paths = [each for each in code if re.fullmatch(r"\.?[\w/]+\.(py|toml|md)|\.ci/run", each)]
        missing += [path for path in paths if not (ROOT / path).is_file()]
        sources = [(ROOT / path).read_text(encoding="utf-8") for path in paths if (ROOT / path).is_file()]
        names = [each for each in code if re.fullmatch(r"[A-Za-z]\w*", each)]
        missing += [name for name in names if not any(re.search(rf"\b{name}\b", source) for source in sources)]
    assert missing == []


def test_commands_of_contributing_name_files_and_tests_that_exist():
    """Every script, test file and test that a command of CONTRIBUTING names exists, and every tool is in `[dev]`."""
    tools = {"python", "pip", *(re.match(r"[\w-]+", requirement)[0] for requirement in extras()["dev"])}
    console_scripts = {"lint-imports": "import-linter"}
    for line in "".join(code_blocks(CONTRIBUTING, "sh")).splitlines():
        for words in map(shlex.split, line.split(" && ")):
            program = words[0].removeprefix(".venv/bin/")
            assert program in {"python3", "git", ".ci/run"} or console_scripts.get(program, program) in tools, line
            assert [word for word in words if word.startswith("tests/") and not (ROOT / word).exists()] == []
            if "-k" in words:
                path, name = (words[words.index("-k") + step] for step in (-1, 1))
                assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_the_example_of_contributing_runs(capsys):
    """The example shows a search that fails once with 502 and succeeds when it is repeated."""
    (source,) = code_blocks(CONTRIBUTING, "python")
    exec(compile(source, "CONTRIBUTING.md", "exec"), {})
    count, requests = capsys.readouterr().out.split(" ", 1)
    assert int(count) > 0
    assert "('/v3/issues/_search', 502)" in requests
    assert "('/v3/issues/_search', 200)" in requests


def test_the_newest_release_is_this_version():
    """The changelog begins with the unreleased changes, then come the releases with their dates, newest first."""
    first, *releases = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert first == "[Unreleased]"
    parts = [re.fullmatch(r"\[(\S+)\] - (\S+)", release) for release in releases]
    assert parts[0][1] == __version__
    dates = [date.fromisoformat(part[2]) for part in parts]
    assert dates == sorted(dates, reverse=True)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A fresh shell in its own folder, where examples write their files, and without a history."""
    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell(ipython_dir=str(tmp_path))
    shell.history_manager.enabled = False
    yield shell
    shell.run_line_magic("unload_ext", "tracker_magic")
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)  # calling it twice fails


def run_examples(shell: InteractiveShell, text: str) -> str:
    """Run the Python examples of a document one after another, as a reader would type them; what they printed."""
    with capture_output() as captured:
        for source in code_blocks(text, "python"):
            assert shell.run_cell(source).success, f"{source}\n{captured.stdout}"
    return captured.stdout


def assert_first_examples_gave_frames(variables: dict[str, Any]) -> None:
    """The examples with which README and guide both begin gave frames with rows."""
    assert list(variables["overdue"].columns)[:2] == ["key", "summary"]
    assert len(variables["bugs"])
    assert len(variables["history"])


@pytest.mark.filterwarnings("ignore::tracker_magic.errors.FlowWarning")  # a small world has few items
def test_every_example_of_the_readme_runs(shell, demo_environment):
    """The cells of the README run, and give what the text promises."""
    assert demo_environment["TRACKER_TOKEN"] not in run_examples(shell, README)
    variables = shell.user_ns
    assert_first_examples_gave_frames(variables)
    assert variables["picture"].description.startswith("Age of work in progress")
    assert Path("team.html").is_file()


@pytest.mark.filterwarnings("ignore::tracker_magic.errors.FlowWarning")  # a small world has few items
def test_every_example_of_the_guide_runs(shell, demo_environment):
    """The cells of the guide run, and give what the text promises."""
    assert demo_environment["TRACKER_TOKEN"] not in run_examples(shell, GUIDE)
    variables = shell.user_ns
    assert_first_examples_gave_frames(variables)
    assert str(variables["issues"]["createdAt"].dt.tz) == "Europe/Moscow"
    assert len(variables["sprints"])
