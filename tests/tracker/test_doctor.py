"""`Tracker.doctor` and what it finds if something is wrong; no check raises, and none shows a secret."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tracker_magic import connect, errors
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Fault
from tracker_magic.secret import Secret
from tracker_magic.tracker.doctor import as_text, examine, findings_frame

CHECKS = [
    *("network", "proxy", "certificate", "clock", "environment", "token", "organisation", "rights", "versions"),
]
CLEAN = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def environment(demo, monkeypatch, tmp_path):
    """An environment without proxies and credentials."""
    for name in (*CLEAN, *map(str.lower, CLEAN), *demo.names):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_HOME", str(tmp_path))
    return monkeypatch


@dataclass
class Examination:
    """What was found, by check."""

    frame: object
    result: dict = field(init=False)
    found: dict = field(init=False)
    cure: dict = field(init=False)

    def __post_init__(self):
        for name in ("result", "found", "cure"):
            setattr(self, name, dict(zip(self.frame["check"], self.frame[name], strict=True)))


def test_a_working_login_is_ok(tracker, demo):
    """Each check is one row; with a working login all are ok, after four requests of which one has no token."""
    examination = Examination(tracker.doctor())
    assert list(examination.frame.columns) == ["check", "result", "found", "cure"]
    assert list(examination.frame["check"]) == CHECKS
    assert set(examination.frame["result"]) == {"ok"}
    assert examination.found["organisation"] == f"X-Org-ID: {demo.access.org_id}"
    assert demo.world.users[demo.world.me].login in examination.found["rights"]
    assert "pandas" in examination.found["versions"]
    assert [request.path for request in demo.journal] == [
        "/v3/myself", "/v3/myself", "/v3/queues", "/v3/issues/_search",
    ]  # fmt: skip
    assert "Authorization" not in demo.journal[0].headers


@pytest.mark.parametrize(
    ("path", "status"),
    [*(("myself", status) for status in (401, 403, 404, 429, 500)), ("queues", 403), ("queues", 500), ("_search", 429)],
)
def test_whatever_the_service_answers_is_a_row(tracker, demo, path, status):
    """An error of the service at any request is a failed check with a cure, never an exception."""
    demo.behaviour.faults.append(Fault("status", path=path, status=status, times=100))
    examination = Examination(tracker.doctor(timeout=0.5))
    assert list(examination.frame["check"]) == CHECKS
    assert "failed" in examination.result.values()
    assert all(cure for check, cure in examination.cure.items() if examination.result[check] == "failed")


def test_an_unreachable_service_is_a_failed_network(make):
    """If nothing listens, the network failed, with its cause, and what depends on it was not checked."""
    examination = Examination(make(base_url="http://127.0.0.1:9").doctor())
    assert examination.result["network"] == "failed"
    assert "Connection refused" in examination.found["network"]
    assert "HTTPS_PROXY" in examination.cure["network"]
    assert {examination.found[check] for check in ("clock", "organisation", "rights")} == {"not checked"}


def test_a_silent_service_is_given_up(tracker, demo):
    """A service that does not answer is given up after the time limit of a step."""
    demo.behaviour.faults.append(Fault("slow", path="queues", seconds=30.0, times=100))
    started = time.monotonic()
    assert Examination(tracker.doctor(timeout=0.2)).result["rights"] == "failed"
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("timeout", [-1, 0, "x", float("nan"), float("-inf")])
def test_a_wrong_time_limit_is_refused(tracker, demo, timeout):
    """A time limit that is no number above zero is an error, as with every other method; nothing is sent."""
    with pytest.raises(errors.BadOption, match="a timeout must be"):
        tracker.doctor(timeout=timeout)
    assert not demo.journal


@pytest.mark.parametrize("timeout", [1e12, float("inf")])
def test_an_enormous_time_limit_is_none(tracker, timeout):
    """A time limit that no socket can have is the same as none, as with every other method."""
    assert set(tracker.doctor(timeout=timeout)["result"]) == {"ok"}


def test_a_proxy_is_named_without_its_password(make, environment):
    """The proxy that applies is named, and a failure of it is a row of its own; its password is in no row."""
    environment.setenv("HTTPS_PROXY", "http://somebody:secret-word@127.0.0.1:9")
    examination = Examination(make(base_url="https://tracker.invalid").doctor())
    assert examination.result["proxy"] == "failed"
    assert "HTTPS_PROXY" in examination.cure["proxy"]
    assert "secret-word" not in as_text(examination.frame)


def test_an_unreadable_ca_bundle_is_a_failed_certificate(make, environment, tmp_path):
    """A CA bundle that cannot be read is about the certificate, and its variable is named."""
    environment.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    examination = Examination(make(base_url="https://127.0.0.1:9").doctor())
    assert examination.result["certificate"] == "failed"
    assert "REQUESTS_CA_BUNDLE" in examination.cure["certificate"]


def test_another_program_is_not_taken_for_tracker(tracker, demo):
    """An HTML page, as login pages of networks send it, is a warning that says so."""
    demo.behaviour.faults.append(Fault("html", path="myself", status=200, times=100))
    examination = Examination(tracker.doctor())
    assert examination.result["network"] == "warning"
    assert "login page" in examination.cure["network"]


@pytest.mark.parametrize(("ahead_s", "found"), [(3600, "behind"), (-3600, "ahead of"), (None, "does not say")])
def test_a_wrong_clock_is_a_warning(tracker, demo, ahead_s, found):
    """A difference of more than a minute to the service's time is said, with its direction."""
    demo.behaviour.clock_ahead_s = ahead_s
    examination = Examination(tracker.doctor())
    assert examination.result["clock"] == "warning"
    assert found in examination.found["clock"]


