"""What `%tracker login` does: log in at once if nothing must be typed, else show the form, else ask in the console."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tracker_magic.auth import NON_INTERACTIVE, LoginContext
from tracker_magic.auth.environment import CURE
from tracker_magic.errors import NotLoggedIn, TrackerError
from tracker_magic.notebook import show
from tracker_magic.notebook.console import ConsoleLogin, ConsolePrompts, login_cancelled
from tracker_magic.notebook.progress import ProgressDisplay, can_answer
from tracker_magic.notebook.session_opener import LoginRequest, SessionOpener
from tracker_magic.notebook.sessions import Sessions, profile_of
from tracker_magic.notebook.texts import text
from tracker_magic.tracker import find_credentials

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def log_in(request: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> bool:
    """Open a session; return False if a form was shown, which opens it later.

    Raises NotLoggedIn, naming the variables to set, if nobody can answer; LoginRefused for an interrupt; and what the
    strategies raise.
    """
    try:
        return _log_in(request, sessions, shell)
    except KeyboardInterrupt:
        # `from None`: the traceback of the interrupt holds frames in which a secret is typed.
        raise login_cancelled() from None


def _log_in(request: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> bool:
    opener = SessionOpener(request, LoginContext(os.environ), sessions)
    if request.strategy in NON_INTERACTIVE or not can_answer(shell):
        _log_in_directly(opener)
        return True
    _show_who_is_logged_in(request, sessions, shell)
    if _can_show_form(shell):
        _show_form(opener, sessions, shell)
        return False
    ConsoleLogin(opener, ConsolePrompts(request.lang, shell, ProgressDisplay(shell))).run()
    return True


def _log_in_directly(opener: SessionOpener) -> None:
    request = opener.request
    stored = profile_of(request.name)
    if request.strategy is None:
        opener.open_directly(find_credentials(stored=stored))
        return
    if request.strategy not in NON_INTERACTIVE:
        raise NotLoggedIn(
            f"--strategy {request.strategy} asks questions, and nobody can answer them here",
            hint=CURE,
            reason="nobody_can_answer",
        )
    profile = request.profile or (stored if request.strategy == "stored" else None)
    opener.open_directly(find_credentials(request.strategy, profile))


def _show_who_is_logged_in(request: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> None:
    tracker = dict(sessions).get(request.name)
    if tracker is None:
        return
    try:
        me = tracker.me
    except TrackerError:
        return  # a session that no longer works does not get in the way of a new one
    show.display(shell, show.note(text("status.already", request.lang, person=f"{me.display} ({me.login})")))


def _can_show_form(shell: "InteractiveShell") -> bool:
    """Return whether there is a kernel, and ipywidgets."""
    return getattr(shell, "kernel", None) is not None and find_spec("ipywidgets") is not None


def _show_form(opener: SessionOpener, sessions: Sessions, shell: "InteractiveShell") -> None:
    # ipywidgets may not be installed.
    from tracker_magic.notebook.form import login_form  # noqa: PLC0415

    form: Any = login_form(opener)
    sessions.add_form(form)
    show.display(shell, form)
