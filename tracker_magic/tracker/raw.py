"""Beyond frames: raw JSON, files, web addresses, the official client."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, quote

from tracker_magic.api import Operation, Request
from tracker_magic.api.raw_pagination import fetch_all_pages
from tracker_magic.errors import BadOption, check_encodable
from tracker_magic.printable import printable
from tracker_magic.settings import full_path
from tracker_magic.tracker.connection import Connection, Defaults
from tracker_magic.transport.body import not_writable
from tracker_magic.transport.transport import host_of

# POST requests that only read, so that they may be repeated.
_READING_POSTS: Final = ("_search", "_count", "_findByUnique", "_clear")
# What Windows keeps for drives, streams and patterns, and names that it takes for devices.
# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys('<>:"|?*\t\n', "_"))
_PORTS: Final = "123456789¹²³"
_DEVICES: Final = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in _PORTS)}
_LONGEST_NAME: Final = 240  # bytes; file systems accept 255
_LONGEST_ENDING: Final = 20


class RawMethods:
    """Methods of `Tracker` for everything without a frame."""

    _connection: Connection
    _defaults: Defaults

    def get(self, path: str, **params: Any) -> Any:
        """The JSON at `path` below /v3 (or a path that begins with /v2); all pages of a list, however it is paginated.

        Raises a subclass of Refused if the service refuses the request, UnexpectedReply for a list that cannot be
        completed, BadOption for a path on another host, and Cancelled; errors never hold partial results.
        """
        operation = self._defaults.start({})
        return operation.run(self._fetch_raw, operation, "GET", path, None, params)

    def post(self, path: str, json: Any = None, **params: Any) -> Any:
        """The JSON that a POST to `path` returns, all pages of a list. Only requests that read are retried."""
        operation = self._defaults.start({})
        return operation.run(self._fetch_raw, operation, "POST", path, {} if json is None else json, params)

    def download(self, attachment: Any, path: str | os.PathLike[str]) -> Path:
        """Save a file and return its path: `attachment` is a row of `attachments()`; `path` a folder or a new file.

        In a folder it is named `KEY-ID-NAME`, since many issues have files of the same name. Raises BadOption if the
        file already exists or the URL is not the service's own (the token would be sent there), NotFound, NoAnswer. No
        partial file is left behind.
        """
        url, name = _file_of(attachment)
        target = self._new_file(url, name, full_path(path))
        operation = self._defaults.start({})
        operation.run(self._fetch_file, operation, url, target)
        return target

    def web_url(self, name: str) -> str:
        """The address of an issue, queue or project in the web interface, for a person to open."""
        return f"{self._connection.web_url}/{quote(check_encodable(name.strip()))}"

    def to_client(self) -> Any:
        """The official client with the same login: `yandex_tracker_client.TrackerClient`.

        `startrek_client.Startrek` if that is installed and there is no organisation. The client uses version 2 of the
        API, its default, and keeps the token of this moment: when an IAM token expires, it does not renew it. Call
        `to_client` again for a client with a new token. Raises BadOption if the package is not installed.
        """
        connection = self._connection
        token, org = Operation().run(connection.login.token), connection.organisation
        startrek = _imported("startrek_client") if org is None else None
        package = startrek or _imported("yandex_tracker_client")
        if package is None:
            raise BadOption("the official client is not installed", hint="pip install 'tracker_magic[client]'")
        make = startrek.Startrek if startrek else package.TrackerClient
        arguments: dict[str, Any] = {"base_url": connection.base_url}
        if startrek:
            arguments["useragent"] = "tracker_magic"
        if org:
            arguments["org_id" if org.kind == "360" else "cloud_org_id"] = org.id
        token_name = "token" if token.scheme == "OAuth" else "iam_token"
        try:
            return make(**arguments, **{token_name: token.secret.reveal()})
        except Exception as error:  # noqa: BLE001 - its frames hold the token, so only its text is kept
            problem = str(error)
        raise BadOption(f"the official client does not accept this login: {problem}")

    # What the worker of the operation does.

    def _fetch_raw(self, operation: Operation, method: str, path: str, body: Any, params: dict[str, Any]) -> Any:
        client = self._connection.client
        resource, _, query = path.removeprefix(self._connection.base_url).partition("?")
        if "://" in resource:
            raise BadOption("the path must be one of the service, not another address", hint='Write t.get("myself").')
        params = {**parse_qs(query, keep_blank_values=True), **params}
        if method == "POST" and not resource.rstrip("/").endswith(_READING_POSTS):
            return client.fetch(operation, Request(method, resource, params, body, changes=True)).data
        try:
            return fetch_all_pages(client, operation, Request(method, resource, params, body))
        finally:
            client.release_scrolls(operation)

    def _fetch_file(self, operation: Operation, url: str, target: Path) -> None:
        with _new_file(target) as file:
            self._connection.client.fetch(operation, Request("GET", url, file=file))
            operation.check()

    def _new_file(self, url: str, name: str, path: Path) -> Path:
        """Where to save a file. Raises BadOption if there is one already, or if the URL is not the service's own."""
        if not self._connection.transport.allows(url):
            raise BadOption(f"{host_of(url)} is not the configured service; nothing was fetched from there")
        target = path / name if path.is_dir() else path
        if path.is_dir() and target.resolve().parent != path.resolve():
            raise BadOption(f"{name} would be outside the folder {path}", hint="Name a file yourself.")
        if target.exists():
            raise BadOption(f"{target} already exists", hint="Name another file, or remove this one.")
        if not target.parent.is_dir():
            raise BadOption(f"there is no folder {target.parent}", hint="Create it first.")
        return target


