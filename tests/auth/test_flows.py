"""The ways to a login that need a person, end to end against the embedded services over real HTTP."""

import threading
from datetime import timedelta

import pytest

from tracker_magic.auth import Organisation
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, TokenFlow, save_login
from tracker_magic.auth.oauth import App
from tracker_magic.errors import BadOption, LoginExpired, LoginRefused, NotLoggedIn, UnexpectedReply
from tracker_magic.secret import Secret

DEVICE = "/device/code"


@pytest.fixture
def org(place):
    """The organisation of Yandex 360."""
    return Organisation(place.access.org_id, "360")


class Waits:
    """Time as the flow waits: the clock moves on, and at the n-th wait something happens."""

    def __init__(self, place, **happens):
        self.place, self.happens, self.seconds = place, happens, []

    def __call__(self, _stop, seconds):
        """Wait, without waiting."""
        self.seconds.append(seconds)
        self.place.later(seconds=seconds)
        self.happens.get(f"at_{len(self.seconds)}", lambda: None)()


def finished(place, org, app=None, **happens):
    """A device login to its end: the waits, and what it gave or raised."""
    flow = DeviceFlow(place.context, app or place.app, org)
    code, stop = flow.begin(), threading.Event()
    steps = {name: (lambda step=step: step(code, stop)) for name, step in happens.items()}
    waits = Waits(place, **steps)
    return waits, lambda: flow.finish(code, stop, waits)


def test_a_device_login_finishes_by_itself(place, org):
    """Pending until the person has typed the code; then who they are."""
    waits, finish = finished(place, org, at_3=lambda code, _: place.type_code(code.user_code))
    found = finish()
    assert waits.seconds == [5.0] * 3
    assert len(place.asked()) == 3
    assert place.me(found).source == "device code"
    assert found.login.renewable
    assert "scope" not in place.asked(DEVICE)[0].query


def test_a_device_login_goes_slower_when_told(place, org):
    """Each slow_down adds five seconds to every later wait."""
    place.switches.device_interval_s = 5
    place.switches.device_slow_down = True
    flow = DeviceFlow(place.context, place.app, org)
    code, stop = flow.begin(), threading.Event()
    place.switches.device_interval_s = 12
    waits = Waits(place, at_4=lambda: place.type_code(code.user_code))
    assert flow.finish(code, stop, waits)
    assert waits.seconds == [5.0, 5.0, 10.0, 15.0]


@pytest.mark.parametrize("kind", ["drop", "cut", "html", "empty", "status"])
def test_a_device_login_survives_what_passes(place, org, kind):
    """Broken connections, pages of proxies, a service that is down."""
    waits, finish = finished(place, org, at_4=lambda code, _: place.type_code(code.user_code))
    place.fault(kind, times=3)
    assert place.me(finish()).login
    assert len(waits.seconds) == 4


def test_a_device_login_that_is_denied_ends(place, org):
    """At once, with the service's reason."""
    waits, finish = finished(place, org, at_2=lambda code, _: place.type_code(code.user_code, "deny"))
    with pytest.raises(LoginRefused, match="denied"):
        finish()
    assert len(waits.seconds) == 2


def test_a_device_login_that_nobody_types_runs_out(place, org):
    """By the client's own clock; the service is not asked about a dead code."""
    waits, finish = finished(place, org)
    with pytest.raises(LoginExpired, match="run out") as caught:
        finish()
    assert sum(waits.seconds) == 300
    assert len(place.asked()) == len(waits.seconds) - 1
    assert "new code" in caught.value.hint


def test_a_device_login_that_the_service_has_forgotten_runs_out(place, org):
    """Its invalid_grant ends the wait."""
    _, finish = finished(place, org, at_2=lambda _code, _stop: place.access.devices.clear())
    with pytest.raises(LoginExpired):
        finish()


def test_a_device_login_can_be_given_up(place, org):
    """Nothing is asked after that."""
    _, finish = finished(place, org, at_2=lambda _, stop: stop.set())
    with pytest.raises(LoginRefused, match="given up"):
        finish()
    assert len(place.asked()) == 1


