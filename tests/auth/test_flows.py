"""The login flows that need a person, end to end against the embedded services over real HTTP."""

from datetime import timedelta

import pytest

from tracker_magic.auth import Organisation
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, TokenFlow, save_login
from tracker_magic.auth.oauth import App
from tracker_magic.errors import BadOption, LoginError, LoginExpired, LoginRefused, NotLoggedIn, UnexpectedReply
from tracker_magic.secret import Secret

DEVICE = "/device/code"


@pytest.fixture
def org(machine):
    """The organisation of Yandex 360."""
    return Organisation(machine.access.org_id, "360")


class SimulatedWait:
    """Replaces waiting: each wait advances the clock, and `at_3=action` runs an action at the third one."""

    def __init__(self, machine, **actions):
        self.machine, self.actions, self.seconds = machine, actions, []

    def __call__(self, seconds):
        """Record the wait and advance the clock."""
        self.seconds.append(seconds)
        self.machine.advance(seconds=seconds)
        self.actions.get(f"at_{len(self.seconds)}", lambda: None)()


def start_device_login(machine, org, app=None, **actions):
    """Begin a device login; return its simulated wait, and a function that finishes it."""
    flow = DeviceFlow(machine.context, app or machine.app, org)
    code = flow.begin()
    bound = {name: (lambda action=action: action(code)) for name, action in actions.items()}
    wait = SimulatedWait(machine, **bound)
    return wait, lambda: flow.finish(code, wait)


def test_a_device_login_finishes_by_itself(machine, org):
    """The device flow polls until the person has typed the code, and then the login works and can be renewed."""
    wait, finish = start_device_login(machine, org, at_3=lambda code: machine.type_code(code.user_code))
    credentials = finish()
    assert wait.seconds == [5.0] * 3
    assert len(machine.requests_to()) == 3
    assert machine.me(credentials).source == "device code"
    assert credentials.login.renewable
    assert "scope" not in machine.requests_to(DEVICE)[0].query


def test_slow_down_lengthens_the_polling_interval(machine, org):
    """Each slow_down adds five seconds to every later wait."""
    machine.switches.device_interval_s = 5
    machine.switches.device_slow_down = True
    flow = DeviceFlow(machine.context, machine.app, org)
    code = flow.begin()
    machine.switches.device_interval_s = 12
    wait = SimulatedWait(machine, at_4=lambda: machine.type_code(code.user_code))
    assert flow.finish(code, wait)
    assert wait.seconds == [5.0, 5.0, 10.0, 15.0]


@pytest.mark.parametrize("kind", ["drop", "cut", "html", "empty", "status"])
def test_a_device_login_survives_temporary_failures(machine, org, kind):
    """Broken connections, foreign replies and server errors do not end the polling."""
    wait, finish = start_device_login(machine, org, at_4=lambda code: machine.type_code(code.user_code))
    machine.add_fault(kind, times=3)
    assert machine.me(finish()).login
    assert len(wait.seconds) == 4


def test_a_denied_device_login_ends(machine, org):
    """The polling ends as soon as the person has denied access."""
    wait, finish = start_device_login(machine, org, at_2=lambda code: machine.type_code(code.user_code, "deny"))
    with pytest.raises(LoginRefused, match="denied"):
        finish()
    assert len(wait.seconds) == 2


def test_a_device_code_that_nobody_types_expires(machine, org):
    """The client stops by its own clock and does not poll for an expired code."""
    wait, finish = start_device_login(machine, org)
    with pytest.raises(LoginExpired, match="expired") as excinfo:
        finish()
    assert sum(wait.seconds) == 300
    assert len(machine.requests_to()) == len(wait.seconds) - 1
    assert "new code" in excinfo.value.hint


def test_a_device_code_that_the_service_has_forgotten_expires(machine, org):
    """The service's invalid_grant ends the polling."""
    _, finish = start_device_login(machine, org, at_2=lambda _code: machine.access.devices.clear())
    with pytest.raises(LoginExpired):
        finish()


def test_a_device_login_can_be_cancelled(machine, org):
    """What the wait raises ends the polling: nothing more is sent."""

    class PersonGaveUpError(Exception):
        pass

    def give_up(_code):
        raise PersonGaveUpError

    _, finish = start_device_login(machine, org, at_2=give_up)
    with pytest.raises(PersonGaveUpError):
        finish()
    assert len(machine.requests_to()) == 1


