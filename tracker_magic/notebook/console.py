"""The login as questions, where no form can be shown: a terminal, a kernel without ipywidgets, `login --prompt`.

The steps are those of the form; secrets are asked for by `getpass`, which neither shows nor keeps them.
"""

import getpass
import html
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.auth import NON_INTERACTIVE, Credentials, Organisation
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, PasteFlow, TokenFlow
from tracker_magic.auth.oauth import App, DeviceCode, is_client_id, may_need_secret
from tracker_magic.auth.profiles import TokenStorage
from tracker_magic.errors import BadOption, Forbidden, LoginError, LoginRefused, NotLoggedIn, TrackerError
from tracker_magic.layout import wrapped
from tracker_magic.notebook import show
from tracker_magic.notebook.offers import STORAGE_REASONS, STORAGES, prompted_strategies, storages
from tracker_magic.notebook.progress import ProgressDisplay
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.sessions import DEMO, session_command
from tracker_magic.notebook.texts import NEW_APP_PATH, ORGANISATIONS_PATH, Lang, answerable_error_text, duration, text
from tracker_magic.printable import cleaned
from tracker_magic.secret import Secret
from tracker_magic.tracker import Me, find_credentials


@dataclass(frozen=True, slots=True)
class ConsolePrompts:
    """Shows texts and asks questions in one language; `countdown` is the line that shows how long a code is valid."""

    lang: Lang
    shell: InteractiveShell
    countdown: ProgressDisplay

    def show(self, note: show.Note) -> None:
        """Show a message at once; a terminal would break its lines within a word."""
        plain = "\n".join(map(wrapped, note.text.splitlines()))
        show.display(self.shell, show.Note(plain, note.markup))

    def show_text(self, key: str, **values: object) -> None:
        """Show one of the texts."""
        self.show(show.note(text(key, self.lang, **values)))

    def show_link(self, key: str, url: str) -> None:
        """Show one of the texts with a link in it."""
        plain = text(key, self.lang, link=url)
        self.show(show.Note(plain, html.escape(plain).replace(html.escape(url), show.links([(url, url)]).markup)))

    def show_error(self, error: TrackerError) -> None:
        """Show what went wrong and what to do."""
        shown = answerable_error_text(error, self.lang)
        self.show_problem(shown.message, shown.hint)

    def show_problem(self, message: str, hint: str = "") -> None:
        """Show that an answer does not do, and what to do."""
        self.show(show.note(f"✗ {message}", *([hint] if hint else [])))

    def show_countdown(self, seconds: float) -> None:
        """Show how long the code is still valid."""
        self.countdown.draw(text("console.waiting", self.lang, left=duration(seconds, self.lang)))

    def end_countdown(self) -> None:
        """Show that nobody waits any more."""
        self.countdown.draw(text("console.waited", self.lang), last=True)

    def ask(self, key: str) -> str:
        """Ask for something that may be seen. Raises LoginRefused if the person interrupts."""
        return _read(input, text(key, self.lang))

    def ask_again(self, key: str, problem: str) -> str:
        """Ask once more for what is needed. Raises LoginRefused if nothing is typed again."""
        self.show_problem(text(problem, self.lang), text("console.try_again", self.lang))
        typed = self.ask(key)
        if not typed:
            raise login_cancelled()
        return typed

    def ask_secret(self, key: str, **values: object) -> Secret:
        """Ask for a secret, which no frame holds as plain text. Raises LoginRefused if the person interrupts."""
        return Secret(_read(getpass.getpass, text(key, self.lang, **values)))

    def choose(self, what: str, names: Sequence[str]) -> str:
        """Ask for one of several names by its number; Enter takes the first."""
        self.show_text(f"{what}.choose")
        labels = [text(f"{what}.{name}", self.lang) for name in names]
        self.show(show.note(*(f"  {number}. {label}" for number, label in enumerate(labels, 1))))
        while True:
            typed = self.ask("console.number") or "1"
            if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(names):
                return names[int(typed) - 1]
            self.show_text("console.number_invalid", last=len(names))


def _read(read: Callable[[str], str], question: str) -> str:
    try:
        return cleaned(read(f"{question}: "))
    except (EOFError, KeyboardInterrupt):
        raise login_cancelled() from None


def login_cancelled() -> LoginRefused:
    """The error for a login that the person does not want to continue."""
    return LoginRefused("the login was cancelled", hint="Run %tracker login again.", reason="login_cancelled")


