"""An IAM token from `yc iam create-token`, which also serves people who log in through a federation."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Final

from tracker_magic.auth.token import Token
from tracker_magic.errors import LoginRefused, forget_locals
from tracker_magic.secret import Secret
from tracker_magic.transport.cancellation import CancellationToken

_TOKEN: Final = re.compile(r"t1\.[-\w]+={0,2}\.[-\w]+={0,2}", re.ASCII)
_OUR_VARIABLES: Final = ("TRACKER_", "YANDEX_TRACKER_")  # tokens and keys that `yc` has no use for
_PROGRAM: Final = "yc.exe" if os.name == "nt" else "yc"
_TIMEOUT_S: Final = 30.0
_LARGEST_OUTPUT: Final = 2**20
_KILL_TIMEOUT_S: Final = 1.0
_CHECK_S: Final = 0.1  # how often a cancellation is noticed
# Yandex Cloud recommends to renew a token each hour
# (https://yandex.cloud/en/docs/iam/concepts/authorization/iam-token).
_LIFETIME: Final = timedelta(hours=1)
_INIT: Final = "Run `yc init` in a terminal once (federation: yc init --federation-id=ID), then try again."


def find_program() -> str | None:
    """The path of `yc`, from the absolute folders of PATH only: the current folder may hold somebody else's notebook.

    Windows looks for a program in the current folder first, other systems if PATH has a relative or an empty entry.
    `which` of Python 3.11 does not add the `.exe` of Windows to a path.
    """
    folders = map(Path, os.environ.get("PATH", os.defpath).split(os.pathsep))
    paths = (folder / name for folder in folders if folder.is_absolute() for name in (_PROGRAM, f"{_PROGRAM}.exe"))
    programs = (which(str(path)) for path in paths)
    return next((program for program in programs if program), None)


def create_token(
    profile: str | None,
    now: datetime,
    cancellation: CancellationToken | None = None,
    *,
    timeout_s: float = _TIMEOUT_S,
) -> Token:
    """Return the last token that `yc` prints; lines before it, such as a notice of a new version, are skipped.

    Raises LoginRefused, which never contains what `yc` printed.
    """
    program = find_program()
    if program is None:
        raise LoginRefused(
            "`yc` is not installed on this machine",
            hint="Install Yandex Cloud's CLI, or choose another way to log in.",
            reason="yc_not_installed",
        )
    command = [program, "iam", "create-token", "--no-user-output", *(["--profile", profile] if profile else [])]
    token = _last_token(_run(command, cancellation or CancellationToken(), timeout_s))
    if token is None:
        raise LoginRefused("`yc` printed no IAM token", hint=_INIT, reason="yc_printed_no_token")
    return Token(token, "Bearer", now + _LIFETIME)


def _last_token(output: Secret) -> Secret | None:
    lines = (line.strip() for line in reversed(output.reveal().splitlines()))
    return next((Secret(line) for line in lines if _TOKEN.fullmatch(line)), None)


def _run(command: Sequence[str], cancellation: CancellationToken, timeout_s: float) -> Secret:
    """Return the output of a program; raises Cancelled if it is cancelled meanwhile.

    Raises LoginRefused outside of any handler: the error of an exceeded time limit holds the output.
    """
    try:
        # In a session of its own, so that a browser that `yc` has started is ended with it.
        process = subprocess.Popen(  # noqa: S603 - a list of our own arguments, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(_OUR_VARIABLES)},
        )
    except OSError as problem:
        raise LoginRefused(
            "`yc` cannot be run", hint=_INIT, reason="yc_not_runnable", detail=problem.strerror or ""
        ) from None
    output = _read_output(process, cancellation, timeout_s)
    if output is None:
        raise LoginRefused(
            f"`yc` did not finish within {timeout_s:g} s; it may be waiting for a browser",
            hint=_INIT,
            reason="yc_timed_out",
        )
    if process.returncode:
        raise LoginRefused(f"`yc iam create-token` failed (exit {process.returncode})", hint=_INIT, reason="yc_failed")
    return output


def _read_output(process: subprocess.Popen[bytes], cancellation: CancellationToken, timeout_s: float) -> Secret | None:
    """Wait for the end of a program and return its output, nothing of one that is too long; None: it took too long."""
    ends_at = time.monotonic() + timeout_s
    try:
        while time.monotonic() < ends_at:
            cancellation.check()
            try:
                return Secret(process.communicate(timeout=_CHECK_S)[0].decode(errors="replace"))
            except subprocess.TimeoutExpired as running:
                if len(running.output or b"") > _LARGEST_OUTPUT:
                    return Secret("")
    except BaseException as error:
        forget_locals(error)
        raise
    finally:
        _end(process)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that is still running and everything it has started, without waiting for more output."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_TIMEOUT_S)
    if process.stdout is not None:
        process.stdout.close()