def test_a_device_login_ends_its_wait_when_stopped(place, org):
    """The real wait is the event's own: stopping does not wait for the interval."""
    flow, stop = DeviceFlow(place.context, place.app, org), threading.Event()
    code = flow.begin()
    caught = []

    def finish():
        try:
            flow.finish(code, stop)
        except LoginRefused as refused:
            caught.append(refused)

    thread = threading.Thread(target=finish)
    thread.start()
    stop.set()
    thread.join(3)
    assert not thread.is_alive()
    assert len(caught) == 1


def test_a_device_login_without_the_secret_says_that_it_is_missing(place, org):
    """And works where the service does without."""
    _, finish = finished(place, org, place.public)
    with pytest.raises(LoginRefused, match="secret is missing") as caught:
        finish()
    assert "TRACKER_CLIENT_SECRET" in caught.value.hint
    place.switches.device_secretless = place.switches.secretless = True
    _, finish = finished(place, org, place.public, at_1=lambda code, _: place.type_code(code.user_code))
    assert place.me(finish()).login


def test_a_device_login_that_cannot_begin_says_why(place, org):
    """An unknown app, a service that answers with a page."""
    with pytest.raises(LoginRefused, match="app is unknown"):
        DeviceFlow(place.context, App("nobody"), org).begin()
    place.fault("html", DEVICE, status=200)
    with pytest.raises(UnexpectedReply, match="something else than JSON"):
        DeviceFlow(place.context, place.app, org).begin()


@pytest.mark.parametrize("form", ["digits", "letters"])
@pytest.mark.parametrize("app", ["app", "public"])
def test_a_confirmation_code_logs_in(place, org, form, app):
    """Of either form, with a secret and without, pasted as the page's address."""
    place.switches.code_form = form
    flow = CodeFlow(place.context, getattr(place, app), org)
    found = flow.finish(place.visit(flow.link))
    assert place.me(found).source == "confirmation code"
    assert found.login.token().expires_at == place.now + timedelta(seconds=place.switches.token_lifetime_s)


def test_a_wrong_code_first_and_then_the_right_one(place, org):
    """The same flow goes on: its link and proof stay good."""
    flow = CodeFlow(place.context, place.public, org)
    for wrong, kind, said in [
        ("nonsense", LoginRefused, "not a confirmation code"),
        ("1234567", LoginExpired, "wrong, used already"),
        ("", BadOption, "no code"),
    ]:
        with pytest.raises(kind, match=said):
            flow.finish(Secret(wrong))
    page = place.visit(flow.link)
    assert place.me(flow.finish(Secret(page))).login
    with pytest.raises(LoginExpired, match="used already"):
        flow.finish(page)


def test_a_code_that_is_too_old_has_run_out(place, org):
    """After ten minutes."""
    flow = CodeFlow(place.context, place.public, org)
    page = place.visit(flow.link)
    place.later(minutes=10)
    with pytest.raises(LoginExpired, match="has run out"):
        flow.finish(page)


def test_a_code_of_another_login_is_refused_before_it_is_sent(place, org):
    """By its state; a bare code of it by the service, since the verifier is another."""
    mine, other = CodeFlow(place.context, place.public, org), CodeFlow(place.context, place.public, org)
    page = place.visit(other.link)
    with pytest.raises(LoginRefused, match="another login"):
        mine.finish(page)
    assert place.asked() == []
    with pytest.raises(LoginExpired):
        mine.finish(page.partition("code=")[2].partition("&")[0])


@pytest.mark.parametrize(("consent", "said"), [("deny", "denied"), ("moderation", "moderation")])
def test_a_person_or_service_that_says_no(place, org, consent, said):
    """The page's address carries the error, for code and token alike."""
    place.switches.consent = consent
    for flow in (CodeFlow(place.context, place.app, org), TokenFlow(place.context, place.app, org)):
        with pytest.raises(LoginRefused, match=said):
            flow.finish(place.visit(flow.link))


