"""The help, generated from the tables of commands and options; a test runs every example."""

import re
from collections.abc import Iterable
from typing import Final

from tracker_magic.errors import BadOption
from tracker_magic.layout import table, wrapped
from tracker_magic.names import best_match
from tracker_magic.notebook.commands import (
    BY_KEY,
    COMMANDS,
    OPTIONS,
    SHORTS,
    Command,
    command_named,
    option_named,
)
from tracker_magic.notebook.flow_options import METRICS, options_of_metric
from tracker_magic.notebook.options import Option
from tracker_magic.printable import quoted

GROUPS: Final = {
    "session": "Sessions",
    "issues": "Issues and their parts",
    "flow": "Flow analytics",
    "lists": "Lists of the organisation",
    "help": "More",
}

FORMS: Final = (
    ("%tracker Queue: DEV Status: open", "a query, as typed; options come before it"),
    ("df = %tracker -n 500 Queue: DEV", "in df, not shown; also `df <<`, `-o df`"),
    ("%tracker DEV-1", "one issue; several keys give a frame"),
    ("%tracker changelog $df", "the issues in a variable"),
    ("%%tracker", "the cell below is the query; `# `: comment"),
)

TEMPLATES: Final = (
    (
        "{{name}} in a query is replaced by the value of a variable, quoted as its type needs it: a name, an attribute "
        "({{sprint.id}}) or an index ({{rows[0]}}). Nothing is called, and names that begin with an underscore are "
        "refused. In a query file (-f) only the name of a variable may stand there. Other braces are text."
    ),
    (
        ("text", '"text", escaped; inside quotes that you typed it is only escaped; an empty one is an error'),
        ("number", "as it is"),
        ("date", '2026-03-01; datetimes "2026-03-01 09:00:00" in UTC (naive ones are in the setting `tz`)'),
        ("timedelta", '"1d 2h"'),
        ("list, Series", "a, b, c; an empty one is an error, since a field without a value would select everything"),
        ("frame", "its column `key`"),
        ("None, NaN", "empty(), if nothing else is asked of the field; after an operator or in a list, an error"),
    ),
    (
        "$name or {{name}} alone, in place of keys or a query, means issues: a frame with `key`, a list of keys, or a "
        "query in a text. An option, or a name such as a board's, may be a variable, too: -n {{limit}}, --columns "
        "$names. Any other $name outside quotes is an error."
    ),
    (
        'kinds = ["bug", "task"]',
        "%tracker count Queue: DEV Type: {{kinds}}",
        "bugs = %tracker Queue: DEV Type: {{kinds[0]}}",
        "%tracker changelog $bugs",
    ),
)

TOPICS: Final = ("keys", "templates")

_QUESTION: Final = re.compile(r'(?P<topic>[^\s":?]*)\s?\?{1,2}')
_ABOUT_OPTION: Final = re.compile(r"help\s+(?P<topic>-{1,2}[A-Za-z][\w-]*)|(?P<option>-{1,2}[A-Za-z][\w-]*)\?{1,2}")


def help_topic(line: str) -> str | None:
    """Return the topic of `WORD?`, `--option?`, a lone `?` or `help --option`; None: it is no request for help."""
    if match := _ABOUT_OPTION.fullmatch(line):
        return match["topic"] or match["option"]
    match = _QUESTION.fullmatch(line)
    return match["topic"] if match else None


def short() -> str:
    """Return the help of an empty line: the forms and the names of the commands."""
    commands = [wrapped(f"{title}: {', '.join(_names(group))}", 4, first=2) for group, title in GROUPS.items()]
    more = "%tracker help · %tracker help query · %tracker COMMAND? · Tab completes"
    return "\n".join([table("", FORMS, 33), "", *commands, "", more])


