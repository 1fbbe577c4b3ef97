"""What a person answered at the last login: the organisation and the app's ClientID. Nothing here is secret.

What is read is checked again: a file of an earlier version may hold a token that was pasted into the wrong field.
A login that lives only in its kernel leaves no profile, but nobody wants to look up an organisation's id every day.
"""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from tracker_magic.auth.oauth import is_client_id
from tracker_magic.auth.profiles import is_private
from tracker_magic.auth.token import Organisation, organisation
from tracker_magic.errors import BadOption
from tracker_magic.settings import read_file

_FILE: Final = "answers.json"


class Answers(NamedTuple):
    """The organisation (None: there was none) and the ClientID ("": there was none) of a login."""

    organisation: Organisation | None
    client_id: str


def recall(home: Path, api: str) -> Answers:
    """Read the answers of the last login at the API address `api`; empty ones if there are none."""
    record = _read(home).get(api)
    if not isinstance(record, dict):
        return Answers(None, "")
    client_id = _text(record, "client_id")
    return Answers(_organisation(record), client_id if is_client_id(client_id) else "")


def remember(home: Path, api: str, answers: Answers) -> None:
    """Save the answers of a login that worked; a folder that cannot be written to is ignored."""
    org = answers.organisation
    record = {
        "org_id": org.id if org else "",
        "org_kind": org.kind if org else "",
        "client_id": answers.client_id if is_client_id(answers.client_id) else "",
    }
    records = _read(home)
    if records.get(api) == record:
        return
    with suppress(OSError):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home, prefix=".new-", delete=False) as file:
            file.write(orjson.dumps(records | {api: record}, option=orjson.OPT_INDENT_2))
        Path(file.name).replace(home / _FILE)


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _read(home: Path) -> dict[str, Any]:
    """The answers by API address; none if somebody else may have written them, as they lead to another app."""
    path = home / _FILE
    try:
        if not path.is_file() or not all(is_private(each, 0o022) for each in (home, path)):
            return {}
        records = orjson.loads(read_file(path))
    except (OSError, orjson.JSONDecodeError):
        return {}
    return records if isinstance(records, dict) else {}


def _organisation(record: dict[str, Any]) -> Organisation | None:
    org_id = _text(record, "org_id")
    try:
        return organisation(org_id, None) if record.get("org_kind") == "360" else organisation(None, org_id)
    except BadOption:
        return None
