"""Folders with copies of the notebooks, and the environment in which their kernels use the demo."""

import json
import os
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
_PREFIX: Final = "tracker_magic_"
_SHIPPED: Final = (".ipynb", ".png")  # in a checkout, a notebook that was run may have written others


@dataclass(frozen=True, slots=True)
class NotebookFolder:
    """A folder with copies of the notebooks, and one for the logins that are saved while the demo runs."""

    path: Path
    logins: Path

    @property
    def notebook(self) -> Path:
        """The copy of the first notebook."""
        return self.path / FIRST_NOTEBOOK

    def environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """The environment of this process, with `names` and the demo's own storage instead of any real login."""
        others = {name: value for name, value in os.environ.items() if not name.startswith(_LOGIN_PREFIXES)}
        config = [str(self.path / ".jupyter"), others.get("JUPYTER_CONFIG_PATH", "")]
        checkout = str(_root()) if (_root() / "pyproject.toml").is_file() else ""
        paths = [checkout, others.get("PYTHONPATH", "")]
        return {
            **others,
            **names,
            "TRACKER_HOME": str(self.logins),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }


@contextmanager
def temporary_folder() -> Iterator[NotebookFolder]:
    """Make a folder with the notebooks as they are shipped, and remove it at the end."""
    with _temporary() as path:
        yield prepare_folder(path, path / ".tracker_magic")


@contextmanager
def user_folder() -> Iterator[NotebookFolder]:
    """The user's own folder, in which saved work stays; a new temporary one where that cannot be written.

    Logins lead to a Tracker that ends with this block, and another demo may run in the same folder: they go into a
    folder of their own, which is removed at the end.
    """
    with _temporary() as logins:
        try:
            folder = prepare_folder(user_data_path("tracker_magic", appauthor=False).resolve() / "demo", logins)
        except OSError:
            folder = prepare_folder(Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve(), logins)
        yield folder


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as path:
        yield Path(path).resolve()


def prepare_folder(path: Path, logins: Path) -> NotebookFolder:
    """Copy the notebooks and their pictures into a folder. Files that somebody changed stay as they are."""
    originals = path / _ORIGINALS
    originals.mkdir(parents=True, exist_ok=True)
    for source in sorted(shipped_notebooks().iterdir()):
        if source.suffix in _SHIPPED:
            _update(path / source.name, originals / source.name, source.read_bytes())
    page_config = path / ".jupyter" / "labconfig" / "page_config.json"
    page_config.parent.mkdir(parents=True, exist_ok=True)
    page_config.write_text(json.dumps(_PAGE_CONFIG), encoding="utf-8")
    return NotebookFolder(path, logins)


def _update(copy: Path, original: Path, content: bytes) -> None:
    """Write the file unless somebody changed it since the last time; one that is up to date stays untouched."""
    present, written = (path.read_bytes() if path.exists() else None for path in (copy, original))
    if present in (None, written, content):
        for path, old in ((copy, present), (original, written)):
            if old != content:
                path.write_bytes(content)


def shipped_notebooks() -> Path:
    """The folder of the notebooks: inside an installed package, beside the package in a checkout."""
    installed = Path(__file__).parent / "notebooks"
    return installed if installed.is_dir() else _root() / "notebooks"


def _root() -> Path:
    return Path(__file__).resolve().parents[3]
