"""The whole path: a front end, a kernel, the magic, HTTP, the embedded Tracker."""

import re

import pytest

from tracker_magic.notebook.help import examples


def sent(demo, path: str) -> list:
    """The requests for a path that the embedded Tracker recorded."""
    return [seen for seen in demo.journal if seen.path.endswith(path)]


def test_a_query_gives_a_typed_frame(kernel):
    """A line without a destination shows the frame, which is also in `Out`."""
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
        "def ask(queue):\n    frame = %tracker Queue: {{queue}}\n    return frame\ndf = ask('DEV')",
    ],
)
def test_a_frame_with_a_destination_is_not_shown(kernel, code):
    """Every form of assignment stores the frame, and shows nothing."""
    cell = kernel.run(code)
    assert (cell.error, cell.result, cell.shown) == (None, None, "")
    assert kernel.run("set(df['queue'])").result == "{'DEV'}"


@pytest.mark.parametrize("code", ["%tracker Queue: DEV;", "%tracker -q Queue: DEV", "%%tracker\nQueue: DEV;\n"])
def test_a_quiet_command_shows_nothing(kernel, code):
    """With `;` or `-q` the query runs, and no result is shown."""
    cell = kernel.run(code)
    assert (cell.error, cell.result, cell.shown) == (None, None, "")


def test_the_query_reaches_the_service_byte_for_byte(kernel, demo):
    """Apostrophes, quotes, braces, `$`, `%`, `>` and a closing `?` are sent as they were typed."""
    for query in ("""Summary: don't "a $b" {x} $5 100% >today()-1w""", "Summary: what?"):
        kernel.run(f"%tracker --columns key {query}")
        assert sent(demo, "/issues/_search")[-1].body["query"] == query


def test_variables_are_filled_in_and_quoted(kernel, demo):
    """`{{name}}` is replaced by a literal of the variable; `$name` means the keys in it."""
    kernel.run("who = ['ann', 'bob \"x\"']\nquery = %tracker --columns key Assignee: {{who}}")
    assert sent(demo, "/issues/_search")[-1].body["query"] == 'Assignee: "ann", "bob \\"x\\""'
    kernel.run("df = %tracker -n 2 Queue: DEV")
    assert kernel.run("again = %tracker $df --columns key\nlist(again.key) == list(df.key)").result == "True"
    assert kernel.run("%tracker $dff").error == ("BadOption", "$dff is not defined. Did you mean $df?")


def test_a_single_issue_is_shown_as_names_beside_values(kernel, demo):
    """A single issue is displayed with names beside values; `Out` and variables hold a frame of one row."""
    described = next(
        key for key, issue in demo.world.issues.items() if key.startswith("DEV-") and "description" in issue.values
    )
    cell = kernel.run(f"%tracker {described}")
    assert re.search(r"^summary  +\S", cell.result, re.MULTILINE)
    assert re.search(r"^description  +\S", cell.result, re.MULTILINE)
    assert kernel.run("%tracker dev << DEV-1\n_.shape[0], type(_).__name__").result == "(1, 'DataFrame')"
    assert kernel.run("dev.shape[0], type(dev).__name__").result == "(1, 'DataFrame')"
    assert "DEV-2" in kernel.run("%tracker DEV-1 DEV-2 --columns key").result
    assert "description" not in kernel.run("%tracker DEV-1 --columns summary").result
    assert kernel.run("'description' in dev").result == "False"
    assert not re.search("^summary  ", kernel.run("%tracker DEV-1 OPS-99999").result, re.MULTILINE)


def test_a_table_has_a_choice_of_columns(kernel):
    """Issues are displayed as a table with links; `Out` and variables hold the whole frame, which looks the same."""
    (shown,) = kernel.run("%tracker Queue: DEV").of("execute_result")
    assert re.search(r'<a href="https?://[^"]+/DEV-1"', shown["data"]["text/html"])
    assert "7 of 63 columns" in shown["data"]["text/plain"]
    assert kernel.run("df = _\nlen(df.columns), type(df).__name__").result == "(63, 'DataFrame')"
    assert kernel.run("df.head()").result.splitlines()[0].split()[0] == "key"


