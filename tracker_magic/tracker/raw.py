"""The way out of the frames: raw JSON, files, web addresses, the official client."""

import os
import secrets
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from tracker_magic.api import Answer, protocol
from tracker_magic.api.crew import WorkerPool
from tracker_magic.api.raw_pagination import every_page
from tracker_magic.api.search import give_back
from tracker_magic.errors import BadOption
from tracker_magic.tracker.connection import Base
from tracker_magic.tracker.sinks import stoppable
from tracker_magic.transport.transport import host_of

# Posts that only read, so that they may be sent again.
_READS = ("_search", "_count", "_findByUnique", "_clear")


class Raw(Base):
    """Methods for what has no frame."""

    def get(self, path: str, **params: Any) -> Any:
        """JSON of `path` below /v3 (a path that begins with /v2 stays); a list comes whole, in every way of paging.

        Raises what the service refuses as typed errors, UnexpectedReply for a list that cannot be completed, BadOption
        for a path on another host, and Cancelled, always without what came.
        """
        return stoppable(lambda _: self._raw("GET", path, None, params))

    def post(self, path: str, json: Any = None, **params: Any) -> Any:
        """JSON that a POST to `path` answers; a list comes whole. Only posts that read are sent again on failure."""
        return stoppable(lambda _: self._raw("POST", path, {} if json is None else json, params))

    def _raw(self, method: str, path: str, body: Any, params: dict[str, Any]) -> Any:
        call = self._call()
        place, _, query = path.removeprefix(self.base_url).partition("?")
        if "://" in place:
            raise BadOption("a path of the service is asked for, not another address", hint='Write t.get("myself").')
        given: dict[str, Any] = {**parse_qs(query, keep_blank_values=True), **params}
        repeatable = method == "GET" or place.rstrip("/").endswith(_READS)

        def ask(asked: dict[str, Any]) -> Answer:
            return self._client.ask(call, method, place, params=asked, body=body, changes=not repeatable)

        def ask_once(asked: dict[str, Any]) -> Answer:
            return self._client.ask(call, method, place, params=asked, body=body, repeatable=False)

        release = partial(give_back, self._client, call)
        if not repeatable:
            return ask(given).data
        # In a thread: an answer that came is not lost where an interrupt strikes, and its scroll can be given back.
        with WorkerPool(call, 1) as crew:
            return crew.result(crew.submit(every_page, place, ask, ask_once, release, given))

    def download(self, attachment: Any, path: str | os.PathLike[str]) -> Path:
        """Save a file and return where: `attachment` is a row of `attachments()`; `path` a folder or a new file.

        Raises BadOption where the file exists already or the address is not the service's own (the token would go
        there), NotFound, NoAnswer. Nothing half-written stays.
        """
        return stoppable(lambda _: self._saved(*_file_of(attachment), Path(path)))

    def _saved(self, url: str, name: str, path: Path) -> Path:
        if not self._wire.allows(url):
            raise BadOption(f"{host_of(url)} is not the configured service; nothing was fetched from there")
        target = path / name if path.is_dir() else path
        if target.exists():
            raise BadOption(f"{target} exists already", hint="Name another file, or remove this one.")
        if not target.parent.is_dir():
            raise BadOption(f"there is no folder {target.parent}", hint="Make it first.")
        data = self._client.ask(self._call(), "GET", url, decode=protocol.body_of).data
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            part.write_bytes(data)
            part.replace(target)
        except (OSError, ValueError) as problem:
            raise BadOption(f"the file cannot be written ({problem})", hint="Name a file yourself.") from None
        finally:
            part.unlink(missing_ok=True)
        return target

    def web_url(self, name: str) -> str:
        """The address of an issue, queue or project in the web interface, for a person to open."""
        return f"{self.web_url_base}/{quote(name.strip())}"

    def to_client(self) -> Any:
        """The official client with the same login: `yandex_tracker_client.TrackerClient`.

        `startrek_client.Startrek` where that is installed and there is no organisation. Raises BadOption where the
        package is not installed.
        """
        token, org = self._login.token(), self.organisation
        startrek = _imported("startrek_client") if org is None else None
        package = startrek or _imported("yandex_tracker_client")
        if package is None:
            raise BadOption("the official client is not installed", hint="pip install 'tracker_magic[client]'")
        make = startrek.Startrek if startrek else package.TrackerClient
        names: dict[str, Any] = {"base_url": self.base_url, **({"useragent": "tracker_magic"} if startrek else {})}
        if org:
            names["org_id" if org.kind == "360" else "cloud_org_id"] = org.id
        token_name = "token" if token.scheme == "OAuth" else "iam_token"
        try:
            return make(**names, **{token_name: token.secret.reveal()})
        except Exception as refused:  # noqa: BLE001 - its frames hold the token, so only its words go on
            said = str(refused)
        raise BadOption(f"the official client does not take this login: {said}")


def _file_of(attachment: Any) -> tuple[str, str]:
    """Address and safe name of a row, a record, or a one-row frame."""
    if hasattr(attachment, "columns"):
        if len(attachment) != 1:
            raise BadOption(
                f"one attachment is saved at a time, not {len(attachment)}", hint="for _, row in df.iterrows():"
            )
        attachment = attachment.iloc[0]
    row = attachment if isinstance(attachment, Mapping) or hasattr(attachment, "get") else {}
    url = row.get("url") or row.get("content")
    if not isinstance(url, str):
        raise BadOption("an attachment is a row of t.attachments(…)")
    # A server's name for a file is data: no folders, nothing hidden.
    name = str(row.get("name") or "").replace("\\", "/").rsplit("/", 1)[-1].lstrip(".") or "attachment"
    return url, name


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None
