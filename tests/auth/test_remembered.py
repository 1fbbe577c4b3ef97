"""The answers of the last login: remembered for each service, and never the cause of an error."""

import pytest

from tracker_magic.auth import Organisation
from tracker_magic.auth.remembered import Answers, recall, remember

HERE, THERE = "https://api.example", "https://other.example"
ORG = Organisation("bpf1", "cloud")


def test_answers_are_remembered_for_each_service(tmp_path):
    """Organisation and ClientID are remembered for each API address separately."""
    home = tmp_path / "home"
    remember(home, HERE, Answers(ORG, "app"))
    remember(home, THERE, Answers(None, ""))
    assert recall(home, HERE) == Answers(ORG, "app")
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


def test_a_folder_that_cannot_be_written_to_is_ignored(tmp_path):
    """Answers that cannot be saved do not make a login fail."""
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "home", HERE, Answers(ORG, "app"))
    assert recall(tmp_path / "file" / "home", HERE) == Answers(None, "")
