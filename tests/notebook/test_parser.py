"""Parsing the line and the cell of the magic."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, NOTHING, OPTIONS, QUERY
from tracker_magic.notebook.options import Unfilled
from tracker_magic.notebook.parser import parse


def options(line: str, cell: str | None = None) -> dict:
    """The options of a parsed line."""
    return dict(parse(line, cell).options)


def test_a_query_is_kept_as_it_was_typed():
    """Apostrophes, quotes, braces, `$`, `%` and `>` in a query are text."""
    query = """Summary: don't "a b" {x} $y 100% >today()-1w"""
    assert parse(query).text == query
    assert parse(query).command == QUERY


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters='\r\n"«»„“”‚‘'), max_size=40))
def test_any_text_after_a_field_is_kept(text):
    """Whatever follows `Summary: x` is kept, without blanks around it, one closing `;`, quotes of a word processor."""
    query = f"Summary: x {text.replace('--', '==').replace('# ', '#')}"
    expected = query.strip()
    if expected.endswith(";"):
        expected = expected[:-1].rstrip()
    assert parse(query).text == expected


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters='\\"\r\n'), min_size=1, max_size=40))
def test_quoted_text_is_kept(text):
    """Inside quotes nothing is an option, a comment or a closing semicolon."""
    for query in (f'Summary: "{text}"', f'Summary: "--limit 5 {text};"'):
        assert parse(query).text == query
        assert parse("", f"{query}\n").text == query


def test_options_come_before_the_query():
    """Options are read until something else comes; what follows is text, also `-x`."""
    parsed = parse("-n 5 --columns key,summary --tz Europe/Moscow Queue: DEV -x")
    assert parsed.options == {"limit": 5, "columns": ["key", "summary"], "tz": "Europe/Moscow"}
    assert parsed.text == "Queue: DEV -x"


@pytest.mark.parametrize(
    "line", ["-n5 Q: x", "-n 5 Q: x", "-n=5 Q: x", "--limit=5 Q: x", "--limit 5 Q: x", '-n "5" Q: x']
)
def test_a_value_may_be_attached(line):
    """A value follows a blank, an equals sign, or directly the short name of an option."""
    assert options(line) == {"limit": 5}
    assert parse(line).text == "Q: x"


def test_dashes_and_underscores_are_equivalent():
    """`--dry_run` is `--dry-run`, and `link-types` is `link_types`."""
    assert options("--dry_run Q: x") == {"dry_run": True}
    assert parse("link-types").command == parse("link_types").command == "link_types"


def test_a_list_continues_after_a_comma():
    """`--columns key, summary` is one list, in spite of the blank."""
    assert options("--columns key, summary Q: x") == {"columns": ["key", "summary"]}


