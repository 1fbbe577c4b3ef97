"""`yc iam create-token`, played by a program on PATH."""

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
def played(tmp_path, monkeypatch):
    """Puts a program named yc on PATH: its Python lines."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(*lines):
        program = folder / "yc"
        program.write_text("\n".join([f"#!{sys.executable}", "import os, subprocess, sys, time", *lines]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return put


def test_the_person_whom_yc_knows_logs_in(place, played):
    """Lines before the token are passed over; it gets no input, a list of arguments, and is asked hourly."""
    iam = place.access.issue_iam(place.access.me)
    seen = place.home.parent / "seen"
    played(
        f"open({str(seen)!r}, 'a').write(repr((sys.argv[1:], sys.stdin.read())) + chr(10))",
        "print('t1.looks.like but is a banner: a new version is there!')",
        "sys.stdout.buffer.write(b'\\xff\\xfe' + os.linesep.encode())",
        f"print({iam!r})",
        "print('Bye')",
    )
    found = credentials_for(place.set(TRACKER_CLOUD_ORG_ID=place.access.cloud_org_id), "yc", "work")
    assert place.me(found).source == "yc iam create-token"
    assert found.login.expires_at == place.now + timedelta(hours=1)
    place.later(minutes=56)
    assert place.me(found)
    asked = "(['iam', 'create-token', '--no-user-output', '--profile', 'work'], '')"
    assert seen.read_text().splitlines() == [asked, asked]


def test_without_a_profile_none_is_named(place, played):
    """Then yc takes its own."""
    played("print('t1.' + 'x'.join(sys.argv[1:]) + '.b')")
    assert yc.create_token(None, place.now).secret.reveal() == "t1.iamxcreate-tokenx--no-user-output.b"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["print('t1.' + 'a' * 20 + '.' + 'b' * 86)", "sys.exit(3)"], r"failed \(exit 3\)"),
        ([], "printed no IAM token"),
        (["print('token: t1.aaa.bbb')"], "printed no IAM token"),
        (["print('t1.aaa.bbb', file=sys.stderr)"], "printed no IAM token"),
        (["print('y0_' + 'a' * 58)"], "printed no IAM token"),
        (["os.kill(os.getpid(), 9)"], r"failed \(exit -9\)"),
    ],
)
def test_what_is_no_token_says_to_run_yc_init(played, place, lines, said):
    """Whatever it printed is not repeated."""
    played(*lines)
    with pytest.raises(LoginRefused, match=said) as caught:
        yc.create_token(None, place.now)
    assert "yc init" in caught.value.hint
    assert "aaa" not in str(caught.value)


def test_a_program_that_hangs_is_ended_with_what_it_started(played, place):
    """At the limit; a browser of its own, which keeps the output open, does not hold it up."""
    played("subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])", "time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(LoginRefused, match=r"did not finish within 0\.5 s") as caught:
        yc.create_token(None, place.now, timeout_s=0.5)
    assert time.monotonic() - began < 10
    assert "yc init" in caught.value.hint
    assert caught.value.__context__ is None


def test_a_program_that_is_not_there_or_does_not_run(place, played, tmp_path):
    """It says to install it, or why it cannot be run."""
    with pytest.raises(LoginRefused, match="not installed"):
        yc.create_token(None, place.now)
    played()
    (tmp_path / "bin" / "yc").write_bytes(b"\x00\x01no program")
    with pytest.raises(LoginRefused, match="cannot be run"):
        yc.create_token(None, place.now)
