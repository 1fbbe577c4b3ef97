"""The login as questions and answers: what a person sees and types, through a real kernel without widgets."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.login.access import Switches

# The numbers of the menu where the environment names nothing and no app is known.
CODE, DEVICE, TOKEN = "1", "2", "3"
KERNEL = "1"  # where the login is kept


def person(decision="allow"):
    """Somebody who opens the link that is shown, decides, and copies the address of the page that comes."""

    def opens(cell) -> str:
        link = re.findall(r"https?://\S+/authorize\?\S+", cell.shown)[-1]
        answer = requests.post(link, data={"decision": decision}, allow_redirects=False, timeout=10)
        return answer.headers["Location"]

    return opens


def code_of(opens):
    """The same, who copies the code alone."""
    return lambda cell: parse_qs(urlsplit(opens(cell)).query)["code"][0]


def app(demo, *, secret=True):
    """What a person types who is asked for the app."""
    return [demo.access.client_id] + ([demo.access.client_secret] if secret else [])


def test_a_new_user_gets_in_by_a_code(text_kernel, demo):
    """Way, organisation, place, the app in three steps, the link, the code: then the name is on the screen."""
    opens = person()
    typed = [CODE, demo.access.org_id, KERNEL, demo.access.client_id, opens]
    cell = text_kernel.run("%tracker login", answers=typed)
    assert cell.error is None
    me = demo.world.users[demo.world.me]
    assert f"{me.display} ({me.login}) · organisation {demo.access.org_id} (Yandex 360)" in cell.shown
    assert "tracker:read" in cell.shown
    assert text_kernel.run("%tracker count Queue: DEV").error is None


def test_a_bare_code_is_as_good_as_the_address(text_kernel, demo):
    """What people copy differs; a wrong one first costs nothing but a second try."""
    typed = [demo.access.org_id, KERNEL, *app(demo, secret=False), "nonsense", code_of(person())]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert cell.error is None
    assert "this is not a confirmation code" in cell.shown
    assert "confirmation code" in text_kernel.run("%tracker me").shown


def test_a_code_of_another_login_is_refused(text_kernel, demo):
    """The address carries the state of the link it came from."""
    foreign = f"{demo.url}/verification_code?code=abcdabcdabcdabcd&state=other"
    typed = [demo.access.org_id, KERNEL, *app(demo, secret=False), foreign, ""]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert "this address belongs to another login" in cell.shown
    assert cell.error == ("LoginRefused", "the login was given up. Run %tracker login again.")


def test_where_the_app_needs_its_secret_it_is_asked_for(text_kernel, demo):
    """Without it first; then the same link serves."""
    demo.access.switches.secretless = False
    opens, secret = person(), demo.access.client_secret
    typed = [demo.access.org_id, KERNEL, *app(demo, secret=False), opens, secret, opens]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert cell.error is None
    assert "its secret is missing or wrong" in cell.shown
    assert secret not in str(cell.outputs)


def test_a_device_code_finishes_by_itself(text_kernel, demo):
    """Link and code are shown, a line counts down, nothing more is typed."""
    demo.access.switches.device_approve_after = 1
    cell = text_kernel.run("%tracker login", answers=[DEVICE, demo.access.org_id, KERNEL, *app(demo)])
    assert cell.error is None
    assert f"{demo.url}/device" in cell.shown
    assert re.search(r"Code: [a-z0-9]{8}", cell.shown)
    assert re.search(r"the code lives \d+ (min|s) more", cell.shown)
    assert "token from device code" in cell.shown


@pytest.mark.parametrize(
    ("switch", "value", "error", "said"),
    [
        ("device_deny", True, "LoginRefused", "access was denied"),
        ("device_lifetime_s", 1, "LoginExpired", "expired"),
        ("token_error", "unauthorized_client", "LoginRefused", "is waiting for moderation"),
        ("token_error", "unsupported_grant_type", "LoginRefused", "Choose another way"),
    ],
)
def test_a_device_code_that_ends_badly_says_why(text_kernel, demo, *, switch, value, error, said):
    """Denied, run out, an app that may not: one message, nothing is logged in."""
    demo.access.switches = Switches(device_interval_s=1, **{switch: value})
    typed = [demo.access.org_id, KERNEL, *app(demo)]
    cell = text_kernel.run("%tracker login --strategy device", answers=typed)
    assert cell.error[0] == error
    assert said in cell.error[1]
    assert text_kernel.run("%tracker me").error[0] == "NotLoggedIn"


def test_an_interrupt_gives_the_wait_up(text_kernel, demo):
    """Nobody confirms, and the kernel is free again at once."""
    typed = [demo.access.org_id, KERNEL, *app(demo)]
    cell = text_kernel.run("%tracker login --strategy device", answers=typed, interrupt_after_s=2.0)
    assert cell.error[0] == "LoginRefused"
    assert cell.seconds < 10


def test_a_token_with_its_address(text_kernel, demo):
    """The page's whole address with its fragment; the token is in no output, history or variable."""
    kept = []

    def opens(cell) -> str:
        kept.append(person()(cell))
        return kept[0]

    typed = [TOKEN, demo.access.org_id, KERNEL, demo.access.client_id, "y0_wrong_token_of_nobody", opens]
    cell = text_kernel.run("%tracker login", answers=typed)
    assert cell.error is None
    assert "does not accept the token" in cell.shown
    token = re.search(r"access_token=([^&]+)", kept[0])[1]
    for text in (str(cell.outputs), text_kernel.run("%history -n\nprint(globals())").shown):
        assert token not in text
        assert "y0_wrong" not in text


