"""The answers of the last login: remembered for each service, and never the cause of an error."""

import json
import os
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
    "content",
    [
        "", "[]", "{", '{"https://api.example": 5}', '{"https://api.example": {"org_id": "../x"}}',
        '{"https://api.example": {"org_id": %s, "client_id": %s}}' % (("[" * 1010 + "]" * 1010,) * 2),
    ],
    ids=["empty", "list", "cut", "number", "path", "nested"],
)  # fmt: skip
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


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_answers_that_others_could_have_written_are_ignored(tmp_path):
    """They would fill the form with the organisation and the app of somebody else, who would get the token."""
    remember(tmp_path, HERE, Answers(ORG, APP))
    for path, bits in ((tmp_path / "answers.json", 0o666), (tmp_path, 0o777)):
        former = path.stat().st_mode
        path.chmod(bits)
        assert recall(tmp_path, HERE) == Answers(None, "")
        path.chmod(former)
    assert recall(tmp_path, HERE) == Answers(ORG, APP)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["answers.json", "."])
def test_answers_of_another_user_are_ignored(tmp_path, name):
    """The file and its folder must belong to this person, or to root."""
    remember(tmp_path, HERE, Answers(ORG, APP))
    os.chown(tmp_path / name, 65534, 65534)
    assert recall(tmp_path, HERE) == Answers(None, "")
