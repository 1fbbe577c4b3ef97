"""The public names are few and listed, and importing them costs nothing until they are used."""

import re
import subprocess
import sys

import pytest

import tracker_magic

HEAVY = ("pandas", "requests", "IPython", "ipywidgets", "numpy", "matplotlib", "werkzeug")
PUBLIC = {
    "Tracker",
    "charts",
    "connect",
    "current",
    "errors",
    "flow",
    "has",
    "load_ipython_extension",
    "unload_ipython_extension",
}


def test_all_lists_exactly_the_public_names():
    """`__all__` contains the names that the package promises and no others."""
    assert set(tracker_magic.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(tracker_magic.__all__))
def test_a_public_name_can_be_imported(name):
    """Each name in `__all__` is an attribute of the package and is listed by `dir`."""
    assert getattr(tracker_magic, name) is not None
    assert name in dir(tracker_magic)


def test_an_unknown_name_raises_attribute_error():
    """A name that does not exist raises AttributeError, as with any module."""
    with pytest.raises(AttributeError, match="no attribute 'Trakcer'"):
        tracker_magic.Trakcer


def test_importing_the_package_imports_no_heavy_dependency():
    """Importing the package and `charts` imports none of pandas, requests, IPython and the other heavy dependencies."""
    code = f"import sys; from tracker_magic import charts; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_version_matches_the_metadata(root):
    """`__version__` is the version in pyproject.toml."""
    version = re.search(r'^version = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert version[1] == tracker_magic.__version__
