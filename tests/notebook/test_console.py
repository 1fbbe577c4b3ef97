"""The login in the console: what a person sees and types, in a real kernel without widgets."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.person import decide
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Switches

# The numbers in the menu of strategies if the environment is empty and no app is known.
CODE, DEVICE, TOKEN = "1", "2", "3"
KERNEL = "1"  # the storage


def visitor(decision="allow"):
    """Somebody who opens the shown link, decides, and copies the address of the page that follows."""

    def open_link(cell) -> str:
        link = re.findall(r"https?://\S+/authorize\?\S+", cell.shown)[-1]
        return decide(link, decision).headers["Location"]

    return open_link


def code_from(open_link):
    """The same, copying the code alone."""
    return lambda cell: parse_qs(urlsplit(open_link(cell)).query)["code"][0]


def app(demo, *, secret=True):
    """The answers to the questions about the app."""
    return [demo.access.client_id] + ([demo.access.client_secret] if secret else [])


def test_a_new_user_logs_in_with_a_code(text_kernel, demo):
    """After strategy, organisation, storage, app, link and code the name of the user is shown."""
    open_link = visitor()
    typed = [CODE, demo.access.org_id, KERNEL, demo.access.client_id, open_link]
    cell = text_kernel.run("%tracker login", answers=typed)
    assert cell.error is None
    me = demo.world.users[demo.world.me]
    assert f"{me.display} ({me.login}) · organisation {demo.access.org_id} (Yandex 360)" in cell.shown
    assert "tracker:read" in cell.shown
    assert text_kernel.run("%tracker count Queue: DEV").error is None


def test_a_bare_code_is_accepted_like_an_address(text_kernel, demo):
    """A code without the address is accepted, and a wrong code can be corrected."""
    typed = [demo.access.org_id, KERNEL, *app(demo, secret=False), "nonsense", code_from(visitor())]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert cell.error is None
    assert "this is not a confirmation code" in cell.shown
    assert "confirmation code" in text_kernel.run("%tracker me").shown


def test_a_code_of_another_login_is_refused(text_kernel, demo):
    """An address whose `state` belongs to another link is refused, and Enter then cancels the login."""
    foreign = f"{demo.url}/verification_code?code=abcdabcdabcdabcd&state=other"
    typed = [demo.access.org_id, KERNEL, *app(demo, secret=False), foreign, ""]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert "this address belongs to another login" in cell.shown
    assert cell.error == ("LoginRefused", "the login was cancelled. Run %tracker login again.")


def test_a_cancelled_login_says_so_in_its_language(text_kernel):
    """Who was asked in Russian reads in Russian that the login was cancelled."""
    cell = text_kernel.run("%tracker login --lang ru --strategy code", answers=["", KERNEL, "", ""])
    assert "Введите ClientID" in cell.shown
    assert cell.error == ("LoginRefused", "вход отменён. Начните его снова: %tracker login.")


def test_the_secret_of_the_app_is_asked_for_if_the_service_wants_it(text_kernel, demo):
    """The secret is asked for after the service has refused the app without it, and the same link still works."""
    demo.access.switches.secretless = False
    open_link, secret = visitor(), demo.access.client_secret
    typed = [demo.access.org_id, KERNEL, *app(demo, secret=False), open_link, secret, open_link]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert cell.error is None
    assert "its secret is missing or wrong" in cell.shown
    assert "TRACKER_CLIENT_SECRET" not in cell.shown
    assert secret not in str(cell.outputs)


def test_a_device_code_needs_no_further_input(text_kernel, demo):
    """Link, code and a countdown are shown, and the login continues without further input."""
    demo.access.switches.device_approve_after = 1
    cell = text_kernel.run("%tracker login", answers=[DEVICE, demo.access.org_id, KERNEL, *app(demo)])
    assert cell.error is None
    assert f"{demo.url}/device" in cell.shown
    assert re.search(r"Code: [a-z0-9]{8}", cell.shown)
    assert re.search(r"the code expires in \d+ (min|s)", cell.shown)
    assert "token from device code" in cell.shown


@pytest.mark.parametrize(
    ("switch", "value", "error", "message"),
    [
        ("device_deny", True, "LoginRefused", "access was denied"),
        ("device_lifetime_s", 1, "LoginExpired", "expired"),
        ("token_error", "unauthorized_client", "LoginRefused", "waiting for moderation"),
        ("token_error", "unsupported_grant_type", "LoginRefused", "Choose another way"),
    ],
)
def test_a_failed_device_code_says_why(text_kernel, demo, *, switch, value, error, message):
    """A denied or expired code, or an app without the permission, gives one message, and nobody is logged in."""
    demo.access.switches = Switches(device_interval_s=1, **{switch: value})
    typed = [demo.access.org_id, KERNEL, *app(demo)]
    cell = text_kernel.run("%tracker login --strategy device", answers=typed)
    assert cell.error[0] == error
    assert message in cell.error[1]
    assert text_kernel.run("%tracker me").error[0] == "NotLoggedIn"


def test_an_interrupt_ends_the_wait_for_a_device(text_kernel, demo):
    """If nobody confirms the code, an interrupt frees the kernel."""
    typed = [demo.access.org_id, KERNEL, *app(demo)]
    cell = text_kernel.run("%tracker login --strategy device", answers=typed, interrupt_after_s=2.0)
    assert cell.error[0] == "LoginRefused"
    assert cell.seconds < 10


def test_a_pasted_token_is_shown_nowhere(text_kernel, demo):
    """A token pasted as a whole address is in no output, history or variable; a wrong one can be corrected."""
    addresses = []

    def open_link(cell) -> str:
        addresses.append(visitor()(cell))
        return addresses[0]

    typed = [TOKEN, demo.access.org_id, KERNEL, demo.access.client_id, "y0_wrong_token_of_nobody", open_link]
    cell = text_kernel.run("%tracker login", answers=typed)
    assert cell.error is None
    assert "Tracker does not accept this token" in cell.shown
    assert "TRACKER_TOKEN" not in cell.shown
    token = re.search(r"access_token=([^&]+)", addresses[0])[1]
    for text in (str(cell.outputs), text_kernel.run("%history -n\nprint(globals())").shown):
        assert token not in text
        assert "y0_wrong" not in text


def test_a_token_that_somebody_has_needs_no_app(text_kernel, demo):
    """Enter instead of a ClientID leads to the question for the token, and the text before it says so."""
    cell = text_kernel.run("%tracker login", answers=[TOKEN, demo.access.org_id, KERNEL, "", demo.access.token])
    assert cell.error is None
    assert "needs no ClientID" in cell.shown
    assert "pasted token" in cell.shown


def test_answers_are_remembered(text_kernel, demo):
    """Organisation and ClientID of a successful login are not asked for again; no secret is remembered."""
    open_link = visitor()
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, open_link]
    text_kernel.run("%tracker login --strategy code", answers=typed)
    text_kernel.run("%unload_ext tracker_magic\n%load_ext tracker_magic")
    cell = text_kernel.run("%tracker login", answers=[CODE, KERNEL, open_link])
    assert cell.error is None
    assert f"organisation {demo.access.org_id}" in cell.shown
    remembered = text_kernel.run(
        "from pathlib import Path\nprint(Path(os.environ['TRACKER_HOME'], 'answers.json').read_text())"
    )
    assert sorted(re.findall(r'"(\w+)":', remembered.shown)) == ["client_id", "org_id", "org_kind"]


def test_available_logins_are_offered_first(text_kernel, demo):
    """The token of the environment, then the saved login, are the first choices, and need no further input."""
    token, org = demo.access.token, demo.access.org_id
    text_kernel.run(f"os.environ.update(TRACKER_TOKEN={token!r}, TRACKER_ORG_ID={org!r})")
    assert text_kernel.run("%tracker login --save file", answers=["1"]).error is None
    text_kernel.run("del os.environ['TRACKER_TOKEN'], os.environ['TRACKER_ORG_ID']")
    cell = text_kernel.run("%tracker login", answers=[""])
    assert "You are already logged in" in cell.shown
    assert "token from profile default" in cell.shown


def test_an_interrupt_shows_no_secret(text_kernel, demo):
    """An interrupt while a pasted code is sent shows no part of it, also in a verbose traceback."""
    demo.behaviour.faults.append(Fault("slow", "/token", seconds=4))
    codes = []

    def copy_code(cell) -> str:
        codes.append(code_from(visitor())(cell))
        return codes[0]

    text_kernel.run("%xmode Verbose")
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, copy_code]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed, interrupt_after_s=2.0)
    text_kernel.run("%xmode Context")
    assert cell.error[0] == "LoginRefused"
    assert codes[0] not in str(cell.outputs)


@pytest.mark.parametrize(
    ("code", "message"),
    [("access_denied", "press Allow"), ("unauthorized_client", "waiting for moderation"), ("odd", "unknown error")],
)
def test_an_error_in_the_pasted_address_is_explained(text_kernel, demo, code, message):
    """An error in the address of the service's page is shown with what to do."""
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, f"{demo.url}/verification_code#error={code}", ""]
    cell = text_kernel.run("%tracker login --strategy token", answers=typed)
    assert message in cell.shown


