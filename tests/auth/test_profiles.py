"""Stored logins: files with mode 0600 in a folder with mode 0700."""

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

from tracker_magic.auth import LoginContext, Organisation, Token
from tracker_magic.auth.oauth import App
from tracker_magic.auth.profiles import Profile, Profiles
from tracker_magic.errors import BadOption, LoginError, SettingsError
from tracker_magic.secret import Secret

TOKEN, REFRESH, APP_SECRET = "y0_" + "t" * 58, "1:refresh12:refresh34", "app-secret-of-32-hex-digits"
PROFILE = Profile(
    name="default",
    api="https://api.tracker.yandex.net",
    oauth="https://oauth.yandex.ru",
    organisation=Organisation("123", "360"),
    token=Token(Secret(TOKEN), "OAuth", datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC), Secret(REFRESH)),
    app=App("client", Secret(APP_SECRET)),
    user="ivanov",
)
BARE = replace(PROFILE, organisation=None, token=Token(Secret("t1.a.b"), "Bearer"), app=None, user="")
posix = pytest.mark.skipif(os.name == "nt", reason="modes and links are those of POSIX")


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """Profiles in a home that does not exist yet."""
    return Profiles(tmp_path / "new" / "home")


def mode(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("profile", [PROFILE, BARE], ids=["whole", "bare"])
def test_a_saved_profile_is_loaded(profiles, profile):
    """A profile is loaded as it was saved, and saving again replaces it."""
    assert profiles.load() is None
    profiles.save(profile)
    assert profiles.load() == profile
    profiles.save(replace(profile, user="another"))
    assert profiles.load().user == "another"
    assert profiles.names() == ["default"]


def test_profiles_are_listed_and_removed_by_name(profiles):
    """The default profile is listed first, and each profile is removed by itself."""
    for name in ("work", "a.b-c_1", "default", "дом"):
        profiles.save(replace(PROFILE, name=name, user=name))
    assert profiles.names() == ["default", "a.b-c_1", "work", "дом"]
    assert profiles.load("дом").user == "дом"
    assert profiles.remove("work")
    assert not profiles.remove("work")
    assert profiles.names() == ["default", "a.b-c_1", "дом"]


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a b", "x" * 65, "a\0", "a\n"])
def test_a_name_cannot_lead_out_of_the_folder(profiles, name):
    """A profile's name consists of letters, digits, dots, dashes and underscores, without a leading dot."""
    for method in (profiles.load, profiles.remove, lambda name: profiles.save(replace(PROFILE, name=name))):
        with pytest.raises(BadOption, match="not a valid name for a profile"):
            method(name)
    with pytest.raises(BadOption, match="not a valid name"), profiles.locked(name):
        pass


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_are_created_for_their_owner_alone(profiles, umask):
    """Every file has mode 0600 in folders of mode 0700, whatever the umask is."""
    before = os.umask(umask)
    try:
        profiles.save(PROFILE)
        profiles.device_id()
        with profiles.locked("default"):
            assert {mode(path) for path in profiles.folder.iterdir()} == {0o600}
    finally:
        os.umask(before)
    assert {mode(profiles.folder), mode(profiles.home)} == {0o700}
    assert mode(profiles.home / "device_id") == 0o600


@posix
def test_a_folder_that_others_could_read_is_made_private(profiles):
    """An existing folder gets mode 0700 before anything is written into it."""
    profiles.folder.mkdir(parents=True, mode=0o755)
    profiles.save(PROFILE)
    assert mode(profiles.folder) == 0o700


@posix
@pytest.mark.parametrize(("what", "bits"), [("file", 0o604), ("file", 0o620), ("folder", 0o720), ("folder", 0o703)])
def test_a_profile_that_others_can_read_or_change_is_refused(profiles, what, bits):
    """A file that others can read or write, or a folder that they can write to, is refused, as ssh does it."""
    profiles.save(PROFILE)
    path = profiles.file("default") if what == "file" else profiles.folder
    path.chmod(bits)
    with pytest.raises(LoginError, match="could be read or changed by others") as excinfo:
        profiles.load()
    assert str(path) in excinfo.value.message
    profiles.save(PROFILE)
    assert profiles.load() == PROFILE


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("what", ["file", "folder", "home"])
def test_a_profile_of_another_user_is_refused(profiles, what):
    """A file or a folder that belongs to another user is refused, whatever its mode."""
    profiles.save(PROFILE)
    os.chown(profiles.file("default") if what == "file" else getattr(profiles, what), 65534, 65534)
    with pytest.raises(LoginError, match="by others"):
        profiles.load()


@posix
def test_a_home_that_others_can_write_to_is_refused(profiles):
    """Whoever can write to the folder around the profiles could put others in their place."""
    profiles.save(PROFILE)
    profiles.home.chmod(0o770)
    with pytest.raises(LoginError, match="could be read or changed by others"):
        profiles.load()
    profiles.home.chmod(0o755)
    assert profiles.load() == PROFILE


@posix
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_no_profile(profiles, kind):
    """A pipe, which may never be written to, is not read; what cannot be deleted or replaced is a LoginError."""
    profiles.save(PROFILE)
    path = profiles.file("default")
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path, 0o600)
    else:
        path.mkdir(mode=0o700)
    with pytest.raises(LoginError, match="cannot be read"):
        profiles.load()
    if kind == "pipe":
        assert profiles.remove("default")
        os.mkfifo(profiles.home / "device_id", 0o600)
        assert len(profiles.device_id()) > 5
        return
    for method in (lambda: profiles.remove("default"), lambda: profiles.save(PROFILE)):
        with pytest.raises(LoginError, match="written to disk"):
            method()


