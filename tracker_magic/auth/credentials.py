"""What a session holds: a token that is not shown, where it came from, and the organisation it is for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tracker_magic.errors import BadOption
from tracker_magic.secret import Secret

Kind = Literal["360", "cloud"]
Scheme = Literal["OAuth", "Bearer"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation id and its kind, which decides the header (AUTH 3.1)."""

    id: str
    kind: Kind

    @property
    def header(self) -> str:
        """The one header that names it."""
        return "X-Org-ID" if self.kind == "360" else "X-Cloud-Org-ID"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token with its scheme: `OAuth` for a person's token, `Bearer` for an IAM token (AUTH 0.2)."""

    token: Secret = field(repr=False)
    scheme: Scheme = "OAuth"
    source: str = "argument"  # where the token came from, in words a person knows
    expires_at: datetime | None = None


def organisation(org_id: str | int | None, cloud_org_id: str | int | None) -> Organisation | None:
    """The organisation that was given; None where none was. Raises BadOption for two, or for one that is no id."""
    given: list[tuple[str, Kind]] = []
    if org_id not in {None, ""}:
        given.append((str(org_id).strip(), "360"))
    if cloud_org_id not in {None, ""}:
        given.append((str(cloud_org_id).strip(), "cloud"))
    if len(given) > 1:
        raise BadOption(
            "two organisation ids were given: org_id (Yandex 360) and cloud_org_id (Yandex Cloud)",
            hint="Give one. An id of digits belongs to Yandex 360, one that begins with bpf to Yandex Cloud.",
        )
    for text, kind in given:
        if not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
            raise BadOption(
                "this is no organisation id", hint="It is digits (Yandex 360) or letters and digits (Yandex Cloud)."
            )
        return Organisation(text, kind)
    return None