def test_count_is_an_int(kernel, demo):
    """`count` sends one request and returns a number."""
    before = len(demo.journal)
    assert int(kernel.run("%tracker count Queue: DEV").result) == len(
        [issue for issue in demo.world.issues.values() if issue.key.startswith("DEV-")]
    )
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_count"]


def test_a_dry_run_makes_one_count(kernel, demo):
    """`--dry-run` shows the final query, matches, requests and seconds after one `_count` and no other request."""
    kernel.run("%tracker me")
    before = len(demo.journal)
    cell = kernel.run('queue = "DEV"\n%tracker --dry-run Queue: {{queue}}')
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_count"]
    assert re.fullmatch(r'Queue: "DEV"\n[\d,]+ issues · \d+ requests? · about [\d.]+ s', cell.shown)


def test_a_failure_is_one_red_message_and_an_error_output(kernel):
    """A failure shows class and message without a traceback, and the destination keeps its object."""
    kernel.run("df = old = object()")
    cell = kernel.run("df = %tracker Queue: DEV AND (")
    assert cell.status == "error"
    (error,) = cell.of("error")
    assert error["ename"] == "BadQuery"
    assert all(line.startswith("\x1b[31m") for line in error["traceback"])
    assert "Traceback" not in "".join(error["traceback"])
    assert kernel.run("df is old").result == "True"


def test_debug_shows_the_traceback_and_the_requests_without_the_token(kernel, demo):
    """`--debug` shows traceback and requests without the token, and does not affect the next error."""
    cell = kernel.run("%tracker --debug Queue: DEV AND (")
    (error,) = cell.of("error")
    assert "Traceback" in error["traceback"][0]
    assert "issues/_search" in cell.shown
    assert demo.access.token not in cell.shown + "".join(error["traceback"])
    assert "Traceback" not in str(kernel.run("%tracker Queue: DEV AND (").of("error")[0]["traceback"])


def test_a_limited_result_is_marked(kernel):
    """A limited result prints `first N of TOTAL`, and `attrs` records it."""
    assert re.search(r"first 2 of \d+ issues", kernel.run("%tracker -n 2 Queue: DEV").shown)
    kernel.run("df = %tracker -n 2 Queue: DEV")
    assert kernel.run("df.attrs['tracker']['truncated']").result == "True"
    kernel.run("%config TrackerMagic.limit = 2")
    cell = kernel.run("df = %tracker Queue: DEV")
    kernel.run("%config TrackerMagic.limit = None")
    assert re.search(r"first 2 of \d+ issues", cell.shown)


def test_a_limit_without_an_order_says_which_issues_are_the_first(kernel):
    """`-n 2` gives the first as the service gives them, which the line says unless the query or the keys order them."""
    assert "issues as the service gives them ·" in kernel.run("%tracker -n 2 Queue: DEV").shown
    for code in ('%tracker -n 2 Queue: DEV "Sort By": Key', "%tracker -n 1 DEV-1 DEV-2"):
        shown = kernel.run(code).shown
        assert "first" in shown
        assert "as the service gives them" not in shown
    assert "as the service gives them" in kernel.run("%tracker help limit").shown


def test_settings_and_options_decide_zone_and_language(kernel):
    """`%config` sets zone and language; `--tz` and `--lang` override them for one command."""
    kernel.run("%config TrackerMagic.tz = 'Europe/Moscow'")
    kernel.run("a = %tracker DEV-1\nb = %tracker DEV-1 --tz Asia/Tokyo --lang en")
    zones = kernel.run("str(a.createdAt.dt.tz), str(b.createdAt.dt.tz), b['status'][0].isascii()").result
    assert zones == "('Europe/Moscow', 'Asia/Tokyo', True)"
    assert kernel.run("%tracker --tz Mars/Base Queue: DEV").error[0] == "BadOption"


