"""What `%tracker login` does where, and how a session renews itself through HTTP."""

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
from tracker_magic.auth import STRATEGIES, LoginContext, Organisation, Token
from tracker_magic.auth.flows import save_login
from tracker_magic.auth.oauth import App
from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.login.access import Switches
from tracker_magic.errors import LoginExpired, NotLoggedIn
from tracker_magic.notebook import commands
from tracker_magic.secret import Secret
from tracker_magic.tracker import tracker_of

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_the_strategies_of_the_line_are_those_of_auth():
    """The table of words spells them out, so that loading stays quick."""
    assert commands.STRATEGIES == STRATEGIES


def test_where_somebody_can_answer_a_form_is_shown(lonely_kernel, demo):
    """`login` alone, and a strategy that needs typing; one that needs none has no form."""
    for code in ("%tracker login", "%tracker login work", "%tracker login --strategy device"):
        cell = lonely_kernel.run(code, answers=[])
        assert cell.error is None
        assert any(WIDGET in shown["data"] for shown in cell.of("display_data")), code
    token = demo.access.token
    lonely_kernel.run(f"os.environ.update(TRACKER_TOKEN={token!r}, TRACKER_ORG_ID={demo.access.org_id!r})")
    cell = lonely_kernel.run("%tracker login --strategy env", answers=[])
    assert not any(WIDGET in shown["data"] for shown in cell.of("display_data"))
    assert "token from environment: TRACKER_TOKEN" in cell.shown


def test_who_is_logged_in_already_is_told(lonely_kernel, demo):
    """A second login says whom it would replace, and the form opens anew."""
    names = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({names!r})\n%tracker login --strategy env")
    cell = lonely_kernel.run("%tracker login", answers=[])
    assert f"You are logged in already, as {demo.world.users[demo.world.me].display}" in cell.shown
    assert any(WIDGET in shown["data"] for shown in cell.of("display_data"))
    assert "уже вошли" in lonely_kernel.run("%tracker login --lang ru", answers=[]).shown


def test_sessions_are_named_by_a_word(kernel):
    """`login work`, `use work`, `-s work`, `logout work`; `me` names all of them and is a frame."""
    assert "session work (current)" in kernel.run("%tracker login work --strategy env").shown
    assert "session main (current)" in kernel.run("%tracker login --strategy env").shown
    shown = kernel.run("%tracker me").shown.splitlines()
    assert "session main (current)" in shown[0]
    assert shown[1].endswith("session work")
    kernel.run("who = %tracker me")
    assert kernel.run("list(who.session), list(who.current) == [True, False]").result == "(['main', 'work'], True)"
    assert kernel.run("%tracker use work\n%tracker count Queue: DEV").error is None
    assert "Session work is closed" in kernel.run("%tracker logout work").shown
    assert "two sessions are named" in kernel.run("%tracker logout work -s main").error[1]
    assert "session main" in kernel.run("%tracker me --lang en").shown
    assert "сессия main (текущая)" in kernel.run("%tracker me --lang ru").shown


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
    """Nothing is asked of the service; the answer says that the line is in the history."""
    before = len(demo.journal)
    name, said = kernel.run(f"%tracker {line}").error
    assert name == "BadOption"
    assert "already in IPython's history" in said
    assert len(demo.journal) == before


def test_a_terminal_asks_without_an_echo(demo, tmp_path):
    """IPython in a terminal draws no form: it asks in words, and the token never stands on the screen."""
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
        ("Organisation id: ", demo.access.org_id),
        ("Number", ""),
        ("ClientID: ", demo.access.client_id),
        ("nothing is shown", token),
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
def served(demo):
    """The embedded Tracker, as it was made, before and after."""
    demo.access.switches = Switches()
    yield demo
    demo.access.switches = Switches()
    demo.service.behaviour = Behaviour()


@pytest.fixture
def context(served, tmp_path):
    """The ways to a login at the embedded services, and a folder of their own."""
    return LoginContext({**served.names, "TRACKER_HOME": str(tmp_path)})


def defer_interrupts(demo, *, ends: datetime | None = None, device_id: str | None = None) -> Token:
    """A token with what renews it."""
    token = demo.access.issue(demo.world.me, device_id=device_id)
    return Token(Secret(token), "OAuth", ends, Secret(demo.access.oauth[token].refresh))


