"""The organisation that a login is for, which decides the one header that names it."""

from dataclasses import dataclass
from typing import Literal

from tracker_magic.errors import BadOption

Kind = Literal["360", "cloud"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation id and its kind, which decides the header (AUTH 3.1)."""

    id: str
    kind: Kind

    @property
    def header(self) -> str:
        """The one header that names it."""
        return "X-Org-ID" if self.kind == "360" else "X-Cloud-Org-ID"

    @property
    def other(self) -> "Organisation":
        """The same id as the other kind, for the one try after a refusal (AUTH 3.12)."""
        return Organisation(self.id, "cloud" if self.kind == "360" else "360")

    @classmethod
    def guessed(cls, text: str) -> "Organisation":
        """Digits belong to Yandex 360, anything else to Yandex Cloud (AUTH 3.4); BadOption for what is no id."""
        clean = text.strip()
        found = organisation(clean, None) if clean.isdigit() else organisation(None, clean)
        if found is None:
            raise BadOption("the organisation id is empty", hint="It stands at https://tracker.yandex.ru/admin/orgs.")
        return found


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
