"""Settings and addresses, read in one place; all mistakes are reported at once.

Addresses come only from arguments, the environment and a profile: the `pyproject.toml` of a downloaded folder can set
how a notebook looks, never where a token is sent.
"""

import errno
import ipaddress
import math
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from traitlets import Bool, Bunch, Float, Integer, TraitError, Unicode, validate
from traitlets.config import Configurable

from tracker_magic.errors import SettingsError
from tracker_magic.names import best_match
from tracker_magic.printable import unwrapped

SEARCH_RPS: Final = 5.0
OTHER_RPS: Final = 10.0
TIMEOUT_S: Final = 60.0
_LARGEST_FILE: Final = 2**20  # of settings, a login or a query
_METADATA_HOST: Final = "169.254.169.254"  # of every virtual machine, and reachable from nowhere else

LANGUAGES: Final = ("ru", "en")
PROJECT_FILE: Final = "pyproject.toml"
_TEAMS: Final = "teams"  # a table of it holds no settings, but definitions of the analytics

# Where the value of a setting may come from, beside the path of a pyproject.toml.
DEFAULT: Final = "default"
BY_IPYTHON: Final = "IPython configuration"
BY_CONFIG_MAGIC: Final = "%config"
BY_COMMAND: Final = "%tracker config"

# What a setting needs, for messages.
_TRUE_OR_FALSE: Final = "True or False"
_NUMBER: Final = "a number of at least 0.01, or None"


