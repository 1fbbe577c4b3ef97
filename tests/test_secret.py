"""Texts that must never be printed."""

import copy
import pickle
import traceback
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tracker_magic
from tracker_magic import Tracker
from tracker_magic.auth import Credentials, Login, Token
from tracker_magic.errors import NotFound, TrackerError, masked
from tracker_magic.secret import SafeRepr, Secret, SecretMapping

TOKEN = "y0_" + "AgAAAAB" * 8
IAM = "t1." + "a1B2" * 10 + "." + "Zz9_" * 21 + "Zz"
REFRESH = "1:AbCdEfGhIj:KlMnOpQr"


@pytest.mark.parametrize("token", [TOKEN, IAM, REFRESH, "AQAAAAA" + "x" * 30, "yccs__abc-def"])
def test_every_form_of_token_is_masked(token: str):
    """Whatever looks like a token of the service is replaced by dots."""
    assert token not in masked(f"before {token} after, Authorization: OAuth {token}")
    assert "before" in masked(f"before {token} after")


def test_parameters_and_keys_are_masked():
    """The values of secret parameters and PEM blocks are masked, the names of the parameters are not."""
    pem = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"
    text = 'access_token=abc123&x=1 {"client_secret": "s3cret-value"} ' + pem
    shown = masked(text)
    assert "abc123" not in shown
    assert "s3cret-value" not in shown
    assert "MII" not in shown
    assert "access_token=" in shown


@given(st.text(min_size=1))
def test_a_secret_is_not_printed(text: str):
    """Neither repr, str nor format contains the text of a Secret, and it has no __dict__."""
    secret = Secret("s3cret" + text)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret:>20}", repr([secret])):
        assert "s3cret" not in shown
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == "s3cret" + text
    assert secret == Secret("s3cret" + text)
    assert hash(secret) == hash(Secret("s3cret" + text))


def test_a_secret_cannot_be_pickled():
    """Pickling and copying a Secret are refused."""
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(Secret("x"))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret("x"))


def test_errors_mask_their_texts():
    """A token in a message, a hint, the service's words or an address is masked when the error is built."""
    error = NotFound(
        f"a {TOKEN}", hint=f"b {TOKEN}", status=404, messages=[f"c {IAM}"], url=f"https://x/?access_token={IAM}"
    )
    shown = (
        "".join(traceback.format_exception(error))
        + repr(error)
        + str(vars(error))
        + "".join(error._render_traceback_())
    )
    assert TOKEN not in shown
    assert IAM not in shown


def test_a_notebook_shows_message_and_hint_in_red():
    """IPython shows message and hint without a traceback, unless `show_traceback` is set."""
    error = TrackerError("it broke", hint="Mend it.")
    assert error.lines() == ["TrackerError: it broke.", "Mend it."]
    assert error._render_traceback_() == ["\x1b[31mTrackerError: it broke.\x1b[0m\n\x1b[31mMend it.\x1b[0m"]
    error.show_traceback()
    assert error._render_traceback_()[0].endswith("TrackerError: it broke. Mend it.")
    assert TrackerError("another")._render_traceback_() == ["\x1b[31mTrackerError: another.\x1b[0m"]


def classes():
    """Every class of the package."""
    modules = [module.name for module in walk_packages(tracker_magic.__path__, "tracker_magic.")]
    for name in modules:
        if not name.endswith("__main__"):
            members = vars(import_module(name)).values()
            yield from (each for each in members if isinstance(each, type) and each.__module__ == name)


def has_own_repr(kind):
    """Whether the repr is written in the package; that of `dataclass` raises AttributeError if a field is missing."""
    code = getattr(kind.__repr__, "__code__", None)
    return code is not None and Path(code.co_filename).is_relative_to(Path(tracker_magic.__file__).parent)


OURS = [kind for kind in classes() if has_own_repr(kind) and kind is not SafeRepr]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_an_object_that_is_half_built_can_be_shown(kind):
    """A debugger shows objects before their `__init__` has ended; that must not raise."""
    half_built = kind.__new__(kind)
    assert isinstance(repr(half_built), str)
    if "secret" in vars(kind):  # a slot
        object.__setattr__(half_built, "secret", Secret(TOKEN))
        assert TOKEN not in repr(half_built)


def test_what_holds_secrets_can_be_shown_half_built():
    """No class of a login, and none with a field that its repr leaves out, has the repr of `dataclass`."""
    assert {Token, Credentials, Login, Tracker, Secret, SecretMapping} <= set(OURS)
    assert [
        kind
        for kind in classes()
        if is_dataclass(kind)
        and not has_own_repr(kind)
        and not kind.__module__.startswith("tracker_magic.demo.")
        and (kind.__module__.startswith("tracker_magic.auth.") or not all(each.repr for each in fields(kind)))
    ] == []


def test_a_repr_shows_all_that_is_not_secret():
    """What is whole is shown as by `dataclass`, without its secrets."""
    expires_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert repr(Token(Secret(TOKEN), "Bearer", expires_at)) == f"Token(scheme='Bearer', expires_at={expires_at!r})"
