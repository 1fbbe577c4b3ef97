"""What a request is signed with: a token, an organisation, and both of them as headers.

https://yandex.ru/support/tracker/ru/api-ref/access
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from tracker_magic.errors import BadOption, masked
from tracker_magic.printable import cleaned
from tracker_magic.secret import SafeRepr, Secret

if TYPE_CHECKING:
    from requests import PreparedRequest

Scheme = Literal["OAuth", "Bearer"]
OrganisationKind = Literal["360", "cloud"]

_LONGEST_LIFETIME_S: Final = 100 * 365 * 86_400.0
# No id has more than 36 characters, every token has; 32 hexadecimal digits are a ClientID or an app's secret.
_ORGANISATION_ID: Final = re.compile(r"(?![0-9a-f]{32}\Z)[-\w]{1,36}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Token(SafeRepr):
    """A token with its scheme (`OAuth`: a person's token, `Bearer`: an IAM token); its repr shows no secret."""

    secret: Secret = field(repr=False)
    scheme: Scheme = "OAuth"
    expires_at: datetime | None = None
    refresh: Secret | None = field(default=None, repr=False)

    def expires_within(self, now: datetime, margin: timedelta) -> bool:
        """Whether the token expires within `margin` from `now`; False if its expiry is not known."""
        return self.expires_at is not None and self.expires_at - margin <= now


def usable(token: str) -> bool:
    """Whether a header can carry `token`: printable ASCII without spaces."""
    return re.fullmatch(r"[!-~]+", token) is not None


def may_be_secret(text: str) -> bool:
    """Whether `text` looks like a secret, or has control characters: it must not be stored as an id."""
    return masked(text) != text


def expiry(now: datetime, expires_in: Any) -> datetime | None:
    """The moment `expires_in` seconds after `now`; None if `expires_in` is not a plausible number."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return None
    return now + timedelta(seconds=seconds) if 0 <= seconds <= _LONGEST_LIFETIME_S else None


@dataclass(frozen=True, slots=True, repr=False)
class Organisation(SafeRepr):
    """An organisation id and its kind, which decides the header."""

    id: str
    kind: OrganisationKind

    def __post_init__(self) -> None:
        if not _ORGANISATION_ID.fullmatch(self.id) or may_be_secret(self.id):
            raise BadOption(
                "this is not an organisation id",
                hint="It consists of digits (Yandex 360) or of letters and digits (Yandex Cloud).",
                reason="invalid_organisation_id",
            )

    @property
    def header(self) -> str:
        """The name of the header that carries the id."""
        return "X-Org-ID" if self.kind == "360" else "X-Cloud-Org-ID"

    @property
    def other(self) -> "Organisation":
        """The same id as the other kind, to be tried once after a refusal."""
        return Organisation(self.id, "cloud" if self.kind == "360" else "360")

    @classmethod
    def guessed(cls, text: str) -> "Organisation":
        """Read an id and guess its kind: digits for Yandex 360, anything else for Yandex Cloud. Raises BadOption."""
        text = cleaned(text)
        guess = organisation(text, None) if text.isdigit() else organisation(None, text)
        if guess is None:
            raise BadOption(
                "the organisation id is empty",
                hint="Find it at https://tracker.yandex.ru/admin/orgs.",
                reason="no_organisation_id",
            )
        return guess


def is_organisation_id(text: str) -> bool:
    """Whether the text can be the id of an organisation."""
    try:
        Organisation.guessed(text)
    except BadOption:
        return False
    return True


def organisation(org_id: str | int | None, cloud_org_id: str | int | None) -> Organisation | None:
    """The organisation with one of these ids; None if both are empty. Raises BadOption for two ids or a bad one."""
    org_text = None if org_id in {None, ""} else cleaned(str(org_id))
    cloud_text = None if cloud_org_id in {None, ""} else cleaned(str(cloud_org_id))
    if org_text is not None and cloud_text is not None:
        raise BadOption(
            "two organisation ids were given: org_id (Yandex 360) and cloud_org_id (Yandex Cloud)",
            hint="Give one. An id of digits belongs to Yandex 360, one that begins with bpf to Yandex Cloud.",
            reason="two_organisations",
        )
    text = cloud_text if org_text is None else org_text
    if text is None:
        return None
    return Organisation(text, "cloud" if org_text is None else "360")


@dataclass(frozen=True, slots=True, repr=False)
class TokenAuth(SafeRepr):
    """Signs one request, as an auth hook of requests: unlike a session's header it is not replaced from ~/.netrc."""

    token: Token
    organisation: Organisation | None

    def __call__(self, request: "PreparedRequest") -> "PreparedRequest":
        """Set the headers of the token and, if there is one, of the organisation."""
        request.headers["Authorization"] = f"{self.token.scheme} {self.token.secret.reveal()}"
        if self.organisation:
            request.headers[self.organisation.header] = self.organisation.id
        return request
