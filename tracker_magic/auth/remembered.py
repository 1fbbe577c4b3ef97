"""What a person has answered before: the organisation and the app's ClientID. Nothing secret, asked once a service.

A login that lives in its kernel only leaves no profile, and yet nobody wants to look up an organisation's id each day.
"""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import orjson

from tracker_magic.auth.organisation import Organisation, organisation
from tracker_magic.auth.token import usable
from tracker_magic.errors import BadOption

_FILE: Final = "answers.json"

Answers = tuple[Organisation | None, str]


def recall(home: Path, api: str) -> Answers:
    """Organisation and ClientID of the last login at `api`; None and "" where there was none, or it is unreadable."""
    record = _read(home).get(api)
    if not isinstance(record, dict):
        return None, ""
    client_id = str(record.get("client_id") or "")
    return _organisation(record), client_id if usable(client_id) else ""


def keep(home: Path, api: str, given: Answers) -> None:
    """Keep the answers of a login that worked; a place that cannot be written to costs the person an answer only."""
    org, client_id = given
    record = {"org_id": org.id if org else "", "org_kind": org.kind if org else "", "client_id": client_id}
    known = _read(home)
    if known.get(api) == record:
        return
    with suppress(OSError):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home, prefix=".new-", delete=False) as file:
            file.write(orjson.dumps(known | {api: record}, option=orjson.OPT_INDENT_2))
        Path(file.name).replace(home / _FILE)


def _read(home: Path) -> dict[str, Any]:
    try:
        record = orjson.loads((home / _FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return record if isinstance(record, dict) else {}


def _organisation(record: dict[str, Any]) -> Organisation | None:
    org, kind = str(record.get("org_id") or ""), record.get("org_kind")
    try:
        return organisation(org, None) if kind == "360" else organisation(None, org)
    except BadOption:
        return None