def test_a_device_login_without_the_app_secret_says_that_it_is_missing(machine, org):
    """A service that needs the app's secret is reported with a hint that names it; otherwise no secret is needed."""
    _, finish = start_device_login(machine, org, machine.public_app)
    with pytest.raises(LoginRefused, match="secret is missing") as excinfo:
        finish()
    assert "TRACKER_CLIENT_SECRET" in excinfo.value.hint
    machine.switches.device_secretless = machine.switches.secretless = True
    _, finish = start_device_login(
        machine, org, machine.public_app, at_1=lambda code: machine.type_code(code.user_code)
    )
    assert machine.me(finish()).login


def test_a_device_login_that_cannot_begin_says_why(machine, org):
    """An unknown app and a reply that is not JSON are reported when the code is requested."""
    with pytest.raises(LoginRefused, match="app is unknown"):
        DeviceFlow(machine.context, App("nobody"), org).begin()
    machine.add_fault("html", DEVICE, status=200)
    with pytest.raises(UnexpectedReply, match="did not answer with JSON"):
        DeviceFlow(machine.context, machine.app, org).begin()


@pytest.mark.parametrize("form", ["digits", "letters"])
@pytest.mark.parametrize("app", ["app", "public_app"])
def test_a_confirmation_code_logs_in(machine, org, form, app):
    """A code of either form logs in, with the app's secret and without, pasted as the page's address."""
    machine.switches.code_form = form
    flow = CodeFlow(machine.context, getattr(machine, app), org)
    credentials = flow.finish(machine.visit(flow.link))
    assert machine.me(credentials).source == "confirmation code"
    assert credentials.login.token().expires_at == machine.now + timedelta(seconds=machine.switches.token_lifetime_s)


def test_a_right_code_works_after_wrong_ones(machine, org):
    """The flow accepts another paste after a failure: its link and its PKCE verifier stay valid."""
    flow = CodeFlow(machine.context, machine.public_app, org)
    for pasted, error_class, message in [
        ("nonsense", LoginRefused, "not a confirmation code"),
        ("1234567", LoginExpired, "wrong, was used already"),
        ("", BadOption, "no code"),
    ]:
        with pytest.raises(error_class, match=message):
            flow.finish(Secret(pasted))
    page = machine.visit(flow.link)
    assert machine.me(flow.finish(Secret(page))).login
    with pytest.raises(LoginExpired, match="used already"):
        flow.finish(page)


def test_an_old_code_has_expired(machine, org):
    """A confirmation code expires after ten minutes."""
    flow = CodeFlow(machine.context, machine.public_app, org)
    page = machine.visit(flow.link)
    machine.advance(minutes=10)
    with pytest.raises(LoginExpired, match="has expired"):
        flow.finish(page)


def test_a_code_of_another_login_is_refused_before_it_is_sent(machine, org):
    """The state reveals an address of another login; the PKCE verifier prevents the use of its bare code."""
    mine, other = CodeFlow(machine.context, machine.public_app, org), CodeFlow(machine.context, machine.public_app, org)
    page = machine.visit(other.link)
    with pytest.raises(LoginRefused, match="another login"):
        mine.finish(page)
    assert machine.requests_to() == []
    with pytest.raises(LoginExpired):
        mine.finish(page.partition("code=")[2].partition("&")[0])


@pytest.mark.parametrize(("consent", "message"), [("deny", "denied"), ("moderation", "moderation")])
def test_a_refusal_in_the_address_is_reported(machine, org, consent, message):
    """The address of the page carries the refusal, both for codes and for tokens."""
    machine.switches.consent = consent
    for flow in (CodeFlow(machine.context, machine.app, org), TokenFlow(machine.context, machine.app, org)):
        with pytest.raises(LoginRefused, match=message):
            flow.finish(machine.visit(flow.link))


def test_an_app_that_needs_its_secret_says_so(machine, org):
    """After set_client_secret the same link and code can be used."""
    machine.switches.secretless = False
    flow = CodeFlow(machine.context, machine.public_app, org)
    page = machine.visit(flow.link)
    with pytest.raises(LoginRefused, match="secret is missing") as excinfo:
        flow.finish(page)
    assert excinfo.value.oauth_error == "invalid_client"
    flow.set_client_secret(machine.app.secret)
    assert machine.me(flow.finish(page)).login


