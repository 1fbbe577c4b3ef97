"""What the login form shows at one moment, as plain data: the step, the answers so far, the rows to show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from tracker_magic.auth import environment
from tracker_magic.auth.credentials import INTERACTIVE, STRATEGIES
from tracker_magic.auth.profiles import TokenStorage
from tracker_magic.errors import TrackerError, WrongOrganisation
from tracker_magic.notebook.offers import STORAGE_REASONS, direct_strategies, other_strategies, storages
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.sessions import FIRST
from tracker_magic.notebook.texts import ErrorText
from tracker_magic.tracker import Me

FormStep = Literal["setup", "waiting", "paste", "working", "retry", "done", "cancelled", "ended"]

FINAL: Final[tuple[FormStep, ...]] = ("done", "cancelled", "ended")
# What gets the keyboard's focus when a step begins.
FIRST_FIELDS: Final[dict[FormStep, str]] = {
    "setup": "strategy",
    "waiting": "back",  # the last thing after the link and the code, which are no widgets
    "paste": "secret",
    "retry": "retry",
}
_FIRST_CHOICES: Final = 3
APP_STRATEGIES: Final = ("device", "code", "token")  # those that go through a registered app

_ORGANISATION_ROWS: Final = ("organisation_id", "organisation_help")
_ROWS: Final[dict[FormStep, tuple[str, ...]]] = {
    "setup": (*_ORGANISATION_ROWS, "strategy", "strategy_help", "storage", "continue", "cancel"),
    "waiting": ("link", "back", "cancel"),
    "paste": ("link", "secret", "submit", "back", "cancel"),
    "working": ("working", "cancel"),
    "retry": (*_ORGANISATION_ROWS, "storage", "retry", "back", "cancel"),
    # The form is replaced by plain output; who has reloaded the page still sees the form, without buttons.
    "done": ("card",),
    "cancelled": ("card",),
    "ended": ("card",),
}


@dataclass(frozen=True, slots=True)
class State:
    """One moment of the form. Nothing in it is secret: the user code is meant to be read, links carry no token."""

    name: str = ""  # of the session, if there may be several
    step: FormStep = "setup"
    direct_strategies: tuple[str, ...] = ()  # by one click
    token_name: str = ""  # the variable with the token
    stored_user: str = ""  # of the stored login
    strategies: tuple[str, ...] = STRATEGIES
    more_strategies: tuple[str, ...] = ()  # behind *Other ways*
    strategy: str = "code"
    storages: tuple[str, ...] = ("kernel", "file")
    organisation_id: str = ""
    client_id: str = ""
    knows_app: bool = False  # the environment or the profile has a ClientID
    has_secret: bool = False  # the app's secret is known
    has_typed_secret: bool = False  # it was typed into this form
    asks_secret: bool = False  # the service refused the app: its secret may be missing or wrong
    storage: TokenStorage | None = None  # None: this kernel only
    is_storage_requested: bool = False  # by the line: then a direct strategy saves, too
    replaces: str = ""  # who is logged in until now
    link: str = ""
    user_code: str = ""
    seconds_left: int | None = None  # until the user code expires
    error: ErrorText | None = None
    me: Me | None = None
    is_saved: bool = False  # the login outlives the kernel
    note: str = ""
    logged_in_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def needs_app(self) -> bool:
        """Whether this strategy goes through an app."""
        return self.strategy in APP_STRATEGIES

    @property
    def needs_secret(self) -> bool:
        """Whether the app's secret is asked for: always for a device code, otherwise if the service wants it."""
        return self.strategy == "device" or (self.strategy == "code" and self.asks_secret)

    @property
    def takes_token(self) -> bool:
        """Whether a token can be pasted at once, without a page to open first."""
        return self.strategy in {"token", "iam"}

    @property
    def storage_to_use(self) -> TokenStorage | None:
        """Where the login is saved: that of a direct strategy only if the line requested it."""
        return self.storage if self.strategy in INTERACTIVE or self.is_storage_requested else None

    @property
    def rows(self) -> frozenset[str]:
        """The names of the rows and buttons to show."""
        rows = {*_ROWS[self.step]} | ({"title"} if self.step not in FINAL else set())
        if self.step == "setup":
            rows |= self._setup_rows()
        if not self._offers_storage:
            rows -= {"storage"}
        if self.step == "waiting":
            rows = rows - {"link"} | {"new_code"} if self.error else rows | {"code", "countdown"}
        if self.step == "paste" and not self.link:
            rows -= {"link"}
        return frozenset(rows | ({"error"} if self.error else set()))

    @property
    def secret_placeholder(self) -> str:
        """The key of the text in the empty field for secrets; "": none."""
        return "app.secret.typed" if self.has_typed_secret and self.secret_label.startswith("app.") else ""

    @property
    def secret_label(self) -> str:
        """The key of the text beside the field for secrets."""
        is_pasted = self.step == "paste" and not self.asks_secret
        return f"paste.{self.strategy}" if is_pasted or self.takes_token else "app.secret"

    @property
    def _offers_storage(self) -> bool:
        """Whether a place to save can be chosen; for a direct strategy only after it failed to save, as requested."""
        is_chosen = self.strategy in INTERACTIVE or (self.step == "retry" and self.is_storage_requested)
        return is_chosen and len(self.storages) > 1

    def _setup_rows(self) -> set[str]:
        rows = {"direct", *self.direct_strategies} if self.direct_strategies else set()
        rows |= {"more"} if self.more_strategies else set()
        if self.needs_app:
            rows |= {"client_id"} if self.knows_app else {"client_id", "register"}
        return rows | self._secret_rows()

    def _secret_rows(self) -> set[str]:
        if self.takes_token:
            return {"secret"}
        if not self.needs_secret:
            return set()
        is_asked = self.asks_secret or self.has_typed_secret or not self.has_secret
        return {"secret", "secret_help"} if is_asked else {"secret_known"}


def field_to_correct(error: TrackerError) -> str:
    """Return the answer that the service or the disk refused; "" for an error that may pass."""
    if isinstance(error, WrongOrganisation):
        return "organisation_id"
    return "storage" if error.reason in STORAGE_REASONS else ""


def first_state(opener: SessionOpener) -> State:
    """Return the form with what is already known: from the line, the environment, the profile."""
    request, app = opener.request, opener.context.app()
    organisation = opener.known_organisation()
    strategies = (request.strategy,) if request.strategy else other_strategies(opener)
    return State(
        name="" if request.name == FIRST else request.name,
        direct_strategies=() if request.strategy else direct_strategies(opener),
        token_name=environment.token_name(opener.context.environ),
        stored_user=opener.stored_user(),
        strategies=strategies[:_FIRST_CHOICES],
        more_strategies=strategies[_FIRST_CHOICES:],
        strategy=strategies[0],
        storages=storages(opener),
        organisation_id=organisation.id if organisation else "",
        client_id=app.client_id if app else "",
        knows_app=app is not None,
        has_secret=app is not None and app.secret is not None,
        storage=request.storage,
        is_storage_requested=request.storage is not None,
        replaces=opener.person_to_replace(),
    )
