"""Where a token rests: a file born 0600 in a folder born 0700, or the system's keyring."""

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker_magic.auth import Organisation, Token
from tracker_magic.auth.oauth import App
from tracker_magic.auth.profiles import Profile, Profiles
from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

TOKEN, REFRESH, APP_SECRET = "y0_" + "t" * 58, "1:refresh12:refresh34", "app-secret-of-32-hex-digits"
PROFILE = Profile(
    name="default",
    api="https://api.tracker.yandex.net",
    oauth="https://oauth.yandex.ru",
    organisation=Organisation("123", "360"),
    token=Token(Secret(TOKEN), "OAuth", datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC), Secret(REFRESH)),
    app=App("client", Secret(APP_SECRET)),
    who="ivanov",
)
BARE = replace(PROFILE, organisation=None, token=Token(Secret("t1.a.b"), "Bearer"), app=None, who="")
posix = pytest.mark.skipif(os.name == "nt", reason="modes and links are those of POSIX")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """Profiles in a home that does not exist yet."""
    return Profiles(tmp_path / "new" / "home")


def file_of(profiles: Profiles, name: str = "default") -> Path:
    """Where a profile stands."""
    return profiles._folder / f"{name}.json"


def mode(path: Path) -> int:
    """Who may read it."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("profile", [PROFILE, BARE], ids=["whole", "bare"])
def test_what_was_saved_is_loaded(profiles, profile):
    """All of it; under its name, and replaced as a whole."""
    assert profiles.load() is None
    profiles.save(profile)
    assert profiles.load() == profile
    profiles.save(replace(profile, who="another"))
    assert profiles.load().who == "another"
    assert profiles.names() == ["default"]


def test_profiles_have_names(profiles):
    """The default one first; each is forgotten by itself, once."""
    for name in ("work", "a.b-c_1", "default", "дом"):
        profiles.save(replace(PROFILE, name=name, who=name))
    assert profiles.names() == ["default", "a.b-c_1", "work", "дом"]
    assert profiles.load("дом").who == "дом"
    assert profiles.remove("work")
    assert not profiles.remove("work")
    assert profiles.names() == ["default", "a.b-c_1", "дом"]


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a b", "x" * 65, "a\0", "a\n"])
def test_a_name_is_no_way_out_of_the_folder(profiles, name):
    """Letters, digits, dots and dashes, not beginning with a dot."""
    for step in (profiles.load, profiles.remove, lambda name: profiles.save(replace(PROFILE, name=name))):
        with pytest.raises(BadOption, match="no name for a profile"):
            step(name)
    with pytest.raises(BadOption, match="no name"), profiles.locked(name):
        pass


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_file_is_born_for_its_owner_alone(profiles, umask):
    """0600 in 0700, whatever the umask; locks and the device's id too."""
    before = os.umask(umask)
    try:
        profiles.save(PROFILE)
        profiles.device_id()
        with profiles.locked("default"):
            assert {mode(path) for path in profiles._folder.iterdir()} == {0o600}
    finally:
        os.umask(before)
    assert {mode(profiles._folder), mode(profiles._home)} == {0o700}
    assert mode(profiles._home / "device_id") == 0o600


@posix
def test_a_folder_that_others_could_read_is_closed(profiles):
    """Before anything is written into it."""
    profiles._folder.mkdir(parents=True, mode=0o755)
    profiles.save(PROFILE)
    assert mode(profiles._folder) == 0o700


