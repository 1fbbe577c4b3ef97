"""How results look."""

import warnings
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tracker_magic.errors import MissingIssues
from tracker_magic.notebook.sessions import SessionStatus
from tracker_magic.notebook.show import links, note, sessions, told_warnings, turned, who
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


ANN = Me("ann", "Ann <A>", "1", "42", "360", "typed in", None)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def standing(**different):
    """How Ann's session stands."""
    given = {"name": "main", "current": True, "me": ANN, "source": "typed in", "org": "42", "org_kind": "360"}
    return SessionStatus(**(given | {"expires_at": None} | different))


def test_who_is_logged_in():
    """Name, login, organisation and its kind, where the token came from, the session; escaped, the first in bold."""
    shown = who([standing(), standing(name="old", current=False, me=None, problem="gone")], "en", NOW)
    assert repr(shown).splitlines() == [
        "Ann <A> (ann) · organisation 42 (Yandex 360) · token from typed in · session main (current)",
        "session old: gone",
    ]
    assert shown._repr_html_().startswith("<b>Ann &lt;A&gt; (ann)")
    assert "организация 42 (Яндекс 360)" in repr(who([standing()], "ru", NOW))


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=364, hours=5), "364 days left (until 2027-03-01 14:00 UTC)"),
        (timedelta(hours=11, minutes=59), "11 h left"),
        (timedelta(minutes=4, seconds=30), "4 min left"),
        (timedelta(seconds=-1), "ended at 2026-03-02 08:59 UTC"),
    ],
)
def test_the_time_left_is_told_in_its_largest_unit(left, said):
    """Days, hours, minutes; and when it is over."""
    assert said in repr(who([standing(expires_at=NOW + left)], "en", NOW))


def test_sessions_are_a_frame():
    """One row each, typed, also where a service did not say who it is."""
    frame = sessions([standing(expires_at=NOW), standing(name="old", me=None, problem="gone")])
    assert list(frame["login"].fillna("")) == ["ann", ""]
    assert frame["expires_at"][0] == NOW
    assert sessions([]).dtypes.equals(frame.dtypes)


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
