"""A fresh folder with a copy of the first notebook, and the environment that leads its kernels to the demo."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIRST: Final = "01_quickstart.ipynb"

# Names that lead to a real service: beside the demo's they would contradict it.
_OTHER_LOGINS: Final = ("TRACKER_", "YANDEX_TRACKER_", "YC_")
# No question about news, no look for a new version: the demo talks to nobody.
_LAB_PAGE: Final = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder to work in, which holds `notebook`."""

    folder: Path

    @property
    def notebook(self) -> Path:
        """The copy of the first notebook."""
        return self.folder / FIRST

    @property
    def is_touched(self) -> bool:
        """Whether somebody saved something here."""
        seen = {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}
        return seen != {FIRST} or self.notebook.read_bytes() != first_notebook().read_bytes()

    def environment(self, names: Mapping[str, str]) -> dict[str, str]:
        """This process's environment with the demo's `names` in place of any real login; nothing rests outside."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHER_LOGINS)}
        config = [str(self.folder / ".jupyter"), kept.get("JUPYTER_CONFIG_PATH", "")]
        checkout = [str(path) for path in (_root(),) if (path / "pyproject.toml").is_file()]
        paths = [*checkout, kept.get("PYTHONPATH", "")]
        return {
            **kept,
            **names,
            "TRACKER_HOME": str(self.folder / ".tracker_magic"),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Make a workplace; at the end it goes, unless somebody saved work in it."""
    place = Workplace(Path(tempfile.mkdtemp(prefix="tracker_magic_")).resolve())
    try:
        shutil.copyfile(first_notebook(), place.notebook)
        page = place.folder / ".jupyter" / "labconfig" / "page_config.json"
        page.parent.mkdir(parents=True)
        page.write_text(json.dumps(_LAB_PAGE), encoding="utf-8")
        yield place
    finally:
        if not place.is_touched:
            shutil.rmtree(place.folder, ignore_errors=True)


def first_notebook() -> Path:
    """The first notebook: part of an installed package, beside the package in a checkout."""
    installed = Path(__file__).parent / "notebooks" / FIRST
    return installed if installed.is_file() else _root() / "notebooks" / FIRST


def _root() -> Path:
    return Path(__file__).resolve().parents[3]
