"""The form without a browser: each way to a login, each mistake, against the embedded services."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tracker_magic.auth import LoginContext, Organisation
from tracker_magic.auth.profiles import Profile
from tracker_magic.auth.token import Token
from tracker_magic.errors import BadOption
from tracker_magic.notebook.form import close_forms
from tracker_magic.secret import Secret

NO_APP = ("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET")


def link_of(visitor) -> str:
    """The address of the link that is shown."""
    return unescape(re.findall(r'href="([^"]+)"', visitor.reads("link"))[0])


def test_a_device_code_logs_in_by_itself(visit, demo):
    """The recommended way where the app's secret is known: one click, and whoever confirmed is shown."""
    visitor = visit()
    assert visitor.form._rows["way"].value == "device"
    visitor.clicks("go_on")
    me = demo.world.users[demo.access.me]
    assert visitor.seen == {"who", "log_out"}
    assert me.display in visitor.reads("who")
    assert me.login in visitor.reads("who")
    assert demo.access.org_id in visitor.reads("who")
    assert visitor.opened[0].login.source == "device code"


@pytest.mark.parametrize("whole", [True, False], ids=["the whole address", "the bare code"])
def test_a_confirmation_code(visit, allow, whole):
    """Pasted bare or as the page's address; no secret is needed, and Enter submits."""
    visitor = visit(without=("TRACKER_CLIENT_SECRET",))
    assert visitor.form._rows["way"].value == "code"
    visitor.enters("org")
    visitor.waits()
    assert visitor.seen == {"link", "secret", "submit", "back", "cancel"}
    address = allow(link_of(visitor))
    visitor.enters("secret", address if whole else parse_qs(urlsplit(address).query)["code"][0])
    visitor.waits()
    assert "who" in visitor.seen


def test_a_wrong_code_is_told_and_can_be_mended(visit, allow):
    """What to do stands in the form; the same link serves again."""
    visitor = visit(strategy="code")
    visitor.clicks("go_on")
    visitor.types("secret", "no code at all")
    visitor.waits()
    assert "Copy it again" in visitor.reads("problem")
    visitor.types("secret", allow(link_of(visitor)).replace("state=", "state=x"))
    visitor.waits()
    assert "another login" in visitor.reads("problem")
    visitor.types("secret", allow(link_of(visitor)))
    visitor.waits()
    assert "who" in visitor.seen


def test_an_app_that_wants_its_secret(visit, demo, allow):
    """Where the service says so the form asks for the secret, and the code that was pasted still serves."""
    demo.access.switches.secretless = False
    visitor = visit(without=("TRACKER_CLIENT_SECRET",))
    visitor.clicks("go_on")
    visitor.types("secret", allow(link_of(visitor)))
    visitor.waits()
    assert visitor.form._rows["secret"].description == "The app's secret"
    visitor.types("secret", demo.access.client_secret)
    visitor.waits()
    assert "who" in visitor.seen


def test_a_pasted_token(visit, allow):
    """A debug token, as the whole address with its fragment."""
    visitor = visit()
    visitor.chooses("way", "Paste a token")
    visitor.clicks("go_on")
    visitor.types("secret", allow(link_of(visitor)))
    visitor.waits()
    assert "pasted token" in visitor.reads("who")


def test_a_token_needs_no_app(visit, demo):
    """Whoever has a token pastes it: no ClientID, no link."""
    visitor = visit(without=NO_APP, strategy="token")
    visitor.clicks("go_on")
    assert "link" not in visitor.seen
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert "who" in visitor.seen


def test_a_pasted_iam_token(visit, demo):
    """An IAM token logs in; anything else in its place is told."""
    visitor = visit(strategy="iam")
    visitor.clicks("go_on")
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert "begin with t1." in visitor.reads("problem")
    visitor.types("secret", demo.access.issue_iam(demo.access.me))
    visitor.waits()
    assert "who" in visitor.seen


def test_the_environments_token_is_one_click(visit, demo):
    """A way that needs no typing shows no app and no place to keep it, and says where it came from."""
    visitor = visit(more={"TRACKER_TOKEN": demo.access.token})
    visitor.chooses("way", "Environment variables")
    assert not {"client_id", "secret", "place"} & visitor.seen
    visitor.clicks("go_on")
    assert "TRACKER_TOKEN" in visitor.reads("who")


def test_a_way_that_finds_nothing_says_what_to_set(visit):
    """The answers stay, the problem and its cure stand below them."""
    visitor = visit(strategy="service-account")
    visitor.clicks("go_on")
    assert "TRACKER_SA_KEY_FILE" in visitor.reads("problem")
    assert "go_on" in visitor.seen


def test_an_unknown_app_is_registered_in_three_steps(visit, demo):
    """Without a ClientID the form shows how to get one; the device code also wants the secret, typed once."""
    visitor = visit(without=NO_APP)
    assert "tracker:read" in visitor.reads("register")
    visitor.clicks("go_on")
    assert "ClientID" in visitor.reads("problem")
    visitor.chooses("way", "Type a code on Yandex's page")
    visitor.types("client_id", demo.access.client_id)
    visitor.clicks("go_on")
    assert "secret" in visitor.reads("problem")
    visitor.types("secret", demo.access.client_secret)
    assert visitor.form._rows["secret"].value == ""
    visitor.clicks("go_on")
    assert "who" in visitor.seen


def test_a_wrong_app_secret_is_asked_for_anew(visit, demo):
    """The field comes back with what the service said."""
    visitor = visit(more={"TRACKER_CLIENT_SECRET": "0" * 32})
    visitor.clicks("go_on")
    assert {"secret", "problem", "go_on"} <= visitor.seen
    visitor.types("secret", demo.access.client_secret)
    visitor.clicks("go_on")
    assert "who" in visitor.seen