def test_a_query_is_read_from_a_file(kernel, demo):
    """`-f` reads a query and ignores its comments; a second query on the line is an error."""
    kernel.run("from pathlib import Path\n_ = Path('q.txt').write_text('# all\\nQueue: DEV\\n')")
    assert kernel.run("df = %tracker --columns key -f q.txt").error is None
    assert sent(demo, "/issues/_search")[-1].body["query"] == "Queue: DEV"
    assert "two queries" in kernel.run("%tracker -f q.txt Queue: DEV").error[1]
    kernel.run("kinds = ['bug']\n_ = Path('q.txt').write_text('Queue: DEV Type: {{kinds}}')")
    assert "Type: bug" in kernel.run("%tracker count --dry-run -f q.txt").shown.replace('"', "")
    kernel.run("_ = Path('q.txt').write_text('Queue: DEV Type: {{kinds[0]}}')")
    assert "not the name of a variable" in kernel.run("%tracker -f q.txt").error[1]
    assert "cannot be read (No such file" in kernel.run("%tracker -f none.txt").error[1]
    kernel.run("with open('q.txt', 'wb') as file: file.truncate(2**28)")
    assert "cannot be read (File too large)" in kernel.run("%tracker -f q.txt").error[1]


def test_missing_keys_are_reported_every_time(kernel):
    """Missing keys are a warning of one line, also when the cell runs again; the other issues are returned."""
    for _ in range(2):
        cell = kernel.run("df = %tracker DEV-1 DEV-99999")
        assert cell.error is None
        assert re.search(r"^MissingIssues: .*DEV-99999", cell.shown)
        assert "first" not in cell.shown


def test_sessions_are_independent(kernel, demo):
    """`login -s`, `use`, `-s` and `logout` each concern one session by its name."""
    assert kernel.run("%tracker login").error is None
    assert "session second" in kernel.run("%tracker login -s second --strategy env").shown
    login = demo.world.users[demo.world.me].login
    listed = kernel.run("%tracker use").shown.splitlines()
    assert listed == [f"session second (current): {login}", f"session main: {login}"]
    assert kernel.run("names = %tracker use\nlist(names.session)").result == "['second', 'main']"
    assert "session main" in kernel.run("%tracker use main").shown
    assert kernel.run("%tracker count -s second Queue: DEV").error is None
    assert "there is no session `thrid`" in kernel.run("%tracker count -s thrid Queue: DEV").error[1]
    assert "second is closed" in kernel.run("%tracker logout -s second").shown
    assert "main is closed" in kernel.run("%tracker logout").shown
    assert kernel.run("%tracker Queue: DEV").error[0] == "NotLoggedIn"
    assert "Nobody was" in kernel.run("%tracker logout").shown
    assert demo.access.org_id in kernel.run("%tracker login").shown


def test_current_returns_the_tracker_of_the_magic(kernel, demo):
    """`current()` returns the Tracker of the magic, with its session and settings."""
    assert kernel.run("from tracker_magic import current\ncurrent() is current()").result == "True"
    assert demo.url in kernel.run("current()").result
    assert kernel.run("%config TrackerMagic.tz = 'Europe/Moscow'\ncurrent().tz").result == "'Europe/Moscow'"


def test_current_reads_the_settings_of_the_project(kernel):
    """`current()` applies the settings of pyproject.toml, also before the first line of the magic."""
    kernel.run("from pathlib import Path\nfile = Path('pyproject.toml')")
    kernel.run("_ = file.write_text('[tool.tracker_magic]\\ntz = \"Asia/Tokyo\"\\n')")
    zone = kernel.run("from tracker_magic import current\ncurrent().tz").result
    kernel.run("file.unlink()")
    assert zone == "'Asia/Tokyo'"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%tracker changelog $none", "$none is None"),
        ("%tracker $none", "$none is None"),
        ("%tracker open $none", "$none is None"),
        ("%tracker open $empty", "$empty is an empty list, and names no issues"),
        ("%tracker open $five", "keys must be a list or a string, not int"),
        ("%tracker open Queue: DEV", "`Queue: DEV` is not a list of keys"),
        ("%tracker @dev", "there is no local copy @dev"),
        ("%tracker count @dev", "there is no local copy @dev"),
        ("%tracker changelog @dev", "there is no local copy @dev"),
    ],
)
def test_an_argument_that_names_no_issues_is_an_error(kernel, demo, code, text):
    """A variable, text or copy that names no issues raises BadOption without a request for issues."""
    kernel.run("none, empty, five = None, [], 5")
    before = len(demo.journal)
    name, message = kernel.run(code).error
    assert name == "BadOption"
    assert text in message
    assert not [seen.path for seen in demo.journal[before:] if seen.path.startswith("/v3/issues")]


