"""How results look."""

import warnings

import pandas as pd
import pytest

from tracker_magic.errors import MissingIssues
from tracker_magic.notebook.show import links, note, told_warnings, turned, who
from tracker_magic.tracker import Me

ISSUE = pd.DataFrame({"key": ["DEV-1"], "summary": ["<b>x</b>"], "sprint": [["a", "b"]], "end": [pd.NaT]})


def test_a_single_issue_is_shown_turned_and_is_a_frame():
    """Name beside value, unset fields left out, markup escaped; whatever is made of it is an ordinary frame."""
    ISSUE.attrs["tracker"] = {"rows": 1}
    shown = turned(ISSUE)
    assert repr(shown).splitlines()[1].split() == ["key", "DEV-1"]
    assert "end" not in repr(shown)
    assert "&lt;b&gt;" in shown._repr_html_()
    assert type(shown[["key"]]) is pd.DataFrame
    assert shown.attrs == {"tracker": {"rows": 1}}
    pd.testing.assert_frame_equal(shown.copy(), ISSUE)


def test_other_frames_stay():
    """Several issues, or none, are shown as a frame."""
    assert turned(pd.concat([ISSUE, ISSUE])).shape == (2, 4)
    assert type(turned(ISSUE.iloc[:0])) is pd.DataFrame


def test_what_a_server_said_is_escaped():
    """No markup reaches the page, no control sign the terminal."""
    said = note("<img src=x>\x1b[2J\x07", "two")
    assert repr(said) == "<img src=x>[2J\ntwo"
    assert said._repr_html_() == "&lt;img src=x&gt;[2J<br>two"


def test_a_link_leads_only_to_the_web():
    """Another scheme gets no link."""
    shown = links([("DEV-1", 'https://t.example/DEV-1?"'), ("x", "javascript:alert(1)")])
    assert shown._repr_html_().count("<a ") == 1
    assert "?&quot;" in shown._repr_html_()


def test_who_is_logged_in():
    """Name, login, organisation and its kind, where the token came from, the session."""
    me = Me("ann", "Ann <A>", "1", "42", "360", "typed in", None)
    assert repr(who(me, "main")) == "Ann <A> (ann) · organisation 42 (Yandex 360) · token from typed in · session main"


def test_our_warnings_are_said_each_time_and_others_stay(capsys):
    """One line each on the error stream; a warning of somebody else is raised as it was."""
    for _ in range(2):
        with told_warnings():
            warnings.warn("DEV-9", MissingIssues, stacklevel=1)
    assert capsys.readouterr().err == "MissingIssues: DEV-9\n" * 2

    def foreign():
        with told_warnings():
            warnings.simplefilter("always")
            warnings.warn("later", FutureWarning, stacklevel=1)

    with pytest.warns(FutureWarning, match="later"):
        foreign()
