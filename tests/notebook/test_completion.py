"""Completion as a pure function: which texts are offered at a cursor, and what they replace."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from tracker_magic.notebook.commands import BY_KEY, COMMANDS, OPTIONS, QUERY
from tracker_magic.notebook.completion import Completions, Names, complete, tooltip
from tracker_magic.query import FIELD_NAMES, OTHER_NAMES


def frame(**columns):
    """A frame as the magic returns it."""
    (made := pd.DataFrame(columns)).attrs["tracker"] = {"query": "Queue: DEV"}
    return made


NAMES = Names(
    records={
        "queues": [{"key": "DEV", "name": "Разработка"}, {"key": "OPS", "name": "Служба поддержки"}],
        "statuses": [
            {"key": "open", "name": "Открыт"},
            {"key": "inProgress", "name": "В работе"},
            {"key": "inProgress", "name": "In Progress"},
        ],
        "types": [{"key": "bug", "name": {"ru": "Ошибка", "en": "Bug"}}],
        "priorities": [{"key": "critical", "name": "Критичный"}],
        "resolutions": [{"key": "fixed", "name": "Решён"}],
        "users": [{"login": "kotova", "display": "Анна Котова"}, {"login": "belov", "display": "Илья Белов"}],
        "components": [{"name": "Корзина"}],
        "versions": [{"name": "2.0"}, {"name": "2.1 beta"}],
        "sprints": [{"id": 1, "name": "Sprint 1"}],
        "boards": [{"id": 1, "name": "Магазин"}],
        "fields": [
            {"id": "assignee", "name": "Исполнитель", "schema": {"type": "user"}},
            {"id": "fixVersions", "name": "Исправить в версиях", "schema": {"type": "array", "items": "version"}},
            {"id": "qa", "name": "Тестировщик", "schema": {"type": "user"}},
            {"id": "client", "name": "Заказчик проекта", "schema": {"type": "string"}},
        ],
        "local_fields": [
            {
                "id": "1--team",
                "key": "team",
                "name": "Команда",
                "queue": {"key": "DEV"},
                "schema": {"type": "string"},
                "optionsProvider": {"values": {"DEV": ["Касса", "Витрина и поиск"]}},
            }
        ],
    },
    variables={
        "bugs": frame(key=["DEV-1", "DEV-2"], tags=[["backend", "api"], None], epic=["DEV-9", None]),
        "totals": pd.DataFrame({"hours": [1]}),
        "keys": ["DEV-1"],
        "query": "Queue: DEV",
        "numbers": [1, 2],
        "count": 5,
        "function": print,
        "pandas": pd,
    },
    sessions=("main", "second"),
    zones=("Europe/Moscow", "UTC"),
    files=("notebooks/", "open.txt"),
)
EVERY_VALUE = ["bugs", "totals", "keys", "query", "numbers", "count"]


def at(cell: str, names: Names = NAMES) -> tuple[str, list[str]] | None:
    """What is replaced and what by, if Tab is pressed at the `|`."""
    cursor = cell.index("|")
    found = complete(cell.replace("|", "", 1), cursor, names)
    return found and (found.fragment, [text for text, _ in found.items])


@pytest.mark.parametrize(
    ("cell", "fragment", "texts"),
    [
        ("%tracker check|", "check", ["checklists"]),
        ("%tracker transi|", "transi", ["transitions"]),
        ("df = %tracker prio|", "prio", ["priorities", "Priority:"]),
        ("%tracker df << prio|", "prio", ["priorities", "Priority:"]),
        ("%tracker -q coun|", "coun", ["count"]),
        ("%tracker -n 5 coun|", "coun", []),
        ("%tracker versions --|", "--", [f"--{OPTIONS[key].name}" for key in COMMANDS["versions"].options]),
        ("%tracker --col|", "--col", ["--columns"]),
        ("%tracker --columns key --col|", "--col", []),
        ("%tracker changelog --fi|", "--fi", ["--field", "--file"]),
        ("%tracker changelog --field status --fi|", "--fi", ["--file"]),
        ("%tracker DEV-1 --col|", "--col", ["--columns"]),
        ("%tracker DEV-1, DEV-2 --columns key,sum|", "sum", ["summary"]),
        ("%tracker comments $bugs --time|", "--time", ["--timeout"]),
        ("%%tracker --col|\nQueue: DEV", "--col", ["--columns"]),
        ("%tracker --lang |", "", ["ru", "en"]),
        ("%tracker --lang=r|", "r", ["ru"]),
        ("%tracker login --save f|", "f", ["file"]),
        ("%tracker login --strategy me|", "me", ["metadata"]),
        ("%tracker -s |", "", ["main", "second"]),
        ("%tracker --tz mos|", "mos", []),
        ("%tracker --tz eu|", "eu", ["Europe/Moscow"]),
        ("%tracker --expand com|", "com", ["comments"]),
        ("%tracker --columns sta|", "sta", ["status", "statusType", "start", "statusStartTime"]),
        ("%tracker --columns key, sum|", "sum", ["summary"]),
        ("%tracker --columns +Испол|", "Испол", ["assignee"]),
        ("%tracker --columns dev|", "dev", ["DEV.team"]),
        ("%tracker changelog --field stor|", "stor", ["storyPoints"]),
        ("%tracker worklog --created-by Анна|", "Анна", ["kotova"]),
        ("%tracker versions D|", "D", ["DEV"]),
        ("%tracker fields служ|", "служ", ["OPS"]),
        ("%tracker sprints |", "", ["Магазин", *(f"--{OPTIONS[key].name}" for key in COMMANDS["sprints"].options)]),
        ("%tracker use s|", "s", ["second"]),
        ("%tracker help templ|", "templ", ["templates"]),
        ("%tracker help --l|", "--l", ["--limit", "--lang", "--log", "--leave"]),
        ("%tracker help colu|", "colu", ["columns", "--columns"]),
        ("%tracker config sea|", "sea", ["search_rps "]),
        ("%tracker config tz eu|", "eu", ["Europe/Moscow"]),
        ("%tracker config lang |", "", ["ru", "en"]),
        ("%tracker config progress f|", "f", ["False"]),
        ("%tracker config limit |", "", []),
        ("%tracker me |", "", [f"--{OPTIONS[key].name}" for key in COMMANDS["me"].options]),
        ("%tracker $|", "", ["bugs", "keys", "query"]),
        ("%tracker changelog $b|", "b", ["bugs"]),
        ("%tracker open $k|", "k", ["keys"]),
        ("%tracker -n $|", "", EVERY_VALUE),
        ("%tracker --columns $ke|", "ke", ["keys"]),
        ("%tracker sprints $n|", "n", ["numbers"]),
        ("%tracker -f $q|", "q", ["query"]),
        ("%tracker -f |", "", ["notebooks/", "open.txt"]),
        ("%tracker changelog --file=|", "", ["notebooks/", "open.txt"]),
        ("%tracker Queue: {{co|", "co", ["count"]),
        ("%tracker -n {{co|", "co", ["count"]),
        ("%tracker Queue: {{ |", "", EVERY_VALUE),
        ("%tracker Queue: {{totals.hou|", "hou", ["hours"]),
        ("%%tracker\nQueue: DEV\nKey: {{bugs.ke|", "ke", ["key"]),
        ("%tracker Queue: {{bugs['|", "", []),
        ("%%tracker\nQueue: {{count\nprio|", "prio", ["Priority:"]),
    ],
)
def test_the_line_around_a_query(cell, fragment, texts):
    """Commands, options of the command, values of the option, arguments, variables and templates are completed."""
    found = at(cell)
    assert found is not None
    assert found[1] == texts
    assert not texts or found[0] == fragment


NAMES_IN_A = ["Assignee:", "Author:", '"Affected Version":', "Access:"]


@pytest.mark.parametrize(
    ("query", "fragment", "texts"),
    [
        ("Summ|", "Summ", ["Summary:"]),
        ("summ|", "summ", ["Summary:"]),
        ("story|", "story", ['"Story Points":']),
        ('"Story P|', '"Story P', ['"Story Points":']),
        ('"Story P|"', '"Story P', ['"Story Points']),  # the editor has closed the quotes
        ("Story P|", "Story P", ['"Story Points":']),
        ("points|", "points", ['"Story Points":']),  # another word of the name
        ("createdA|", "createdA", ["Created:"]),  # the key of the API
        ("Summ|: text", "Summ", ["Summary"]),
        ("Испол|", "Испол", ["Assignee:"]),  # the language calls it by its English name only
        ("исправить в|", "исправить в", ['"Fix Version":']),
        ("Тест|", "Тест", ["Тестировщик:"]),  # fields of the organisation have no other name
        ("Заказчик п|", "Заказчик п", ['"Заказчик проекта":']),
        ("DEV.|", "DEV.", ["DEV.team:"]),
        ("Команда|", "Команда", ["DEV.team:"]),
        ("Queue: DEV Summ|", "Summ", ["Summary:"]),
        ("Queue: DEV Story P|", "Story P", ['"Story Points":']),
        ("Queue: DEV AND (Summ|", "Summ", ["Summary:"]),
        ("Queue: DEV A|", "A", [*NAMES_IN_A, "AND", '"Comment Author":']),
        ("Queue: DEV Summ| Status: open", "Summ", ["Summary:"]),
        ('"Sort |', '"Sort ', ['"Sort By":']),
        ('Queue: DEV "Sort|', '"Sort', ['"Sort By":']),
        ('Queue: DEV, OPS "Story|"', '"Story', ['"Story Points']),
        ('Queue: DEV Status: in progress "Fix|', '"Fix', ['"Fix Version":']),
        ('Status: "In Progress" "Заказ|', '"Заказ', ['"Заказчик проекта":']),
        ('Queue: DEV "Sort By": upd|', "upd", ["Updated", "Modifier"]),
        ('Queue: DEV "Sort By": Updated |', "", ["ASC", "DESC"]),
        ('Queue: DEV "Sort By": Updated DESC, Story|', "Story", ['"Story Points"']),
        ("Status: changed(|", "", ["from:", "to:", "by:", "date:"]),
        ("Status: changed(from: open t|", "t", ["to:"]),
        ("Status: changed(to: open) Summ|", "Summ", ["Summary:"]),
    ],
)
def test_names_in_a_query(query, fragment, texts):
    """Names are found in every way that people know them, and written as the language needs them."""
    found = at(f"%tracker {query}")
    assert found is not None
    assert found[0] == fragment
    assert found[1] == texts


DATES = ["now()", "today()", "week()", "month()", "quarter()", "year()"]
ANY = ["empty()", "notEmpty()"]


@pytest.mark.parametrize(
    ("query", "fragment", "texts"),
    [
        ("Queue: |", "", ["DEV", "OPS", *ANY, "changed(", "!"]),
        ("Queue: служ|", "служ", ["OPS"]),
        ("Queue: DEV, |", "", ["DEV", "OPS", *ANY, "changed(", "!"]),
        ("Queue:D|", "D", ["DEV"]),
        ("queue: d|", "d", ["DEV"]),
        ("Status: в|", "в", ['"В работе"']),
        ("Status: In P|", "In P", ['"In Progress"']),
        ('Status: "In P|', '"In P', ['"In Progress"']),
        ('Status: "In P|"', '"In P', ['"In Progress']),
        ("Status: !op|", "op", ["open"]),
        ("Status: ! |", "", ["Открыт", "open", '"В работе"', "inProgress", '"In Progress"', *ANY, "changed("]),
        ("Status: changed(from: op|", "op", ["open"]),
        ("Status: changed(from: open, i|", "i", ["inProgress", '"In Progress"']),
        ("Status: changed(by: ил|", "ил", ['"Илья Белов"', "belov@"]),
        ("Status: changed(date: > |", "", DATES),
        ("Type: ош|", "ош", ["Ошибка"]),
        ("Type: b|", "b", ["Bug", "bug"]),
        ("Priority: c|", "c", ["critical", "changed("]),
        ("Resolution: |", "", ["Решён", "fixed", "unresolved()", *ANY, "changed(", "!"]),
        (
            "Assignee: |",
            "",
            ['"Анна Котова"', "kotova@", '"Илья Белов"', "belov@", "me()", "group(value: ", *ANY, "changed(", "!"],
        ),
        ("Assignee: Кот|", "Кот", ['"Анна Котова"', "kotova@"]),
        ("Assignee: bel|", "bel", ['"Илья Белов"', "belov@"]),
        ("Тестировщик: анна|", "анна", ['"Анна Котова"', "kotova@"]),
        ("Components: кор|", "кор", ["Корзина"]),
        ('"Fix Version": 2|', "2", ['"2.0"', '"2.1 beta"']),
        ("Sprint: sp|", "sp", ['"Sprint 1"']),
        ('"Sprint In Progress By Board": маг|', "маг", ["Магазин"]),
        ("Tags: |", "", ["backend", "api", *ANY, "changed(", "!", "#", "~"]),
        ("Epic: D|", "D", ["DEV-9"]),
        ("Key: DEV-|", "DEV-", ["DEV-1", "DEV-2"]),
        ("Created: |", "", [*DATES, *ANY, ">", ">=", "<", "<=", "!"]),
        ("Created: >= to|", "to", ["today()"]),
        ("Created: 2026-01-01 .. to|", "to", ["today()"]),
        ('"Story Points": |', "", [*ANY, ">", ">=", "<", "<=", "!"]),
        ("DEV.team: |", "", ["Касса", '"Витрина и поиск"', *ANY, "changed(", "!", "#", "~"]),
        ("Summary: nothing|", "", []),
        ("Nobody: |", "", []),
    ],
)
def test_values_in_a_query(query, fragment, texts):
    """Values follow from the type of the parameter: those of its list, those seen in frames, functions, operators."""
    found = at(f"%tracker {query}")
    assert found is not None
    assert found[1] == texts
    assert found[0] == fragment


@pytest.mark.parametrize(
    "form",
    [
        "%tracker {}",
        "df = %tracker {}",
        "a.b['c'] = %tracker {}",
        "%tracker df << {}",
        "%tracker -n 5 -o df {}",
        "%tracker query {}",
        "%tracker count {}",
        "%tracker changelog --field status {}",
        "x = 1\nfor queue in queues:\n    found = %tracker {}",
        "%tracker Summary: don't\n%tracker {}",
        "%tracker Queue: DEV \\\n    {}",
        "%%tracker\n{}",
        "%%tracker {}",
        "%%tracker df << -n 5\n{}",
        "df = %%tracker\nQueue: DEV\n{}",
        "# a comment\n\n%%tracker count\n# another\n{}",
        "%%time\n%tracker {}",
    ],
)
def test_every_form_of_the_magic_is_completed(form):
    """A query is completed wherever it may stand, also before the end of a cell."""
    assert at(form.format("Status: op|")) == ("op", ["open"])
    assert at(form.format("Story Poi|")) == ("Story Poi", ['"Story Points":'])
    assert at(form.format("Status: op|") + "\nprint(df)") == ("op", ["open"])


@pytest.mark.parametrize(
    "cell",
    [
        "Stat|",
        "%trac|",
        "%tracker|",
        "%%tracker|",
        "%trackers Stat|",
        "x = '%tracker Stat|",
        "x = '''\n%tracker Stat|\n'''",
        "%tracker Queue: DEV\nStat|",
        "%tracker Queue: DEV\ndf = pd.|",
        "Stat|\n%tracker Queue: DEV",
        "f(x, %tracker Stat|",
        "%time %tracker Stat|",
        "%tracker --file que|",
        "%tracker?|",
        "if x:\n        y\n    %tracker Stat|",  # an indentation that cannot be
    ],
)
def test_other_code_is_left_to_ipython(cell):
    """Python code, texts, other magics and paths are none of the magic's business."""
    assert at(cell) is None


