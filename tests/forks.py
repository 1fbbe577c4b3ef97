"""Run functions in child processes made by fork, with waits that end."""

import multiprocessing
from collections.abc import Callable
from typing import Any

FORK = multiprocessing.get_context("fork")
LIMIT_S = 20.0  # a child takes a fraction of a second, or hangs


def in_child(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work(*arguments)` returns in a child process; an error of the child if it raises or hangs."""
    here, there = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: there.send(work(*arguments)))
    child.start()
    there.close()
    try:
        assert here.poll(LIMIT_S), "the child hangs"
        return here.recv()
    finally:
        here.close()
        child.kill()
        child.join()
