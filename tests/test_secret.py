"""Texts that must never be printed."""

import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic import Tracker
from tracker_magic.auth import Login
from tracker_magic.errors import NotFound, TrackerError, masked
from tracker_magic.secret import Secret, SecretMapping

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
    assert all(line.startswith("\x1b[31m") for line in error._render_traceback_())
    error.show_traceback()
    assert any(line.endswith("TrackerError: it broke. Mend it.") for line in error._render_traceback_())
    assert TrackerError("another")._render_traceback_() == ["\x1b[31mTrackerError: another.\x1b[0m"]


@pytest.mark.parametrize("kind", [Secret, SecretMapping, Login, Tracker])
def test_an_object_that_is_half_built_can_be_shown(kind):
    """A debugger shows objects before their `__init__` has ended; that must not raise."""
    assert kind.__name__ in repr(kind.__new__(kind))