@pytest.mark.parametrize("cell", ["%%tracker\n# Stat|", "%%tracker\nQueue: DEV\n  # Stat|", "%tracker @|"])
def test_nothing_is_offered_if_nothing_is_known(cell):
    """In a comment, and after `@`, nothing is offered, Python's names neither."""
    found = complete(cell.replace("|", ""), cell.index("|"), NAMES)
    assert found == Completions(found.fragment)


def test_an_empty_line_offers_everything_that_may_begin_it():
    """All commands, names and options are offered, even if nothing is known of the organisation."""
    found = at("%tracker |", Names())
    assert found is not None
    texts = {text.rstrip(":").strip('"') for text in found[1]}
    assert texts == {
        *(name for name in COMMANDS if name != BY_KEY),
        *FIELD_NAMES.values(),
        *OTHER_NAMES,
        "Sort By",
        *(f"--{OPTIONS[key].name}" for key in COMMANDS[QUERY].options),
    }


def test_a_terminal_adds_no_brackets():
    """IPython's menu shows `()` after what is of the kind "function", and ours have brackets already."""
    cell = "%tracker Assignee: "
    found = complete(cell, len(cell), NAMES)
    assert found is not None
    assert {kind for text, kind in found.items if "(" in text} == {"keyword"}


def test_a_long_list_is_narrowed_by_what_is_typed():
    """Among very many people, the person meant is found; not all are offered at once, and functions still are."""
    users = [{"login": f"user{number}", "display": f"Имя{number} Фамилия{number}"} for number in range(20_000)]
    names = replace(NAMES, records={"users": users})
    found, everybody = at("%tracker Assignee: user19999|", names), at("%tracker Assignee: |", names)
    assert found is not None
    assert everybody is not None
    assert found[1] == ['"Имя19999 Фамилия19999"', "user19999@"]
    assert len(everybody[1]) <= 500
    assert "me()" in everybody[1]


