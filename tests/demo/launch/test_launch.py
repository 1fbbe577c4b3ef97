"""Starting the demo: the block, the workplace, JupyterLab."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import requests

from tracker_magic.demo import start, without_extra
from tracker_magic.demo.launch.lab import command
from tracker_magic.demo.launch.run import shown
from tracker_magic.demo.launch.workplace import FIRST, Workplace, first_notebook, workplace
from tracker_magic.errors import SettingsError

ROOT = Path(__file__).parents[3]
PATIENCE_S = 90


def test_start_serves_for_the_length_of_the_block():
    """Inside the block it answers, after it no thread is left."""
    before = set(threading.enumerate())
    with start(issues=20, seed=1) as demo:
        assert requests.get(demo.url + "/v3/myself", timeout=10).status_code == 401
        assert next(iter(demo.names)) == "TRACKER_API_BASE_URL"
    assert set(threading.enumerate()) <= before


def test_the_same_seed_serves_the_same_issues():
    """A world is its seed: two demos of one seed hold the same keys and summaries."""
    found = []
    for _ in range(2):
        with start(issues=30, seed=9, lives=False) as demo:
            found.append({key: issue.values["summary"] for key, issue in demo.world.issues.items()})
    assert found[0] == found[1]


def test_behaviour_is_passed_on():
    """Latency and limits reach the server."""
    with start(issues=1, latency_ms=5, search_rps=2, other_rps=3) as demo:
        assert (demo.behaviour.latency_ms, demo.behaviour.search_rps, demo.behaviour.other_rps) == (5, 2, 3)


def test_an_error_in_the_block_stays_what_it_is():
    """What fails inside the block is not taken for a failure to start."""
    with pytest.raises(OSError, match="my own"), start(issues=1):
        raise OSError("my own")


def test_only_a_library_is_missing_by_the_extra():
    """A module of ours that cannot be found is a fault of ours, and is raised as it is."""
    told = without_extra(ModuleNotFoundError("No module named 'werkzeug'", name="werkzeug"))
    assert isinstance(told, SettingsError)
    with pytest.raises(ModuleNotFoundError):
        without_extra(ModuleNotFoundError("gone", name="tracker_magic.demo.gone"))


def test_a_workplace_goes_unless_something_was_saved_in_it():
    """A copy of the notebook in a fresh folder; untouched it goes, with somebody's work it stays."""
    with workplace() as place:
        assert place.notebook.read_bytes() == first_notebook().read_bytes()
        assert not place.is_touched
    assert not place.folder.exists()
    with workplace() as place:
        (place.folder / "mine.ipynb").write_text("{}", encoding="utf-8")
        assert place.is_touched
    assert (place.folder / "mine.ipynb").exists()
    for path in sorted(place.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    place.folder.rmdir()


def test_kernels_see_the_demo_and_no_other_login(monkeypatch, tmp_path):
    """The demo's names replace every name of a real login; the rest of the environment stays."""
    for name in (
        "TRACKER_IAM_TOKEN",
        "TRACKER_CLOUD_ORG_ID",
        "YANDEX_TRACKER_TOKEN",
        "YC_IAM_TOKEN",
        "TRACKER_WEB_URL",
    ):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    made = Workplace(tmp_path).environment({"TRACKER_TOKEN": "made up"})
    assert "real" not in made.values()
    assert made["TRACKER_TOKEN"] == "made up"
    assert made["HTTPS_PROXY"] == "http://127.0.0.1:1"
    assert Path(made["TRACKER_HOME"]).parent == tmp_path


def test_nothing_secret_stands_in_the_command_line(tmp_path):
    """Everybody on a machine can read the arguments of a process: no token is among them."""
    with start(issues=1) as demo:
        line = " ".join(command(Workplace(tmp_path), browser=False))
        assert demo.names["TRACKER_TOKEN"] not in line
        assert "token" not in line
    assert "--no-browser" in line
    assert "--no-browser" not in command(Workplace(tmp_path), browser=True)


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
def test_every_kind_of_output_has_a_text(output, text):
    """Streams, results, pictures and errors are printed as plain text, without colours."""
    assert shown(output) == text


class Lab:
    """JupyterLab of a demo in a process of its own, with folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.runtime = folder / "runtime"
        own = {name: str(folder / name) for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
        environment = {**os.environ, **own, "JUPYTER_RUNTIME_DIR": str(self.runtime), "PYTHONPATH": str(ROOT)}
        self.log = folder / "log"
        demo = [sys.executable, "-m", "tracker_magic", "demo", "--no-browser", "--issues", "20"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(demo, env=environment, stdout=log, stderr=log)
        self.server = self._info()

    def _info(self) -> dict:
        """What JupyterLab says about itself, once it answers."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for path in self.runtime.glob("jpserver-*.json"):
                try:
                    server = json.loads(path.read_text(encoding="utf-8"))
                    requests.get(server["url"] + "api", timeout=5)
                except (ValueError, requests.ConnectionError):
                    continue
                return server
            assert self.process.poll() is None, self.log.read_text()
        raise AssertionError(self.log.read_text())

    def ask(self, method: str, path: str, **rest) -> requests.Response:
        """ApiRequest its API, as its page does."""
        headers = {"Authorization": f"token {self.server['token']}"}
        return requests.request(method, self.server["url"] + path, headers=headers, timeout=30, **rest)

    def is_gone(self) -> bool:
        """Whether nobody answers at its address any more."""
        try:
            requests.get(self.server["url"] + "api", timeout=5)
        except requests.ConnectionError:
            return True
        return False


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A running one."""
    running = Lab(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(30)


def test_jupyterlab_opens_on_the_notebook_and_ends_with_the_demo(lab):
    """The copy is there, a kernel starts, the address is printed; Ctrl-C ends Lab, kernel and demo, and tidies up."""
    assert [each["name"] for each in lab.ask("GET", "api/contents").json()["content"]] == [FIRST]
    assert f"/lab/tree/{FIRST}?token=" in lab.log.read_text()
    assert "announcements" in lab.ask("GET", "lab").text.split("disabledExtensions", 1)[1][:100]
    kernel = lab.ask("POST", "api/kernels", json={"name": "python3"}).json()["id"]
    assert [each["id"] for each in lab.ask("GET", "api/kernels").json()] == [kernel]
    lab.process.send_signal(signal.SIGINT)
    assert lab.process.wait(60) == 0
    assert lab.is_gone()
    assert not list(lab.runtime.glob("kernel-*.json"))
    assert not Path(lab.server["root_dir"]).exists()