def test_a_rejected_token_failed(make):
    """A token that the service does not accept is a failed check with what to do."""
    examination = Examination(make(token="y0_" + "x" * 58).doctor())
    assert examination.result["token"] == "failed"
    assert examination.found["token"].startswith("OAuth token from argument")
    assert "login" in examination.cure["token"]


def test_the_expiry_of_a_token_is_shown(make, demo):
    """The token's kind, source and expiry are shown; one that expires soon and is not renewed is a warning."""
    secret = Secret(demo.names["TRACKER_TOKEN"])
    organisation = Organisation(demo.access.org_id, "360")
    for days, result in ((3, "warning"), (300, "ok")):
        until = demo.access.clock().replace(microsecond=0) + timedelta(days=days)
        login = Login(Token(secret, expires_at=until), "somewhere")
        examination = Examination(make(login=(login, organisation)).doctor())
        assert examination.result["token"] == result
        assert f"{until:%Y-%m-%d %H:%M}" in examination.found["token"]


def test_the_other_kind_of_organisation_is_tried(make, demo):
    """If the id is refused, the row says whether it works as the other kind, and what to type then."""
    examination = Examination(make(org_id=demo.access.cloud_org_id).doctor())
    assert examination.result["organisation"] == "failed"
    assert "but X-Cloud-Org-ID works" in examination.found["organisation"]
    assert f"--cloud-org-id {demo.access.cloud_org_id}" in examination.cure["organisation"]
    neither = Examination(make(org_id="12345").doctor())
    assert "and so is X-Cloud-Org-ID" in neither.found["organisation"]


def test_a_missing_organisation_is_named(demo, environment):
    """A token without an organisation is a warning that names both variables."""
    environment.setenv("TRACKER_TOKEN", demo.names["TRACKER_TOKEN"])
    environment.setenv("TRACKER_API_BASE_URL", demo.url)
    with connect() as tracker:
        examination = Examination(tracker.doctor())
    assert "neither TRACKER_ORG_ID nor TRACKER_CLOUD_ORG_ID" in examination.found["environment"]
    assert "TRACKER_ORG_ID" in examination.cure["organisation"]


def test_a_login_that_sees_no_queue_is_a_warning(tracker, demo):
    """A login that may read nothing is told to ask for access."""
    demo.behaviour.faults.append(Fault("shape", path="queues", body=[], times=100))
    assert Examination(tracker.doctor()).result["rights"] == "warning"


def test_without_a_login_the_rest_is_checked(demo, environment):
    """Without a login the row of the token says why, and the network is checked nevertheless."""
    environment.setenv("TRACKER_API_BASE_URL", demo.url)
    with pytest.raises(errors.NotLoggedIn) as caught:
        connect()
    examination = Examination(findings_frame(examine(None, caught.value)))
    assert list(examination.frame["check"]) == CHECKS
    assert examination.result["network"] == "ok"
    assert examination.result["token"] == "failed"
    assert "TRACKER_TOKEN" in examination.cure["token"]


def test_a_wrong_address_is_a_row(environment):
    """An address that cannot be used is what failed."""
    environment.setenv("TRACKER_API_BASE_URL", "nonsense")
    examination = Examination(findings_frame(examine(None)))
    assert examination.result["network"] == "failed"
    assert "TRACKER_API_BASE_URL" in examination.found["network"]


class ChattyProvider(TokenProvider):
    """A provider whose error repeats the token."""

    is_renewable = True

    def renew(self, token):
        """Fail."""
        raise errors.LoginRefused(f"no token after {token.secret.reveal()}", hint="Log in again.")


def test_no_secret_is_in_any_row(make, demo, environment):
    """Whatever fails, no row has the token, the app's secret or another value of a variable."""
    for name, value in demo.names.items():
        environment.setenv(name, value)
    token = Secret(demo.names["TRACKER_TOKEN"])
    organisation = Organisation(demo.access.org_id, "360")
    login = Login(Token(token, expires_at=demo.access.clock()), "somewhere", ChattyProvider())
    for tracker in (make(), make(login=(login, organisation))):
        text = as_text(tracker.doctor())
        for name in ("TRACKER_TOKEN", "TRACKER_CLIENT_SECRET"):
            assert demo.names[name][4:] not in text
            assert name in text


def test_the_text_fits_a_report(make):
    """The text has no line above 80 columns, and every cure follows its check."""
    frame = make(base_url="http://127.0.0.1:9").doctor()
    lines = as_text(frame).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("→" in line for line in lines) == sum(frame["cure"] != "")
