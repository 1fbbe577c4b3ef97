"""The shape of the code: small files, short functions, imports that point down, words where they are owed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 50
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
HERE = Path(__file__).parents[1]
SOURCES = sorted((HERE / "tracker_magic").rglob("*.py"))
TESTS = sorted((HERE / "tests").rglob("*.py"))


def named(path: Path) -> str:
    """A file's name in a report."""
    return str(path.relative_to(HERE))


def tree(path: Path) -> ast.Module:
    """The syntax of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS))


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes, functions and methods, also those of public classes."""
    for child in node.body:
        if isinstance(child, (ast.ClassDef, *FUNCTIONS)) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_a_file_can_be_read_in_one_go(path):
    """No module is longer than 300 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_OF_A_FILE


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_a_function_fits_on_a_screen(path):
    """No function is longer than 50 lines."""
    lengths = {each.name: each.end_lineno - each.lineno + 1 for each in functions(path)}
    assert {name: length for name, length in lengths.items() if length > LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nobody_imports_the_package_root(path):
    """A module imports what it needs from where it lives: the root would make circles."""
    imported = {alias.name for node in ast.walk(tree(path)) if isinstance(node, ast.Import) for alias in node.names} | {
        node.module for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)
    }
    # Its own `if TYPE_CHECKING` names for readers and type checkers are the root's business.
    assert path.name == "__init__.py" or "tracker_magic" not in imported


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_what_is_public_says_what_it_is(path):
    """Every module and every public class, function and method has a docstring."""
    module = tree(path)
    assert ast.get_docstring(module)
    silent = [each.name for each in public(module) if not ast.get_docstring(each) and not is_overload(each)]
    assert silent == []


def is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is one of several signatures, whose body holds the docstring."""
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list)


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_a_test_says_its_rule(path):
    """Every test has a docstring: the rule it proves."""
    silent = [each.name for each in functions(path) if each.name.startswith("test_") and not ast.get_docstring(each)]
    assert silent == []


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_nothing_is_mocked(path):
    """The seam is HTTP: no mock, and no attribute of our own code is replaced."""
    words = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    words |= {alias.name for node in ast.walk(tree(path)) if isinstance(node, ast.Import) for alias in node.names}
    assert not words & {"Mock", "MagicMock", "AsyncMock", "mock", "mocker", "unittest.mock"}
    replaced = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr"
    ]
    assert replaced == []


def test_imports_point_down(root):
    """The import contracts of pyproject.toml are kept."""
    run = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    result = subprocess.run(run, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout
