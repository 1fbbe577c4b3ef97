"""What `%tracker login` does in which environment, and how a session renews its token over HTTP."""

import io
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest

import tracker_magic
from tracker_magic.auth import LoginContext, Organisation, Token
from tracker_magic.auth.flows import save_login
from tracker_magic.auth.oauth import App
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Switches
from tracker_magic.errors import LoginExpired, NotLoggedIn
from tracker_magic.secret import Secret
from tracker_magic.tracker import tracker_of

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_a_form_is_shown_if_somebody_can_answer(lonely_kernel, demo):
    """`login` alone and strategies that need input show a form; a strategy without input logs in at once."""
    for code in ("%tracker login", "%tracker login work", "%tracker login --strategy device"):
        cell = lonely_kernel.run(code, answers=[])
        assert cell.error is None
        assert any(WIDGET in shown["data"] for shown in cell.of("display_data")), code
    token = demo.access.token
    lonely_kernel.run(f"os.environ.update(TRACKER_TOKEN={token!r}, TRACKER_ORG_ID={demo.access.org_id!r})")
    cell = lonely_kernel.run("%tracker login --strategy env", answers=[])
    assert not any(WIDGET in shown["data"] for shown in cell.of("display_data"))
    assert "token from environment: TRACKER_TOKEN" in cell.shown


def test_a_second_login_names_the_first(lonely_kernel, demo):
    """A second login says which user it will replace, and shows the form again."""
    names = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({names!r})\n%tracker login --strategy env")
    cell = lonely_kernel.run("%tracker login", answers=[])
    assert any(WIDGET in shown["data"] for shown in cell.of("display_data"))
    person = demo.world.users[demo.world.me].display
    assert f"You are already logged in as {person}" in lonely_kernel.run("%tracker login --prompt", answers=[""]).shown
    assert "уже вошли" in lonely_kernel.run("%tracker login --prompt --lang ru", answers=[""]).shown


def test_a_session_is_named_by_an_argument(kernel):
    """`login work`, `use work`, `-s work` and `logout work` name a session; `me` shows all of them as a frame."""
    assert "session work (current)" in kernel.run("%tracker login work --strategy env").shown
    assert "session main (current)" in kernel.run("%tracker login --strategy env").shown
    shown = kernel.run("%tracker me").shown
    assert shown.index("session main (current)") < shown.index("session work")
    assert max(map(len, shown.splitlines())) <= 80
    kernel.run("who = %tracker me")
    assert kernel.run("list(who.session), list(who.current) == [True, False]").result == "(['main', 'work'], True)"
    assert kernel.run("%tracker use work\n%tracker count Queue: DEV").error is None
    assert "Session work is closed" in kernel.run("%tracker logout work").shown
    assert "two sessions are named" in kernel.run("%tracker logout work -s main").error[1]
    assert "session main" in kernel.run("%tracker me --lang en").shown
    assert "сессия main (текущая)" in kernel.run("%tracker me --lang ru").shown


def test_a_session_speaks_the_language_of_its_login(kernel):
    """After `login --lang ru`, `me` and `logout` are Russian; the next login speaks as the settings say."""
    assert "организация" in kernel.run("%tracker login work --strategy env --lang ru").shown
    assert "сессия work (текущая)" in kernel.run("%tracker me").shown
    assert "session work (current)" in kernel.run("%tracker me --lang en").shown
    assert "Искали текст" in kernel.run("%tracker count two words").shown
    assert "session main (current)" in kernel.run("%tracker login --strategy env").shown
    assert "session main (current)" in kernel.run("%tracker me").shown
    assert "Сессия work закрыта" in kernel.run("%tracker logout work").shown
    assert "session work" in kernel.run("%tracker login work --strategy env").shown
    assert "Session work is closed" in kernel.run("%tracker logout work").shown


