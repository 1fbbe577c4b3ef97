"""Starting the demo: `start`, the notebook folder, JupyterLab."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import requests

from tracker_magic.demo import missing_extra, start
from tracker_magic.demo.launch.lab import command
from tracker_magic.demo.launch.notebook_folder import (
    FIRST_NOTEBOOK,
    NotebookFolder,
    prepare_folder,
    shipped_notebooks,
    temporary_folder,
    user_folder,
)
from tracker_magic.demo.launch.run import as_text
from tracker_magic.errors import SettingsError

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 90


def test_start_serves_for_the_length_of_the_block():
    """The demo answers while the block runs; afterwards no thread is left."""
    before = set(threading.enumerate())
    with start(issues=20, seed=1) as demo:
        assert requests.get(demo.url + "/v3/myself", timeout=10).status_code == 401
        assert next(iter(demo.names)) == "TRACKER_API_BASE_URL"
    assert set(threading.enumerate()) <= before


def test_the_same_seed_serves_the_same_issues():
    """Two demos with the same seed have issues with the same keys and summaries."""
    summaries = []
    for _ in range(2):
        with start(issues=30, seed=9, evolve=False) as demo:
            summaries.append({key: issue.values["summary"] for key, issue in demo.world.issues.items()})
    assert summaries[0] == summaries[1]


def test_behaviour_is_passed_on():
    """Latency and rate limits given to `start` reach the server."""
    with start(issues=1, latency_ms=5, search_rps=2, other_rps=3) as demo:
        assert (demo.behaviour.latency_ms, demo.behaviour.search_rps, demo.behaviour.other_rps) == (5, 2, 3)


def test_on_a_hub_the_proxy_may_have_another_name(monkeypatch):
    """A JupyterHub's proxy passes the visitor's host on; elsewhere only the names of loopback are served."""
    statuses = []
    for prefix in (None, "/user/visitor/"):
        if prefix is not None:
            monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", prefix)
        with start(issues=1) as demo:
            statuses.append(requests.get(f"{demo.url}/device", headers={"Host": "hub.example"}, timeout=10).status_code)
    assert statuses == [421, 200]


def test_binder_serves_the_demo_to_what_it_starts():
    """`binder/start` runs a command whose environment leads to a demo that admits the proxy, and it installs one."""
    assert "jupyter-server-proxy" in (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    script = (
        "import os, requests\n"
        "print(requests.get(os.environ['TRACKER_WEB_URL'] + '/device', headers={'Host': 'hub.example'}).status_code)"
    )
    hub = {"PATH": path, "JUPYTERHUB_SERVICE_PREFIX": "/user/visitor/", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        ["bash", str(ROOT / "binder" / "start"), "python", "-c", script],
        cwd=ROOT,
        env={**os.environ, **hub},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.communicate(timeout=TIMEOUT_S)[0] == "200\n"
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # the demo goes on in the background


def test_an_error_in_the_block_stays_what_it_is():
    """An exception raised inside the block is not reported as a failure to start."""
    with pytest.raises(OSError, match="my own"), start(issues=1):
        raise OSError("my own")


def test_only_a_missing_library_is_explained_by_the_extra():
    """A missing library becomes a SettingsError; a missing module of our own is a bug and is raised unchanged."""
    error = missing_extra(ModuleNotFoundError("No module named 'werkzeug'", name="werkzeug"))
    assert isinstance(error, SettingsError)
    with pytest.raises(ModuleNotFoundError):
        missing_extra(ModuleNotFoundError("gone", name="tracker_magic.demo.gone"))


def visible(folder: Path) -> dict[str, bytes]:
    """The files of a folder that its user sees, with their content."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def shipped() -> dict[str, bytes]:
    """The notebooks and pictures, without what a notebook that was run in the checkout has written."""
    files = visible(shipped_notebooks())
    return {name: content for name, content in files.items() if Path(name).suffix in {".ipynb", ".png"}}


def test_the_temporary_folder_has_all_notebooks_and_is_removed():
    """`--run` works on the notebooks and pictures as they are shipped, in a folder that is removed at the end."""
    with temporary_folder() as folder:
        assert visible(folder.path) == shipped()
        assert {FIRST_NOTEBOOK, "login.png"} < set(visible(folder.path))
        folder.notebook.write_text("{}", encoding="utf-8")
    assert not folder.path.exists()


def test_what_somebody_saved_stays_when_the_demo_starts_again(tmp_path):
    """Changed and new files stay; unchanged notebooks are brought up to date, deleted ones come back."""
    prepare_folder(tmp_path, tmp_path)
    changed, outdated, deleted, *_ = sorted(tmp_path.glob("*.ipynb"))
    changed.write_text("mine", encoding="utf-8")
    (tmp_path / "own.ipynb").write_text("{}", encoding="utf-8")
    for path in (outdated, tmp_path / ".originals" / outdated.name):
        path.write_text("of an earlier version", encoding="utf-8")
    deleted.unlink()
    for _ in range(2):
        prepare_folder(tmp_path, tmp_path)
    assert visible(tmp_path) == {**shipped(), changed.name: b"mine", "own.ipynb": b"{}"}


def test_a_notebook_that_is_up_to_date_is_not_written_again(tmp_path):
    """JupyterLab would say that the file has changed, in another demo that has it open."""
    prepare_folder(tmp_path, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.suffix in {".ipynb", ".png"}]
    before = {path: path.stat().st_mtime_ns for path in files}
    original = tmp_path / ".originals" / FIRST_NOTEBOOK
    original.write_text("of a start that was cut off", encoding="utf-8")
    prepare_folder(tmp_path, tmp_path)
    assert original.read_bytes() == (tmp_path / FIRST_NOTEBOOK).read_bytes()
    assert [path for path in files if path.stat().st_mtime_ns != before[path]] == [original]


