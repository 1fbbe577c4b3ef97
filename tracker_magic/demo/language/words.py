"""Finding words in texts: word forms by a simple stem, exact texts with gaps."""

import re
from collections.abc import Callable
from functools import lru_cache

_WORD = re.compile(r"\w+")
_SHORTEST = 3
_ENGLISH = "ing ings ed es s er ers ly"
_RUSSIAN = (
    "иями иях ием иям ии ия ию ами ями ого его ому ему ыми ими ых их ую юю ая яя ое ее ые ие ый ий ой ей ом ем "
    "ам ям ах ях ов ев а я о е у ю ы и ь й ть ться ет ут ют ит ат ят ешь ишь ла ло ли л ал ала али ил ила или"
)
_ENDINGS = sorted([*_ENGLISH.split(" "), *_RUSSIAN.split(" ")], key=len, reverse=True)

Test = Callable[[str], bool]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word without its commonest ending, lower case; short words stay whole."""
    word = word.casefold().replace("ё", "е")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def has_words(phrase: str) -> Test:
    """Whether a text has every word of the phrase, in any form; a phrase without words: as a fragment."""
    stems = [stem(word) for word in _WORD.findall(phrase)]
    if not stems:
        fragment = phrase.casefold()
        return lambda text: fragment in text.casefold()

    # a stem begins its word: only words that begin so are looked at
    beginnings = [(wanted, re.compile(rf"(?<!\w){re.escape(wanted)}\w*")) for wanted in stems]

    def test(text: str) -> bool:
        plain = text.casefold().replace("ё", "е")
        return all(_has(plain, wanted, beginning) for wanted, beginning in beginnings)

    return test


def _has(text: str, wanted: str, beginning: re.Pattern[str]) -> bool:
    if wanted not in text:
        return False
    return any(stem(word[0]) == wanted for word in beginning.finditer(text))


def is_exactly(phrase: str) -> Test:
    """Whether a text is the phrase, letter case aside; `||` in it stands for further words."""
    parts = [re.escape(part.strip().casefold()) for part in phrase.split("||")]
    pattern = re.compile(".*".join(parts), re.DOTALL)
    return lambda text: pattern.fullmatch(text.strip().casefold()) is not None