def test_only_a_login_that_opens_a_session_changes_its_language(kernel):
    """A refused login leaves the language of the session; the demo speaks that of its line, as every login does."""
    kernel.run("%tracker login --strategy env --lang ru")
    assert kernel.run("%tracker login --strategy token").error is not None
    assert "сессия main (текущая)" in kernel.run("%tracker me").shown
    assert "session main (current)" in kernel.run("%tracker demo").shown
    assert "сессия main (текущая)" in kernel.run("%tracker demo --lang ru").shown
    assert "сессия main (текущая)" in kernel.run("%tracker me").shown
    assert "session main (current)" in kernel.run("%tracker login --strategy env").shown


@pytest.mark.parametrize(
    "line",
    [
        "login y0_AgAAAAAAAAAAAAAAAA",
        "login 1234567",
        "login 0123456789abcdef0123456789abcdef",
        "login work --client-secret abc",
        "use y0_AgAAAAAAAAAAAAAAAA",
        "logout t1.AAAAAAAAAA.AAAAAAAAAAAAA",
    ],
)
def test_a_secret_on_the_line_is_refused_before_anything_else(kernel, demo, line):
    """A line with a secret sends no request, and the message says that the line is in the history."""
    before = len(demo.journal)
    name, message = kernel.run(f"%tracker {line}").error
    assert name == "BadOption"
    assert "already in IPython's history" in message
    assert len(demo.journal) == before


def test_a_terminal_asks_without_showing_the_token(demo, tmp_path):
    """IPython in a terminal asks questions instead of showing a form, and the token never appears on the screen."""
    names = {name: value for name, value in demo.names.items() if name.endswith("_BASE_URL")}
    paths = {"PYTHONPATH": str(Path(tracker_magic.__file__).parents[1]), "IPYTHONDIR": str(tmp_path)}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--simple-prompt", "--no-banner"],
        env={"PATH": os.environ["PATH"], "TERM": "dumb", "TRACKER_HOME": str(tmp_path), **paths, **names},
        timeout=30,
        encoding="utf-8",
    )
    child.logfile_read = screen = io.StringIO()
    token = demo.access.token
    for prompt, answer in [
        (r"In \[1\]", "%load_ext tracker_magic"),
        (r"In \[2\]", "%tracker login --strategy token"),
        ("Organisation ID: ", demo.access.org_id),
        ("Number", ""),
        ("ClientID of the app ", demo.access.client_id),
        ("your input is not shown", token),
        (r"In \[3\]", "%tracker count Queue: DEV"),
        (r"Out\[3\]: \d+", "exit()"),
    ]:
        child.expect(prompt)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert "session main (current)" in screen.getvalue()
    assert token not in screen.getvalue()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]


@pytest.fixture
def default_demo(demo):
    """The embedded Tracker with its default behaviour, which is restored afterwards."""
    demo.access.switches = Switches()
    yield demo
    demo.access.switches = Switches()
    demo.service.behaviour = Behaviour()


@pytest.fixture
def context(default_demo, tmp_path):
    """The context of a login at the embedded services, with its own folder."""
    return LoginContext({**default_demo.names, "TRACKER_HOME": str(tmp_path)})


def renewable_token(demo, *, ends: datetime | None = None, device_id: str | None = None) -> Token:
    """A token with its refresh token."""
    token = demo.access.issue(demo.world.me, device_id=device_id)
    return Token(Secret(token), "OAuth", ends, Secret(demo.access.oauth[token].refresh))


def connected(context, demo, token: Token):
    """A Tracker whose login renews its token."""
    app = App(demo.access.client_id, Secret(demo.access.client_secret))
    organisation = Organisation(demo.access.org_id, "360")
    return tracker_of(context.oauth_credentials(app, token, "test", organisation), search_rps=None, other_rps=None)


def refreshes(demo, since: int) -> int:
    """How many times a token was renewed."""
    return [seen.path for seen in demo.journal[since:]].count("/token")


