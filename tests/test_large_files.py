"""Files that somebody else may have made: one that is larger than it may be is not read into memory."""

import os
import tracemalloc

import pytest
from traitlets.config import Config

from tracker_magic.auth import iam, remembered, yc
from tracker_magic.auth.login import Clock
from tracker_magic.auth.profiles import Profiles
from tracker_magic.errors import LoginError, LoginRefused, SettingsError
from tracker_magic.settings import TrackerMagic, read_settings

SIZE = 2**28
MOST_MEMORY = 2**26


@pytest.fixture
def large(tmp_path):
    """Make a large file, which takes no room on the disk."""

    def make(name):
        path = tmp_path / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(SIZE)
        path.chmod(0o600)
        return path

    tracemalloc.start()
    yield make
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MEMORY


def test_large_settings_are_a_mistake(large):
    """The notebook's folder may be somebody else's."""
    path = large("pyproject.toml")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: it cannot be read.*too large"):
        read_settings(TrackerMagic(), Config(), path.parent)


def test_a_large_key_is_unreadable(large):
    """The same holds for a service account's key."""
    with pytest.raises(SettingsError, match=r"cannot be read.*too large"):
        iam.read_key_file(str(large("key.json")))


def test_a_large_profile_is_unreadable(large, tmp_path):
    """The same holds for a stored login."""
    large("profiles/default.json")
    with pytest.raises(LoginError, match="cannot be read"):
        Profiles(tmp_path).load()


def test_large_answers_are_not_remembered(large, tmp_path):
    """The same holds for the answers that a person gave before, and for the id of this installation."""
    large("answers.json")
    large("device_id")
    assert not remembered.recall(tmp_path, "https://api.example").client_id
    assert len(Profiles(tmp_path).device_id()) < 100


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
def test_endless_output_of_yc_is_not_kept(tmp_path, monkeypatch, large):
    """A program that prints without end is ended."""
    program = large("yc")
    program.write_text("#!/bin/sh\nwhile true; do echo 0123456789012345678901234567890123456789; done")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(LoginRefused, match="failed"):
        yc.create_token(None, Clock().now())
