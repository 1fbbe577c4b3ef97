"""Where a token rests: in the system's keyring, or in a file born 0600 in a folder born 0700; links are refused.

A profile belongs to the addresses it was made for; its token is sent nowhere else.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from filelock import FileLock, Timeout
from platformdirs import user_config_path

from tracker_magic.auth.oauth import App
from tracker_magic.auth.organisation import Organisation
from tracker_magic.auth.token import Token
from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

Place = Literal["file", "keyring"]

SERVICE: Final = "tracker_magic"
DEFAULT: Final = "default"
_NAME: Final = re.compile(r"[\w.-]{1,64}")
_LOCK_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A login kept between kernels: for which service and organisation, and what renews it."""

    name: str
    api: str
    oauth: str
    organisation: Organisation | None
    token: Token = field(repr=False)
    app: App | None = None
    who: str = ""
    place: Place = "file"


class Profiles:
    """The profiles of this person on this machine."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "profiles"
        self._home = home

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Profiles":
        """In TRACKER_HOME, else in the platform's folder for settings."""
        home = environ.get("TRACKER_HOME", "").strip()
        return cls(Path(home).expanduser() if home else user_config_path(SERVICE))

    def names(self) -> list[str]:
        """The names of all profiles, the default one first."""
        found = sorted(path.stem for path in self._folder.glob("*.json")) if self._folder.is_dir() else []
        return sorted(found, key=lambda name: name != DEFAULT)

    def load(self, name: str = DEFAULT) -> Profile | None:
        """A profile; None where there is none of that name. Raises LoginError for one that cannot be read."""
        path = self._path(name)
        if path.is_symlink():
            raise LoginError(f"the profile {name!r} is a link, and is not read", hint=f"Remove it: {path}")
        if not path.exists():
            return None
        try:
            record = orjson.loads(path.read_bytes())
            kept = (
                record["secrets"] if record["place"] == "file" else orjson.loads(_keyring().get_password(SERVICE, name))
            )
            return _profile(name, record, kept)
        except (OSError, ValueError, KeyError, TypeError):
            raise LoginError(
                f"the profile {name!r} cannot be read", hint="Log in again, and let it be replaced."
            ) from None

    def save(self, profile: Profile) -> None:
        """Write a profile, whole or not at all. Raises LoginError, BadOption (no keyring)."""
        kept = _secrets(profile)
        record = _record(profile)
        if profile.place == "keyring":
            _keyring().set_password(SERVICE, profile.name, orjson.dumps(kept).decode())
        else:
            record["secrets"] = kept
        self._write(self._path(profile.name), orjson.dumps(record, option=orjson.OPT_INDENT_2))

    def remove(self, name: str) -> bool:
        """Forget a profile; whether there was one."""
        path = self._path(name)
        if not path.exists() and not path.is_symlink():
            return False
        if not path.is_symlink() and b'"keyring"' in path.read_bytes():
            _keyring().delete_password(SERVICE, name)
        path.unlink()
        return True

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold a profile against other processes: a refresh token changes with its use."""
        self._folder_made()
        try:
            with FileLock(self._folder / f".{name}.lock", timeout=_LOCK_S, mode=0o600):
                yield
        except Timeout:
            raise LoginError(f"another process holds the profile {name!r}", hint="Try again in a moment.") from None

    def device_id(self) -> str:
        """One id for this installation, made at the first login and kept (AUTH 1.9.2)."""
        path = self._home / "device_id"
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            text = ""
        if not re.fullmatch(r"[!-~]{6,50}", text):
            text = secrets.token_hex(16)
            self._write(path, text.encode("ascii"))
        return text

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name.startswith("."):
            raise BadOption(f"{name!r} is no name for a profile", hint="Use letters, digits, dots and dashes.")
        return self._folder / f"{name}.json"

    def _folder_made(self) -> None:
        for folder in (self._home, self._folder):
            if folder.is_symlink() and folder == self._folder:
                raise LoginError(f"{folder} is a link, and nothing secret is written there")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)

    def _write(self, path: Path, data: bytes) -> None:
        """Write beside, then put in place: the file is born 0600, and is never half there."""
        self._folder_made()
        if path.is_symlink():
            raise LoginError(f"{path} is a link, and nothing secret is written there", hint="Remove it.")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _secrets(profile: Profile) -> dict[str, str | None]:
    secret = profile.app.secret if profile.app else None
    refresh = profile.token.refresh
    return {
        "token": profile.token.secret.reveal(),
        "refresh": refresh.reveal() if refresh else None,
        "client_secret": secret.reveal() if secret else None,
    }


def _record(profile: Profile) -> dict[str, Any]:
    org, ends = profile.organisation, profile.token.expires_at
    return {
        "api": profile.api,
        "oauth": profile.oauth,
        "org_id": org.id if org else None,
        "org_kind": org.kind if org else None,
        "client_id": profile.app.client_id if profile.app else None,
        "scheme": profile.token.scheme,
        "expires_at": ends.isoformat() if ends else None,
        "who": profile.who,
        "place": profile.place,
    }


def _profile(name: str, record: dict[str, Any], kept: dict[str, Any]) -> Profile:
    def secret(key: str) -> Secret | None:
        return Secret(kept[key]) if kept.get(key) else None

    return Profile(
        name=name,
        api=record["api"],
        oauth=record["oauth"],
        organisation=Organisation(record["org_id"], record["org_kind"]) if record["org_id"] else None,
        token=Token(
            Secret(kept["token"]),
            record["scheme"],
            datetime.fromisoformat(record["expires_at"]) if record["expires_at"] else None,
            secret("refresh"),
        ),
        app=App(record["client_id"], secret("client_secret")) if record["client_id"] else None,
        who=record["who"],
        place=record["place"],
    )


def _keyring() -> Any:
    try:
        keyring = import_module("keyring")
    except ImportError:
        keyring = None
    if keyring is None or keyring.get_keyring().priority <= 0:
        raise BadOption(
            "there is no system keyring here",
            hint="pip install 'tracker_magic[keyring]', or keep the login in a file or in this kernel.",
        )
    return keyring