@posix
def test_links_are_refused(profiles, tmp_path):
    """Of a file, of the folder, of the device's id: nothing is read or written through them; only the link goes."""
    profiles.save(PROFILE)
    elsewhere = tmp_path / "elsewhere"
    file_of(profiles).rename(elsewhere)
    file_of(profiles).symlink_to(elsewhere)
    for step in (profiles.load, lambda: profiles.save(PROFILE)):
        with pytest.raises(LoginError, match="is a link"):
            step()
    assert profiles.remove("default")
    assert elsewhere.exists()
    (profiles._home / "device_id").symlink_to(elsewhere)
    with pytest.raises(LoginError, match="is a link"):
        profiles.device_id()
    folder = profiles._folder.rename(tmp_path / "folder")
    profiles._folder.symlink_to(folder)
    for step in (profiles.load, lambda: profiles.save(PROFILE), lambda: profiles.locked("x").__enter__()):
        with pytest.raises(LoginError, match="is a link"):
            step()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"{}", b"\xff", b'"x"',
     {"token": None}, {"token": 5}, {"refresh": 5}, {"client_secret": 5},
     {"api": 5}, {"expires_at": "soon"}, {"org_kind": "other"}, {"client_id": 7}, {"secrets": None}, {"place": 1}],
    ids=str,
)  # fmt: skip
def test_a_damaged_file_says_to_log_in_again(profiles, damage):
    """Nothing of it is repeated; a new login replaces it."""
    profiles.save(PROFILE)
    record = orjson.loads(file_of(profiles).read_bytes())
    if isinstance(damage, dict):
        (record["secrets"] if damage.keys() <= record["secrets"].keys() else record).update(damage)
        damage = orjson.dumps(record)
    file_of(profiles).write_bytes(damage)
    with pytest.raises(LoginError, match="cannot be read") as caught:
        profiles.load()
    assert caught.value.__context__ is None
    profiles.save(PROFILE)
    assert profiles.load() == PROFILE


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.recursive(st.none() | st.text(max_size=5) | st.integers(-9, 9), st.lists).map(repr))
def test_no_file_breaks_the_reading(tmp_path, content):
    """Whatever stands there: a profile or a LoginError."""
    profiles = Profiles(tmp_path)
    profiles.save(PROFILE)
    file_of(profiles).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LoginError):
        profiles.load()


def test_a_write_that_fails_leaves_the_former_file(profiles):
    """Whole, with nothing half-written beside it; the error names the place and the way out."""
    profiles.save(PROFILE)
    before = file_of(profiles).read_bytes()
    blocked = replace(PROFILE, name="blocked")
    file_of(profiles, "blocked").mkdir()
    with pytest.raises(LoginError, match="cannot be written") as caught:
        profiles.save(blocked)
    assert "TRACKER_HOME" in caught.value.hint
    assert file_of(profiles).read_bytes() == before
    assert [path.name for path in profiles._folder.iterdir() if path.name.startswith(".new")] == []
    (profiles._home / "file").write_text("")
    with pytest.raises(LoginError, match="cannot be written"):
        Profiles(profiles._home / "file" / "home").save(PROFILE)


def test_readers_never_see_half_a_profile(profiles):
    """While writers replace it."""
    profiles.save(PROFILE)
    stop = threading.Event()

    def write(number):
        while not stop.is_set():
            profiles.save(replace(PROFILE, who=str(number) * 2000))

    with ThreadPoolExecutor(3) as pool:
        for number in range(2):
            pool.submit(write, number)
        try:
            seen = [profiles.load().who for _ in range(150)]
        finally:
            stop.set()
    assert {len(who) for who in seen} <= {len(PROFILE.who), 2000}


def test_one_device_id_an_installation(profiles, tmp_path):
    """The same for all threads and later starts, another one elsewhere; a broken one is made anew."""
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Profiles(profiles._home).device_id(), range(24)))
    assert len(made) == 1
    (text,) = made
    assert 6 <= len(text) <= 50
    assert text.isascii()
    assert Profiles(tmp_path / "other").device_id() != text
    (profiles._home / "device_id").write_bytes(b"\xff\n")
    assert profiles.device_id() not in {text, ""}


def test_only_one_at_a_time_holds_a_profile(profiles):
    """Threads too; another name is another lock."""
    inside, most, guard = 0, 0, threading.Lock()

    def hold(_):
        nonlocal inside, most
        with profiles.locked("default"):
            with guard:
                inside += 1
                most = max(most, inside)
            profiles.names()
            with guard:
                inside -= 1

    with profiles.locked("work"), ThreadPoolExecutor(6) as pool:
        list(pool.map(hold, range(12)))
    assert most == 1


def test_the_home_is_named_or_that_of_the_platform(tmp_path, monkeypatch):
    """TRACKER_HOME, with ~ as people write it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Profiles.of({"TRACKER_HOME": "~/tracker"})._home == tmp_path / "tracker"
    assert Profiles.of({"TRACKER_HOME": " "})._home.name == "tracker_magic"
