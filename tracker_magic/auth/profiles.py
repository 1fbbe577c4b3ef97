"""Stored logins: a file with mode 0600 in a folder with mode 0700, with the secrets in it or in the system keyring.

A profile belongs to the addresses it was made for; its token is sent nowhere else. Links are never followed.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson
from filelock import FileLock, Timeout
from platformdirs import user_config_path

from tracker_magic.auth import keyring
from tracker_magic.auth.oauth import App
from tracker_magic.auth.token import Organisation, OrganisationKind, Token
from tracker_magic.errors import BadOption, LoginError, SettingsError
from tracker_magic.printable import quoted, unwrapped
from tracker_magic.secret import SafeRepr, Secret
from tracker_magic.settings import Addresses, read_file

TokenStorage = Literal["file", "keyring"]

DEFAULT: Final = "default"
NOT_WRITABLE: Final = "storage_not_writable"  # the `reason` of an error
_NAME: Final = re.compile(r"[\w.-]{1,64}")
_LOCK_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True, repr=False)
class Profile(SafeRepr):
    """A stored login: the service and organisation it is for, its token, and the app that renews the token."""

    name: str
    api: str
    oauth: str
    organisation: Organisation | None
    token: Token = field(repr=False)
    app: App | None = None
    user: str = ""
    storage: TokenStorage = "file"


class Profiles:
    """The profiles of this person on this machine, in the folder `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "profiles"

    @property
    def is_writable(self) -> bool:
        """Whether a login can be saved here, as far as that is known without writing."""
        folder = next(each for each in (self.folder, *self.folder.parents) if os.access(each, os.F_OK))
        return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Profiles":
        """The profiles in TRACKER_HOME, by default in the platform's folder for settings."""
        home = unwrapped(environ.get("TRACKER_HOME", ""))
        try:
            return cls(Path(home).expanduser() if home else user_config_path(keyring.SERVICE))
        except RuntimeError:
            problem = "TRACKER_HOME begins with the name of a user who does not exist"
        raise SettingsError(problem, hint="Set it to the path of a folder.", reason="home_of_nobody")

    def file(self, name: str) -> Path:
        """The path of a profile's file. Raises BadOption for a name that could lead out of the folder."""
        if not _is_name(name):
            raise BadOption(
                "this is not a valid name for a profile",
                hint="Use letters, digits, dots, dashes and underscores.",
                reason="invalid_profile_name",
                detail=quoted(name),
            )
        return self.folder / f"{name}.json"

    def names(self) -> list[str]:
        """The names of all profiles, the default one first."""
        try:
            names = [path.stem for path in self.folder.glob("*.json")] if self.folder.is_dir() else []
        except OSError:  # a name that is too long, a folder that may not be read
            names = []
        return sorted(filter(_is_name, names), key=lambda name: (name != DEFAULT, name))

    def load(self, name: str = DEFAULT) -> Profile | None:
        """Load a profile; None if there is none of that name. Raises LoginError if it cannot be read."""
        path = self.file(name)
        self._refuse_links(path)
        if not path.exists():
            return None
        self._refuse_access(path)
        profile = _read_profile(name, path)
        if profile is None:
            raise LoginError(
                "the stored profile cannot be read, or was edited by hand",
                hint="Log in again to replace it.",
                reason="unreadable_profile",
                detail=name,
            )
        return profile

    def save(self, profile: Profile) -> None:
        """Save a profile, completely or not at all. Raises LoginError, BadOption (no keyring)."""
        path = self.file(profile.name)
        self._refuse_links(path)
        leaves_keyring = profile.storage == "file" and _is_in_keyring(path)
        if profile.storage == "keyring":
            keyring.write(str(path), _secrets_json(profile, api=profile.api, oauth=profile.oauth))
        self._write(path, _profile_json(profile))
        if leaves_keyring:
            keyring.remove(str(path))

    def remove(self, name: str) -> bool:
        """Delete a profile; False if there was none. Of a link only the link itself is deleted."""
        path = self.file(name)
        if not os.path.lexists(path):
            return False
        if not path.is_symlink() and _is_in_keyring(path):
            keyring.remove(str(path))
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise _not_writable(path, problem) from None
        return True

    @contextmanager
    def locked(self, name: str) -> Iterator[bool]:
        """Lock a profile against other threads and processes; yields False in a folder that cannot be written to.

        Raises LoginError if that takes too long.
        """
        with self._locked_if_writable(self.file(name).with_suffix(".lock")) as is_locked:
            yield is_locked

    def device_id(self) -> str:
        """The id of this installation, made at the first login and kept; only a token with a device can be revoked.

        Raises LoginError if it cannot be kept.
        """
        path = self.home / "device_id"
        with self._locked_if_writable(self.home / "device_id.lock"):
            self._refuse_links(path)
            text = _read_device_id(path)
            if not text:
                text = secrets.token_hex(16)
                self._write(path, Secret(text))
        return text

    @contextmanager
    def _locked_if_writable(self, path: Path) -> Iterator[bool]:
        with ExitStack() as stack:
            try:
                stack.enter_context(self._lock(path))
            except LoginError as error:
                if error.reason != NOT_WRITABLE:
                    raise
                yield False
            else:
                yield True

    @contextmanager
    def _lock(self, path: Path) -> Iterator[None]:
        self._make_folder()
        self._refuse_links(path)
        lock = FileLock(path, timeout=_LOCK_TIMEOUT_S, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise LoginError(
                "another process is using the stored login",
                hint="Try again in a moment.",
                reason="profile_in_use",
                detail=str(path),
            ) from None
        except OSError as problem:
            raise _not_writable(path, problem) from None
        try:
            yield
        finally:
            lock.release()

    def _refuse_links(self, path: Path) -> None:
        for each in (self.folder, path):
            try:
                is_link = each.is_symlink()
            except OSError as problem:  # a name that is too long, a folder that may not be entered
                raise _not_writable(each, problem) from None
            if is_link:
                raise LoginError(
                    "the stored login is a link, and links are not followed",
                    hint="Remove the link and log in again.",
                    reason="symbolic_link",
                    detail=str(each),
                )

    def _refuse_access(self, path: Path) -> None:
        """Raise LoginError if others can read a profile, or could have written it: it may send a token elsewhere."""
        for each, forbidden in ((self.home, 0o022), (self.folder, 0o022), (path, 0o077)):
            if not is_private(each, forbidden):
                raise LoginError(
                    "the stored login could be read or changed by others",
                    hint="Log in again to replace it; or, if you trust it, make it yours and private: chmod 700 for "
                    "the folders, 600 for the file.",
                    reason="profile_not_private",
                    detail=str(each),
                )

    def _make_folder(self) -> None:
        self._refuse_links(self.folder)
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as problem:
            raise _not_writable(self.folder, problem) from None

    def _write(self, path: Path, content: Secret) -> None:
        """Write a new file (mkstemp creates it with mode 0600), then move it to `path`: no reader sees half of it."""
        self._make_folder()
        new = None
        try:
            handle, new = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(content.reveal().encode())
                file.flush()
                os.fsync(file.fileno())
            Path(new).replace(path)
        except BaseException as problem:
            if new is not None:
                Path(new).unlink(missing_ok=True)
            if isinstance(problem, OSError):
                raise _not_writable(path, problem) from None
            raise


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not name.startswith(".")


def is_private(path: Path, forbidden: int) -> bool:
    """Whether a file or folder belongs to this person (or root), and its mode has none of the `forbidden` bits."""
    if not hasattr(os, "geteuid"):  # Windows: user folders are private, and modes say nothing
        return True
    status = path.stat()
    return status.st_uid in {0, os.geteuid()} and not status.st_mode & forbidden


def _read_device_id(path: Path) -> str:
    """The stored id; empty if there is none that a request can carry."""
    try:
        text = read_file(path).decode("ascii").strip() if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""
    return text if re.fullmatch(r"[!-~]{6,50}", text) else ""


def _not_writable(path: Path, problem: OSError) -> LoginError:
    return LoginError(
        "the login cannot be written to disk",
        hint="Set TRACKER_HOME to another folder, or do not save the login: it then lasts as long as this kernel.",
        reason=NOT_WRITABLE,
        detail=f"{path} ({problem.strerror})",
    )


# The layout of a file is part of the interface: files of earlier versions must stay readable.


def _read_profile(name: str, path: Path) -> Profile | None:
    """Read a profile; None if the file is damaged. Raises only the keyring's errors: the frame holds secrets."""
    stored = keyring.read(str(path)) if _is_in_keyring(path) else None
    try:
        if not path.is_file():  # reading from a pipe might never end
            return None
        record = orjson.loads(read_file(path))
        return _parse_profile(name, record, orjson.loads(stored.reveal()) if stored else record["secrets"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, BadOption):
        return None


def _is_in_keyring(path: Path) -> bool:
    """Whether the file says that its secrets are in the keyring; False if it cannot be read."""
    try:
        return path.is_file() and bool(orjson.loads(read_file(path))["place"] == "keyring")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _secrets_json(profile: Profile, **addresses: str) -> Secret:
    client_secret = profile.app.secret if profile.app else None
    refresh = profile.token.refresh
    record = {
        "token": profile.token.secret.reveal(),
        "refresh": refresh.reveal() if refresh else None,
        "client_secret": client_secret.reveal() if client_secret else None,
        **addresses,
    }
    return Secret(orjson.dumps(record).decode())


def _profile_json(profile: Profile) -> Secret:
    """The content of the profile's file, with the secrets unless they are in the keyring."""
    org, expires_at = profile.organisation, profile.token.expires_at
    record = {
        "api": profile.api,
        "oauth": profile.oauth,
        "org_id": org.id if org else None,
        "org_kind": org.kind if org else None,
        "client_id": profile.app.client_id if profile.app else None,
        "scheme": profile.token.scheme,
        "expires_at": expires_at.isoformat() if expires_at else None,
        "who": profile.user,
        "place": profile.storage,
        "secrets": orjson.loads(_secrets_json(profile).reveal()) if profile.storage == "file" else None,
    }
    return Secret(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode())


def _parse_profile(name: str, record: dict[str, Any], secret_record: dict[str, Any]) -> Profile:
    """Make a profile of a file's records. Raises KeyError, TypeError, ValueError if they are damaged or edited."""
    if record["place"] == "keyring":
        # A keyring keeps the addresses with the token: anybody who can write the file could redirect it otherwise.
        default = Addresses()  # for an entry of 0.1.0, which has none
        addresses = secret_record.get("api", default.api), secret_record.get("oauth", default.oauth)
        if addresses != (record["api"], record["oauth"]):
            raise ValueError("addresses")
    expires_at = record["expires_at"]
    app = App(_text(record, "client_id"), _secret(secret_record, "client_secret")) if record["client_id"] else None
    return Profile(
        name=name,
        api=_text(record, "api"),
        oauth=_text(record, "oauth"),
        organisation=Organisation(_text(record, "org_id"), _kind(record["org_kind"])) if record["org_id"] else None,
        token=Token(
            Secret(_text(secret_record, "token")),
            "Bearer" if record["scheme"] == "Bearer" else "OAuth",
            datetime.fromisoformat(expires_at).astimezone(UTC) if expires_at else None,
            _secret(secret_record, "refresh"),
        ),
        app=app,
        user=str(record["who"]),
        storage=_storage(record["place"]),
    )


def _text(record: dict[str, Any], name: str) -> str:
    if not isinstance(record[name], str):
        raise TypeError(name)
    return str(record[name])


def _secret(record: dict[str, Any], name: str) -> Secret | None:
    return Secret(_text(record, name)) if record.get(name) else None


def _storage(text: Any) -> TokenStorage:
    if text not in {"file", "keyring"}:
        raise ValueError("place")
    return "keyring" if text == "keyring" else "file"


def _kind(text: Any) -> OrganisationKind:
    if text not in {"360", "cloud"}:
        raise ValueError("org_kind")
    return "360" if text == "360" else "cloud"
