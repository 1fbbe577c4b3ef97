"""The results of a search: page sinks, the set of issues found, and the error for an incomplete result."""

import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from tracker_magic.api.execution import WHERE_ROWS_ARE
from tracker_magic.api.protocol import Records
from tracker_magic.collector import collector_paused
from tracker_magic.errors import Incomplete, TrackerError, UnexpectedReply


class PageWriter(Protocol):
    """Takes the records of one page, in parts."""

    def add(self, records: Records) -> None:
        """Take records, in this order."""


class PageSink(Protocol):
    """Takes the records of a search, page by page, from one thread at a time.

    A search may be read several times; two readings are of two moments, so their records are never combined. The result
    is the reading for which `keep` was called, else the longest one.
    """

    def restart(self) -> None:
        """Begin another reading."""

    def page(self) -> AbstractContextManager[PageWriter]:
        """A page: taken as a whole when the block ends, or not at all if the block raises."""

    def keep(self, ids: Collection[str]) -> None:
        """Make the records of the current reading with these ids the result."""


class ListSink:
    """A page sink that collects the records in a list."""

    def __init__(self) -> None:
        self._readings: list[Records] = []
        self._kept: Records | None = None

    @property
    def records(self) -> Records:
        """The records of the result, in the order in which they arrived."""
        return self._kept if self._kept is not None else max(reversed(self._readings), key=len, default=[])

    def restart(self) -> None:
        """Begin another reading."""
        self._readings.append([])
        self._kept = None

    @contextmanager
    def page(self) -> Iterator["ListPage"]:
        """A page: taken as a whole when the block ends."""
        page = ListPage()
        yield page
        self._readings[-1].extend(page.records)

    def keep(self, ids: Collection[str]) -> None:
        """Make the records of the current reading with these ids the result."""
        self._kept = [record for record in self._readings[-1] if record["id"] in ids]


class ListPage:
    """The records of one page of a `ListSink`."""

    def __init__(self) -> None:
        self.records: Records = []

    def add(self, records: Records) -> None:
        """Take records, in this order."""
        self.records += records


class ResultSet:
    """What a search found: the ids of the current reading, each once, and the total; records go to a page sink.

    Thread-safe: pages are taken one at a time, so that only one is in memory in its decoded form.
    """

    def __init__(self, sink: PageSink) -> None:
        self.total: int | None = None
        self.ids: set[str] = set()
        self._sink = sink
        self._longest = 0
        self._kept: int | None = None
        self._lock = threading.Lock()

    @property
    def rows(self) -> int:
        """How many records the result has."""
        return self._longest if self._kept is None else self._kept

    def restart(self) -> None:
        """Begin another reading."""
        self.ids = set()
        self._kept = None
        self._sink.restart()

    def set_total(self, total: int | None) -> None:
        """Set the total number of issues."""
        self.total = total

    @contextmanager
    def page(self) -> Iterator["ResultPage"]:
        """A page: takes those of its records that are new in this reading, all or none."""
        with self._lock, collector_paused(), self._sink.page() as writer:
            page = ResultPage(writer, self.ids)
            yield page
            self.ids |= page.ids
        self._longest = max(self._longest, len(self.ids))

    def keep(self, ids: Collection[str]) -> None:
        """Make the records of the current reading with these ids the result."""
        with self._lock:
            self._sink.keep(ids)
            self._kept = len(ids)


class ResultPage:
    """The records of one page of a search."""

    def __init__(self, writer: PageWriter, known: set[str]) -> None:
        self.ids: set[str] = set()
        self._writer = writer
        self._known = known

    def add(self, records: Records) -> None:
        """Take those of the records that are new."""
        fresh = {
            record["id"]: record
            for record in records
            if record["id"] not in self._known and record["id"] not in self.ids
        }
        self.ids.update(fresh)
        self._writer.add(list(fresh.values()))


def count_mismatch(*, hint: str = "") -> UnexpectedReply:
    """The error for rows whose number no count confirms."""
    message = "the number of rows never matches the service's count: issues come and go all the time, or are miscounted"
    return UnexpectedReply(message, hint=hint, reason="count_mismatch")


def specific_hint(error: TrackerError) -> str:
    """The hint of an error, unless it only says to try again."""
    return "" if error.reason == "unexpected_reply" else error.hint


def incomplete(results: ResultSet, cause: TrackerError, missing: str = "", limit: int | None = None) -> Incomplete:
    """The error for an incomplete result: how much was fetched, what is missing, why, and what to do next."""
    rows, total = results.rows, results.total
    if total is not None and limit is not None:
        total = min(total, limit)
    fetched = f"{rows:,} issues were fetched" if total is None else _compared(rows, total)
    problem = "are missing" if total is None or rows < total else "were not read to the end"
    gap = f"; issues {missing} {problem}" if missing else ""
    advice = "ask only for the rest" if missing else "ask for less"
    hint = f"{specific_hint(cause)} {WHERE_ROWS_ARE.capitalize()}. Try again, or {advice}.".strip()
    return Incomplete(f"{fetched}{gap}: {cause.message}", hint=hint, fetched=rows, total=total)


def _compared(rows: int, total: int) -> str:
    """Compare rows and total: as issues come and go, there may be more rows than the service counts now."""
    if rows < total:
        return f"{rows:,} of {total:,} issues were fetched"
    if rows == total:
        return f"{rows:,} issues were fetched, as many as the service counts, but not reliably"
    return f"{rows:,} issues were fetched, more than the {total:,} that the service counts"
