"""Text that reads like something else is an error, or the result says what was searched for; through a real kernel."""

import re

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.parser import parse
from tracker_magic.query import has_empty_condition

CERTAIN = {
    "commands that do not exist, are misspelt, or not in lower case": [
        ("%tracker issues Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker isues Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker find Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker show DEV-1", "%tracker DEV-1"),
        ("%tracker comment Queue: DEV", "%tracker comments Queue: DEV"),
        ("%tracker -q cont Queue: DEV", "%tracker -q count Queue: DEV"),
        ("%tracker COUNT Queue: DEV", "%tracker count Queue: DEV"),
        ("%tracker Count: Queue: DEV", "%tracker count Queue: DEV"),
        ("%tracker Comments DEV-1", "%tracker comments DEV-1"),
        ("%tracker chnagelog $keys", "%tracker changelog $keys"),
        ("%tracker history DEV-1", "%tracker changelog DEV-1"),
        ("%tracker задачи Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker Покажи DEV-1", "%tracker DEV-1"),
        ("%tracker посчитай Queue: DEV", "%tracker count Queue: DEV"),
        ("%tracker jql project = DEV", "%tracker Queue: DEV"),
        ("%%tracker\ncount Queue: DEV", "%tracker count Queue: DEV"),
    ],
    "fields without a colon": [
        ("%tracker Queue DEV", "%tracker Queue: DEV"),
        ("%tracker queue DEV status open", "%tracker Queue: DEV Status: open"),
        ("%tracker Очередь DEV", "%tracker Queue: DEV"),
        ("%tracker assignee me()", "%tracker Assignee: me()"),
        ("%tracker Status: open and queue DEV", "%tracker Status: open and Queue: DEV"),
        ("%tracker key DEV-1", "%tracker Key: DEV-1"),
    ],
    "SQL and JQL": [
        ("%tracker select * from issues", "%tracker QUERY"),
        (
            "%tracker SELECT key FROM issues WHERE status = open and queue = DEV ORDER BY createdAt desc LIMIT 5",
            '%tracker -n 5 Status: open and Queue: DEV "Sort By": Created DESC',
        ),
        ("%tracker where Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker project = DEV and status = open", "%tracker Queue: DEV and Status: open"),
        ("%tracker project != DEV order by created", '%tracker Queue: !DEV "Sort By": Created'),
        ("%tracker Queue=DEV", "%tracker Queue: DEV"),
        ("%tracker Queue == DEV", "%tracker Queue: DEV"),
        ("%tracker Очередь = DEV", "%tracker Queue: DEV"),
        ("%tracker status = open and queue = DEV", "%tracker Status: open and Queue: DEV"),
        ("%tracker status != 'In Progress'", '%tracker Status: !"In Progress"'),
        ("%tracker status not in (open, 'In Progress')", '%tracker Status: !open, !"In Progress"'),
        ("%tracker assignee = currentUser()", "%tracker Assignee: me()"),
        (
            "%tracker queue = DEV AND status != closed AND assignee in (currentUser())",
            "%tracker Queue: DEV AND Status: !closed AND Assignee: me()",
        ),
        ("%tracker select * from DEV where status = open", "%tracker Queue: DEV Status: open"),
        (
            "%tracker select key, status from DEV where status = open or type = bug limit 5",
            "%tracker -n 5 Queue: DEV (Status: open or Type: bug)",
        ),
        ("%tracker Queue: DEV order by updated, limit 3", '%tracker -n 3 Queue: DEV "Sort By": Updated'),
        ("%tracker resolution is not null", "%tracker Resolution: notEmpty()"),
        ("%tracker createdAt >= 2026-01-01", "%tracker Created: >= 2026-01-01"),
        ('%tracker "Story Points" > 3', '%tracker "Story Points": > 3'),
        ("%tracker DEV.riskScore > 3", "%tracker DEV.riskScore: > 3"),
        ("%tracker summary like '%crash%'", '%tracker Summary: "crash"'),
        ("%tracker not Queue: DEV", "%tracker Queue: !DEV"),
        ("%tracker Queue: DEV && Status: open", "%tracker Queue: DEV AND Status: open"),
        ("%tracker Queue: DEV limit 5", "%tracker -n 5 Queue: DEV"),
        ("%tracker Queue: DEV order by createdAt", '%tracker Queue: DEV "Sort By": Created'),
        ("%tracker Queue: DEV sort by: updated desc", '%tracker Queue: DEV "Sort By": Updated DESC'),
    ],
    "options and destinations in the wrong place": [
        ("%tracker Queue: DEV -n 5", "%tracker -n 5 Queue: DEV"),
        ("%tracker Queue: DEV -n5 -q", "%tracker -n 5 -q Queue: DEV"),
        ("%tracker Queue: DEV --limit=5", "%tracker -n 5 Queue: DEV"),
        ("%tracker Queue: DEV --limt 5", "%tracker -n 5 Queue: DEV"),
        ("%tracker Queue: DEV -q", "%tracker -q Queue: DEV"),
        ("%tracker Queue: DEV columns=key,status", "%tracker --columns key,status Queue: DEV"),
        ("%tracker comments Queue: DEV -n 5", "%tracker comments Queue: DEV"),
        ("%%tracker\nQueue: DEV\n-n 5", "%tracker -n 5 Queue: DEV"),
        ("%tracker -5", "%tracker -n 5 QUERY"),
        ("%tracker -5 Queue: DEV", "%tracker -n 5 Queue: DEV"),
        ("%tracker df = Queue: DEV", "%tracker df << Queue: DEV"),
        ("%tracker df <<Queue: DEV", "%tracker df << Queue: DEV"),
        ("%tracker df <- DEV-1", "%tracker df << DEV-1"),
        ("%tracker Queue: DEV --columns key, summary", "%tracker --columns key, summary Queue: DEV"),
        ("%tracker {{name}} << -n 1 Queue: DEV", "%tracker -n 1 -o {{name}} Queue: DEV"),
        ("%tracker query=Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker = Queue: DEV", "%tracker Queue: DEV"),
        ("%%tracker\n%tracker Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker top 5 Queue: DEV", "%tracker -n 5 Queue: DEV"),
        ("%tracker get https://tracker.yandex.ru/DEV-1", "%tracker https://tracker.yandex.ru/DEV-1"),
    ],
    "comments": [
        ("%%tracker\n#all of them\nQueue: DEV", "%tracker Queue: DEV"),
        ("%%tracker\nQueue: DEV\n// why", "%tracker Queue: DEV"),
        ("%%tracker\n-- why\nQueue: DEV", "%tracker Queue: DEV"),
        ("%tracker Queue: DEV -- all", "%tracker Queue: DEV"),
        ("%tracker // all", "%tracker QUERY"),
    ],
    "keys and something else": [
        ("%tracker DEV-1 DEV-2 foo", "%tracker DEV-1, DEV-2"),
        ("%tracker DEV-1; DEV-2", "%tracker DEV-1, DEV-2"),
        ("%tracker comments DEV-1 and DEV-2", "%tracker comments DEV-1, DEV-2"),
    ],
}

