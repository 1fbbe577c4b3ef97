"""Notes below a result: they follow what was asked, however it was given, show no token, and cost no result."""

import pytest

FORMLESS = "yOpensesame8531"  # a token of no known form
WEB = "https://tracker.yandex.ru"


@pytest.fixture
def own_session(kernel, demo):
    """A kernel whose session has a token of no known form, also in the variable `tok`."""
    demo.access.oauth[FORMLESS] = demo.access.oauth[demo.access.issue(demo.access.me)]
    login = f"import os\nusual, tok = os.environ['TRACKER_TOKEN'], {FORMLESS!r}\nos.environ['TRACKER_TOKEN'] = tok\n"
    assert kernel.run(f"{login}%tracker login --strategy env").error is None
    yield kernel
    kernel.run("os.environ['TRACKER_TOKEN'] = usual")
    del demo.access.oauth[FORMLESS]


def searches(demo) -> list[str]:
    """The queries that the embedded Tracker was asked for."""
    return [each.body["query"] for each in demo.journal if isinstance(each.body, dict) and "query" in each.body]


@pytest.mark.parametrize(
    "line",
    [
        "count $q",
        "$q",
        "comments $q",
        "--dry-run Summary: x {{tok}}",
        "count $upper",
        "{{tok}}",
        "open $q",
    ],
)
def test_a_token_in_a_query_is_in_no_note(own_session, demo, line):
    """The session's token is sent as text if a variable holds it, but no note or error shows it, in any case."""
    own_session.run("q, upper = 'hello ' + tok, 'Queue: DEV Status ' + tok")
    before = len(searches(demo))
    cell = own_session.run(f"%tracker {line}")
    assert (len(searches(demo)) > before) is (cell.error is None)
    assert FORMLESS.lower() not in repr(cell.outputs).lower()


TEXT = "xyzzy on start"
NOTE = "0 issues. `xyzzy on start` was searched as text"


@pytest.mark.parametrize(
    "line", [TEXT, "$q", "{{q}}", "query $q", "-f q.txt", f"{WEB}/issues?_q=xyzzy+on+start", "--dry-run $q", "count $q"]
)
def test_an_empty_result_says_what_was_searched_however_it_was_asked(kernel, line):
    """A query that was typed, or came from a variable, a file or an address, has the same note."""
    kernel.run(f"q = {TEXT!r}\n_ = open('q.txt', 'w').write(q)")
    assert NOTE in kernel.run(f"%tracker {line}").shown


@pytest.mark.parametrize("line", ["Queue: DEV", "$q", "{{q}}", "-f q.txt", f"{WEB}/queue/DEV"])
def test_a_limited_query_says_which_issues_are_the_first(kernel, line):
    """Unless the query sorts, its first issues are those that the service gives first, however it was asked."""
    kernel.run("q = 'Queue: DEV'\n_ = open('q.txt', 'w').write(q)")
    assert "issues as the service gives them" in kernel.run(f"%tracker -n 3 {line}").shown


@pytest.mark.parametrize("line", ["$keys", "{{keys}}", "$sorted_query", "-f q.txt"])
def test_keys_and_sorted_queries_come_in_a_known_order(kernel, line):
    """Nothing is said about the order of keys in a variable, nor of a query that sorts."""
    query = 'Queue: DEV "Sort By": Key ASC'
    kernel.run(f"keys, sorted_query = ['DEV-1', 'DEV-2'], {query!r}\n_ = open('q.txt', 'w').write({query!r})")
    assert "as the service gives them" not in kernel.run(f"%tracker -n 1 {line}").shown


@pytest.mark.parametrize("command", ["changelog", "comments", "count", "--columns key", "--dry-run"])
def test_a_source_is_read_once(kernel, command):
    """Keys from a generator, which can be read once only, give their result."""
    kernel.run("given = (key for key in ['DEV-1', 'DEV-2'])")
    assert kernel.run(f"df = %tracker {command} $given").error is None
    assert kernel.run("df is not None").result == "True"


@pytest.mark.parametrize("line", [f'"{TEXT}"', "-n 1 Queue: DEV", "DEV-1 DEV-99999", "dev-1"])
def test_a_note_that_cannot_be_written_costs_no_result(kernel, line):
    """If nobody can read what is written to stderr, the result comes nevertheless."""
    broken = "class Broken:\n    def write(self, text): raise BrokenPipeError\n    def flush(self): pass\n"
    kernel.run(f"import sys\n{broken}usual, sys.stderr = sys.stderr, Broken()")
    first = kernel.run(f"df = %tracker {line}")
    second = kernel.run(f"%tracker other << {line}")
    kernel.run("sys.stderr = usual")
    assert (first.error, second.error) == (None, None)
    assert kernel.run("df.equals(other)").result == "True"


@pytest.mark.parametrize("line", ["foo bar -n 5", "Queue: DEV", "-n $missing Queue: DEV", "xyzzy"])
def test_wrong_settings_are_named_at_every_call(kernel, line):
    """Whatever else is wrong with a line, wrong settings are named first."""
    kernel.run(
        "from pathlib import Path\nfile = Path('pyproject.toml')\n_ = file.write_text('[tool.tracker_magic]\\nx=1')"
    )
    error = kernel.run(f"%tracker {line}").error
    kernel.run("file.unlink()")
    assert error[0] == "SettingsError"
