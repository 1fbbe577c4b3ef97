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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from filelock import FileLock, Timeout
from platformdirs import user_config_path

from tracker_magic.auth import keyring
from tracker_magic.auth.oauth import App
from tracker_magic.auth.organisation import Kind, Organisation
from tracker_magic.auth.token import Token
from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

TokenStorage = Literal["file", "keyring"]

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
    place: TokenStorage = "file"


class Profiles:
    """The profiles of this person on this machine."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "profiles"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Profiles":
        """In TRACKER_HOME, else in the platform's folder for settings."""
        home = environ.get("TRACKER_HOME", "").strip()
        return cls(Path(home).expanduser() if home else user_config_path(SERVICE))

    @property
    def home(self) -> Path:
        """The folder of this person's logins."""
        return self._home

    def names(self) -> list[str]:
        """The names of all profiles, the default one first."""
        found = [path.stem for path in self._folder.glob("*.json")] if self._folder.is_dir() else []
        return sorted(filter(_is_name, found), key=lambda name: (name != DEFAULT, name))

    def load(self, name: str = DEFAULT) -> Profile | None:
        """A profile; None where there is none of that name. Raises LoginError for one that cannot be read."""
        path = self._path(name)
        self._refuse_links(path)
        if not path.exists():
            return None
        profile = self._read(name, path)
        if profile is None:
            raise LoginError(f"the profile {name!r} cannot be read", hint="Log in again, and let it be replaced.")
        return profile

    def _read(self, name: str, path: Path) -> Profile | None:
        """None for what cannot be read. No error of ours starts here but one: the frame holds the open text."""
        try:
            record = orjson.loads(path.read_bytes())
            kept = record["secrets"] if record["place"] == "file" else orjson.loads(keyring.read(str(path)).reveal())
            return _profile(name, record, kept)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, profile: Profile) -> None:
        """Write a profile, whole or not at all. Raises LoginError, BadOption (no keyring)."""
        path = self._path(profile.name)
        self._refuse_links(path)
        moved_out = profile.place == "file" and _rests_in_keyring(path)
        if profile.place == "keyring":
            keyring.write(str(path), _secrets(profile))
        self._write(path, _record(profile))
        if moved_out:
            keyring.remove(str(path))

    def remove(self, name: str) -> bool:
        """Forget a profile; whether there was one. Of a link only the link goes."""
        path = self._path(name)
        if not path.exists() and not path.is_symlink():
            return False
        if not path.is_symlink() and _rests_in_keyring(path):
            keyring.remove(str(path))
        path.unlink(missing_ok=True)
        return True

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold a profile against other threads and processes: a refresh token changes with its use."""
        with self._lock(self._path(name).with_suffix(".lock")):
            yield

    def device_id(self) -> str:
        """One id for this installation, made at the first login and kept (AUTH 1.9.2)."""
        path = self._home / "device_id"
        with self._lock(self._home / "device_id.lock"):
            self._refuse_links(path)
            try:
                text = path.read_text(encoding="ascii").strip()
            except (OSError, UnicodeDecodeError):
                text = ""
            if not re.fullmatch(r"[!-~]{6,50}", text):
                text = secrets.token_hex(16)
                self._write(path, Secret(text))
        return text

    @contextmanager
    def _lock(self, path: Path) -> Iterator[None]:
        self._make_folder()
        self._refuse_links(path)
        held = FileLock(path, timeout=_LOCK_S, mode=0o600)
        try:
            held.acquire()
        except Timeout:
            raise LoginError(f"another process holds {path}", hint="Try again in a moment.") from None
        except OSError as problem:
            raise _unwritable(path, problem) from None
        try:
            yield
        finally:
            held.release()

    def _path(self, name: str) -> Path:
        if not _is_name(name):
            raise BadOption(f"{name!r} is no name for a profile", hint="Use letters, digits, dots and dashes.")
        return self._folder / f"{name}.json"

    def _refuse_links(self, path: Path) -> None:
        for each in (self._folder, path):
            if each.is_symlink():
                raise LoginError(
                    f"{each} is a link: nothing secret is read or written there", hint="Remove it, and log in again."
                )

    def _make_folder(self) -> None:
        self._refuse_links(self._folder)
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._folder.chmod(0o700)
        except OSError as problem:
            raise _unwritable(self._folder, problem) from None

    def _write(self, path: Path, content: Secret) -> None:
        """Write beside, then put in place: the file is born 0600, and is never half there."""
        self._make_folder()
        new = None
        try:
            handle, new = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(content.reveal().encode())
                file.flush()
                os.fsync(file.fileno())
            Path(new).replace(path)
        except BaseException as problem:
            if new is not None:
                Path(new).unlink(missing_ok=True)
            if isinstance(problem, OSError):
                raise _unwritable(path, problem) from None
            raise


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not name.startswith(".")


def _unwritable(path: Path, problem: OSError) -> LoginError:
    return LoginError(
        f"{path} cannot be written ({problem.strerror})",
        hint="TRACKER_HOME names another folder; without saving, the login lives as long as this kernel.",
    )


def _rests_in_keyring(path: Path) -> bool:
    """Whether the file names the keyring; an unreadable one names nothing."""
    try:
        return bool(orjson.loads(path.read_bytes())["place"] == "keyring")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _secrets(profile: Profile) -> Secret:
    """The secrets as JSON."""
    secret = profile.app.secret if profile.app else None
    refresh = profile.token.refresh
    kept = {
        "token": profile.token.secret.reveal(),
        "refresh": refresh.reveal() if refresh else None,
        "client_secret": secret.reveal() if secret else None,
    }
    return Secret(orjson.dumps(kept).decode())


def _record(profile: Profile) -> Secret:
    """The file as JSON: with the secrets, where they rest in it."""
    org, ends = profile.organisation, profile.token.expires_at
    record = {
        "api": profile.api,
        "oauth": profile.oauth,
        "org_id": org.id if org else None,
        "org_kind": org.kind if org else None,
        "client_id": profile.app.client_id if profile.app else None,
        "scheme": profile.token.scheme,
        "expires_at": ends.isoformat() if ends else None,
        "who": profile.who,
        "place": profile.place,
        "secrets": orjson.loads(_secrets(profile).reveal()) if profile.place == "file" else None,
    }
    return Secret(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())


def _profile(name: str, record: dict[str, Any], kept: dict[str, Any]) -> Profile:
    """A profile from its parts. Raises KeyError, TypeError, ValueError for what is none."""
    ends = record["expires_at"]
    return Profile(
        name=name,
        api=_text(record, "api"),
        oauth=_text(record, "oauth"),
        organisation=Organisation(_text(record, "org_id"), _kind(record["org_kind"])) if record["org_id"] else None,
        token=Token(
            Secret(_text(kept, "token")),
            "Bearer" if record["scheme"] == "Bearer" else "OAuth",
            datetime.fromisoformat(ends).astimezone(UTC) if ends else None,
            Secret(_text(kept, "refresh")) if kept.get("refresh") else None,
        ),
        app=App(_text(record, "client_id"), _app_secret(kept)) if record["client_id"] else None,
        who=str(record["who"]),
        place="keyring" if record["place"] == "keyring" else "file",
    )


def _text(record: dict[str, Any], name: str) -> str:
    if not isinstance(record[name], str):
        raise TypeError(name)
    return str(record[name])


def _kind(text: Any) -> Kind:
    if text not in {"360", "cloud"}:
        raise ValueError("org_kind")
    return "360" if text == "360" else "cloud"


def _app_secret(kept: dict[str, Any]) -> Secret | None:
    return Secret(_text(kept, "client_secret")) if kept.get("client_secret") else None