class ConsoleLogin:
    """Asks for everything that a login needs and that is neither given nor known, then opens the session."""

    def __init__(self, opener: SessionOpener, prompts: ConsolePrompts) -> None:
        self._opener = opener
        self._request = opener.request
        self._context = opener.context
        self._prompts = prompts

    def run(self) -> Me:
        """Ask and open the session. Raises LoginRefused if the person gives up, TrackerError."""
        if person := self._opener.person_to_replace():
            logout = session_command("logout", self._request.name)
            self._prompts.show_text("status.already", person=person, logout=logout)
        known = self._opener.known_organisation()
        strategy = self._request.strategy or self._prompts.choose("strategy", prompted_strategies(self._opener))
        if strategy == DEMO:
            return self._open(self._opener.credentials(strategy), self._request.storage)
        if strategy in NON_INTERACTIVE:
            credentials = find_credentials(strategy, self._opener.profile(strategy))
            organisation = self._request.organisation or credentials.organisation or self._confirm_organisation(known)
            return self._open(replace(credentials, organisation=organisation), self._request.storage)
        organisation = self._confirm_organisation(known)
        storage = self._request.storage or self._choose_storage()
        if strategy == "device":
            return self._open(self._log_in_by_device(organisation), storage)
        return self._log_in_by_pasting(strategy, organisation, storage)

    def _choose_storage(self) -> TokenStorage | None:
        names = storages(self._opener)
        return STORAGES[self._prompts.choose("storage", names) if len(names) > 1 else names[0]]

    def _confirm_organisation(self, known: Organisation | None) -> Organisation | None:
        """Show the known organisation, or ask for one."""
        if known is None:
            return self._ask_organisation()
        self._prompts.show(show.note(show.organisation(known.id, known.kind, self._prompts.lang)))
        return known

    def _ask_organisation(self) -> Organisation | None:
        self._prompts.show_link("organisation.help", self._context.addresses.web + ORGANISATIONS_PATH)
        while True:
            typed = self._prompts.ask("organisation.id")
            if not typed and self._opener.may_lack_organisation:
                return None
            try:
                return Organisation.guessed(typed or self._prompts.ask_again("organisation.id", "organisation.missing"))
            except BadOption as error:
                self._prompts.show_error(error)

    def _app(self, *, needs_secret: bool) -> App:
        """Return the known app, else the one whose ClientID is typed; the secret is asked for only if it is needed."""
        app = self._context.app() or App(self._ask_client_id())
        if needs_secret and app.secret is None:
            secret = self._prompts.ask_secret("console.app_secret")
            app = replace(app, secret=secret if secret.reveal() else None)
        return app

    def _ask_app_or_none(self) -> App | None:
        client_id = self._ask_client_id(is_needed=False)
        return App(client_id) if client_id else None

    def _ask_client_id(self, *, is_needed: bool = True) -> str:
        """Ask for the ClientID of an app; return "" if none is typed and needed."""
        self._prompts.show_text("app.register")
        self._prompts.show_link("app.register.1", self._context.addresses.oauth + NEW_APP_PATH)
        self._prompts.show_text("app.register.2")
        self._prompts.show_text("app.register.3")
        while True:
            typed = self._prompts.ask("app.client_id" if is_needed else "console.client_id")
            if not typed and is_needed:
                typed = self._prompts.ask_again("app.client_id", "app.client_id.missing")
            if not typed or is_client_id(typed):
                return typed
            self._prompts.show_problem(text("app.client_id.invalid", self._prompts.lang))

    def _log_in_by_device(self, organisation: Organisation | None) -> Credentials:
        flow = DeviceFlow(self._context, self._app(needs_secret=True), organisation)
        code = flow.begin()
        self._prompts.show_link("link.device", code.url)
        self._prompts.show_text("console.code", code=code.user_code)
        try:
            return flow.finish(code, partial(self._wait, code))
        finally:
            self._prompts.end_countdown()

    def _wait(self, code: DeviceCode, seconds: float) -> None:
        """Wait until the next request, showing every second how long the code is valid."""
        ends_at = time.monotonic() + min(seconds, code.seconds_left(self._context.clock.now()))
        while (remaining_s := ends_at - time.monotonic()) > 0:
            self._prompts.show_countdown(code.seconds_left(self._context.clock.now()))
            time.sleep(min(1.0, remaining_s))

    def _log_in_by_pasting(self, strategy: str, organisation: Organisation | None, storage: TokenStorage | None) -> Me:
        """Ask for a code or token until the service accepts it, or nothing is pasted."""
        flow = self._paste_flow(strategy, organisation)
        while True:
            credentials = self._read_pasted(strategy, flow)
            try:
                return self._open(credentials, storage)
            except NotLoggedIn:
                self._prompts.show(show.note(f"✗ {text('paste.rejected', self._prompts.lang)}"))
                self._prompts.show_text("console.try_again")

    def _paste_flow(self, strategy: str, organisation: Organisation | None) -> PasteFlow:
        if strategy == "iam":
            return IamFlow(self._context, organisation)
        flow: CodeFlow | TokenFlow
        if strategy == "code":
            flow = CodeFlow(self._context, self._app(needs_secret=False), organisation)
        else:  # who already has a token needs no app
            self._prompts.show_text("strategy.token.help")
            flow = TokenFlow(self._context, self._context.app() or self._ask_app_or_none(), organisation)
        if flow.link:
            self._prompts.show_link("link.allow", flow.link)
        return flow

    def _read_pasted(self, strategy: str, flow: PasteFlow) -> Credentials:
        label = text(f"paste.{strategy}", self._prompts.lang)
        while True:
            pasted = self._prompts.ask_secret("console.secret", label=label)
            if not pasted.reveal():
                raise login_cancelled()
            try:
                return flow.finish(pasted)
            except TrackerError as error:
                self._prompts.show_error(error)
                if isinstance(flow, CodeFlow) and may_need_secret(error):
                    flow.set_client_secret(self._prompts.ask_secret("console.app_secret"))
                self._prompts.show_text("console.try_again")

    def _open(self, credentials: Credentials, storage: TokenStorage | None) -> Me:
        """Open the session; if the organisation or the storage is refused, ask for another one."""
        while True:
            try:
                return self._opener.open(credentials, storage)
            except Forbidden as error:
                self._prompts.show_error(error)
                credentials = replace(credentials, organisation=self._ask_organisation())
            except (BadOption, LoginError) as error:
                if storage is None or error.reason not in STORAGE_REASONS:
                    raise
                self._prompts.show_error(error)
                storage = self._choose_storage()
