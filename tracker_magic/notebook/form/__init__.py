"""The login form: every way to a login, for a person who has never heard of OAuth."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tracker_magic.auth import environment
from tracker_magic.auth.credentials import STRATEGIES, LoginContext
from tracker_magic.auth.token import Organisation
from tracker_magic.errors import BadOption, TrackerError
from tracker_magic.notebook.form.state import State, ordered, recommended
from tracker_magic.notebook.form.steps import Opened, Steps
from tracker_magic.notebook.form.texts import Say
from tracker_magic.notebook.form.view import LoginForm
from tracker_magic.notebook.sessions import FIRST, profile_of
from tracker_magic.notebook.texts import Lang

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["close_forms", "show_form"]

_OPEN: Final["weakref.WeakSet[LoginForm]"] = weakref.WeakSet()


def show_form(
    context: LoginContext,
    *,
    lang: Lang,
    name: str,
    organisation: Organisation | None,
    strategy: str | None,
    opened: Opened,
    left: Callable[[], str],
) -> "ipywidgets.Widget":
    """The form, to be displayed; it works by itself from then on.

    `name` is the session's, `organisation` is filled in, `strategy` is the one way to offer (None: every way).
    `opened` logs in for real and may raise TrackerError, which the form shows; `left` logs out and says what was done.
    Raises BadOption for an unknown strategy.
    """
    if strategy is not None and strategy not in STRATEGIES:
        raise BadOption(f"there is no strategy {strategy!r}", hint=f"These are there: {', '.join(STRATEGIES)}.")
    say = Say(lang)
    state = _first(context, say, "" if name == FIRST else name, organisation, strategy)
    form = LoginForm(state, say)
    steps = Steps(context, state, profile=profile_of(name), opened=opened, left=left, say=say, changed=form.show)

    def go_on() -> None:
        steps.go_on()
        if steps.state.screen == "paste":
            form.point_to("secret")

    main = dict.fromkeys(("go_on", "submit", "again", "new_code"), go_on)
    form.connect(
        put=steps.put,
        take=steps.take,
        clicked={**main, "start": steps.start, "log_out": steps.log_out, "back": steps.back, "cancel": steps.cancel},
        stopped=steps.close,
    )
    _OPEN.add(form)
    return form


def close_forms() -> None:
    """Close every form of this kernel: none of their threads lives on."""
    for form in list(_OPEN):
        form.close()


def _first(
    context: LoginContext, say: Say, name: str, organisation: Organisation | None, strategy: str | None
) -> State:
    """What is known already: by the call, the environment, the profile."""
    problem, app = None, None
    try:
        app = context.app()
        org = organisation or environment.organisation_of(context.environ)
    except TrackerError as error:
        problem, org = say.problem(error), None
    has_secret = app is not None and app.secret is not None
    first = recommended(has_app=app is not None, has_secret=has_secret)
    return State(
        name=name,
        context=(strategy,) if strategy else ordered(first),
        way=strategy or first,
        org=org.id if org else "",
        kind=org.kind if org and org != Organisation.guessed(org.id) else None,
        client_id=app.client_id if app else "",
        knows_app=app is not None,
        has_secret=has_secret,
        problem=problem,
    )