def test_what_was_answered_once_is_not_asked_again(text_kernel, demo):
    """Organisation and ClientID of a login that worked, though the login itself was kept nowhere; no secret is."""
    opens = person()
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, opens]
    text_kernel.run("%tracker login --strategy code", answers=typed)
    text_kernel.run("%unload_ext tracker_magic\n%load_ext tracker_magic")
    cell = text_kernel.run("%tracker login", answers=[CODE, KERNEL, opens])
    assert cell.error is None
    assert f"organisation {demo.access.org_id}" in cell.shown
    kept = text_kernel.run(
        "from pathlib import Path\nprint(Path(os.environ['TRACKER_HOME'], 'answers.json').read_text())"
    )
    assert sorted(re.findall(r'"(\w+)":', kept.shown)) == ["client_id", "org_id", "org_kind"]


def test_what_rests_is_offered_first(text_kernel, demo):
    """The environment's token, then the saved login, each logged in by one number."""
    token, org = demo.access.token, demo.access.org_id
    text_kernel.run(f"os.environ.update(TRACKER_TOKEN={token!r}, TRACKER_ORG_ID={org!r})")
    assert text_kernel.run("%tracker login --save file", answers=["1"]).error is None
    text_kernel.run("del os.environ['TRACKER_TOKEN'], os.environ['TRACKER_ORG_ID']")
    cell = text_kernel.run("%tracker login", answers=[""])
    assert "You are logged in already" in cell.shown
    assert "token from profile default" in cell.shown


def test_an_interrupt_while_something_secret_is_held_shows_nothing_of_it(text_kernel, demo):
    """In the most talkative kind of traceback, too."""
    demo.behaviour.faults.append(Fault("slow", "/token", seconds=4))
    kept = []

    def opens(cell) -> str:
        kept.append(code_of(person())(cell))
        return kept[0]

    text_kernel.run("%xmode Verbose")
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, opens]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed, interrupt_after_s=2.0)
    text_kernel.run("%xmode Context")
    assert cell.error[0] == "LoginRefused"
    assert kept[0] not in str(cell.outputs)


