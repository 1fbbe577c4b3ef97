"""The login as questions and answers, where no form can be drawn: a terminal, a kernel without ipywidgets.

The steps are those of the form; what is secret is asked by `getpass`, which neither shows nor keeps it.
"""

import getpass
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tracker_magic.auth import (
    NON_INTERACTIVE,
    Clock,
    Credentials,
    LoginContext,
    Organisation,
    credentials_for,
    environment,
    usable,
)
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, TokenFlow
from tracker_magic.auth.oauth import App, DeviceCode
from tracker_magic.auth.profiles import TokenStorage
from tracker_magic.errors import BadOption, Forbidden, LoginError, LoginRefused, NotLoggedIn, TrackerError, masked
from tracker_magic.notebook import show
from tracker_magic.notebook.progress import ProgressDisplay
from tracker_magic.notebook.russian import said
from tracker_magic.notebook.texts import NEW_APP, ORGANISATIONS, Lang, left, text
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses
from tracker_magic.tracker import Me

Opened = Callable[[Credentials, TokenStorage | None], Me]

PLACES: Final[tuple[TokenStorage | None, ...]] = (None, "file", "keyring")


@dataclass(frozen=True, slots=True)
class ConsolePrompts:
    """How it is talked: the language, where a message is shown, and the one line that counts down."""

    lang: Lang
    show: Callable[[show.Note], object]
    screen: ProgressDisplay

    def say(self, key: str, **values: object) -> None:
        """Show one text."""
        self.show(show.note(text(key, self.lang, **values)))

    def link(self, key: str, url: str) -> None:
        """Show a text and an address to open."""
        what, link = show.note(text(key, self.lang)), show.links([(url, url)])
        self.show(show.Note(f"{what.text}\n    {link.text}", f"{what.markup}<br>{link.markup}"))

    def fail(self, problem: TrackerError) -> None:
        """Show what went wrong and what to do."""
        message, hint = said(problem, self.lang)
        self.show(show.note(f"✗ {message}", *([hint] if hint else [])))

    def ask(self, key: str) -> str:
        """Ask for something that everybody may see. Raises LoginRefused where it is given up."""
        return _answer(input, text(key, self.lang))

    def ask_hidden(self, key: str) -> Secret:
        """Ask for something secret; it is closed at once, so that no frame holds it open."""
        return Secret(_answer(getpass.getpass, text(key, self.lang)))

    def choose(self, key: str, choices: list[str]) -> int:
        """Ask for one of several texts, by its number; Enter takes the first."""
        self.say(key)
        self.show(show.note(*(f"  {number}. {choice}" for number, choice in enumerate(choices, 1))))
        while True:
            typed = self.ask("way.number") or "1"
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(choices):
                return int(typed) - 1
            self.say("way.wrong", last=len(choices))


def log_in_on_console(
    context: LoginContext,
    talk: ConsolePrompts,
    *,
    given: Organisation | None,
    known: Organisation | None,
    strategy: str | None,
    profile: str,
    place: TokenStorage | None,
    opened: Opened,
) -> Me:
    """Ask for what is neither given nor known, and open a session; `profile` is the stored one that is offered.

    Raises LoginRefused where it is given up, TrackerError.
    """
    strategy = strategy or _way(context, talk, profile)
    if strategy in NON_INTERACTIVE:
        found = credentials_for(context, strategy, profile if strategy == "stored" else None)
        organisation = given or found.organisation or _organisation(context, talk, known)
        return _opened(context, talk, replace(found, organisation=organisation), place, opened)
    organisation = _organisation(context, talk, given or known)
    place = place or _place(talk)
    if strategy == "device":
        return _opened(context, talk, _by_device(context, talk, organisation), place, opened)
    return _pasted(context, talk, strategy, organisation, lambda found: _opened(context, talk, found, place, opened))


def offered_strategies(context: LoginContext, profile: str) -> list[str]:
    """The ways that can work here, the best first (AUTH 8); those not named must be asked for by their name."""
    app = context.app()
    typed = ["device", "code"] if app and app.secret else ["code", "device"]
    ready = {
        "env": _answers(lambda: environment.login(context.environ, context.clock)),
        "stored": profile in context.profiles.names(),
        "service-account": _answers(lambda: environment.service_key(context.environ)),
        "yc": shutil.which("yc") is not None,
    }
    names = ("env", "stored", *typed, "token", "service-account", "yc", "iam")
    return [name for name in names if ready.get(name, True)]


def _answers(ask: Callable[[], object]) -> bool:
    try:
        return ask() is not None
    except TrackerError:
        return True  # there is something, and choosing it tells what is wrong with it


def _way(context: LoginContext, talk: ConsolePrompts, profile: str) -> str:
    offered = offered_strategies(context, profile)
    return offered[talk.choose("way.choose", [text(f"way.{name}", talk.lang) for name in offered])]


