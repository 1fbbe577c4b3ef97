"""What must never be printed: a text, and a mapping of texts, without a repr."""

from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

HIDDEN: Final = "•••"
_NO_PICKLE: Final = "cannot be pickled or copied into a file; log in again where it is needed"


class Secret:
    """A text that shows itself only to `reveal()`: no repr, no str, no pickle, no vars."""

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        # A closure, not an attribute: debuggers, `vars` and verbose tracebacks show attributes.
        def reveal() -> str:
            return text

        self._reveal = reveal

    @classmethod
    def of(cls, text: "str | Secret") -> "Secret":
        """A text that may be one already; bind the name anew with it, so that no frame keeps the open text."""
        return text if isinstance(text, Secret) else cls(text)

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
        raise TypeError(f"a Secret {_NO_PICKLE}")


class SecretMapping(Mapping[str, str]):
    """A mapping, read through as it is at each moment, that shows none of its values: the environment holds tokens."""

    __slots__ = ("_open",)

    def __init__(self, values: Mapping[str, str]) -> None:
        def open_() -> Mapping[str, str]:
            return values

        self._open = open_

    def __getitem__(self, name: str) -> str:
        return self._open()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open())

    def __len__(self) -> int:
        return len(self._open())

    def __repr__(self) -> str:
        return f"SecretMapping({len(self)} names)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a SecretMapping mapping {_NO_PICKLE}")
