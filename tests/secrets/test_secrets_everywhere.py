"""Secrets of every form go through every public object and every error; nothing that can be printed shows one."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tracker_magic import Tracker, errors
from tracker_magic.auth import Credentials, Login, LoginContext, Organisation, Token, TokenAuth, environment, iam, oauth
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, TokenFlow, save_login
from tracker_magic.auth.oauth import App, DeviceCode, Pkce
from tracker_magic.auth.profiles import Profile, Profiles
from tracker_magic.auth.services import Services
from tracker_magic.demo.behaviour import Fault
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.tracker import signed_in
from tracker_magic.transport.transport import Reply, Transport

ORG = Organisation("123", "360")
LATE = datetime(2100, 1, 1, tzinfo=UTC)
CLOSED = "http://127.0.0.1:9"
Wallet = TokenStorage = Any  # they are made by fixtures


def objects(wallet: Wallet, place: TokenStorage) -> list[Any]:
    """Every public object that holds a secret."""
    token = Token(wallet.oauth, "OAuth", LATE, wallet.refresh)
    app, context = place.app(wallet), place.context(TRACKER_TOKEN=wallet.oauth, TRACKER_CLIENT_SECRET=wallet.app_secret)
    login = Login(token, "test", renew=lambda _: Token(wallet.iam), revoke=lambda _: None)
    proof = Pkce(wallet.verifier, "state")
    return [
        *wallet.all(), token, app, login, context, place.services, proof, TokenAuth(token, ORG),
        Credentials(login, ORG, place.addresses, app=app), Token(wallet.iam, "Bearer", LATE), Token(wallet.old),
        DeviceCode(wallet.code, "abcd", "https://ya.ru/device", 5, LATE),
        Profile("default", place.url, place.url, ORG, token, app), iam.ServiceKey("k", "a", wallet.pem),
        CodeFlow(context, app, ORG), TokenFlow(context, app, ORG), IamFlow(context, ORG), DeviceFlow(context, app, ORG),
        environment.login(context.environ, lambda: LATE), environment.app(context.environ), Transport([place.url]),
        Tracker(token=wallet.old, org_id="1", base_url=place.url), Tracker(login=(login, ORG), base_url=place.url),
        Tracker(iam_token=wallet.iam.reveal(), cloud_org_id="bpf", base_url=place.url),
    ]  # fmt: skip


def of_the_tree(wallet: Wallet) -> list[BaseException]:
    """Every class of error and warning, with secrets wherever a text can be given."""
    named = {"client_secret": wallet.app_secret, "code_verifier": wallet.verifier, "device_code": wallet.code}
    words = [f'{name}={value.reveal()} "{name}": "{value.reveal()}"' for name, value in named.items()]
    told = (wallet.oauth, wallet.old, wallet.iam, wallet.refresh, wallet.pem)
    words += [f"OAuth {each.reveal()} Bearer {each.reveal()}" for each in told]
    said = "; ".join([*words, f"https://h/?code={wallet.code.reveal()}&state=x"])
    known = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, BaseException)]
    plain = [kind for kind in known if issubclass(kind, errors.TrackerError)]
    refused = [kind for kind in plain if issubclass(kind, errors.Refused)]
    assert len(plain) > 20
    return [
        *(kind(said, hint=said) for kind in plain),
        *(kind(said, status=400, messages=[said, said], url=said) for kind in refused),
        errors.Cancelled(said),
    ]


def stopped(wallet: Wallet) -> Callable[[Any], Any]:
    """A person presses Stop while a signed request is made."""

    def sign(request: Any) -> Any:
        TokenAuth(Token(wallet.oauth), ORG)(request)
        raise KeyboardInterrupt

    return sign


def broken(place: TokenStorage, wallet: Wallet, content: str) -> None:
    """A stored profile that cannot be read, or not be written."""
    profiles = Profiles.of({"TRACKER_HOME": place.home})
    token = Token(wallet.oauth, refresh=wallet.refresh)
    profile = Profile("broken", place.url, place.url, ORG, token, place.app(wallet))
    file = profiles._folder / "broken.json"
    profiles.remove("broken") if file.is_file() else None
    if not content:
        file.mkdir(parents=True, exist_ok=True)
        try:
            profiles.save(profile)
        finally:
            file.rmdir()
    profiles.save(profile)
    file.write_text(file.read_text().replace('"token"', content))
    profiles.load("broken")


def login(place: TokenStorage, **names: Secret) -> Any:
    """The environment's login."""
    return environment.login(place.context(**names).environ, lambda: LATE)