@posix
def test_links_are_refused(profiles, tmp_path):
    """Nothing is read or written through a symbolic link, and removing deletes only the link."""
    profiles.save(PROFILE)
    elsewhere = tmp_path / "elsewhere"
    profiles.file("default").rename(elsewhere)
    profiles.file("default").symlink_to(elsewhere)
    for method in (profiles.load, lambda: profiles.save(PROFILE)):
        with pytest.raises(LoginError, match="is a link"):
            method()
    assert profiles.remove("default")
    assert elsewhere.exists()
    (profiles.home / "device_id").symlink_to(elsewhere)
    with pytest.raises(LoginError, match="is a link"):
        profiles.device_id()
    folder = profiles.folder.rename(tmp_path / "folder")
    profiles.folder.symlink_to(folder)
    for method in (profiles.load, lambda: profiles.save(PROFILE), lambda: profiles.locked("x").__enter__()):
        with pytest.raises(LoginError, match="is a link"):
            method()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"{}", b"\xff", b'"x"',
     {"token": None}, {"token": 5}, {"refresh": 5}, {"client_secret": 5},
     {"api": 5}, {"expires_at": "soon"}, {"expires_at": "0001-01-01T00:00:00+23:59"},
     {"org_kind": "other"}, {"client_id": 7}, {"secrets": None}, {"place": 1}],
    ids=str,
)  # fmt: skip
def test_a_damaged_file_says_to_log_in_again(profiles, damage):
    """A damaged profile is reported without its content, and can be replaced."""
    profiles.save(PROFILE)
    record = orjson.loads(profiles.file("default").read_bytes())
    if isinstance(damage, dict):
        (record["secrets"] if damage.keys() <= record["secrets"].keys() else record).update(damage)
        damage = orjson.dumps(record)
    profiles.file("default").write_bytes(damage)
    with pytest.raises(LoginError, match="cannot be read") as excinfo:
        profiles.load()
    assert excinfo.value.__context__ is None
    profiles.save(PROFILE)
    assert profiles.load() == PROFILE


def test_a_profile_nested_too_deeply_cannot_be_read(profiles):
    """JSON in the place of a name, as deep as a decoder reads it, costs no bare RecursionError."""
    profiles.save(PROFILE)
    content = profiles.file("default").read_bytes()
    profiles.file("default").write_bytes(content.replace(b'"ivanov"', b"[" * 1015 + b"]" * 1015))
    with pytest.raises(LoginError, match="cannot be read"):
        profiles.load()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80) | st.recursive(st.none() | st.text(max_size=5) | st.integers(-9, 9), st.lists).map(repr))