def _organisation(context: LoginContext, talk: ConsolePrompts, known: Organisation | None) -> Organisation | None:
    """The one that is known, else asked for; another service than the default one may do without (the internal one)."""
    if known is not None:
        talk.show(show.note(show.organisation(known.id, known.kind, talk.lang)))
        return known
    talk.link("org.where", ORGANISATIONS)
    talk.say("org.kinds")
    while True:
        typed = talk.ask("org.ask")
        if not typed and context.addresses.api != Addresses().api:
            return None
        if not typed:
            raise given_up()
        try:
            return Organisation.guessed(typed)
        except BadOption as problem:
            talk.fail(problem)


def _place(talk: ConsolePrompts) -> TokenStorage | None:
    kinds = [text(f"keep.{place or 'kernel'}", talk.lang) for place in PLACES]
    return PLACES[talk.choose("keep.choose", kinds)]


def _app(context: LoginContext, talk: ConsolePrompts, *, secret: bool) -> App:
    """The known app, else the one whose ClientID is typed; its `secret` only where the way needs it."""
    app = context.app()
    if app is None:
        talk.say("app.unknown")
        talk.link("app.step1", NEW_APP)
        talk.say("app.step2")
        talk.say("app.step3")
        app = App(_client_id(talk))
    if secret and app.secret is None:
        typed = talk.ask_hidden("app.secret")
        app = replace(app, secret=typed if typed.reveal() else None)
    return app


def _client_id(talk: ConsolePrompts) -> str:
    while True:
        typed = talk.ask("app.ask")
        if not typed:
            raise given_up()
        if usable(typed) and masked(typed) == typed:
            return typed
        talk.say("app.wrong")


def _by_device(context: LoginContext, talk: ConsolePrompts, organisation: Organisation | None) -> Credentials:
    flow = DeviceFlow(context, _app(context, talk, secret=True), organisation)
    code = flow.begin()
    talk.link("device.open", code.url)
    talk.say("device.code", code=code.user_code)
    try:
        return flow.finish(code, threading.Event(), _counting_down(talk, code, context.clock))
    finally:
        talk.screen.draw(text("device.over", talk.lang), last=True)


def _counting_down(talk: ConsolePrompts, code: DeviceCode, clock: Clock) -> Callable[[threading.Event, float], None]:
    """A wait that says each second how long the code lives."""

    def wait(stop: threading.Event, seconds: float) -> None:
        until = time.monotonic() + min(seconds, code.seconds_left(clock.now()))
        while not stop.is_set() and (rest := until - time.monotonic()) > 0:
            lives = left(code.seconds_left(clock.now()), talk.lang)
            talk.screen.draw(text("device.left", talk.lang, left=lives))
            stop.wait(min(1.0, rest))

    return wait


def _pasted(
    context: LoginContext,
    talk: ConsolePrompts,
    strategy: str,
    organisation: Organisation | None,
    opened: Callable[[Credentials], Me],
) -> Me:
    """Take what is pasted until the service accepts it, or nothing is pasted."""
    flow = _flow(context, talk, strategy, organisation)
    while True:
        found = _taken(talk, strategy, flow)
        try:
            return opened(found)
        except NotLoggedIn as problem:
            talk.fail(problem)
            talk.say("again")


def _flow(
    context: LoginContext, talk: ConsolePrompts, strategy: str, organisation: Organisation | None
) -> CodeFlow | TokenFlow | IamFlow:
    """The way's steps; its link is shown."""
    if strategy == "iam":
        return IamFlow(context, organisation)
    app = _app(context, talk, secret=False)
    flow = CodeFlow(context, app, organisation) if strategy == "code" else TokenFlow(context, app, organisation)
    talk.link("open", flow.link)
    return flow


def _taken(talk: ConsolePrompts, strategy: str, flow: CodeFlow | TokenFlow | IamFlow) -> Credentials:
    while True:
        pasted = talk.ask_hidden(f"paste.{strategy}")
        if not pasted.reveal():
            raise given_up()
        try:
            return flow.finish(pasted)
        except TrackerError as problem:
            talk.fail(problem)
            if (
                isinstance(flow, CodeFlow)
                and isinstance(problem, LoginError)
                and problem.oauth_error == "invalid_client"
            ):
                flow.set_client_secret(talk.ask_hidden("app.secret"))
            talk.say("again")


def _opened(
    context: LoginContext, talk: ConsolePrompts, found: Credentials, place: TokenStorage | None, opened: Opened
) -> Me:
    """Open the session; another organisation or place is asked for where this one is refused."""
    while True:
        try:
            return opened(found, place)
        except Forbidden as problem:
            talk.fail(problem)
            found = replace(found, organisation=_organisation(context, talk, None))
        except BadOption as problem:
            if place is None:
                raise
            talk.fail(problem)
            place = _place(talk)


def given_up() -> LoginRefused:
    """The person does not want to go on."""
    return LoginRefused("the login was given up.", hint="Run %tracker login again.")


def _answer(ask: Callable[[str], str], prompt: str) -> str:
    try:
        return ask(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        raise given_up() from None
