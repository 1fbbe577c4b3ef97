"""Texts, and mappings of texts, that must never be printed."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Final, NoReturn

HIDDEN: Final = "•••"
_NO_PICKLE: Final = "cannot be pickled or copied; log in again where it is needed"


class Secret:
    """A text that only `reveal()` returns: it is not part of repr, str, format or vars, and cannot be pickled."""

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        # In a closure, not in an attribute: debuggers, `vars` and verbose tracebacks show attributes.
        def reveal() -> str:
            return text

        self._reveal = reveal

    @classmethod
    def of(cls, text: "str | Secret") -> "Secret":
        """Wrap `text` unless it is a Secret; assign the result to the same name, so that no frame keeps the text."""
        return text if isinstance(text, Secret) else cls(text)

    def reveal(self) -> str:
        """Return the text, for the one place that sends or stores it."""
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
    """A live view of a mapping whose values are not part of its repr: the environment holds tokens."""

    __slots__ = ("_reveal",)

    def __init__(self, values: Mapping[str, str]) -> None:
        def reveal() -> Mapping[str, str]:
            return values

        self._reveal = reveal

    def __getitem__(self, name: str) -> str:
        return self._reveal()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reveal())

    def __len__(self) -> int:
        return len(self._reveal())

    def __repr__(self) -> str:
        return f"SecretMapping({HIDDEN})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a SecretMapping {_NO_PICKLE}")


class SafeRepr:
    """The repr of a dataclass that also works before its `__init__` has ended: a debugger shows objects then."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __repr__(self) -> str:
        shown = [each.name for each in fields(self) if each.repr and hasattr(self, each.name)]
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