UNCERTAIN = [
    ("%%tracker\nDEV", "`DEV` was searched as text; did you mean `%tracker Queue: DEV`?"),
    ("%%tracker --dry-run\nDEV", "`DEV` was searched as text; did you mean `%tracker Queue: DEV`?"),
    ("%tracker Queue: DEV and OPS xyzzy", "did you mean `%tracker Queue: DEV, OPS xyzzy`?"),
    ("%tracker Created after 2026-01-01", "did you mean `%tracker Created: > 2026-01-01`?"),
    ("%tracker Queue is XYZZY", "did you mean `%tracker Queue: XYZZY`?"),
    ('%tracker "XYZZY-1" "XYZZY-2"', "did you mean `%tracker XYZZY-1 XYZZY-2`?"),
    ("%tracker Count DEV", "did you mean `%tracker count Queue: DEV`?"),
    ('%tracker "Queue: DEV"', "did you mean `%tracker Queue: DEV`?"),
    ("%tracker Queue: DEV Status open xyzzy", "did you mean `%tracker Queue: DEV Status: open xyzzy`?"),
    ("%tracker Tags: fresh Xyzzy", 'did you mean `%tracker Tags: "fresh Xyzzy"`?'),
    ("%tracker DEV-1 xyzzy", "did you mean `%tracker DEV-1`?"),
    ("%tracker DEV 1", "did you mean `%tracker DEV-1`?"),
    ("%%tracker\nxyzzy-1", "did you mean `%tracker XYZZY-1`?"),
    ("%tracker versons XYZZY", "did you mean `%tracker versions XYZZY`?"),
    ("%%tracker\nisues\n", "`isues` was searched as text"),
    ("%tracker Queue: DEV #xyzzy", "`#xyzzy` was searched as text"),
    ("%%tracker\nQueue: DEV # xyzzy", "`# xyzzy` was searched as text; did you mean `%tracker Queue: DEV`?"),
    ('%tracker "DEV-1"', "did you mean `%tracker DEV-1`?"),
    (
        "%tracker Queue: DEV Summary: *xyzzy*",
        '`Summary: *xyzzy*` was searched as text; did you mean `%tracker Queue: DEV Summary: "xyzzy"`?',
    ),
    ("%tracker count Summary: xyzzy*", 'did you mean `%tracker count Summary: "xyzzy"`?'),
    ('%tracker Summary: "%xyzzy%"', 'did you mean `%tracker Summary: "xyzzy"`?'),
    ("%tracker DEV-1 comments", "did you mean `%tracker comments DEV-1`?"),
    ("%tracker comments for DEV-1", "did you mean `%tracker comments DEV-1`?"),
    ("%tracker in DEV", "did you mean `%tracker Queue: DEV`?"),
    ("%tracker DEV status: open", "did you mean `%tracker Queue: DEV status: open`?"),
    ("%tracker comments xyzzy", "0 rows. `xyzzy` was searched as text; a condition is written like `Queue: DEV`."),
    ("%tracker xyzzy on start", "0 issues. `xyzzy on start` was searched as text"),
    ("%tracker --lang ru xyzzy on start", "0 задач. Искали текст `xyzzy on start`; условие пишется так"),
    ("%%tracker --lang ru\nDEV", "0 задач. Искали текст `DEV`; может быть, нужно `%tracker Queue: DEV`?"),
]

