"""Serve real histories: files in the form of data/SOURCE.md as a world."""

import gzip
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any

import orjson

from tracker_magic.demo.history import jira, trac
from tracker_magic.demo.history.archive import Archive
from tracker_magic.demo.model import World
from tracker_magic.demo.world.make import garbage_collection_paused


def load_world(path: str | PathLike[str], now: datetime | None = None) -> World:
    """The world a data file tells of; its kind is seen from the columns of the first line.

    Sprints of a Jira file come from the file beside it with `sprints` in place of `issues` in its name. What had to be
    left out is logged. OSError where the file cannot be read, ValueError where it is of no known form.
    """
    archive = load_archive(path, now)
    if archive.left_out:
        left = ", ".join(f"{count} {name}" for name, count in sorted(archive.left_out.items()) if count)
        logging.getLogger(__name__).info("%s: left out, since they point outside the set: %s", path, left)
    return archive.world


def load_archive(path: str | PathLike[str], now: datetime | None = None) -> Archive:
    """As `load_world`, with the count of what was left out."""
    path = Path(path)
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{path}: the file is empty.")
    every = chain((first,), rows)
    with garbage_collection_paused():
        if first.keys() >= trac.COLUMNS:
            return trac.read(every)
        if first.keys() >= jira.COLUMNS:
            return jira.read(every, _sprints(path), now or datetime.now(UTC))
    raise ValueError(f"{path}: neither tickets with `changes` nor issues with `links`; see data/SOURCE.md.")


def _sprints(path: Path) -> Iterable[dict[str, Any]]:
    beside = path.with_name(path.name.replace("issues", "sprints"))
    return _rows(beside) if beside != path and beside.is_file() else ()


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The file's objects, one a line; compressed or not."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number}: not JSON ({error}).") from error
            if not isinstance(row, dict):
                raise ValueError(f"{path}, line {number}: not an object.")  # noqa: TRY004 - the file's fault, not a caller's
            yield row
