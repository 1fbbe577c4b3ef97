"""Every strategy that needs no input, in a real kernel against the embedded services."""

import json
import os
import stat
import textwrap

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Switches


@pytest.fixture
def set_environ(lonely_kernel):
    """A function that sets environment variables of the kernel."""

    def set_variables(**variables: str) -> None:
        assert lonely_kernel.run(f"os.environ.update({variables!r})").error is None

    return set_variables


@pytest.fixture
def account(demo):
    """A service account, and its key as `yc` writes it."""
    key = rsa.generate_private_key(65_537, 2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    made = demo.access.add_account(demo.world.me, {"ajekeyofmine": public.decode()})
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    text = f"PLEASE DO NOT REMOVE THIS LINE! Yandex.Cloud SA Key ID <ajekeyofmine>\n{private}"
    return made, {"id": "ajekeyofmine", "service_account_id": made.id, "private_key": text}


def tokens(demo) -> dict[str, str]:
    """A good token of each kind."""
    return {"oauth": demo.access.token, "iam": demo.access.issue_iam(demo.world.me)}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TRACKER_TOKEN", "oauth"),
        ("YANDEX_TRACKER_TOKEN", "oauth"),
        ("TRACKER_IAM_TOKEN", "iam"),
        ("YC_IAM_TOKEN", "iam"),
        ("YC_TOKEN", "iam"),
        ("YC_TOKEN", "oauth"),
        ("YC_OAUTH_TOKEN", "oauth"),
    ],
)
def test_each_variable_of_the_environment_logs_in(lonely_kernel, demo, set_environ, name, kind):
    """A token in any of the variables logs in; `me` names the variable, and the token has the right prefix."""
    token = tokens(demo)[kind]
    set_environ(**{name: token, "YANDEX_TRACKER_CLOUD_ORG_ID": demo.access.cloud_org_id})
    for code in ("%tracker login --strategy env", "%tracker me"):
        cell = lonely_kernel.run(code)
        assert f"token from environment: {name}" in cell.shown
        assert token not in str(cell.outputs)
    word = "OAuth" if kind == "oauth" else "Bearer"
    assert demo.journal[-1].headers["Authorization"] == f"{word} {token}"


