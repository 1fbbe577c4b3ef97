"""The login form as a state machine without widgets: answers and clicks in, states out; whatever takes time is a job.

A job runs in a thread, one at a time. A job that was cancelled changes nothing any more. Widget messages arrive in the
main thread, where an interrupt can come at any moment, so nothing in here waits for a job or shares a Python-level lock
with it, as those of Event and Queue are: a plain attribute says which job counts, and RLock is implemented in C.
"""

import math
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from tracker_magic.auth.credentials import INTERACTIVE, Credentials
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, PasteFlow, TokenFlow
from tracker_magic.auth.oauth import App, DeviceCode, is_client_id, may_need_secret
from tracker_magic.auth.token import Organisation, is_organisation_id
from tracker_magic.errors import NotLoggedIn, TrackerError
from tracker_magic.forks import PerProcess
from tracker_magic.notebook.form.state import FINAL, FIRST_FIELDS, FormStep, State, field_to_correct, first_state
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.texts import ErrorText, answerable_error_text, error_text, text
from tracker_magic.printable import cleaned
from tracker_magic.secret import Secret

_INVALID_IDS: Final = {"organisation_id": "organisation.invalid", "client_id": "app.client_id.invalid"}
_TICK_S: Final = 0.1  # how soon a cancelled job notices


class View(Protocol):
    """Whatever shows a state."""

    def show(self, state: State) -> None:
        """Show a state; called from any thread."""

    def focus(self, name: str) -> None:
        """Move the keyboard's focus to a field or a button; called from any thread."""


@dataclass(frozen=True, eq=False)
class _Job:
    """Something that takes time; `on_error` is the step to show if it fails."""

    on_error: FormStep


class _JobCancelled(Exception):
    """Ends the wait of a job that was cancelled."""


