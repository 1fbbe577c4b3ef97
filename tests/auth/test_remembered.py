"""What was answered before: kept for each service, never in the way."""

import pytest

from tracker_magic.auth.organisation import Organisation
from tracker_magic.auth.remembered import keep, recall

HERE, THERE = "https://api.example", "https://other.example"
ORG = Organisation("bpf1", "cloud")


def test_answers_are_kept_for_each_service(tmp_path):
    """Organisation with its kind, and ClientID; another service knows nothing of them."""
    home = tmp_path / "home"
    keep(home, HERE, (ORG, "app"))
    keep(home, THERE, (None, ""))
    assert recall(home, HERE) == (ORG, "app")
    assert recall(home, THERE) == recall(home, "https://new.example") == (None, "")
    assert [path.name for path in home.iterdir()] == ["answers.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"https://api.example": 5}', '{"https://api.example": {"org_id": "../x"}}']
)
def test_what_cannot_be_read_was_never_answered(tmp_path, content):
    """A damaged file costs an answer, no login."""
    (tmp_path / "answers.json").write_text(content)
    assert recall(tmp_path, HERE) == (None, "")
    keep(tmp_path, HERE, (ORG, ""))
    assert recall(tmp_path, HERE) == (ORG, "")


def test_a_place_that_cannot_be_written_to_is_no_error(tmp_path):
    """The login has worked already."""
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file" / "home", HERE, (ORG, "app"))
    assert recall(tmp_path / "file" / "home", HERE) == (None, "")
