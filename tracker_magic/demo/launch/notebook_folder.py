"""A temporary folder with a copy of the first notebook, and the environment in which its kernels use the demo."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIRST_NOTEBOOK: Final = "01_quickstart.ipynb"

# Variables that configure a real login: they would contradict those of the demo.
_LOGIN_PREFIXES: Final = ("TRACKER_", "YANDEX_TRACKER_", "YC_")
# No news and no check for updates: the demo makes no request to the internet.
_PAGE_CONFIG: Final = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@dataclass(frozen=True, slots=True)
class NotebookFolder:
    """A folder with a copy of the first notebook."""

    path: Path

    @property
    def notebook(self) -> Path:
        """The copy of the first notebook."""
        return self.path / FIRST_NOTEBOOK

    @property
    def has_changes(self) -> bool:
        """Whether somebody saved something in it."""
        names = {path.name for path in self.path.iterdir() if not path.name.startswith(".")}
        return names != {FIRST_NOTEBOOK} or self.notebook.read_bytes() != first_notebook().read_bytes()

    def environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """The environment of this process, with `names` instead of any real login; all storage is inside the folder."""
        others = {name: value for name, value in os.environ.items() if not name.startswith(_LOGIN_PREFIXES)}
        config = [str(self.path / ".jupyter"), others.get("JUPYTER_CONFIG_PATH", "")]
        checkout = str(_root()) if (_root() / "pyproject.toml").is_file() else ""
        paths = [checkout, others.get("PYTHONPATH", "")]
        return {
            **others,
            **names,
            "TRACKER_HOME": str(self.path / ".tracker_magic"),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }


@contextmanager
def notebook_folder() -> Iterator[NotebookFolder]:
    """Make a folder and remove it at the end, unless somebody saved work in it."""
    folder = NotebookFolder(Path(tempfile.mkdtemp(prefix="tracker_magic_")).resolve())
    try:
        shutil.copyfile(first_notebook(), folder.notebook)
        page_config = folder.path / ".jupyter" / "labconfig" / "page_config.json"
        page_config.parent.mkdir(parents=True)
        page_config.write_text(json.dumps(_PAGE_CONFIG), encoding="utf-8")
        yield folder
    finally:
        if not folder.has_changes:
            shutil.rmtree(folder.path, ignore_errors=True)


def first_notebook() -> Path:
    """The path of the first notebook: inside an installed package, beside the package in a checkout."""
    installed = Path(__file__).parent / "notebooks" / FIRST_NOTEBOOK
    return installed if installed.is_file() else _root() / "notebooks" / FIRST_NOTEBOOK


def _root() -> Path:
    return Path(__file__).resolve().parents[3]