@contextmanager
def _new_file(target: Path) -> Iterator[BufferedRandom]:
    """A file beside `target`, renamed at the end of the block; nothing is left of it after an error.

    Raises BadOption if it cannot be written, or if there is a file of this name by then.
    """
    incomplete = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        file = incomplete.open("x+b")
    except (OSError, ValueError) as problem:
        raise not_writable(problem) from None
    try:
        yield file
        _rename_new(file, incomplete, target)
    finally:
        with suppress(OSError):  # the error before it says more
            file.close()
        incomplete.unlink(missing_ok=True)


def _rename_new(file: BufferedRandom, path: Path, target: Path) -> None:
    """Close and rename a file, unless there is another of this name, which a rename would overwrite."""
    is_ours = False
    try:
        file.close()
        target.open("xb").close()
        is_ours = True
        path.replace(target)
    except (OSError, ValueError) as problem:
        if is_ours:
            target.unlink(missing_ok=True)
        raise not_writable(problem) from None


def _file_of(attachment: Any) -> tuple[str, str]:
    """The URL and a safe, unique file name of a row, a record, or a frame with one row."""
    if hasattr(attachment, "columns"):
        if len(attachment) != 1:
            raise BadOption(
                f"only one attachment is saved at a time, not {len(attachment)}", hint="Loop over df.iterrows()."
            )
        attachment = attachment.iloc[0]
    row = attachment if isinstance(attachment, Mapping) or hasattr(attachment, "get") else {}
    url = row.get("url") or row.get("content")
    if not isinstance(url, str):
        raise BadOption("an attachment must be a row of t.attachments(…)")
    parts = [_safe_name(row.get(column)) for column in ("key", "id", "name")]
    return url, _file_name("-".join(filter(None, parts)))


def _safe_name(value: Any) -> str:
    """Part of a file name. What a server sends is not trusted: no folders, drives, streams or hidden files."""
    text = str(value) if isinstance(value, (str, int)) else ""  # not a missing value
    name = printable(text).replace("\\", "/").rsplit("/", 1)[-1]
    return name.translate(_NOT_IN_NAMES).lstrip(".")


def _file_name(name: str) -> str:
    """A name that every system accepts: of a limited length, whose end stays, and no device of Windows."""
    if name.split(".", maxsplit=1)[0].strip().upper() in _DEVICES:
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    ending = f"{dot}{ending}" if stem and len(ending.encode(errors="ignore")) <= _LONGEST_ENDING else ""
    room = _LONGEST_NAME - len(ending.encode(errors="ignore"))
    stem = name.removesuffix(ending).encode(errors="ignore")[:room].decode(errors="ignore")
    return f"{stem}{ending}".rstrip(". ") or "attachment"


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None