class TrackerMagic(Configurable):
    """What `%config TrackerMagic` shows: how frames look and how requests are made, but no secrets or addresses."""

    tz = Unicode("UTC", help="Time zone of every datetime column, an IANA name such as Europe/Moscow.").tag(
        config=True, needs="a time zone such as Europe/Moscow"
    )
    lang = Unicode(None, allow_none=True, help="Language of display texts: ru or en (default: the service's own).").tag(
        config=True, needs="ru, en or None"
    )
    limit = Integer(None, min=1, allow_none=True, help="Most rows a query fetches (default: all).").tag(
        config=True, needs="a whole number above 0, or None"
    )
    progress = Bool(default_value=True, help="Show progress while a long command runs.").tag(
        config=True, needs=_TRUE_OR_FALSE
    )
    prefetch = Bool(
        default_value=True, help="After a login, fetch in the background the lists of names that Tab offers."
    ).tag(config=True, needs=_TRUE_OR_FALSE)
    search_rps = Float(
        SEARCH_RPS, min=0.01, allow_none=True, help="Most searches and counts per second; None: no limit."
    ).tag(config=True, needs=_NUMBER)
    other_rps = Float(OTHER_RPS, min=0.01, allow_none=True, help="Most other requests per second; None: no limit.").tag(
        config=True, needs=_NUMBER
    )
    timeout = Float(None, min=0.01, allow_none=True, help="Seconds that one command may take (default: no limit).").tag(
        config=True, needs=_NUMBER
    )
    debug = Bool(default_value=False, help="Show full tracebacks of this extension's errors.").tag(
        config=True, needs=_TRUE_OR_FALSE
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._sources: dict[str, str] = {}
        self.observe(self._note_change, self.setting_names())

    @classmethod
    def setting_names(cls) -> list[str]:
        """The names of all settings."""
        return list(cls.class_own_traits(config=True))

    def source(self, name: str) -> str:
        """Where a setting's value comes from: DEFAULT, a file, BY_CONFIG_MAGIC or BY_COMMAND."""
        source = self._sources.get(name, DEFAULT)
        # Even if the value is the one that it had before.
        is_by_magic = name in self.config.get(type(self).__name__, {}) and source != BY_COMMAND
        return BY_CONFIG_MAGIC if is_by_magic else source

    def _note_change(self, change: Bunch) -> None:
        self._sources[change["name"]] = BY_CONFIG_MAGIC

    @validate("tz")
    def _validate_zone(self, proposal: Bunch) -> str:
        try:
            ZoneInfo(proposal["value"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise TraitError(f"{proposal['value']!r} is not a time zone such as Europe/Moscow") from None
        return str(proposal["value"])

    @validate("lang")
    def _validate_lang(self, proposal: Bunch) -> str | None:
        if proposal["value"] not in {None, *LANGUAGES}:
            raise TraitError(f"{proposal['value']!r} is not a language of the service (ru, en)")
        return None if proposal["value"] is None else str(proposal["value"])

    @validate("search_rps", "other_rps", "timeout")
    def _validate_number(self, proposal: Bunch) -> float | None:
        value: float | None = proposal["value"]
        if value is not None and not math.isfinite(value):
            raise TraitError(f"{value} is not a number of requests or seconds")
        return value

    def apply(self, values: Mapping[str, Any], source: str) -> list[str]:
        """Set every valid value and return one message for each other one."""
        mistakes = []
        for name, value in values.items():
            if name not in self.setting_names():
                similar = best_match(name, self.setting_names())
                suggestion = f", did you mean {similar!r}?" if similar else ""
                mistakes.append(f"unknown setting {name!r}{suggestion}")
                continue
            try:
                setattr(self, name, value)
            except TraitError:
                mistakes.append(f"{name} needs {self.trait_metadata(name, 'needs')}, not {value!r}")
            else:
                self._sources[name] = source
        return mistakes

    def follow(self, other: Self) -> None:
        """Take the values of `other` and where they come from, except for settings that were set in the session.

        A setting has no other value meanwhile: threads may read it, and whoever observes it learns only of changes.
        """
        for name in self.setting_names():
            if self.source(name) not in {BY_CONFIG_MAGIC, BY_COMMAND}:
                setattr(self, name, getattr(other, name))
                self._sources[name] = other.source(name)


def read_settings(settings: TrackerMagic, config: Mapping[str, Any], folder: Path) -> None:
    """Fill `settings` from `config` of IPython, then from `[tool.tracker_magic]` in `folder`'s pyproject.toml.

    Values set in the session (by `%config` or `%tracker config`) stay; what a file no longer sets is the default again.
    Raises SettingsError that names every mistake; all other values are set.
    """
    path = folder / PROJECT_FILE
    table, mistakes = _project_table(path)
    values = {name: value for name, value in table.items() if name != _TEAMS}
    read = TrackerMagic()
    by_source = {
        BY_IPYTHON: read.apply(config, BY_IPYTHON),
        str(path): [*mistakes, *read.apply(values, str(path))],
    }
    settings.follow(read)
    if any(by_source.values()):
        problems = [f"{source}: {'; '.join(mistakes)}" for source, mistakes in by_source.items() if mistakes]
        raise SettingsError("; ".join(problems), hint="%tracker config lists the settings and their values.")


def read_teams(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """The tables `[tool.tracker_magic.teams.NAME]` of a pyproject.toml. Raises SettingsError if they cannot be read."""
    table, mistakes = _project_table(path)
    teams: dict[str, Any] = table.get(_TEAMS, {})
    if not isinstance(teams, dict) or not all(isinstance(team, dict) for team in teams.values()):
        mistakes = ["teams are tables [tool.tracker_magic.teams.NAME]"]
    if mistakes:
        raise SettingsError(f"{path}: {'; '.join(mistakes)}", hint="Mend the file.")
    return teams


def default(name: str) -> Any:
    """The value of a setting that nothing has set."""
    return TrackerMagic.class_traits()[name].default()


def _project_table(path: Path) -> tuple[Mapping[str, Any], list[str]]:
    try:
        tools = tomllib.loads(read_text(path)).get("tool", {})
        table = tools.get("tracker_magic", {}) if isinstance(tools, dict) else tools
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError, RecursionError) as error:  # also a number of thousands of digits, deep brackets
        return {}, [f"it cannot be read ({error})"]
    if not isinstance(table, dict):
        return {}, ["[tool.tracker_magic] is not a table"]
    return table, []


@dataclass(frozen=True, slots=True)
class Addresses:
    """The base address of each service: scheme, host and port, without a trailing slash."""

    api: str = "https://api.tracker.yandex.net"
    oauth: str = "https://oauth.yandex.ru"
    iam: str = "https://iam.api.cloud.yandex.net"
    metadata: str = f"http://{_METADATA_HOST}"
    web: str = "https://tracker.yandex.ru"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Addresses":
        """The addresses in TRACKER_…_BASE_URL and TRACKER_WEB_URL; SettingsError names every one that is not valid."""
        addresses = {
            name: unwrapped(environ[variable]) for name, variable in ADDRESS_NAMES.items() if environ.get(variable)
        }
        mistakes = [
            f"{ADDRESS_NAMES[name]}: {problem}"
            for name, value in addresses.items()
            if (problem := address_problem(value, plain_http={_METADATA_HOST} if name == "metadata" else ()))
        ]
        if mistakes:
            raise SettingsError("; ".join(mistakes), hint="An address is https://host or https://host:port.")
        return cls(**{name: value.rstrip("/") for name, value in addresses.items()})

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name).endswith("/"):
                raise ValueError(f"the address {field.name} ends with a slash")


ADDRESS_NAMES: Final = {
    "api": "TRACKER_API_BASE_URL",
    "oauth": "TRACKER_OAUTH_BASE_URL",
    "iam": "TRACKER_IAM_BASE_URL",
    "metadata": "TRACKER_METADATA_BASE_URL",
    "web": "TRACKER_WEB_URL",
}


_BASE_ADDRESS: Final = re.compile(r"https?://(\[[\da-f:.]+\]|[^\s\[\]:/?#@\\]+)(:\d+)?/?", re.IGNORECASE | re.ASCII)


def address_problem(address: str, *, plain_http: Collection[str] = ()) -> str | None:
    """Why `address` cannot be a service's base address, or None.

    Plain http is allowed only for this machine and for the hosts in `plain_http`.
    """
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading the port checks it
    except ValueError as error:
        return f"{address!r} is not an address ({error})"
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return f"{address!r} is not an https address"
    if any((parts.username, parts.password, parts.query, parts.fragment, parts.path.removeprefix("/"))):
        return f"{parts.scheme}://{parts.hostname} may have a port, but no path, query or user"
    if not _BASE_ADDRESS.fullmatch(address):  # urlsplit ignores an empty query, tabs, and what follows a bracket
        return f"{address!r} is not an address of the form https://host:port"
    if parts.scheme == "http" and parts.hostname not in plain_http and not is_loopback(parts.hostname):
        others = "".join(f" or http://{host}" for host in plain_http)
        return f"plain http would send the token unencrypted; use https://{parts.hostname}{others}"
    return None


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def browser_address(url: str) -> str:
    """The address at which a browser finds `url`: on a JupyterHub, this machine is behind the proxy of its server."""
    prefix, parts = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", ""), urlsplit(url)
    is_local = parts.scheme == "http" and parts.port is not None and is_loopback(parts.hostname or "")
    if not (is_local and prefix.startswith("/")):
        return url
    return parts._replace(scheme="", netloc="", path=f"{prefix.rstrip('/')}/proxy/{parts.port}{parts.path}").geturl()


def full_path(path: str | os.PathLike[str]) -> Path:
    """The absolute path. Raises SettingsError if it is relative to a working folder that was removed."""
    expanded = Path(path).expanduser()
    try:
        return expanded.absolute()
    except OSError:
        raise SettingsError(
            "the working folder does not exist any more",
            hint="Change to another one, such as %cd ~, or restart the kernel.",
            reason="no_working_folder",
        ) from None


def read_file(path: Path) -> bytes:
    """The content of a file of settings, a login or a query. Raises OSError, also for one larger than they ever are."""
    with path.open("rb") as file:
        content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def read_text(path: Path) -> str:
    """The content of such a file that is UTF-8, without a BOM, with line feeds. Raises OSError, UnicodeDecodeError."""
    return read_file(path).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def first_of(environ: Mapping[str, str], names: Iterable[str]) -> tuple[str, str] | None:
    """The first of `names` that the environment sets to a text that is not blank, with this text, without quotes."""
    return next(((name, text) for name in names if (text := unwrapped(environ.get(name, "")))), None)
