"""The lists of an organisation that rarely change, each requested once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Final

from tracker_magic.api import Client, Operation, Records
from tracker_magic.api.pagination import fetch_pages, fetch_records
from tracker_magic.forks import PerProcess

EVERY_LANGUAGE: Final = "*"
_LOOK_S: Final = 0.1  # how often a waiting thread checks its time limit


class DictionaryCache:
    """The lists of an organisation that rarely change: each is requested once per language, by one thread at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lists: dict[tuple[str, ...], _FetchedList] = {}
        self._gates: PerProcess[dict[tuple[str, ...], threading.Lock]] = PerProcess(dict)

    def get(self, operation: Operation, name: str, **names: str) -> Records:
        """The list `name` of `ENDPOINTS` in the operation's language; `names` fill its path."""
        return self._get(operation, name, names, known=None).records

    def in_every_language(self, operation: Operation, name: str, **names: str) -> Records:
        """The list with its names in every language: `{"ru": …, "en": …}`."""
        return self._get(operation, name, names, known=None, lang=EVERY_LANGUAGE).records

    def refresh(self, operation: Operation, name: str, **names: str) -> Records:
        """The list, not older than the call: for a name that the known one does not have."""
        known = self._lists.get((name, operation.lang or "", *names.values()))
        if known is not None and known.fetched_at >= operation.started_at:
            return known.records
        return self._get(operation, name, names, known=known).records

    def beginning(self, operation: Operation, name: str, pages: int) -> Records:
        """The known records of the list; if there are none, those of its first pages, which are requested once."""
        if not (records := self.known(name)):
            answers = islice(fetch_pages(self._client, operation, name), pages)
            records = list(chain.from_iterable(answer.data for answer in answers))
            self._lists[name, "beginning"] = _FetchedList(records, operation.clock.now())
        return records

    def fetched_at(self, operation: Operation, name: str) -> datetime:
        """When the list that `get` returns was fetched."""
        return self._get(operation, name, {}, known=None).fetched_at

    def _get(
        self,
        operation: Operation,
        name: str,
        names: dict[str, str],
        known: "_FetchedList | None",
        lang: str | None = None,
    ) -> "_FetchedList":
        """The list, requested unless there is one other than `known`."""
        lang = lang or operation.lang or ""
        key = (name, lang, *names.values())
        if self._lists.get(key) is known:
            gate = self._gates.value.setdefault(key, threading.Lock())
            with locked_within(operation, gate):
                if self._lists.get(key) is known:
                    params = {"localized": "false"} if lang == EVERY_LANGUAGE else {}
                    records = fetch_records(self._client, operation, name, names=names, params=params)
                    self._lists[key] = _FetchedList(records, operation.clock.now())
        return self._lists[key]

    def has(self, operation: Operation, name: str, **names: str) -> bool:
        """Whether `get` would send no request."""
        return (name, operation.lang or "", *names.values()) in self._lists

    def known(self, name: str) -> Records:
        """The records of the lists `name` that were fetched, of every language, queue and board; sends no request."""
        lists = list(self._lists.items())  # other threads may add some
        return [record for key, found in lists if key[0] == name for record in found.records]


@dataclass(frozen=True, slots=True)
class _FetchedList:
    """A list, and when it was fetched."""

    records: Records
    fetched_at: datetime


@contextmanager
def locked_within(operation: Operation, lock: threading.Lock) -> Iterator[None]:
    """Hold a lock in the block; wait for it no longer than the operation may take."""
    while not lock.acquire(timeout=_LOOK_S):
        operation.check()
    try:
        yield
    finally:
        lock.release()