def test_an_iam_token_is_pasted_and_sent_as_bearer(text_kernel, demo):
    """Only a token that begins with t1. is accepted, and it is sent as Bearer."""
    token = demo.access.issue_iam(demo.world.me)
    typed = [demo.access.cloud_org_id, KERNEL, "y0_something_else", token]
    cell = text_kernel.run("%tracker login --strategy iam", answers=typed)
    assert cell.error is None
    assert "those begin with t1." in cell.shown
    assert "Yandex Cloud" in cell.shown
    assert demo.journal[-1].headers["Authorization"].startswith("Bearer ")


def test_an_organisation_in_the_wrong_kind_is_tried_as_the_other(text_kernel, demo):
    """An id of the other kind costs one more request; an id that is wrong in both kinds is asked for again."""
    typed = ["1", "not an id!", demo.access.org_id, KERNEL, demo.access.client_id]
    wrong = ["999", *typed[2:], demo.access.token, demo.access.org_id]
    cell = text_kernel.run("%tracker login --strategy token", answers=wrong)
    assert cell.error is None
    assert "Check the ID" in cell.shown
    assert "X-Org-ID" not in cell.shown
    before = len(demo.journal)
    cell = text_kernel.run(
        f"%tracker login --strategy token --cloud-org-id {demo.access.org_id}",
        answers=[KERNEL, demo.access.client_id, demo.access.token],
    )
    assert "(Yandex 360)" in cell.shown
    assert [seen.status for seen in demo.journal[before:]].count(403) == 1