def test_a_variable_that_changes_is_read_again(lonely_kernel, demo, set_environ):
    """YC_TOKEN, which DataSphere renews, is read again while a session is open."""
    set_environ(YC_TOKEN=tokens(demo)["iam"], TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    lonely_kernel.run("%tracker count Queue: DEV")
    newer = tokens(demo)["iam"]
    set_environ(YC_TOKEN=newer)
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    assert demo.journal[-1].headers["Authorization"] == f"Bearer {newer}"


def test_without_a_login_the_error_names_the_variables(lonely_kernel):
    """If nobody can answer questions, every way to log in raises NotLoggedIn at once and names the variables."""
    typed = [f"%tracker login --strategy {name}" for name in ("device", "code", "token", "iam")]
    lonely_kernel.run("%tracker")
    for code in ("%tracker login", "%tracker Queue: DEV", "%tracker login --strategy env", *typed):
        cell = lonely_kernel.run(code)
        assert cell.error[0] == "NotLoggedIn"
        assert "TRACKER_TOKEN" in cell.error[1]
        assert cell.seconds < 5


def test_no_other_strategy_is_tried(lonely_kernel, demo, set_environ):
    """With `--strategy stored` a token in the environment is not used."""
    set_environ(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    assert "no stored profile" in lonely_kernel.run("%tracker login --strategy stored").error[1]
    assert lonely_kernel.run("%tracker login --strategy nonsense").error[0] == "BadOption"


def test_a_saved_login_serves_the_next_kernel(lonely_kernel, demo, set_environ, tmp_path):
    """A login is saved in a file of mode 0600 in a folder of mode 0700, used by the next kernel, removed by logout."""
    set_environ(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    assert lonely_kernel.run("%tracker login --strategy env --save file").error is None
    folder = tmp_path / "home" / "profiles"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "default.json").stat().st_mode) == 0o600
    lonely_kernel.run("del os.environ['TRACKER_TOKEN'], os.environ['TRACKER_ORG_ID']")
    lonely_kernel.run("%unload_ext tracker_magic\n%load_ext tracker_magic")
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    assert "token from profile default" in lonely_kernel.run("%tracker me").shown
    assert "'default' is removed" in lonely_kernel.run("%tracker logout").shown
    assert list(folder.glob("*.json")) == []


KEYRING = """
import keyring
from keyring.backend import KeyringBackend

class MemoryKeyring(KeyringBackend):
    priority = 5
    passwords = {}
    def get_password(self, service, username):
        return self.passwords.get((service, username))
    def set_password(self, service, username, password):
        self.passwords[service, username] = password
    def delete_password(self, service, username):
        del self.passwords[service, username]

keyring.set_keyring(MemoryKeyring())
"""


def test_a_saved_login_moves_to_the_storage_that_is_named(lonely_kernel, demo, set_environ, tmp_path):
    """`--save` with a saved login moves it, and is not ignored; a copy under another name is refused."""
    set_environ(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    lonely_kernel.run(KEYRING)
    assert lonely_kernel.run("%tracker login --strategy env --save file").error is None
    file = tmp_path / "home" / "profiles" / "default.json"
    assert demo.access.token in file.read_text()
    lonely_kernel.run("del os.environ['TRACKER_TOKEN'], os.environ['TRACKER_ORG_ID']")
    assert lonely_kernel.run("%tracker login --strategy stored --save keyring").error is None
    assert demo.access.token not in file.read_text()
    assert lonely_kernel.run("len(MemoryKeyring.passwords)").result == "1"
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    name, message = lonely_kernel.run("%tracker login second --strategy stored --profile default --save file").error
    assert (name, "saved already, as 'default'" in message) == ("BadOption", True)


def test_a_token_in_the_environment_overrides_a_saved_login_with_a_note(lonely_kernel, demo, set_environ):
    """A token in the environment overrides a saved login, and a note says so, also on the first query."""
    set_environ(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    lonely_kernel.run("%tracker login --strategy env --save file")
    hides = "environment: TRACKER_TOKEN hides the stored profile 'default'"
    assert hides in lonely_kernel.run("%tracker login --strategy env").shown
    lonely_kernel.run("%unload_ext tracker_magic\n%load_ext tracker_magic")
    assert hides in lonely_kernel.run("%tracker count Queue: DEV").shown
    assert hides in lonely_kernel.run("%tracker me").shown


def test_a_profile_that_is_a_link_is_refused(lonely_kernel, tmp_path):
    """A profile that is a symbolic link is not read."""
    (tmp_path / "home" / "profiles").mkdir(parents=True)
    (tmp_path / "home" / "profiles" / "default.json").symlink_to(tmp_path / "elsewhere.json")
    assert "is a link" in lonely_kernel.run("%tracker login --strategy stored").error[1]


def install_yc(tmp_path, set_environ, script: str) -> None:
    """Put a program `yc` first on the kernel's PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "yc").write_text("#!/bin/sh\n" + textwrap.dedent(script))
    (folder / "yc").chmod(0o755)
    set_environ(PATH=f"{folder}:{os.environ['PATH']}")


def test_the_token_is_the_last_line_that_yc_prints(lonely_kernel, demo, set_environ, tmp_path):
    """The last line that `yc` prints is the token; it gets the profile and no input."""
    token = tokens(demo)["iam"]
    script = f"""echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/input
    echo "There is a new version of yc! Run yc components update"; echo {token}"""
    install_yc(tmp_path, set_environ, script)
    cell = lonely_kernel.run(
        f"%tracker login --strategy yc --profile work --cloud-org-id {demo.access.cloud_org_id}", answers=[]
    )
    assert "token from yc iam create-token" in cell.shown
    assert (tmp_path / "arguments").read_text() == "iam create-token --no-user-output --profile work\n"
    assert (tmp_path / "input").read_text() == ""
    refused = lonely_kernel.run(f"%tracker login --strategy yc --save file --cloud-org-id {demo.access.cloud_org_id}")
    assert "a new token is requested each time" in refused.error[1]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo secret-words >&2; exit 3", "failed (exit 3)"),
        ("echo You have no profile", "printed no IAM token"),
        ("echo Open https://auth.yandex.cloud in a browser; exit 1", "failed (exit 1)"),
    ],
)
def test_a_yc_that_fails_says_what_to_run(lonely_kernel, set_environ, tmp_path, script, message):
    """A failure of `yc` is shown with what to do, but without its output, which may contain a secret."""
    install_yc(tmp_path, set_environ, script)
    error = lonely_kernel.run("%tracker login --strategy yc").error
    assert message in error[1]
    assert "yc init" in error[1]
    assert "secret-words" not in error[1]


def test_a_yc_that_waits_for_a_browser_is_killed(lonely_kernel, set_environ, tmp_path):
    """At the time limit `yc` is killed together with the processes it started, also if they hold its output open."""
    install_yc(tmp_path, set_environ, f"sleep 50 & echo $! > {tmp_path}/child; wait")
    code = "from datetime import datetime\nfrom tracker_magic.auth.yc import create_token\n"
    cell = lonely_kernel.run(f"{code}create_token(None, datetime.now(), timeout_s=0.5)")
    assert cell.error[0] == "LoginRefused"
    assert "may be waiting for a browser" in cell.error[1]
    assert cell.seconds < 5
    child = int((tmp_path / "child").read_text())
    assert lonely_kernel.run(f"[line for line in os.popen('ps -o stat= -p {child}') if line[0] != 'Z']").result == "[]"


def test_a_missing_yc_is_named(lonely_kernel, set_environ, tmp_path):
    """If `yc` is not installed, the error says so."""
    set_environ(PATH=str(tmp_path))
    assert "not installed" in lonely_kernel.run("%tracker login --strategy yc").error[1]


@pytest.mark.parametrize("source", ["file", "variables"])
def test_a_service_account_logs_in_with_its_key(lonely_kernel, demo, set_environ, account, *, tmp_path, source):
    """The key comes from a file or three variables; a refused IAM token is replaced by a new one."""
    made, key = account
    (tmp_path / "key.json").write_text(json.dumps(key))
    names = ("TRACKER_SA_KEY_ID", "TRACKER_SA_SERVICE_ACCOUNT_ID", "TRACKER_SA_PRIVATE_KEY")
    key_file = {"TRACKER_SA_KEY_FILE": str(tmp_path / "key.json")}
    set_environ(**(key_file if source == "file" else dict(zip(names, key.values(), strict=True))))
    set_environ(TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    cell = lonely_kernel.run("%tracker login --strategy service-account")
    assert f"service account {made.id}" in cell.shown
    assert "PRIVATE KEY" not in str(cell.outputs)
    before = len(demo.journal)
    demo.access.expire(demo.journal[-1].headers["Authorization"].partition(" ")[2])
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    requests = [(seen.path.rsplit("/", 1)[-1], seen.status) for seen in demo.journal[before:]]
    assert requests == [("_count", 401), ("tokens", 200), ("_count", 200)]


def test_a_service_account_that_is_not_enabled_gets_a_special_hint(lonely_kernel, demo, set_environ, account, tmp_path):
    """If Tracker refuses a valid service account, the hint names its support, since another login does not help."""
    made, key = account
    made.enabled = False
    (tmp_path / "key.json").write_text(json.dumps(key))
    set_environ(TRACKER_SA_KEY_FILE=str(tmp_path / "key.json"), TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    name, message = lonely_kernel.run("%tracker login --strategy service-account").error
    assert name == "NotLoggedIn"
    assert "Tracker's support" in message
    assert "will not help" in message
    assert "run %tracker login" not in message


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [(401, "LoginRefused", "clock"), (400, "LoginRefused", "400"), (403, "LoginRefused", "403")],
)
def test_a_refusal_of_the_iam_service_is_explained(
    lonely_kernel, demo, set_environ, account, *, tmp_path, status, error, text
):
    """A refusal of the IAM service is shown with its status and what to do."""
    (tmp_path / "key.json").write_text(json.dumps(account[1]))
    set_environ(TRACKER_SA_KEY_FILE=str(tmp_path / "key.json"), TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    demo.access.switches = Switches(iam_error=status)
    name, message = lonely_kernel.run("%tracker login --strategy service-account").error
    assert name == error
    assert text in message


@pytest.mark.parametrize(("content", "message"), [("{}", "not an authorised key"), ("", "not an authorised key")])
def test_a_file_that_is_not_a_key_is_refused(lonely_kernel, set_environ, tmp_path, content, message):
    """A file that is not a key is refused, and the hint says how to create one."""
    (tmp_path / "key.json").write_text(content)
    set_environ(TRACKER_SA_KEY_FILE=str(tmp_path / "key.json"), TRACKER_CLOUD_ORG_ID="bpf1")
    error = lonely_kernel.run("%tracker login --strategy service-account").error
    assert message in error[1]
    assert "yc iam key create" in error[1]


def test_the_metadata_service_is_asked_past_any_proxy(lonely_kernel, demo, set_environ):
    """The account of the machine logs in without a proxy, and a note says that it is not the user."""
    set_environ(
        http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9", TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id
    )
    cell = lonely_kernel.run("%tracker login --strategy metadata")
    lonely_kernel.run("del os.environ['http_proxy'], os.environ['HTTP_PROXY']")
    robot = demo.world.users[demo.access.account.uid]
    assert f"{robot.display} ({robot.login})" in cell.shown
    assert "act as this machine's service account, not as you" in cell.shown


@pytest.mark.parametrize(
    ("switch", "address", "message"),
    [({"metadata_account": False}, None, "no service account is linked"), ({}, "http://127.0.0.1:9", "no metadata")],
)
def test_a_machine_without_metadata_says_so(lonely_kernel, demo, set_environ, *, switch, address, message):
    """Without a metadata service or a linked account the error comes soon and says which of both is missing."""
    demo.access.switches = Switches(**switch)
    set_environ(
        TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id, **({"TRACKER_METADATA_BASE_URL": address} if address else {})
    )
    cell = lonely_kernel.run("%tracker login --strategy metadata")
    assert message in cell.error[1]
    assert cell.seconds < 5


def test_an_oauth_token_is_exchanged_with_a_note(lonely_kernel, demo, set_environ):
    """The exchanged token is sent as Bearer, with a note that the exchange is being withdrawn."""
    set_environ(TRACKER_TOKEN=demo.access.token, TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    cell = lonely_kernel.run("%tracker login --strategy exchange")
    assert "withdrawing this exchange" in cell.shown
    assert demo.journal[-1].headers["Authorization"].startswith("Bearer t1.")
    demo.access.switches = Switches(passport_exchange=False)
    assert lonely_kernel.run("%tracker login --strategy exchange").error[0] == "LoginRefused"


def test_an_internal_installation_has_no_organisation(lonely_kernel, demo, set_environ):
    """An installation without organisations gets no organisation header."""
    demo.access.internal = True
    try:
        set_environ(TRACKER_TOKEN=demo.access.token)
        cell = lonely_kernel.run("%tracker login --strategy env")
    finally:
        demo.access.internal = False
    assert "no organisation" in cell.shown
    assert not {name.lower() for name in demo.journal[-1].headers} & {"x-org-id", "x-cloud-org-id"}


def test_a_lost_connection_does_not_end_the_wait_for_a_device(text_kernel, demo):
    """Polling continues after lost replies and failures of the server."""
    demo.access.switches = Switches(device_interval_s=1, device_approve_after=3)
    demo.behaviour.faults += [Fault("drop", "/token"), Fault("html", "/token", status=502)]
    typed = [demo.access.org_id, "1", demo.access.client_id, demo.access.client_secret]
    cell = text_kernel.run("%tracker login --strategy device", answers=typed)
    assert cell.error is None