def half_a_key(wallet: Wallet, place: TokenStorage) -> iam.ServiceKey:
    """A key file without an id."""
    file = Path(place.home, "key.json")
    file.write_bytes(orjson.dumps({"private_key": wallet.pem.reveal()}))
    return iam.read_key_file(str(file))


def renewing(wallet: Wallet, place: TokenStorage) -> Login:
    """A login that tries to renew itself."""
    return place.context().with_oauth(place.app(wallet), Token(wallet.oauth, refresh=wallet.refresh), "test", ORG).login


def spoiled(secret: Secret) -> Secret:
    """A secret with a blank in it."""
    return Secret(f"{secret.reveal()} x")


def answer(status: int = 200, **members: Any) -> Reply:
    """A login service's answer that should not have been."""
    opened = {name: value.reveal() if isinstance(value, Secret) else value for name, value in members.items()}
    return Reply(status, {"X": str(opened)}, orjson.dumps(opened), "https://oauth.yandex.ru/token")


Step = Callable[[Wallet, TokenStorage], object]
CALLS: dict[str, Step] = {
    "ask": lambda w, p: Tracker(token=w.oauth, org_id="1", base_url=p.url, timeout=0.3).get("myself"),
    "ask old": lambda w, p: Tracker(token=w.old, org_id="1", base_url=p.url, timeout=0.3).me,
    "ask iam": lambda w, p: Tracker(iam_token=w.iam, cloud_org_id="bpf", base_url=p.url, timeout=0.3).count("x: y"),
    "renew": lambda w, p: Tracker(login=(renewing(w, p), ORG), base_url=p.url, timeout=0.3).get("myself"),
    "refresh": lambda w, p: p.services.refreshed(p.app(w), Token(w.oauth, refresh=w.refresh)),
    "code": lambda w, p: p.services.token_by_code(p.app(w), p.device, Pkce(w.verifier, "s"), w.code),
    "device": lambda w, p: p.services.device_code(App("nobody", w.app_secret), p.device),
    "poll": lambda w, p: p.services.poll(p.app(w), DeviceCode(w.code, "c", "https://ya.ru", 5, LATE)),
    "revoke": lambda w, p: p.services.revoke(p.app(w), Token(w.oauth)),
    "jwt": lambda w, p: p.services.iam_by_jwt(w.iam),
    "exchange": lambda w, p: p.services.iam_by_oauth(w.oauth),
    "stop": lambda w, p: Transport([p.url]).send("POST", p.url, data=p.app(w).form(), sign=stopped(w)),
}  # fmt: skip
ALONE: dict[str, Step] = {
    "closed port": lambda w, _: Services(Addresses(oauth=CLOSED)).revoke(App("i", w.app_secret), Token(w.oauth)),
    "two tokens": lambda w, p: Tracker(token=w.oauth.reveal(), iam_token=w.iam.reveal(), org_id="1", base_url=p.url),
    "no organisation": lambda w, _: Tracker(token=w.oauth.reveal()),
    "bad token": lambda w, p: Tracker(token=spoiled(w.oauth).reveal(), org_id="1", base_url=p.url),
    "bad address": lambda w, _: Tracker(token=w.oauth.reveal(), org_id="1", base_url="http://example.com"),
    "client": lambda w, p: Tracker(iam_token=w.iam, org_id="1", base_url=p.url).to_client(),
    "names": lambda w, p: login(p, TRACKER_TOKEN=w.oauth, TRACKER_IAM_TOKEN=w.iam),
    "blank": lambda w, p: login(p, TRACKER_TOKEN=spoiled(w.oauth)),
    "ambient": lambda w, p: environment._read_anew(p.context(YC_TOKEN=spoiled(w.oauth)).environ, "YC_TOKEN"),
    "key parts": lambda w, p: environment.service_key(p.context(TRACKER_SA_PRIVATE_KEY=w.pem).environ),
    "key": lambda w, _: iam.signed_jwt(iam.service_key("k", "a", w.pem), LATE),
    "key file": half_a_key,
    "no key": lambda w, _: iam.service_key("k", "a", w.code),
    "address in the environment": lambda w, _: LoginContext(
        {"TRACKER_TOKEN": w.oauth.reveal(), "TRACKER_WEB_URL": "x"}
    ),
    "pasted code": lambda w, p: CodeFlow(p.context(), p.app(w), ORG).finish(f"http://h?state=x&code={w.code.reveal()}"),
    "pasted nonsense": lambda w, p: TokenFlow(p.context(), p.app(w), ORG).finish(spoiled(w.oauth).reveal()),
    "pasted error": lambda w, p: TokenFlow(p.context(), None, ORG).finish(
        f"https://h/#error={w.oauth.reveal()}&access_token={w.old.reveal()}"
    ),
    "pasted other": lambda w, p: IamFlow(p.context(), ORG).finish(w.oauth.reveal()),
    "answer without a token": lambda w, _: oauth.read_token_reply(answer(refresh_token=w.refresh), LATE),
    "answer with an error": lambda w, _: oauth.read_poll_reply(answer(400, error=w.old, access_token=w.oauth), LATE),
    "answer cut": lambda w, _: oauth.read_answer(Reply(200, {}, f'{{"access_token": "{w.oauth.reveal()}'.encode(), "")),
    "answer of iam": lambda w, _: iam.read_iam_reply(answer(403, iamToken=w.iam, message=w.iam), iam.JWT_HINT),
    "answer of the metadata": lambda w, _: iam.read_metadata_reply(answer(403, access_token=w.iam), LATE),
    "answer to a device": lambda w, _: oauth.read_device_reply(answer(device_code=w.code, user_code="x"), LATE),
    "profile without a token": lambda w, p: broken(p, w, '"x"'),
    "profile cut": lambda w, p: broken(p, w, '"'),
    "profile not written": lambda w, p: broken(p, w, ""),
}  # fmt: skip
KINDS = ("html", "empty", "cut", "drop", "redirect", "status")
FEW = settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],  # shrinking a secret explains nothing
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def raised(step: Step, wallet: Wallet, place: TokenStorage) -> BaseException:
    """What a step raises; every one of them must."""
    try:
        step(wallet, place)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whichever it is
        return error
    raise AssertionError("nothing went wrong")


