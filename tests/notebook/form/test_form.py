"""The form without a browser: every strategy and every mistake, against the embedded services."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.person import decide
from tracker_magic.auth import LoginContext, Organisation
from tracker_magic.auth.profiles import Profile
from tracker_magic.auth.token import Token
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.secret import Secret
from tracker_magic.settings import TrackerMagic

NO_APP = ("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET")


def link_of(visitor) -> str:
    """The address of the link in the form."""
    return unescape(re.findall(r'href="([^"]+)"', visitor.reads("link"))[0])


def test_a_device_code_logs_in_without_a_click(visit, demo):
    """A device code is recommended if the app's secret is known; once it is confirmed the form shows the user."""
    visitor = visit()
    assert visitor.form.rows["strategy"].value == "device"
    visitor.clicks("continue")
    me = demo.world.users[demo.access.me]
    assert visitor.seen == {"card"}
    assert me.display in visitor.reads("card")
    assert me.login in visitor.reads("card")
    assert demo.access.org_id in visitor.reads("card")
    assert visitor.opener.opened[0].login.source == "device code"


@pytest.mark.parametrize("whole", [True, False], ids=["the whole address", "the bare code"])
def test_a_confirmation_code_logs_in(visit, allow, whole):
    """A confirmation code is pasted bare or as the page's address; Enter submits it, and no app secret is needed."""
    visitor = visit(without=("TRACKER_CLIENT_SECRET",))
    assert visitor.form.rows["strategy"].value == "code"
    visitor.enters("organisation_id")
    visitor.waits()
    assert visitor.seen == {"link", "secret", "submit", "back", "cancel"}
    address = allow(link_of(visitor))
    visitor.enters("secret", address if whole else parse_qs(urlsplit(address).query)["code"][0])
    visitor.waits()
    assert "card" in visitor.seen


def test_after_a_wrong_code_the_right_one_can_be_pasted(visit, allow):
    """The form says what is wrong with a pasted code, and the same link works again."""
    visitor = visit(strategy="code")
    visitor.clicks("continue")
    visitor.types("secret", "no code at all")
    visitor.waits()
    assert "Copy it again" in visitor.reads("error")
    visitor.types("secret", allow(link_of(visitor)).replace("state=", "state=x"))
    visitor.waits()
    assert "another login" in visitor.reads("error")
    visitor.types("secret", allow(link_of(visitor)))
    visitor.waits()
    assert "card" in visitor.seen


def test_an_app_that_needs_its_secret(visit, demo, allow):
    """If the service wants the app's secret, the form asks for it and uses the code that was pasted before."""
    demo.access.switches.secretless = False
    visitor = visit(without=("TRACKER_CLIENT_SECRET",))
    visitor.clicks("continue")
    visitor.types("secret", allow(link_of(visitor)))
    visitor.waits()
    assert visitor.form.rows["secret"].description == "Secret of the app"
    visitor.types("secret", demo.access.client_secret)
    visitor.waits()
    assert "card" in visitor.seen


def test_a_pasted_token_logs_in(visit, allow):
    """A debug token is accepted as the whole address with its fragment."""
    visitor = visit()
    visitor.chooses("strategy", "Paste a token that you have, or get one")
    visitor.clicks("continue")
    visitor.types("secret", allow(link_of(visitor)))
    visitor.waits()
    assert "pasted token" in visitor.reads("card")


def test_a_token_needs_no_app(visit, demo):
    """A token that somebody already has is pasted without a ClientID or a link."""
    visitor = visit(without=NO_APP, strategy="token")
    visitor.clicks("continue")
    assert "link" not in visitor.seen
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert "card" in visitor.seen


@pytest.mark.parametrize("strategy", ["token", "iam"])
def test_the_first_screen_of_pasting_a_token_has_its_field(visit, demo, strategy):
    """Who already has a token pastes it at once, next to the other answers; it is not typed into another field."""
    visitor = visit(without=NO_APP, strategy=strategy)
    assert "token" in visitor.form.rows["secret"].description
    token = demo.access.token if strategy == "token" else demo.access.issue_iam(demo.access.me)
    if strategy == "token":
        visitor.types("client_id", token)
        assert "field of its own" in visitor.reads("error")
    visitor.types("secret", token)
    visitor.waits()
    assert "card" in visitor.seen


