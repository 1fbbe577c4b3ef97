"""Credentials as headers, put on by requests' auth hook: a session header would give way to ~/.netrc."""

from typing import TYPE_CHECKING

from tracker_magic.auth.credentials import Credentials, Organisation

if TYPE_CHECKING:
    from requests import PreparedRequest


class Signature:
    """Signs requests for one login in one organisation; the internal variant has no organisation header."""

    def __init__(self, credentials: Credentials, organisation: Organisation | None) -> None:
        self.credentials = credentials
        self.organisation = organisation

    def __call__(self, request: "PreparedRequest") -> "PreparedRequest":
        """Put the token and the organisation on `request`."""
        request.headers["Authorization"] = f"{self.credentials.scheme} {self.credentials.token.reveal()}"
        if self.organisation:
            request.headers[self.organisation.header] = self.organisation.id
        return request

    def __repr__(self) -> str:
        return f"Signature({self.credentials.source}, {self.organisation})"