@pytest.mark.parametrize(
    "line",
    ['"Story Points,key"', '"Story Points",key', '"Story Points", key', '"Story Points,"key', "'Story Points,key'"],
)
def test_a_member_of_a_list_may_be_quoted(line):
    """Quotes stand around the whole list, or around one member with blanks."""
    parsed = parse(f"--columns {line} Q: x")
    assert parsed.options == {"columns": ["Story Points", "key"]}
    assert parsed.text == "Q: x"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--limt 5 Q: x", "Did you mean `--limit`"),
        ("--lim 5 Q: x", "unknown option `--lim`"),
        ("-z Q: x", "unknown option `-z`"),
        ("-qn 5 Q: x", "unknown option `-qn`"),
        ("-n many Q: x", "whole number above 0"),
        ("-n 0 Q: x", "whole number above 0"),
        (f"-n {'9' * 20} Q: x", "whole number above 0"),
        (f"-n {'9' * 5000} Q: x", "needs a whole number above 0"),
        ("-n limit Q: x", "not `limit`. The value of a variable is written {{limit}}."),
        ("--timeout limit Q: x", "written {{limit}}"),
        ("--timeout soon Q: x", "seconds above 0"),
        ("--lang fr Q: x", "one of ru, en"),
        ("-n 5 -n 6 Q: x", "given twice"),
        ("--limit", "needs a value"),
        ('--columns "" Q: x', "is empty"),
        ("--dry-run=yes Q: x", "takes no value"),
        ("-n 5", "no query and no command"),
        ("-o df", "nothing to store in it"),
        ("df <<", "nothing to store in it"),
        ("df << login?", "help is shown, and cannot be stored"),
        ("=", "nothing to store in it"),
        ("= ;", "nothing to store in it"),
        ("= -q", "nothing to store in it"),
        ("= login?", "help is shown, and cannot be stored"),
        ("queues --limit 5", "does not go with `queues`"),
        ("me too", "takes no argument"),
        ("changelog", "needs KEY… | QUERY | $VARIABLE"),
        ("versions", "needs QUEUE"),
        ("DEV-1 --filter 5", "does not go with"),
        ("DEV-1 --colums key", "Did you mean `--columns`"),
        ("DEV-1 -q later", "`later` is not an option"),
        ("feilds", "Did you mean `fields`"),
        ("feilds", "%tracker query feilds"),
        ("xyzzy", "`%tracker help` lists the commands"),
        ("chengelog DEV-1", "Did you mean `%tracker changelog DEV-1`"),
        ("count Queue: DEV  # how many", "everything after the query is part of it, also `# how many`"),
        ("= Queue: DEV # mine", "on a line of its own"),
        ("DEV-1  # mine", "also `# mine`"),
        ("fields DEV # its own", "also `# its own`"),
        ('Summary: #"a" # b', "also `# b`"),
        ("df << -o other Q: x", "two destinations"),
        ("= df << Q: x", "two destinations"),
        ("a << b << Q: x", "two destinations"),
        ("-o 5x Q: x", "is not the name of a variable"),
        ("-o class Q: x", "is not the name of a variable"),
    ],
)
def test_a_mistake_is_an_error_with_a_suggestion(line, message):
    """A wrong option or command raises BadOption, which names the mistake and suggests a similar name."""
    with pytest.raises(BadOption, match=re.escape(message)):
        parse(line)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("Queue: A --limit 5", "`%tracker -n 5 Queue: A`"),
        ("count Queue: A --tz UTC", "`%tracker count --tz UTC Queue: A`"),
        ("changelog Queue: A --field status", "`%tracker changelog --field status Queue: A`"),
        ("Queue: A --dry_run", "`%tracker --dry-run Queue: A`"),
        ("Queue: A -n 5", "`%tracker -n 5 Queue: A`"),
        ("Queue: A -o df -n5", "`%tracker df << -n 5 Queue: A`"),
        ("Queue: A -n {{n}}", "`%tracker -n {{n}} Queue: A`"),
    ],
)
def test_an_option_after_the_query_is_an_error(line, advice):
    """A known option inside a query raises BadOption, whose hint shows the corrected line."""
    with pytest.raises(BadOption, match="before the query") as caught:
        parse(line)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    "line",
    ["Summary: b --token x", "Queue: A --nonsense 5", 'Summary: "--limit 5"', "Summary: a--limit", "Queue: A -n five"],
)
def test_other_dashes_in_a_query_are_text(line):
    """Dashes in a query are text unless they begin a known option outside quotes, with a value that it can have."""
    assert parse(line).text == line


@pytest.mark.parametrize("line", ['Summary: #"a b"', 'Summary: "a # b"', "Summary: C#", "Summary: a #b", "a#b # "])
def test_other_hash_signs_in_a_line_are_text(line):
    """A hash sign in a line is text unless blanks surround it and words follow outside quotes."""
    assert parse(line).text == line.strip()


@pytest.mark.parametrize("body", ["dev-1\n", "Queue: DEV  # how many\n"])
def test_the_body_of_a_cell_is_kept(body):
    """Lower-case keys, and comments behind text, are text in a cell."""
    assert parse("", body).text == body.strip()


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ("dev-1", "DEV-1"),
        ("dev-1 --columns key", "DEV-1"),
        ("changelog Dev-1, OPS-2", "DEV-1, OPS-2"),
        ("open dev-1", "DEV-1"),
    ],
)
def test_keys_in_lower_case_are_read_as_keys(line, keys):
    """A line of nothing but keys in any case means those issues; how they were typed is kept."""
    parsed = parse(line)
    assert (parsed.text, parsed.typed.upper()) == (keys, keys)
    assert parsed.command != QUERY
    assert parse("DEV-1").typed == ""


