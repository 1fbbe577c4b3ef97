"""What `%tracker login` does: at once where nothing is to be typed, else by the form, else by questions."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tracker_magic.auth import UNASKED, Found, Organisation, Ways, by_name, environment, unasked
from tracker_magic.auth.environment import CURE
from tracker_magic.auth.profiles import Place
from tracker_magic.errors import LoginError, NotLoggedIn, TrackerError
from tracker_magic.notebook import show
from tracker_magic.notebook.dialogue import Talk, log_in_by_text
from tracker_magic.notebook.progress import Screen, can_answer
from tracker_magic.notebook.sessions import Sessions, logged_out, profile_of
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.tracker import Me

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a login was asked to be; `profile` is one of yc's, or a stored one."""

    name: str
    lang: Lang
    strategy: str | None = None
    organisation: Organisation | None = None
    profile: str | None = None
    place: Place | None = None


def log_in(wanted: Wanted, sessions: Sessions, shell: "InteractiveShell") -> bool:
    """Open a session; False where a form was shown, which opens it later.

    Raises NotLoggedIn naming the variables to set where nobody can answer, and what each way raises.
    """
    ways = Ways(os.environ)
    if wanted.strategy in UNASKED:
        _open(by_name(ways, str(wanted.strategy), _profile(wanted)), wanted, sessions)
        return True
    if not can_answer(shell):
        _open(_unanswered(ways, wanted), wanted, sessions)
        return True
    _tell_already(wanted, sessions, shell)
    if _draws(shell):
        _show_form(ways, wanted, sessions, shell)
        return False
    talk = Talk(wanted.lang, partial(show.display, shell), Screen(_publish(shell)))
    log_in_by_text(
        ways,
        talk,
        organisation=known_organisation(ways, wanted),
        strategy=wanted.strategy,
        place=wanted.place,
        opened=partial(sessions.open, wanted.name),
    )
    return True


def known_organisation(ways: Ways, wanted: Wanted) -> Organisation | None:
    """The organisation given on the line, else that of the environment, else that of the stored profile."""
    found = wanted.organisation or environment.organisation_of(ways.environ)
    if found is not None:
        return found
    try:
        kept = ways.profiles.load(profile_of(wanted.name)) or ways.profiles.load()
    except LoginError:
        return None  # what cannot be read is about to be replaced
    return kept.organisation if kept and kept.api == ways.addresses.api else None


def _open(found: Found, wanted: Wanted, sessions: Sessions) -> Me:
    return sessions.open(
        wanted.name,
        replace(found, organisation=wanted.organisation or found.organisation),
        None if found.profile else wanted.place,
    )


def _profile(wanted: Wanted) -> str | None:
    return wanted.profile or (profile_of(wanted.name) if wanted.strategy == "stored" else None)


def _unanswered(ways: Ways, wanted: Wanted) -> Found:
    if wanted.strategy:
        raise NotLoggedIn(f"--strategy {wanted.strategy} needs somebody who types, and nobody can here.", hint=CURE)
    return unasked(ways, stored=profile_of(wanted.name))


def _tell_already(wanted: Wanted, sessions: Sessions, shell: "InteractiveShell") -> None:
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


def _show_form(ways: Ways, wanted: Wanted, sessions: Sessions, shell: "InteractiveShell") -> None:
    # ipywidgets may be missing; then nobody comes here.
    from tracker_magic.notebook.form import close_forms, show_form  # noqa: PLC0415

    form: Any = show_form(
        ways,
        lang=wanted.lang,
        name=wanted.name,
        organisation=known_organisation(ways, wanted),
        strategy=wanted.strategy,
        opened=lambda found, place: sessions.open(wanted.name, found, place or wanted.place),
        left=lambda: logged_out(sessions, wanted.name, wanted.lang),
    )
    sessions.at_end(close_forms)
    show.display(shell, form)
