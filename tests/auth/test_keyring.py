"""Stored logins in the system keyring; here a keyring in memory takes its place."""

import sys
from dataclasses import replace
from pathlib import Path

import keyring
import orjson
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringError, NoKeyringError, PasswordDeleteError

from tracker_magic.auth import Organisation, Token
from tracker_magic.auth.oauth import App
from tracker_magic.auth.profiles import Profile, Profiles
from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

TOKEN, REFRESH, APP_SECRET = "y0_" + "t" * 58, "1:refresh12:refresh34", "app-secret-of-32-hex-digits"
IN_KEYRING = Profile(
    name="default",
    api="https://api.tracker.yandex.net",
    oauth="https://oauth.yandex.ru",
    organisation=Organisation("123", "360"),
    token=Token(Secret(TOKEN), refresh=Secret(REFRESH)),
    app=App("client", Secret(APP_SECRET)),
    storage="keyring",
)
IN_FILE = replace(IN_KEYRING, storage="file")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """Profiles in a home of their own."""
    return Profiles(tmp_path / "home")


class MemoryKeyring(KeyringBackend):
    """A keyring in memory; with `fails` every method raises an error of the keyring library."""

    priority = 1
    fails = False

    def __init__(self):
        super().__init__()
        self.passwords = {}

    def get_password(self, service, username):
        """Return a password."""
        self._check()
        return self.passwords.get((service, username))

    def set_password(self, service, username, password):
        """Save a password."""
        self._check()
        self.passwords[service, username] = password

    def delete_password(self, service, username):
        """Delete a password."""
        self._check()
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")

    def _check(self):
        if self.fails:
            raise KeyringError("locked")


class EmptyKeyring(MemoryKeyring):
    """A back end that finds out only when it is used that there is no keyring."""

    def _check(self):
        raise NoKeyringError("no recommended backend was available")


@pytest.fixture
def memory_keyring():
    """A keyring in memory in place of the system's."""
    before = keyring.get_keyring()
    memory_keyring = MemoryKeyring()
    keyring.set_keyring(memory_keyring)
    yield memory_keyring
    keyring.set_keyring(before)


def test_a_login_can_be_stored_in_the_keyring(profiles, memory_keyring):
    """The file beside the keyring holds no secret, and removing the profile deletes both."""
    profiles.save(IN_KEYRING)
    assert profiles.load() == IN_KEYRING
    text = profiles.file("default").read_text()
    assert not any(secret in text for secret in (TOKEN, REFRESH, APP_SECRET))
    assert TOKEN in next(iter(memory_keyring.passwords.values()))
    assert profiles.remove("default")
    assert memory_keyring.passwords == {}


@pytest.mark.usefixtures("memory_keyring")
@pytest.mark.parametrize("address", ["api", "oauth"])
def test_a_file_cannot_send_a_token_of_the_keyring_elsewhere(profiles, address):
    """The addresses are kept in the keyring with the token; a file with other ones is refused."""
    profiles.save(IN_KEYRING)
    path = profiles.file("default")
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {address: "https://evil.example"}))
    with pytest.raises(LoginError, match="was edited"):
        profiles.load()
    profiles.save(replace(IN_KEYRING, **{address: "https://tracker.example"}))
    assert getattr(profiles.load(), address) == "https://tracker.example"


def test_an_entry_without_addresses_is_for_the_default_ones(profiles, memory_keyring):
    """An entry of the keyring that 0.1.0 has made can be used, but only at the default addresses."""
    for api in ("https://api.tracker.yandex.net", "https://tracker.example"):
        profiles.save(replace(IN_KEYRING, api=api))
        for name, entry in memory_keyring.passwords.items():
            secrets = {key: value for key, value in orjson.loads(entry).items() if key not in {"api", "oauth"}}
            memory_keyring.passwords[name] = orjson.dumps(secrets).decode()
        if api == IN_KEYRING.api:
            assert profiles.load() == IN_KEYRING
    with pytest.raises(LoginError, match="was edited"):
        profiles.load()


def test_a_login_that_moves_to_a_file_leaves_the_keyring(profiles, memory_keyring):
    """Saving a login to another storage removes its secrets from the former one."""
    profiles.save(IN_KEYRING)
    profiles.save(IN_FILE)
    assert memory_keyring.passwords == {}
    assert profiles.load() == IN_FILE
    profiles.save(IN_KEYRING)
    assert TOKEN not in profiles.file("default").read_text()


def test_two_homes_do_not_share_a_keyrings_entry(profiles, memory_keyring, tmp_path):
    """Profiles of the same name in two homes have separate keyring entries."""
    other = Profiles(tmp_path / "other")
    profiles.save(IN_KEYRING)
    other.save(replace(IN_KEYRING, api="https://elsewhere.example.com", token=Token(Secret("y0_other"))))
    assert profiles.load() == IN_KEYRING
    assert len(memory_keyring.passwords) == 2


def test_a_locked_keyring_is_reported(profiles, memory_keyring):
    """A keyring that fails is reported without its own exception, whose frames hold the token."""
    profiles.save(IN_KEYRING)
    memory_keyring.fails = True
    for method in (profiles.load, lambda: profiles.save(IN_KEYRING), lambda: profiles.remove("default")):
        with pytest.raises(LoginError, match="keyring cannot be used") as excinfo:
            method()
        assert "Unlock it" in excinfo.value.hint
    memory_keyring.fails = False
    memory_keyring.passwords.clear()
    with pytest.raises(LoginError, match="cannot be read"):
        profiles.load()
    assert profiles.remove("default")


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, EmptyKeyring])
def test_a_keyring_package_without_a_back_end_is_named(profiles, backend):
    """Without a back end nothing is written, and the hint names other storage instead of the package."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend())
    try:
        with pytest.raises(BadOption, match=r"no system keyring here: .* no back end") as excinfo:
            profiles.save(IN_KEYRING)
    finally:
        keyring.set_keyring(before)
    assert excinfo.value.reason == "no_keyring_backend"
    assert "in a file" in excinfo.value.hint
    assert "pip" not in excinfo.value.hint
    assert profiles.names() == []


def test_without_the_keyring_package_the_hint_installs_it(profiles, monkeypatch):
    """Without the package nothing is written, and the hint says how to install it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(BadOption, match="not installed") as excinfo:
        profiles.save(IN_KEYRING)
    assert "tracker_magic[keyring]" in excinfo.value.hint
    assert profiles.names() == []