@pytest.mark.parametrize(
    "code", ["invalid_grant", "invalid_request", "invalid_scope", "expired_token", "access_denied"]
)
def test_each_error_of_the_token_service_is_explained(text_kernel, demo, code):
    """An OAuth error is shown with what to do, and the question is asked again."""
    demo.access.switches.token_error = code
    messages = {
        "invalid_grant": "Open the link again to get a new code.",
        "invalid_request": "the service did not understand the request",
        "invalid_scope": "the app's permissions have changed",
        "expired_token": "the login has expired",
        "access_denied": "press Allow",
    }
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, "abcdabcdabcdabcd", ""]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert messages[code] in cell.shown
    assert "Try again" in cell.shown


def test_the_questions_are_asked_in_russian(text_kernel):
    """The language is chosen by `--lang`, by the setting `lang`, or by the kernel's locale."""
    assert "Как войти" in text_kernel.run("%tracker login --lang ru", answers=["9", "1", "", "", "", ""]).shown
    text_kernel.run("%config TrackerMagic.lang = 'ru'")
    assert "Как войти" in text_kernel.run("%tracker login", answers=["1", "", "", "", ""]).shown
    text_kernel.run("%config TrackerMagic.lang = None\nos.environ['LANG'] = 'ru_RU.UTF-8'")
    cell = text_kernel.run("%tracker login", answers=["1", "", "", "", ""])
    text_kernel.run("os.environ['LANG'] = 'C.UTF-8'")
    assert "Как войти" in cell.shown


def test_no_progress_line_is_drawn_while_somebody_types(text_kernel, demo):
    """A login that takes long draws nothing over the question."""
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, demo.access.token]
    cell = text_kernel.run("%tracker login --strategy token", answers=typed, think_s=0.8)
    assert (cell.error, cell.of("update_display_data")) == (None, [])
    assert "▸" not in cell.shown


def test_a_missing_answer_is_asked_for_once_more(text_kernel, demo):
    """Enter instead of an answer that is needed says what is missing, and how to give up; a wrong one says why."""
    text_kernel.run("os.environ['TRACKER_API_BASE_URL'] = ''")  # the service has organisations, so one must be named
    typed = ["", "not an id!", demo.access.org_id, KERNEL, "", "0123", demo.access.client_id, ""]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert "✗ Enter the ID of your organisation" in cell.shown
    assert "press Enter to cancel" in cell.shown
    assert "✗ Enter the ClientID of your app" in cell.shown
    assert "✗ This is not a ClientID" in cell.shown
    assert cell.error[0] == "LoginRefused"


def test_a_terminal_breaks_no_word(text_kernel, demo):
    """Every line that is shown fits a terminal of 80 columns, unless it is an address to open."""
    typed = ["999", KERNEL, demo.access.client_id, "0123456789abcdef", visitor(), demo.access.org_id]
    cell = text_kernel.run("%tracker login --lang ru --strategy code", answers=typed)
    assert cell.error is None
    assert "Проверьте идентификатор" in cell.shown
    assert [line for line in cell.shown.splitlines() if len(line) > 80 and "://" not in line] == []