def test_an_app_that_needs_its_secret_says_so(place, org):
    """And goes on with it: the link and the code stay good."""
    place.switches.secretless = False
    flow = CodeFlow(place.context, place.public, org)
    page = place.visit(flow.link)
    with pytest.raises(LoginRefused, match="secret is missing") as caught:
        flow.finish(page)
    assert caught.value.oauth_error == "invalid_client"
    flow.prove(place.app.secret)
    assert place.me(flow.finish(page)).login


@pytest.mark.parametrize("error", ["invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"])
def test_each_error_of_the_token_service_reaches_the_person(place, org, error):
    """As a refusal with its own word."""
    flow = CodeFlow(place.context, place.app, org)
    page = place.visit(flow.link)
    place.switches.token_error = error
    with pytest.raises(LoginRefused) as caught:
        flow.finish(page)
    assert caught.value.oauth_error == error
    assert caught.value.hint


def test_a_pasted_token_logs_in(place, org):
    """As the page's address, which tells its end, and bare; with an app it can be revoked, without it cannot."""
    flow = TokenFlow(place.context, place.app, org)
    page = place.visit(flow.link)
    found = flow.finish(page)
    assert place.me(found).source == "pasted token"
    assert found.login.expires_at == place.now + timedelta(days=365)
    assert not found.login.renewable
    bare = TokenFlow(place.context, None, org)
    assert bare.link == ""
    token = page.partition("access_token=")[2].partition("&")[0]
    assert place.me(bare.finish(token)).login
    assert not bare.finish(token).login.revoke()
    assert found.login.revoke()
    with pytest.raises(NotLoggedIn):
        place.me(found)


def test_a_wrong_token_is_found_out_when_it_is_asked(place, org):
    """`signed_in` asks who it is."""
    with pytest.raises(NotLoggedIn, match="pasted token"):
        place.me(TokenFlow(place.context, None, org).finish("y0_" + "x" * 58))


def test_a_pasted_iam_token_logs_in(place):
    """With its own word; an OAuth token is told apart before it is sent."""
    flow = IamFlow(place.context, Organisation(place.access.cloud_org_id, "cloud"))
    iam = place.access.issue_iam(place.access.me)
    assert place.me(flow.finish(f" {iam}\n")).source == "pasted IAM token"
    with pytest.raises(BadOption, match="no IAM token") as caught:
        flow.finish(place.access.token)
    assert "yc iam create-token" in caught.value.hint
    both = TokenFlow(place.context, None, Organisation(place.access.cloud_org_id, "cloud"))
    assert place.me(both.finish(iam)).login


def test_a_login_is_revoked_where_the_service_can(place, org):
    """A token with a device; one without, and one of another app, say why not."""
    waits, finish = finished(place, org, at_1=lambda code, _: place.type_code(code.user_code))
    found = finish()
    assert waits.seconds
    assert found.login.revoke()
    assert found.login.revoke(), "a second time is no error"
    other = place.access.issue(place.access.me)
    for token, app, said in [(other, place.app, "cannot be revoked"), (other, place.access.add_app("x"), "wrong")]:
        mine = App(app.client_id, Secret(app.secret) if isinstance(app.secret, str) else app.secret)
        flow = TokenFlow(place.context, mine, org)
        with pytest.raises((LoginRefused, LoginExpired), match=said):
            flow.finish(token).login.revoke()


def test_a_remembered_login_renews_itself_where_it_rests(place, org):
    """After a new start the profile alone logs in, refreshes before the end, and rests anew."""
    place.switches.token_lifetime_s = 3600
    flow = CodeFlow(place.context, place.public, org)
    found = save_login(place.context, flow.finish(place.visit(flow.link)), "ivanov", "file", "work")
    assert found.profile == "work"
    first = place.context.profiles.load("work").token
    place.later(minutes=58)
    assert place.me(found).source == "profile work"
    second = place.context.profiles.load("work").token
    assert second.refresh != first.refresh
    assert second.expires_at == place.now + timedelta(hours=1)
