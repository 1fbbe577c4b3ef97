"""A text without a repr: what must never be printed, and the mask for what is printed."""

import re
from typing import Final, NoReturn

HIDDEN: Final = "•••"

# Forms of every secret of the service (API notes, AUTH 5.3); a parameter keeps its name, only the value goes.
_FORMS: Final = re.compile(
    r"y[0-3]_[-\w]{8,}"
    r"|A[Qg]AAAA[-\w]{20,}"
    r"|t1\.[-\w=]+\.[-\w=]+"
    r"|\b1:[-\w]{8,}:[-\w.]{8,}"
    r"|yccs__[-\w]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=OAuth )(?!token)[^\s\"',<]{8,}"
    r"|(?<=Bearer )(?!token)[^\s\"',<]{8,}"
    r"|eyJ[-\w]{8,}\.[-\w]+\.[-\w]*",
    re.DOTALL,
)
_PARAMETERS: Final = re.compile(
    r"(?P<name>\b(?:access_token|refresh_token|client_secret|code_verifier|device_code|jwt|iamToken"
    r"|yandexPassportOauthToken)[\"']?\s*[=:]\s*[\"']?)(?P<value>[^&\s\"',}]+)"
)


def masked(text: str) -> str:
    """`text` with everything that looks like a secret replaced by dots."""
    return _PARAMETERS.sub(rf"\g<name>{HIDDEN}", _FORMS.sub(HIDDEN, text))


class Secret:
    """A text that shows itself only to `reveal()`: no repr, no str, no pickle, no vars."""

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        # A closure, not an attribute: debuggers, `vars` and verbose tracebacks show attributes.
        def reveal() -> str:
            return text

        self._reveal = reveal

    def reveal(self) -> str:
        """Give the text; for the one place that sends or stores it."""
        return self._reveal()

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied into a file; log in again where it is needed")
