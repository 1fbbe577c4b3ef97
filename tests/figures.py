"""Figures of the code's shape, printed as a table: `python -m tests.figures [DIR …]`.

Each DIR is a checkout (default: this one), so that two versions are measured with one script:

- one cell, `df = %tracker Queue: DEV`, in a real IPython shell against the embedded Tracker in another process: the
  functions of the package that stand on the stacks of the calling thread and of the worker when `requests` is asked for
  the search, and the distinct functions that run for the whole cell (comprehensions are not counted). A cell about
  another queue ran before, so the login and the fields of the organisation are known; two requests are left;
- by reading the syntax trees of the package without `demo`: callables kept in attributes, attributes assigned from
  outside of their object (those of widgets, `DataFrame.attrs` and the like, which are there to be assigned, on a line
  of their own), blocks in which interrupts are deferred, imports of our own modules inside functions, lines, and the
  highest complexity (radon).
"""

import argparse
import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from radon.complexity import cc_visit

HERE = Path(__file__).resolve().parents[1]
GUARDS = {"defer_interrupts", "allow_interrupts", "held", "let_through"}  # and their former names
IMPORTERS = {"import_module", "import_uninterrupted", "import_public"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Attributes that other libraries document as ones to assign, with what has them.
ASSIGNABLE = {
    "attrs": "DataFrame.attrs",
    "daemon": "threading.Timer",
    "do_inspect": "ipykernel's Kernel (traitlets)",
    "options": "widgets",
    "pool_classes_by_scheme": "urllib3.PoolManager",
    "showwarning": "warnings.showwarning",
    "value": "widgets",
}

CELL = r"""
import json, os, sys, threading, types
names = json.loads(os.environ.pop("FIGURES_NAMES"))
os.environ.update(names)
package = os.environ["FIGURES_PACKAGE"] + os.sep
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.run_line_magic("load_ext", "tracker_magic")
shell.run_cell("warm_up = %tracker Queue: OPS")
import requests
ran, stacks = set(), []
def ours(frame):
    return frame.f_code.co_filename.startswith(package)
def is_named(code):
    return not (code.co_name.startswith("<") and code.co_name != "<lambda>")
def look(frame, event, _):
    if event == "call" and ours(frame) and is_named(frame.f_code):
        ran.add((frame.f_code.co_filename, frame.f_code.co_firstlineno, frame.f_code.co_qualname))
def on_stack(frame):
    found = []
    while frame is not None:
        if ours(frame):
            found.append((frame.f_code.co_filename[len(package):], frame.f_code.co_qualname))
        frame = frame.f_back
    return found
send = requests.Session.request
def watched(self, method, url, **rest):
    if url.endswith("_search"):
        here = on_stack(sys._getframe(1))
        main = threading.main_thread().ident
        others = [] if threading.get_ident() == main else on_stack(sys._current_frames()[main])
        stacks.append(others[::-1] + here[::-1])
    return send(self, method, url, **rest)
requests.Session.request = watched
threading.setprofile(look); sys.setprofile(look)
result = shell.run_cell("df = %tracker Queue: DEV")
sys.setprofile(None); threading.setprofile(None)
result.raise_error()
shell.run_cell("%unload_ext tracker_magic")
frames = stacks[0]
print(json.dumps({"rows": len(shell.user_ns["df"]), "frames": frames, "functions": sorted(
    (name[len(package):], line, function) for name, line, function in ran)}))
"""


def run_cell(root: Path) -> dict[str, Any]:
    """What runs for one cell of the package in `root`, by a fresh process."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    demo = [sys.executable, "-m", "tracker_magic", "demo", "--serve", "--issues", "60"]
    with subprocess.Popen(demo, cwd=root, env=environment, stdout=subprocess.PIPE, text=True) as server:
        names = {}
        for line in server.stdout or ():
            if line == "READY\n":
                break
            if not line.startswith("#"):
                name, value = line.rstrip("\n").split("=", 1)
                names[name] = value
        extra = {"FIGURES_NAMES": json.dumps(names), "FIGURES_PACKAGE": str(root / "tracker_magic")}
        cell = [sys.executable, "-c", CELL]
        done = subprocess.run(cell, cwd=root, env={**environment, **extra}, capture_output=True, text=True, check=False)
        server.terminate()
    if done.returncode:
        raise RuntimeError(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def sources(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the package without the embedded Tracker."""
    package = root / "tracker_magic"
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] != "demo":
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def kept_callables(module: ast.Module) -> list[str]:
    """Attributes that hold a function: fields annotated as Callable, and parameters or lambdas assigned to `self`."""
    aliases = {"Callable"} | {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign) and mentions(node.value, {"Callable"})
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for cls in (node for node in ast.walk(module) if isinstance(node, ast.ClassDef) and not is_left_out(node)):
        found += [
            f"{cls.name}.{ast.unparse(field.target)}"
            for field in cls.body
            if isinstance(field, ast.AnnAssign) and mentions(field.annotation, aliases)
        ]
        for function in (node for node in cls.body if isinstance(node, FUNCTIONS)):
            arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
            callables = {each.arg for each in arguments if each.annotation and mentions(each.annotation, aliases)}
            callables |= {
                node.name for node in ast.walk(function) if isinstance(node, FUNCTIONS) and node is not function
            }
            found += [
                f"{cls.name}.{target.attr}"
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Attribute)
                and (
                    isinstance(node.value, ast.Lambda)
                    or (isinstance(node.value, ast.Name) and node.value.id in callables)
                )
            ]
    return found


