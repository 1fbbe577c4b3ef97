"""Settings and addresses."""

from pathlib import Path

import pytest
from traitlets.config import Config

from tracker_magic.errors import SettingsError
from tracker_magic.settings import (
    Addresses,
    TrackerMagic,
    address_problem,
    browser_address,
    read_settings,
    read_teams,
)


def test_settings_come_from_the_project_then_ipython_then_defaults(tmp_path: Path):
    """The notebook folder's pyproject.toml wins over IPython's configuration, and %config over both."""
    (tmp_path / "pyproject.toml").write_text('[tool.tracker_magic]\ntz = "Europe/Moscow"\nlimit = 5\n')
    settings = TrackerMagic()
    settings.limit = 7
    read_settings(settings, {"tz": "Asia/Omsk", "lang": "en"}, tmp_path)
    assert (settings.tz, settings.lang, settings.limit, settings.other_rps) == ("Europe/Moscow", "en", 7, 10.0)


def test_a_default_set_by_config_stays(tmp_path: Path):
    """A value set by %config wins over the folder's file, even if it is the default."""
    (tmp_path / "pyproject.toml").write_text('[tool.tracker_magic]\ntz = "Europe/Moscow"\n')
    settings = TrackerMagic()
    settings.update_config(Config({"TrackerMagic": {"tz": "UTC"}}))
    read_settings(settings, {}, tmp_path)
    assert settings.tz == "UTC"


def test_all_mistakes_are_reported_at_once(tmp_path: Path):
    """One error names every wrong setting, with the nearest name, and the right ones are still set."""
    (tmp_path / "pyproject.toml").write_text('[tool.tracker_magic]\nlimt = 5\nlimit = "many"\nlang = "en"\n')
    settings = TrackerMagic()
    with pytest.raises(SettingsError) as caught:
        read_settings(settings, {"search_rps": -1}, tmp_path)
    for fact in ("'limt'", "'limit'", "'many'", "search_rps"):
        assert fact in str(caught.value)
    assert settings.lang == "en"


def test_a_second_look_changes_nothing_that_stayed(tmp_path: Path):
    """Reading again never shows a default in between: whoever observes a setting learns only of what differs."""
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.tracker_magic]\ntz = "Europe/Moscow"\ndebug = true\nlimit = 5\n')
    settings = TrackerMagic()
    read_settings(settings, {"lang": "en"}, tmp_path)
    settings.update_config(Config({"TrackerMagic": {"progress": False}}))
    seen: list[tuple[str, object]] = []
    settings.observe(lambda change: seen.append((change["name"], change["new"])))
    read_settings(settings, {"lang": "en"}, tmp_path)
    assert seen == []
    file.write_text("[tool.tracker_magic]\ndebug = true\nlimit = 6\n")
    read_settings(settings, {"lang": "en"}, tmp_path)
    assert sorted(seen) == [("limit", 6), ("tz", "UTC")]
    assert [settings.source(name) for name in ("tz", "limit", "lang", "progress")] == [
        "default", str(file), "IPython configuration", "%config",
    ]  # fmt: skip


def test_a_mistake_is_said_in_our_words(tmp_path: Path):
    """The error names the setting, what it needs and what was given; nothing about how settings are made."""
    (tmp_path / "pyproject.toml").write_text("[tool.tracker_magic]\nprogress = 'often'\nlimit = 0\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(TrackerMagic(), {}, tmp_path)
    assert "progress needs True or False, not 'often'; limit needs a whole number above 0, or None, not 0" in str(
        caught.value
    )


@pytest.mark.parametrize("name", TrackerMagic.setting_names())
def test_every_setting_says_what_it_needs(name: str):
    """No setting takes a list, and the message about it says what is needed instead."""
    (message,) = TrackerMagic().apply({name: []}, "test")
    assert message.startswith(f"{name} needs ")
    assert "None, not" in message or "False, not" in message or "Moscow, not" in message


@pytest.mark.parametrize(
    "text",
    ["[tool.tracker_magic\n", "[tool]\ntracker_magic = 3\n", "a = " + "[" * 3000, "a = " + "9" * 5000, "a = 'x\x00'"],
    ids=["cut", "number", "deep", "digits", "control"],
)
def test_an_unreadable_file_is_one_settings_error(tmp_path: Path, text: str):
    """A file that is not TOML, or has no table where one belongs, raises a SettingsError that names the file."""
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        read_settings(TrackerMagic(), {}, tmp_path)


def test_a_folder_without_settings_is_fine(tmp_path: Path):
    """Without a file, or a table in it, the settings have their defaults."""
    read_settings(TrackerMagic(), {}, tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    settings = TrackerMagic()
    read_settings(settings, {}, tmp_path)
    assert settings.tz == "UTC"


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://x", "api.tracker.yandex.net", "https://user:pw@host", "https://host/path", "http://host"),
        *("https://h:x", "https://host?", "https://host#", "https://ho\tst", "https://host\n", "https://a b"),
        *("http://[::1]evil:1", "http://evil[::1]:1", "http://[::1]:1:1", "http://[::1", "https://host//"),
    ],
)
def test_an_address_that_would_leak_or_fail_is_refused(address: str):
    """An address with plain http to another machine, or with a user, a path or a bad port, is refused."""
    assert address_problem(address)