def test_denied_and_run_out(visit, demo):
    """A code that was denied, or that ran out, offers a new one."""
    demo.access.switches.device_deny = True
    visitor = visit()
    visitor.clicks("go_on")
    assert "denied" in visitor.reads("problem")
    assert "code" not in visitor.seen
    demo.access.switches.device_deny, demo.access.switches.device_lifetime_s = False, 0
    visitor.clicks("new_code")
    assert "expired" in visitor.reads("problem")
    demo.access.switches.device_lifetime_s = 300
    visitor.clicks("new_code")
    assert "who" in visitor.seen


def test_a_wrong_organisation_keeps_the_login(visit, demo):
    """The service's no is shown; with another id the same login is tried again."""
    visitor = visit()
    visitor.types("org", "77")
    visitor.clicks("go_on")
    assert {"org", "kind", "again", "problem"} <= visitor.seen
    tokens = len(demo.access.oauth)
    visitor.types("org", demo.access.org_id)
    visitor.clicks("again")
    assert "who" in visitor.seen
    assert len(demo.access.oauth) == tokens


@pytest.mark.parametrize(("chosen", "kind"), [("told from its form", "360"), ("Yandex Cloud", "cloud")])
def test_the_kind_can_be_changed(visit, chosen, kind):
    """The id's shape tells the kind; the person may know better."""
    visitor = visit()
    visitor.chooses("kind", "Yandex 360 for Business")
    visitor.chooses("kind", chosen)
    visitor.clicks("go_on")
    assert visitor.opened[-1].organisation.kind == kind


def test_a_mistake_of_ours_leaves_the_form_usable(visit):
    """An error that nobody expected is told by its kind and place, not by its text; the form goes on."""

    def opened(*_: object):
        raise ValueError("y0_something-that-was-typed")

    visitor = visit(opened=opened)
    visitor.clicks("go_on")
    assert "ValueError (test_form.py:" in visitor.reads("problem")
    assert "typed" not in visitor.reads("problem")
    assert "go_on" in visitor.seen


@pytest.mark.parametrize("button", ["cancel", "back"])
def test_a_wait_can_be_given_up(visit, demo, button):
    """*Back* and *Cancel* end the thread; nobody is logged in, and the form can be walked again."""
    demo.access.switches.device_approve_after = None
    visitor = visit()
    visitor.form._buttons["go_on"].click()
    visitor.clicks(button)
    assert visitor.opened == []
    if button == "cancel":
        assert visitor.seen == {"said", "start"}
        visitor.clicks("start")
    demo.access.switches.device_approve_after = 1
    visitor.clicks("go_on")
    assert "who" in visitor.seen


def test_log_out_and_in_again(visit):
    """*Log out* says what was done, and the form begins anew."""
    visitor = visit()
    visitor.clicks("go_on")
    visitor.clicks("log_out")
    assert "You have left." in visitor.reads("said")
    assert visitor.left == ["left"]
    visitor.clicks("start")
    visitor.clicks("go_on")
    assert "who" in visitor.seen


def test_unload_ends_every_wait(visit, demo):
    """Closing all forms leaves no thread behind."""
    demo.access.switches.device_approve_after = None
    visitor = visit()
    visitor.form._buttons["go_on"].click()
    close_forms()
    visitor.waits()
    assert visitor.opened == []


def test_russian(visit):
    """The whole form speaks the language it was asked for."""
    visitor = visit(lang="ru", strategy="code")
    assert visitor.form._buttons["go_on"].description == "Продолжить"
    visitor.types("org", "два слова")
    visitor.clicks("go_on")
    assert "идентификатор" in visitor.reads("problem")
    visitor.types("org", "77")
    visitor.clicks("go_on")
    visitor.types("secret", "0123456789abcdef")
    visitor.waits()
    assert re.search("[а-я]", visitor.reads("problem"))
    assert not re.search("[a-z]{3} [a-z]{3}", visitor.reads("problem").partition(" (")[0].partition("<b>")[2])


def test_a_session_of_another_name(visit):
    """The form says which session it opens, and looks there for a stored login."""
    visitor = visit(name="work", strategy="stored")
    assert "· work" in visitor.form._rows["title"].value
    visitor.clicks("go_on")
    assert "stored profile" in visitor.reads("problem")
    assert "work" in visitor.reads("problem")


def test_a_stored_login_keeps_its_organisation(visit, demo, environ):
    """What the form filled in by itself does not replace the organisation of a stored login; what is typed does."""
    context = LoginContext(environ)
    token = Token(Secret(demo.access.token))
    context.profiles.save(Profile("default", demo.url, demo.url, Organisation(demo.access.org_id, "360"), token))
    visitor = visit(strategy="stored", organisation=Organisation("77", "360"))
    visitor.clicks("go_on")
    assert visitor.opened[0].organisation.id == demo.access.org_id
    visitor = visit(strategy="stored")
    visitor.types("org", "78")
    visitor.clicks("go_on")
    assert visitor.seen >= {"problem", "again"}


def test_a_strategy_that_does_not_exist(visit):
    """It is refused before anything is shown."""
    with pytest.raises(BadOption, match="magic"):
        visit(strategy="magic")


def test_one_strategy_means_that_alone(visit):
    """`--strategy code` offers nothing else."""
    visitor = visit(strategy="code")
    assert [value for _, value in visitor.form._rows["way"].options] == ["code"]
