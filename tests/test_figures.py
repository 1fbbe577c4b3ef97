"""The shape of the code, as `python -m tests.figures` measures it."""

from tests.figures import (
    HERE,
    guards,
    highest_complexity,
    kept_callables,
    lazy_imports,
    outside_assignments,
    run_cell,
    sources,
)

# Attributes that hold a function, and why.
CALLABLES = {
    "Operation._show": "the `progress` that the caller gives",
    "PerProcess._make": "makes another value after a fork, as the default_factory of a defaultdict does",
    "Mistake.instead": "a rule of a table: a text or a function, as re.sub takes either",
    "Mistake.option": "the same",
    "Secret._reveal": "a closure, which hides the text from debuggers and tracebacks",
    "SecretMapping._reveal": "the same",
}
# Modules that import others of ours inside functions, and why.
LAZY = {
    "__init__.py": "importing the package costs nothing",
    "charts/__init__.py": "only charts need matplotlib, which may be missing",
    "notebook/extension.py": "`%load_ext` imports neither pandas nor requests",
    "__main__.py": "the demo needs neither pandas nor requests",
    "notebook/flow_options.py": "Tab needs pandas only behind a metric",
}


def test_a_cell_reaches_the_socket_through_few_functions():
    """From `%tracker` to the request, at most ten functions in nine modules call each other."""
    cell = run_cell(HERE)
    files = [file for file, _ in cell["frames"]]
    assert cell["rows"] > 0
    assert files[0].startswith("notebook/")
    assert files[-1].startswith("transport/")
    assert len(files) <= 10
    assert len(set(files)) <= 9


def test_interrupts_are_deferred_in_few_places():
    """At most four blocks in two modules defer interrupts, besides the module that does it."""
    counts = {path: guards(module) for path, module in sources(HERE) if path.stem != "interrupts"}
    blocks = [count for count in counts.values() if count]
    assert 0 < sum(blocks) <= 4
    assert len(blocks) <= 2


def test_no_attribute_is_assigned_from_outside():
    """An object of the package changes only through its methods; DataFrame.attrs and widgets are assigned by design."""
    assert [each for _, module in sources(HERE) for each in outside_assignments(module)[0]] == []


def test_few_objects_keep_a_function():
    """Functions call functions and return values; what keeps one in an attribute has a reason."""
    assert {name for _, module in sources(HERE) for name in kept_callables(module)} == CALLABLES.keys()


def test_few_modules_import_lazily():
    """A module imports what it uses at its top, unless it has a reason not to, and then in one place."""
    package = HERE / "tracker_magic"
    counts = {path.relative_to(package).as_posix(): lazy_imports(module) for path, module in sources(HERE)}
    assert {path: count for path, count in counts.items() if count} == dict.fromkeys(LAZY, 1)


def test_no_function_is_complex():
    """The cyclomatic complexity (radon) of every function is at most 10."""
    assert int(highest_complexity(HERE).partition(" ")[0]) <= 10
