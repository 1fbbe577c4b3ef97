"""Every way to a login that needs no typing, through a real kernel against the embedded services."""

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
def put(lonely_kernel):
    """Sets names in the environment of the kernel."""

    def puts(**names: str) -> None:
        assert lonely_kernel.run(f"os.environ.update({names!r})").error is None

    return puts


@pytest.fixture
def account(demo):
    """A service account with a key: its id, the key's id, the private text as `yc` writes it."""
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
def test_each_name_of_the_environment_logs_in(lonely_kernel, demo, put, name, kind):
    """Without a question; `me` says which name it was, never its value; the word before the token fits it."""
    token = tokens(demo)[kind]
    put(**{name: token, "YANDEX_TRACKER_CLOUD_ORG_ID": demo.access.cloud_org_id})
    for code in ("%tracker login --strategy env", "%tracker me"):
        cell = lonely_kernel.run(code)
        assert f"token from environment: {name}" in cell.shown
        assert token not in str(cell.outputs)
    word = "OAuth" if kind == "oauth" else "Bearer"
    assert demo.journal[-1].headers["Authorization"] == f"{word} {token}"


def test_a_name_that_somebody_renews_is_read_anew(lonely_kernel, demo, put):
    """YC_TOKEN of a DataSphere environment changes under a running session."""
    put(YC_TOKEN=tokens(demo)["iam"], TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    lonely_kernel.run("%tracker count Queue: DEV")
    newer = tokens(demo)["iam"]
    put(YC_TOKEN=newer)
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    assert demo.journal[-1].headers["Authorization"] == f"Bearer {newer}"


def test_without_a_login_every_way_names_the_variables(lonely_kernel):
    """Nobody can answer: the error comes at once."""
    typed = [f"%tracker login --strategy {name}" for name in ("device", "code", "token", "iam")]
    lonely_kernel.run("%tracker")
    for code in ("%tracker login", "%tracker Queue: DEV", "%tracker login --strategy env", *typed):
        cell = lonely_kernel.run(code)
        assert cell.error[0] == "NotLoggedIn"
        assert "TRACKER_TOKEN" in cell.error[1]
        assert cell.seconds < 1


def test_a_strategy_means_that_one_alone(lonely_kernel, demo, put):
    """A token in the environment does not help `stored`."""
    put(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    assert "no stored profile" in lonely_kernel.run("%tracker login --strategy stored").error[1]
    assert lonely_kernel.run("%tracker login --strategy nonsense").error[0] == "BadOption"


def test_a_saved_login_serves_the_next_kernel(lonely_kernel, demo, put, tmp_path):
    """Saved from the environment, in a file born 0600 in a folder of 0700; a query finds it; logout removes it."""
    put(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
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


def test_a_name_that_hides_a_saved_login_is_told(lonely_kernel, demo, put):
    """Both are there: the environment wins, and says so, also on a first query."""
    put(TRACKER_TOKEN=demo.access.token, TRACKER_ORG_ID=demo.access.org_id)
    lonely_kernel.run("%tracker login --strategy env --save file")
    hides = "environment: TRACKER_TOKEN hides the stored profile 'default'"
    assert hides in lonely_kernel.run("%tracker login --strategy env").shown
    lonely_kernel.run("%unload_ext tracker_magic\n%load_ext tracker_magic")
    assert hides in lonely_kernel.run("%tracker count Queue: DEV").shown
    assert hides in lonely_kernel.run("%tracker me").shown


def test_a_profile_that_is_a_link_is_refused(lonely_kernel, tmp_path):
    """Nobody slips another file in."""
    (tmp_path / "home" / "profiles").mkdir(parents=True)
    (tmp_path / "home" / "profiles" / "default.json").symlink_to(tmp_path / "elsewhere.json")
    assert "is a link" in lonely_kernel.run("%tracker login --strategy stored").error[1]


def stub(tmp_path, put, script: str) -> None:
    """A program `yc` that comes first on the kernel's PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "yc").write_text("#!/bin/sh\n" + textwrap.dedent(script))
    (folder / "yc").chmod(0o755)
    put(PATH=f"{folder}:{os.environ['PATH']}")


def test_yc_prints_a_token_behind_its_banner(lonely_kernel, demo, put, tmp_path):
    """Its last line is the token; the profile is passed on; it reads nothing."""
    token = tokens(demo)["iam"]
    script = f"""echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/input
    echo "There is a new version of yc! Run yc components update"; echo {token}"""
    stub(tmp_path, put, script)
    cell = lonely_kernel.run(
        f"%tracker login --strategy yc --profile work --cloud-org-id {demo.access.cloud_org_id}", answers=[]
    )
    assert "token from yc iam create-token" in cell.shown
    assert (tmp_path / "arguments").read_text() == "iam create-token --no-user-output --profile work\n"
    assert (tmp_path / "input").read_text() == ""
    refused = lonely_kernel.run(f"%tracker login --strategy yc --save file --cloud-org-id {demo.access.cloud_org_id}")
    assert "asked for anew each time" in refused.error[1]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo secret-words >&2; exit 3", "failed (exit 3)"),
        ("echo You have no profile", "printed no IAM token"),
        ("echo Open https://auth.yandex.cloud in a browser; exit 1", "failed (exit 1)"),
    ],
)
def test_a_yc_that_fails_says_what_to_run(lonely_kernel, put, tmp_path, script, said):
    """Never with what it printed, which may hold anything."""
    stub(tmp_path, put, script)
    error = lonely_kernel.run("%tracker login --strategy yc").error
    assert said in error[1]
    assert "yc init" in error[1]
    assert "secret-words" not in error[1]


def test_a_yc_that_waits_for_a_browser_is_ended(lonely_kernel, put, tmp_path):
    """At the limit, together with what it has started, even where that holds its output open."""
    stub(tmp_path, put, f"sleep 50 & echo $! > {tmp_path}/child; wait")
    code = "from datetime import datetime\nfrom tracker_magic.auth.yc import create_token\n"
    cell = lonely_kernel.run(f"{code}create_token(None, datetime.now(), timeout_s=0.5)")
    assert cell.error[0] == "LoginRefused"
    assert "may be waiting for a browser" in cell.error[1]
    assert cell.seconds < 5
    child = int((tmp_path / "child").read_text())
    assert lonely_kernel.run(f"[line for line in os.popen('ps -o stat= -p {child}') if line[0] != 'Z']").result == "[]"


def test_without_yc_another_way_is_named(lonely_kernel, put, tmp_path):
    """It is a program of its own."""
    put(PATH=str(tmp_path))
    assert "not installed" in lonely_kernel.run("%tracker login --strategy yc").error[1]


@pytest.mark.parametrize("place", ["file", "names"])
def test_a_service_account_gets_in_by_its_key(lonely_kernel, demo, put, account, *, tmp_path, place):
    """From a file or three names; the IAM token is asked anew when the service refuses the old one."""
    made, key = account
    (tmp_path / "key.json").write_text(json.dumps(key))
    names = ("TRACKER_SA_KEY_ID", "TRACKER_SA_SERVICE_ACCOUNT_ID", "TRACKER_SA_PRIVATE_KEY")
    credentials_for = {"TRACKER_SA_KEY_FILE": str(tmp_path / "key.json")}
    put(**(credentials_for if place == "file" else dict(zip(names, key.values(), strict=True))))
    put(TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    cell = lonely_kernel.run("%tracker login --strategy service-account")
    assert f"service account {made.id}" in cell.shown
    assert "PRIVATE KEY" not in str(cell.outputs)
    before = len(demo.journal)
    demo.access.expire(demo.journal[-1].headers["Authorization"].partition(" ")[2])
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    asked = [(seen.path.rsplit("/", 1)[-1], seen.status) for seen in demo.journal[before:]]
    assert asked == [("_count", 401), ("tokens", 200), ("_count", 200)]


def test_a_service_account_that_is_not_let_in_is_told_whom_to_write_to(lonely_kernel, demo, put, account, tmp_path):
    """The key is right and Tracker answers 401: only its support can help, another login cannot."""
    made, key = account
    made.enabled = False
    (tmp_path / "key.json").write_text(json.dumps(key))
    put(TRACKER_SA_KEY_FILE=str(tmp_path / "key.json"), TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    name, said = lonely_kernel.run("%tracker login --strategy service-account").error
    assert name == "NotLoggedIn"
    assert "Tracker's support" in said
    assert "will not help" in said
    assert "run %tracker login" not in said


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [(401, "LoginRefused", "clock"), (400, "LoginRefused", "400"), (403, "LoginRefused", "403")],
)
def test_what_the_iam_service_says_is_told(lonely_kernel, demo, put, account, *, tmp_path, status, error, said):
    """Its words and a cure (AUTH 2.2.6)."""
    (tmp_path / "key.json").write_text(json.dumps(account[1]))
    put(TRACKER_SA_KEY_FILE=str(tmp_path / "key.json"), TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    demo.access.switches = Switches(iam_error=status)
    found = lonely_kernel.run("%tracker login --strategy service-account").error
    assert found[0] == error
    assert said in found[1]


@pytest.mark.parametrize(("text", "said"), [("{}", "not an authorised key"), ("", "not an authorised key")])
def test_a_file_that_is_no_key_is_named_as_such(lonely_kernel, put, tmp_path, text, said):
    """With how to make one."""
    (tmp_path / "key.json").write_text(text)
    put(TRACKER_SA_KEY_FILE=str(tmp_path / "key.json"), TRACKER_CLOUD_ORG_ID="bpf1")
    error = lonely_kernel.run("%tracker login --strategy service-account").error
    assert said in error[1]
    assert "yc iam key create" in error[1]


def test_the_metadata_service_is_asked_past_any_proxy(lonely_kernel, demo, put):
    """The machine's own account, and that is said; a proxy in the environment is not used."""
    put(http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9", TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    cell = lonely_kernel.run("%tracker login --strategy metadata")
    lonely_kernel.run("del os.environ['http_proxy'], os.environ['HTTP_PROXY']")
    robot = demo.world.users[demo.access.account.uid]
    assert f"{robot.display} ({robot.login})" in cell.shown
    assert "act as this machine's service account, not as you" in cell.shown


@pytest.mark.parametrize(
    ("switch", "address", "said"),
    [({"metadata_account": False}, None, "no service account is linked"), ({}, "http://127.0.0.1:9", "no metadata")],
)
def test_a_machine_without_metadata_says_so(lonely_kernel, demo, put, *, switch, address, said):
    """No account linked, or no such service; soon."""
    demo.access.switches = Switches(**switch)
    put(TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id, **({"TRACKER_METADATA_BASE_URL": address} if address else {}))
    cell = lonely_kernel.run("%tracker login --strategy metadata")
    assert said in cell.error[1]
    assert cell.seconds < 5


def test_an_oauth_token_is_exchanged_and_marked_as_going_away(lonely_kernel, demo, put):
    """Bearer from then on; withdrawn: the service's own words."""
    put(TRACKER_TOKEN=demo.access.token, TRACKER_CLOUD_ORG_ID=demo.access.cloud_org_id)
    cell = lonely_kernel.run("%tracker login --strategy exchange")
    assert "withdrawing this exchange" in cell.shown
    assert demo.journal[-1].headers["Authorization"].startswith("Bearer t1.")
    demo.access.switches = Switches(passport_exchange=False)
    assert lonely_kernel.run("%tracker login --strategy exchange").error[0] == "LoginRefused"


def test_the_internal_variant_has_no_organisation(lonely_kernel, demo, put):
    """Its own address, no organisation header."""
    demo.access.internal = True
    try:
        put(TRACKER_TOKEN=demo.access.token)
        cell = lonely_kernel.run("%tracker login --strategy env")
    finally:
        demo.access.internal = False
    assert "no organisation" in cell.shown
    assert not {name.lower() for name in demo.journal[-1].headers} & {"x-org-id", "x-cloud-org-id"}


def test_a_lost_connection_does_not_end_the_wait_for_a_device(text_kernel, demo):
    """Lost answers and a server's failure are survived; the code stays good."""
    demo.access.switches = Switches(device_interval_s=1, device_approve_after=3)
    demo.behaviour.faults += [Fault("drop", "/token"), Fault("html", "/token", status=502)]
    typed = [demo.access.org_id, "1", demo.access.client_id, demo.access.client_secret]
    cell = text_kernel.run("%tracker login --strategy device", answers=typed)
    assert cell.error is None
