"""The settings of a shell: read again when a file has changed, listed with their sources, and set by name."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
from traitlets import Bool

from tracker_magic.errors import BadOption
from tracker_magic.frames import validate_zone
from tracker_magic.layout import wrapped
from tracker_magic.names import best_match
from tracker_magic.printable import quoted
from tracker_magic.settings import BY_COMMAND, PROJECT_FILE, TrackerMagic, default, full_path, read_settings

_WORDS: Final = {"yes": True, "on": True, "no": False, "off": False}
_ASSIGNMENT: Final = re.compile(r"(?i:TrackerMagic\.)?(?P<name>[\w-]+)(?:\s*=\s*|\s+|$)(?P<value>.*)", re.DOTALL)


class SettingsReader:
    """Reads the settings of one shell: `config` of IPython, and the pyproject.toml of the folder of the first use."""

    def __init__(self, settings: TrackerMagic, config: Mapping[str, Any]) -> None:
        self._settings = settings
        self._config = config
        self._folder: Path | None = None
        self._last_read: tuple[int, ...] | None = None

    def read(self) -> None:
        """Read what has changed. Raises SettingsError with every mistake, again and again until they are mended."""
        self._folder = self._folder or full_path(".")
        version = _version(self._folder / PROJECT_FILE)
        if version != self._last_read:
            self._last_read = None  # until it was read without a mistake
            read_settings(self._settings, self._config, self._folder)
            self._last_read = version


def _version(path: Path) -> tuple[int, ...]:
    """Numbers that differ after a change of the file."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def settings_text(frame: pd.DataFrame) -> str:
    """Return such a frame as text: a line for each setting, and below it what it is for."""
    rows = [
        (str(name), f"{value} ({source})", str(help_))
        for name, value, source, _, help_ in frame.itertuples(index=False, name=None)
    ]
    width = max(len(name) for name, *_ in rows)
    return "\n".join(
        wrapped(f"{name:<{width}}  {value}", width + 2) + "\n" + wrapped(help_, width + 2, first=width + 2)
        for name, value, help_ in rows
    )


def settings_frame(settings: TrackerMagic, names: Iterable[str]) -> pd.DataFrame:
    """Return a frame of settings: name, value, source, default, help."""
    rows = [
        (name, getattr(settings, name), settings.source(name), default(name), settings.trait_metadata(name, "help"))
        for name in names
    ]
    columns = ["name", "value", "source", "default", "help"]
    return pd.DataFrame(rows, columns=columns, dtype=object)  # None is a value here


def configure(settings: TrackerMagic, text: str) -> list[str]:
    """Set the setting that `NAME VALUE` or `NAME = VALUE` names; return the names of the settings to show.

    Raises BadOption for an unknown name, or a value that the setting cannot have.
    """
    match = _ASSIGNMENT.fullmatch(text)
    if match is None:
        return settings.setting_names()
    name, value = match["name"].replace("-", "_").lower(), match["value"].strip()
    if name not in settings.setting_names():
        similar = best_match(name, settings.setting_names())
        hint = f"Did you mean `{similar}`?" if similar else "`%tracker config` lists all settings."
        raise BadOption(f"there is no setting {quoted(name)}", hint=hint)
    if value:
        _set(settings, name, value)
    return [name]


def _set(settings: TrackerMagic, name: str, text: str) -> None:
    trait = settings.traits()[name]
    word = text.strip("'\"")
    try:
        value = _value(trait, word)
    except ValueError:
        value = word  # which the setting refuses
    if mistakes := settings.apply({name: value}, BY_COMMAND):
        if name == "tz":
            validate_zone(word)  # names the nearest zones
        raise BadOption(mistakes[0], hint=f"{name}: {trait.help}")


def _value(trait: Any, word: str) -> Any:
    """Return the value that a word stands for. Raises ValueError if it stands for none of this setting."""
    if word.lower() == "none" and trait.allow_none:
        return None
    if isinstance(trait, Bool) and word.lower() in _WORDS:
        return _WORDS[word.lower()]
    return trait.from_string(word)
