"""The input transformers: the forms of the magic in a cell."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from tracker_magic.notebook.transform import install, remove


def transformed(cell: str) -> str:
    """The cell as IPython runs it with the extension."""
    manager = TransformerManager()
    install(manager)
    return manager.transform_cell(cell)


def called(cell: str) -> tuple[str, ...]:
    """The arguments of the one call in the transformed cell."""
    calls = [node for node in ast.walk(ast.parse(transformed(cell))) if isinstance(node, ast.Call) and node.args]
    (call,) = calls
    return tuple(ast.literal_eval(each) for each in call.args)


@pytest.mark.parametrize(
    ("cell", "arguments"),
    [
        ("%tracker", ("tracker", "")),
        ("%tracker Summary: what?", ("tracker", "Summary: what?")),
        ("df = %tracker Summary: what?", ("tracker", "= Summary: what?")),
        ("%tracker login?", ("tracker", "login?")),
        ("%tracker?", ("tracker", "?")),
        ("    %tracker don't", ("tracker", "don't")),
        ("if yes:\n    df = %tracker Queue: A?", ("tracker", "= Queue: A?")),
        ("a.b['x'] = %tracker Queue: A;", ("tracker", "= Queue: A;")),
        ("a = b = %tracker Queue: A", ("tracker", "= Queue: A")),
        ('%tracker Summary: """', ("tracker", 'Summary: """')),
        ("%tracker Summary: (a", ("tracker", "Summary: (a")),
        ('%tracker Summary: #"a" # b', ("tracker", 'Summary: #"a" # b')),
        ("%tracker Queue: A \\\nStatus: open", ("tracker", "Queue: A  Status: open")),
        ("%%tracker\nQueue: A\n", ("tracker", "", "Queue: A\n")),
        ("%%tracker Queue: A", ("tracker", "Queue: A", "\n")),
        ("%%tracker login?", ("tracker", "login?", "\n")),
        ("%%tracker?", ("tracker", "?", "\n")),
        ("# why\n\n  # more\n%%tracker -n 5\nQueue: A?\n", ("tracker", "-n 5", "Queue: A?\n")),
        ("df = %%tracker -n 5\n# c\nQueue: A\n", ("tracker", "df << -n 5", "# c\nQueue: A\n")),
        ("# why\ndf=%%tracker Queue: A", ("tracker", "df << Queue: A", "\n")),
    ],
)
def test_each_form_of_the_magic_becomes_one_call(cell, arguments):
    """The magic gets the text of every form as it was typed."""
    assert called(cell) == arguments


@pytest.mark.parametrize(
    "cell",
    [
        "text = '''\n%tracker Queue: A?\n%%tracker\n'''\n",
        'text = f"""\ndf = %tracker {x}\n"""\n',
        "# %tracker Queue: A\nx = 1\n",
        "x = 5 % tracker\n",
        "x = 5 %tracker\n",
        "f(a=[1, 2], b='= %tracker')\n",
        "rest = total %tracker if total else 0\n",
    ],
)
def test_strings_and_python_are_not_changed(cell):
    """Strings, comments and the remainder operator are not the magic."""
    assert transformed(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "%time df = %tracker Queue: A",
        "!echo df = %tracker x",
        "%trackers x",
        "%tracker.x",
        "%%time\n%tracker Q?\n",
        "tracker?",
    ],
)
def test_other_magics_are_left_to_ipython(cell):
    """Lines of another magic or of the system shell are handled by IPython alone."""
    assert transformed(cell) == TransformerManager().transform_cell(cell)


PYTHON = st.lists(
    st.sampled_from(
        [
            "x = 1", "def f(a, b=2):\n    return a % b", "for each in rows:\n    print(each)", "y = x %tracker",
            "# a comment with %tracker", "s = '%tracker login?'", 'd = {"a": [1, 2]}', "if x:\n    pass",
            't = """\n%%tracker\ndf = %tracker x?\n"""', "z = (1 +\n     2)", "u = 'don\\'t'", "",
        ]
    ),
    max_size=8,
).map(lambda parts: "\n".join(parts) + "\n")  # fmt: skip


@given(PYTHON)
def test_python_code_is_not_changed(cell):
    """A cell of Python is transformed as it is without the extension."""
    assert transformed(cell) == TransformerManager().transform_cell(cell)


@given(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp", "Cs"], include_characters="\n\t"), max_size=60))
def test_cells_without_the_magic_are_left_to_ipython(text):
    """The extension changes nothing in a cell that does not contain the name of the magic."""
    text = text.replace("tracker", "")

    def outcome(manager: TransformerManager) -> object:
        try:
            return manager.transform_cell(text)
        except (SyntaxError, RuntimeError) as error:
            return type(error)

    ours = TransformerManager()
    install(ours)
    assert outcome(ours) == outcome(TransformerManager())


QUERIES = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x4FF, blacklist_categories=["Cc", "Zl", "Zp"]), max_size=50
)


@given(QUERIES, st.sampled_from(["%tracker ", "df = %tracker ", "if 1:\n    %tracker "]))
def test_a_query_reaches_the_magic_unchanged(query, before):
    """The text of a line reaches the magic unchanged, without surrounding blanks."""
    query = "Summary: " + query.replace("\\", "/")
    text = called(f"x = 1\n{before}{query}\ny = 2\n")[1]
    assert text.removeprefix("= ") == query.strip()


@given(QUERIES)
def test_a_string_that_contains_the_magic_is_not_changed(query):
    """The magic inside a Python string is data."""
    cell = f"text = {'%tracker ' + query!r}\n"
    assert transformed(cell) == cell


def test_a_terminal_waits_for_the_rest_of_a_cell():
    """In a terminal `%%tracker` is incomplete until an empty line, like every cell magic; a line magic is complete."""
    manager = TransformerManager()
    install(manager)
    assert manager.check_complete("%%tracker Queue: A")[0] == "incomplete"
    assert manager.check_complete("df = %%tracker\nQueue: A")[0] == "incomplete"
    assert manager.check_complete("%%tracker\nQueue: A\n\n")[0] == "complete"
    assert manager.check_complete("%tracker don't?")[0] == "complete"


def test_removing_leaves_the_manager_as_it_was():
    """Removing takes out all transformers, also if they were installed twice."""
    manager, bare = TransformerManager(), TransformerManager()
    install(manager)
    install(manager)
    remove(manager)
    assert manager.line_transforms == bare.line_transforms
    assert manager.token_transformers == bare.token_transformers
    assert [type(each) for each in manager.cleanup_transforms] == [type(each) for each in bare.cleanup_transforms]
