"""What the login form shows at one moment, as plain data: the screen, the answers so far, the rows to see."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from tracker_magic.auth.credentials import INTERACTIVE, STRATEGIES
from tracker_magic.auth.profiles import TokenStorage
from tracker_magic.auth.token import OrganisationKind

if TYPE_CHECKING:
    from tracker_magic.tracker import Me

FormStep = Literal["setup", "waiting", "paste", "working", "retry", "done", "cancelled", "left"]

APP_WAYS: Final = ("device", "code", "token")  # those that go through a registered app
OPTIONAL_APP: Final = "token"  # whoever has a token already needs no app
# Where the form asks for answers that may be changed still.
_ORGANISATION: Final = ("org", "org_help", "kind")

_ROWS: Final[dict[FormStep, tuple[str, ...]]] = {
    "setup": (*_ORGANISATION, "way", "way_help", "go_on", "cancel"),
    "waiting": ("link", "back", "cancel"),
    "paste": ("link", "secret", "submit", "back", "cancel"),
    "working": ("working", "cancel"),
    "retry": (*_ORGANISATION, "place", "again", "back", "cancel"),
    "done": ("who", "log_out"),
    "cancelled": ("said", "start"),
    "left": ("said", "start"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, and what to do."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """One moment of the form. Nothing in it is secret: the user code is meant to be read, links carry no token."""

    name: str = ""  # the session's, where there may be several
    screen: FormStep = "setup"
    context: tuple[str, ...] = STRATEGIES
    way: str = "code"
    org: str = ""
    kind: OrganisationKind | None = None  # None: told from the id's shape
    client_id: str = ""
    knows_app: bool = False  # a ClientID came from the environment or the profile
    has_secret: bool = False  # the app's secret is held
    asks_secret: bool = False  # the service said no: the secret may be missing, or wrong
    place: TokenStorage | None = None  # None: this kernel only
    link: str = ""
    user_code: str = ""
    left_s: int | None = None  # seconds that the code still lives
    problem: Problem | None = None
    me: "Me | None" = None
    note: str = ""
    said: str = ""

    @property
    def needs_app(self) -> bool:
        """Whether this way goes through an app."""
        return self.way in APP_WAYS

    @property
    def needs_secret(self) -> bool:
        """Whether the app's secret is asked for: always by the device code, elsewhere when the service wants it."""
        return self.way == "device" or (self.way == "code" and self.asks_secret)

    @property
    def rows(self) -> frozenset[str]:
        """The names of all rows to see."""
        shown = {*_ROWS[self.screen]}
        if self.screen == "setup":
            shown |= self._setup_rows()
        if self.screen == "waiting":
            shown = shown - {"link"} | {"new_code"} if self.problem else shown | {"code", "countdown"}
        if self.screen == "paste" and not self.link:
            shown -= {"link"}
        return frozenset(shown | ({"problem"} if self.problem else set()))

    @property
    def asked(self) -> str:
        """What the field for secrets takes now: a way's name, or `app` for the app's secret."""
        return self.way if self.screen == "paste" and not self.asks_secret else "app"

    def _setup_rows(self) -> set[str]:
        shown = set()
        if self.needs_app:
            shown |= {"client_id"} if self.knows_app else {"client_id", "register"}
        if self.needs_secret:
            shown |= {"secret_kept"} if self.has_secret else set()
            shown |= {"secret"} if self.asks_secret or not self.has_secret else set()
        if self.way in INTERACTIVE:
            shown |= {"place"}
        return shown


def recommended(*, has_app: bool, has_secret: bool) -> str:
    """The way to begin with (AUTH 8): the device code needs the app's secret, the confirmation code does not."""
    return "device" if has_app and has_secret else "code"


def ordered(first: str) -> tuple[str, ...]:
    """All ways, the recommended one first, then those that a person types, then the unasked ones."""
    rest = (*INTERACTIVE, *(way for way in STRATEGIES if way not in INTERACTIVE))
    return (first, *(way for way in rest if way != first))
