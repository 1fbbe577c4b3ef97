"""Variables, templates and query files in a real kernel: what is sent, and what stays as it was."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import tracker_magic

QUERY = 'Queue: OPS Summary: !"{x} $y" Type: !epic'
DEFINE = f"""
import datetime, enum, pathlib, zoneinfo
import numpy as np, pandas as pd
q, word, empty, none, n, wrong, zone, board = {QUERY!r}, "crash", [], None, 3, 2.5, "Asia/Tokyo", 1
ks, kinds, cols = ["DEV-1", "DEV-2"], ["bug", "task"], ["summary", "status"]
bugs = %tracker -n 4 --columns summary Type: bug
keyless, rowless = bugs.drop(columns="key"), bugs[:0]
cut = "x \\ud83d"
lang, field, name, queue, large, digits = "en", "status", "df", "DEV", np.int64(2), "2"
path, file, tokyo = "q.txt", pathlib.Path("q.txt"), zoneinfo.ZoneInfo("Asia/Tokyo")
file.write_text("DEV-1")
colour = enum.Enum("Colour", "RED").RED
day, stamp = datetime.date(2026, 3, 1), pd.Timestamp("2026-03-01 09:00", tz="Europe/Moscow")
df = old = object()
"""


@pytest.fixture
def notebook(kernel):
    """The kernel with variables of every type."""
    assert kernel.run(DEFINE).error is None
    return kernel


def queries(demo, since: int = 0) -> list[str]:
    """The queries that were sent to search and count."""
    return [each.body["query"] for each in demo.journal[since:] if isinstance(each.body, dict) and "query" in each.body]


def test_a_text_alone_is_the_query(notebook, demo):
    """`$q` and `{{q}}` alone send the text in `q` byte for byte, with every command and in a cell."""
    for code in (
        "%tracker --columns key $q",
        "%tracker $q --columns key -n 2",
        "%tracker --columns key {{q}}",
        "df = %tracker {{ q }} --columns key",
        "%tracker query $q",
        "%%tracker --columns key\n$q\n",
        "%%tracker --columns key\n# a comment\n{{q}}\n",
        "%tracker count $q",
        "%tracker count {{q}} --timeout 30",
        "%%tracker count\n{{q}}\n",
        "%tracker --dry-run $q",
        "%tracker changelog $q",
        "%tracker changelog --field status {{q}} --tz UTC",
        "%tracker comments {{q}}",
        "%%tracker links\n$q\n",
        "%tracker worklog $q",
        "def ask(q):\n    frame = %tracker $q\n    return frame\nframe = ask(q)",
    ):
        before = len(demo.journal)
        assert (code, notebook.run(code).error) == (code, None)
        assert (code, set(queries(demo, before))) == (code, {QUERY})


def test_a_word_alone_is_a_query_too(notebook, demo):
    """A text without a field in it is searched for, as if it had been typed; beside other text it is quoted."""
    for code in ("%tracker count $word", "%tracker count {{word}}"):
        notebook.run(code)
        assert queries(demo)[-1] == "crash"
    notebook.run("%tracker count Summary: {{word}}")
    assert queries(demo)[-1] == 'Summary: "crash"'


def test_whatever_contains_keys_names_its_issues(notebook):
    """A frame, Series, Index, list, tuple, set or text of keys counts and gives these issues."""
    for keys in (
        "bugs",
        "bugs.key",
        "bugs.set_index('key').index",
        "list(bugs.key)",
        "tuple(bugs.key)",
        "set(bugs.key)",
        "', '.join(bugs.key)",
    ):
        notebook.run(f"k = {keys}")
        for code in ("%tracker count $k", "%tracker count {{k}}", "%%tracker count\n$k\n"):
            assert (keys, notebook.run(code).result) == (keys, "4")
        assert notebook.run("again = %tracker --columns key {{k}}").error is None
        assert (keys, notebook.run("set(again.key) == set(bugs.key)").result) == (keys, "True")
    assert notebook.run("links = %tracker open {{k}}\nlen(links)").result == "4"


WRONG = {
    "instead of issues": [
        ("$bugs['key']", "Write {{bugs['key']}}"),
        ("$bugs.key", "Write {{bugs.key}}"),
        ("$ks[0]", "Write {{ks[0]}}"),
        ("count $bugs.key", "Write {{bugs.key}}"),
        ("open $ks[0]", "Write {{ks[0]}}"),
        ("changelog $bugs['key']", "Write {{bugs['key']}}"),
        ("$bgs", "$bgs is not defined. Did you mean $bugs?"),
        ("{{bgs}}", "{{bgs}} is not defined. Did you mean {{bugs}}?"),
        ("$none", "$none is None"),
        ("count {{empty}}", "{{empty}} is an empty list"),
        ("$rowless", "$rowless is an empty DataFrame"),
        ("changelog $rowless", "$rowless is an empty DataFrame"),
        ("count $keyless", "$keyless: this frame has no column `key`"),
        ("count $n", "$n: keys must be a list or a string, not int"),
    ],
    "in a query": [
        ("Key: $bugs", "Write {{bugs}}"),
        ("$bugs $ks", "Write Key: {{bugs}}"),
        ("DEV-1 {{ks}}", "Write Key: {{ks}}"),
        ("Type: {kinds}", "Write {{kinds}}"),
        ("Type: $kinds", "Write {{kinds}}"),
        ("Type: $kindz", "Did you mean {{kinds}}?"),
        ("$q Status: open", "Join them in Python"),
        ("{{q}} Status: open", "Join them in Python"),
        ("Type: {{empty}}", "{{empty}}: the list is empty"),
        ("Type: {{colour}}", "{{colour}}: the query language cannot express a value of type Colour"),
    ],
    "as an argument": [
        ("sprints $bord", "$bord is not defined. Did you mean $board?"),
        ("sprints $bugs", "$bugs is of type DataFrame, but a text, a number or a date is needed"),
        ("sprints $none", "$none is None"),
        ("sprints $ks", "$ks is of type list"),
        ("fields my $q", "Write {{q}}"),
        ("login $q", "$q is not the name of a session"),
    ],
    "as an option": [
        ("-n {{wrong}} Queue: DEV", "--limit needs a whole number above 0, not `2.5` ({{wrong}} is of type float)"),
        ("-n $q Queue: DEV", "($q is of type str)"),
        ("-n $none Queue: DEV", "--limit: $none is None"),
        ("-n {{ks}} Queue: DEV", "--limit: {{ks}} is of type list"),
        ("-n $m Queue: DEV", "--limit: $m is not defined"),
        ("--timeout {{q}} Queue: DEV", "--timeout needs seconds above 0"),
        ("--columns $bugs Queue: DEV", "--columns: $bugs is of type DataFrame, but a list of texts is needed"),
        ("--columns $empty Queue: DEV", "--columns is empty ($empty is of type list)"),
        ("--columns key,$cols Queue: DEV", "--columns: $cols inserts no value here. Write {{cols}}"),
        ("--lang {{q}} Queue: DEV", "({{q}} is of type str). It is one of ru, en."),
        ("-n {n} Queue: DEV", "--limit: {n} inserts no value here. Write {{n}}"),
        ("-f {{cut}}", "--file: {{cut}}: a text has '\\ud83d' at position 2"),
        ("-f {{none}}", "--file: {{none}} is None"),
        ("worklog --since $ks", "--since: $ks is of type list"),
    ],
}


@pytest.mark.parametrize("lines", WRONG.values(), ids=WRONG)
def test_a_wrong_variable_is_an_error_and_the_destination_is_kept(notebook, demo, lines):
    """A variable that cannot be meant is an error with what to type, before anything is sent; `df` stays as it was."""
    before = len(demo.journal)
    for line, message in lines:
        for code in (f"df = %tracker {line}", f"%tracker df << {line}"):
            name, text = notebook.run(code).error
            assert (code, name, message in text) == (code, "BadOption", True), text
    assert notebook.run("df is old").result == "True"
    assert len(demo.journal) == before


def test_a_wrong_name_of_a_destination_is_an_error(notebook, demo):
    """A destination in a variable must be a name."""
    before = len(demo.journal)
    assert "--output: $ks is of type list" in notebook.run("%tracker -o $ks Queue: DEV").error[1]
    assert "is not the name of a variable" in notebook.run("%tracker -o {{q}} Queue: DEV").error[1]
    assert "two destinations" in notebook.run("%tracker df << -o $word Queue: DEV").error[1]
    assert len(demo.journal) == before


def test_a_dollar_between_quotes_is_text(notebook, demo):
    """Quotes make text of `$name` and `{name}`, in queries, names and options."""
    notebook.run('%tracker count Summary: "$bugs {kinds}" OR Summary: 100% $5')
    assert queries(demo)[-1] == 'Summary: "$bugs {kinds}" OR Summary: 100% $5'
    assert "$kinds" in notebook.run('%tracker sprints "$kinds"').error[1]


FILLED = {
    "in an option": [
        ("df = %tracker -n {{n}} Queue: DEV", "len(df)", "3"),
        ("df = %tracker -n $n Queue: DEV", "len(df)", "3"),
        ("df = %tracker -n$n Queue: DEV", "len(df)", "3"),
        ("df = %tracker --limit={{ n }} Queue: DEV", "len(df)", "3"),
        ("df = %tracker -n {{large}} Queue: DEV", "len(df)", "2"),
        ("df = %tracker -n {{digits}} Queue: DEV", "len(df)", "2"),
        ("df = %tracker DEV-1 --columns $cols", "list(df)", "['key', 'summary', 'status', 'status.key']"),
        ("df = %tracker --columns {{cols}},key DEV-1", "list(df)", "['key', 'summary', 'status', 'status.key']"),
        ("df = %tracker --timeout {{n}} DEV-1", "len(df)", "1"),
        ("df = %tracker --tz $zone DEV-1", "df.attrs['tracker']['tz']", "'Asia/Tokyo'"),
        ("df = %tracker --tz {{tokyo}} DEV-1", "str(df.createdAt.dt.tz)", "'Asia/Tokyo'"),
        ("df = %tracker --lang $lang DEV-1", "df.attrs['tracker']['lang']", "'en'"),
        ("df = %tracker changelog --field $field Queue: DEV", "set(df.field)", "{'status'}"),
        ("df = %tracker changelog Queue: DEV", "len(df) > 0", "True"),
        ("df = %tracker -f $path", "list(df.key)", "['DEV-1']"),
        ("df = %tracker -f {{file}}", "list(df.key)", "['DEV-1']"),
    ],
    "as the destination": [
        ("%tracker -o {{name}} -n 1 Queue: DEV", "len(df)", "1"),
        ("%tracker --output=$name -n 2 Queue: DEV", "len(df)", "2"),
    ],
    "as an argument": [
        ("df = %tracker sprints $board", "set(df['board.id'])", "{'1'}"),
        ("df = %tracker sprints {{board}} --tz {{zone}}", "set(df['board.id'])", "{'1'}"),
        ("typed = %tracker fields DEV\ndf = %tracker fields {{queue}}", "df.equals(typed)", "True"),
        ("df = %tracker worklog --since {{day}} --until {{stamp}}", "list(df)[0]", "'key'"),
        ("df = %tracker worklog --since $stamp DEV-1", "list(df)[0]", "'key'"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("cases", FILLED.values(), ids=FILLED)
def test_every_option_and_argument_takes_a_variable(notebook, cases):
    """`$name` and `{{name}}` are filled in before the type of the option is checked."""
    for code, expression, result in cases:
        assert (code, notebook.run(code).error) == (code, None)
        assert (code, notebook.run(expression).result) == (code, result)


def test_a_query_file_may_come_from_windows(notebook, demo):
    """A BOM, CRLF, a lone CR and comments do no harm to a query in a file."""
    for content in (
        b"\xef\xbb\xbfQueue: OPS\r\nType: bug\r\n",
        b"# why\r\nQueue: OPS\r\n# more\r\nType: bug;\r\n",
        b"# why\rQueue: OPS\rType: bug\r",
        "\ufeff# почему\nQueue: OPS\nType: bug".encode(),
    ):
        notebook.run(f"_ = file.with_name('w.txt').write_bytes({content!r})")
        assert notebook.run("df = %tracker count -f w.txt").error is None
        assert queries(demo)[-1] == "Queue: OPS\nType: bug"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Queue: OPS".encode("utf-16"), "is not in UTF-8. Save it again with the encoding UTF-8"),
        ("Queue: OPS".encode("utf-16-le"), "is not in UTF-8"),
        ("Queue: ОТДЕЛ".encode("cp1251"), "is not in UTF-8"),
        (b"\xef\xbb\xbf\r\n# only this\r\n", "the query file w.txt is empty"),
        (b"Key: $bugs", "Write {{bugs}}"),
        (b"{{bugs.key}}", "not the name of a variable"),
    ],
)
def test_a_query_file_that_cannot_be_meant_is_an_error(notebook, demo, content, message):
    """A file in another encoding, an empty one, and a wrong variable in one are errors; `df` stays as it was."""
    notebook.run(f"_ = file.with_name('w.txt').write_bytes({content!r})")
    before = len(demo.journal)
    for command in ("", "count ", "changelog "):
        name, text = notebook.run(f"df = %tracker {command}-f w.txt").error
        assert (name, message in text) == ("BadOption", True), text
    assert notebook.run("df is old").result == "True"
    assert len(demo.journal) == before


def test_a_query_file_beside_a_variable_is_an_error(notebook):
    """Two sources are one too many, also if one of them is a variable."""
    notebook.run("open('w.txt', 'w').write('Queue: DEV')")
    for code in ("%tracker query -f w.txt $q", "%tracker changelog -f w.txt $bugs", "%tracker count -f w.txt $bugs"):
        assert "one typed and one in a file" in notebook.run(code).error[1]


def test_parameters_drive_a_notebook(demo, tmp_path, monkeypatch):
    """Values in an injected cell decide query, limit, columns, zone and destination, as papermill does it."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(tracker_magic.__file__).parents[1]))
    cells = [
        "query, limit, columns, zone, kinds, target = 'Queue: OPS', 1, ['summary'], 'UTC', ['epic'], 'one'",
        "query = 'Queue: DEV'\nlimit = 2\ncolumns = ['status']\nzone = 'Asia/Tokyo'\nkinds = ['bug']\ntarget = 'two'",
        "%load_ext tracker_magic\n%tracker -o {{target}} -n {{limit}} --columns {{columns}} --tz {{zone}} {{query}}",
        "number = %tracker count Queue: DEV Type: {{kinds}}",
        "print(len(two), list(two), two.attrs['tracker']['query'], two.attrs['tracker']['tz'], number > 0)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
    notebook.cells[1].metadata["tags"] = ["injected-parameters"]
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = "".join(each.text for each in notebook.cells[-1].outputs)
    assert shown == "2 ['key', 'status', 'status.key'] Queue: DEV Asia/Tokyo True\n"
    assert queries(demo)[-1] == 'Queue: DEV Type: "bug"'
