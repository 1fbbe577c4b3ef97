"""The whole path: a front end, a kernel, the magic, HTTP, the embedded Tracker."""

import re

import pytest

from tracker_magic.notebook.help import LANGUAGE, examples


def sent(demo, path: str) -> list:
    """What the embedded Tracker was asked at a path."""
    return [seen for seen in demo.journal if seen.path.endswith(path)]


def test_a_query_gives_a_typed_frame(kernel):
    """A bare line shows the frame, and `Out` keeps it."""
    cell = kernel.run("%tracker -n 3 --columns key,summary,status Queue: DEV")
    assert cell.error is None
    assert "DEV-" in cell.result
    assert kernel.run("_.shape").result == "(3, 4)"


@pytest.mark.parametrize(
    "code",
    [
        "df = %tracker Queue: DEV",
        "df = %tracker Queue: DEV;",
        "df = %tracker -q Queue: DEV",
        "%tracker df << Queue: DEV",
        "%tracker df = << Queue: DEV",
        "%tracker -o df Queue: DEV",
        "df = %%tracker\nQueue: DEV\n",
        "# why\n%%tracker df <<\n# more\nQueue: DEV\n",
        "def ask(queue):\n    found = %tracker Queue: {{queue}}\n    return found\ndf = ask('DEV')",
    ],
)
def test_every_destination_gets_the_frame_and_nothing_is_shown(kernel, code):
    """With a destination there is no output at all."""
    cell = kernel.run(code)
    assert (cell.error, cell.result, cell.shown) == (None, None, "")
    assert kernel.run("set(df['queue'])").result == "{'DEV'}"


@pytest.mark.parametrize("code", ["%tracker Queue: DEV;", "%tracker -q Queue: DEV", "%%tracker\nQueue: DEV;\n"])
def test_a_quiet_call_shows_nothing(kernel, code):
    """`;` and `-q` run the query and show no result."""
    cell = kernel.run(code)
    assert (cell.error, cell.result, cell.shown) == (None, None, "")


def test_the_query_reaches_the_service_byte_for_byte(kernel, demo):
    """Apostrophes, quotes, braces, `$`, `%`, `>` and a closing `?` come through; only `--columns` asks for less."""
    for query in ("""Summary: don't "a b" {x} $y 100% >today()-1w""", "Summary: what?"):
        kernel.run(f"%tracker --columns key {query}")
        assert sent(demo, "/issues/_search")[-1].body["query"] == query


def test_variables_are_typed_and_quoted(kernel, demo):
    """`{{name}}` is filled in from the notebook; `$name` stands for its keys."""
    kernel.run("who = ['ann', 'bob \"x\"']\nquery = %tracker --columns key Assignee: {{who}}")
    assert sent(demo, "/issues/_search")[-1].body["query"] == 'Assignee: "ann", "bob \\"x\\""'
    kernel.run("df = %tracker -n 2 Queue: DEV")
    assert kernel.run("again = %tracker $df --columns key\nlist(again.key) == list(df.key)").result == "True"
    assert kernel.run("%tracker $dff").error == ("BadOption", "$dff is not defined. Did you mean $df?")


def test_one_key_is_shown_turned_and_assigned_as_a_row(kernel):
    """A single issue is read from top to bottom; as a value it is a frame of one row."""
    cell = kernel.run("%tracker DEV-1")
    assert re.search(r"^summary ", cell.result, re.MULTILINE)
    assert kernel.run("%tracker dev << DEV-1\ndev.shape[0], type(dev).__name__").result == "(1, 'DataFrame')"
    assert "DEV-2" in kernel.run("%tracker DEV-1 DEV-2 --columns key").result
    kernel.run("%tracker DEV-1 OPS-99999")
    assert kernel.run("type(_).__name__").result == "'DataFrame'"


def test_count_is_an_int(kernel, demo):
    """`count` asks once and gives a number."""
    before = len(demo.journal)
    assert int(kernel.run("%tracker count Queue: DEV").result) == len(
        [issue for issue in demo.world.issues.values() if issue.key.startswith("DEV-")]
    )
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_count"]


def test_a_dry_run_makes_one_count(kernel, demo):
    """The final query, matches, requests and seconds, for one `_count` and nothing else."""
    kernel.run("%tracker me")
    before = len(demo.journal)
    cell = kernel.run('queue = "DEV"\n%tracker --dry-run Queue: {{queue}}')
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_count"]
    assert re.fullmatch(r'Queue: "DEV"\n[\d,]+ issues · \d+ requests? · about [\d.]+ s', cell.shown)