def topic(name: str) -> str:
    """Return the help about a command, an option, one of TOPICS, or everything. Raises BadOption for another topic.

    After a dash it is an option; without one, a command comes before an option of the same name.
    """
    word = name.strip().lstrip("-%")
    is_option = name.strip().startswith("-")
    if word in {"", "tracker"}:
        return _everything()
    if word == "templates":
        return _templates()
    option = option_named(word) or SHORTS.get(word)
    command = COMMANDS[BY_KEY] if word in {"keys", BY_KEY} else command_named(word)
    if option and (is_option or not command):
        return _of_option(option)
    if command:
        return _of_command(command)
    if (metric := word.replace("-", "_")) in METRICS:
        return _of_metric(metric)
    raise _unknown_topic(word, is_option=is_option)


def _unknown_topic(word: str, *, is_option: bool) -> BadOption:
    options = [f"--{each.name}" for each in OPTIONS.values()]
    similar = (
        best_match(f"--{word}", options)
        if is_option
        else best_match(word, [*COMMANDS, *METRICS, *(each.name for each in OPTIONS.values()), *TOPICS])
    )
    hint = f"Did you mean `%tracker help {similar}`?" if similar else "`%tracker help` lists all topics."
    return BadOption(f"there is no help about {quoted(word)}", hint=hint)


def examples() -> list[str]:
    """Return every example that the help shows but those of the query language, each after what it needs."""
    forms = [form if form != "%%tracker" else "%%tracker\n# of one queue\nQueue: DEV" for form, _ in FORMS]
    of_commands = [example for command in COMMANDS.values() for example in command.examples]
    return list(dict.fromkeys([*forms, *TEMPLATES[-1], *of_commands]))


def _names(group: str) -> Iterable[str]:
    return (command.name for command in COMMANDS.values() if command.group == group)


def _everything() -> str:
    parts = [table("", FORMS, 33)]
    for group, title in GROUPS.items():
        rows = [(each.name, each.help) for each in COMMANDS.values() if each.group == group]
        parts.append(table(title, rows))
    parts.append(table("Options", [(option.usage, option.help) for option in OPTIONS.values()]))
    parts.append(
        wrapped(
            "More: %tracker help COMMAND, %tracker help OPTION, %tracker help query (the query language), %tracker "
            "help templates ({{…}} and $name). No command changes anything in Tracker."
        )
    )
    return "\n\n".join(parts)


def _of_command(command: Command) -> str:
    name = "" if command.name == BY_KEY else f"{command.name} "
    options = [(OPTIONS[key].usage, OPTIONS[key].help) for key in command.options]
    usage = f"%tracker {name}{command.usage or (BY_KEY if not name else '')}".rstrip()
    parts = [f"{usage}\n{wrapped(command.help, 4, first=4)}"]
    if command.examples:
        parts.append("\n".join(["Examples", *(f"  {example}" for example in command.examples)]))
    if command.takes_metric:
        parts.append(table("METRIC", METRICS.items()))
    parts.append(table("Options", options))
    if command.takes in {"query", "issues"}:
        parts.append("The query language: %tracker help query. {{…}} and $name: help templates.")
    return "\n\n".join(parts)


def _of_metric(metric: str) -> str:
    options = [(OPTIONS[key].usage, OPTIONS[key].help) for key in options_of_metric(metric)]
    usage = f"%tracker flow {metric} [KEY… | QUERY | $VARIABLE]"
    more = wrapped(f"In Python: t.flow({metric!r}, …); flow.{metric}? describes the result.")
    return f"{usage}\n{wrapped(METRICS[metric], 4, first=4)}\n\n{table('Options', options)}\n\n{more}"


def _of_option(option: Option) -> str:
    commands = ", ".join(each.name for each in COMMANDS.values() if option.key in each.options)
    return f"{option.usage}\n{wrapped(option.help, 4, first=4)}\n\n{wrapped(f'Goes with: {commands}', 4)}"


def _templates() -> str:
    introduction, values, variables, lines = TEMPLATES
    shown = "\n".join(["Examples", *(f"  {line}" for line in lines)])
    return "\n\n".join([wrapped(introduction), table("", values), wrapped(variables), shown])
