"""Loading and unloading in a fresh shell."""

import gc
import threading
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import tracker_magic
from tracker_magic.errors import NotLoggedIn, SettingsError
from tracker_magic.notebook.sessions import REGISTERED, Sessions
from tracker_magic.notebook.transform import TrackerLine, call_cell_magic, move_assignment_into_cell_magic
from tracker_magic.settings import TrackerMagic


def state(shell: InteractiveShell) -> dict[str, Any]:
    """Everything in a shell that an extension can change."""
    manager, inputs = shell.magics_manager, shell.input_transformer_manager
    formatters = shell.display_formatter.formatters
    return {
        "magics": {kind: dict(table) for kind, table in manager.magics.items()},
        "registry": dict(manager.registry),
        "configurables": list(shell.configurables),
        "cleanup": list(inputs.cleanup_transforms),
        "line": list(inputs.line_transforms),
        "token": list(inputs.token_transformers),
        "post": list(shell.input_transformers_post),
        "ast": list(shell.ast_transformers),
        "matchers": list(getattr(shell.Completer, "custom_matchers", [])),
        "callbacks": {name: list(callbacks) for name, callbacks in shell.events.callbacks.items()},
        "printers": {name: dict(each.type_printers) for name, each in formatters.items()},
        "deferred printers": {name: dict(each.deferred_printers) for name, each in formatters.items()},
        "handlers": shell.custom_exceptions,
        "names": set(shell.user_ns),
    }


def run(shell: InteractiveShell, code: str) -> Any:
    """Run a cell and return its result; an error is raised."""
    execution = shell.run_cell(code, silent=True)
    execution.raise_error()
    return execution.result


def test_unloading_leaves_the_shell_as_it_was(shell, capsys):
    """After unloading, all magics, settings, transformers, matchers and callbacks are as before, also after use."""
    run(
        shell, "%load_ext tracker_magic\n%unload_ext tracker_magic"
    )  # IPython loads those two magics at their first use
    before = state(shell)
    assert not [name for table in before["magics"].values() for name in table if "tracker" in name]
    run(shell, "%load_ext tracker_magic")
    assert state(shell) != before
    run(shell, "%tracker")
    run(shell, "%unload_ext tracker_magic")
    assert state(shell) == before
    assert "already" not in capsys.readouterr().out


def test_reloading_twice_leaves_one_of_each(shell):
    """After loading several times there is one magic, one settings object, and one of each transformer."""
    for code in ("%load_ext tracker_magic", "%reload_ext tracker_magic", "%reload_ext tracker_magic"):
        run(shell, code)
    inputs = shell.input_transformer_manager
    assert inputs.cleanup_transforms.count(move_assignment_into_cell_magic) == 1
    assert inputs.line_transforms.count(call_cell_magic) == 1
    assert inputs.token_transformers.count(TrackerLine) == 1
    assert sum(isinstance(each, TrackerMagic) for each in shell.configurables) == 1
    assert sum(type(each).__name__ == "TrackerMagics" for each in shell.configurables) == 1


def test_the_demo_ends_with_the_extension(shell, monkeypatch):
    """Unloading ends a demo that was started in the kernel, with its threads."""
    for name in ("TRACKER_TOKEN", "TRACKER_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    before = {thread.ident for thread in threading.enumerate()}
    run(shell, "%load_ext tracker_magic")
    run(shell, "%tracker demo;")
    assert {thread.ident for thread in threading.enumerate()} > before
    run(shell, "%unload_ext tracker_magic")
    gc.collect()
    assert {thread.ident for thread in threading.enumerate() if thread.is_alive()} <= before


def test_config_knows_the_settings(shell):
    """`%config TrackerMagic` shows and sets the settings."""
    run(shell, "%load_ext tracker_magic")
    run(shell, "%config TrackerMagic.tz = 'Europe/Moscow'")
    (settings,) = (each for each in shell.configurables if isinstance(each, TrackerMagic))
    assert settings.tz == "Europe/Moscow"


def test_a_bad_setting_never_breaks_the_load(shell, tmp_path, monkeypatch):
    """All mistakes in pyproject.toml are reported in one error, at every call until the file is mended."""
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.tracker_magic]\nlimit = "many"\nzone = "UTC"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    run(shell, "%load_ext tracker_magic")
    for line in ("%tracker", "%tracker me", "%tracker Queue: DEV"):
        with pytest.raises(SettingsError, match=r"limit needs .* not 'many'.*unknown setting 'zone'"):
            run(shell, line)
    file.write_text("[tool.tracker_magic\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"pyproject.toml: it cannot be read"):
            run(shell, "%tracker")
    file.write_text("[tool.tracker_magic]\nlimit = 7\n", encoding="utf-8")
    run(shell, "%tracker")
    assert settings_of(shell).limit == 7


@pytest.mark.parametrize("line", ["help", "help limit", "config", "config limit", "doctor"])
def test_what_is_wrong_with_the_settings_can_be_looked_up(shell, tmp_path, monkeypatch, capsys, line):
    """`help`, `config` and `doctor` work with a broken pyproject.toml, and show what is wrong."""
    (tmp_path / "pyproject.toml").write_text("[tool.tracker_magic]\nzone = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKER_API_BASE_URL", "http://127.0.0.1:9")
    run(shell, "%load_ext tracker_magic")
    shell.run_cell(f"%tracker {line}")
    assert "unknown setting 'zone'" in " ".join(capsys.readouterr().out.split())


def test_a_changed_file_is_read_again(shell, tmp_path, monkeypatch):
    """A changed pyproject.toml counts from the next call on; what was set in the session stays."""
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.tracker_magic]\ntz = "Asia/Omsk"\nlimit = 5\nother_rps = 3\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    run(shell, "%load_ext tracker_magic")
    run(shell, "%tracker\n%config TrackerMagic.limit = 6\n%tracker config other_rps 4")
    file.write_text('[tool.tracker_magic]\nlang = "en"\nlimit = 9\nother_rps = 9\n', encoding="utf-8")
    run(shell, "%tracker")
    settings = settings_of(shell)
    assert (settings.tz, settings.lang, settings.limit, settings.other_rps) == ("UTC", "en", 6, 4)


