"""Secrets of every form in every public object and every error: nothing that can be printed contains one."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tracker_magic import Tracker, errors
from tracker_magic.auth import (
    Clock,
    Credentials,
    Login,
    LoginContext,
    Organisation,
    Token,
    TokenAuth,
    environment,
    iam,
    oauth,
)
from tracker_magic.auth.credentials import (
    ExchangeTokenProvider,
    OAuthTokenProvider,
    ServiceAccountTokenProvider,
    StoredTokenProvider,
)
from tracker_magic.auth.environment import EnvironmentTokenProvider
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
Wallet = LoginService = Any  # fixtures make them


def objects_with_secrets(wallet: Wallet, service: LoginService) -> list[Any]:
    """Every public object that holds a secret."""
    token = Token(wallet.oauth, "OAuth", LATE, wallet.refresh)
    app = service.app(wallet)
    context = service.context(TRACKER_TOKEN=wallet.oauth, TRACKER_CLIENT_SECRET=wallet.app_secret)
    login = Login(token, "test", OAuthTokenProvider(service.services, app, token))
    key = iam.ServiceAccountKey("k", "a", wallet.pem)
    profile = Profile("default", service.url, service.url, ORG, token, app)
    providers = [
        OAuthTokenProvider(service.services, app, token),
        ServiceAccountTokenProvider(service.services, key),
        StoredTokenProvider(service.services, app, context.profiles, profile),
        ExchangeTokenProvider(service.services, wallet.oauth),
        EnvironmentTokenProvider({"YC_TOKEN": wallet.iam.reveal()}, "YC_TOKEN"),
    ]
    return [
        *wallet.all(), token, app, login, context, service.services, Pkce(wallet.verifier, "s"), TokenAuth(token, ORG),
        Credentials(login, ORG, service.addresses, app=app), Token(wallet.iam, "Bearer", LATE), Token(wallet.old),
        DeviceCode(wallet.code, "abcd", "https://ya.ru/device", 5, LATE),
        profile, key, *providers,
        CodeFlow(context, app, ORG), TokenFlow(context, app, ORG), IamFlow(context, ORG), DeviceFlow(context, app, ORG),
        environment.login(context.environ, Clock()), environment.app(context.environ), Transport([service.url]),
        Tracker(token=wallet.old, org_id="1", base_url=service.url), Tracker(login=(login, ORG), base_url=service.url),
        Tracker(iam_token=wallet.iam.reveal(), cloud_org_id="bpf", base_url=service.url),
    ]  # fmt: skip


def errors_with_secrets(wallet: Wallet) -> list[BaseException]:
    """An error of every class, with secrets in each of its texts."""
    named = {"client_secret": wallet.app_secret, "code_verifier": wallet.verifier, "device_code": wallet.code}
    words = [f'{name}={value.reveal()} "{name}": "{value.reveal()}"' for name, value in named.items()]
    tokens = (wallet.oauth, wallet.old, wallet.iam, wallet.refresh, wallet.pem)
    words += [f"OAuth {each.reveal()} Bearer {each.reveal()}" for each in tokens]
    text = "; ".join([*words, f"https://h/?code={wallet.code.reveal()}&state=x"])
    known = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, BaseException)]
    plain = [each for each in known if issubclass(each, errors.TrackerError)]
    refused = [each for each in plain if issubclass(each, errors.Refused)]
    assert len(plain) > 20
    return [
        *(error_class(text, hint=text) for error_class in plain),
        *(error_class(text, status=400, messages=[text, text], url=text) for error_class in refused),
        errors.Cancelled(text),
    ]


def interrupted_auth(wallet: Wallet) -> Callable[[Any], Any]:
    """An auth hook that is interrupted after it has signed the request."""

    def sign(request: Any) -> Any:
        TokenAuth(Token(wallet.oauth), ORG)(request)
        raise KeyboardInterrupt

    return sign


def damaged_profile(service: LoginService, wallet: Wallet, content: str) -> None:
    """Fail to load a profile with this content in its file, or, without content, to save one."""
    profiles = Profiles.of({"TRACKER_HOME": service.home})
    token = Token(wallet.oauth, refresh=wallet.refresh)
    profile = Profile("broken", service.url, service.url, ORG, token, service.app(wallet))
    file = profiles.file("broken")
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


def login(service: LoginService, **names: Secret) -> Any:
    """The login in the environment."""
    return environment.login(service.context(**names).environ, Clock())


def incomplete_key_file(wallet: Wallet, service: LoginService) -> iam.ServiceAccountKey:
    """Read a key file without an id."""
    file = Path(service.home, "key.json")
    file.write_bytes(orjson.dumps({"private_key": wallet.pem.reveal()}))
    return iam.read_key_file(str(file))


def renewable_login(wallet: Wallet, service: LoginService) -> Login:
    """A login that can be renewed."""
    return (
        service.context()
        .oauth_credentials(service.app(wallet), Token(wallet.oauth, refresh=wallet.refresh), "test", ORG)
        .login
    )


def with_space(secret: Secret) -> Secret:
    """The secret with a space in it, which no header can carry."""
    return Secret(f"{secret.reveal()} x")


def reply_with(status: int = 200, **members: Any) -> Reply:
    """A reply of a login service that contains these members."""
    plain = {name: value.reveal() if isinstance(value, Secret) else value for name, value in members.items()}
    return Reply(status, {"X": str(plain)}, orjson.dumps(plain), "https://oauth.yandex.ru/token")


Step = Callable[[Wallet, LoginService], object]
REQUESTS: dict[str, Step] = {
    "get": lambda w, s: Tracker(token=w.oauth, org_id="1", base_url=s.url, timeout=0.3).get("myself"),
    "get with an old token": lambda w, s: Tracker(token=w.old, org_id="1", base_url=s.url, timeout=0.3).me,
    "count": lambda w, s: Tracker(iam_token=w.iam, cloud_org_id="bpf", base_url=s.url, timeout=0.3).count("x: y"),
    "renew": lambda w, s: Tracker(login=(renewable_login(w, s), ORG), base_url=s.url, timeout=0.3).get("myself"),
    "refresh": lambda w, s: s.services.refreshed(s.app(w), Token(w.oauth, refresh=w.refresh)),
    "code": lambda w, s: s.services.exchange_code(s.app(w), s.device, Pkce(w.verifier, "s"), w.code),
    "device": lambda w, s: s.services.request_device_code(App("nobody", w.app_secret), s.device),
    "poll": lambda w, s: s.services.poll(s.app(w), DeviceCode(w.code, "c", "https://ya.ru", 5, LATE)),
    "revoke": lambda w, s: s.services.revoke(s.app(w), Token(w.oauth)),
    "jwt": lambda w, s: s.services.exchange_jwt(lambda _: w.iam),
    "exchange": lambda w, s: s.services.exchange_oauth_token(w.oauth),
    "stop": lambda w, s: Transport([s.url]).send("POST", s.url, data=s.app(w).form(), sign=interrupted_auth(w)),
}  # fmt: skip
WITHOUT_FAULTS: dict[str, Step] = {
    "closed port": lambda w, _: Services(Addresses(oauth=CLOSED)).revoke(App("i", w.app_secret), Token(w.oauth)),
    "two tokens": lambda w, s: Tracker(token=w.oauth.reveal(), iam_token=w.iam.reveal(), org_id="1", base_url=s.url),
    "no organisation": lambda w, _: Tracker(token=w.oauth.reveal()),
    "bad token": lambda w, s: Tracker(token=with_space(w.oauth).reveal(), org_id="1", base_url=s.url),
    "bad address": lambda w, _: Tracker(token=w.oauth.reveal(), org_id="1", base_url="http://example.com"),
    "client": lambda w, s: Tracker(iam_token=w.iam, org_id="1", base_url=s.url).to_client(),
    "two variables": lambda w, s: login(s, TRACKER_TOKEN=w.oauth, TRACKER_IAM_TOKEN=w.iam),
    "token with a space": lambda w, s: login(s, TRACKER_TOKEN=with_space(w.oauth)),
    "ambient": lambda w, _: EnvironmentTokenProvider({"YC_TOKEN": with_space(w.oauth).reveal()}, "YC_TOKEN").renew(
        Token(w.oauth)
    ),
    "key parts": lambda w, s: environment.service_key(s.context(TRACKER_SA_PRIVATE_KEY=w.pem).environ),
    "key text": lambda w, s: environment.service_key(s.context(TRACKER_SA_KEY=w.pem).environ),
    "key as a file": lambda w, s: environment.service_key(s.context(TRACKER_SA_KEY_FILE=w.pem).environ),
    "key text without an id": lambda w, s: environment.service_key(
        s.context(TRACKER_SA_KEY=Secret(f'{{"private_key": "{w.pem.reveal()}"}}')).environ
    ),
    "key": lambda w, _: iam.signed_jwt(iam.service_account_key("k", "a", w.pem), LATE),
    "key file": incomplete_key_file,
    "no key": lambda w, _: iam.service_account_key("k", "a", w.code),
    "address in the environment": lambda w, _: LoginContext(
        {"TRACKER_TOKEN": w.oauth.reveal(), "TRACKER_WEB_URL": "x"}
    ),
    "pasted code": lambda w, s: CodeFlow(s.context(), s.app(w), ORG).finish(f"http://h?state=x&code={w.code.reveal()}"),
    "pasted nonsense": lambda w, s: TokenFlow(s.context(), s.app(w), ORG).finish(with_space(w.oauth).reveal()),
    "pasted error": lambda w, s: TokenFlow(s.context(), None, ORG).finish(
        f"https://h/#error={w.oauth.reveal()}&access_token={w.old.reveal()}"
    ),
    "pasted other": lambda w, s: IamFlow(s.context(), ORG).finish(w.oauth.reveal()),
    "reply without a token": lambda w, _: oauth.read_token_reply(reply_with(refresh_token=w.refresh), LATE),
    "reply with an error": lambda w, _: oauth.read_poll_reply(
        reply_with(400, error=w.old, access_token=w.oauth), LATE
    ),
    "reply cut": lambda w, _: oauth.read_oauth_reply(
        Reply(200, {}, f'{{"access_token": "{w.oauth.reveal()}'.encode(), "")
    ),
    "reply of iam": lambda w, _: iam.read_iam_reply(reply_with(403, iamToken=w.iam, message=w.iam), "key", LATE),
    "reply of the metadata": lambda w, _: iam.read_metadata_reply(reply_with(403, access_token=w.iam), LATE),
    "device reply": lambda w, _: oauth.read_device_reply(reply_with(device_code=w.code, user_code="x"), LATE),
    "profile without a token": lambda w, s: damaged_profile(s, w, '"x"'),
    "profile cut": lambda w, s: damaged_profile(s, w, '"'),
    "profile not written": lambda w, s: damaged_profile(s, w, ""),
}  # fmt: skip
FAULT_KINDS = ("html", "empty", "cut", "drop", "redirect", "status")
FEW_EXAMPLES = settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.generate],  # shrinking a secret explains nothing
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def error_of(step: Step, wallet: Wallet, service: LoginService) -> BaseException:
    """The error that a step raises; each step must raise one."""
    try:
        step(wallet, service)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - any error is examined
        return error
    raise AssertionError("nothing went wrong")


@pytest.mark.parametrize(
    "name", ["objects", "errors", *REQUESTS, *WITHOUT_FAULTS, *(f"{name} with a fault" for name in REQUESTS)]
)
@FEW_EXAMPLES
@given(data=st.data())
def test_no_secret_can_be_printed(name, data, leaks, service):
    """No repr, str, format, vars, pickle, traceback with locals, log at DEBUG or warning contains a secret."""
    wallet, faults = data.draw(leaks.wallets), service.demo.behaviour.faults
    with leaks.captured_logs() as logs:
        if name == "objects":
            shown = [text for each in objects_with_secrets(wallet, service) for text in leaks.printed_texts(each)]
        elif name == "errors":
            shown = [text for each in errors_with_secrets(wallet) for text in leaks.error_texts(each)]
        else:
            if name.endswith(" with a fault"):  # the request fails on the way
                faults.append(Fault(data.draw(st.sampled_from(FAULT_KINDS)), times=99, status=500, location=CLOSED))
            error = error_of((REQUESTS | WITHOUT_FAULTS)[name.removesuffix(" with a fault")], wallet, service)
            shown = list(leaks.error_texts(error))
    faults.clear()
    leaks_found = [text for text in [*shown, *logs] if leaks.leaked(text, wallet.all())]
    assert leaks_found == []


def test_a_successful_session_prints_no_secret(leaks, service):
    """In a login that is stored, renewed, used and revoked, nothing that holds its tokens prints them."""
    access = service.demo.access
    context, org = service.context(), Organisation(access.org_id, "360")
    app = App(access.client_id, Secret(access.client_secret))
    with leaks.captured_logs() as logs:
        access.switches.device_approve_after = 1
        flow = DeviceFlow(context, app, org)
        code = flow.begin()
        made = flow.finish(code, lambda _: None)
        credentials = save_login(context, made, "me", "file", "session")
        first = credentials.login.token()
        access.expire(first.secret.reveal())
        with signed_in(credentials) as tracker:
            frame = tracker.issues(queue=tracker.queues()["key"].iloc[0], limit=2)
            holders = [tracker, credentials, made, context, code, flow, frame.attrs, tracker.me]
            shown = [text for each in holders for text in leaks.printed_texts(each)] + [frame.to_string()]
        credentials.login.revoke()
    last = credentials.login.token()
    secrets = [
        *(each for token in (first, last) for each in (token.secret, token.refresh)),
        app.secret,
        code.device_code,
    ]
    assert [text for text in [*shown, *logs] if leaks.leaked(text, secrets)] == []
    assert leaks.leaked(repr(first.secret.reveal()), secrets), "the search finds a secret that is there"