def test_a_pasted_iam_token_logs_in(visit, demo):
    """An IAM token logs in; any other text is refused with the reason."""
    visitor = visit(strategy="iam")
    visitor.clicks("continue")
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert "begin with t1." in visitor.reads("error")
    visitor.types("secret", demo.access.issue_iam(demo.access.me))
    visitor.waits()
    assert "card" in visitor.seen


def test_a_strategy_that_finds_nothing_says_what_to_set(visit):
    """The answers stay, and the error with its hint is shown below them."""
    visitor = visit(strategy="service-account")
    visitor.clicks("continue")
    assert "TRACKER_SA_KEY_FILE" in visitor.reads("error")
    assert "continue" in visitor.seen


def test_an_unknown_app_is_registered_in_three_steps(visit, demo):
    """Without a ClientID the form shows how to get one; a device code also needs the secret, typed once."""
    visitor = visit(without=NO_APP)
    assert "tracker:read" in visitor.reads("register")
    visitor.clicks("continue")
    assert "ClientID" in visitor.reads("error")
    visitor.chooses("strategy", "Type a code on Yandex's page")
    visitor.types("client_id", demo.access.client_id)
    visitor.clicks("continue")
    assert "secret" in visitor.reads("error")
    visitor.types("secret", demo.access.client_secret)
    assert visitor.form.rows["secret"].value == ""
    visitor.clicks("continue")
    assert "card" in visitor.seen


def test_a_wrong_app_secret_is_asked_for_again(visit, demo):
    """The field for the secret is shown again, with the service's answer, which names no variable for it."""
    visitor = visit(more={"TRACKER_CLIENT_SECRET": "0" * 32})
    visitor.clicks("continue")
    assert "Check the ClientID and the secret of the app." in visitor.reads("error")
    assert "TRACKER_CLIENT_SECRET" not in visitor.reads("error")
    assert {"secret", "error", "continue"} <= visitor.seen
    visitor.types("secret", demo.access.client_secret)
    visitor.clicks("continue")
    assert "card" in visitor.seen


def test_a_denied_or_expired_code_can_be_replaced(visit, demo):
    """After a code was denied or has expired, the form offers a new one."""
    demo.access.switches.device_deny = True
    visitor = visit()
    visitor.clicks("continue")
    assert "denied" in visitor.reads("error")
    assert "code" not in visitor.seen
    demo.access.switches.device_deny, demo.access.switches.device_lifetime_s = False, 0
    visitor.clicks("new_code")
    assert "expired" in visitor.reads("error")
    demo.access.switches.device_lifetime_s = 300
    visitor.clicks("new_code")
    assert "card" in visitor.seen


def test_a_wrong_organisation_can_be_corrected(visit, demo):
    """The refusal is shown; with another id the same token is tried again."""
    visitor = visit()
    visitor.types("organisation_id", "77")
    visitor.clicks("continue")
    assert {"organisation_id", "retry", "error"} <= visitor.seen
    tokens = len(demo.access.oauth)
    visitor.types("organisation_id", demo.access.org_id)
    visitor.clicks("retry")
    assert "card" in visitor.seen
    assert len(demo.access.oauth) == tokens


@pytest.mark.parametrize("given", ["360", "cloud"])
def test_the_kind_of_organisation_is_found_out(visit, demo, given):
    """The kind is never asked: that of the line or the last login is tried first, then the other one."""
    visitor = visit(organisation=Organisation(demo.access.org_id, given))
    visitor.clicks("continue")
    assert visitor.opener.opened[-1].organisation.kind == given
    assert "Yandex 360" in visitor.reads("card")