@pytest.mark.parametrize(
    ("word", "said"),
    [("access_denied", "press Allow"), ("unauthorized_client", "is waiting for moderation"), ("odd", "unknown error: 'odd'")],
)
def test_a_refusal_in_the_address_is_told(text_kernel, demo, word, said):
    """The page's own error, with what to do (AUTH 1.4.3)."""
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, f"{demo.url}/verification_code#error={word}", ""]
    cell = text_kernel.run("%tracker login --strategy token", answers=typed)
    assert said in cell.shown


def test_an_iam_token_is_pasted(text_kernel, demo):
    """Only what begins with t1.; it is sent as Bearer."""
    token = demo.access.issue_iam(demo.world.me)
    typed = [demo.access.cloud_org_id, KERNEL, "y0_something_else", token]
    cell = text_kernel.run("%tracker login --strategy iam", answers=typed)
    assert cell.error is None
    assert "those begin with t1." in cell.shown
    assert "Yandex Cloud" in cell.shown
    assert demo.journal[-1].headers["Authorization"].startswith("Bearer ")


def test_an_organisation_in_the_wrong_kind_is_tried_as_the_other(text_kernel, demo):
    """A 403 costs one more request, no question; an id that is wrong in both kinds is asked again."""
    typed = ["1", "not an id!", demo.access.org_id, KERNEL, demo.access.client_id]
    wrong = ["999", *typed[2:], demo.access.token, demo.access.org_id]
    cell = text_kernel.run("%tracker login --strategy token", answers=wrong)
    assert cell.error is None
    assert "no access to the organisation" in cell.shown
    before = len(demo.journal)
    cell = text_kernel.run(
        f"%tracker login --strategy token --cloud-org-id {demo.access.org_id}",
        answers=[KERNEL, demo.access.client_id, demo.access.token],
    )
    assert "(Yandex 360)" in cell.shown
    assert [seen.status for seen in demo.journal[before:]].count(403) == 1


@pytest.mark.parametrize(
    "word", ["invalid_grant", "invalid_request", "invalid_scope", "expired_token", "access_denied"]
)
def test_each_word_of_the_token_service_says_what_to_do(text_kernel, demo, word):
    """Its meaning and a cure stand on the screen, and the question comes again (AUTH 1.7)."""
    demo.access.switches.token_error = word
    said = {
        "invalid_grant": "Open the link again to get a new code.",
        "invalid_request": "the service did not understand the request",
        "invalid_scope": "the app's permissions have changed",
        "expired_token": "the login has expired",
        "access_denied": "press Allow",
    }
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, "abcdabcdabcdabcd", ""]
    cell = text_kernel.run("%tracker login --strategy code", answers=typed)
    assert said[word] in cell.shown
    assert "Try again" in cell.shown


def test_the_dialogue_speaks_russian(text_kernel):
    """By `--lang`, by the setting, by the kernel's locale."""
    assert "Как вы хотите войти?" in text_kernel.run("%tracker login --lang ru", answers=["9", "1", "", "", ""]).shown
    text_kernel.run("%config TrackerMagic.lang = 'ru'")
    assert "Как вы хотите войти?" in text_kernel.run("%tracker login", answers=["1", "", "", ""]).shown
    text_kernel.run("%config TrackerMagic.lang = None\nos.environ['LANG'] = 'ru_RU.UTF-8'")
    cell = text_kernel.run("%tracker login", answers=["1", "", "", ""])
    text_kernel.run("os.environ['LANG'] = 'C.UTF-8'")
    assert "Как вы хотите войти?" in cell.shown


def test_while_somebody_types_no_line_is_drawn(text_kernel, demo):
    """A login may take its time; nothing is drawn over the question."""
    typed = [demo.access.org_id, KERNEL, demo.access.client_id, demo.access.token]
    cell = text_kernel.run("%tracker login --strategy token", answers=typed, think_s=0.8)
    assert (cell.error, cell.of("update_display_data")) == (None, [])
    assert "▸" not in cell.shown
