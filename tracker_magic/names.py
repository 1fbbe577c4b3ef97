"""Names as people type them: compared without regard to case, and the nearest ones to a misspelt one."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from typing import Final

_SHORTEST: Final = 2  # letters that a name can be completed from
_SIMILAR: Final = 0.66  # as difflib measures it: two of three letters
_AS_SIMILAR: Final = 0.05  # less than the nearest one


def folded(name: str) -> str:
    """The name as it is compared: case, the dots of `ё` and the number of blanks do not matter."""
    return " ".join(name.casefold().replace("ё", "е").split())


def nearest(name: str, names: Iterable[str], most: int = 3, similarity: float = _SIMILAR) -> list[str]:
    """The names that begin with `name` or are similar to it, the nearest first; `similarity` goes from 0 to 1."""
    typed = folded(name)
    by_folded = {folded(each): each for each in reversed(list(names))}  # the first one of equal names
    longer = [each for each in by_folded if len(typed) >= _SHORTEST and each.startswith(typed)]
    similar = get_close_matches(typed, by_folded, most, similarity)
    if similar:
        least = _similarity(typed, similar[0]) - _AS_SIMILAR
        similar = [each for each in similar if _similarity(typed, each) >= least]
    return [by_folded[each] for each in dict.fromkeys([*sorted(longer, key=len), *similar])][:most]


def best_match(name: str, names: Iterable[str]) -> str | None:
    """The nearest name, or None if none is near."""
    return next(iter(nearest(name, names, 1)), None)


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
