"""The system's keyring, as far as there is one: one text for each profile, under the path of the profile's file."""

from importlib import import_module
from typing import Any, Final

from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

SERVICE: Final = "tracker_magic"


def read(place: str) -> Secret:
    """The text kept for `place`; an empty one where there is none. Raises BadOption (no keyring), LoginError."""
    return Secret.of(_done("get_password", place) or "")


def write(place: str, content: Secret) -> None:
    """Keep a text. Raises BadOption (no keyring), LoginError."""
    _done("set_password", place, content)


def remove(place: str) -> None:
    """Forget a text, also where there is none. Raises BadOption (no keyring)."""
    try:
        _done("delete_password", place)
    except LoginError:  # keyrings raise for what is not there
        if read(place).reveal():
            raise


def _done(step: str, place: str, content: Secret | None = None) -> Secret | None:
    keyring = _keyring()
    try:
        answer = getattr(keyring, step)(SERVICE, place, *([content.reveal()] if content else []))
        return Secret(answer) if answer else None
    except Exception as problem:  # noqa: BLE001 - each keyring has errors of its own
        said = type(problem).__name__
    # Raised out here, so that no context leads to the keyring's frames: they hold the text.
    raise LoginError(
        f"the system's keyring cannot be used ({said})", hint="Unlock it, or keep the login in a file or this kernel."
    )


def _keyring() -> Any:
    try:
        keyring = import_module("keyring")
        usable = keyring.get_keyring().priority > 0
    except Exception:  # noqa: BLE001 - not installed, or a keyring that cannot say what it is
        usable = False
    if not usable:
        raise BadOption(
            "there is no system keyring here",
            hint="pip install 'tracker_magic[keyring]', or keep the login in a file or in this kernel.",
        )
    return keyring
