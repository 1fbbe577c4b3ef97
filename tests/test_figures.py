"""The shape of the code, as `python -m tests.figures` measures it."""

from tests.figures import HERE, guards, highest_complexity, outside_assignments, run_cell, sources


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


def test_no_function_is_complex():
    """The cyclomatic complexity (radon) of every function is at most 10."""
    assert int(highest_complexity(HERE).partition(" ")[0]) <= 10
