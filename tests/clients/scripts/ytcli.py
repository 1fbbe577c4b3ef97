"""The commands of yandex-tracker-cli (`ytcli`)."""

import shutil
import sys
import tempfile
from pathlib import Path

from calls import FACTS, command, run

YTCLI = shutil.which("ytcli", path=str(Path(sys.executable).parent)) or "ytcli"
CONFIG = """default_profile = "demo"
[accounts.demo]
[profiles.demo]
account = "demo"
org_id = "{org_id}"
org_kind = "yandex360"
"""

with tempfile.TemporaryDirectory() as folder:
    config = Path(folder) / "config.toml"
    config.write_text(CONFIG.format(org_id=FACTS["org_id"]), encoding="utf-8")
    env = {
        "YTCLI_BASE_URL": FACTS["url"],
        "YTCLI_TOKEN": FACTS["token"],
        "YTCLI_CONFIG": str(config),
        "YTCLI_NO_UPDATE_CHECK": "1",
        "HOME": folder,
        "XDG_CACHE_HOME": folder,
    }
    for line in (
        "issue get {issue}", "issue links {issue}", "issue remotelinks {issue}", "issue comments {issue}",
        "issue changelog {issue}", "issue find -q {queue}", "issue count -q {queue}", "issue worklogs {issue}",
        "issue checklist {issue}", "issue transition {issue}", "queue list", "queue get {queue}",
        "queue fields {queue}", "board list", "board get {board}", "user list", "project list", "portfolio list",
        "goal list", "project get {project}", "attachment list {issue}", "component list", "field list",
        "dict list", "sprint list", "worklog find",
        "link types",
    ):  # fmt: skip
        run(line.replace("{", "").replace("}", ""), lambda: command(YTCLI, *line.format(**FACTS).split(), env=env))