@pytest.mark.parametrize("keeps", [True, False])
def test_a_refused_token_is_renewed_once_for_all_threads(context, default_demo, keeps):
    """All threads get a 401, one renews the token, and all succeed, also if the access token stays the same."""
    default_demo.access.switches.refresh_keeps_token = keeps
    token = renewable_token(default_demo)
    with connected(context, default_demo, token) as tracker:
        expected, before, counts = tracker.count("Queue: DEV"), len(default_demo.journal), []
        default_demo.access.expire(token.secret.reveal())
        threads = [threading.Thread(target=lambda: counts.append(tracker.count("Queue: DEV"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [expected] * 8
    assert refreshes(default_demo, before) == 1


def test_a_token_is_renewed_shortly_before_it_expires(context, default_demo):
    """No request is refused, since threads wait for the one that renews the token."""
    token, counts = renewable_token(default_demo, ends=datetime.now(UTC) + timedelta(minutes=2)), []
    before = len(default_demo.journal)
    with connected(context, default_demo, token) as tracker:
        threads = [threading.Thread(target=lambda: counts.append(tracker.count("Queue: DEV"))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert refreshes(default_demo, before) == 1
    assert {seen.status for seen in default_demo.journal[before:]} == {200}


def test_a_token_is_used_until_it_expires_if_it_cannot_be_renewed(context, default_demo):
    """A failure of the login service has no effect while the present token is valid."""
    token = renewable_token(default_demo, ends=datetime.now(UTC) + timedelta(minutes=2))
    default_demo.behaviour.faults.append(Fault("html", "/token", status=503, times=99))
    with connected(context, default_demo, token) as tracker:
        assert tracker.count("Queue: DEV")


def test_a_login_that_cannot_be_renewed_says_log_in_again(context, default_demo):
    """If the refresh token is no longer valid, one attempt is made, and the hint says how to log in again."""
    token = renewable_token(default_demo)
    default_demo.access.revoke(token.secret.reveal())
    with (
        connected(context, default_demo, token) as tracker,
        pytest.raises(LoginExpired, match="could not be renewed") as caught,
    ):
        tracker.count("Queue: DEV")
    assert "%tracker login" in caught.value.hint
    assert "code" not in caught.value.hint


def test_a_renewed_token_that_is_refused_is_an_error(context, default_demo):
    """A 401 after one renewal raises NotLoggedIn without another attempt."""
    default_demo.behaviour.faults.append(Fault("status", "/_count", status=401, times=9))
    before = len(default_demo.journal)
    with connected(context, default_demo, renewable_token(default_demo)) as tracker, pytest.raises(NotLoggedIn):
        tracker.count("Queue: DEV")
    assert [seen.path for seen in default_demo.journal[before:]] == ["/v3/issues/_count", "/token", "/v3/issues/_count"]


PROCESS = """
import sys
from tracker_magic import connect
with connect(search_rps=None) as tracker:
    print("ready", flush=True)
    sys.stdin.readline()
    print(tracker.count("Queue: DEV"))
"""


def test_processes_that_share_a_profile_renew_its_token_once(context, default_demo, tmp_path):
    """The first process stores the renewed token, and the others read it, since a refresh token works only once."""
    token = renewable_token(default_demo)
    app = App(default_demo.access.client_id, Secret(default_demo.access.client_secret))
    found = context.oauth_credentials(app, token, "test", Organisation(default_demo.access.org_id, "360"))
    save_login(context, found, "ann", "file")
    environ = {
        "PYTHONPATH": str(Path(tracker_magic.__file__).parents[1]),
        "PATH": os.environ["PATH"],
        "TRACKER_HOME": str(tmp_path),
        **{name: value for name, value in default_demo.names.items() if name.endswith("_BASE_URL")},
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environ}
    runs = [subprocess.Popen([sys.executable, "-c", PROCESS], **pipes) for _ in range(3)]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    before = len(default_demo.journal)
    default_demo.access.expire(token.secret.reveal())
    for run in runs:
        run.stdin.write("\n")
        run.stdin.flush()
    counts = {run.communicate(timeout=30)[0] for run in runs}
    assert len(counts) == 1
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert refreshes(default_demo, before) == 1
    stored = context.profiles.load().token
    assert default_demo.access.oauth[stored.secret.reveal()].refresh == stored.refresh.reveal()
