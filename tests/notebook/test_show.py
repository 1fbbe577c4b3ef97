"""How messages, links and sessions are shown."""

import re
import warnings
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tracker_magic.errors import MissingIssues
from tracker_magic.notebook.magic import short_warnings
from tracker_magic.notebook.sessions import SessionStatus
from tracker_magic.notebook.show import explanation, links, names_of, note, preformatted, sessions, who
from tracker_magic.tracker import Explanation, Me


def test_texts_of_a_server_are_escaped():
    """Texts of a server bring neither markup into the page nor control characters into the terminal."""
    message = note("<img src=x>\x1b[2J\x07\u202e\ud800", "two")
    assert repr(message) == "<img src=x>\ntwo"
    assert message._repr_html_() == "&lt;img src=x&gt;<br>two"


def test_only_web_addresses_become_links():
    """An address of another scheme than http and https gets no link."""
    shown = links([("DEV-1", 'https://t.example/DEV-1?"'), ("x", "javascript:alert(1)")])
    assert shown._repr_html_().count("<a ") == 1
    assert "?&quot;" in shown._repr_html_()


def test_of_a_long_query_the_beginning_is_shown():
    """A dry run shows as much of a query as an error does; the explanation has it whole."""
    result = Explanation("Key: " + "DEV-1, " * 10_000, 1, 1, 1.0)
    note = explanation(result)
    assert len(result.query) > 60_000
    assert max(map(len, (note.text, note.markup, str(result), repr(result)))) < 3000
    assert "DEV-1" in repr(result)


TABLE = """\
Sessions
  login   log in, with a form if you can answer questions; NAME opens a session
          beside the others
  use     switch to another session

token  failed  nobody is logged in
               → Log in: `%tracker login`. To try it without an account, there
                 is the demo.
    A text below its heading, which is long enough to be broken somewhere in the
    middle.

Examples
  df = %tracker --columns key,summary,status,assignee,priority,deadline Queue: DEV
  %tracker DEV-1
"""


def test_columns_stay_columns_in_a_narrow_cell():
    """In HTML each row is one line that a front end breaks, below its own column; code is left as it is."""
    markup = preformatted(TABLE)._repr_html_()
    lines = re.findall(r'<div style="padding-left: (\d+)ch; text-indent: -(\d+)ch">(.*?)</div>', markup)
    assert all(left == right for left, right, _ in lines)
    shown = [(int(column), unescape(line)) for column, _, line in lines]
    assert shown == [
        (0, "Sessions"),
        (10, "  login   log in, with a form if you can answer questions; NAME opens a session beside the others"),
        (10, "  use     switch to another session"),
        (0, "<br>"),
        (15, "token  failed  nobody is logged in"),
        (17, "               → Log in: `%tracker login`. To try it without an account, there is the demo."),
        (4, "    A text below its heading, which is long enough to be broken somewhere in the middle."),
        (0, "<br>"),
        (0, "Examples"),
        (2, "  df = %tracker --columns key,summary,status,assignee,priority,deadline Queue: DEV"),
        (2, "  %tracker DEV-1"),
    ]
    assert repr(preformatted(TABLE)) == TABLE
    assert preformatted("   a\n   \n")._repr_html_().count("<div") == 2


ANN = Me("ann", "Ann <A>", "1", "42", "360", "typed in", None)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def status(**changes):
    """The status of Ann's session."""
    facts = {"name": "main", "current": True, "me": ANN, "source": "typed in", "org": "42", "org_kind": "360"}
    return SessionStatus(**(facts | {"expires_at": None} | changes))


def test_the_status_of_a_session_fits_a_terminal():
    """Its parts are user, organisation, source of the token and session; escaped, and in bold if it is the first."""
    shown = who([status(), status(name="old", current=False, me=None, problem="gone")], "en", NOW)
    assert repr(shown).splitlines() == [
        "Ann <A> (ann) · organisation 42 (Yandex 360) · token from typed in ·",
        "  session main (current)",
        "session old: gone",
    ]
    assert shown._repr_html_().startswith("<b>Ann &lt;A&gt; (ann)")
    assert "организация 42 (Яндекс 360)" in repr(who([status()], "ru", NOW))


def test_a_long_status_breaks_between_its_parts():
    """No line is wider than a terminal, and no part is broken; in a page it is one line."""
    facts = {"org": "bpf" + "x" * 17, "org_kind": "cloud", "expires_at": NOW + timedelta(days=30)}
    problem = "the service cannot be reached: Connection refused, " * 4
    shown = who([status(**facts), status(name="old", me=None, problem=problem)], "en", NOW)
    lines = repr(shown).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[:2] == [
        "Ann <A> (ann) · organisation bpfxxxxxxxxxxxxxxxxx (Yandex Cloud) ·",
        "  token from typed in · 30 days left (until 2026-04-01 09:00 UTC) ·",
    ]
    assert shown._repr_html_().count("<br>") == 1


def test_of_all_sessions_the_names_are_shown():
    """Each name has a line with the login or the problem, and the current one is marked."""
    shown = names_of([status(), status(name="old", current=False, me=None, problem="gone")], "en")
    assert repr(shown).splitlines() == ["session main (current): ann", "session old: gone"]


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=364, hours=5), "364 days left (until 2027-03-01 14:00 UTC)"),
        (timedelta(hours=11, minutes=59), "11 h left"),
        (timedelta(minutes=4, seconds=30), "4 min left"),
        (timedelta(seconds=-1), "expired at 2026-03-02 08:59 UTC"),
    ],
)
def test_the_time_left_is_shown_in_its_largest_unit(left, text):
    """The time until a token expires is in days, hours or minutes; an expired token says so."""
    assert text in repr(who([status(expires_at=NOW + left)], "en", NOW))


def test_sessions_are_a_frame():
    """Each session is a row with fixed dtypes, also if its user could not be fetched."""
    frame = sessions([status(expires_at=NOW), status(name="old", me=None, problem="gone")])
    assert list(frame["login"].fillna("")) == ["ann", ""]
    assert frame["expires_at"][0] == NOW
    assert sessions([]).dtypes.equals(frame.dtypes)


def test_our_warnings_are_printed_each_time_as_one_line(capsys):
    """This package's warnings are printed every time as one line; other warnings are raised as they were."""
    for _ in range(2):
        with short_warnings():
            warnings.warn("DEV-9", MissingIssues, stacklevel=1)
    assert capsys.readouterr().err == "MissingIssues: DEV-9\n" * 2

    def foreign():
        with short_warnings():
            warnings.simplefilter("always")
            warnings.warn("later", FutureWarning, stacklevel=1)

    with pytest.warns(FutureWarning, match="later"):
        foreign()
