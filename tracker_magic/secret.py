"""A text without a repr: what must never be printed."""

from typing import Final, NoReturn

HIDDEN: Final = "•••"


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