@pytest.mark.parametrize("line", ["query dev-1", "count dev-1", "covid-19 wave"])
def test_lower_case_keys_can_be_searched_for(line):
    """After `query`, or beside other words, `dev-1` is text."""
    assert parse(line).command in {QUERY, "count"}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("df << Queue: A", "df"),
        ("df = << Queue: A", "df"),
        ("-n 5 df << Queue: A", "df"),
        ("-o df Queue: A", "df"),
        ("--output=df Queue: A", "df"),
        ("имя << Queue: A", "имя"),
    ],
)
def test_a_destination_comes_before_or_after_the_options(line, name):
    """`NAME <<`, `NAME = <<` and `-o NAME` name the variable and are no part of the query."""
    parsed = parse(line)
    assert (parsed.destination, parsed.text, parsed.silent) == (name, "Queue: A", True)


def test_an_empty_destination_is_none():
    """`-o ""` is a line without a destination, whose result is shown."""
    parsed = parse('-o "" Queue: A')
    assert (parsed.destination, parsed.silent) == (None, False)


def test_a_later_arrow_is_text():
    """`<<` inside the query is not a destination."""
    parsed = parse("Summary: a << b")
    assert (parsed.destination, parsed.text) == (None, "Summary: a << b")


@pytest.mark.parametrize(("line", "text"), [("Queue: A;", "Queue: A"), ("Queue: A ; ", "Queue: A"), ("me;", "")])
def test_a_closing_semicolon_hides_the_result(line, text):
    """One closing `;` outside quotes means `--quiet` and is removed."""
    parsed = parse(line)
    assert (parsed.quiet, parsed.text) == (True, text)


def test_a_closing_semicolon_in_a_cell_hides_the_result():
    """In a cell it is the closing `;` of the body that hides the result."""
    parsed = parse("", "Queue: A\nStatus: open;\n")
    assert (parsed.quiet, parsed.text) == (True, "Queue: A\nStatus: open")


def test_options_may_follow_keys():
    """Keys, names and variables may have options on both sides."""
    assert parse("-q DEV-1, DEV-2 --columns key").options == {"columns": ["key"]}
    assert parse("DEV-1").command == BY_KEY
    assert parse("$df --tz UTC").text == "$df"
    parsed = parse("changelog --field status $df --tz UTC")
    assert (parsed.text, parsed.options) == ("$df", {"field": ["status"], "tz": "UTC"})
    assert parse('sprints "My -x board" -q').text == '"My -x board"'


@pytest.mark.parametrize(
    ("line", "cell", "command", "text"),
    [
        ("$df --tz UTC", None, BY_KEY, "$df"),
        ("{{ df['a b'] }} --tz UTC", None, BY_KEY, "{{ df['a b'] }}"),
        ("--tz UTC {{df}}", None, BY_KEY, "{{df}}"),
        ("--tz UTC", "# why\n{{df}}\n", BY_KEY, "{{df}}"),
        ("count $df --tz UTC", None, "count", "$df"),
        ("count --tz UTC", "{{df}}\n", "count", "{{df}}"),
        ("query {{df}} --tz UTC", None, QUERY, "{{df}}"),
        ("changelog {{df}} --tz UTC", None, "changelog", "{{df}}"),
        ("--tz UTC {{a}} {{b}}", None, QUERY, "{{a}} {{b}}"),
        ("--tz UTC $df.key", None, QUERY, "$df.key"),
    ],
)
def test_a_variable_alone_may_have_options_on_both_sides(line, cell, command, text):
    """`$name` and `{{…}}` alone are an argument, not a query that goes on to the end."""
    parsed = parse(line, cell)
    assert (parsed.command, parsed.text, parsed.options) == (command, text, {"tz": "UTC"})


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("-n {{n}} Q: x", "limit", Unfilled("{{n}}")),
        ("-n{{n}} Q: x", "limit", Unfilled("{{n}}")),
        ("-n $n Q: x", "limit", Unfilled("$n")),
        ("-n={{ n }} Q: x", "limit", Unfilled("{{ n }}")),
        ("--columns {{cols}}, key Q: x", "columns", Unfilled("{{cols}},key")),
        ('--columns "{{cols}}" Q: x', "columns", Unfilled("{{cols}}", is_quoted=True)),
        ('--columns "$cols" Q: x', "columns", ["$cols"]),
        ("--lang $lang Q: x", "lang", Unfilled("$lang")),
        ("--columns a$b,$5 Q: x", "columns", ["a$b", "$5"]),
        ("--columns {a} Q: x", "columns", Unfilled("{a}")),
        ("--columns {5} Q: x", "columns", ["{5}"]),
    ],
)
def test_an_option_that_names_variables_stays_as_it_was_typed(line, key, value):
    """A value with `{{…}}`, or with `$name` outside quotes, is checked after it was filled in."""
    assert parse(line).options == {key: value}
    assert parse(line).text == "Q: x"


