"""The public names: few, spelled out, and free until they are used."""

import re
import subprocess
import sys

import pytest

import tracker_magic

HEAVY = ("pandas", "requests", "IPython", "ipywidgets", "numpy", "matplotlib", "werkzeug")
PUBLIC = {"Tracker", "connect", "current", "errors", "has", "load_ipython_extension", "unload_ipython_extension"}


def test_the_names_are_those_of_the_design():
    """`__all__` is exactly what is promised (`flow`, `charts`, `export` come with their parts)."""
    assert set(tracker_magic.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(tracker_magic.__all__))
def test_each_name_is_there(name):
    """What `__all__` names can be had, and is listed by `dir`."""
    assert getattr(tracker_magic, name) is not None
    assert name in dir(tracker_magic)


def test_another_name_is_an_ordinary_mistake():
    """A name that does not exist is an AttributeError, as with any module."""
    with pytest.raises(AttributeError, match="no attribute 'Trakcer'"):
        tracker_magic.Trakcer


def test_the_package_costs_nothing_to_import():
    """`import tracker_magic` imports none of the heavy neighbours."""
    code = f"import sys, tracker_magic; print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_version_is_said_once_more_in_the_metadata(root):
    """`__version__` is the version that pyproject.toml builds."""
    written = re.search(r'^version = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert written
    assert written[1] == tracker_magic.__version__
