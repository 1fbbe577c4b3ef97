"""What `%tracker login` does: log in at once if nothing must be typed, else show the form, else ask in the cell."""

import os
from importlib.util import find_spec
from typing import Final

from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.auth import NON_INTERACTIVE, LoginContext
from tracker_magic.auth.environment import CURE
from tracker_magic.errors import LoginError, NotLoggedIn
from tracker_magic.notebook import show
from tracker_magic.notebook.console import ConsoleLogin, ConsolePrompts, login_cancelled
from tracker_magic.notebook.progress import ProgressDisplay, can_answer
from tracker_magic.notebook.session_opener import DemoHost, LoginRequest, SessionOpener
from tracker_magic.notebook.sessions import Sessions, profile_of
from tracker_magic.notebook.texts import error_text
from tracker_magic.tracker import find_credentials

HAS_WIDGETS: Final = find_spec("ipywidgets") is not None
if HAS_WIDGETS:
    from tracker_magic.notebook.form import LoginForm


def log_in(request: LoginRequest, sessions: Sessions, shell: InteractiveShell, demo_host: DemoHost) -> bool:
    """Open a session; return False if a form was shown, which opens it later.

    Raises NotLoggedIn, naming the variables to set, if nobody can answer; LoginRefused for an interrupt; and what the
    strategies raise.
    """
    try:
        return _log_in(request, sessions, shell, demo_host)
    except KeyboardInterrupt:
        # `from None`: the traceback of the interrupt holds frames in which a secret is typed.
        raise _translated(login_cancelled(), request) from None
    except LoginError as error:
        raise _translated(error, request) from None


def _log_in(request: LoginRequest, sessions: Sessions, shell: InteractiveShell, demo_host: DemoHost) -> bool:
    opener = SessionOpener(request, LoginContext(os.environ), sessions, demo_host)
    if request.strategy in NON_INTERACTIVE or not can_answer(shell):
        _log_in_directly(opener)
        return True
    if HAS_WIDGETS and not request.prompts and getattr(shell, "kernel", None) is not None:
        form = LoginForm(opener)
        sessions.add_form(form, request.name)
        show.display(shell, form, display_id=form.display_id)
        return False
    ConsoleLogin(opener, ConsolePrompts(request.lang, shell, ProgressDisplay(shell))).run()
    return True


def _translated(error: LoginError, request: LoginRequest) -> LoginError:
    shown = error_text(error, request.lang)
    return error.rephrased(shown.message, shown.hint)


def _log_in_directly(opener: SessionOpener) -> None:
    request = opener.request
    if request.strategy is None:
        opener.open_directly(find_credentials(stored=profile_of(request.name)))
        return
    if request.strategy not in NON_INTERACTIVE:
        raise NotLoggedIn(
            f"--strategy {request.strategy} asks questions, and nobody can answer them here",
            hint=CURE,
            reason="nobody_can_answer",
        )
    opener.open_directly(find_credentials(request.strategy, opener.profile(request.strategy)))
