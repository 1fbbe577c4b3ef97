"""The help is made from the tables, so that it cannot say less than there is."""

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import COMMANDS, OPTIONS
from tracker_magic.notebook.help import examples, short, topic
from tracker_magic.tracker.issues import EXPANDS


def test_everything_is_in_the_help():
    """Each command and each option stands in it, and each command in the short one."""
    for command in COMMANDS.values():
        assert command.help in topic("")
        assert command.name in short()
    for option in OPTIONS.values():
        assert option.usage in topic("")


@pytest.mark.parametrize("name", [each.name for each in COMMANDS.values() if each.name.isascii()])
def test_a_topic_tells_options_and_examples(name):
    """A command's own help holds its usage, options and examples."""
    command, text = COMMANDS[name], topic(name)
    assert text.startswith(f"%tracker {name}")
    assert all(OPTIONS[key].help in text for key in command.options)
    assert all(example in text for example in command.examples)


@pytest.mark.parametrize("name", ["limit", "--dry-run", "dry_run", "templates", "link-types", "%tracker"[:1] + "login"])
def test_topics_are_found_as_typed(name):
    """Options with or without dashes, `-` and `_` alike."""
    assert topic(name)


def test_an_unknown_topic_names_a_near_one():
    """A typo gets the right word."""
    with pytest.raises(BadOption, match="%tracker help changelog"):
        topic("chengelog")


def test_every_command_but_the_demo_shows_an_example():
    """A demo would start a second Tracker beside the one that runs the examples."""
    assert {name for name, command in COMMANDS.items() if not command.examples} == {"demo"}
    assert len(examples()) == len(set(examples()))


def test_expand_promises_what_can_be_had():
    """The option's words are those that the service is asked with; links are a command of their own."""
    assert OPTIONS["expand"].help == f"also read {', '.join(EXPANDS)}"
