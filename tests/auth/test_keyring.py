"""A token that rests in the system's keyring: here one in memory, put in its place for a test."""

from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from tracker_magic.auth import Organisation, Token
from tracker_magic.auth.oauth import App
from tracker_magic.auth.profiles import Profile, Profiles
from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

TOKEN, REFRESH, APP_SECRET = "y0_" + "t" * 58, "1:refresh12:refresh34", "app-secret-of-32-hex-digits"
KEPT = Profile(
    name="default",
    api="https://api.tracker.yandex.net",
    oauth="https://oauth.yandex.ru",
    organisation=Organisation("123", "360"),
    token=Token(Secret(TOKEN), refresh=Secret(REFRESH)),
    app=App("client", Secret(APP_SECRET)),
    place="keyring",
)
PROFILE = replace(KEPT, place="file")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """Profiles in a home of their own."""
    return Profiles(tmp_path / "home")


def file_of(profiles: Profiles) -> Path:
    """Where the profile stands."""
    return profiles._folder / "default.json"


class Drawer(KeyringBackend):
    """A keyring in memory; `fails` makes every step an error of its own kind."""

    priority = 1
    fails = False

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        """What is kept."""
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        """Keep it."""
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service, username):
        """Forget it."""
        self._check()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")

    def _check(self):
        if self.fails:
            raise KeyringError("locked")


class Nothing(Drawer):
    """What `keyring` gives where there is none."""

    priority = 0


@pytest.fixture
def drawer():
    """A keyring in memory in place of the system's."""
    before = keyring.get_keyring()
    drawer = Drawer()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


def test_a_token_rests_in_the_keyring(profiles, drawer):
    """The file beside it holds no secret; forgetting takes both away."""
    profiles.save(KEPT)
    assert profiles.load() == KEPT
    text = file_of(profiles).read_text()
    assert not any(secret in text for secret in (TOKEN, REFRESH, APP_SECRET))
    assert TOKEN in next(iter(drawer.kept.values()))
    assert profiles.remove("default")
    assert drawer.kept == {}


def test_a_login_that_moves_to_a_file_leaves_the_keyring(profiles, drawer):
    """And the other way round the file loses its secrets."""
    profiles.save(KEPT)
    profiles.save(PROFILE)
    assert drawer.kept == {}
    assert profiles.load() == PROFILE
    profiles.save(KEPT)
    assert TOKEN not in file_of(profiles).read_text()


def test_two_homes_do_not_share_a_keyrings_entry(profiles, drawer, tmp_path):
    """A token made for one service would go to another's address."""
    other = Profiles(tmp_path / "other")
    profiles.save(KEPT)
    other.save(replace(KEPT, api="https://elsewhere.example.com", token=Token(Secret("y0_other"))))
    assert profiles.load() == KEPT
    assert len(drawer.kept) == 2


def test_a_keyring_that_is_locked_says_so(profiles, drawer):
    """Without its own error, whose frames hold the token; an entry that is gone is a profile that cannot be read."""
    profiles.save(KEPT)
    drawer.fails = True
    for step in (profiles.load, lambda: profiles.save(KEPT), lambda: profiles.remove("default")):
        with pytest.raises(LoginError, match="keyring cannot be used") as caught:
            step()
        assert "Unlock it" in caught.value.hint
    drawer.fails = False
    drawer.kept.clear()
    with pytest.raises(LoginError, match="cannot be read"):
        profiles.load()
    assert profiles.remove("default")


def test_without_a_keyring_the_other_places_are_named(profiles):
    """Nothing is written."""
    before = keyring.get_keyring()
    keyring.set_keyring(Nothing())
    try:
        with pytest.raises(BadOption, match="no system keyring") as caught:
            profiles.save(KEPT)
    finally:
        keyring.set_keyring(before)
    assert "file" in caught.value.hint
    assert profiles.names() == []
