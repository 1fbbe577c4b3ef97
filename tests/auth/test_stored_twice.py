"""One stored profile in several kernels: a refresh token can be used once, so one kernel refreshes for all."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tracker_magic.auth import Organisation, Token, credentials_for
from tracker_magic.auth.flows import save_login
from tracker_magic.errors import LoginExpired, UnsavedLogin
from tracker_magic.secret import Secret
from tracker_magic.tracker import connect, tracker_of

# A kernel: connects with the stored login, then twice prints "ready", waits for a line, and requests its own login.
KERNEL = """
import sys, tracker_magic
tracker = tracker_magic.connect("default", search_rps=None, other_rps=None)
for _ in range(2):
    print("ready", flush=True)
    sys.stdin.readline()
    print(tracker.get("myself")["login"], flush=True)
tracker.close()
"""


@pytest.fixture
def saved(machine):
    """A stored login for an hour, whose access token changes at each refresh."""
    machine.switches.token_lifetime_s = 3600
    machine.switches.refresh_keeps_token = False
    token = machine.access.issue(machine.access.me, device_id="a-notebook")
    grant = machine.access.oauth[token]
    token_with_refresh = Token(Secret(token), "OAuth", grant.expires_at, Secret(grant.refresh))
    credentials = machine.context.oauth_credentials(
        machine.app, token_with_refresh, "test", Organisation(machine.access.org_id, "360")
    )
    return save_login(machine.context, credentials, "me", "file")


def stored_token(machine):
    """The token in the stored profile."""
    return machine.context.profiles.load().token


@pytest.fixture
def kernels(machine, saved):
    """Two processes that have loaded the stored login, whose token has been revoked meanwhile."""
    environ = os.environ | machine.environ
    machine.access.expire(saved.login.token().secret.reveal())
    started = [
        subprocess.Popen(
            [sys.executable, "-c", KERNEL], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    yield started
    for each in started:
        each.kill()
        each.communicate()


def test_two_processes_refresh_once_and_both_go_on(machine, saved, kernels):
    """Two processes that are rejected at the same moment cause one refresh, and both continue."""
    machine.add_fault("slow", seconds=0.5, times=9)
    for _ in range(2):
        assert [kernel.stdout.readline() for kernel in kernels] == ["ready\n"] * 2
        for kernel in kernels:
            kernel.stdin.write("\n")
            kernel.stdin.flush()
        logins = {kernel.stdout.readline().strip() for kernel in kernels}
        assert len(logins) == 1
        assert logins != {""}
    assert len(machine.requests_to()) == 1
    assert stored_token(machine) != saved.login.token()
    with tracker_of(saved) as tracker:  # the third, in this process, takes up what the others fetched
        assert tracker.get("myself")
    assert len(machine.requests_to()) == 1


def test_a_login_uses_the_token_that_another_has_stored(machine, saved):
    """Of two logins of one profile either renews, and the other uses the stored token."""
    first, second = saved.login, credentials_for(machine.context, "stored").login
    for renewals in (1, 2):
        machine.advance(minutes=56)
        assert first.token().secret == second.token().secret
        assert len(machine.requests_to()) == renewals
        first, second = second, first


def test_the_new_token_is_stored_before_it_is_used(machine, saved):
    """By the time the API receives a new token it is stored."""
    stored_at_request = []
    machine.add_fault("hook", "/v3/myself", hook=lambda: stored_at_request.append(stored_token(machine)))
    machine.advance(minutes=56)
    with tracker_of(saved) as tracker:
        assert tracker.get("myself")
    sent = machine.requests_to("/v3/myself")[0].headers["Authorization"].removeprefix("OAuth ")
    assert stored_at_request[0].secret.reveal() == sent


def test_a_failed_write_loses_no_token(machine, saved):
    """A token that could not be stored serves this kernel, with one warning, and the next one is stored again."""
    file = machine.home / "profiles" / "default.json"
    aside = machine.home / "aside"

    def block():
        file.rename(aside)
        file.mkdir()

    def unblock():
        file.rmdir()
        aside.rename(file)

    machine.advance(minutes=56)
    former = stored_token(machine)
    lock = threading.Lock()
    machine.add_fault("hook", hook=lambda: lock.acquire() and block())
    token = saved.login.token()
    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(lambda _: saved.login.take_warnings(), range(8)))
    (warning,) = [warning for warnings in lists for warning in warnings]
    assert isinstance(warning, UnsavedLogin)
    assert "not saved" in str(warning)
    assert token.secret.reveal() not in str(warning)
    unblock()
    assert stored_token(machine) == former
    assert machine.access.alive(token.secret.reveal())
    machine.advance(minutes=56)
    renewed = saved.login.token()
    assert renewed != token
    assert stored_token(machine) == renewed


def test_a_lost_refresh_token_is_reported(machine, saved):
    """Where a process ended between refresh and write, the next login says to log in again."""
    machine.advance(minutes=56)
    former = machine.context.profiles.load()
    saved.login.token()
    machine.context.profiles.save(former)
    with pytest.raises(LoginExpired, match="could not be renewed") as excinfo:
        credentials_for(machine.context, "stored").login.token()
    assert "%tracker login" in excinfo.value.hint


def test_a_profile_that_was_removed_does_not_come_back(machine, saved):
    """A renewal does not store a profile that was removed meanwhile."""
    machine.context.profiles.remove("default")
    machine.advance(minutes=56)
    assert machine.access.alive(saved.login.token().secret.reveal())
    assert machine.context.profiles.names() == []


@pytest.mark.parametrize("details", [{"api": "https://other.example.com"}, {"user": "somebody else"}, {"app": None}])
def test_another_login_of_the_same_name_is_not_changed(machine, saved, details):
    """A renewal neither uses nor overwrites a profile of another address, person or app."""
    other = replace(
        machine.context.profiles.load(), token=Token(Secret("y0_other"), refresh=Secret("1:other:other")), **details
    )
    machine.context.profiles.save(other)
    machine.advance(minutes=56)
    token = saved.login.token()
    assert machine.access.alive(token.secret.reveal())
    assert machine.context.profiles.load() == other


def test_connect_uses_the_stored_login(machine, saved, monkeypatch):
    """In a script connect() uses the stored login without questions."""
    for name, value in machine.environ.items():
        monkeypatch.setenv(name, value)
    with connect() as tracker:
        assert tracker.me.source == saved.login.source == "profile default"