def is_left_out(cls: ast.ClassDef) -> bool:
    """Whether it is a class of ipywidgets or traitlets, or a TypedDict, which describes arguments and holds nothing."""
    return any(mentions(base, {"widgets", "ipywidgets", "Configurable", "Magics", "TypedDict"}) for base in cls.bases)


def mentions(node: ast.AST, names: set[str]) -> bool:
    """Whether an expression (or a quoted annotation) mentions one of these names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return any(name in node.value for name in names)
    return any(
        (isinstance(each, ast.Name) and each.id in names)
        or (isinstance(each, ast.Attribute) and each.attr in names)
        or (
            isinstance(each, ast.Constant) and isinstance(each.value, str) and any(name in each.value for name in names)
        )
        for each in ast.walk(node)
    )


def outside_assignments(module: ast.Module) -> tuple[list[str], list[str]]:
    """Attributes assigned to another object than `self`, and what has those that are there to be assigned."""
    ours, of_libraries = [], []
    has_widgets = any(isinstance(node, ast.Import) and node.names[0].name == "ipywidgets" for node in module.body)
    for node in ast.walk(module):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        single = [each for target in targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])]
        for target in single:
            if not isinstance(target, ast.Attribute) or ast.unparse(target.value) in {"self", "cls"}:
                continue
            library = ASSIGNABLE.get(target.attr)
            if library is None or (library == "widgets" and not has_widgets):
                ours.append(f"{ast.unparse(target)} (line {node.lineno})")
            else:
                of_libraries.append(library)
    return ours, of_libraries


def guards(module: ast.Module) -> int:
    """How many blocks defer interrupts."""
    return sum(
        isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Name)
        and item.context_expr.func.id in GUARDS
        for node in ast.walk(module)
        if isinstance(node, ast.With)
        for item in node.items
    )


def lazy_imports(module: ast.Module) -> int:
    """How many imports of our own modules stand inside functions."""
    return sum(
        (isinstance(node, ast.ImportFrom) and str(node.module).startswith("tracker_magic"))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPORTERS
            and mentions(node, {"tracker_magic", "__name__"}))
        for function in ast.walk(module)
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
    )  # fmt: skip


def highest_complexity(root: Path) -> str:
    """The most complex function of the package, `demo` included, and its complexity."""
    blocks = [
        (block.complexity, f"{path.stem}.{block.name}")
        for path in (root / "tracker_magic").rglob("*.py")
        for block in cc_visit(path.read_text(encoding="utf-8"))
        if block.letter != "C"
    ]
    complexity, name = max(blocks)
    return f"{complexity} ({name})"


def measure(root: Path) -> dict[str, str]:
    """All figures of a checkout, by what they are."""
    cell, modules = run_cell(root), list(sources(root))
    frames, functions = cell["frames"], cell["functions"]
    callables = [name for _, module in modules for name in kept_callables(module)]
    assigned = [f"{path.stem}: {each}" for path, module in modules for each in outside_assignments(module)[0]]
    of_libraries = Counter(each for _, module in modules for each in outside_assignments(module)[1])
    guarded = {path: guards(module) for path, module in modules if path.stem != "interrupts" and guards(module)}
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path, _ in modules)
    return {
        "from the cell to the socket": f"{len(frames)} frames in {len({file for file, _ in frames})} files",
        "run for the cell": f"{len(functions)} functions in {len({file for file, _, _ in functions})} files",
        "callables kept in attributes": f"{len(callables)} {', '.join(callables)}",
        "attributes assigned from outside": f"{len(assigned)} {'; '.join(assigned)}",
        "  beside those of libraries": ", ".join(f"{count} {name}" for name, count in of_libraries.most_common()),
        "blocks that defer interrupts": f"{sum(guarded.values())} in {len(guarded)} modules",
        "lazy imports of our modules": str(sum(lazy_imports(module) for _, module in modules)),
        "lines without demo": f"{lines:,}",
        "highest complexity": highest_complexity(root),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of each checkout."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description=__doc__)
    parser.add_argument("roots", nargs="*", type=Path, default=[HERE], metavar="DIR", help="a checkout")
    for root in parser.parse_args(arguments).roots:
        print(f"{root.name or root}:")  # noqa: T201 - a script prints
        for name, figure in measure(root.resolve()).items():
            print(f"  {name:35} {figure}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