def test_a_failure_is_one_red_message_and_an_error_output(kernel):
    """The class, what happened, and no traceback; the destination keeps its object."""
    kernel.run("df = old = object()")
    cell = kernel.run("df = %tracker Queue: DEV AND (")
    assert cell.status == "error"
    (error,) = cell.of("error")
    assert error["ename"] == "BadQuery"
    assert all(line.startswith("\x1b[31m") for line in error["traceback"])
    assert "Traceback" not in "".join(error["traceback"])
    assert kernel.run("df is old").result == "True"


def test_debug_shows_the_traceback_and_the_requests_without_the_token(kernel, demo):
    """`--debug` tells how it came about; the token stands nowhere; the next error is one message again."""
    cell = kernel.run("%tracker --debug Queue: DEV AND (")
    (error,) = cell.of("error")
    assert "Traceback" in error["traceback"][0]
    assert "issues/_search" in cell.shown
    assert demo.access.token not in cell.shown + "".join(error["traceback"])
    assert "Traceback" not in str(kernel.run("%tracker Queue: DEV AND (").of("error")[0]["traceback"])


def test_a_limited_result_says_so(kernel):
    """`first N of TOTAL` is said, and stands in the frame's record."""
    assert re.search(r"first 2 of \d+ issues", kernel.run("%tracker -n 2 Queue: DEV").shown)
    kernel.run("df = %tracker -n 2 Queue: DEV")
    assert kernel.run("df.attrs['tracker']['truncated']").result == "True"
    kernel.run("%config TrackerMagic.limit = 2")
    cell = kernel.run("df = %tracker Queue: DEV")
    kernel.run("%config TrackerMagic.limit = None")
    assert re.search(r"first 2 of \d+ issues", cell.shown)


def test_settings_and_options_decide_zone_and_language(kernel):
    """`%config` sets the zone; `--tz` and `--lang` win for one call."""
    kernel.run("%config TrackerMagic.tz = 'Europe/Moscow'")
    kernel.run("a = %tracker DEV-1\nb = %tracker DEV-1 --tz Asia/Tokyo --lang en")
    zones = kernel.run("str(a.createdAt.dt.tz), str(b.createdAt.dt.tz), b['status'][0].isascii()").result
    assert zones == "('Europe/Moscow', 'Asia/Tokyo', True)"
    assert kernel.run("%tracker --tz Mars/Base Queue: DEV").error[0] == "BadOption"


def test_a_file_holds_the_query(kernel, demo):
    """`-f` reads the query, comments left out; a second query beside it is an error."""
    kernel.run("from pathlib import Path\n_ = Path('q.txt').write_text('# all\\nQueue: DEV\\n')")
    assert kernel.run("df = %tracker --columns key -f q.txt").error is None
    assert sent(demo, "/issues/_search")[-1].body["query"] == "Queue: DEV"
    assert "two queries" in kernel.run("%tracker -f q.txt Queue: DEV").error[1]
    assert "cannot be read" in kernel.run("%tracker -f none.txt").error[1]


def test_missing_keys_are_told_every_time(kernel):
    """The others come, and the warning is said in one line, also when the cell runs again."""
    for _ in range(2):
        cell = kernel.run("df = %tracker DEV-1 DEV-99999")
        assert cell.error is None
        assert re.search(r"^MissingIssues: .*DEV-99999", cell.shown)
        assert "first" not in cell.shown


def test_sessions_have_names(kernel, demo):
    """`login -s`, `use`, `-s`, `logout`: each session stands for itself."""
    assert kernel.run("%tracker login").error is None
    assert "session second" in kernel.run("%tracker login -s second --strategy env").shown
    assert "second" in kernel.run("%tracker use").result
    assert "session main" in kernel.run("%tracker use main").shown
    assert kernel.run("%tracker count -s second Queue: DEV").error is None
    assert "there is no session `thrid`" in kernel.run("%tracker count -s thrid Queue: DEV").error[1]
    assert "second is closed" in kernel.run("%tracker logout -s second").shown
    assert "main is closed" in kernel.run("%tracker logout").shown
    assert kernel.run("%tracker Queue: DEV").error[0] == "NotLoggedIn"
    assert "Nobody was" in kernel.run("%tracker logout").shown
    assert demo.access.org_id in kernel.run("%tracker login").shown