@pytest.mark.parametrize(
    "address", ["https://host", "https://host:8443/", "http://127.0.0.1:80", "http://localhost", "http://[::1]:9"]
)
def test_a_safe_address_is_accepted(address: str):
    """Https is accepted for every host, plain http for this machine."""
    assert address_problem(address) is None


def test_wrong_addresses_are_all_named():
    """One error names every address variable that cannot be used; the metadata address may be plain http."""
    environ = {
        "TRACKER_API_BASE_URL": "http://evil.example",
        "TRACKER_WEB_URL": "nonsense",
        "TRACKER_METADATA_BASE_URL": "http://169.254.169.254/",
    }
    with pytest.raises(SettingsError) as caught:
        Addresses.from_environment(environ)
    assert "TRACKER_API_BASE_URL" in str(caught.value)
    assert "TRACKER_WEB_URL" in str(caught.value)
    assert "METADATA" not in str(caught.value)
    assert Addresses.from_environment({"TRACKER_API_BASE_URL": "https://st.example/"}).api == "https://st.example"


@pytest.mark.parametrize("address", ["http://169.254.169.254", "http://127.0.0.1:80", "https://metadata.example"])
def test_a_metadata_address_is_accepted(address: str):
    """Plain http is accepted for the address that only a virtual machine itself reaches, and for this machine."""
    assert Addresses.from_environment({"TRACKER_METADATA_BASE_URL": address}).metadata == address


@pytest.mark.parametrize("host", ["metadata.example", "10.0.0.1", "169.254.169.253", "169.254.169.254.example"])
def test_a_metadata_address_elsewhere_needs_https(host: str):
    """Over plain http, anybody on the way could read the token that comes; the error names the address to use."""
    with pytest.raises(SettingsError, match=f"METADATA.*use https://{host} or http://169.254.169.254"):
        Addresses.from_environment({"TRACKER_METADATA_BASE_URL": f"http://{host}"})


def test_teams_are_no_settings(tmp_path):
    """A table of teams in pyproject.toml is no wrong setting, and the other settings are read."""
    text = '[tool.tracker_magic]\ntz = "Europe/Moscow"\n[tool.tracker_magic.teams.dev]\nquery = "Queue: DEV"\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    settings = TrackerMagic()
    read_settings(settings, {}, tmp_path)
    assert settings.tz == "Europe/Moscow"
    assert read_teams(tmp_path / "pyproject.toml") == {"dev": {"query": "Queue: DEV"}}


@pytest.mark.parametrize(
    ("prefix", "url", "expected"),
    [
        ("/user/visitor/", "http://127.0.0.1:8000/device?x=1", "/user/visitor/proxy/8000/device?x=1"),
        ("/user/visitor", "http://[::1]:8000", "/user/visitor/proxy/8000"),
        ("/user/visitor/", "https://tracker.yandex.ru/DEV-1", "https://tracker.yandex.ru/DEV-1"),
        ("/user/visitor/", "http://127.0.0.1/device", "http://127.0.0.1/device"),
        ("", "http://127.0.0.1:8000/device", "http://127.0.0.1:8000/device"),
        ("evil.example/", "http://127.0.0.1:8000/device", "http://127.0.0.1:8000/device"),
    ],
)
def test_on_a_hub_a_browser_finds_this_machine_through_the_proxy(monkeypatch, prefix, url, expected):
    """Links to this machine lead to the proxy of a JupyterHub's server; all others, and those elsewhere, stay."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", prefix)
    assert browser_address(url) == expected
