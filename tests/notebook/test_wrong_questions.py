"""Wrong questions of users: an error names the cure, and none replaces a variable with something else."""

import re

import pandas as pd
import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.parser import parse
from tracker_magic.notebook.variables import Scope
from tracker_magic.tracker.selection import read_keys

# What was typed, and what the error suggests.
VALUES = {
    "words for operators": [
        ("Status: not closed", "Status: !closed"),
        ('Status: is not in "In Progress"', 'Status: !"In Progress"'),
        ("Status: is open", "Status: open"),
        ("Status: !=open", "Status: !open"),
        ("Status: <> open", "Status: !open"),
        ("Status: == open", "Status: open"),
        ("Status: –open", "Status: !open"),
        ("Status: -open", "Status: !open"),
        ("Статус: not closed", "Status: !closed"),
        ("Queue: DEV не Status: open", "Queue: DEV Status: !open"),
        ("(NOT Status: open)", "(Status: !open)"),
        ("Queue: DEV AND NOT (Status: open)", "Queue: DEV AND Status: !open"),
        ('NOT("Story Points": "3")', '"Story Points": !"3"'),
        ("Queue: DEV not (Assignee: me())", "Queue: DEV Assignee: !me()"),
    ],
    "words for no value": [
        ("Resolution: null", "Resolution: empty()"),
        ("Resolution: is not None", "Resolution: notEmpty()"),
        ("Resolution: !empty", "Resolution: notEmpty()"),
        ("Resolution: empty ()", "Resolution: empty()"),
        ("Assignee: nobody", "Assignee: empty()"),
        ('"Story Points": not null', '"Story Points": notEmpty()'),
        ('Summary: ""', "Summary: empty()"),
    ],
    "words for persons and days": [
        ("Assignee: me", "Assignee: me()"),
        ("Исполнитель: !я", "Assignee: !me()"),
        ("Assignee: currentUser(), petrov", "Assignee: me(), petrov"),
        ("Created: yesterday", "Created: today() - 1d"),
        ("Created: >= вчера", "Created: >= today() - 1d"),
        ("Created: last 7 days", "Created: > today() - 7d"),
        ("Created: -2w", "Created: > today() - 2w"),
        ("Created: < 3 days ago", "Created: < today() - 3d"),
        ("Created: since 2026-01-01", "Created: >= 2026-01-01"),
        ("Created: between 2026-01-01 and 2026-02-01", "Created: 2026-01-01 .. 2026-02-01"),
        ("Created: 2026-01-01–2026-02-01", "Created: 2026-01-01 .. 2026-02-01"),
    ],
    "quotes, dashes and signs of a word processor": [
        ("Status: “In Progress”", 'Status: "In Progress"'),
        ("Status: !«In Progress»", 'Status: !"In Progress"'),
        ("Queue: 'DEV'", 'Queue: "DEV"'),
        ("Summary: “crash on start”", 'Summary: "crash on start"'),
        ("Summary: «login", 'Summary: "login"'),
        ("Queue: DEV Summary: „crash on start Status: open", 'Queue: DEV Summary: "crash on start" Status: open'),
        ("Summary: ‘crash on start", 'Summary: "crash on start"'),
        ("Status: !In Progress»", 'Status: !"In Progress"'),
        ("Summary: crash on start” Queue: DEV", 'Summary: "crash on start" Queue: DEV'),
        ("Queue： DEV", "Queue: DEV"),
        ("Queue -> DEV", "Queue: DEV"),
        ("—limit 5 Queue: DEV", "-n 5 Queue: DEV"),
        ("Queue: DEV –n 5", "-n 5 Queue: DEV"),
    ],
    "lists": [
        ("Queue: [DEV, OPS]", "Queue: DEV, OPS"),
        ("Status: in (open, 'In Progress')", 'Status: open, "In Progress"'),
        ("Status: not in (open, closed)", "Status: !open, !closed"),
        ("Queue: DEV, Type: bug, Status: open", "Queue: DEV Type: bug Status: open"),
        ("Queue: DEV, and status open", "Queue: DEV Status: open"),
        ("Queue: DEV, or Status: open", "Queue: DEV OR Status: open"),
        ("Queue: DEV; Type: bug", "Queue: DEV Type: bug"),
        ("Queue: DEV и Status: open", "Queue: DEV AND Status: open"),
        ("['DEV-1', 'DEV-2']", "DEV-1, DEV-2"),
        ("Key: DEV", "Queue: DEV"),
    ],
    "ranges and first rows": [
        ('"Story Points": 1 to 3', '"Story Points": 1 .. 3'),
        ('Queue: DEV "Story Points": between 1 and 3', 'Queue: DEV "Story Points": 1 .. 3'),
        ("Queue: DEV | head", "-n 5 Queue: DEV"),
        ("count Queue: DEV | head", "count Queue: DEV"),
        ("Queue: DEV | head -n 3", "-n 3 Queue: DEV"),
    ],
    "words alone": [
        ("DEV", "Queue: DEV"),
        ("count DEV", "count Queue: DEV"),
        ("--dry-run DEV", "--dry-run Queue: DEV"),
        ("DEV1", "DEV-1"),
        ("DEV_1", "DEV-1"),
        ("DEV–1", "DEV-1"),
        ("#DEV-1", "DEV-1"),
        ("помощь", "help"),
        ("очереди", "queues"),
        ("войти", "login"),
        ("“DEV-1”", "DEV-1"),
    ],
}
WITHOUT_SUGGESTION = [
    "Key: keys",
    "Queue: DEV Key: bugs",
    "Key: 1",
    "Queue: DEV AND NOT (Status: open OR Status: closed)",
    "Queue: DEV NOT (Status: open, closed)",
]
# May be meant as text: searched for, but the result of such a line is not stored.
DOUBTFUL = [
    "Queue: DEV and OPS xyzzy",
    "Queue: DEV | xyzzy",
    "Queue: DEV xyzzy",
    "my open xyzzy",
    "xyzzy Queue: DEV",
    "Queue: DEV into xyzzy",
    "Status: open or xyzzys",
    "delete from XYZZY-1",
    "changelog xyzzy",
    "count xyzzy on start",
    '"Queue: XYZZY"',
]
ALONE = ["Queue?", "Status?", "DEV-1?", "Bug", "12345", "*", "''", "!DEV", "DEV-", "DEV/1", "ошибка"]
NO_MISTAKES = [
    "Summary: not found",
    "Summary: null",
    "Summary: 'crash'",
    "Summary: «crash» on start",
    "Summary: ‚crash‘",
    "Summary: Д’Артаньян и it’s users’",
    'Summary: "«crash"',
    'Summary: "close"',
    "Summary: close DEV-1",
    '"close DEV-1"',
    "close the window of DEV-1",
    "query close DEV-1",
    "query Summary: «crash",
    "Comment: is it done",
    "Tags: none",
    "DEV.severity: none",
    "Created: 2026-01-01",
    "Created: > 2026-01-01",
    "Created: 2026-01-01 ... 2026-02-01",
    "Created: today() - 1d",
    "Created: 01.03.2026 .. 02.03.2026",
    '"Story Points": -5',
    '"Story Points": > 3',
    '"Story Points": 1 .. 3',
    "Summary: 1 to 3",
    'Queue: DEV "| head"',
    "Assignee: me()",
    "Assignee: mechnikov, yana",
    "Resolution: empty()",
    "Resolution: nonexistent",
    "Key: DEV-1, DEV-2",
    "Key: dev-1, {{key}}",
    "Key: empty()",
    "not (a bug)",
    "Summary: not (Status: open)",
    "Задача: DEV-1",
    "задача не решена",
    'Status: "not closed"',
    'Tags: "me", "[a, b]"',
    "Status: changed(to: open, by: me())",
]
MISPLACED = [
    ("df << %tracker Queue: DEV", "df = %tracker Queue: DEV"),
    ("df <<%tracker Queue: DEV", "df = %tracker Queue: DEV"),
    ("df += %tracker Queue: DEV", "df = %tracker Queue: DEV"),
    ("print(%tracker Queue: DEV)", "df = %tracker Queue: DEV"),
    ("n = len( (%tracker DEV-1) )", "df = %tracker DEV-1"),
    ("df = await %tracker Queue: DEV", "df = %tracker Queue: DEV"),
    ("if True:\n    df << %tracker Queue: DEV", "df = %tracker Queue: DEV"),
]
CHANGES = [
    ("update DEV-1 status closed", "DEV-1"),
    ("close dev-1", "DEV-1"),
    ("закрой DEV-1", "DEV-1"),
    ("Удали OPS-2", "OPS-2"),
    ("assign DEV-1 to me", "DEV-1"),
    ("comment DEV-1 done", "DEV-1"),
    ("create DEV-1 --columns key", "DEV-1"),
]
WITHOUT_DOLLAR = [
    ("bugs", "Write `$bugs`."),
    ("changelog bugs", "Write `$bugs`."),
    ("count q", "Write `$q`."),
    ("open keys", "Write `$keys`."),
    ("bugs.key", "Write {{bugs.key}}."),
    ("comments bugs['key']", "Write {{bugs['key']}}."),
    ("bugs.head()", "Assign the value to a variable"),
]


