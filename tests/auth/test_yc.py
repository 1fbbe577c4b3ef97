"""`yc iam create-token`, run with a fake program on PATH."""

import os
import stat
import sys
import time
from datetime import timedelta

import pytest

from tracker_magic.auth import credentials_for, yc
from tracker_magic.errors import LoginRefused

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the program is a script")


@pytest.fixture
def fake_yc(tmp_path, monkeypatch):
    """Write a program named yc into the only folder of PATH; its lines are Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(*lines):
        program = folder / "yc"
        program.write_text("\n".join([f"#!{sys.executable}", "import os, subprocess, sys, time", *lines]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return write


def test_the_person_who_is_logged_in_to_yc_logs_in(machine, fake_yc):
    """The last token that yc prints is used; yc gets no input, a list of arguments, and is run hourly."""
    iam = machine.access.issue_iam(machine.access.me)
    calls = machine.home.parent / "calls"
    fake_yc(
        f"open({str(calls)!r}, 'a').write(repr((sys.argv[1:], sys.stdin.read())) + chr(10))",
        "print('t1.looks.like but is a banner: a new version is there!')",
        "sys.stdout.buffer.write(b'\\xff\\xfe' + os.linesep.encode())",
        f"print({iam!r})",
        "print('Bye')",
    )
    credentials = credentials_for(machine.set(TRACKER_CLOUD_ORG_ID=machine.access.cloud_org_id), "yc", "work")
    assert machine.me(credentials).source == "yc iam create-token"
    assert credentials.login.expires_at == machine.now + timedelta(hours=1)
    machine.advance(minutes=56)
    assert machine.me(credentials)
    call = "(['iam', 'create-token', '--no-user-output', '--profile', 'work'], '')"
    assert calls.read_text().splitlines() == [call, call]


def test_yc_gets_no_secrets_of_ours(fake_yc, machine, monkeypatch):
    """The tokens and keys in our variables are not in the environment of yc; its own variables are."""
    names = ("TRACKER_TOKEN", "TRACKER_CLIENT_SECRET", "TRACKER_SA_PRIVATE_KEY", "YANDEX_TRACKER_TOKEN", "YC_TOKEN")
    for name in names:
        monkeypatch.setenv(name, "secret")
    fake_yc("print('t1.' + 'x'.join(name for name in os.environ if os.environ[name] == 'secret') + '.b')")
    assert yc.create_token(None, machine.now).secret.reveal() == "t1.YC_TOKEN.b"


@pytest.mark.parametrize("entry", ["", ".", "bin", "../notebooks", f"{os.pathsep}"], ids=repr)
def test_yc_is_not_taken_from_the_current_folder(machine, tmp_path, monkeypatch, entry):
    """A program yc beside the notebook is not run, also if PATH has an empty or a relative entry."""
    notebooks = tmp_path / "notebooks"
    for folder in (notebooks, notebooks / "bin"):
        folder.mkdir()
        (folder / "yc").write_text("#!/bin/sh\necho t1.aaa.bbb")
        (folder / "yc").chmod(0o700)
    monkeypatch.chdir(notebooks)
    monkeypatch.setenv("PATH", f"{entry}{os.pathsep}{tmp_path / 'empty'}")
    assert yc.find_program() is None
    with pytest.raises(LoginRefused, match="not installed"):
        yc.create_token(None, machine.now)
    monkeypatch.setenv("PATH", f"{entry}{os.pathsep}{notebooks}")
    assert yc.create_token(None, machine.now).secret.reveal() == "t1.aaa.bbb"


def test_without_a_profile_yc_uses_its_own(machine, fake_yc):
    """Without a profile the command has no --profile option."""
    fake_yc("print('t1.' + 'x'.join(sys.argv[1:]) + '.b')")
    assert yc.create_token(None, machine.now).secret.reveal() == "t1.iamxcreate-tokenx--no-user-output.b"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["print('t1.' + 'a' * 20 + '.' + 'b' * 86)", "sys.exit(3)"], r"failed \(exit 3\)"),
        ([], "printed no IAM token"),
        (["print('token: t1.aaa.bbb')"], "printed no IAM token"),
        (["print('t1.aaa.bbb', file=sys.stderr)"], "printed no IAM token"),
        (["print('y0_' + 'a' * 58)"], "printed no IAM token"),
        (["os.kill(os.getpid(), 9)"], r"failed \(exit -9\)"),
    ],
)
def test_output_without_a_token_says_to_run_yc_init(fake_yc, machine, lines, message):
    """A failure of yc leads to `yc init`, and its output is not repeated."""
    fake_yc(*lines)
    with pytest.raises(LoginRefused, match=message) as excinfo:
        yc.create_token(None, machine.now)
    assert "yc init" in excinfo.value.hint
    assert "aaa" not in str(excinfo.value)


def test_a_program_that_hangs_is_killed_with_its_children(fake_yc, machine):
    """At the time limit yc and the browser it has started are killed."""
    fake_yc("subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])", "time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(LoginRefused, match=r"did not finish within 0\.5 s") as excinfo:
        yc.create_token(None, machine.now, timeout_s=0.5)
    assert time.monotonic() - started < 10
    assert "yc init" in excinfo.value.hint
    assert excinfo.value.__context__ is None


def test_a_missing_or_broken_program_is_reported(machine, fake_yc, tmp_path):
    """A yc that is not installed, or that cannot be run, is reported as such."""
    with pytest.raises(LoginRefused, match="not installed"):
        yc.create_token(None, machine.now)
    fake_yc()
    (tmp_path / "bin" / "yc").write_bytes(b"\x00\x01no program")
    with pytest.raises(LoginRefused, match="cannot be run"):
        yc.create_token(None, machine.now)


def test_the_program_of_windows_is_found(fake_yc, tmp_path):
    """In a folder of PATH it may be called yc.exe."""
    fake_yc()
    (tmp_path / "bin" / "yc").rename(tmp_path / "bin" / "yc.exe")
    assert yc.find_program() == str(tmp_path / "bin" / "yc.exe")
