"""The login form: every way to log in, for a person who has never heard of OAuth."""

from tracker_magic.auth.credentials import STRATEGIES
from tracker_magic.auth.token import Organisation
from tracker_magic.errors import BadOption, TrackerError
from tracker_magic.notebook.form.state import State, ordered, recommended
from tracker_magic.notebook.form.view import LoginForm
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.sessions import FIRST
from tracker_magic.notebook.texts import error_text

__all__ = ["login_form"]


def login_form(opener: SessionOpener) -> LoginForm:
    """Return the form for one LoginRequest, to be displayed; it then works by itself.

    Raises BadOption for an unknown strategy.
    """
    strategy = opener.request.strategy
    if strategy is not None and strategy not in STRATEGIES:
        raise BadOption(f"there is no strategy {strategy!r}", hint=f"It is one of {', '.join(STRATEGIES)}.")
    return LoginForm(opener, _first_state(opener))


def _first_state(opener: SessionOpener) -> State:
    """Return the form with what is already known: from the line, the environment, the profile."""
    request = opener.request
    organisation = opener.known_organisation()
    kind = None
    if organisation and organisation != Organisation.guessed(organisation.id):
        kind = organisation.kind
    error, app = None, None
    try:
        app = opener.context.app()
    except TrackerError as problem:
        error = error_text(problem, request.lang)
    has_secret = app is not None and app.secret is not None
    first = recommended(has_app=app is not None, has_secret=has_secret)
    return State(
        name="" if request.name == FIRST else request.name,
        strategies=(request.strategy,) if request.strategy else ordered(first),
        strategy=request.strategy or first,
        organisation_id=organisation.id if organisation else "",
        organisation_kind=kind,
        client_id=app.client_id if app else "",
        knows_app=app is not None,
        has_secret=has_secret,
        error=error,
    )
