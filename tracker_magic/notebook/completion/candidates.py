"""What may be inserted at the cursor: which candidates match the typed text, and how they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tracker_magic.printable import is_one_line
from tracker_magic.query import name_text, quote

MOST: Final = 500  # as many as IPython passes on


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text to insert, its kind (for the front end's icon), and other names by which people look for it.

    A `quotable` text is quoted if the query language needs that; `suffix` follows it.
    """

    text: str
    kind: str
    labels: tuple[str, ...] = ()
    quotable: bool = False
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """The text before the cursor that is replaced, and what by: pairs of a text and its kind, the best first."""

    fragment: str
    items: tuple[tuple[str, str], ...] = ()


def completions(
    candidates: Iterable[Candidate], fragment: str, following: str = "", *, quoted: str | None = None
) -> Completions:
    """Return the candidates that match the fragment, as they are inserted before `following`.

    `quoted` is what stands in the fragment after its opening quote, if it has one.
    """
    typed = fragment if quoted is None else quoted
    if quoted is not None:
        candidates = (candidate for candidate in candidates if candidate.quotable)
    texts = {
        _inserted(candidate, following, in_quotes=quoted is not None): candidate.kind
        for candidate in _matching(candidates, typed)
    }
    return Completions(fragment, tuple(texts.items()))


def _matching(candidates: Iterable[Candidate], typed: str) -> list[Candidate]:
    """Return the candidates of which a name begins with `typed`, then those of which another word does."""
    typed = typed.casefold()
    first: list[Candidate] = []
    later: list[Candidate] = []
    for candidate in candidates:
        names = [name.casefold() for name in (candidate.text, *candidate.labels)]
        is_first = any(name.startswith(typed) for name in names)
        if not (is_first or any(f" {typed}" in name for name in names)) or not _can_be_inserted(candidate.text):
            continue
        (first if is_first else later).append(candidate)
        if len(first) == MOST:
            break
    return (first + later)[:MOST]


def _can_be_inserted(text: str) -> bool:
    """Whether a name of the service would be read back as that name: not as a further line of Python, or a variable."""
    return is_one_line(text) and "{{" not in text


def _inserted(candidate: Candidate, following: str, *, in_quotes: bool) -> str:
    text = candidate.text
    if in_quotes:
        text = quote(text)
    elif candidate.quotable:
        text = name_text(text)
    if in_quotes and following.startswith('"'):
        return text[:-1]  # an editor has closed the quotes already
    return text + candidate.suffix if not following or following[0].isspace() else text
