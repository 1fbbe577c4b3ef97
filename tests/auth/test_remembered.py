"""The answers of the last login: remembered for each service, and never the cause of an error."""

import json
from contextlib import suppress

import pytest

from tracker_magic.auth import Organisation
from tracker_magic.auth.remembered import Answers, recall, remember
from tracker_magic.errors import BadOption

HERE, THERE = "https://api.example", "https://other.example"
ORG = Organisation("bpf1", "cloud")
APP = "0123456789abcdef" * 2


def test_answers_are_remembered_for_each_service(tmp_path):
    """Organisation and ClientID are remembered for each API address separately."""
    home = tmp_path / "home"
    remember(home, HERE, Answers(ORG, APP))
    remember(home, THERE, Answers(None, ""))
    assert recall(home, HERE) == Answers(ORG, APP)
    assert recall(home, THERE) == recall(home, "https://new.example") == Answers(None, "")
    assert [path.name for path in home.iterdir()] == ["answers.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"https://api.example": 5}', '{"https://api.example": {"org_id": "../x"}}']
)
def test_a_damaged_file_is_ignored(tmp_path, content):
    """A damaged file counts as empty and can be replaced."""
    (tmp_path / "answers.json").write_text(content)
    assert recall(tmp_path, HERE) == Answers(None, "")
    remember(tmp_path, HERE, Answers(ORG, ""))
    assert recall(tmp_path, HERE) == Answers(ORG, "")


@pytest.mark.parametrize("typed", ["y0_" + "a" * 58, "AQAD-" + "q" * 34, "t1.9eu.abc", "an app", "a" * 31])
def test_what_is_no_id_is_neither_remembered_nor_recalled(tmp_path, typed):
    """A token in the place of an id is not written to the file; one that a file already has is not read from it."""
    with suppress(BadOption):
        remember(tmp_path, HERE, Answers(Organisation(typed, "cloud"), ""))
    remember(tmp_path, HERE, Answers(None, typed))
    assert not any(typed in path.read_text() for path in tmp_path.iterdir())
    content = {HERE: {"org_id": "y0_" + "a" * 58, "org_kind": "cloud", "client_id": typed}}
    (tmp_path / "answers.json").write_text(json.dumps(content))
    assert recall(tmp_path, HERE) == Answers(None, "")


def test_a_folder_that_cannot_be_written_to_is_ignored(tmp_path):
    """Answers that cannot be saved do not make a login fail."""
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "home", HERE, Answers(ORG, APP))
    assert recall(tmp_path / "file" / "home", HERE) == Answers(None, "")