@pytest.mark.parametrize("strategy", ["device", "code", "token", "iam", "env", "service-account"])
def test_an_empty_organisation_is_refused_before_anything_else(visit, strategy):
    """Whatever else is missing, the first complaint is about the organisation; at an internal address there is none."""
    visitor = visit(strategy=strategy, more={"TRACKER_API_BASE_URL": "", "TRACKER_ORG_ID": "", "TRACKER_CLIENT_ID": ""})
    visitor.types("organisation_id", " ")
    visitor.clicks("continue")
    assert "organisation" in visitor.reads("error")
    assert "organisation_id" in visitor.seen
    internal = visit(strategy="token", without=("TRACKER_ORG_ID",))
    internal.clicks("continue")
    assert "submit" in internal.seen


@pytest.mark.parametrize("strategy", ["token", "iam"])
def test_a_rejected_token_leads_back_to_its_field(visit, demo, strategy):
    """A token that Tracker does not accept is replaced where it was pasted, not at the organisation."""
    wrong = {"token": "y0_" + "w" * 50, "iam": "t1." + "w" * 50 + "." + "w" * 86}[strategy]
    visitor = visit(strategy=strategy)
    visitor.clicks("continue")
    visitor.types("secret", wrong)
    visitor.waits()
    assert "does not accept this token" in visitor.reads("error")
    assert visitor.seen >= {"secret", "submit"}
    assert "organisation_id" not in visitor.seen
    assert visitor.form.rows["secret"].value == ""
    visitor.types("secret", demo.access.token if strategy == "token" else demo.access.issue_iam(demo.access.me))
    visitor.waits()
    assert "card" in visitor.seen


def test_pasted_ids_are_cleaned(visit, demo):
    """Gaps, quotes and invisible signs do not make an id wrong, and the field shows the clean one."""
    visitor = visit(without=NO_APP, strategy="code")
    visitor.types("organisation_id", f"\ufeff«{demo.access.org_id[:3]} {demo.access.org_id[3:]}» ")
    visitor.types("client_id", f"'{demo.access.client_id}\u200b'")
    visitor.clicks("continue")
    assert "link" in visitor.seen
    assert visitor.form.rows["organisation_id"].value == demo.access.org_id
    assert visitor.form.rows["client_id"].value == demo.access.client_id


def test_the_card_says_who_where_until_when_and_that_it_ended(visit, demo):
    """The card names person, organisation and expiry, when the login was made and how to end it; then that it ended."""
    visitor = visit()
    visitor.clicks("continue")
    me, login = demo.world.users[demo.access.me], visitor.opener.opened[0].login
    expires = login.expires_at
    first, made, end = visitor.reads("card").split("<br>")
    assert f"{me.display} · {demo.access.org_id} · until {expires.day} " in first
    assert first.rstrip("</b>").endswith(str(expires.year))
    assert "Logged in on " in made
    assert "%tracker logout ends it." in end
    visitor.form.session_ended("other")
    assert "logged out" not in visitor.reads("card")
    visitor.form.session_ended("main")
    assert "logged out on " in visitor.reads("card")
    assert "%tracker logout" not in visitor.reads("card")
    assert visitor.seen == {"card"}


def test_a_bug_leaves_the_form_usable(visit):
    """An unexpected exception is shown by its class and location, not by its text, and the form stays usable."""
    visitor = visit(failure=ValueError("y0_something-that-was-typed"))
    visitor.clicks("continue")
    assert "ValueError (conftest.py:" in visitor.reads("error")
    assert "typed" not in visitor.reads("error")
    assert "continue" in visitor.seen


@pytest.mark.parametrize("button", ["cancel", "back"])
def test_waiting_can_be_cancelled(visit, demo, button):
    """*Back* and *Cancel* end the thread; nobody is logged in, and the form can be used again."""
    demo.access.switches.device_approve_after = None
    visitor = visit()
    visitor.form.buttons["continue"].click()
    visitor.clicks(button)
    assert visitor.opener.opened == []
    if button == "cancel":
        assert visitor.seen == {"card"}
        assert "%tracker login" in visitor.reads("card")
        return
    demo.access.switches.device_approve_after = 1
    visitor.clicks("continue")
    assert "card" in visitor.seen


