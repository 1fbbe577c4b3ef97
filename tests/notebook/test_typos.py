"""A command with a typo: the suggestion is the right command, or there is none."""

import re
from collections.abc import Iterator

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, command_named
from tracker_magic.notebook.parser import parse

NAMES = [name for name in COMMANDS if name != BY_KEY]


def typos(word: str) -> Iterator[str]:
    """The word with two letters swapped, one left out, one doubled or one replaced."""
    for index in range(len(word)):
        before, letter, after = word[:index], word[index], word[index + 1 :]
        yield before + after[:1] + letter + after[1:]
        yield before + after
        yield before + letter + letter + after
        yield from (f"{before}{other}{after}" for other in "aeknotz")


@pytest.mark.parametrize("name", NAMES)
def test_a_command_with_a_typo_is_an_error_with_the_right_suggestion(name):
    """One wrong letter in a command that stands alone raises BadOption, which suggests that command or none."""
    wrong = {typo for typo in typos(name) if re.fullmatch("[a-z][a-z_]*", typo) and not command_named(typo)}
    suggested = set()
    for typo in wrong:
        with pytest.raises(BadOption, match=rf"unknown command `{typo}`") as caught:
            parse(typo)
        suggested |= set(re.findall("Did you mean `(.*?)`", str(caught.value)))
    assert suggested <= {name}
    assert suggested or len(name) < 3 or name == "query"


@pytest.mark.parametrize("name", [name for name in NAMES if COMMANDS[name].takes in {"query", "issues", "keys"}])
@pytest.mark.parametrize("argument", ["Queue: DEV", "DEV-1, DEV-2", "$bugs", '("Story Points": > 3)'])
def test_a_command_with_a_typo_before_issues_is_an_error_with_the_right_line(name, argument):
    """One wrong letter in a command before a query, keys or a variable raises BadOption with the line to type."""
    expected = argument if name == "query" else f"{name} {argument}"
    for typo in {typo for typo in typos(name) if re.fullmatch("[a-z][a-z_]*", typo) and not command_named(typo)}:
        with pytest.raises(BadOption, match=re.escape(f"Did you mean `%tracker {expected}`")):
            parse(f"{typo} {argument}")


# Slips of real people: neighbouring keys, doubled and lost letters, the singular, spellings by ear.
REAL = {
    "changelog": "changlog chagelog changelgo",
    "count": "coutn cuont",
    "comments": "comment coments commets",
    "worklog": "wroklog worlog",
    "links": "link lnks",
    "checklists": "checklist chekclists",
    "open": "opne",
    "attachments": "attachements atachments",
    "transitions": "tranistions transition",
    "queues": "quues",
    "sprints": "sprint",
    "login": "logn loign",
    "logout": "logot",
    "doctor": "docter",
    "help": "hlep",
    "config": "confg",
    "fields": "fileds",
    "statuses": "statues",
    "boards": "borads",
    "demo": "dmeo",
    "versions": "verions",
    "components": "component",
    "projects": "projets",
    "users": "usres",
    "goals": "goal",
}


@pytest.mark.parametrize(("word", "name"), [(word, name) for name, words in REAL.items() for word in words.split()])
def test_a_word_that_people_really_type_leads_to_its_command(word, name):
    """The command is suggested for its misspelt name, and before issues the line to type."""
    with pytest.raises(BadOption, match=f"Did you mean `{name}`"):
        parse(word)
    if COMMANDS[name].takes in {"issues", "query", "keys"}:
        with pytest.raises(BadOption, match=f"Did you mean `%tracker {name} DEV-1`"):
            parse(f"{word} DEV-1")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("isues", "Issues need no command: `%tracker Queue: DEV`"),
        ("issues", "Issues need no command: `%tracker Queue: DEV`"),
        ("ues", "Did you mean `use`"),
        ("user", "Did you mean `users`"),
        ("status", "Did you mean `statuses`"),
        ("whoami", "Did you mean `me`"),
        ("Queues", "Did you mean `queues`"),
        ("xyzzy", "`%tracker help` lists the commands"),
    ],
)
def test_another_word_for_a_command_is_understood(word, hint):
    """Words that people try for commands get the command's name in the hint, and how to search for the text."""
    with pytest.raises(BadOption, match=re.escape(hint)) as caught:
        parse(word)
    assert f"`%tracker query {word}`" in str(caught.value)


@pytest.mark.parametrize("command", [each.name for each in COMMANDS.values() if each.takes == "issues"])
@pytest.mark.parametrize(
    ("typed", "keys"),
    [("dev-1", "DEV-1"), ("DEV-1 dev-2", "DEV-1 DEV-2"), ("dev-1, ops-2", "DEV-1, OPS-2"), ("DEV-1", "DEV-1")],
)
def test_keys_are_read_alike_by_every_command(command, typed, keys):
    """Commands that take issues, `count` too, read keys in any case, with options on both sides."""
    assert "count" in [each.name for each in COMMANDS.values() if each.takes == "issues"]
    parsed = parse(f"{command} {typed} --timeout 5")
    assert (parsed.text, parsed.typed, dict(parsed.options)) == (keys, typed if typed != keys else "", {"timeout": 5})
