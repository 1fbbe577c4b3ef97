"""`python -m tracker_magic` as a user runs it, in its own process."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

import tracker_magic

ROOT = Path(__file__).parents[1]
DEMO = [sys.executable, "-m", "tracker_magic", "demo"]
# In this order, since a program may read line by line.
NAMES = [
    "TRACKER_API_BASE_URL",
    "TRACKER_TOKEN",
    "TRACKER_ORG_ID",
    "TRACKER_CLIENT_ID",
    "TRACKER_CLIENT_SECRET",
    "TRACKER_OAUTH_BASE_URL",
    "TRACKER_IAM_BASE_URL",
    "TRACKER_METADATA_BASE_URL",
    "TRACKER_WEB_URL",
]


def environment(*folders: Path) -> dict[str, str]:
    """The environment of this process, with `folders` and the checkout on PYTHONPATH."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*folders, ROOT)))}


def run(*arguments: str, folders: tuple[Path, ...] = (), cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    command = [sys.executable, "-m", "tracker_magic", *arguments]
    return subprocess.run(
        command, env=environment(*folders), cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run `demo --serve`; yields its process and the lines that it printed up to READY."""
    command = [*DEMO, "--serve", "--issues", "20", *arguments]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = []
            while not lines or lines[-1] != "READY":
                line = process.stdout.readline()
                assert line, "it ended before READY"
                lines.append(line.rstrip("\n"))
            yield process, lines
        finally:
            process.kill()


def test_serve_prints_what_a_client_needs():
    """It prints the variables in order, the cloud organisation as a comment, and READY; all of them work."""
    with serving() as (_, lines):
        *variable_lines, comment, ready = lines
        variables = dict(line.split("=", 1) for line in variable_lines)
        assert list(variables) == NAMES
        assert re.fullmatch(r"# TRACKER_CLOUD_ORG_ID=bpf\w+", comment)
        assert ready == "READY"
        headers = {"Authorization": f"OAuth {variables['TRACKER_TOKEN']}", "X-Org-ID": variables["TRACKER_ORG_ID"]}
        response = requests.get(variables["TRACKER_API_BASE_URL"] + "/v3/myself", headers=headers, timeout=10)
        assert response.status_code == 200
        cloud = {"Authorization": headers["Authorization"], "X-Cloud-Org-ID": comment.partition("=")[2]}
        response = requests.get(variables["TRACKER_API_BASE_URL"] + "/v3/myself", headers=cloud, timeout=10)
        assert response.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_serve(number):
    """A signal ends `--serve` with exit code 0, and its port is closed."""
    with serving() as (process, lines):
        process.send_signal(number)
        assert process.wait(20) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(lines[0].rpartition(":")[2]))) != 0


def test_serve_limits_the_rate():
    """With `--search-rps 1`, a second search within a second gets 429."""
    with serving("--search-rps", "1", "--seed", "7") as (_, lines):
        variables = dict(line.split("=", 1) for line in lines[:8])
        headers = {"Authorization": f"OAuth {variables['TRACKER_TOKEN']}", "X-Org-ID": variables["TRACKER_ORG_ID"]}
        url = variables["TRACKER_API_BASE_URL"] + "/v3/issues/_count"
        statuses = [requests.post(url, json={}, headers=headers, timeout=10).status_code for _ in range(3)]
        assert statuses[0] == 200
        assert 429 in statuses


def test_a_taken_port_is_an_error():
    """A port that is in use is reported in one line with exit code 2."""
    with serving() as (_, lines):
        port = lines[0].rpartition(":")[2]
        result = run("demo", "--serve", "--port", port)
        assert (result.returncode, result.stdout) == (2, "")
        assert f"port {port}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "demo"),
        (("dmeo",), "dmeo"),
        (("demo", "--bogus"), "--bogus"),
        (("demo", "--iss", "5"), "--iss"),
        (("demo", "--run", "--serve"), "not allowed with"),
        (("demo", "--issues", "0"), "at least 1"),
        (("demo", "--issues", "many"), "'many'"),
        (("demo", "--port", "70000"), "65,535"),
        (("demo", "--latency", "-1"), "--latency"),
        (("demo", "--search-rps", "0"), "--search-rps"),
        (("demo", "--other-rps", "nan"), "--other-rps"),
        (("demo", "--serve", "--data", "nowhere.jsonl.gz"), "nowhere.jsonl.gz"),
        (("demo", "--data", "x.jsonl", "--issues", "5"), "--issues"),
    ],
)
def test_a_mistake_is_reported_in_one_line(arguments, message, tmp_path):
    """A wrong option or a missing file is named in one line, without traceback, with exit code 2."""
    result = run(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"not json\n", b'{"key": "A-1"}\n', b"\x1f\x8bbroken", b"\xff\xfe\n"])
def test_a_file_without_history_is_refused(content, tmp_path):
    """A data file in an unknown format is reported in one line with exit code 2, whatever its bytes."""
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    result = run("demo", "--serve", "--data", str(path))
    assert (result.returncode, result.stdout) == (2, "")
    assert "other.jsonl" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("library", "arguments"), [("werkzeug", ("--serve",)), ("nbclient", ("--run",)), ("jupyterlab", ("--no-browser",))]
)
def test_a_missing_extra_names_what_to_install(library, arguments, tmp_path):
    """A missing library of the extra [demo] is reported in one line with the pip command and exit code 2."""
    # An import hook makes the library unavailable, as on a machine where it is not installed.
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nclass Absent:\n"
        f"    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] == {library!r}:\n"
        f"            raise ModuleNotFoundError('No module named ' + name, name=name)\n"
        f"sys.meta_path.insert(0, Absent())\n",
        encoding="utf-8",
    )
    result = run("demo", "--issues", "20", *arguments, folders=(tmp_path,))
    assert (result.returncode, result.stdout) == (2, "")
    assert library in result.stderr
    assert 'pip install "tracker_magic[demo]"' in result.stderr
    assert result.stderr.count("\n") == 1


def test_run_prints_the_output_of_the_notebook():
    """`--run` prints the cells, frames and picture of the quickstart, and the requests it took; exit code 0."""
    result = run("demo", "--run", "--issues", "60")
    assert result.returncode == 0, result.stdout + result.stderr
    assert all(name in result.stdout for name in ("[10]", "status.key", "resolvedAt", "image/png", "requests"))
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_run(number, tmp_path):
    """A signal ends the notebook, its kernel and the demo with exit code 130, and leaves no file behind."""
    home = {**environment(), "TMPDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with subprocess.Popen([*DEMO, "--run", "--issues", "20"], env=home, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert any(line.startswith("[2]") for line in process.stdout)
            process.send_signal(number)
            printed = process.stdout.read()
            assert process.wait(60) == 130
        finally:
            process.kill()
    assert "stopped here" in printed
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_what_a_script_has_to_work_with(tmp_path):
    """`doctor` prints every check and exits with 0, or with 1 if one failed; it needs no login and shows no secret."""
    with serving() as (_, lines):
        names = dict(line.split("=", 1) for line in lines if line.startswith("TRACKER_"))
        command = [sys.executable, "-m", "tracker_magic", "doctor"]
        for login, code in ((names, 0), ({"TRACKER_API_BASE_URL": names["TRACKER_API_BASE_URL"]}, 1)):
            variables = {**environment(), **login, "TRACKER_HOME": str(tmp_path)}
            result = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
            assert (result.returncode, result.stderr) == (code, "")
            assert "network       ok" in result.stdout
            assert names["TRACKER_TOKEN"] not in result.stdout
    assert "TRACKER_TOKEN" in result.stdout


def test_help_names_every_option():
    """`--help` lists every option."""
    result = run("demo", "--help")
    assert result.returncode == 0
    wanted = ["run", "serve", "no-browser", "data", "issues", "seed", "port", "latency", "search-rps", "other-rps"]
    assert [option for option in wanted if f"--{option}" not in result.stdout] == []


def test_the_version_is_that_of_the_package():
    """`--version` prints the name and the version of the package, without a command."""
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"tracker_magic {tracker_magic.__version__}\n")