def test_an_empty_line_sends_no_request(kernel, demo):
    """An empty line shows the short help and who is logged in, without a request."""
    before = len(demo.journal)
    cell = kernel.run("%tracker")
    assert "Nobody is logged in" in cell.shown
    assert "changelog" in cell.shown
    assert len(demo.journal) == before


@pytest.mark.parametrize("code", ["%tracker login?", "%%tracker login?", "%tracker help login", "%tracker ?"])
def test_every_form_of_asking_for_help_works(kernel, code):
    """A question mark after a command, a lone one, or `help` shows the help."""
    assert "%tracker" in kernel.run(code).shown


def test_every_example_of_the_help_runs(kernel):
    """Every example of the help runs on the embedded Tracker."""
    for example in examples():
        cell = kernel.run(example)
        assert cell.error is None, example


def test_open_shows_links(kernel):
    """`open` shows a link to each issue, as HTML and as text."""
    (shown,) = kernel.run("%tracker open DEV-1, DEV-2").of("display_data")
    assert shown["data"]["text/html"].count("<a href=") == 2
    assert shown["data"]["text/plain"].splitlines()[0].endswith("/DEV-1")


def test_a_login_raises_at_once_if_nobody_can_answer(lonely_kernel):
    """Without a token and without somebody to ask, NotLoggedIn comes at once and names the variables."""
    lonely_kernel.run("%tracker")
    for code in ("%tracker login", "%tracker Queue: DEV", "%tracker login --strategy token"):
        cell = lonely_kernel.run(code)
        assert cell.error[0] == "NotLoggedIn"
        assert "TRACKER_TOKEN" in cell.error[1]
        assert cell.seconds < 5


def test_who_is_not_logged_in_learns_how_to(lonely_kernel):
    """The first error of a new user names the login, then the demo, and variables of the environment last."""
    for code in ("%tracker Queue: DEV", "%tracker me", "from tracker_magic import current\ncurrent()"):
        name, message = lonely_kernel.run(code).error
        assert name == "NotLoggedIn"
        assert message.startswith("nobody is logged in. Log in: `%tracker login`.")
        assert message.index("`%tracker demo`") < message.index("TRACKER_TOKEN")


def test_demo_logs_in_to_the_demo_of_this_jupyter(kernel, demo):
    """In a Jupyter that a demo started, `%tracker demo` logs in to that demo, says so, and starts no other."""
    shown = kernel.run("%tracker demo").shown
    assert demo.access.org_id in shown
    assert "This is the demo" in shown
    assert "Это демо" in kernel.run("%tracker demo --lang ru").shown
    assert demo.url in kernel.run("from tracker_magic import current\ncurrent()").result


@pytest.mark.parametrize("command", ["changelog", "comments", "links", "worklog", "attachments"])
def test_a_dry_run_of_a_list_makes_one_count(kernel, demo, command):
    """`--dry-run` of a list of issues says how many requests it takes, after one `_count`."""
    kernel.run("%tracker me")
    before = len(demo.journal)
    cell = kernel.run(f"%tracker {command} --dry-run Queue: DEV")
    assert [seen.path for seen in demo.journal[before:]] == ["/v3/issues/_count"]
    assert re.fullmatch(
        r"Queue: DEV\n(\d+) issues · \d+ requests \(up to \1 of single issues\) · about \d+ s", cell.shown
    )


def test_a_dry_run_of_everybodys_work_is_refused(kernel):
    """What everybody logged cannot be counted, so `--dry-run` needs issues."""
    assert kernel.run("%tracker worklog --dry-run --since 2026-01-01").error[0] == "BadOption"
