"""Folders with copies of the notebooks, and the environment in which their kernels use the demo."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

FIRST_NOTEBOOK: Final = "01_quickstart.ipynb"

# Variables that configure a real login: they would contradict those of the demo.
_LOGIN_PREFIXES: Final = ("TRACKER_", "YANDEX_TRACKER_", "YC_")
# No news and no check for updates: the demo makes no request to the internet.
_PAGE_CONFIG: Final = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
# Copies as they were made, by which a file that somebody changed is recognised.
_ORIGINALS: Final = ".originals"
_LOGINS: Final = ".tracker_magic"


@dataclass(frozen=True, slots=True)
class NotebookFolder:
    """A folder with copies of the notebooks."""

    path: Path

    @property
    def notebook(self) -> Path:
        """The copy of the first notebook."""
        return self.path / FIRST_NOTEBOOK

    def environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """The environment of this process, with `names` instead of any real login; all storage is inside the folder."""
        others = {name: value for name, value in os.environ.items() if not name.startswith(_LOGIN_PREFIXES)}
        config = [str(self.path / ".jupyter"), others.get("JUPYTER_CONFIG_PATH", "")]
        checkout = str(_root()) if (_root() / "pyproject.toml").is_file() else ""
        paths = [checkout, others.get("PYTHONPATH", "")]
        return {
            **others,
            **names,
            "TRACKER_HOME": str(self.path / _LOGINS),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }


@contextmanager
def temporary_folder() -> Iterator[NotebookFolder]:
    """Make a folder with the notebooks as they are shipped, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="tracker_magic_", ignore_cleanup_errors=True) as path:
        yield prepare_folder(Path(path).resolve())


def user_folder() -> NotebookFolder:
    """The user's own folder, in which saved work stays; a new temporary one where that cannot be written."""
    try:
        return prepare_folder(user_data_path("tracker_magic", appauthor=False).resolve() / "demo")
    except OSError:
        return prepare_folder(Path(tempfile.mkdtemp(prefix="tracker_magic_")).resolve())


def prepare_folder(path: Path) -> NotebookFolder:
    """Copy the notebooks into a folder. Files that somebody changed stay as they are; logins of earlier demos go."""
    originals = path / _ORIGINALS
    originals.mkdir(parents=True, exist_ok=True)
    for source in sorted(shipped_notebooks().iterdir()):
        if source.is_file():
            _update(path / source.name, originals / source.name, source.read_bytes())
    shutil.rmtree(path / _LOGINS, ignore_errors=True)
    page_config = path / ".jupyter" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True, exist_ok=True)
    page_config.write_text(json.dumps(_PAGE_CONFIG), encoding="utf-8")
    return NotebookFolder(path)


def _update(copy: Path, original: Path, content: bytes) -> None:
    """Write the file unless it differs from what was written last time."""
    if copy.exists() and not (original.exists() and copy.read_bytes() == original.read_bytes()):
        return
    original.write_bytes(content)
    copy.write_bytes(content)


def shipped_notebooks() -> Path:
    """The folder of the notebooks: inside an installed package, beside the package in a checkout."""
    installed = Path(__file__).parent / "notebooks"
    return installed if installed.is_dir() else _root() / "notebooks"


def _root() -> Path:
    return Path(__file__).resolve().parents[3]