@pytest.mark.parametrize("name", ["{{name}}", "$name"])
def test_a_destination_may_be_in_a_variable(name):
    """`-o {{name}}` stays as typed; a second destination is an error as before."""
    assert parse(f"-o {name} Q: x").destination == name
    with pytest.raises(BadOption, match="two destinations"):
        parse(f"df << -o {name} Q: x")


@pytest.mark.parametrize("line", ["Status: open", "status : open", "count: 5", "Count DEV", "DEV-1 text"])
def test_only_a_first_lower_case_word_without_a_colon_is_a_command(line):
    """A line that does not begin with such a word is a query."""
    assert parse(line).command == QUERY


def test_a_command_is_on_the_first_line_of_a_cell():
    """A single word in a cell's body is text; the first line may contain the command and a part of the query."""
    assert parse("", "feilds\n").text == "feilds"
    assert parse("", "count\n").command == QUERY
    parsed = parse("count Queue: A", "Status: open\n")
    assert (parsed.command, parsed.text) == ("count", "Queue: A\nStatus: open")


def test_comment_lines_of_a_cell_are_removed():
    """Lines that begin with `# ` are comments; `#"exact"` and lines inside quotes are kept."""
    body = '# a "comment\nQueue: A\n#\nSummary: #"x"\nDescription: "one\n# two"\n'
    assert parse("", body).text == 'Queue: A\nSummary: #"x"\nDescription: "one\n# two"'


def test_a_question_mark_after_a_command_asks_for_help():
    """`login?` and `?` ask for help; `Summary: what?` is a query."""
    assert (parse("login?").command, parse("login?").text) == ("help", "login")
    assert parse("?").command == "help"
    assert parse("Summary: what?").text == "Summary: what?"


def test_a_leading_equals_sign_means_that_python_assigns():
    """The input transformer marks assignments with a leading `=`."""
    parsed = parse("= -q Queue: A")
    assert (parsed.assigned, parsed.quiet, parsed.text) == (True, True, "Queue: A")


def test_an_empty_line_asks_for_the_short_help():
    """An empty line, or a cell of nothing but comments, asks for the short help."""
    assert parse("").command == parse("", "\n").command == parse("", "# only this\n").command == NOTHING


@pytest.mark.parametrize(
    "line",
    [
        "login --token y0_AgAAAAAAAAAAAA",
        "--token x login",
        "login y0_AgAAAAAAAAAAAA",
        "login secret-of-mine",
        "--password hunter2 Queue: A",
        "df << --token hunter2 Queue: A",
        "login --nonsense --token hunter2",
        "t1.abcdefghijk.abcdefghijk",
        "login --org-id y0_AgAAAAAAAAAAAA",
    ],
)
def test_a_token_on_a_line_is_refused_first(line):
    """A token is refused before anything else; the message says that it is in the history, and does not repeat it."""
    with pytest.raises(BadOption, match="already in IPython's history") as caught:
        parse(line)
    for secret in ("y0_AgAAAAAAAAAAAA", "secret-of-mine", "hunter2", "abcdefghijk"):
        assert secret not in str(caught.value)


def test_every_command_and_option_can_be_parsed():
    """Each command of the table parses to itself, and each option belongs to a command."""
    for name, command in COMMANDS.items():
        argument = {"query": "Queue: A", "issues": "DEV-1", "keys": "DEV-1"}.get(command.takes, "x" * command.required)
        line = argument if name == BY_KEY else f"{name} {argument}"
        assert parse(line).command == name
    assert set(OPTIONS) == {key for command in COMMANDS.values() for key in command.options}


@pytest.mark.parametrize("line", ["token {}", "Queue: DEV {}", "count {}", "OAuth {}", "query {}", "Summary: {}"])
def test_a_token_is_refused_wherever_it_stands(line):
    """A token is searched for nowhere: the line and the note on it would be saved with the notebook."""
    typed = line.format("y0_" + "A" * 40)
    for arguments in ((typed,), ("", typed)):
        with pytest.raises(BadOption, match="looks like a token") as caught:
            parse(*arguments)
        assert "y0_" not in str(caught.value)
