"""An IAM token from `yc iam create-token`: a person of a federation logs in there (AUTH 2.4)."""

import os
import re
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from shutil import which
from typing import Final

from tracker_magic.auth.token import Token
from tracker_magic.errors import LoginRefused, forget_locals
from tracker_magic.secret import Secret

_TOKEN: Final = re.compile(r"t1\.[-\w]+={0,2}\.[-\w]+={0,2}", re.ASCII)
_TIMEOUT_S: Final = 30.0
_KILLED_S: Final = 1.0  # what was killed ends at once
_HOURLY: Final = timedelta(hours=1)  # how often Yandex Cloud asks to renew (AUTH 2.1.2)
_INIT: Final = "Run `yc init` in a terminal once (federation: yc init --federation-id=ID), then try again."


def create_token(profile: str | None, now: datetime, *, timeout_s: float = _TIMEOUT_S) -> Token:
    """The token that `yc` prints last; lines before it (an update's banner) are passed over.

    A list of arguments, no input, a time limit. Raises LoginRefused, never with what `yc` printed.
    """
    program = which("yc")
    if program is None:
        raise LoginRefused(
            "`yc` is not installed on this machine", hint="Install Yandex Cloud's CLI, or choose another way."
        )
    command = [program, "iam", "create-token", "--no-user-output", *(["--profile", profile] if profile else [])]
    token = _last_token(_run(command, timeout_s))
    if token is None:
        raise LoginRefused("`yc` printed no IAM token", hint=_INIT)
    return Token(token, "Bearer", now + _HOURLY)


def _last_token(printed: Secret) -> Secret | None:
    lines = (line.strip() for line in reversed(printed.reveal().splitlines()))
    return next((Secret(line) for line in lines if _TOKEN.fullmatch(line)), None)


def _run(command: Sequence[str], timeout_s: float) -> Secret:
    """What the program printed. Raises LoginRefused outside of any handler: the error of a time limit has it all."""
    try:
        # A session of its own, so that at the limit a browser that `yc` has started goes with it.
        process = subprocess.Popen(  # noqa: S603 - a list of our own words, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as problem:
        raise LoginRefused(f"`yc` cannot be run ({problem.strerror})", hint=_INIT) from None
    printed = None
    try:
        with suppress(subprocess.TimeoutExpired):
            printed = Secret(process.communicate(timeout=timeout_s)[0].decode(errors="replace"))
    except BaseException as stopped:
        forget_locals(stopped)
        raise
    finally:
        _end(process)
    if printed is None:
        raise LoginRefused(f"`yc` did not finish within {timeout_s:g} s; it may want a browser", hint=_INIT)
    if process.returncode:
        raise LoginRefused(f"`yc iam create-token` failed (exit {process.returncode})", hint=_INIT)
    return printed


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, and all it has started; whatever it printed is not waited for."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILLED_S)
    if process.stdout is not None:
        process.stdout.close()