def test_current_is_the_tracker_of_the_magic(kernel, demo):
    """Python code shares the magic's session and settings."""
    assert kernel.run("from tracker_magic import current\ncurrent() is current()").result == "True"
    assert demo.url in kernel.run("current()").result
    assert kernel.run("%config TrackerMagic.tz = 'Europe/Moscow'\ncurrent().tz").result == "'Europe/Moscow'"


def test_current_reads_the_settings_before_any_magic(kernel):
    """A setting of the project counts for Python code that comes first."""
    kernel.run("from pathlib import Path\nfile = Path('pyproject.toml')")
    kernel.run("_ = file.write_text('[tool.tracker_magic]\\ntz = \"Asia/Tokyo\"\\n')")
    zone = kernel.run("from tracker_magic import current\ncurrent().tz").result
    kernel.run("file.unlink()")
    assert zone == "'Asia/Tokyo'"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("%tracker changelog $none", "$none is None, and names no issues"),
        ("%tracker $none", "$none is None, and names no issues"),
        ("%tracker open $none", "$none is None, and names no issues"),
        ("%tracker open $empty", "$empty holds no keys"),
        ("%tracker open $five", "keys are a list or a text, not int"),
        ("%tracker open Queue: DEV", "'Queue: DEV' is no list of keys"),
        ("%tracker @dev", "there is no local copy @dev"),
        ("%tracker count @dev", "there is no local copy @dev"),
        ("%tracker changelog @dev", "there is no local copy @dev"),
    ],
)
def test_what_names_no_issues_is_an_error(kernel, demo, code, said):
    """It is neither searched for as text nor shown as nothing."""
    kernel.run("none, empty, five = None, [], 5")
    before = len(demo.journal)
    name, told = kernel.run(code).error
    assert name == "BadOption"
    assert said in told
    assert not [seen.path for seen in demo.journal[before:] if seen.path.startswith("/v3/issues")]


def test_an_empty_call_asks_nothing(kernel, demo):
    """The short help and the login state, without a request."""
    before = len(demo.journal)
    cell = kernel.run("%tracker")
    assert "Nobody is logged in" in cell.shown
    assert "changelog" in cell.shown
    assert len(demo.journal) == before


@pytest.mark.parametrize("code", ["%tracker login?", "%%tracker login?", "%tracker help login", "%tracker ?"])
def test_help_is_asked_in_every_form(kernel, code):
    """A question mark behind a command, or `help`."""
    assert "%tracker" in kernel.run(code).shown


def test_every_example_of_the_help_runs(kernel):
    """What the help shows works on the embedded Tracker."""
    for example in examples():
        cell = kernel.run(example)
        assert cell.error is None, example


def test_the_query_language_of_the_help_is_understood(kernel):
    """Each line of the cheat sheet is a query that the service takes."""
    queries = [line[4:44].strip() if line[43:44] == " " else line.strip() for line in LANGUAGE.splitlines()[2:]]
    assert len(queries) > 9
    for query in queries:
        cell = kernel.run(f"%tracker count {query}")
        assert cell.error is None, query


def test_open_gives_a_link_that_can_be_clicked(kernel):
    """The address of each issue, as HTML and as text."""
    (shown,) = kernel.run("%tracker open DEV-1, DEV-2").of("display_data")
    assert shown["data"]["text/html"].count("<a href=") == 2
    assert shown["data"]["text/plain"].splitlines()[0].endswith("/DEV-1")


def test_without_anybody_a_login_raises_at_once(lonely_kernel):
    """No terminal, no token: the error comes within a second and names the environment."""
    lonely_kernel.run("%tracker")
    for code in ("%tracker login", "%tracker Queue: DEV", "%tracker login --strategy token"):
        cell = lonely_kernel.run(code)
        assert cell.error[0] == "NotLoggedIn"
        assert "TRACKER_TOKEN" in cell.error[1]
        assert cell.seconds < 1


def test_the_demo_of_this_jupyter_is_joined(kernel, demo):
    """Started by a demo, `%tracker demo` logs in there and starts no other."""
    assert demo.access.org_id in kernel.run("%tracker demo").shown
    assert demo.url in kernel.run("from tracker_magic import current\ncurrent()").result