@pytest.mark.parametrize(("line", "meant"), [each for kind in VALUES.values() for each in kind])
def test_a_certain_mistake_suggests_what_was_meant(line, meant):
    """The error has the line to type, which is no mistake."""
    with pytest.raises(BadOption, match=re.escape(f"Did you mean `%tracker {meant}`?")):
        parse(line)
    parse(meant)


@pytest.mark.parametrize("line", WITHOUT_SUGGESTION)
def test_a_certain_mistake_without_a_cure_is_an_error(line):
    """What the service would silently answer with nothing, or with something else, is refused."""
    with pytest.raises(BadOption) as caught:
        parse(line)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("query", NO_MISTAKES)
def test_a_value_that_a_field_may_have_is_no_mistake(query):
    """Text fields, fields of an organisation, what is quoted, and the query language are left alone."""
    assert parse(query).text == query.removeprefix("query ")


@pytest.mark.parametrize(("line", "key"), CHANGES)
@pytest.mark.parametrize("is_cell", [False, True])
def test_a_change_is_not_searched_for(line, key, is_cell):
    """A word for changing an issue, before its key, is an error that says where to change it."""
    with pytest.raises(BadOption, match=f"only reads issues.*`%tracker open {key}`"):
        parse(*(("", line) if is_cell else (line,)))


