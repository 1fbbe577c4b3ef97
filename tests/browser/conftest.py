"""JupyterLab in headless Chromium: one Lab and one browser for all tests of this folder."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import playwright.sync_api
import pytest
import requests
from playwright.sync_api import Browser, Locator, Page, sync_playwright

import tracker_magic
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
REQUIRED = os.environ.get("TRACKER_MAGIC_BROWSER") == "require"
PATIENCE_MS = 60_000  # a busy machine starts a kernel and draws its first widget in half a minute
ARGUMENTS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"),
    *("--no-first-run", "--no-proxy-server", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
]
# A page that behaves the same every time: no news, every cell is rendered, nothing is saved automatically.
USER_SETTINGS: Mapping[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip these tests if there is no Chromium, unless it is required."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and not REQUIRED:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium: apt-get install chromium"))


class Lab:
    """A JupyterLab with its own folders, log and token."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.token = secrets.token_hex(24)
        self.work = folder / "work"
        self.work.mkdir()
        self._configure()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.log = (folder / "lab.log").open("wb")
        self.process = subprocess.Popen(
            self._command(), cwd=self.work, env=self._environment(environ), stdout=self.log, stderr=self.log
        )

    def ready(self) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.ask("GET", "/api/status").ok:
                    return
            except requests.ConnectionError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.2)
        raise AssertionError((self.folder / "lab.log").read_text(errors="replace"))

    def ask(self, method: str, path: str) -> requests.Response:
        """Send a request to the server."""
        headers = {"Authorization": f"token {self.token}"}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + path, headers=headers, timeout=PATIENCE_MS / 1000)

    def write(self, name: str, *cells: str) -> None:
        """Write a notebook of these code cells."""
        made = [
            {
                "cell_type": "code",
                "id": f"cell-{n}",
                "metadata": {},
                "source": s,
                "outputs": [],
                "execution_count": None,
            }
            for n, s in enumerate(cells)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        whole = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.work / name).write_text(json.dumps(whole), encoding="utf-8")

    def end_kernels(self) -> None:
        """End every kernel, since kernels have their own process sessions."""
        for each in self.ask("GET", "/api/kernels").json():
            self.ask("DELETE", f"/api/kernels/{each['id']}")

    def close(self) -> None:
        """End the kernels, then the server."""
        try:
            self.end_kernels()
        finally:
            self.process.terminate()
            self.process.wait(30)
            self.log.close()

    def _configure(self) -> None:
        config = self.folder / "config"
        config.mkdir()
        server = config / "jupyter_server_config.json"
        server.touch(mode=0o600)
        server.write_text(json.dumps({"IdentityProvider": {"token": self.token}}), encoding="utf-8")
        for name, values in USER_SETTINGS.items():
            path = config / "lab" / "user-settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), encoding="utf-8")

    def _command(self) -> list[str]:
        port = self.url.rpartition(":")[2]
        return [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={self.work}"),
            *("--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"),
        ]

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRACKER", "YC_", "JUPYTER"))}
        folders = {
            "HOME": self.folder / "home",
            "JUPYTER_CONFIG_DIR": self.folder / "config",
            "JUPYTER_DATA_DIR": self.folder / "data",
            "JUPYTER_RUNTIME_DIR": self.folder / "runtime",
            "IPYTHONDIR": self.folder / "ipython",
            "TRACKER_HOME": self.folder / "tracker",
            "PYTHONPATH": Path(tracker_magic.__file__).parents[1],
        }
        return {**kept, **{name: str(path) for name, path in folders.items()}, **environ, "LANG": "en_GB.UTF-8"}


