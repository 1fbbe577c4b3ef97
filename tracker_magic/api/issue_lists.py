"""Fetch a list (comments, links, changelog …) of each of several issues, in parallel, in the order of the keys."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tracker_magic.api.client import Client
from tracker_magic.api.execution import Operation, map_in_order
from tracker_magic.api.pagination import fetch_pages
from tracker_magic.api.protocol import Params, Records
from tracker_magic.errors import Forbidden, NotFound, WrongOrganisation


@dataclass(frozen=True, slots=True)
class IssueRecords:
    """The records of one issue under its current key; None: this login sees no such issue."""

    key: str
    requested_key: str
    records: Records | None


@dataclass(frozen=True, slots=True)
class IssueListReader:
    """Reads the whole list `name` of issues; sends no request for those in `known_empty`."""

    client: Client
    operation: Operation
    name: str
    params: Params
    known_empty: Collection[str] = ()

    def read(self, key: str) -> IssueRecords:
        """The list of one issue."""
        if key in self.known_empty:
            return IssueRecords(key, key, [])
        records: Records = []
        current_key = key
        try:
            for answer in fetch_pages(self.client, self.operation, self.name, names={"key": key}, params=self.params):
                records += answer.data
                current_key = _key_in(answer.url) or key
        except WrongOrganisation:
            raise
        except (NotFound, Forbidden):
            return IssueRecords(key, key, None)
        return IssueRecords(current_key, key, records)

    def read_all(self, keys: Sequence[str]) -> Iterator[IssueRecords]:
        """The lists of these issues, in that order."""
        for done, issue in enumerate(map_in_order(self.read, keys, self.operation), start=1):
            self.operation.report("issues", done, len(keys))
            yield issue


def _key_in(url: str) -> str:
    """The key in the URL that answered: a moved issue redirects from its former key."""
    parts = urlsplit(url).path.split("/")
    return unquote(parts[parts.index("issues") + 1]) if "issues" in parts else ""