def opened(context, demo, token: Token):
    """A Tracker whose login renews itself."""
    app = App(demo.access.client_id, Secret(demo.access.client_secret))
    organisation = Organisation(demo.access.org_id, "360")
    return tracker_of(context.oauth_credentials(app, token, "test", organisation), search_rps=None, other_rps=None)


def refreshes(demo, since: int) -> int:
    """How often a token was renewed."""
    return [seen.path for seen in demo.journal[since:]].count("/token")


@pytest.mark.parametrize("keeps", [True, False])
def test_threads_in_flight_renew_once_after_a_refusal(context, served, keeps):
    """Each gets a 401, one renews, all come through; also where the access token stays the same (AUTH 1.8.1)."""
    served.access.switches.refresh_keeps_token = keeps
    token = defer_interrupts(served)
    with opened(context, served, token) as tracker:
        expected, before, found = tracker.count("Queue: DEV"), len(served.journal), []
        served.access.expire(token.secret.reveal())
        threads = [threading.Thread(target=lambda: found.append(tracker.count("Queue: DEV"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [expected] * 8
    assert refreshes(served, before) == 1


def test_a_token_near_its_end_is_renewed_before_it_is_sent(context, served):
    """No request is refused; threads wait for the one that renews."""
    token, found = defer_interrupts(served, ends=datetime.now(UTC) + timedelta(minutes=2)), []
    before = len(served.journal)
    with opened(context, served, token) as tracker:
        threads = [threading.Thread(target=lambda: found.append(tracker.count("Queue: DEV"))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert refreshes(served, before) == 1
    assert {seen.status for seen in served.journal[before:]} == {200}


def test_until_it_ends_a_token_serves_though_it_cannot_be_renewed(context, served):
    """The login service is down for a moment: nobody is the worse for it."""
    token = defer_interrupts(served, ends=datetime.now(UTC) + timedelta(minutes=2))
    served.behaviour.faults.append(Fault("html", "/token", status=503, times=99))
    with opened(context, served, token) as tracker:
        assert tracker.count("Queue: DEV")


def test_a_login_that_cannot_be_renewed_says_log_in_again(context, served):
    """The refresh token is no good any more: one attempt, and a cure that fits."""
    token = defer_interrupts(served)
    served.access.revoke(token.secret.reveal())
    with opened(context, served, token) as tracker, pytest.raises(LoginExpired, match="could not be renewed") as caught:
        tracker.count("Queue: DEV")
    assert "%tracker login" in caught.value.hint
    assert "code" not in caught.value.hint


def test_after_one_renewal_a_refusal_is_final(context, served):
    """401, renew, 401: then the person is told (AUTH 1.8.5)."""
    served.behaviour.faults.append(Fault("status", "/_count", status=401, times=9))
    before = len(served.journal)
    with opened(context, served, defer_interrupts(served)) as tracker, pytest.raises(NotLoggedIn):
        tracker.count("Queue: DEV")
    assert [seen.path for seen in served.journal[before:]] == ["/v3/issues/_count", "/token", "/v3/issues/_count"]


PROCESS = """
import sys
from tracker_magic import connect
with connect(search_rps=None) as tracker:
    print("ready", flush=True)
    sys.stdin.readline()
    print(tracker.count("Queue: DEV"))
"""


def test_two_processes_with_one_profile_renew_once(context, served, tmp_path):
    """The refresh token changes with its use: whoever comes second reads what the first has stored."""
    token = defer_interrupts(served)
    app = App(served.access.client_id, Secret(served.access.client_secret))
    found = context.oauth_credentials(app, token, "test", Organisation(served.access.org_id, "360"))
    save_login(context, found, "ann", "file")
    environ = {
        "PYTHONPATH": str(Path(tracker_magic.__file__).parents[1]),
        "PATH": os.environ["PATH"],
        "TRACKER_HOME": str(tmp_path),
        **{name: value for name, value in served.names.items() if name.endswith("_BASE_URL")},
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environ}
    runs = [subprocess.Popen([sys.executable, "-c", PROCESS], **pipes) for _ in range(3)]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    before = len(served.journal)
    served.access.expire(token.secret.reveal())
    for run in runs:
        run.stdin.write("\n")
        run.stdin.flush()
    counts = {run.communicate(timeout=30)[0] for run in runs}
    assert len(counts) == 1
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert refreshes(served, before) == 1
    stored = context.profiles.load().token
    assert served.access.oauth[stored.secret.reveal()].refresh == stored.refresh.reveal()