LEGITIMATE = [
    '"exact text"',
    "crash on start",
    "(Queue: DEV OR Queue: OPS) Status: open",
    "Assignee: me() Created: > today() - 7d",
    "Created: 2026-01-01 .. 2026-02-01",
    "Очередь: DEV Статус: открыт",
    """Summary: don't "a $y b" {x} $5 100% >today()-1w""",
    "Summary: key=value",
    "Type error in parser",
    "where is the bug",
    "order by phone fails",
    "limit 5 exceeded",
    "Description is empty on save",
    "not found",
    "Queue: DEV Summary: limit 5",
    "Summary: -q",
    "Tags: x, -q",
    "Summary: // cdn is down",
    "Summary: order by date",
    "Description: currentUser()",
    "show window: broken",
    "log error: 500",
    "error = window: broken",
    "Comment: DEV-1",
    'Queue: DEV "Sort By": Updated DESC, Key ASC',
    'Status: changed(from: "Open" to: "Closed" date: > today() - 1w)',
    "Epic: notEmpty() or Status: open",
    'Summary: "Queue = DEV limit 5 -n 5"',
]


EMPTY = [
    "df = %tracker",
    "df = %tracker ;",
    "df = %tracker login?",
    "%tracker df <<",
    "%tracker df << login?",
    "%tracker -o df",
    "df = %%tracker\n",
    "df = %%tracker\n# nothing\n# but comments\n",
    "%%tracker df <<\n\n",
    "%%tracker -o df\n# nothing\n",
]


def searches(demo) -> list:
    """The searches that the embedded Tracker recorded."""
    return [seen for seen in demo.journal if seen.path.startswith("/v3/issues/_")]