class Sheet:
    """One notebook open in JupyterLab."""

    def __init__(self, page: Page, lab: Lab, name: str) -> None:
        self.page = page
        self.path = lab.work / name
        self.do("docmanager:open", {"path": name, "factory": "Notebook"})
        page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        )
        self.form = page.locator(".tm-login")
        self.card = page.locator(".jp-RenderedHTMLCommon .tm-card")  # plain output, no widget

    def do(self, command: str, arguments: Mapping[str, Any] | None = None) -> None:
        """Execute a command of JupyterLab."""
        call = "async ([name, given]) => { await jupyterapp.commands.execute(name, given); }"
        self.page.evaluate(call, [command, arguments or {}])

    def run(self) -> None:
        """Run all cells and wait for the form."""
        self.do("notebook:run-all-cells")
        self.wait_for(self.form)

    def execute(self, code: str) -> None:
        """Execute code in the kernel, outside of the notebook's cells."""
        call = "code => jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code}).done"
        self.page.evaluate(f"async code => {{ await ({call})(code); }}", code)

    def choose(self, strategy: str) -> None:
        """Choose a way to log in."""
        self.field(strategy).check()

    def field(self, label: str) -> Locator:
        """Return a field by its label."""
        return self.form.get_by_label(label, exact=True)

    def button(self, label: str) -> Locator:
        """Return one of the form's buttons by its label."""
        return self.form.get_by_role("button", name=label, exact=True)

    def click(self, button: str) -> None:
        """Click on one of the form's buttons."""
        self.wait_for(self.button(button))
        self.button(button).click()

    def wait_for(self, part: Locator) -> None:
        """Wait for a part of the form; if it does not come, say what the notebook shows: no typed text is in that."""
        try:
            part.wait_for()
        except playwright.sync_api.TimeoutError as error:
            shown = "\n".join(self.page.locator(".jp-OutputArea-output:visible").all_inner_texts())
            raise AssertionError(f"{error.message}\nThe notebook shows:\n{shown}") from None

    def wait_for_text(self, text: str) -> None:
        """Wait until the form shows this text."""
        self.wait_for(self.form.get_by_text(text).first)

    def wait_for_code(self) -> Locator:
        """Wait until the form shows a code to type elsewhere."""
        code = self.form.locator(".tm-code")
        self.wait_for(code)
        return code

    def wait_for_login(self) -> None:
        """Wait until plain output has taken the form's place."""
        self.wait_for(self.card.get_by_text("Logged in on"))

    def wait_for_alert(self) -> None:
        """Wait until the form says that something is wrong."""
        self.wait_for(self.form.get_by_role("alert"))

    def href(self) -> str:
        """Return the address of the form's link."""
        return str(self.form.locator(".tm-open a:visible").get_attribute("href"))

    def save(self) -> bytes:
        """Save the notebook as a person does, and return the content of the file."""
        before = self.path.stat().st_mtime_ns
        self.do("docmanager:save")
        self.page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
        assert self.path.stat().st_mtime_ns > before
        return self.path.read_bytes()


class Person:
    """Somebody who uses the service's own pages, in a second page of the browser."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def enter_code(self, url: str, code: str) -> None:
        """Type a code on the service's page, and allow access."""
        self.page.goto(url)
        self.page.fill("input[name=user_code]", code)
        self.page.click("button[value=allow]")
        self.page.get_by_text("Done").wait_for()

    def copy_secret(self, url: str) -> str:
        """Open a link, allow access if that is asked, and return the code or token that the page shows."""
        self.page.goto(url)
        if self.page.locator("button[value=allow]").count():
            self.page.click("button[value=allow]")
        self.page.wait_for_url("**/verification_code*")
        return self.page.locator("code").inner_text()


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """An embedded Tracker whose device codes are polled every second."""
    world = make_world(seed=3, issues=60, now=datetime(2025, 6, 1, 12, 0, tzinfo=UTC))
    access = Access(world)
    access.switches.device_interval_s = 1
    with Demo(world, access) as running:
        yield running


@pytest.fixture(scope="session")
def lab(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab that starts; its kernels know the demo's addresses and app, but no token."""
    known = {name: value for name, value in demo.names.items() if name != "TRACKER_TOKEN"}
    running = Lab(tmp_path_factory.mktemp("lab"), known)
    try:
        yield running
    finally:
        running.close()


# Not for the whole session: as long as Playwright runs, its event loop is the running one of this process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser with its own profile."""
    playwright.sync_api.expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=CHROMIUM or "chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(lab: Lab, chromium: Browser) -> Page:
    """A page that shows JupyterLab, which starts while the browser does."""
    lab.ready()
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{lab.url}/lab?token={lab.token}")
    page.wait_for_function("() => window.jupyterapp?.commands?.hasCommand('docmanager:open')")
    page.evaluate("() => jupyterapp.restored")
    return page


@pytest.fixture
def sheet(request: pytest.FixtureRequest, lab: Lab, window: Page) -> Iterator[Sheet]:
    """A new notebook that shows the login form; the marker `cells` adds lines before it."""
    marked = request.node.get_closest_marker("cells")
    name = f"{uuid.uuid4().hex}.ipynb"
    lab.write(name, "%load_ext tracker_magic", *(marked.args if marked else ()), "%tracker login", "")
    opened = Sheet(window, lab, name)
    opened.run()
    yield opened
    window.evaluate("() => jupyterapp.shell.currentWidget.dispose() && null")  # closing would ask whether to save
    lab.end_kernels()


@pytest.fixture
def person(chromium: Browser) -> Iterator[Person]:
    """Somebody who uses the service's own pages."""
    page = chromium.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield Person(page)
    page.close()
