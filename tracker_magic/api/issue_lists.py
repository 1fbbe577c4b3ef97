"""What hangs on issues: one list for each key, several side by side, in the order of the keys."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from tracker_magic.api.client import Client
from tracker_magic.api.crew import map_in_order
from tracker_magic.api.endpoints import ENDPOINTS
from tracker_magic.api.execution import Operation
from tracker_magic.api.pagination import Records, pages
from tracker_magic.errors import Forbidden, NotFound, WrongOrganisation


@dataclass(frozen=True, slots=True)
class Part:
    """The records of one issue under its present key; None: there is no such issue for this login."""

    key: str
    asked: str
    records: Records | None


def fetch_each(
    client: Client,
    call: Operation,
    name: str,
    keys: Sequence[str],
    *,
    params: Mapping[str, Any] | None = None,
    silent: Collection[str] = (),
) -> Iterator[Part]:
    """The list `name` of every issue in `keys`, each whole, in that order; those of `silent` are known to be empty."""

    def fetch(key: str) -> Part:
        if key in silent:
            return Part(key, key, [])
        return _part(client, call, name, key, params)

    for done, part in enumerate(map_in_order(fetch, keys, call), start=1):
        call.report("issues", done, len(keys))
        yield part


def _part(client: Client, call: Operation, name: str, key: str, params: Mapping[str, Any] | None) -> Part:
    records: Records = []
    present = key
    try:
        for answer in pages(client, call, ENDPOINTS[name], params=params, names={"key": key}):
            records += answer.data
            present = _key_of(answer.url) or key
    except (NotFound, Forbidden) as error:
        if isinstance(error, WrongOrganisation):
            raise
        return Part(key, key, None)
    return Part(present, key, records)


def _key_of(url: str) -> str:
    """The key that answered: a moved issue redirects from its old one."""
    parts = urlsplit(url).path.split("/")
    return unquote(parts[parts.index("issues") + 1]) if "issues" in parts else ""
