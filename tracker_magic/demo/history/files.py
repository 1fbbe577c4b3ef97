"""Loads files of real histories, in the formats that data/SOURCE.md describes, as a world."""

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
from tracker_magic.demo.history.importer import Importer
from tracker_magic.demo.model import World
from tracker_magic.demo.world.make import garbage_collection_paused


def load_world(path: str | PathLike[str], now: datetime | None = None) -> World:
    """Load a data file as a world; the keys of the first line show its format.

    The sprints of a Jira file are in a second file, whose name has `sprints` in place of `issues`. References to things
    outside the file become texts in custom fields, and are logged. Raises OSError if the file cannot be read,
    ValueError if its format is unknown.
    """
    importer = import_history(path, now)
    if importer.outside:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(importer.outside.items()) if count)
        text = "%s: references to things outside the file are texts in custom fields: %s"
        logging.getLogger(__name__).info(text, path, counts)
    return importer.world


def import_history(path: str | PathLike[str], now: datetime | None = None) -> Importer:
    """Import a data file like `load_world`; the importer holds the world and the counts of references to outside."""
    path = Path(path)
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{path}: the file is empty.")
    all_rows = chain((first,), rows)
    with garbage_collection_paused():
        if first.keys() >= trac.COLUMNS:
            return trac.import_tickets(all_rows)
        if first.keys() >= jira.COLUMNS:
            return jira.import_issues(all_rows, _sprint_rows(path), now or datetime.now(UTC))
    raise ValueError(f"{path}: neither tickets with `changes` nor issues with `links`; see data/SOURCE.md.")


def _sprint_rows(path: Path) -> Iterable[dict[str, Any]]:
    sprints_path = path.with_name(path.name.replace("issues", "sprints"))
    return _rows(sprints_path) if sprints_path != path and sprints_path.is_file() else ()


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of the file, one per line; the file may be compressed."""
    with path.open("rb") as raw:
        is_compressed = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path) if is_compressed else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number}: not JSON ({error}).") from error
            if not isinstance(row, dict):
                raise ValueError(f"{path}, line {number}: not an object.")  # noqa: TRY004 - wrong is the file, not an argument
            yield row
