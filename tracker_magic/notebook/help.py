"""The help, generated from the tables of commands and options; a test runs every example."""

from collections.abc import Iterable
from typing import Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import COMMANDS, OPTIONS, Command, command_named, nearest, option_named

GROUPS: Final = {
    "session": "Sessions",
    "issues": "Issues and their parts",
    "lists": "Lists of the organisation",
    "help": "More",
}

FORMS: Final = """\
%tracker Queue: DEV Status: open       the query is sent as typed; options come before it
df = %tracker -n 500 Queue: DEV        the result is stored in df, not shown; also `df <<`, `-o df`
%tracker DEV-1                         one issue; several keys give a frame; $df: the keys in a variable
%%tracker                              the cell below is the query; lines that begin with `# ` are comments"""

TEMPLATES: Final = """\
{{name}} in a query is replaced by the value of a variable, quoted as its type needs it: a name, an attribute
({{sprint.id}}) or an index ({{rows[0]}}); nothing is called, and names that begin with an underscore are refused.
In a query file (-f) only the name of a variable may stand there. Other braces are text.

    text           "text", escaped; inside quotes that you typed it is only escaped
    number         as it is
    date           2026-03-01; datetimes "2026-03-01 09:00:00" in UTC (naive ones are in the setting `tz`)
    timedelta      "1d 2h"
    list, Series   a, b, c; an empty one is an error, since a field without a value would select everything
    frame          its column `key`
    None, NaN      empty()

$name in place of keys or a query means issues: a frame with `key`, or a list of keys."""

LANGUAGE: Final = """\
The query language in short (the full description is in the service's documentation):

    Queue: DEV Status: open                 all conditions must be true; also AND, OR, ( )
    Status: open, "In Progress"             any of these values; quote names of several words
    Status: !closed   Summary: #"exact"     not; exactly this text
    Assignee: me()   Author: !me()          me; anybody else; a user by "First Last" or login@
    Resolution: empty()   Epic: notEmpty()  unset; set
    Created: >= 2026-03-01                  also <, <=, >, and a range: 2026-03-01 .. 2026-03-31
    Updated: > now() - 12h                  today(), week(), month(), quarter(), year(); "1w 2d 3h"
    Status: changed(from: "Open" to: "Closed" date: > today() - 1w)
    DEV.riskScore: > 3                      a local field of a queue; %tracker fields DEV lists them
    "Sort By": Updated DESC                 at the end"""

TOPICS: Final = {"templates": TEMPLATES}


def short() -> str:
    """Return the help of an empty line: the forms and the names of the commands."""
    commands = [f"  {title}: {', '.join(_names(group))}" for group, title in GROUPS.items()]
    return "\n".join(
        [FORMS, "", *commands, "", "%tracker help · %tracker help COMMAND · %tracker COMMAND? · Tab completes"]
    )


def topic(name: str) -> str:
    """Return the help about a command, an option, `templates`, or everything. Raises BadOption for another topic."""
    name = name.strip().lstrip("-%")
    if not name:
        return _everything()
    if name in TOPICS:
        return TOPICS[name]
    if command := command_named(name):
        return _of_command(command)
    if option := option_named(name):
        commands = ", ".join(each.name for each in COMMANDS.values() if option.key in each.options)
        return f"{option.usage}\n    {option.help}\n\nGoes with: {commands}"
    similar = nearest(name, [*COMMANDS, *OPTIONS, *TOPICS])
    hint = f"Did you mean `%tracker help {similar}`?" if similar else "`%tracker help` lists all topics."
    raise BadOption(f"there is no help about `{name}`", hint=hint)


def examples() -> list[str]:
    """Return every example that the help shows, in the order of the table."""
    return [example for command in COMMANDS.values() for example in command.examples]


def _names(group: str) -> Iterable[str]:
    return (command.name for command in COMMANDS.values() if command.group == group)


def _everything() -> str:
    parts = [FORMS]
    for group, title in GROUPS.items():
        rows = [(f"{each.name} {each.usage}".strip(), each.help) for each in COMMANDS.values() if each.group == group]
        parts.append(_table(title, rows))
    parts.append(_table("Options", [(option.usage, option.help) for option in OPTIONS.values()]))
    parts.append("More: %tracker help COMMAND, %tracker help templates. No command changes anything in Tracker.")
    return "\n\n".join(parts)


def _of_command(command: Command) -> str:
    options = [(OPTIONS[key].usage, OPTIONS[key].help) for key in command.options]
    parts = [f"%tracker {command.name} {command.usage}".rstrip() + f"\n    {command.help}", _table("Options", options)]
    if command.takes in {"query", "issues"}:
        parts.append(LANGUAGE)
    if command.examples:
        parts.append("\n".join(["Examples", *(f"  {example}" for example in command.examples)]))
    return "\n\n".join(parts)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    rows = list(rows)
    width = min(max((len(left) for left, _ in rows), default=0), 44)
    return "\n".join([title, *(f"  {left:<{width}}  {right}" for left, right in rows)])
