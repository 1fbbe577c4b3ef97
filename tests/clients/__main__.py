"""`python -m tests.clients`: installs every client, runs its calls and prints the table.

Each client gets a virtual environment in the folder (by default a temporary one); pip downloads it from its index. A
client that needs another Python is run with that version, or with the one that TRACKER_MAGIC_PYTHON names. The exit
status is 1 if a call failed. Every call is made twice: where nobody knows how the service behaves, in both ways.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clients.clients import CLIENTS, Client, Outcome, run_client


def main() -> int:
    """Run the clients; return the exit status."""
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary).absolute()
        print("| client | calls | worked | failed | whose fault |\n|---|---|---|---|---|")
        results = {}
        for client in CLIENTS:
            if client.distribution not in (options.client or [client.distribution]):
                continue
            results[client] = _outcomes(client, folder)
            print(_row(client, results[client]), flush=True)
    failed = {client: [each for each in outcomes or [] if each.error] for client, outcomes in results.items()}
    for client, outcomes in failed.items():
        for outcome in outcomes:
            print(f"\n{client.distribution}, {outcome.call}: {outcome.error}")
    return int(any(failed.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description="Run clients that others wrote.")
    parser.add_argument("folder", nargs="?", help="where the environments are, or will be; default: a temporary one")
    names = [client.distribution for client in CLIENTS]
    parser.add_argument("--client", action="append", choices=names, help="run this one only; may be repeated")
    return parser.parse_args()


def _outcomes(client: Client, folder: Path) -> list[Outcome] | None:
    """The outcomes of a client's calls; None if it cannot be installed here."""
    environment = folder / client.distribution
    python = str(environment / "bin" / "python")
    if not Path(python).exists():
        interpreter = _interpreter(client)
        if interpreter is None:
            return None
        subprocess.run([interpreter, "-m", "venv", environment], check=True)
        install = [python, "-m", "pip", "install", "--quiet", client.distribution, *client.missing]
        if subprocess.run(install, check=False).returncode:
            return None
    return [outcome for other in (False, True) for outcome in run_client(client, python, other_forms=other)]


def _interpreter(client: Client) -> str | None:
    """A Python that the client runs on; None if there is none, or only a shim of pyenv that leads nowhere."""
    if client.python is None:
        return sys.executable
    found = os.environ.get("TRACKER_MAGIC_PYTHON") or shutil.which(f"python{client.python}")
    runs = found and not subprocess.run([found, "--version"], capture_output=True, check=False).returncode
    return found if runs else None


def _row(client: Client, outcomes: list[Outcome] | None) -> str:
    if outcomes is None:
        return f"| {client.distribution} | not installed | | | |"
    failed = sum(outcome.error is not None for outcome in outcomes)
    faults = ["the embedded Tracker, until shown otherwise"] if failed else []
    faults += [f"the client: {client.fault}"] if client.fault else []
    return f"| {client.distribution} | {len(outcomes)} | {len(outcomes) - failed} | {failed} | {'; '.join(faults)} |"


if __name__ == "__main__":
    raise SystemExit(main())