@pytest.mark.parametrize(
    ("cell", "beginning"),
    [
        ("%tra|cker", "%tracker Queue: DEV"),
        ("%tracker| Queue: DEV", "%tracker Queue: DEV"),
        ("%tracker change|log DEV-1", "%tracker changelog"),
        ("df = %tracker -n 5 changelog| DEV-1", "%tracker changelog"),
        ("%%tracker count|\nQueue: DEV", "%tracker count"),
        ("%tracker link|-types", "%tracker link_types"),
        ("%tracker --lim|it 5 Queue: DEV", "-n, --limit"),
        ("%tracker -n| 5 Queue: DEV", "-n, --limit"),
        ("%tracker changelog --fi|eld status DEV-1", "--field"),
    ],
)
def test_a_tooltip_is_the_help_of_what_is_at_the_cursor(cell, beginning):
    """On the magic, a command or an option, its help is shown."""
    text = tooltip(cell.replace("|", ""), cell.index("|"))
    assert text is not None
    assert re.match(re.escape(beginning), text)


@pytest.mark.parametrize(
    "cell",
    [
        "%tracker Queue: coun|t",
        "%tracker Status|: open",
        "%tracker Status: op|en",
        "df = %tracker -n 5| Queue: DEV",
        "%tracker Summary: print|",
        "%tracker Summary: {{x}} print|",
        "%%tracker\ncount|",
    ],
)
def test_a_word_of_a_query_has_an_empty_tooltip(cell):
    """In a query, a command's name is a word like others, and so is a name of Python."""
    assert tooltip(cell.replace("|", ""), cell.index("|")) == ""


@pytest.mark.parametrize(
    "cell",
    [
        "count|",
        "x = 'count|'\n%tracker",
        "df.count|()\n%tracker Queue: DEV",
        "df| = %tracker Queue: DEV",
        "%tracker changelog $bu|gs",
        "%tracker Queue: {{na|me}}",
        "%%tracker\nQueue: {{name[0]|}}",
    ],
)
def test_python_has_no_tooltip_of_ours(cell):
    """Python outside the magic, and a variable in it, are left to the kernel."""
    assert tooltip(cell.replace("|", ""), cell.index("|")) is None