def test_any_file_content_is_a_login_error(tmp_path, content):
    """Loading a file with any other content raises LoginError and nothing else."""
    profiles = Profiles(tmp_path)
    profiles.save(PROFILE)
    profiles.file("default").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LoginError):
        profiles.load()


def test_a_failed_write_leaves_the_former_file(profiles):
    """A failed write leaves the former file complete and no temporary file beside it."""
    profiles.save(PROFILE)
    before = profiles.file("default").read_bytes()
    blocked = replace(PROFILE, name="blocked")
    profiles.file("blocked").mkdir()
    with pytest.raises(LoginError, match="cannot be written") as excinfo:
        profiles.save(blocked)
    assert "TRACKER_HOME" in excinfo.value.hint
    assert profiles.file("default").read_bytes() == before
    assert [path.name for path in profiles.folder.iterdir() if path.name.startswith(".new")] == []
    (profiles.home / "file").write_text("")
    with pytest.raises(LoginError, match="cannot be written"):
        Profiles(profiles.home / "file" / "home").save(PROFILE)


def test_readers_never_see_half_a_profile(profiles):
    """A profile that is being replaced is read completely, either the former or the new one."""
    profiles.save(PROFILE)
    stop = threading.Event()

    def write(number):
        while not stop.is_set():
            profiles.save(replace(PROFILE, user=str(number) * 2000))

    with ThreadPoolExecutor(3) as pool:
        for number in range(2):
            pool.submit(write, number)
        try:
            seen = [profiles.load().user for _ in range(150)]
        finally:
            stop.set()
    assert {len(user) for user in seen} <= {len(PROFILE.user), 2000}


def test_a_home_that_cannot_be_written_to_keeps_its_device_id_in_memory(tmp_path):
    """All logins of a process have one id that is not stored; only saving the login needs the folder."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    environ = {"TRACKER_HOME": str(tmp_path / "file" / "home")}
    assert len(LoginContext(environ).device.id) > 5
    assert LoginContext(environ).device == LoginContext(environ).device
    profiles = Profiles.of(environ)
    with profiles.locked("default") as is_locked:
        assert not is_locked
    with pytest.raises(LoginError, match="TRACKER_HOME"):
        profiles.save(PROFILE)


def test_a_stored_device_id_counts_where_nothing_can_be_locked(profiles):
    """A home that is read-only keeps the id that it has."""
    text = profiles.device_id()
    lock = profiles.home / "device_id.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    assert LoginContext({"TRACKER_HOME": str(profiles.home)}).device.id == text


def test_an_installation_has_one_device_id(profiles, tmp_path):
    """The device id is the same for all threads and later starts, and a damaged one is replaced."""
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Profiles(profiles.home).device_id(), range(24)))
    assert len(made) == 1
    (text,) = made
    assert 6 <= len(text) <= 50
    assert text.isascii()
    assert Profiles(tmp_path / "other").device_id() != text
    (profiles.home / "device_id").write_bytes(b"\xff\n")
    assert profiles.device_id() not in {text, ""}


def test_a_profile_is_locked_by_one_thread_at_a_time(profiles):
    """A lock excludes other threads; the lock of another profile does not."""
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


def test_the_home_is_tracker_home_or_the_platforms_folder(tmp_path, monkeypatch):
    """TRACKER_HOME may begin with ~; without it the platform's folder for settings is used."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Profiles.of({"TRACKER_HOME": "~/tracker"}).home == tmp_path / "tracker"
    assert Profiles.of({"TRACKER_HOME": " "}).home.name == "tracker_magic"


@posix
def test_a_home_that_cannot_exist_is_an_error_of_ours():
    """The home of an unknown user, and a name that is too long, are a SettingsError and a LoginError."""
    with pytest.raises(SettingsError, match="TRACKER_HOME"):
        Profiles.of({"TRACKER_HOME": "~nobodyxyz/x"})
    profiles = Profiles.of({"TRACKER_HOME": "x" * 5000})
    assert profiles.names() == []
    assert not profiles.remove("x")
    for method in (profiles.load, lambda: profiles.save(PROFILE), profiles.device_id):
        with pytest.raises(LoginError, match="TRACKER_HOME"):
            method()
