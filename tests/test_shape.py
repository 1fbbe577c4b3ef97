"""The shape of the code: short files and functions, imports that point down, docstrings, tests without mocks."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MAX_LINES_OF_A_FILE = 400
MAX_LINES_OF_A_FUNCTION = 50
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "tracker_magic").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# Private attributes that tests may use, because the library they belong to has no public name for the same thing.
ALLOWED_PRIVATE_ATTRIBUTES = {
    "_render_traceback_",  # IPython's protocol: what it shows in place of a traceback
    "_repr_html_",  # IPython's protocol: how an object is displayed
    "_repr_mimebundle_",  # the same in several forms
    "_handle_msg",  # ipywidgets: receives the messages of the browser
    "_options_labels",  # ipywidgets: the labels of a selection
    "client._connection",  # yandex_tracker_client: sends requests to any address
    "logging._acquireLock",  # the lock that an interrupt must not leave locked
}


def relative(path: Path) -> str:
    """The path of a file relative to the checkout."""
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS))


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes and functions of a module, and public methods of public classes."""
    for child in node.body:
        if isinstance(child, (ast.ClassDef, *FUNCTIONS)) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_file_is_short(path):
    """No module is longer than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES_OF_A_FILE


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_function_fits_on_a_screen(path):
    """No function is longer than 50 lines."""
    lengths = {function.name: function.end_lineno - function.lineno + 1 for function in functions(path)}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_module_imports_the_package_root(path):
    """Modules import from the module that defines a name; importing the package root would make circles."""
    nodes = list(ast.walk(tree(path)))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    # The root itself may import its names for type checkers.
    assert path.name == "__init__.py" or "tracker_magic" not in imported


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_everything_public_has_a_docstring(path):
    """Every module and every public class, function and method has a docstring."""
    module = tree(path)
    assert ast.get_docstring(module)
    assert [node.name for node in public(module) if not ast.get_docstring(node) and not is_overload(node)] == []


def is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether this is one of several signatures; the implementation has the docstring."""
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in node.decorator_list)


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_every_test_has_a_docstring(path):
    """Every test has a docstring that states the rule it checks."""
    tests = [function for function in functions(path) if function.name.startswith("test_")]
    assert [test.name for test in tests if not ast.get_docstring(test)] == []


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_nothing_is_mocked(path):
    """Tests use no mocks and replace no attribute of our code with `setattr`; they talk to a real server."""
    nodes = list(ast.walk(tree(path)))
    words = {node.id for node in nodes if isinstance(node, ast.Name)}
    words |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    words |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert not words & {"Mock", "MagicMock", "AsyncMock", "mock", "mocker", "unittest.mock"}
    replaced = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr"
    ]
    assert replaced == []


@pytest.mark.parametrize("path", TESTS, ids=relative)
def test_tests_use_public_names(path):
    """Tests neither read nor assign private attributes of other objects, except those of libraries listed above."""
    private = [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not {node.attr, ast.unparse(node)} & ALLOWED_PRIVATE_ATTRIBUTES
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
    ]
    assert private == []


def test_import_contracts_are_kept(root):
    """The import contracts of pyproject.toml are kept."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout
