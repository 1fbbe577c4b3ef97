"""The login form as a machine without widgets: answers and clicks in, states out; waits run in a thread."""

import math
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tracker_magic.auth.credentials import NON_INTERACTIVE, Credentials, LoginContext, credentials_for
from tracker_magic.auth.flows import CodeFlow, DeviceFlow, IamFlow, TokenFlow
from tracker_magic.auth.oauth import DeviceCode
from tracker_magic.auth.profiles import TokenStorage
from tracker_magic.auth.token import Organisation
from tracker_magic.errors import BadOption, LoginError, TrackerError
from tracker_magic.interrupts import defer_interrupts
from tracker_magic.notebook.form.answers import Answers
from tracker_magic.notebook.form.state import OPTIONAL_APP, FormStep, Problem, State
from tracker_magic.notebook.form.texts import Say
from tracker_magic.secret import Secret

if TYPE_CHECKING:
    from tracker_magic.tracker import Me

Opened = Callable[[Credentials, TokenStorage | None], "Me"]
Job = Callable[[threading.Event], None]
Pasting = CodeFlow | TokenFlow | IamFlow

_TICK_S: Final = 1.0  # how often a countdown moves


class Steps:
    """Walks one person through a login.

    `changed` hears every new state, also from the thread that waits; `opened` logs in for real, `left` logs out;
    `profile` is what a stored login is looked for under; `say` gives the form's own texts. A job whose `stop` is set
    changes nothing any more.
    """

    def __init__(
        self,
        context: LoginContext,
        state: State,
        *,
        profile: str,
        opened: Opened,
        left: Callable[[], str],
        say: Say,
        changed: Callable[[State], object],
    ) -> None:
        self.state = state
        self._ways = context
        self._profile = profile
        self._filled_in = (state.org, state.kind)
        self._opened = opened
        self._left = left
        self._say = say
        self._answers = Answers(context, say)
        self._changed = changed
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        # What is held for a moment, and forgotten when the form is done or given up.
        self._secret: Secret | None = None
        self._held: Credentials | None = None
        self._pasted: Secret | None = None
        self._flow: Pasting | None = None

    def put(self, **answers: Any) -> None:
        """Answers as the person gave them: `org`, `kind`, `way`, `client_id`, `place`."""
        with self._lock:
            if any(getattr(self.state, name) != value for name, value in answers.items()):
                self._change(problem=None, **answers)
                self._change(has_secret=self._has_secret())

    def take(self, secret: Secret) -> None:
        """What came through the one field for secrets: the app's secret, or what was pasted."""
        with self._lock:
            if self.state.screen == "setup":
                self._secret = secret
                self._change(has_secret=True, problem=None)
            elif self.state.screen == "paste" and self._flow is not None:
                self._pasted = self._proved(self._flow, secret)
                self._run(self._finish(self._flow, self._pasted), "paste")

    def go_on(self) -> None:
        """The main button of whatever is shown."""
        steps = {"setup": self._begin, "waiting": self._begin, "paste": self._missing, "retry": self._again}
        with self._lock:
            try:
                steps.get(self.state.screen, lambda: None)()
            except TrackerError as error:
                self._change(problem=self._say.problem(error))

    def back(self) -> None:
        """To the answers; whatever waits is given up."""
        with self._lock:
            self._end()
            self._held = self._pasted = self._flow = None
            self._show("setup")

    def cancel(self) -> None:
        """Give the login up, and forget what was typed."""
        with self._lock:
            self._end()
            self._forget()
            self._show("cancelled", said=self._say("cancelled"), has_secret=self._has_secret())

    def start(self) -> None:
        """Once more from the beginning, after *Cancel* or *Log out*."""
        with self._lock:
            if self.state.screen in {"cancelled", "left"}:
                self._show("setup", has_secret=self._has_secret(), me=None, note="", said="")

    def log_out(self) -> None:
        """Close the session that this form opened."""

        def leave(stop: threading.Event) -> None:
            said = self._left()
            self._show_if(stop, "left", said=said, me=None, note="")

        with self._lock:
            if self.state.screen == "done":
                self._run(leave, "done")

    def close(self) -> None:
        """End the thread and forget everything; the form stays as it looks."""
        with self._lock:
            self._end()
            self._forget()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the thread; whether it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()

    # From the answers to a login.

    def _begin(self) -> None:
        way, org = self.state.way, self._answers.organisation(self.state)
        if way in NON_INTERACTIVE:
            self._run(lambda stop: self._open(stop, self._unasked(way, org)), "setup")
        elif way == "device":
            self._begin_device(DeviceFlow(self._ways, self._answers.app_needed(self.state, self._secret), org))
        elif way == "iam":
            self._ask_for(IamFlow(self._ways, org))
        elif way == OPTIONAL_APP:
            self._ask_for(TokenFlow(self._ways, self._answers.app(self.state, self._secret), org))
        else:
            self._ask_for(CodeFlow(self._ways, self._answers.app_needed(self.state, self._secret), org))

    def _unasked(self, way: str, org: Organisation | None) -> Credentials:
        """The login of a way without typing; its own organisation counts unless the person has typed another."""
        found = credentials_for(self._ways, way, self._profile if way == "stored" else None)
        is_typed = (self.state.org, self.state.kind) != self._filled_in
        return found if found.organisation and not is_typed else _for(found, org)

    def _ask_for(self, flow: Pasting) -> None:
        self._flow = flow
        self._show("paste", link="" if isinstance(flow, IamFlow) else flow.link, asks_secret=False)

    def _proved(self, flow: Pasting, secret: Secret) -> Secret:
        """What was pasted; where the app's secret was asked for instead, that is used, and what was pasted before."""
        if not self.state.asks_secret or self._pasted is None or not isinstance(flow, CodeFlow):
            return secret
        self._secret = secret
        flow.set_client_secret(secret)
        self._change(asks_secret=False, has_secret=True)
        return self._pasted

    def _finish(self, flow: Pasting, pasted: Secret) -> Job:
        return lambda stop: self._open(stop, flow.finish(pasted))

    def _begin_device(self, flow: DeviceFlow) -> None:
        def wait(stop: threading.Event) -> None:
            code = flow.begin()
            self._show_if(stop, "waiting", link=code.url, user_code=code.user_code)
            self._open(stop, flow.finish(code, stop, lambda event, seconds: self._tick(code, event, seconds)))

        self._run(wait, "waiting" if self.state.screen == "waiting" else "setup")

    def _tick(self, code: DeviceCode, stop: threading.Event, seconds: float) -> None:
        """Wait `seconds`, moving the countdown."""
        ends = time.monotonic() + seconds
        while not stop.is_set() and (rest := ends - time.monotonic()) > 0:
            self._change_if(stop, left_s=math.ceil(code.seconds_left(self._ways.clock.now())))
            stop.wait(min(_TICK_S, rest))

    def _open(self, stop: threading.Event, found: Credentials) -> None:
        """The login is there: open the session; where that fails, the login is kept for another try."""
        with self._lock:
            if stop.is_set():
                return
            self._held = found
            place = None if self.state.way in NON_INTERACTIVE else self.state.place
        self._show_if(stop, "working")
        try:
            me = self._opened(found, place)
        except TrackerError as error:
            self._show_if(stop, "retry", problem=self._say.problem(error))
            return
        with self._lock:
            if not stop.is_set():
                self._forget()
                self._show("done", me=me, note=found.note)
                return
        self._left()  # given up while the service was asked: nobody is to be logged in

    def _again(self) -> None:
        if self._held is not None:
            found = _for(self._held, self._answers.organisation(self.state))
            self._run(lambda stop: self._open(stop, found), "retry")

    def _missing(self) -> None:
        # A click on the button also takes the field's text, just before: then the answer is on its way, or is here.
        if self.state.problem is None:
            raise BadOption(self._say("paste_first"))

    def _has_secret(self) -> bool:
        return self._answers.has_secret(self.state, self._secret)

    # States and the thread.

    def _run(self, job: Job, back_to: FormStep) -> None:
        self._end()
        stop = self._stop
        self._show("working")
        self._thread = threading.Thread(
            target=self._guarded, args=(job, stop, back_to), name="tracker-login", daemon=True
        )
        with defer_interrupts():
            self._thread.start()

    def _guarded(self, job: Job, stop: threading.Event, back_to: FormStep) -> None:
        try:
            job(stop)
        except TrackerError as error:
            self._failed(stop, error, back_to)
        except Exception as error:  # noqa: BLE001 - a thread has nobody above it: the form tells, and can be used again
            self._show_if(stop, back_to, problem=Problem(_where(error), self._say("unexpected")))

    def _failed(self, stop: threading.Event, error: TrackerError, back_to: FormStep) -> None:
        asks_secret = isinstance(error, LoginError) and error.oauth_error == "invalid_client"
        if self.state.way == "device" and asks_secret:
            back_to = "setup"
        elif self.state.user_code:
            back_to = "waiting"
        self._show_if(stop, back_to, problem=self._say.problem(error), asks_secret=asks_secret)

    def _end(self) -> None:
        with defer_interrupts():
            self._stop.set()
        self._stop = threading.Event()

    def _forget(self) -> None:
        self._secret = self._held = self._pasted = self._flow = None

    def _show(self, screen: FormStep, **changes: Any) -> None:
        kept = {"link": self.state.link if screen in {"working", "paste"} else "", "user_code": "", "left_s": None}
        self._change(**{"screen": screen, "problem": None, **kept, **changes})

    def _show_if(self, stop: threading.Event, screen: FormStep, **changes: Any) -> None:
        with self._lock:
            if not stop.is_set():
                self._show(screen, **changes)

    def _change_if(self, stop: threading.Event, **changes: Any) -> None:
        with self._lock:
            if not stop.is_set():
                self._change(**changes)

    def _change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._changed(self.state)


def _for(found: Credentials, org: Organisation | None) -> Credentials:
    return replace(found, organisation=org) if org is not None else found


def _where(error: Exception) -> str:
    """The kind and place of a mistake of ours; its text might hold what was typed."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})"