@pytest.mark.parametrize("kind", CERTAIN)
def test_a_certain_mistake_is_an_error_before_anything_is_sent(kernel, demo, kind):
    """The error shows the line to type instead; nothing is sent, and a variable keeps its value."""
    kernel.run("keys = ['DEV-1']\ndf = old = object()")
    before = len(searches(demo))
    for code, line in CERTAIN[kind]:
        expected = line.replace("df << ", "").replace("-o {{name}} ", "")  # Python assigns the result
        expected = expected.replace("%tracker", "%tracker df <<") if code.startswith("%%") else expected
        name, message = kernel.run(f"df = {code}").error
        assert name == "BadOption", code
        assert f"Did you mean `{expected}`? To search for the text, put it in quotes, or type" in message, code
        assert kernel.run("df is old").result == "True", code
    assert len(searches(demo)) == before


def test_the_line_to_type_instead_is_right(kernel):
    """Every line that an error shows is understood."""
    kernel.run("keys, name = ['DEV-1'], 'df'")
    lines = {line for mistakes in CERTAIN.values() for _, line in mistakes if "QUERY" not in line}
    for line in sorted(lines):
        cell = kernel.run(f"{line};" if "count" not in line else line)
        assert cell.error is None, line
        assert "searched as text" not in cell.shown, line


@pytest.mark.parametrize(("code", "line"), [each for kind in CERTAIN.values() for each in kind])
def test_a_suggestion_can_be_meant(code, line):
    """What an error suggests is parsed, has no mistake, and no condition without a value."""
    first, _, body = code.partition("\n")
    with pytest.raises(BadOption, match=re.escape(f"Did you mean `{line}`?")):
        parse(first.lstrip("%").removeprefix("tracker"), body)
    parsed = parse(line.removeprefix("%tracker ").replace("QUERY", "Queue: DEV"))
    assert not has_empty_condition(parsed.text), code


@pytest.mark.parametrize("line", ["-n 5 Queue: DEV limit 7", "-o df Queue: DEV -n 5 -n 6", "Queue: DEV Summary = "])
def test_a_suggestion_that_cannot_be_meant_is_left_out(line):
    """If the line to type instead would be an error, or have an empty condition, the error only names the problem."""
    with pytest.raises(BadOption) as caught:
        parse(line)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("query", ["Summary:", "Queue: DEV Summary:", "Summary: Queue: DEV", "Status: ! and Type: x"])
def test_a_condition_without_a_value_is_seen(query):
    """A field's name with a colon is an empty condition if nothing, another one or a joining word follows."""
    assert has_empty_condition(query)
    assert not has_empty_condition('Queue: DEV (Status: open, "x" OR "Story Points": > 3) Created: >today()')


def test_an_empty_result_says_what_was_searched_as_text(kernel):
    """Where text may be meant, it is searched for; if that finds nothing, a note says so, with a suggestion if any."""
    for code, note in UNCERTAIN:
        cell = kernel.run(code)
        assert cell.error is None, code
        assert note in cell.shown, code


def test_a_legitimate_query_is_sent_byte_for_byte(kernel, demo):
    """Text, functions, brackets and quoted text reach the service as typed, if it understands them or not."""
    for query in LEGITIMATE:
        kernel.run(f"%tracker --columns key {query}")
        assert searches(demo)[-1].body["query"] == query


def test_query_searches_for_any_text(kernel, demo):
    """After `query` nothing is taken for a mistake, and nothing is guessed."""
    for text in ("crash -n 5", "Queue = DEV", "issues", "dev-1 limit 5", "select * from x", "a # b", "df << x"):
        cell = kernel.run(f"%tracker query {text}")
        assert cell.error is None or cell.error[0] == "BadQuery", text
        assert searches(demo)[-1].body["query"] == text
        assert "did you mean" not in cell.shown


