"""Runs the calls of a client and prints the outcome of each as a line of JSON; runs without our package."""

import asyncio
import json
import os
import subprocess
from collections.abc import Awaitable, Callable
from typing import Any

FACTS = json.loads(os.environ.get("CLIENT_FACTS", "{}"))
"""The address, the login and some names of the served world; see `clients.facts_of`."""


def run(name: str, call: Callable[[], Any]) -> Any:
    """Run one call; return its result, or None if it failed."""
    result = error = None
    try:
        result = call()
    except BaseException as failure:  # noqa: BLE001 - whatever a client raises is the outcome
        error = f"{type(failure).__name__}: {failure}"
    print(json.dumps({"call": name, "error": error}), flush=True)
    return result


async def run_each(calls: dict[str, Callable[[], Awaitable[Any]]]) -> None:
    """Run calls of an asynchronous client one after the other."""
    for name, call in calls.items():
        error = None
        try:
            await asyncio.wait_for(call(), 30)
        except BaseException as failure:  # noqa: BLE001
            error = f"{type(failure).__name__}: {failure}"
        print(json.dumps({"call": name, "error": error}), flush=True)


def command(*arguments: str, env: dict[str, str]) -> str:
    """The output of a command; an error with its messages if it fails."""
    done = subprocess.run(arguments, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 0, f"exit status {done.returncode}: {done.stderr[-400:]}")
    return done.stdout


def check(condition: object, message: str = "the reply is not what the world has") -> None:
    """Raise unless the condition holds."""
    if not condition:
        raise ValueError(message)
