"""README, CONTRIBUTING and CHANGELOG match the code: tables, examples, commands, names, links."""

import atexit
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic import __version__
from tracker_magic.columns import FRAMES
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, FETCHING, OPTIONS, QUERY

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tracker_magic"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
FIRST_SCREEN_LINES = 40


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order; blocks inside a list are indented."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def relative_links(text: str) -> list[str]:
    """The targets of all links to files, without their anchors."""
    return re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text)


def extras() -> dict[str, list[str]]:
    """The optional dependencies of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["optional-dependencies"]


def test_generated_tables_are_up_to_date():
    """Commands, options and columns in the README match the code; if not, run: python tests/write_readme.py."""
    command = [sys.executable, str(ROOT / "tests" / "write_readme.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_outdated_table_is_reported(tmp_path):
    """`write_readme.py --check` fails and shows the difference if a table of the README differs from the code."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tracker_magic").symlink_to(PACKAGE, target_is_directory=True)
    script = tmp_path / "tests" / "write_readme.py"
    script.write_bytes((ROOT / "tests" / "write_readme.py").read_bytes())
    current = COMMANDS["count"].help
    (tmp_path / "README.md").write_text(README.replace(current, "outdated"), encoding="utf-8")
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    (added,) = [line for line in result.stdout.splitlines() if line.startswith("+| `%tracker count ")]
    assert f"` | {current}" in added
    subprocess.run([sys.executable, script], check=True)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == README


def test_readme_names_every_command_option_and_column():
    """The README names each command, each option, and each column of each frame."""
    expected = [f"%tracker {name}" for name in COMMANDS if name not in {QUERY, BY_KEY}]
    expected += [f"--{option.name}" for option in OPTIONS.values()]
    expected += [f"| `{column.name}` |" for columns in FRAMES.values() for column in columns]
    assert [each for each in expected if each not in README] == []


def test_common_options_are_common():
    """Every command accepts the five options that the README calls common, and every fetching command three more."""
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
    assert README.index(tests) < README.index("## Install")


def test_the_first_screen_shows_what_the_package_does():
    """Three cells and the two commands fit into the lines before the section on installation."""
    first = README[: README.index("## Install")]
    assert len(code_blocks(first, "python")) == 3
    assert len(first.splitlines()) <= FIRST_SCREEN_LINES


def test_readme_lists_every_extra():
    """The table of extras names every extra of the project and no other."""
    table = README[README.index("| extra |") : README.index("## Logging in")]
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
    text = README[README.index("## How it is built") :]
    parts = [
        path.name + "/" * path.is_dir()
        for path in PACKAGE.iterdir()
        if not path.name.startswith("__") and path.name != "py.typed"
    ]
    folders = [f"{name}/" for name in ("notebooks", "tests", "binder", "tracker_magic", ".github")]
    assert [name for name in [*parts, *folders, "__main__.py", ".ci/run"] if name not in text] == []


def mapped_paths() -> set[str]:
    """The paths that the map in the README shows; two blanks of indentation are one level."""
    (block,) = code_blocks(README[README.index("## How it is built") :], "")
    paths, parents = set(), []
    for line in block.splitlines():
        name, level = line.split()[0], (len(line) - len(line.lstrip())) // 2
        parents[level:] = [name]
        paths.add("".join(parents))
    return paths


def test_readme_maps_every_module():
    """The map shows exactly the modules that exist; the embedded Tracker and the form are shown by folder."""
    modules = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and not {"demo", "form", "texts"} & set(path.relative_to(PACKAGE).parts)
    }
    mapped = mapped_paths()
    assert sorted(modules - mapped) == []
    assert sorted(path for path in mapped if not (ROOT / path).exists()) == []


def test_links_of_the_readme_lead_to_files():
    """Every relative link of the README leads to a file of the repository."""
    links = relative_links(README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_links_of_contributing_lead_to_files():
    """Every relative link of CONTRIBUTING leads to a file of the repository."""
    links = relative_links(CONTRIBUTING)
    assert links
    assert [link for link in links if not (ROOT / ".github" / link).exists()] == []


def inline_code(text: str) -> list[str]:
    """What stands between single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def test_contributing_names_files_that_exist():
    """Every path in CONTRIBUTING exists, and every identifier appears in a file that its paragraph names."""
    prose = re.sub(r"^ *```.*?^ *```$", "", CONTRIBUTING, flags=re.MULTILINE | re.DOTALL)
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
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    """A fresh shell with its own folder and no history."""
    shell = InteractiveShell(ipython_dir=str(tmp_path))
    shell.history_manager.enabled = False
    yield shell
    shell.run_line_magic("unload_ext", "tracker_magic")
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)  # calling it twice fails


def test_every_example_of_the_readme_runs(shell, demo_environment, capsys):
    """The cells of the README run one after another, as a reader would type them."""
    examples = code_blocks(README, "python")
    for source in examples:
        result = shell.run_cell(source)
        assert result.success, f"{source}\n{capsys.readouterr().out}"
    assert len(examples) > 8
    assert demo_environment["TRACKER_TOKEN"] not in capsys.readouterr().out
    variables = shell.user_ns
    assert list(variables["overdue"].columns)[:2] == ["key", "summary"]
    assert len(variables["bugs"])
    assert len(variables["history"])
    assert str(variables["issues"]["createdAt"].dt.tz) == "Europe/Moscow"
    assert len(variables["sprints"])