class LoginSteps:
    """Leads one person through a login, and shows every new state in the view."""

    def __init__(self, opener: SessionOpener, view: View) -> None:
        self.state = state = first_state(opener)
        self._opener = opener
        self._context = opener.context
        self._lang = opener.request.lang
        self._view = view
        self._known = opener.known_organisation()
        self._prefilled = state.organisation_id
        self._lock = PerProcess(threading.RLock)
        self._job: _Job | None = None  # the one that counts; any other was cancelled
        self._removed_from = ""  # the field whose last text was no id
        # Secrets that are kept while they are needed, and dropped when the form is done or cancelled.
        self._secret: Secret | None = None
        self._credentials: Credentials | None = None
        self._pasted: Secret | None = None
        self._flow: PasteFlow | None = None

    # What the person does.

    def update(self, **answers: Any) -> None:
        """Take answers: `organisation_id`, `strategy`, `client_id`, `storage`."""
        with self._lock.value:
            if any(getattr(self.state, name) != value for name, value in answers.items()):
                is_same_app = answers.get("client_id", self.state.client_id) == self.state.client_id
                self._change(error=None, asks_secret=self.state.asks_secret and is_same_app, **answers)
                self._note_secret()

    def take_id(self, name: str, typed: Secret) -> bool:
        """Take the id of the organisation or of the app, unless it is something else, perhaps a token.

        Then the answer becomes empty, and the form says why.
        """
        with self._lock.value:
            clean = Secret(cleaned(typed.reveal()))
            is_id = not clean.reveal() or _ID_CHECKS[name](clean.reveal())
            self.update(**{name: clean.reveal() if is_id else ""})
            self._view.show(self.state)  # the field has what was typed
            if not is_id:
                self._change(error=ErrorText(text(_INVALID_IDS[name], self._lang), text("form.removed", self._lang)))
            self._removed_from = "" if is_id else name
            return is_id

    def show_more(self) -> None:
        """Offer the strategies behind *Other ways*, too."""
        with self._lock.value:
            self._change(strategies=(*self.state.strategies, *self.state.more_strategies), more_strategies=())
            self._view.focus("strategy")

    def log_in_directly(self, strategy: str) -> None:
        """Log in by a strategy for which nothing is typed."""
        with self._lock.value:
            if self.state.step == "setup":
                self._removed_from = ""
                self._change(strategy=strategy)
                self.proceed()

    def fail(self, problem: Exception) -> None:
        """Show an unexpected exception by its class and place."""
        with self._lock.value:
            self._change(error=ErrorText(_location(problem), text("form.unexpected", self._lang)))

    def take_secret(self, secret: Secret) -> None:
        """Take what was typed into the one field for secrets: the app's secret, or what was pasted."""
        with self._lock.value:
            if self.state.step == "setup" and self.state.takes_token:
                self._removed_from = ""
                self.proceed()  # to the step that takes what was pasted, unless an answer is missing
            elif self.state.step == "setup":
                self._secret = secret
                self._change(has_secret=True, has_typed_secret=True, error=None)
            if self.state.step == "paste" and self._flow is not None:
                self._pasted = self._pasted_or_app_secret(self._flow, secret)
                self._start_job("paste", self._finish_flow, self._flow, self._pasted)

    def proceed(self) -> None:
        """Do what the main button of the step says."""
        with self._lock.value:
            if self._removed_from:  # a click takes the text of the field just before: its error stays to be read
                self._view.focus(self._removed_from)
                self._removed_from = ""
                return
            field, problem = self._missing()
            if field:
                knows_app = self.state.knows_app and field != "client_id"  # else the steps to one are shown
                self._change(error=ErrorText(text(problem, self._lang)), knows_app=knows_app)
                self._view.focus(field)
                return
            try:
                if self.state.step in {"setup", "waiting"}:
                    self._begin()
                elif self.state.step == "paste" and self.state.error is None:
                    # A click takes the text of the field just before: then a job is running, or an error is shown.
                    self._change(error=ErrorText(text("form.nothing_pasted", self._lang)))
                    self._view.focus("secret")
                elif self.state.step == "retry" and self._credentials is not None:
                    self._start_job("retry", self._open, self._corrected(self._credentials))
            except TrackerError as error:
                self._change(error=error_text(error, self._lang))

    def back(self) -> None:
        """Return to the answers; a job is cancelled."""
        with self._lock.value:
            self._job = None
            self._credentials = self._pasted = self._flow = None
            self._show("setup")

    def cancel(self, *, is_logout: bool = False) -> None:
        """Cancel the login, and forget what was typed; `is_logout`: who is logged in until now will not be any more."""
        with self._lock.value:
            if self.state.step not in FINAL:
                self.close()
                self._show("cancelled", replaces="" if is_logout else self._opener.person_to_replace())

    def end(self) -> None:
        """Show that the session which this form opened has ended."""
        with self._lock.value:
            if self.state.step == "done":
                self._show("ended", ended_at=self._context.clock.now())

    def close(self) -> None:
        """Cancel the job and forget everything secret; the form keeps its appearance."""
        with self._lock.value:
            self._job = None
            self._forget_secrets()

    # What the answers mean.

    def _missing(self) -> tuple[str, str]:
        """Return the first field that must be filled in before anything is sent, and the text that says so."""
        state = self.state
        if state.step not in {"setup", "retry"}:
            return "", ""
        if not (state.organisation_id or self._may_lack_organisation()):
            return "organisation_id", "organisation.missing"
        if state.step == "setup" and state.strategy in {"device", "code"} and self._app() is None:
            return "client_id", "app.client_id.missing"
        if state.step == "setup" and state.strategy == "device" and not state.has_secret:
            return "secret", "app.secret.missing"
        return "", ""

    def _may_lack_organisation(self) -> bool:
        """Whether no organisation is needed: the login has its own, or the installation may have none."""
        return self.state.strategy in {"stored", "demo"} or self._opener.may_lack_organisation

    def _organisation(self) -> Organisation | None:
        """Return the organisation; the kind of a new one is a guess, and the other kind is tried, too."""
        typed = self.state.organisation_id
        if self._known is not None and self._known.id == typed:
            return self._known
        return Organisation.guessed(typed) if typed else None

    def _corrected(self, credentials: Credentials) -> Credentials:
        """Return the credentials with the organisation in the field; those of a direct strategy may keep their own."""
        if self.state.strategy in INTERACTIVE:
            return replace(credentials, organisation=self._organisation())
        return _with_organisation(credentials, self._organisation())

    def _app(self) -> App | None:
        """Return the app with its secret; None if there is no ClientID, also if a known one was deleted.

        A known secret that the service refused is left out.
        """
        typed = self.state.client_id
        app = self._context.app(typed, self._secret) if typed else None
        return replace(app, secret=self._secret) if app and self.state.asks_secret else app

    def _note_secret(self) -> None:
        app = self._app()
        self._change(has_secret=app is not None and app.secret is not None, has_typed_secret=self._secret is not None)

    def _pasted_or_app_secret(self, flow: PasteFlow, secret: Secret) -> Secret:
        """Return what was pasted; if `secret` is the app's, which the service asked for, what was pasted before."""
        if not self.state.asks_secret or self._pasted is None or not isinstance(flow, CodeFlow):
            return secret
        self._secret = secret
        flow.set_client_secret(secret)
        self._change(asks_secret=False, has_secret=True)
        return self._pasted

    # From the answers to a login.

    def _begin(self) -> None:
        strategy, organisation, app = self.state.strategy, self._organisation(), self._app()
        if strategy not in INTERACTIVE:
            self._start_job("setup", self._log_in_directly, strategy, organisation)
        elif strategy == "device" and app:
            flow = DeviceFlow(self._context, app, organisation)
            self._start_job("waiting" if self.state.step == "waiting" else "setup", self._wait_for_device, flow)
        elif strategy == "code" and app:
            self._ask_to_paste(CodeFlow(self._context, app, organisation))
        elif strategy == "token":  # who already has a token needs no app
            self._ask_to_paste(TokenFlow(self._context, app, organisation))
        else:
            self._ask_to_paste(IamFlow(self._context, organisation))

    def _ask_to_paste(self, flow: PasteFlow) -> None:
        self._flow = flow
        self._show("paste", link=flow.link, asks_secret=False)

    # Jobs.

    def _log_in_directly(self, job: _Job, strategy: str, organisation: Organisation | None) -> None:
        """Log in without typing; the credentials' own organisation counts unless the person typed another one."""
        credentials = self._opener.credentials(strategy)
        is_typed = self.state.organisation_id != self._prefilled and strategy != "demo"
        if is_typed or credentials.organisation is None:
            credentials = _with_organisation(credentials, organisation)
        self._open(job, credentials)

    def _wait_for_device(self, job: _Job, flow: DeviceFlow) -> None:
        code = flow.begin()
        self._show_unless_cancelled(job, "waiting", link=code.url, user_code=code.user_code)
        credentials = flow.finish(code, partial(self._count_down, job, code))
        self._open(job, credentials)

    def _count_down(self, job: _Job, code: DeviceCode, seconds: float) -> None:
        """Wait, and show how long the code is still valid. Raises _JobCancelled."""
        ends_at = time.monotonic() + seconds
        while True:
            seconds_left = math.ceil(code.seconds_left(self._context.clock.now()))
            with self._lock.value:
                if self._job is not job:
                    raise _JobCancelled
                if seconds_left != self.state.seconds_left:
                    self._change(seconds_left=seconds_left)
            remaining_s = ends_at - time.monotonic()
            if remaining_s <= 0:
                return
            time.sleep(min(_TICK_S, remaining_s))

    def _finish_flow(self, job: _Job, flow: PasteFlow, pasted: Secret) -> None:
        self._open(job, flow.finish(pasted))

    def _open(self, job: _Job, credentials: Credentials) -> None:
        """Open the session; credentials that the service does not accept are given up, others are tried again."""
        with self._lock.value:
            if self._job is not job:
                return
            self._credentials = credentials
            is_new = self.state.strategy in INTERACTIVE
            storage = self.state.storage_to_use
            self._show("working")
        try:
            me = self._opener.open(credentials, storage)
        except NotLoggedIn as error:
            self._credentials = None
            again = ErrorText(text("paste.rejected", self._lang), text("paste.again", self._lang))
            shown = again if self._flow else error_text(error, self._lang)
            self._show_unless_cancelled(job, "paste" if self._flow else "setup", error=shown)
            return
        except TrackerError as error:
            shown = answerable_error_text(error, self._lang)
            self._show_unless_cancelled(job, "retry", focus=field_to_correct(error), error=shown)
            return
        with self._lock.value:
            if self._job is job:
                self._forget_secrets()
                is_saved = bool(storage or credentials.profile)
                now = self._context.clock.now()
                self._show("done", me=me, note=credentials.note, logged_in_at=now, is_saved=is_saved)
                return
        # It was cancelled while the session was being opened: a login that existed before stays saved and valid.
        if is_new:
            self._opener.log_out()
        else:
            self._opener.leave()

    def _start_job(self, on_error: FormStep, work: Callable[..., None], *arguments: Any) -> None:
        """Run `work(job, *arguments)` in a thread."""
        job = self._job = _Job(on_error)
        self._show("working")
        thread = threading.Thread(target=self._run_job, args=(job, work, *arguments), name="tracker-login", daemon=True)
        try:
            # An interrupt in here may keep the job from starting; *Cancel* is there, and does not wait for it.
            thread.start()
        except RuntimeError:  # the system has no thread left; above, widgets' frames hold what was typed
            self._show(on_error, error=ErrorText(text("form.no_thread", self._lang)))

    def _run_job(self, job: _Job, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(job, *arguments)
        except _JobCancelled:
            pass
        except TrackerError as error:
            self._show_error(job, error)
        except Exception as error:  # noqa: BLE001 - nobody catches it above a thread: the form shows it and stays usable
            shown = ErrorText(_location(error), text("form.unexpected", self._lang))
            self._show_unless_cancelled(job, job.on_error, error=shown)

    def _show_error(self, job: _Job, error: TrackerError) -> None:
        shown = answerable_error_text(error, self._lang)
        with self._lock.value:
            if self._job is not job:
                return
            if not may_need_secret(error):
                self._show("waiting" if self.state.user_code else job.on_error, error=shown, asks_secret=False)
                return
            is_device = self.state.strategy == "device"
            if is_device:
                self._secret = None
                self._change(has_secret=False, has_typed_secret=False)
            self._show("setup" if is_device else job.on_error, focus="secret", error=shown, asks_secret=True)

    def _forget_secrets(self) -> None:
        self._secret = self._credentials = self._pasted = self._flow = None

    # States.

    def _show(self, step: FormStep, *, focus: str = "", **changes: Any) -> None:
        """Show a step; the focus moves if it is a new one, since what had it is hidden, or if `focus` is given."""
        first = FIRST_FIELDS.get(step, "") if step != self.state.step else ""
        link = self.state.link if step in {"working", "paste"} else ""
        defaults: dict[str, Any] = {"error": None, "link": link, "user_code": "", "seconds_left": None}
        if step == "setup" and self.state.strategy not in self.state.strategies:  # it was one of the direct ones
            defaults["strategy"] = self.state.strategies[0]
        self._change(step=step, **(defaults | changes))
        if focused := focus if focus in self.state.rows else first:
            self._view.focus(focused)

    def _show_unless_cancelled(self, job: _Job, step: FormStep, *, focus: str = "", **changes: Any) -> None:
        with self._lock.value:
            if self._job is job:
                self._show(step, focus=focus, **changes)

    def _change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._view.show(self.state)


_ID_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "organisation_id": is_organisation_id,
    "client_id": is_client_id,
}


def _with_organisation(credentials: Credentials, organisation: Organisation | None) -> Credentials:
    return replace(credentials, organisation=organisation) if organisation is not None else credentials


def _location(error: Exception) -> str:
    """Return the kind and place of a bug; the error's text might contain what was typed."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})"