def test_only_notebooks_and_pictures_are_shipped(tmp_path):
    """Neither the checkpoints of Jupyter nor a file that a notebook wrote is in a wheel or in the demo's folder."""
    prepare_folder(tmp_path, tmp_path)
    assert visible(tmp_path) == shipped()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    folder = "tracker_magic/demo/launch/notebooks"
    assert included == {f"notebooks/{name}": f"{folder}/{name}" for name in shipped()}


def test_each_demo_has_logins_of_its_own(monkeypatch, tmp_path):
    """Two demos at once share a folder of notebooks; a login that is saved in one is gone when that one ends."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with user_folder() as first:
        saved = Path(first.environment({})["TRACKER_HOME"]) / "profiles.json"
        saved.write_text("{}", encoding="utf-8")
        with user_folder() as second:
            assert second.path == first.path
            assert not list(second.logins.iterdir())
        assert saved.exists()
    assert not saved.exists()
    assert first.notebook.exists()


def test_kernels_see_the_demo_and_no_other_login(monkeypatch, tmp_path):
    """The variables of the demo replace those of any real login; the rest of the environment stays."""
    for name in (
        "TRACKER_IAM_TOKEN",
        "TRACKER_CLOUD_ORG_ID",
        "YANDEX_TRACKER_TOKEN",
        "YC_IAM_TOKEN",
        "TRACKER_WEB_URL",
    ):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    environment = NotebookFolder(tmp_path, tmp_path / "logins").environment({"TRACKER_TOKEN": "made up"})
    assert "real" not in environment.values()
    assert environment["TRACKER_TOKEN"] == "made up"
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:1"
    assert Path(environment["TRACKER_HOME"]) == tmp_path / "logins"


def test_the_command_line_holds_no_secret(tmp_path):
    """Any user of a machine can read the arguments of a process: no token is among them."""
    with start(issues=1) as demo:
        line = " ".join(command(NotebookFolder(tmp_path, tmp_path), browser=False))
        assert demo.names["TRACKER_TOKEN"] not in line
        assert "token" not in line
    assert "--no-browser" in line
    assert "--no-browser" not in command(NotebookFolder(tmp_path, tmp_path), browser=True)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (nbformat.v4.new_output("stream", text="plain\n"), "plain\n"),
        (nbformat.v4.new_output("execute_result", {"text/plain": "a b", "text/html": "<b>"}), "a b"),
        (nbformat.v4.new_output("display_data", {"text/plain": "<F>", "image/png": "AAAA"}), "<F> (image/png, 0 kB)"),
        (nbformat.v4.new_output("error", ename="E", evalue="why", traceback=["\x1b[31mE: why\x1b[0m"]), "E: why"),
        (nbformat.v4.new_output("error", ename="E", evalue="why", traceback=[]), "E: why"),
    ],
)
def test_every_type_of_output_has_a_text(output, text):
    """Streams, results, pictures and errors are printed as plain text without colours."""
    assert as_text(output) == text


class Lab:
    """JupyterLab started by a demo, in its own process with its own folders."""

    def __init__(self, folder: Path) -> None:
        self.runtime = folder / "runtime"
        names = ("HOME", "XDG_DATA_HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
        own = {name: str(folder / name) for name in names}
        environment = {**os.environ, **own, "JUPYTER_RUNTIME_DIR": str(self.runtime), "PYTHONPATH": str(ROOT)}
        self.log = folder / "log"
        demo = [sys.executable, "-m", "tracker_magic", "demo", "--no-browser", "--issues", "20"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(demo, env=environment, stdout=log, stderr=log)
        self.server = self._info()

    def _info(self) -> dict:
        """The server information that JupyterLab writes, once it answers."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            for path in self.runtime.glob("jpserver-*.json"):
                try:
                    server = json.loads(path.read_text(encoding="utf-8"))
                    requests.get(server["url"] + "api", timeout=5)
                except (ValueError, requests.ConnectionError):
                    continue
                return server
            assert self.process.poll() is None, self.log.read_text()
        raise AssertionError(self.log.read_text())

    def request(self, method: str, path: str, **rest) -> requests.Response:
        """Send a request to its API, as its page does."""
        headers = {"Authorization": f"token {self.server['token']}"}
        return requests.request(method, self.server["url"] + path, headers=headers, timeout=30, **rest)

    def is_gone(self) -> bool:
        """Whether its address no longer answers."""
        try:
            requests.get(self.server["url"] + "api", timeout=5)
        except requests.ConnectionError:
            return True
        return False


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A running JupyterLab."""
    running = Lab(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(30)


def test_jupyterlab_opens_on_the_notebook_and_ends_with_the_demo(lab):
    """The copies exist, a kernel starts and the address is printed; Ctrl-C ends everything, and the folder stays."""
    names = {each["name"] for each in lab.request("GET", "api/contents").json()["content"]}
    assert names == set(shipped())
    assert f"/lab/tree/{FIRST_NOTEBOOK}?token=" in lab.log.read_text()
    assert "announcements" in lab.request("GET", "lab").text.split("disabledExtensions", 1)[1][:100]
    kernel = lab.request("POST", "api/kernels", json={"name": "python3"}).json()["id"]
    assert [each["id"] for each in lab.request("GET", "api/kernels").json()] == [kernel]
    lab.process.send_signal(signal.SIGINT)
    assert lab.process.wait(60) == 0
    assert lab.is_gone()
    assert not list(lab.runtime.glob("kernel-*.json"))
    assert lab.server["root_dir"] in lab.log.read_text()
    assert Path(lab.server["root_dir"], FIRST_NOTEBOOK).exists()