@pytest.mark.parametrize("error", ["invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"])
def test_each_error_of_the_token_service_reaches_the_person(machine, org, error):
    """Each error code of the token service is the oauth_error of a LoginRefused with a hint."""
    flow = CodeFlow(machine.context, machine.app, org)
    page = machine.visit(flow.link)
    machine.switches.token_error = error
    with pytest.raises(LoginRefused) as excinfo:
        flow.finish(page)
    assert excinfo.value.oauth_error == error
    assert excinfo.value.hint


def test_a_pasted_token_logs_in(machine, org):
    """A token is accepted bare or in an address, and can be revoked where an app is known."""
    flow = TokenFlow(machine.context, machine.app, org)
    page = machine.visit(flow.link)
    credentials = flow.finish(page)
    assert machine.me(credentials).source == "pasted token"
    assert credentials.login.expires_at == machine.now + timedelta(days=365)
    assert not credentials.login.renewable
    bare = TokenFlow(machine.context, None, org)
    assert bare.link == ""
    token = page.partition("access_token=")[2].partition("&")[0]
    assert machine.me(bare.finish(token)).login
    assert not bare.finish(token).login.revoke()
    assert credentials.login.revoke()
    with pytest.raises(NotLoggedIn):
        machine.me(credentials)


def test_a_wrong_token_is_rejected_by_signed_in(machine, org):
    """A pasted token is tried only when a Tracker signs in with it."""
    with pytest.raises(NotLoggedIn, match="pasted token"):
        machine.me(TokenFlow(machine.context, None, org).finish("y0_" + "x" * 58))


def test_a_pasted_iam_token_logs_in(machine):
    """IamFlow sends its token as Bearer and refuses any other kind; TokenFlow accepts both kinds."""
    flow = IamFlow(machine.context, Organisation(machine.access.cloud_org_id, "cloud"))
    iam = machine.access.issue_iam(machine.access.me)
    assert machine.me(flow.finish(f" {iam}\n")).source == "pasted IAM token"
    with pytest.raises(BadOption, match="not an IAM token") as excinfo:
        flow.finish(machine.access.token)
    assert "yc iam create-token" in excinfo.value.hint
    both = TokenFlow(machine.context, None, Organisation(machine.access.cloud_org_id, "cloud"))
    assert machine.me(both.finish(iam)).login


def test_a_login_is_revoked_where_the_service_allows_it(machine, org):
    """Only a token with a device, of the same app, can be revoked; for others the error says why."""
    wait, finish = start_device_login(machine, org, at_1=lambda code: machine.type_code(code.user_code))
    credentials = finish()
    assert wait.seconds
    assert credentials.login.revoke()
    assert credentials.login.revoke(), "a second time is no error"
    other = machine.access.issue(machine.access.me)
    for token, app, message in [
        (other, machine.app, "cannot be revoked"),
        (other, machine.access.add_app("x"), "wrong"),
    ]:
        own_app = App(app.client_id, Secret(app.secret) if isinstance(app.secret, str) else app.secret)
        flow = TokenFlow(machine.context, own_app, org)
        with pytest.raises((LoginRefused, LoginExpired), match=message):
            flow.finish(token).login.revoke()


def test_a_stored_login_renews_itself_in_its_storage(machine, org):
    """A stored login refreshes its token before it expires and stores the new one."""
    machine.switches.token_lifetime_s = 3600
    flow = CodeFlow(machine.context, machine.public_app, org)
    credentials = save_login(machine.context, flow.finish(machine.visit(flow.link)), "ivanov", "file", "work")
    assert credentials.profile == "work"
    first = machine.context.profiles.load("work").token
    machine.advance(minutes=58)
    assert machine.me(credentials).source == "profile work"
    second = machine.context.profiles.load("work").token
    assert second.refresh != first.refresh
    assert second.expires_at == machine.now + timedelta(hours=1)


def test_a_home_that_cannot_be_written_to_blocks_only_saving(machine, org, tmp_path):
    """A login that is not saved needs no folder: the id of the installation then lasts as long as the process."""
    (tmp_path / "file").touch()
    context = machine.set(TRACKER_HOME=str(tmp_path / "file" / "home"))
    flow = CodeFlow(context, machine.app, org)
    credentials = flow.finish(machine.visit(flow.link))
    assert machine.me(credentials).source == "confirmation code"
    with pytest.raises(LoginError, match="cannot be written") as excinfo:
        save_login(context, credentials, "me", "file")
    assert excinfo.value.reason == "storage_not_writable"