def test_closing_the_sessions_ends_the_threads_of_their_forms(visit, demo):
    """The forms of a shell end with its sessions, and with them every thread that waits for a login."""
    demo.access.switches.device_approve_after = None
    visitor = visit()
    visitor.form.buttons["continue"].click()
    sessions = Sessions(TrackerMagic())
    sessions.add_form(visitor.form)
    sessions.close()
    visitor.waits()
    assert visitor.opener.opened == []


def test_the_form_is_in_russian(visit):
    """With `lang="ru"` labels, texts and errors are in Russian."""
    visitor = visit(lang="ru", strategy="code")
    assert visitor.form.buttons["continue"].description == "Продолжить"
    visitor.types("organisation_id", "два слова")
    visitor.clicks("continue")
    assert "идентификатор" in visitor.reads("error")
    visitor.types("organisation_id", "77")
    visitor.clicks("continue")
    visitor.types("secret", "0123456789abcdef")
    visitor.waits()
    assert re.search("[а-я]", visitor.reads("error"))
    assert not re.search("[a-z]{3} [a-z]{3}", visitor.reads("error").partition(": ")[0].partition("<b>")[2])


def test_the_card_is_in_the_language_of_the_login(visit):
    """After a Russian login the card says in Russian where the token comes from, and later that the login ended."""
    visitor = visit(lang="ru")
    visitor.clicks("continue")
    assert "код на странице Яндекса" in visitor.reads("card")
    assert "device code" not in visitor.reads("card")
    visitor.form.session_ended("main")
    assert "выход выполнен " in visitor.reads("card")


def test_a_session_of_another_name(visit):
    """The form shows the name of the session that it opens, and looks for a stored login of that name."""
    visitor = visit(name="work", strategy="stored")
    assert "· work" in visitor.form.rows["title"].value
    visitor.clicks("continue")
    assert "stored profile" in visitor.reads("error")
    assert "work" in visitor.reads("error")


def test_a_stored_login_keeps_its_organisation(visit, demo, environ):
    """The organisation of a stored login is replaced only by one that is typed, not by the prefilled one."""
    context = LoginContext(environ)
    token = Token(Secret(demo.access.token))
    context.profiles.save(Profile("default", demo.url, demo.url, Organisation(demo.access.org_id, "360"), token))
    visitor = visit(strategy="stored", organisation=Organisation("77", "360"))
    visitor.clicks("continue")
    assert visitor.opener.opened[0].organisation.id == demo.access.org_id
    visitor = visit(strategy="stored")
    visitor.types("organisation_id", "78")
    visitor.clicks("continue")
    assert visitor.seen >= {"error", "retry"}


def test_a_requested_strategy_is_the_only_one(visit):
    """With `--strategy code` the form offers no other strategy."""
    visitor = visit(strategy="code")
    assert [value for _, value in visitor.form.rows["strategy"].options] == ["code"]


@contextmanager
def no_thread_to_spare() -> Iterator[None]:
    """In this block no thread can be started: its stack would need more memory than there is."""
    former = threading.stack_size(1 << 46)
    try:
        yield
    finally:
        threading.stack_size(former)


def test_without_a_thread_the_form_says_so_and_recovers(visit, demo):
    """If no thread can be started, the form says so, raises nothing that holds the typed secret, and stays usable."""
    visitor = visit(strategy="token")
    visitor.clicks("continue")
    with no_thread_to_spare():
        visitor.enters("secret")
        visitor.types("secret", demo.access.token)
    assert "could not start a thread" in visitor.reads("error")
    assert visitor.seen >= {"secret", "submit", "back", "cancel"}
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert "card" in visitor.seen


def test_on_the_demo_the_links_lead_to_the_demo(visit, demo):
    """Its pages show the organisation, and the app with its secret, as those of the service do."""
    form = visit(without=NO_APP).form
    shown = {}
    for row in ("organisation_help", "register", "secret_help"):
        url = re.search(r'href="([^"]+)"', form.rows[row].value)[1]
        assert url.startswith(demo.url)
        shown[row] = decide(url).text  # a page without a form is returned as it is
    assert demo.access.org_id in shown["organisation_help"]
    assert demo.access.client_id in shown["register"]
    assert demo.access.client_secret in shown["secret_help"]
