"""A word as long as a secret, typed in place of a name: no error and no session repeats it."""

import os

import pytest

from tracker_magic.errors import TrackerError

SECRETS = ["3ee06706e1919e3018017e66a1929f08", "AQAD-Cxi1aF3fIMcxRCSjogF5KWxUgsPSAfqnrY", "a" * 16 + "bcdefghi0"]
LINES = [
    "login -s {} --strategy env", "demo -s {}", "login --strategy {}", "login --strategy stored --profile {}",
    "login --lang {}", "login --save {}", "logout {}", "logout -s {}", "use {}", "use -s {}", "me -s {}",
    "-s {} Queue: DEV", "count -s {} Queue: DEV", "-n {} Queue: DEV", "-o {}- Queue: DEV",
    "--timeout {} Queue: DEV", "--filter {}", "--expand {} Queue: DEV", "--x{} Queue: DEV", "-x{} Queue: DEV",
    "me {}", "queues {}", "help {}", "help --{}", "config {}", "open {}", "sprints {}", "worklog --created-by {} DEV-1",
    "worklog --since {} DEV-1", "--tz {} DEV-1",
]  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
def test_a_long_word_is_not_repeated(shell, demo, secret, monkeypatch, tmp_path):
    """A secret of unknown form may stand in place of any name; sessions have short names only."""
    names = {f"TRACKER_{name}_BASE_URL": demo.url for name in ("API", "OAUTH", "IAM", "METADATA")}
    names |= {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id, "TRACKER_HOME": str(tmp_path)}
    for name, value in names.items():
        monkeypatch.setitem(os.environ, name, value)
    shell.run_line_magic("load_ext", "tracker_magic")
    shell.run_line_magic("tracker", "login --strategy env")
    for line in LINES:
        with pytest.raises(TrackerError) as caught:
            shell.run_line_magic("tracker", line.format(secret))
        assert secret not in repr([*caught.value.lines(), vars(caught.value)]), line
    with pytest.raises(TrackerError, match="there is no session `ops`"):
        shell.run_line_magic("tracker", "use ops")