def test_only_an_unquoted_text_has_a_note_if_issues_are_found(kernel, demo):
    """A note says what was searched as text, alone or beside conditions; what is meant as text has none."""
    words = " ".join(issue.values["summary"] for issue in demo.world.issues.values()).split()
    word = next(word for word in words if word.isalpha() and len(word) > 4)
    for query in (f"query {word}", f'Queue: DEV, OPS, DESIGN "{word}"', f"Summary: {word}", "Created: > 2100-01-01"):
        cell = kernel.run(f"%tracker {query}")
        assert cell.error is None
        assert "searched as text" not in cell.shown
    for line in (f"%tracker Queue: DEV, OPS, DESIGN {word}", f"%%tracker\n{word}", f"found = %%tracker\n{word}"):
        cell = kernel.run(line)
        assert cell.error is None
        assert f"`{word}` was searched as text" in cell.shown, line
        assert "0 issues" not in cell.shown, line


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Queue: DEV or OPS", "Queue: DEV, OPS"),
        ("count Queue: DEV OR OPS or DESIGN", "count Queue: DEV, OPS, DESIGN"),
        ('Queue: DEV Priority: critical | "blocker"', 'Queue: DEV Priority: critical, "blocker"'),
    ],
)
def test_another_value_after_or_has_a_note(kernel, line, meant):
    """`or` begins another condition: a word after it is text, which a note says, whatever was found."""
    cell = kernel.run(f"%tracker {line}")
    assert cell.error is None
    assert f"did you mean `%tracker {meant}`?" in cell.shown
    assert "searched as text" not in kernel.run("%tracker count Queue: DEV or Queue: OPS").shown


def test_text_beside_a_condition_that_looks_like_another_has_a_note(kernel, demo):
    """Beside a condition, a field without its colon is mentioned even if the search finds issues."""
    issue = demo.world.issues["DEV-1"]
    summary = issue.values["summary"]
    with demo.lock:
        issue.values["summary"] = f"{summary} Status xyzzys"
    cell = kernel.run("%tracker Queue: DEV Status xyzzys")
    with demo.lock:
        issue.values["summary"] = summary
    assert "DEV-1" in cell.result
    expected = "`Status xyzzys` was searched as text; did you mean `%tracker Queue: DEV Status: xyzzys`?"
    assert cell.shown.strip() == expected


def test_a_query_file_is_checked_like_a_cell(kernel):
    """A mistake in a query file is an error, too; after `query` it is text."""
    kernel.run("from pathlib import Path\n_ = Path('q.txt').write_text('// all\\nQueue: DEV limit 5')")
    name, message = kernel.run("%tracker -f q.txt").error
    assert name == "BadOption"
    assert "`// all` is part of the query" in message
    assert "Did you mean `%tracker -n 5 Queue: DEV`?" in message
    assert kernel.run("%tracker query -f q.txt").error is None


def test_a_destination_without_a_query_is_an_error(kernel):
    """A line or cell with a destination and nothing to store raises BadOption, and the variable keeps its value."""
    kernel.run("df = old = object()")
    for code in EMPTY:
        name, message = kernel.run(code).error
        assert name == "BadOption", code
        assert ("cannot be stored" if "login?" in code else "nothing to store in it") in message, code
        assert kernel.run("df is old").result == "True", code


def test_keys_in_lower_case_are_shown_and_the_line_says_so(kernel):
    """`dev-1` shows DEV-1 with a note, also if it is assigned or does not exist."""
    cell = kernel.run("%tracker dev-1 --columns key")
    assert "DEV-1" in cell.result
    assert cell.shown.strip() == "`dev-1` was read as DEV-1; `%tracker query dev-1` searches for the text."
    assert "was read as DEV-1, DEV-2" in kernel.run("df = %tracker dev-1, Dev-2").shown
    assert kernel.run("list(df.key)").result == "['DEV-1', 'DEV-2']"
    missing = kernel.run("%tracker covid-19")
    assert "read as COVID-19; `%tracker query covid-19`" in missing.shown
    assert missing.error[0] == "NotFound"
    assert "`dev-1` прочитано как DEV-1" in kernel.run("%tracker --lang ru dev-1").shown
