"""One stored profile, several kernels: the refresh token changes with its use, so one of them refreshes for all."""

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from tracker_magic.auth import Organisation, Token, credentials_for
from tracker_magic.auth.flows import save_login
from tracker_magic.errors import LoginExpired, UnsavedLogin
from tracker_magic.secret import Secret
from tracker_magic.tracker import connect, tracker_of

# A kernel: takes the stored login, says so, waits to be told, asks who it is, and once more.
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
def saved(place):
    """A stored login whose token changes at each refresh, a minute of which is left."""
    place.switches.token_lifetime_s = 3600
    place.switches.refresh_keeps_token = False
    token = place.access.issue(place.access.me, device_id="a-notebook")
    grant = place.access.oauth[token]
    held = Token(Secret(token), "OAuth", grant.expires_at, Secret(grant.refresh))
    found = place.context.with_oauth(place.app, held, "test", Organisation(place.access.org_id, "360"))
    return save_login(place.context, found, "me", "file")


def kept(place):
    """The token at rest."""
    return place.context.profiles.load().token


@pytest.fixture
def kernels(place, saved):
    """Two processes with the stored login, in which it is refused by now."""
    environ = os.environ | place.environ
    place.access.expire(saved.login.token().secret.reveal())
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


def test_two_processes_refresh_once_and_both_go_on(place, saved, kernels):
    """Both are refused at the same moment; a slow login service gives them time to collide."""
    place.fault("slow", seconds=0.5, times=9)
    for _ in range(2):
        assert [kernel.stdout.readline() for kernel in kernels] == ["ready\n"] * 2
        for kernel in kernels:
            kernel.stdin.write("\n")
            kernel.stdin.flush()
        logins = {kernel.stdout.readline().strip() for kernel in kernels}
        assert len(logins) == 1
        assert logins != {""}
    assert len(place.asked()) == 1
    assert kept(place) != saved.login.token()
    with tracker_of(saved) as tracker:  # the third, in this process, takes up what the others fetched
        assert tracker.get("myself")
    assert len(place.asked()) == 1


def test_a_login_takes_up_what_another_has_fetched(place, saved):
    """Also a second time, each in turn."""
    first, second = saved.login, credentials_for(place.context, "stored").login
    for round_ in (1, 2):
        place.later(minutes=56)
        assert first.token().secret == second.token().secret
        assert len(place.asked()) == round_
        first, second = second, first


def test_the_new_token_is_stored_before_it_is_used(place, saved):
    """What the API sees is at rest by then."""
    seen = []
    place.fault("hook", "/v3/myself", hook=lambda: seen.append(kept(place)))
    place.later(minutes=56)
    with tracker_of(saved) as tracker:
        assert tracker.get("myself")
    sent = place.asked("/v3/myself")[0].headers["Authorization"].removeprefix("OAuth ")
    assert seen[0].secret.reveal() == sent


def test_a_write_that_fails_loses_neither_token(place, saved):
    """The new one serves this kernel, with a warning; it refreshes again from there, and is saved when that works."""
    file = place.home / "profiles" / "default.json"
    aside = place.home / "aside"

    def block():
        file.rename(aside)
        file.mkdir()

    def unblock():
        file.rmdir()
        aside.rename(file)

    place.later(minutes=56)
    former = kept(place)
    lock = threading.Lock()
    place.fault("hook", hook=lambda: lock.acquire() and block())
    with pytest.warns(UnsavedLogin, match="not saved"):
        token = saved.login.token()
    unblock()
    assert kept(place) == former
    assert place.access.alive(token.secret.reveal())
    place.later(minutes=56)
    renewed = saved.login.token()
    assert renewed != token
    assert kept(place) == renewed


def test_a_kill_between_refresh_and_write_is_told(place, saved):
    """The service knows only the new refresh token, and that is lost: the next start says to log in again."""
    place.later(minutes=56)
    former = place.context.profiles.load()
    saved.login.token()
    place.context.profiles.save(former)
    with pytest.raises(LoginExpired, match="could not be renewed") as caught:
        credentials_for(place.context, "stored").login.token()
    assert "%tracker login" in caught.value.hint


def test_a_profile_that_was_removed_does_not_come_back(place, saved):
    """Logged out elsewhere: this kernel goes on, and saves nothing."""
    place.context.profiles.remove("default")
    place.later(minutes=56)
    assert place.access.alive(saved.login.token().secret.reveal())
    assert place.context.profiles.names() == []


@pytest.mark.parametrize("facts", [{"api": "https://other.example.com"}, {"who": "somebody else"}, {"app": None}])
def test_another_login_under_the_same_name_is_left_alone(place, saved, facts):
    """Its token would go to the wrong address, or act as the wrong person."""
    other = replace(
        place.context.profiles.load(), token=Token(Secret("y0_other"), refresh=Secret("1:other:other")), **facts
    )
    place.context.profiles.save(other)
    place.later(minutes=56)
    token = saved.login.token()
    assert place.access.alive(token.secret.reveal())
    assert place.context.profiles.load() == other


def test_connect_takes_the_stored_login(place, saved, monkeypatch):
    """In a script, without a word."""
    for name, value in place.environ.items():
        monkeypatch.setenv(name, value)
    with connect() as tracker:
        assert tracker.me.source == saved.login.source == "profile default"
