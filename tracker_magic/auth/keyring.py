"""The system keyring: one secret text for each profile, with the path of the profile's file as its user name."""

from importlib import import_module
from typing import Any, Final

from tracker_magic.errors import BadOption, LoginError
from tracker_magic.secret import Secret

SERVICE: Final = "tracker_magic"


def is_available() -> bool:
    """Whether there is a keyring that can store something."""
    try:
        _keyring()
    except BadOption:
        return False
    return True


def read(username: str) -> Secret:
    """Read a text; empty if there is none. Raises BadOption (no keyring), LoginError."""
    return Secret.of(_call("get_password", username) or "")


def write(username: str, content: Secret) -> None:
    """Save a text. Raises BadOption (no keyring), LoginError."""
    _call("set_password", username, content)


def remove(username: str) -> None:
    """Delete a text, if there is one. Raises BadOption (no keyring), LoginError."""
    try:
        _call("delete_password", username)
    except LoginError:  # keyrings also raise if there is nothing to delete
        if read(username).reveal():
            raise


def _call(method: str, username: str, content: Secret | None = None) -> Secret | None:
    keyring = _keyring()
    try:
        password = getattr(keyring, method)(SERVICE, username, *([content.reveal()] if content else []))
        return Secret(password) if password else None
    except Exception as problem:  # noqa: BLE001 - each keyring has errors of its own
        problem_class = type(problem)
    # Outside of the handler, so that no context leads to the keyring's frames: they hold the text.
    if issubclass(problem_class, keyring.errors.NoKeyringError):
        raise _no_backend()
    raise LoginError(
        "the system keyring cannot be used",
        hint="Unlock it, or keep the login in a file or in this kernel.",
        reason="keyring_failed",
        detail=problem_class.__name__,
    )


def _keyring() -> Any:
    """The keyring library, with a back end that can store something."""
    try:
        keyring = import_module("keyring")
    except Exception:  # noqa: BLE001 - not installed, or broken
        raise BadOption(
            "the system keyring needs a package that is not installed",
            hint="Run pip install 'tracker_magic[keyring]', or keep the login in a file or in this kernel.",
            reason="no_keyring",
        ) from None
    try:
        is_usable = keyring.get_keyring().priority > 0
    except Exception:  # noqa: BLE001 - a back end that fails even at this
        is_usable = False
    if not is_usable:
        raise _no_backend()
    return keyring


def _no_backend() -> BadOption:
    return BadOption(
        "there is no system keyring here: the keyring package has no back end that works on this machine",
        hint="Keep the login in a file or in this kernel, or install a back end, such as GNOME Keyring or KWallet.",
        reason="no_keyring_backend",
    )
