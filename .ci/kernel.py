"""Twenty cells and the login form in a kernel of this environment, driven by messages as a front end sends them."""

import os
import sys
import time
from importlib import metadata
from importlib.util import find_spec
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

from tracker_magic.demo import start

PATIENCE_S = 120
CELLS = (
    "%load_ext tracker_magic",
    "%tracker",
    "%tracker help flow",
    "%tracker config tz Europe/Moscow",
    "%tracker login --strategy env",
    "%tracker me",
    "%tracker -n 5 Queue: DEV",
    "df = %tracker Queue: DEV\nassert len(df) and str(df.createdAt.dt.tz) == 'Europe/Moscow', df.dtypes",
    "n = %tracker count Queue: DEV\nassert n == len(df), n",
    "%%tracker few <<\nQueue: DEV\nType: bug",
    "%tracker changelog -o changes $few",
    "assert set(changes.key) <= set(few.key)",
    "worklog = %tracker worklog $few",
    "%tracker DEV-1",
    "%tracker --dry-run Queue: DEV",
    "statuses = %tracker statuses\nassert 'open' in list(statuses.key)",
    "%tracker flow throughput --period month Queue: DEV",
    "%tracker doctor",
    "try:\n    %tracker Queue: DEV AND (\nexcept Exception as e:\n    assert type(e).__name__ == 'BadQuery', e",
    "%reload_ext tracker_magic\n%tracker count Queue: DEV",
)
LOG_IN = "%tracker logout\n%tracker login --strategy token --org-id {org_id}"


class Kernel:
    """A kernel in its own process."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, **environ})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)

    def run(self, code: str) -> tuple[list[dict[str, Any]], list[str]]:
        """Execute a cell; returns its messages and the lines of its error."""
        request = self.client.execute(code, allow_stdin=True)
        messages: list[dict[str, Any]] = []
        while not messages or messages[-1]["content"].get("execution_state") != "idle":
            try:
                message = self.client.get_iopub_msg(timeout=PATIENCE_S)
            except Empty:
                sys.exit(f"no answer to {code!r}")
            if message["parent_header"].get("msg_id") == request:
                messages.append(message)
        return messages, [line for each in messages for line in each["content"].get("traceback", ())]

    def send(self, model: str, **data: Any) -> None:
        """Send a message of a widget's model."""
        content = {"comm_id": model, "data": data}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))


def log_in_with_form(kernel: Kernel, names: dict[str, str]) -> None:
    """Show the form, paste a token into its field for secrets, and wait until somebody is logged in."""
    messages, error = kernel.run(LOG_IN.format(org_id=names["TRACKER_ORG_ID"]))
    assert not error, "\n".join(error)
    opened = [each["content"] for each in messages if each["msg_type"] == "comm_open"]
    views = [each["content"]["data"] for each in messages if each["msg_type"] == "display_data"]
    assert any("application/vnd.jupyter.widget-view+json" in view for view in views), views
    for each in opened:
        if each["data"]["state"].get("_model_name") == "PasswordModel":
            kernel.send(each["comm_id"], method="update", state={"value": names["TRACKER_TOKEN"]}, buffer_paths=[])
    deadline = time.monotonic() + PATIENCE_S
    while kernel.run("import tracker_magic\ntracker_magic.current().me")[1]:
        assert time.monotonic() < deadline, "the form did not log in"
        time.sleep(0.2)


def main() -> int:
    """Run everything; the first failure ends it."""
    libraries = ("ipython", "ipywidgets", "traitlets", "ipykernel", "pandas", "requests")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in libraries)
    arrow = "with" if find_spec("pyarrow") else "without"
    sys.stdout.write(f"Python {sys.version.split()[0]}, {versions}, {arrow} pyarrow\n")
    with start(issues=60) as demo:
        kernel = Kernel(dict(demo.names))
        try:
            for cell in CELLS:
                _, error = kernel.run(cell)
                assert not error, "\n".join([cell, *error])
            log_in_with_form(kernel, dict(demo.names))
        finally:
            kernel.client.stop_channels()
            kernel.manager.shutdown_kernel(now=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
