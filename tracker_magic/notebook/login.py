"""What `%tracker login` does: at once where nothing is to be typed, else by the form, else by questions."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tracker_magic.auth import (
    NON_INTERACTIVE,
    Credentials,
    LoginContext,
    Organisation,
    credentials_for,
    default_credentials,
    environment,
    remembered,
)
from tracker_magic.auth.environment import CURE
from tracker_magic.auth.profiles import TokenStorage
from tracker_magic.errors import LoginError, NotLoggedIn, TrackerError
from tracker_magic.notebook import show
from tracker_magic.notebook.console import ConsolePrompts, Opened, given_up, log_in_on_console
from tracker_magic.notebook.progress import ProgressDisplay, can_answer
from tracker_magic.notebook.sessions import Sessions, logged_out, profile_of
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.tracker import Me

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What a login was asked to be; `profile` is one of yc's, or a stored one."""

    name: str
    lang: Lang
    strategy: str | None = None
    organisation: Organisation | None = None
    profile: str | None = None
    place: TokenStorage | None = None


def log_in(wanted: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> bool:
    """Open a session; False where a form was shown, which opens it later.

    Raises NotLoggedIn naming the variables to set where nobody can answer, LoginRefused for an interrupt, and what
    each way raises.
    """
    try:
        return _log_in(wanted, sessions, shell)
    except KeyboardInterrupt:
        # `from None`, and no traceback of its own: its frames are those in which somebody types.
        raise given_up() from None


def _log_in(wanted: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> bool:
    context = LoginContext(os.environ)
    if wanted.strategy in NON_INTERACTIVE:
        _open(credentials_for(context, str(wanted.strategy), _profile(wanted)), wanted, sessions)
        return True
    if not can_answer(shell):
        _open(_unanswered(context, wanted), wanted, sessions)
        return True
    _tell_already(wanted, sessions, shell)
    if _draws(shell):
        _show_form(context, wanted, sessions, shell)
        return False
    talk = ConsolePrompts(wanted.lang, partial(show.display, shell), ProgressDisplay(_publish(shell)))
    log_in_on_console(
        context,
        talk,
        given=wanted.organisation,
        known=known_organisation(context, wanted),
        strategy=wanted.strategy,
        profile=wanted.profile or profile_of(wanted.name),
        place=wanted.place,
        opened=_opened(context, wanted, sessions),
    )
    return True


def known_organisation(context: LoginContext, wanted: LoginRequest) -> Organisation | None:
    """The organisation given on the line, else that of the environment, of the stored profile, of the last login."""
    found = wanted.organisation or environment.organisation_of(context.environ)
    if found is not None:
        return found
    try:
        kept = context.profiles.load(profile_of(wanted.name)) or context.profiles.load()
    except LoginError:
        kept = None  # what cannot be read is about to be replaced
    if kept and kept.api == context.addresses.api:
        return kept.organisation
    return remembered.recall(context.profiles.home, context.addresses.api)[0]


def _opened(context: LoginContext, wanted: LoginRequest, sessions: Sessions) -> Opened:
    """What opens the session that a person has typed the way to, and keeps the answers."""

    def opened(found: Credentials, place: TokenStorage | None) -> Me:
        me = sessions.open(wanted.name, found, place or wanted.place)
        org = Organisation(me.org, "360" if me.org_kind == "360" else "cloud") if me.org else None
        app = found.app or context.app()
        answers = remembered.Answers(org, app.client_id if app else "")
        remembered.remember(context.profiles.home, found.addresses.api, answers)
        return me

    return opened


def _open(found: Credentials, wanted: LoginRequest, sessions: Sessions) -> Me:
    return sessions.open(
        wanted.name,
        replace(found, organisation=wanted.organisation or found.organisation),
        None if found.profile else wanted.place,
    )


def _profile(wanted: LoginRequest) -> str | None:
    return wanted.profile or (profile_of(wanted.name) if wanted.strategy == "stored" else None)


def _unanswered(context: LoginContext, wanted: LoginRequest) -> Credentials:
    if wanted.strategy:
        raise NotLoggedIn(f"--strategy {wanted.strategy} needs somebody who types, and nobody can here.", hint=CURE)
    return default_credentials(context, stored=profile_of(wanted.name))


def _tell_already(wanted: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> None:
    tracker = dict(sessions).get(wanted.name)
    if tracker is None:
        return
    try:
        me = tracker.me
    except TrackerError:
        return  # a login that has ended is no reason to hesitate
    show.display(shell, show.note(text("who.already", wanted.lang, who=f"{me.display} ({me.login})")))


def _draws(shell: "InteractiveShell") -> bool:
    """Whether a form can be drawn: there is a kernel, and ipywidgets."""
    return getattr(shell, "kernel", None) is not None and find_spec("ipywidgets") is not None


def _publish(shell: "InteractiveShell") -> Callable[..., object] | None:
    return shell.display_pub.publish if getattr(shell, "kernel", None) is not None else None


def _show_form(context: LoginContext, wanted: LoginRequest, sessions: Sessions, shell: "InteractiveShell") -> None:
    # ipywidgets may be missing; then nobody comes here.
    from tracker_magic.notebook.form import close_forms, show_form  # noqa: PLC0415

    form: Any = show_form(
        context,
        lang=wanted.lang,
        name=wanted.name,
        organisation=known_organisation(context, wanted),
        strategy=wanted.strategy,
        opened=_opened(context, wanted, sessions),
        left=lambda: logged_out(sessions, wanted.name, wanted.lang),
    )
    sessions.at_end(close_forms)
    show.display(shell, form)