@pytest.mark.parametrize("name", ["objects", "errors", *CALLS, *ALONE, *(f"{name}, but" for name in CALLS)])
@FEW
@given(data=st.data())
def test_no_secret_shows_itself_anywhere(name, data, leaks, place):
    """Not in repr, str, format, vars, pickle, args, contexts, tracebacks with locals, logs at DEBUG, or warnings."""
    wallet, faults = data.draw(leaks.wallets), place.demo.behaviour.faults
    with leaks.listening() as heard:
        if name == "objects":
            shown = [text for each in objects(wallet, place) for text in leaks.printed(each)]
        elif name == "errors":
            shown = [text for each in of_the_tree(wallet) for text in leaks.told(each)]
        else:
            if name.endswith(", but"):  # something breaks on the way
                faults.append(Fault(data.draw(st.sampled_from(KINDS)), times=99, status=500, location=CLOSED))
            error = raised((CALLS | ALONE)[name.removesuffix(", but")], wallet, place)
            shown = list(leaks.told(error))
    faults.clear()
    places = [text for text in [*shown, *heard] if leaks.leaked(text, wallet.all())]
    assert places == []


def test_a_session_that_worked_shows_nothing(leaks, place):
    """A real login, stored, renewed, used and logged out: nothing that holds it shows its tokens."""
    access = place.demo.access
    context, org = place.context(), Organisation(access.org_id, "360")
    app = App(access.client_id, Secret(access.client_secret))
    with leaks.listening() as heard:
        access.switches.device_approve_after = 1
        flow = DeviceFlow(context, app, org)
        code = flow.begin()
        made = flow.finish(code, Event(), lambda *_: None)
        found = save_login(context, made, "me", "file", "session")
        first = found.login.token()
        access.expire(first.secret.reveal())
        with signed_in(found) as tracker:
            frame = tracker.issues(queue=tracker.queues()["key"].iloc[0], limit=2)
            defer_interrupts = [tracker, found, made, context, code, flow, frame.attrs, tracker.me]
            shown = [text for each in defer_interrupts for text in leaks.printed(each)] + [frame.to_string()]
        found.login.revoke()
    last = found.login.token()
    secrets = [
        *(each for token in (first, last) for each in (token.secret, token.refresh)),
        app.secret,
        code.device_code,
    ]
    assert [text for text in [*shown, *heard] if leaks.leaked(text, secrets)] == []
    assert leaks.leaked(repr(first.secret.reveal()), secrets), "the search finds what is there"
