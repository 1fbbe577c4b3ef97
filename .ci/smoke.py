"""Try the installed package as a new user would; run it outside the checkout."""

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

import tracker_magic
from tracker_magic import connect

DEMO = [sys.executable, "-m", "tracker_magic", "demo"]


def main() -> int:
    """Import the package, query `demo --serve`, and execute `demo --run`; a failed assertion ends the script."""
    package = Path(tracker_magic.__file__).resolve().parent
    assert Path(sys.prefix).resolve() in package.parents, f"not the installed package: {package}"
    notebooks = {path.name for path in (package / "demo" / "launch" / "notebooks").iterdir()}
    assert {"01_quickstart.ipynb", "05_flow.ipynb", "login.png"} <= notebooks, notebooks
    assert (package / "py.typed").is_file()
    description = metadata("tracker_magic").get_payload()
    assert "%load_ext tracker_magic" in description
    links = re.findall(r"\]\((?!https?:)[^)]*\)", description)
    assert not links, f"links in the description that lead nowhere: {links}"
    with subprocess.Popen([*DEMO, "--serve", "--issues", "50"], stdout=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stdout or ():
                if line == "READY\n":
                    break
                if not line.startswith("#"):
                    name, value = line.rstrip("\n").split("=", 1)
                    os.environ[name] = value
            with connect() as tracker:
                issues = tracker.issues("Queue: DEV")
                assert len(issues) == tracker.count("Queue: DEV")
                sys.stdout.write(f"{tracker!r}: {len(issues)} issues, {len(issues.columns)} columns\n")
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0, server.returncode
    return subprocess.run([*DEMO, "--run", "--issues", "50"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