def test_a_reload_keeps_sessions_settings_and_the_demo(shell, monkeypatch):
    """After `%reload_ext`, also twice, the same sessions work without another login; `%unload_ext` ends them."""
    for name in ("TRACKER_TOKEN", "TRACKER_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    run(shell, "%load_ext tracker_magic")
    run(shell, "%tracker demo;\n%config TrackerMagic.tz = 'Europe/Moscow'")
    sessions = sessions_of(shell)
    tracker = sessions.tracker()
    for _ in range(2):
        run(shell, "%reload_ext tracker_magic")
        run(shell, "df = %tracker -n 2 Queue: DEV")
        assert str(shell.user_ns["df"].createdAt.dt.tz) == "Europe/Moscow"
        assert sessions_of(shell) is sessions
        assert sessions.tracker() is tracker
    run(shell, "%unload_ext tracker_magic\n%load_ext tracker_magic")
    with pytest.raises(NotLoggedIn):
        run(shell, "%tracker Queue: DEV")


def test_unloading_forgets_what_config_set(shell):
    """IPython writes what `%config` sets into the configuration of the shell; after unloading only the file counts."""
    shell.config.TrackerMagic.lang = "en"
    run(shell, "%load_ext tracker_magic\n%config TrackerMagic.tz = 'Europe/Moscow'\n%tracker")
    run(shell, "%unload_ext tracker_magic\n%load_ext tracker_magic\n%tracker")
    assert (settings_of(shell).tz, settings_of(shell).lang) == ("UTC", "en")


def test_what_config_cannot_use_is_only_logged(shell):
    """IPython logs a bad value of `%config`; it is not a mistake in a file, so the next commands work."""
    run(shell, "%load_ext tracker_magic")
    run(shell, "%config TrackerMagic.tz = 'Mars'")
    run(shell, "%tracker")
    assert settings_of(shell).tz == "UTC"


def sessions_of(shell: InteractiveShell) -> Sessions:
    """The sessions of a shell."""
    return shell.magics_manager.registry[REGISTERED].engine.sessions


def settings_of(shell: InteractiveShell) -> TrackerMagic:
    """The settings of a shell."""
    (settings,) = (each for each in shell.configurables if isinstance(each, TrackerMagic))
    return settings


def work_in_removed_folder(tmp_path, monkeypatch):
    """Change to a folder and remove it."""
    folder = tmp_path / "removed"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


def test_a_removed_working_folder_is_one_message(shell, tmp_path, demo, monkeypatch):
    """Whatever looks at the working folder says that it is gone, until the kernel changes to another one."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    work_in_removed_folder(tmp_path, monkeypatch)
    run(shell, "%load_ext tracker_magic")
    for line in ("%tracker count Queue: DEV", "%tracker -n 1 Queue: DEV"):
        with pytest.raises(SettingsError, match="working folder does not exist") as caught:
            run(shell, line)
        assert caught.value.reason == "no_working_folder"
        assert "%cd" in caught.value.hint
    (tmp_path / "q.txt").write_text("Queue: DEV", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    run(shell, "%tracker count -f q.txt")


def test_files_of_a_removed_working_folder_are_the_same_message(shell, tmp_path, demo, monkeypatch):
    """A query file, a key file and a download in a folder that was removed afterwards say so as well."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    run(shell, "%load_ext tracker_magic")
    run(shell, "%tracker count Queue: DEV")
    work_in_removed_folder(tmp_path, monkeypatch)
    monkeypatch.setenv("TRACKER_SA_KEY_FILE", "key.json")
    for line in ("%tracker count -f q.txt", "%tracker login --strategy service-account"):
        with pytest.raises(SettingsError, match="working folder does not exist"):
            run(shell, line)
    with tracker_magic.connect() as tracker, pytest.raises(SettingsError, match="working folder does not exist"):
        tracker.download({"url": f"{demo.url}/file", "name": "x"}, ".")
    monkeypatch.chdir(tmp_path)
    run(shell, "%tracker count Queue: DEV")


def test_current_connects_outside_ipython(demo, monkeypatch):
    """Without IPython `current()` connects with the environment, or raises NotLoggedIn with a hint."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    with tracker_magic.current() as elsewhere:
        assert elsewhere.base_url == demo.url
    monkeypatch.delenv("TRACKER_TOKEN")
    with pytest.raises(NotLoggedIn, match="TRACKER_TOKEN"):
        tracker_magic.current()


def test_a_failure_keeps_the_old_value(shell, demo, monkeypatch):
    """After a failure the variable keeps its old value in every form of assignment, and the error is raised."""
    for name, value in demo.names.items():
        monkeypatch.setenv(name, value)
    run(shell, "%load_ext tracker_magic")
    old = shell.user_ns["df"] = object()
    for form in ("df = %tracker (", "%tracker df << (", "%tracker -o df (", "df = %%tracker\n("):
        with pytest.raises(tracker_magic.errors.BadQuery):
            run(shell, form)
        assert shell.user_ns["df"] is old
