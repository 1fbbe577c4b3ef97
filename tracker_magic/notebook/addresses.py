"""Addresses of the web interface and of the API, pasted in place of keys or a query. Nothing is requested from them.

The forms that are not documented are in the table of `tracker_magic/demo/README.md`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tracker_magic.errors import BadOption
from tracker_magic.notebook.commands import Takes

Kind = Literal["issue", "query", "queue", "filter", "board", "other"]

KNOWN_HOSTS: Final = frozenset({"tracker.yandex.ru", "tracker.yandex.com", "api.tracker.yandex.net"})
_ADDRESS: Final = re.compile(r"(?:https?://|tracker\.yandex\.(?:ru|com)/)\S+", re.IGNORECASE)
_KEY: Final = r"(?P<value>[A-Za-z][A-Za-z0-9_]*-[0-9]+)"
# The path, with lower-case names of pages → what is there.
_PATHS: Final[dict[Kind, re.Pattern[str]]] = {
    "issue": re.compile(rf"(?:/v[23])?(?:/issues)?/{_KEY}(?:/.*)?"),
    "queue": re.compile(r"(?:(?:/v[23])?/queues?/(?P<value>[A-Za-z]\w*)|/(?P<short>[A-Z][A-Z0-9_]*))(?:/.*)?"),
    "filter": re.compile(r"(?:/v[23])?(?:/issues)?/filters?/(?:filter:)?(?P<value>[0-9]+)(?:/.*)?"),
    "board": re.compile(r"(?:(?:/v[23])?/boards|/agile/board)/(?P<value>[0-9]+)(?:/.*)?"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A pasted address, and what is there: the key of an issue or queue, a query, the id of a filter or board."""

    url: str
    host: str
    kind: Kind
    value: str = ""


def is_address(word: str) -> bool:
    """Whether a word is an address of any service, or of Tracker without `https://`."""
    return _ADDRESS.fullmatch(word) is not None


def read_addresses(text: str) -> list[Address]:
    """Return the addresses, separated by blanks or commas, of a text that begins with one; else an empty list.

    Raises BadOption for an address with something else.
    """
    words = [word.strip(",") for word in text.split() if word.strip(",")]
    if not words or not is_address(words[0]):
        return []
    if other := [word for word in words if not is_address(word)]:
        raise BadOption(f"`{other[0]}` follows an address, which goes with nothing else", hint="Give keys or a query.")
    return [_read(word) for word in words]


def argument_of(addresses: Sequence[Address], takes: Takes) -> str | None:
    """Return what can be typed in place of the addresses; None if they name nothing for such a command."""
    if all(each.kind == "issue" for each in addresses):
        return None if takes == "name" else ", ".join(each.value for each in addresses)
    (kind, value), *others = [(each.kind, each.value) for each in addresses]
    if others:
        return None
    if takes == "name":
        return value if kind in {"queue", "board"} else None
    if takes == "keys":
        return None
    return {"query": value, "queue": f"Queue: {value}", "filter": f"Filter: {value}"}.get(kind)


def check_addresses(addresses: Iterable[Address], takes: Takes, own_urls: Iterable[str]) -> None:
    """Raise BadOption for an address of another service, or one that the command can do nothing with."""
    addresses = list(addresses)
    own_hosts = {urlsplit(url).netloc.lower() for url in own_urls}
    if foreign := [each for each in addresses if each.host not in KNOWN_HOSTS | own_hosts]:
        raise BadOption(
            f"{foreign[0].url} is not an address of this Tracker, which is at {' and '.join(sorted(own_hosts))}",
            hint="Give keys or a query.",
        )
    if argument_of(addresses, takes) is None:
        raise BadOption(_problem(addresses), hint=_advice(addresses[0]))


def _problem(addresses: Sequence[Address]) -> str:
    if len(addresses) > 1:
        return "several addresses can only be those of issues"
    address = addresses[0]
    if address.kind == "other":
        return f"{address.url} is not the address of an issue, a queue, a filter or a search"
    kind = "an issue" if address.kind == "issue" else f"a {address.kind}"
    return f"{address.url} is the address of {kind}, which this command does not take"


def _advice(address: Address) -> str:
    if address.kind == "board":
        return (
            f'Issues of its sprints: `%tracker "Sprints By Board": {address.value}`; '
            f"sprints and columns: `%tracker sprints {address.value}`, `%tracker columns {address.value}`."
        )
    return "Give keys or a query, such as `%tracker Queue: DEV`."


def _read(url: str) -> Address:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return Address(url, "", "other")
    host, path = parts.netloc.lower().rpartition("@")[2], unquote(parts.path).rstrip("/")
    if path == "/issues":
        query = parse_qs(parts.query).get("_q", [""])[0].strip()
        return Address(url, host, "query" if query else "other", query)
    for kind, pattern in _PATHS.items():
        if match := pattern.fullmatch(path):
            value = match["value"] or match["short"] if kind == "queue" else match["value"]
            return Address(url, host, kind, value.upper() if kind in {"issue", "queue"} else value)
    return Address(url, host, "other")
