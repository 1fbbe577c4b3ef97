"""Jupyter Notebook 7 in a real browser: the table, the login form, Tab and Shift-Tab."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PATIENCE_MS, Lab
from tracker_magic.demo.server import Demo

pytest.importorskip("notebook")

IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


class Notebook7(Lab):
    """A Jupyter Notebook with its own folders, log and token."""

    def _command(self) -> list[str]:
        port = self.url.rpartition(":")[2]
        return [
            *(sys.executable, "-m", "notebook", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.work}"),
            *("--JupyterNotebookApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"),
        ]


@pytest.fixture
def notebook(demo: Demo, chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page with a notebook that shows issues, then the login form, and has an empty cell below."""
    server = Notebook7(tmp_path, demo.names)
    try:
        server.ready()
        server.write("n.ipynb", "%load_ext tracker_magic\n%tracker -n 3 Queue: DEV", "%tracker login", "")
        page = chromium.new_page(viewport={"width": 1000, "height": 1200})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.url}/notebooks/n.ipynb?token={server.token}")
        page.wait_for_function(IDLE)
        page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
        yield page
        page.close()
    finally:
        server.close()


def type_below(page: Page, text: str, key: str) -> None:
    """Type a line into the last cell, then press a key."""
    cell = page.locator(".jp-CodeCell").last.locator(".cm-content")
    cell.click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)
    page.keyboard.press(key)


def test_the_magic_works_in_notebook_7(notebook, tmp_path):
    """A query shows the table with links, `login` the form; Tab offers commands, and Shift-Tab shows their help."""
    notebook.locator(".tm-login").get_by_role("button", name="Continue", exact=True).wait_for()
    notebook.locator(".jp-OutputArea a", has_text="DEV-").first.wait_for()
    notebook.wait_for_function(IDLE)
    type_below(notebook, "%tracker ch", "Tab")
    notebook.locator(".jp-Completer", has_text="checklists").wait_for()
    notebook.keyboard.press("Escape")
    type_below(notebook, "%tracker changelog", "Shift+Tab")
    notebook.locator(".jp-Tooltip", has_text="history of changes").wait_for()
    notebook.screenshot(path=tmp_path / "notebook7.png", full_page=True)
