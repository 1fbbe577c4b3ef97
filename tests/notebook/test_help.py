"""The help is generated from the tables of commands and options."""

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.layout import WIDTH
from tracker_magic.notebook.commands import COMMANDS, FETCHING, NOTHING, OPTIONS
from tracker_magic.notebook.handlers import HANDLERS
from tracker_magic.notebook.help import TOPICS, examples, short, topic
from tracker_magic.tracker.issues import EXPANDS

TOPIC_NAMES = ["", *COMMANDS, *OPTIONS, *TOPICS]


def joined(text):
    """A text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", TOPIC_NAMES)
def test_the_help_fits_a_terminal(name):
    """No line of any topic is longer than 80 characters, and no word is broken: each option's help is there whole."""
    text = topic(name)
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    if name in OPTIONS and name not in COMMANDS:
        assert OPTIONS[name].help in joined(text)


def test_the_short_help_fits_a_terminal():
    """No line of the short help is longer than 80 characters."""
    assert [line for line in short().splitlines() if len(line) > WIDTH] == []


def test_the_help_lists_every_command_and_option():
    """The help contains each command and option, and the short help each command."""
    everything = joined(topic(""))
    for command in COMMANDS.values():
        assert command.help in everything
        assert command.name in short()
    for option in OPTIONS.values():
        assert option.usage in everything


@pytest.mark.parametrize("name", [each.name for each in COMMANDS.values() if each.name.isascii()])
def test_the_help_of_a_command_has_its_options_and_examples(name):
    """The help about a command contains its usage, options and examples."""
    command, text = COMMANDS[name], topic(name)
    assert text.startswith(f"%tracker {name}")
    assert all(OPTIONS[key].help in joined(text) for key in command.options)
    assert all(example in text for example in command.examples)


@pytest.mark.parametrize(
    "name",
    [
        *("limit", "--limit", "-n", "n", "--dry-run", "dry_run", "-h", "templates", "keys", "link-types", "%login"),
        *("%tracker", "KEY…"),
    ],
)
def test_topics_are_found_as_typed(name):
    """Topics are found with or without leading dashes, options also by their letter; `-` and `_` are equivalent."""
    assert topic(name)


def test_after_dashes_an_option_is_meant():
    """An option that is called as a command is found by its dashes, and a misspelt option suggests an option."""
    assert topic("--columns").startswith("--columns A,B")
    assert topic("columns").startswith("%tracker columns")
    assert topic("--changelog").startswith("%tracker changelog")
    for typed, advice in (("--lmit", "%tracker help --limit"), ("--dryrun", "help --dry-run"), ("limt", "help limit")):
        with pytest.raises(BadOption, match=advice):
            topic(typed)


def test_an_unknown_topic_suggests_a_similar_one():
    """A misspelt topic raises BadOption, which suggests a similar one."""
    with pytest.raises(BadOption, match="%tracker help changelog"):
        topic("chengelog")


def test_every_command_but_the_demo_shows_an_example():
    """Every command has examples, except `demo`, which would start a second Tracker beside that of the tests."""
    assert {name for name, command in COMMANDS.items() if not command.examples} == {"demo"}
    assert len(examples()) == len(set(examples()))


def test_expand_lists_the_supported_values():
    """The help about `--expand` lists the values that `Tracker.issues` accepts."""
    assert OPTIONS["expand"].help == f"also read {', '.join(EXPANDS)}"
    assert OPTIONS["expand"].members == EXPANDS


def test_every_command_has_a_handler():
    """Each command of the table, and the empty line, has a handler; there is no other handler."""
    assert HANDLERS.keys() == {*COMMANDS, NOTHING}


def test_commands_that_fetch_show_their_progress():
    """Issues, their parts and the lists of the organisation are fetched under a progress line."""
    fetching = {name for name, command in COMMANDS.items() if set(FETCHING) <= set(command.options)}
    assert {name for name, command in COMMANDS.items() if command.shows_progress} == fetching | {"count"}