@pytest.mark.parametrize("query", ['""', '" "', 'query ""', 'count ""'])
def test_an_empty_text_alone_is_an_error(query):
    """A query of nothing but quotes would select everything."""
    with pytest.raises(BadOption, match="would select everything"):
        parse(query)


def test_no_wrong_question_replaces_a_variable(kernel, demo):
    """A variable keeps its value after each of them; only what may be text is sent."""
    kernel.run("df = old = object()")
    certain = [line for kind in VALUES.values() for line, _ in kind] + ALONE
    before = len([each for each in demo.journal if "/issues/_" in each.path])
    failed = {line: kernel.run(f"df = %tracker {line}").error for line in certain}
    assert {line: error for line, error in failed.items() if not error or error[0] != "BadOption"} == {}
    assert len([each for each in demo.journal if "/issues/_" in each.path]) == before
    for line in DOUBTFUL:
        for code in (f"df = %tracker {line}", f"%tracker df << {line}"):
            name, message = kernel.run(code).error
            assert name == "BadQuery", code
            assert "searched as text" in message, code
            assert "Nothing was stored: to search for the text, put it in quotes" in message, code
    assert "Переменная не изменена" in kernel.run("df = %tracker --lang ru xyzzy on start").error[1]
    assert kernel.run("df is old").result == "True"


