"""A token and an organisation as headers, put on by requests' auth hook: a session header gives way to ~/.netrc."""

from typing import TYPE_CHECKING

from tracker_magic.auth.organisation import Organisation
from tracker_magic.auth.token import Token

if TYPE_CHECKING:
    from requests import PreparedRequest


class TokenAuth:
    """Signs one request with the token it was made with; the internal variant has no organisation header."""

    def __init__(self, token: Token, organisation: Organisation | None) -> None:
        self.token = token
        self.organisation = organisation

    def __call__(self, request: "PreparedRequest") -> "PreparedRequest":
        """Put the token and the organisation on `request`."""
        request.headers["Authorization"] = f"{self.token.scheme} {self.token.secret.reveal()}"
        if self.organisation:
            request.headers[self.organisation.header] = self.organisation.id
        return request

    def __repr__(self) -> str:
        return f"TokenAuth({self.organisation})"
