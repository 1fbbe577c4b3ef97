"""What an option of the magic is."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["flag", "text", "list", "count", "seconds", "number", "numbers", "range"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `-` and `_` are equivalent in its name, and it cannot be abbreviated."""

    name: str
    help: str
    kind: Kind = "text"
    metavar: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    members: tuple[str, ...] = ()  # what a list can have

    @property
    def key(self) -> str:
        """Its name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def usage(self) -> str:
        """How it is typed, for the help."""
        names = f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"
        return f"{names} {self.metavar}".strip()