def test_text_that_is_meant_is_stored(kernel):
    """What is quoted or follows `query` is stored, also if nothing is found; text beside conditions has a note."""
    for line in ('"xyzzy on start"', "query xyzzy on start", 'Queue: DEV "xyzzy"'):
        cell = kernel.run(f"df = %tracker {line}")
        assert cell.error is None, line
        assert "was searched as text" in cell.shown, line
        assert kernel.run("len(df)").result == "0", line
    assert kernel.run("df = %tracker Created: > 2100-01-01").shown.strip() == "0 issues."
    assert kernel.run("df = %tracker -q Created: > 2100-01-01").shown == ""


def test_a_stored_result_says_what_was_searched_as_text(kernel, demo):
    """If issues have an unquoted text beside conditions, a note says so; a quoted text has none."""
    issue = demo.world.issues["DEV-1"]
    summary = issue.values["summary"]
    with demo.lock:
        issue.values["summary"] = f"{summary} plugh"
    typed, quoted = kernel.run("df = %tracker Queue: DEV plugh"), kernel.run('df = %tracker Queue: DEV "plugh"')
    with demo.lock:
        issue.values["summary"] = summary
    assert kernel.run("list(df.key)").result == "['DEV-1']"
    assert "`plugh` was searched as text" in typed.shown
    assert (typed.error, quoted.error, quoted.shown) == (None, None, "")


@pytest.mark.parametrize(("line", "cure"), WITHOUT_DOLLAR)
def test_a_variable_needs_its_dollar(line, cure):
    """The name of a variable alone is an error that says what to type; after `query` it is text."""
    variables = {"bugs", "q", "keys"}
    with pytest.raises(BadOption, match="needs a `\\$`") as caught:
        parse(line, None, variables)
    assert cure in str(caught.value)
    assert parse("query bugs", None, variables).text == "bugs"


def test_only_variables_with_values_are_suggested(kernel):
    """Modules, functions and the shell's own names are neither suggested nor taken for variables."""
    known = Scope({}, {"bugs": pd.DataFrame(), "pd": pd, "find": print, "_old": 1, "hidden": 1}, {"hidden"})
    assert known.names() == {"bugs"}
    assert kernel.run("%tracker $nope").error[1].endswith("Define it in a cell above, and run that cell.")


def test_fields_are_columns_or_those_of_a_changelog():
    """`--fields` may be meant as either option."""
    with pytest.raises(BadOption, match="Did you mean `--columns`, or for a changelog `--field`"):
        parse("--fields key Queue: DEV")


@pytest.mark.parametrize("name", ["sort", "sort-by", "order", "order-by"])
def test_an_order_is_no_option(name):
    """It is part of the query, which the error says, and not a similar option (`--start`)."""
    with pytest.raises(BadOption) as raised:
        parse(f"-n 3 --{name} updated Queue: DEV")
    assert raised.value.hint == 'The order is part of the query, at its end: `"Sort By": Updated DESC`.'


def test_a_name_alone_above_a_query_lacks_its_arrows(kernel):
    """A variable on the first line of a cell without `<<` is an error; text, fields, queues and commands are none."""
    for line in ("df", "-n 5 df"):
        name, message = kernel.run(f"%%tracker {line}\nQueue: DEV").error
        assert (name, "`%%tracker df <<`" in message) == ("BadOption", True), line
    for line in ("", "df <<", "count", "query df", '"df"', "DEV", "crash on"):
        parse(line, "Queue: DEV")


@pytest.mark.parametrize(("code", "meant"), MISPLACED)
def test_a_magic_in_the_wrong_place_is_an_error_with_the_right_line(kernel, code, meant):
    """Where Python knows no magic, the error says what to write, and nothing is replaced."""
    kernel.run("df = n = old = object()")
    name, message = kernel.run(code).error
    assert (name, f"Write `{meant}` on a line of its own." in message) == ("BadOption", True), message
    assert kernel.run("df is old and n is old").result == "True"


def test_keys_are_read_in_any_case():
    """Keys in a list, a frame or a text are those in upper case, as the service reads them, too."""
    for given in (["dev-1", "OPS-2"], pd.DataFrame({"key": ["Dev-1", "ops-2"]}), "dev-1, ops-2"):
        assert read_keys(given) == ["DEV-1", "OPS-2"]
